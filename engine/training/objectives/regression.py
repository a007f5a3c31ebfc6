"""Regression: numbers for each pixel or sample; those that are NaN in the targets are not known and left out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .objective import Objective, full_precision

__all__ = ["Regression"]

LOSSES = ("l1", "l2", "huber")


class Regression(Objective):
    """Numbers float[N, ...] against such of the same shape: pixels, values of a sample, or a teacher's vectors.

    Parameters
    ----------
    loss : {"l2", "l1", "huber"}
        The square of the difference, its size, or half the square up to `delta` and a line beyond (Huber 1964).
    delta : float
        In the units of the targets.
    """

    def __init__(self, loss: str = "l2", delta: float = 1.0) -> None:
        super().__init__()
        if loss not in LOSSES:
            raise ValueError(f"There is no loss {loss}; choose one of {', '.join(LOSSES)}.")
        self._loss, self._delta = loss, delta

    def counts(self, targets: Tensor) -> Tensor:
        """Known numbers."""
        return targets.isfinite().sum()[None]

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean loss."""
        known, outputs = targets.isfinite(), full_precision(outputs)
        # What is not known is exactly right, so that shapes stay and no GPU waits.
        aims = torch.where(known, targets.to(outputs.dtype), outputs.detach())
        if self._loss == "huber":
            total = F.huber_loss(outputs, aims, reduction="sum", delta=self._delta)
        else:
            total = (F.l1_loss if self._loss == "l1" else F.mse_loss)(outputs, aims, reduction="sum")
        return (total / known.sum().clamp_min(1))[None]

    def judge(self, judged: Sequence[tuple[Tensor, Tensor]]) -> dict[str, float]:
        """The loss, and the mean absolute and root mean square errors, in the units of the targets."""
        errors = torch.cat([(outputs.double() - targets).flatten().cpu() for outputs, targets in judged])
        errors = errors[errors.isfinite()]
        figures = {"validation MAE": errors.abs().mean(), "validation RMSE": errors.square().mean().sqrt()}
        return {**super().judge(judged), **{name: float(value) for name, value in figures.items()}}
