"""Segmentation: a class for each pixel; those labelled 255 are left out.

Losses come from segmentation_models_pytorch.losses, whose classes are taken with `ignore_index=255`, or from here: a
mean over pixels whatever their weights, and Dice over the classes present, for which that of smp takes three to five
times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from ...cards.classes import NODATA
from ..metrics import ConfusionMatrix
from .objective import Objective

__all__ = ["Loss", "Segmentation", "class_weights", "combine", "cross_entropy", "dice"]

Loss = Callable[[Tensor, Tensor], Tensor]
"""(logits[N, K, H, W], target int64[N, H, W], 255 ignored) -> a scalar; 0, with a gradient of 0, without labels."""


class Segmentation(Objective):
    """Logits float[N, K, H, W] against class ids uint8[N, H, W], 255 where nobody labelled.

    Parameters
    ----------
    loss : Loss
        A mean over labelled pixels; what is no such mean, as Dice, is that of each part.
    """

    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self._loss = loss

    def counts(self, targets: Tensor) -> Tensor:
        """Labelled pixels."""
        return (targets != NODATA).sum()[None]

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The loss."""
        return self._loss(outputs, targets.long())[None]

    def judge(self, judged: Sequence[tuple[Tensor, Tensor]]) -> dict[str, float]:
        """The loss, and as the score the macro F1 over all pixels."""
        matrix = ConfusionMatrix(judged[0][0].shape[1])
        for logits, labels in judged:
            matrix.add(labels.cpu().numpy(), logits.argmax(dim=1).cpu().numpy())
        return {**super().judge(judged), "validation F1": matrix.macro_f1, "score": matrix.macro_f1}


def cross_entropy(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Mean over the labelled pixels of w[class] * -log p[class].

    The mean is over pixels, not over weights as in torch: so the losses of the parts of a batch, weighted by their
    labelled pixels, add up to that of the whole, and gradient accumulation is exact. `class_weights` averages 1.
    """
    total = functional.cross_entropy(logits.float(), target, weights, ignore_index=NODATA, reduction="sum")
    return total / (target != NODATA).sum().clamp_min(1)


def dice(logits: Tensor, target: Tensor) -> Tensor:
    """1 less the mean of 2 |p y| / (|p| + |y|) over the classes present in the target (Milletari et al. 2016).

    Pixels of the whole batch are pooled: a chip holds few of the classes.
    """
    labelled, known = _known(target)
    probabilities = logits.float().softmax(dim=1) * labelled[:, None]
    truth = torch.zeros_like(probabilities).scatter_(1, known[:, None], labelled[:, None].to(probabilities.dtype))
    pixels = truth.sum((0, 2, 3))
    overlap = probabilities.gather(1, known[:, None])[:, 0]
    overlaps = pixels.new_zeros(pixels.shape).index_add(0, known.flatten(), overlap.flatten())
    # Where a class is present the divisor is at least 1; elsewhere any will do.
    losses = 1 - 2 * overlaps / (probabilities.sum((0, 2, 3)) + pixels).clamp_min(1)
    present = (pixels > 0).to(losses.dtype)
    return (losses * present).sum() / present.sum().clamp_min(1)


def combine(parts: Mapping[str, float], weights: Sequence[float] | Tensor | None = None) -> Loss:
    """A weighted sum of losses.

    Parameters
    ----------
    parts : mapping of str to float
        "ce", "dice" -> the factor of each.
    weights : sequence of float, optional
        One weight per class, for cross-entropy; Dice weighs classes alike as it is.

    Raises
    ------
    ValueError
        For a name that is none of these.
    """
    unknown = set(parts) - {"ce", "dice"}
    if unknown or not parts:
        raise ValueError(f"There is no loss {', '.join(sorted(unknown)) or 'of nothing'}.")
    fixed = None if weights is None else torch.as_tensor(weights, dtype=torch.float32)

    def loss(logits: Tensor, target: Tensor) -> Tensor:
        by_class = None if fixed is None else fixed.to(logits.device)
        total = logits.new_zeros((), dtype=torch.float32)
        for name, factor in parts.items():
            part = cross_entropy(logits, target, by_class) if name == "ce" else dice(logits, target)
            total = total + factor * part
        return total

    return loss


def class_weights(pixels: Sequence[int], power: float = 0.5) -> list[float]:
    """Weights proportional to pixels^-power, whose mean over all pixels is 1; 0 for a class without pixels."""
    raw = [float(count) ** -power if count else 0.0 for count in pixels]
    mean = sum(weight * count for weight, count in zip(raw, pixels, strict=True)) / max(sum(pixels), 1)
    return [weight / mean if mean else 0.0 for weight in raw]


def _known(target: Tensor) -> tuple[Tensor, Tensor]:
    """Which pixels are labelled, and a class id for every pixel, 0 where it is not: shapes stay, no GPU waits."""
    labelled = target != NODATA
    return labelled, torch.where(labelled, target, 0)
