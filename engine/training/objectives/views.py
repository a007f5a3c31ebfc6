"""Contrast of two views of one place: two augmentations of an image, or what two sensors see of the same ground.

Chen et al., "A simple framework for contrastive learning of visual representations" (SimCLR), ICML 2020, whose loss is
called NT-Xent there; with sensors for views Scheibenreif et al., "Contrastive self-supervised data fusion for satellite
imagery", ISPRS Annals V-3-2022.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .objective import Objective, full_precision

__all__ = ["ViewContrast"]

Views = tuple[Tensor, Tensor]


class ViewContrast(Objective):
    """Two sets of vectors float[N, D], row against row: each finds its other view among all other rows of both.

    Other than in `Contrast`, rows are held against those of their own view as well, and the temperature is fixed.
    Targets are int[N]: what each row shows. Rows that show the same are not held against each other.

    Parameters
    ----------
    temperature : float
        0.1 is usual for images, 0.07 for pairs of sensors.
    """

    divisible = False

    def __init__(self, temperature: float = 0.1) -> None:
        super().__init__()
        if temperature <= 0:
            raise ValueError(f"A temperature of {temperature} is none; give one above 0.")
        self.temperature = temperature

    def counts(self, targets: Tensor) -> Tensor:
        """Rows of both views."""
        return targets.new_tensor([2 * len(targets)])

    def forward(self, outputs: Views, targets: Tensor) -> Tensor:
        """The mean cross-entropy over the rows of both views."""
        rows = F.normalize(torch.cat([full_precision(view) for view in outputs]), dim=1)
        count, shown = len(targets), torch.cat([targets, targets])
        place = torch.arange(2 * count, device=rows.device)
        other = place.roll(count)
        same = shown[:, None] == shown
        same[place, other] = False
        logits = (rows @ rows.T / self.temperature).masked_fill(same, -torch.inf)
        return F.cross_entropy(logits, other)[None]

    def judge(self, judged: Sequence[tuple[Views, Tensor]]) -> dict[str, float]:
        """The loss within the batches, and as the score the share of first views whose nearest second view is theirs.

        The latter is among all that was held out (recall at 1).
        """
        first, second = (
            F.normalize(torch.cat([full_precision(views[side].cpu()) for views, _ in judged])) for side in (0, 1)
        )
        shown = torch.cat([targets.cpu() for _, targets in judged])
        recall = float((shown[(first @ second.T).argmax(dim=1)] == shown).double().mean())
        return {**super().judge(judged), "validation recall at 1": recall, "score": recall}
