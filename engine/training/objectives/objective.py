"""The contract of all ways to learn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..batches import Tensors

__all__ = ["Objective", "full_precision"]


class Objective(nn.Module, ABC):
    """The loss of a batch, to which the losses of its parts add up.

    It is a sum of terms, each a mean over what can be counted in the targets (labelled pixels, samples). So the terms
    of the parts of a batch, weighted by their counts, add up to those of the whole: into how many parts and processes
    a batch is divided makes no difference. Weights of its own (a temperature) learn at the highest rate without decay.

    Attributes
    ----------
    terms : tuple of str
        Their names, for curves.
    divisible : bool
        Whether each sample has a loss of its own. Where samples are compared with each other the trainer gathers the
        outputs of all parts and processes first, and `forward` always gets the whole batch.
    """

    terms: tuple[str, ...] = ("loss",)
    divisible: bool = True

    @abstractmethod
    def counts(self, targets: Tensors) -> Tensor:
        """Whole numbers [T]: over how many each term is a mean."""

    @abstractmethod
    def forward(self, outputs: Tensors, targets: Tensors) -> Tensor:
        """The terms, float[T] in single precision at least; 0, with a gradient of 0, where nothing counts.

        Parameters
        ----------
        outputs
            What the network makes of the inputs.
        targets
            As `Batches` yields them.
        """

    @torch.no_grad()
    def judge(self, judged: Sequence[tuple[Tensors, Tensors]]) -> dict[str, float]:
        """Figures of a network on what it does not learn from.

        Parameters
        ----------
        judged : sequence of (outputs, targets)
            Of the held-out batches.

        Returns
        -------
        dict of str to float
            "score", the higher the better, and others by name: here the loss, and that with a minus as the score.
        """
        counts = torch.stack([self.counts(targets) for _, targets in judged]).double()
        terms = torch.stack([self(outputs, targets) for outputs, targets in judged])
        loss = float(((terms * counts).sum(0) / counts.sum(0).clamp_min(1)).sum())
        return {"validation loss": loss, "score": -loss}


def full_precision(outputs: Tensor) -> Tensor:
    """In single precision, where a network computes in half."""
    return outputs.to(torch.promote_types(outputs.dtype, torch.float32))
