"""What every network of `engine.jobs.requests.networks` that is trained here keeps to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ...cards.card import BandSpec
from ...errors import InputError

if TYPE_CHECKING:
    from ...raster.image import ImageBand

__all__ = ["BaseNetwork", "Design", "Start"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Design:
    """What a network is to be built for.

    Attributes
    ----------
    bands : tuple of str
        Names, in the order of its input's channels.
    classes : int
    encoder : mapping
        The parameters of the card of the encoder that it stands on; {"encoder": name} of one that starts from chance;
        none for a network that brings its own.
    contrasts : int
        How many sums of the bands there will be to begin with, at most; see `Start`.
    month : int
        Of the images, 0 to 11.
    gsd_m : float
        Metres per pixel.
    units, dates : tuple
        Of each band; see `BandSpec`. Default: numbers of unknown units, of one date.
    """

    bands: tuple[str, ...]
    classes: int
    encoder: Mapping[str, Any]
    contrasts: int
    month: int
    gsd_m: float
    units: tuple[str, ...] = ()
    dates: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, value in (("units", "dn"), ("dates", 0)):
            object.__setattr__(self, name, getattr(self, name) or (value,) * len(self.bands))


@dataclass(frozen=True, eq=False)
class Start:
    """What is known of the classes before a network learns: sums of the bands, and a linear verdict on the sums.

    Attributes
    ----------
    mean, std : float32[C]
        What the bands were normalised by.
    added : float32[C]
        What is added before a logarithm is taken.
    logarithms : bool[C]
        Where it is; the other bands are taken as they are.
    sums : float32[D, C]
    sums_bias : float32[D]
    verdict : float32[K, D]
        Logits of the classes from the sums.
    verdict_bias : float32[K]
    """

    mean: Floats
    std: Floats
    added: Floats
    logarithms: NDArray[np.bool_]
    sums: Floats
    sums_bias: Floats
    verdict: Floats
    verdict_bias: Floats


class BaseNetwork(nn.Module, ABC):
    """float32[N, C, H, W], normalised as its card says, 0 where not observed -> logits float32[N, K, H, W].

    There is no softmax in it, and in evaluation mode a sample's logits do not depend on the others of its batch. H and
    W are multiples of `side_multiple`. The keyword arguments of its class are the parameters that cards keep.

    Attributes
    ----------
    side_multiple : int
    frozen : bool
        Whether the encoder stays as it is.
    """

    side_multiple: int
    frozen = False

    @classmethod
    @abstractmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        """The keyword arguments of the class for a network of some name; values that JSON can hold.

        Raises
        ------
        InputError
            If it cannot stand on the encoder.
        """

    @classmethod
    def prescribed(cls, bands: Sequence[ImageBand]) -> tuple[BandSpec | None, ...] | None:
        """How each of an image's bands must be normalised; None for each that it cannot read.

        None of a network that reads any bands, normalised as its encoder saw them or by their own statistics.
        """
        return None

    @property
    @abstractmethod
    def backbone(self) -> nn.Module:
        """The encoder: what pre-training gives."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """Logits[N, K, H, W] of x[N, C, H, W]."""

    def start(self, start: Start) -> None:
        """Begin from what is known of the classes; a network that can make nothing of it begins from chance."""

    def encoder_parameters(self) -> Iterator[nn.Parameter]:
        """What pre-training gives: it learns slowly, or not at all."""
        yield from self.backbone.parameters()

    def freeze_encoder(self) -> None:
        """Keep the encoder as it is, running statistics included."""
        self.frozen = True
        self.backbone.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Self:
        """A frozen encoder stays in evaluation mode."""
        super().train(mode)
        if self.frozen:
            self.backbone.eval()
        return self

    def load_encoder(self, weights: Mapping[str, Tensor], from_bands: Sequence[str], to_bands: Sequence[str]) -> None:
        """Take the weights of an encoder that may have been trained on other bands.

        Parameters
        ----------
        weights : mapping of str to Tensor
            The encoder's state dict.
        from_bands, to_bands : sequence of str
            The encoder's bands and this network's, in order.

        Raises
        ------
        InputError
            If the weights are of another encoder.
        """
        own = self.backbone.state_dict()
        # A count of training batches, which older files lack and which inference does not read.
        missing = [key for key in own if key not in weights and not key.endswith("num_batches_tracked")]
        wrong = [key for key in weights if key not in own or weights[key].shape != own[key].shape]
        if missing or wrong:
            what = f"lack '{missing[0]}'" if missing else f"hold '{wrong[0]}' in a shape that it has not"
            raise InputError(f"The weights {what}; they are of another encoder: choose the one they were made for.")
        self.backbone.load_state_dict({**own, **weights})
