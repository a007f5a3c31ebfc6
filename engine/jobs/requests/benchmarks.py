"""What a benchmark is asked to be, and the models of each: a row per model, with the settings of its paper.

The rows stand here as those of networks do, because requests are checked by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Optional

from ...errors import RequestError
from ._base import Request
from ._declared import device_option, option, output
from .networks import ALL_NETWORKS

__all__ = ["KURO_SIWO_MODELS", "KuroSiwoBenchmarkRequest", "Model"]


@dataclass(frozen=True)
class Model:
    """A model of the benchmark Kuro Siwo, as its paper trains it.

    Attributes
    ----------
    name, title : str
        For programs and for people.
    network : str
        A row of `networks`.
    dates : int
        How many of the three images it is given, the newest first.
    encoder : str
        What it stands on, as segmentation-models-pytorch calls it; empty for a network that brings its own.
    optimiser : {'adam', 'adamw', 'sgd'}
    learning_rate, momentum, weight_decay : float
    decay : {'cosine', 'linear'}
        Of the rate, after each epoch.
    parameters : mapping
        Of the network's class, beyond those that follow from bands and classes.
    assumed : str
        What its paper does not say, as a sentence.
    """

    name: str
    title: str
    network: str
    dates: int
    encoder: str = ""
    optimiser: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.0
    weight_decay: float = 0.0
    decay: str = "cosine"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    assumed: str = ""


VIT_LARGE = {"patch": 16, "dim": 1024, "depth": 24, "heads": 16, "head_dim": 64, "mlp": 2048}
NO_RATE = "Optimiser, rate and decay of its fine-tuning are not stated: those of UPerNet are taken."
NO_BIT = "The benchmark's file builds it without its transformer; with it, the same settings are taken."
_ROWS = (
    Model("unet", "U-Net (ResNet-18)", "unet", 3, "resnet18"),
    Model("unet-resnet50", "U-Net (ResNet-50)", "unet", 3, "resnet50"),
    Model("deeplabv3plus", "DeepLabV3+ (ResNet-18)", "deeplabv3plus", 3, "resnet18"),
    Model("deeplabv3plus-resnet50", "DeepLabV3+ (ResNet-50)", "deeplabv3plus", 3, "resnet50"),
    Model("upernet-convnext", "UPerNet (ConvNeXt-T)", "upernet", 3, "tu-convnext_tiny", learning_rate=1e-4),
    Model("upernet-swin", "UPerNet (Swin-T)", "upernet", 3, "tu-swin_tiny_patch4_window7_224", learning_rate=1e-4),
    Model("fc-siam-conc", "FC-Siam-conc", "fc-siam-conc", 2, learning_rate=1e-5),
    Model("fc-siam-diff", "FC-Siam-diff", "fc-siam-diff", 2, learning_rate=1e-5),
    Model("snunet", "SNUNet-ECAM", "snunet", 2),
    Model(
        *("bit-base", "BIT without its transformer", "bit-base", 2),
        optimiser="sgd",
        learning_rate=1e-5,
        momentum=0.9,
        weight_decay=5e-4,
    ),
    Model(
        *("bit", "BIT", "bit", 2),
        optimiser="sgd",
        learning_rate=1e-5,
        momentum=0.9,
        weight_decay=5e-4,
        assumed=NO_BIT,
    ),
    Model(
        *("changeformer", "ChangeFormer V6", "changeformer", 2),
        optimiser="sgd",
        learning_rate=6e-4,
        momentum=0.99,
        weight_decay=1e-5,
        decay="linear",
    ),
    Model("convlstm", "ConvLSTM", "convlstm", 3),
    Model(
        *("floodvit", "FloodViT", "floodvit", 3),
        learning_rate=1e-4,
        parameters={"encoder": VIT_LARGE},
        assumed=NO_RATE,
    ),
)
KURO_SIWO_MODELS = {row.name: row for row in _ROWS if row.network in ALL_NETWORKS}
"""Those whose networks there are."""


@dataclass(frozen=True)
class KuroSiwoBenchmarkRequest(Request):
    """Train and test models on Kuro Siwo as its paper does, and make the table of how good they are.

    Attributes
    ----------
    data : str
        The folder of the data set (GRD), which holds `data`.
    folder : str
        Where models are kept, each as soon as it is tested, and checkpoints while it learns: the same request goes on
        from them.
    model : tuple of str
        Names of `KURO_SIWO_MODELS`. Default: all.
    epochs, batch, seed : int
    terrain : {'none', 'dem', 'slope'}
    encoder : str, optional
        On the shelf, or its folder: what those models start from that stand on such a one.
    skip_incomplete : bool
        Whether patches that are not whole are left out; they are counted.
    device : {'auto', 'cpu', 'cuda'}
    table, figures, plot, report : str, optional
        Where to write the table (Markdown), all figures (CSV), their picture (PNG), and everything (JSON).
    """

    kind: ClassVar[str] = "benchmark-kuro-siwo"
    title: ClassVar[str] = "benchmark on Kuro Siwo"
    task: ClassVar[str] = "engine.benchmarks.kuro_siwo:run_benchmark"
    keywords: ClassVar[tuple[str, ...]] = ("flood",)
    subject: ClassVar[str] = "data"

    data: str
    folder: str
    model: tuple[str, ...] = option(
        (),
        "Models",
        "Joined by commas. Default: all.",
        choices={row.name: row.title for row in KURO_SIWO_MODELS.values()},
    )
    epochs: int = option(
        20,
        "Epochs",
        "Passes over the training patches; the paper does not say how many.",
        low=1,
        high=10_000,
        whole=True,
    )
    batch: int = option(128, "Batch", "Patches of a step, over all processes.", low=1, high=65_536, whole=True)
    terrain: str = option(
        "none",
        "Terrain",
        "A further channel: elevation, or the slope that is computed from it.",
        choices={"none": "None", "dem": "Elevation", "slope": "Slope"},
    )
    encoder: Optional[str] = option(
        None,
        "Encoder",
        "An installed encoder, or its folder, that those models start from which stand on such a one.",
        unset="All start from chance",
    )
    skip_incomplete: bool = option(
        False, "Leave out incomplete patches", "Those that lack files or hold wrong ones; they are counted."
    )
    device: str = device_option()
    seed: int = option(
        999,
        "Seed",
        "The same number gives the same result again, on the same computer.",
        low=0,
        high=2**31 - 1,
        whole=True,
    )
    table: Optional[str] = output("table", "Table", "table.md", "How good each model is, beside what is published.")
    figures: Optional[str] = output("table", "Figures", "figures.csv", "Every figure, a row each.")
    plot: Optional[str] = output("picture", "Plot", "f1.png", "F1 of each model, and on each event.")
    report: Optional[str] = output("table", "Report", "report.json", "Figures, settings and what was assumed.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.data or not self.folder:
            raise RequestError("data or folder is empty; give the folder of Kuro Siwo, and one for the results.")
        self.check_paths()

    def inputs(self) -> list[str]:
        """The data set."""
        return [self.data]
