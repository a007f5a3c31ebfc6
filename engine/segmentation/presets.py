"""Three ways to learn, one interface: what each preset does by default, and what a way to learn gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import BandSpec
from ..jobs.requests.networks import PRESETS
from .validating import Predict, Tiling

__all__ = ["BALANCED", "BEST", "QUICK", "SPLIT_TILES", "Learned", "NetworkPreset"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NetworkPreset:
    """How a network learns by default.

    Attributes
    ----------
    side : int
        Of a chip in pixels. Polygons are small; what lies beyond some 300 m says little about a pixel.
    tiling, judging : Tiling
        Of the map; and of the windows around validation polygons that are looked at after each epoch.
    epochs, batch, patience : int
        Batch: chips of a step.
    least_steps : int
        Of an epoch.
    learning_rate : float
    pretrained_factor : float
        The rate of an encoder that starts from pre-trained weights, in terms of the decoder's.
    """

    side: int
    tiling: Tiling
    judging: Tiling
    epochs: int
    batch: int
    patience: int
    least_steps: int
    learning_rate: float
    pretrained_factor: float = 0.1


def _preset(name: str, side: int, tiling: Tiling, judging: Tiling, patience: int) -> NetworkPreset:
    """A preset with what its row says of it."""
    row = PRESETS[name]
    return NetworkPreset(side, tiling, judging, row.epochs or 0, row.batch, patience, row.least_steps, 2e-3)


# Tiles of the map, and for the split: how large the blocks are that keep training and validation apart.
QUICK = Tiling(256, 32, 4)
BALANCED = _preset("balanced", 64, Tiling(64, 16, 16), Tiling(64, 0, 16), patience=12)
BEST = _preset("best", 64, Tiling(256, 64, 2), Tiling(128, 32, 4), patience=20)
SPLIT_TILES = {"quick": 32, "balanced": 64, "best": 64}


@dataclass(frozen=True)
class Learned:
    """A model, ready to be validated and written.

    Attributes
    ----------
    architecture : str
    parameters : dict
        As the card keeps them.
    specs : tuple of BandSpec
    tiling : Tiling
    predict : callable
        Normalised tiles to probabilities.
    raw : callable
        float32[1, C, S, S], normalised and without NaN, to what the stored graph or network gives: the golden output.
    onnx : bytes, optional
    tensors : mapping, optional
        The weights; one of both.
    best_epoch, epochs : int, optional
        Of a network: which one was kept, and how many there were.
    refit : callable, optional
        Learns once more, from all polygons, where that is what becomes the model.
    facts : dict
        For the card's account of the training.
    notes : list of str
        What is good to know of it.
    warnings : list of str
        What to do something about.
    """

    architecture: str
    parameters: dict[str, Any]
    specs: tuple[BandSpec, ...]
    tiling: Tiling
    predict: Predict
    raw: Callable[[Floats], Floats]
    onnx: bytes | None = None
    tensors: Mapping[str, Any] | None = None
    best_epoch: int | None = None
    epochs: int | None = None
    refit: Callable[[], Learned] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
