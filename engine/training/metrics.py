"""How well a class map agrees with the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .settings import IGNORED

__all__ = ["ConfusionMatrix"]


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
        counted = (truth != IGNORED) & (prediction != IGNORED)
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
        """Precision, recall, f1, iou (0 to 1) and support (pixels of the truth) of each class, by name.

        A class that occurs neither in the truth nor in the prediction has None; a ratio over nothing is 0.
        """
        return {name: self._figures(index) for index, name in enumerate(names)}

    def _figures(self, index: int) -> dict[str, float | int | None]:
        hit = self.matrix[index, index]
        true, predicted = self.matrix[index].sum(), self.matrix[:, index].sum()
        if true + predicted == 0:
            return {"precision": None, "recall": None, "f1": None, "iou": None, "support": 0}
        return {
            "precision": _ratio(hit, predicted),
            "recall": _ratio(hit, true),
            "f1": _ratio(2 * hit, true + predicted),
            "iou": _ratio(hit, true + predicted - hit),
            "support": int(true),
        }

    def _mean(self, figure: str) -> float:
        values = [self._figures(index)[figure] for index in range(self.classes)]
        found = [value for value in values if value is not None]
        return float(np.mean(found)) if found else 0.0


def _ratio(part: np.int64, whole: np.int64) -> float:
    return float(part / whole) if whole else 0.0
