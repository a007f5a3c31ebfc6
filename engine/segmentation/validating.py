"""How good a model is on the ground that it has not seen: predicted as a map is, and compared pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import BandSpec
from ..cards.classes import NODATA
from ..jobs.report import Report
from ..jobs.requests.networks import Tiling
from ..raster.stream import map_tiles
from ..training.metrics import ConfusionMatrix
from .errors_layer import Mistakes
from .examples import Example, Examples, Place, normalised
from .splits import Side

__all__ = ["Predict", "classes_of", "figures", "probabilities", "validate"]

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]

Predict = Callable[[Floats], Floats]
"""Tiles float32[N, C, H, W], normalised, NaN where not observed -> probabilities float32[N, K, H, W]."""


def probabilities(image: Floats, place: Place, predict: Predict, tiling: Tiling, classes: int) -> Floats:
    """Class probabilities of one window, as the map blends them.

    Parameters
    ----------
    image : float32[C, H, W]
        Normalised; NaN where not observed.
    place : Place
    predict : callable
    tiling : Tiling
    classes : int

    Returns
    -------
    float32[classes, H, W]
        NaN where nothing was observed.
    """
    rows = map_tiles(
        lambda start, stop: image[:, start:stop],
        place.grid,
        predict,
        tile=tiling.side,
        overlap=tiling.overlap,
        batch=tiling.batch,
        classes=classes,
    )
    shares = np.concatenate([values for _, values in rows], axis=1)
    shares[:, np.isnan(image).all(axis=0)] = np.nan
    return shares


def classes_of(shares: Floats) -> Labels:
    """The most probable class of float32[K, H, W], uint8[H, W]; 255 where nothing was observed."""
    return np.where(np.isnan(shares[0]), NODATA, shares.argmax(axis=0)).astype(np.uint8)


def validate(
    examples: Examples,
    side: Side,
    specs: Sequence[BandSpec],
    predict: Predict,
    tiling: Tiling,
    report: Report,
) -> tuple[ConfusionMatrix, Mistakes]:
    """Predict all ground of one side of the split, and count.

    Returns
    -------
    ConfusionMatrix
        Pixels pooled over all windows and images.
    Mistakes
        The areas that were mapped wrongly.
    """
    classes = examples.labels.classes
    confusion = ConfusionMatrix(len(classes))
    mistakes = Mistakes(dict(zip(examples.labels.codes, classes, strict=True)))
    for place in examples.places(2 * tiling.side, tiling.overlap):
        report.check_cancelled()
        if not examples.labelled(place, side):
            continue
        example: Example = examples.read(place, side)
        predicted = classes_of(probabilities(normalised(example.image, specs), place, predict, tiling, len(classes)))
        confusion.add(example.labels, predicted)
        mistakes.add(place.grid, examples.images[place.image].label, example.labels, predicted)
    return confusion, mistakes


def figures(confusion: ConfusionMatrix, names: Sequence[str]) -> dict[str, Any]:
    """Metrics as a report holds them; None where no pixel was validated."""
    if not confusion.matrix.any():
        empty = dict.fromkeys(("overall_accuracy", "macro_f1", "miou", "baseline_accuracy"))
        return {**empty, "per_class": confusion.per_class(names)}
    return {
        "overall_accuracy": confusion.overall_accuracy,
        "macro_f1": confusion.macro_f1,
        "miou": confusion.miou,
        "baseline_accuracy": confusion.baseline_accuracy,
        "per_class": confusion.per_class(names),
    }
