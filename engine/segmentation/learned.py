"""What every way to learn gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import BandSpec
from ..jobs.requests.networks import Tiling
from .validating import Predict

__all__ = ["Learned"]

Floats = NDArray[np.float32]


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
