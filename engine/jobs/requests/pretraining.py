"""What the pre-training of an encoder on images without labels is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Optional

from ...errors import RequestError
from ._base import Request
from ._dates import check_dates, most_dates, places
from ._declared import bands_option, device_option, label, option, output, seed_option
from .networks import ALL_NETWORKS

__all__ = ["SIZES", "PretrainMaeRequest", "Size"]


@dataclass(frozen=True)
class Size:
    """How large a masked autoencoder is, and how it learns.

    Attributes
    ----------
    title : str
        For people.
    image, patch : int
        Sides in pixels.
    dim, depth, heads, head_dim, mlp : int
        Of the encoder; see `engine.models.architectures.vit`.
    decoder : tuple of int
        Its dim, depth, heads and mlp.
    learning_rate, weight_decay : float
    """

    title: str
    image: int
    patch: int
    dim: int
    depth: int
    heads: int
    head_dim: int
    mlp: int
    decoder: tuple[int, int, int, int]
    learning_rate: float = 1e-3
    weight_decay: float = 0.05


SIZES = {
    "tiny": Size("Tiny: half a million weights", 64, 8, 96, 4, 3, 32, 384, (64, 1, 2, 128)),
    "small": Size("Small: three million weights", 64, 8, 192, 6, 3, 64, 768, (96, 2, 3, 384)),
    "base": Size("Base: 22 million weights", 128, 16, 384, 12, 6, 64, 1536, (192, 4, 3, 768)),
    # The rate of Adam without decay that the paper's code has.
    "paper": Size(
        "As published (FloodViT): 203 million weights", 224, 16, 1024, 24, 16, 64, 2048, (512, 8, 16, 2048), 4e-5, 0.0
    ),
}


@dataclass(frozen=True)
class PretrainMaeRequest(Request):
    """Pre-train an encoder on images without labels, as a masked autoencoder.

    Attributes
    ----------
    images : tuple of tuple of str
        The images to learn from, each with its files; of the same bands.
    data : tuple of str
        The folders of a data set, in place of images.
    dataset : str
        Its name among those that GeoFM knows.
    dates : tuple of int, optional
        Of which date each of `images` is; see `_dates.places`.
    bands : tuple of str, optional
        Names of the images' bands in file order; 'skip' leaves one out.
    size : str
        A key of `SIZES`.
    width, depth : int, optional
        The encoder's, where they are not to be the size's own.
    epochs, batch : int
    seed : int
        0 to 2**31 - 1.
    device : {'auto', 'cpu', 'cuda'}
    name : str, optional
        The model's name for people. Default: that of its folder.
    model : str, optional
        The folder that becomes the model: card and weights.
    """

    kind: ClassVar[str] = "pretrain-mae"
    title: ClassVar[str] = "pre-training"
    task: ClassVar[str] = "engine.pretraining.mae:pretrain"
    subject: ClassVar[str] = "images"

    images: tuple[tuple[str, ...], ...] = ()
    data: tuple[str, ...] = ()
    dataset: str = option(
        "kuro-siwo-images", "Data set", "What a folder of a data set holds, as geofm datasets lists them.", needs="data"
    )
    bands: Optional[tuple[str, ...]] = bands_option()
    size: str = option(
        "small",
        "Size",
        "Of the encoder, and of the pictures that it learns from.",
        choices={name: row.title for name, row in SIZES.items()},
        usual=True,
    )
    width: Optional[int] = option(
        None,
        "Width",
        "Numbers of a token of the encoder.",
        low=16,
        high=4096,
        whole=True,
        unset="As the size says",
    )
    depth: Optional[int] = option(
        None, "Depth", "Blocks of the encoder.", low=1, high=64, whole=True, unset="As the size says"
    )
    epochs: int = option(100, "Epochs", "So many passes over the images.", low=1, high=100_000, whole=True, usual=True)
    batch: int = option(32, "Batch", "Pictures of a step.", low=2, high=65_536, whole=True)
    seed: int = seed_option()
    device: str = device_option()
    name: Optional[str] = label("Name of the model", "For people. Default: the name of its folder.")
    model: Optional[str] = output("model", "Model", "", "The folder that becomes the model; a model is not replaced.")
    dates: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.images) == bool(self.data):
            raise RequestError("There are no images to learn from, or a data set beside them; give one of the two.")
        if self.images:
            check_dates(self.images, self.dates)
        if most_dates(self.dates) > ALL_NETWORKS["vit"].dates:
            told = (
                f"Of each place at most {ALL_NETWORKS['vit'].dates} dates can be learned from together; leave some out."
            )
            raise RequestError(told, field="dates")
        if self.model is None:
            raise RequestError("model is missing; name the folder that the model is written to.")
        self.check_paths()

    def places(self) -> list[list[tuple[str, ...]]]:
        """The images of each place, the newest first."""
        return places(self.images, self.dates)

    def inputs(self) -> list[str]:
        """The images, or the folders of the data set."""
        return [*self.data, *(path for image in self.images for path in image)]
