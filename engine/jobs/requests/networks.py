"""The networks that can learn, and the presets that teach them: a row of each.

Requests, the command, QGIS and the engine read here what they are called, who takes them, what they can stand on and
how they learn. It lies below `engine.cards`, where models that have learned say what they are, because requests are
checked by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

__all__ = ["ALL_NETWORKS", "NETWORKS", "PRESETS", "Network", "Preset", "Tiling"]


@dataclass(frozen=True)
class Network:
    """A network that `engine.models.architectures` builds.

    Attributes
    ----------
    name : str
        As requests, the command and cards have it.
    title : str
        The name in the trade, for people. Models and scripts of Processing keep it, so it stays as it is.
    presets : tuple of str
        Those that can be asked for it.
    code : str
        Its class, "module:class" in `engine.models.architectures`.
    family : str, optional
        What cards call a class that is several networks; their parameters then name the network.
    tasks : tuple of str
        What it can be trained for, as `engine.cards.card.TASKS` has it.
    encoders : tuple of str
        The architectures of encoders that it can stand on, as the encoders' cards have them.
    own_encoder : bool
        Whether it brings an encoder of its own, which starts from chance where the request names none.
    dates, least_dates : int
        Of how many dates its bands can be, at most and at least.
    side_multiple : int
        What the sides of its tiles must be a multiple of, in pixels, as presets build it.
    """

    name: str
    title: str
    presets: tuple[str, ...] = ()
    code: str = ""
    family: Optional[str] = None
    tasks: tuple[str, ...] = ("segmentation",)
    encoders: tuple[str, ...] = ()
    own_encoder: bool = False
    dates: int = 1
    least_dates: int = 1
    side_multiple: int = 1

    @property
    def architecture(self) -> str:
        """What cards call it."""
        return self.family or self.name


@dataclass(frozen=True)
class Tiling:
    """How a model's tiles are cut: side and overlap in pixels, and how many at a time."""

    side: int
    overlap: int
    batch: int


@dataclass(frozen=True)
class Preset:
    """A way to learn; what is not said is not to be had with it.

    Attributes
    ----------
    name : str
    title : str
        For people: its name, and what it is.
    learner : str
        The module of `engine.segmentation` whose function `learn` it is.
    split_side : int
        Of the blocks of ground that keep training and validation apart, in pixels.
    tiling : Tiling
        Of the map.
    judging : Tiling, optional
        Of the windows around validation polygons that are looked at after each epoch.
    encoder : str, optional
        What it takes where the request names none.
    networks : tuple of str
        What it builds where the request names none: the first that can stand on the encoder.
    frozen : bool
        Whether the encoder, which then must be pre-trained, stays as it is.
    epochs : int, optional
        At most so many, where the request does not say.
    patience : int
        Epochs without a better score after which it ends.
    chip : int
        Side of a chip in pixels. Polygons are small; what lies beyond some 300 m says little about a pixel.
    batch, least_steps : int
        Chips of a step, and steps of an epoch: a few small polygons alone would make epochs of one step.
    step_s : float
        Seconds of one core for a step, to tell about how long a training takes.
    """

    name: str
    title: str
    learner: str
    split_side: int
    tiling: Tiling
    judging: Optional[Tiling] = None
    encoder: Optional[str] = None
    networks: tuple[str, ...] = ()
    frozen: bool = False
    epochs: Optional[int] = None
    patience: int = 0
    chip: int = 0
    batch: int = 0
    least_steps: int = 0
    step_s: float = 0.0

    @property
    def network(self) -> Optional[str]:
        """The network that it builds where the request names none; None if there is none, or the encoder decides."""
        return self.networks[0] if len(self.networks) == 1 else None


def _smp(name: str, title: str) -> Network:
    """One of segmentation-models-pytorch; dates are more bands to it."""
    return Network(
        name, title, ("best",), "smp:SmpNetwork", family="smp", encoders=("timm",), dates=3, side_multiple=32
    )


