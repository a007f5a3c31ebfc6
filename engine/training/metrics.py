"""How well a class map agrees with the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA

__all__ = ["ConfusionMatrix", "scores"]


def scores(hits: int, predicted: int, true: int) -> dict[str, float | None]:
    """Precision, recall, f1 and iou of one class, each 0 to 1; None where there is nothing to divide by.

    So a class that is neither in the map nor in the truth has none; one that is in only one of them has an F1 of 0.

    Parameters
    ----------
    hits, predicted, true : int
        Pixels: of the class in both, in the prediction, in the truth.
    """
    parts = {
        "precision": (hits, predicted),
        "recall": (hits, true),
        "f1": (2 * hits, predicted + true),
        "iou": (hits, predicted + true - hits),
    }
    return {name: part / whole if whole else None for name, (part, whole) in parts.items()}


class ConfusionMatrix:
    """Counts pixels of truth against prediction; all that is added counts as one map (pooled, not averaged by tile).

    Parameters
    ----------
    classes : int
        Classes are 0 to `classes` - 1.

    Attributes
    ----------
    matrix : ndarray, int64[K, K]
        Rows are the truth, columns the prediction.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.matrix: NDArray[np.int64] = np.zeros((classes, classes), np.int64)

    def add(self, truth: NDArray[np.integer], prediction: NDArray[np.integer]) -> None:
        """Count the pixels of two maps of one shape; where either is 255 nothing counts."""
        if truth.shape != prediction.shape:
            raise ValueError(f"The truth is {truth.shape}, the prediction {prediction.shape}.")
        counted = (truth != NODATA) & (prediction != NODATA)
        rows, columns = truth[counted].astype(np.int64), prediction[counted].astype(np.int64)
        if rows.size and max(rows.max(), columns.max()) >= self.classes:
            raise ValueError(f"A class beyond the {self.classes} that are counted.")
        pairs = np.bincount(rows * self.classes + columns, minlength=self.classes**2)
        self.matrix += pairs.reshape(self.classes, self.classes)

    @property
    def overall_accuracy(self) -> float:
        """Share of the pixels that are right; 0 where nothing was counted."""
        return _ratio(np.trace(self.matrix), self.matrix.sum())

    @property
    def baseline_accuracy(self) -> float:
        """The overall accuracy of calling everything the most frequent class."""
        return _ratio(self.matrix.sum(axis=1).max(), self.matrix.sum())

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the classes that occur in the truth or the prediction."""
        return self._mean("f1")

    @property
    def miou(self) -> float:
        """Mean intersection over union (Jaccard) of the classes that occur in the truth or the prediction."""
        return self._mean("iou")

    def per_class(self, names: Sequence[str]) -> dict[str, dict[str, float | int | None]]:
        """What `scores` gives, and support (pixels of the truth), of each class, by name."""
        return {name: self._figures(index) for index, name in enumerate(names)}

    def _figures(self, index: int) -> dict[str, float | int | None]:
        true = int(self.matrix[index].sum())
        return {**scores(int(self.matrix[index, index]), int(self.matrix[:, index].sum()), true), "support": true}

    def _mean(self, figure: str) -> float:
        values = [self._figures(index)[figure] for index in range(self.classes)]
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else 0.0


def _ratio(part: np.int64, whole: np.int64) -> float:
    return float(part / whole) if whole else 0.0
