"""Multi-label classification: which of several classes, each by itself, a sample shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from ...cards.classes import NODATA
from .objective import Objective, full_precision

__all__ = ["MultiLabel", "average_precision"]


class MultiLabel(Objective):
    """Logits float[N, K] against uint8[N, K]: 1 shown, 0 not, 255 not known.

    Parameters
    ----------
    class_weights : sequence of float, optional
        Factor of each class's loss; the mean is over labels, not over weights.
    """

    _weights: Tensor | None

    def __init__(self, class_weights: Sequence[float] | None = None) -> None:
        super().__init__()
        weights = None if class_weights is None else torch.as_tensor(class_weights, dtype=torch.float32)
        self.register_buffer("_weights", weights, persistent=False)

    def counts(self, targets: Tensor) -> Tensor:
        """Known labels."""
        return (targets != NODATA).sum()[None]

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean binary cross-entropy."""
        known, logits = targets != NODATA, full_precision(outputs)
        shown = torch.where(known, targets, 0).to(logits.dtype)
        factors = known if self._weights is None else known * self._weights
        losses = F.binary_cross_entropy_with_logits(logits, shown, reduction="none") * factors
        return (losses.sum() / known.sum().clamp_min(1))[None]

    def judge(self, judged: Sequence[tuple[Tensor, Tensor]]) -> dict[str, float]:
        """The loss, the macro F1 at a probability of a half, and as the score the mean average precision.

        Classes that are nowhere shown count in neither.
        """
        logits = torch.cat([outputs.cpu() for outputs, _ in judged]).double().numpy()
        labels = torch.cat([targets.cpu() for _, targets in judged]).numpy()
        precisions, f1 = [], []
        for column, truth in zip(logits.T, labels.T, strict=True):
            known = truth != NODATA
            scores, shown = column[known], truth[known] == 1
            if shown.any():
                precisions.append(average_precision(scores, shown))
                f1.append(2 * (shown & (scores > 0)).sum() / (shown.sum() + (scores > 0).sum()))
        score = float(np.mean(precisions)) if precisions else 0.0
        macro_f1 = float(np.mean(f1)) if f1 else 0.0
        return {**super().judge(judged), "validation F1": macro_f1, "validation mAP": score, "score": score}


def average_precision(scores: NDArray[np.floating], shown: NDArray[np.bool_]) -> float:
    """Area under the steps of precision over recall, samples of the same score at once; some must be shown."""
    order = np.argsort(-scores, kind="stable")
    hits, ends = np.cumsum(shown[order]), np.flatnonzero(np.diff(scores[order], append=np.nan) != 0)
    precision, gained = hits[ends] / (ends + 1), np.diff(hits[ends], prepend=0)
    return float((precision * gained).sum() / hits[-1])