def _change(name: str, title: str, code: str, side_multiple: int, family: Optional[str] = None) -> Network:
    """One that compares two dates."""
    return Network(
        name,
        title,
        ("best",),
        code,
        family=family,
        own_encoder=True,
        dates=2,
        least_dates=2,
        side_multiple=side_multiple,
    )


def _floodvit(name: str, title: str) -> Network:
    """One of three heads on a vision transformer; dates are more bands to it."""
    return Network(
        name,
        title,
        ("best", "balanced"),
        "floodvit:FloodVit",
        family="floodvit",
        encoders=("vit",),
        own_encoder=True,
        dates=3,
        side_multiple=64,
    )


# New rows go below the others: models of Processing that were made by earlier versions know a network by its place.
ALL_NETWORKS = {
    row.name: row
    for row in (
        _smp("unet", "U-Net"),
        _smp("deeplabv3plus", "DeepLabV3+"),
        _smp("upernet", "UPerNet"),
        _smp("fpn", "FPN"),
        _smp("segformer", "SegFormer"),
        Network("galileo", "Galileo", code="galileo:GalileoEncoder", tasks=("encoder",), side_multiple=8),
        Network(
            "galileo-segmenter",
            "Galileo with a decoder",
            code="galileo_segmenter:GalileoSegmenter",
            encoders=("galileo",),
            side_multiple=32,
        ),
        _change("fc-siam-conc", "FC-Siam-conc", "fc_siam:FcSiam", 16, "fc-siam"),
        _change("fc-siam-diff", "FC-Siam-diff", "fc_siam:FcSiam", 16, "fc-siam"),
        _change("snunet", "SNUNet-ECAM", "snunet:SnuNet", 16),
        _change("bit", "BIT", "bit:Bit", 8),
        _change("bit-base", "BIT without its transformer", "bit:Bit", 8, "bit"),
        _change("changeformer", "ChangeFormer", "changeformer:ChangeFormer", 32),
        Network("convlstm", "ConvLSTM", ("best",), "convlstm:ConvLstm", own_encoder=True, dates=3, side_multiple=8),
        _floodvit("floodvit", "FloodViT"),
        _floodvit("floodvit-linear", "FloodViT with a linear head"),
        _floodvit("floodvit-mlp", "FloodViT with a head of two layers"),
        Network(
            "narrow-unet",
            "Narrow U-Net",
            ("best",),
            "narrow_unet:NarrowUnet",
            encoders=("narrow-unet",),
            own_encoder=True,
            dates=3,
            side_multiple=32,
        ),
        Network("vit", "Vision transformer", code="vit:VisionTransformer", tasks=("encoder",), dates=3),
    )
}
NETWORKS = {name: row for name, row in ALL_NETWORKS.items() if row.presets}
"""Those that a training can be asked for."""

PRESETS = {
    row.name: row
    for row in (
        Preset(
            "quick",
            "Quick: a forest on bands, indices and texture",
            learner="forests",
            split_side=32,
            tiling=Tiling(side=256, overlap=32, batch=4),
        ),
        Preset(
            "balanced",
            "Balanced: a pre-trained encoder with a light decoder",
            learner="networks",
            split_side=64,
            tiling=Tiling(side=64, overlap=16, batch=16),
            judging=Tiling(side=64, overlap=0, batch=16),
            encoder="galileo-nano",
            networks=("galileo-segmenter", "fpn", "floodvit-linear"),
            frozen=True,
            epochs=40,
            patience=12,
            chip=64,
            batch=8,
            least_steps=16,
            step_s=0.6,
        ),
        Preset(
            "best",
            "Best: a whole network",
            learner="networks",
            split_side=64,
            tiling=Tiling(side=256, overlap=64, batch=2),
            judging=Tiling(side=128, overlap=32, batch=4),
            encoder="resnet18",
            networks=("unet",),
            epochs=30,
            patience=20,
            chip=64,
            batch=8,
            least_steps=16,
            step_s=0.5,
        ),
    )
}
