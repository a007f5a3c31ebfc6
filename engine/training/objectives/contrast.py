"""Contrast: two views of one thing, such as a picture and its caption, shall be nearer than views of others."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .objective import Objective, full_precision

__all__ = ["Contrast"]

Views = tuple[Tensor, Tensor]


class Contrast(Objective):
    """Two sets of vectors float[N, D], row against row: the symmetric loss of CLIP (Radford et al. 2021).

    Targets are int[N]: what each row shows. Rows that show the same are not held against each other. The temperature is
    learned, and held within bounds before each step, as open_clip does.

    Parameters
    ----------
    scale : float
        1 / temperature at first.
    highest_scale : float
        The lowest is 1.
    """

    divisible = False

    def __init__(self, scale: float = 1 / 0.07, highest_scale: float = 100.0) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
        self._highest = math.log(highest_scale)

    def counts(self, targets: Tensor) -> Tensor:
        """Rows."""
        return targets.new_tensor([len(targets)])

    def forward(self, outputs: Views, targets: Tensor) -> Tensor:
        """The mean of both cross-entropies: which second view belongs to the first, and the reverse."""
        with torch.no_grad():
            self.log_scale.clamp_(0, self._highest)
        logits = self.log_scale.exp() * _cosines(outputs)
        own = torch.arange(len(targets), device=targets.device)
        same = (targets[:, None] == targets) & (own[:, None] != own)
        logits = logits.masked_fill(same, -torch.inf)
        return ((F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2)[None]

    def judge(self, judged: Sequence[tuple[Views, Tensor]]) -> dict[str, float]:
        """The loss within the batches, and as the score the share of first views that are nearest to one of theirs.

        The latter is among all that was held out (recall at 1).
        """
        first, second = (torch.cat([views[side].cpu() for views, _ in judged]) for side in (0, 1))
        shown = torch.cat([targets.cpu() for _, targets in judged])
        nearest = _cosines((first, second)).argmax(dim=1)
        recall = float((shown[nearest] == shown).double().mean())
        return {**super().judge(judged), "validation recall at 1": recall, "score": recall}


def _cosines(views: Views) -> Tensor:
    first, second = (F.normalize(full_precision(view), dim=1) for view in views)
    return first @ second.T
