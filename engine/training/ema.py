"""The exponential moving average of a network's weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

__all__ = ["EMA", "copy_all"]


class EMA:
    """A network whose weights follow those of the one that learns (Polyak and Juditsky 1992).

    Parameters
    ----------
    network : nn.Module
        The one that learns, where and as it will lie in memory.

    Attributes
    ----------
    network : nn.Module
        The average, in evaluation mode, of the same weights at first.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        # The tensors of both side by side: those to average, and those to copy, which are whole numbers.
        self._averages: tuple[list[Tensor], list[Tensor]] = [], []
        self._counts: tuple[list[Tensor], list[Tensor]] = [], []
        values = network.state_dict()
        for name, average in self.network.state_dict().items():
            averages, others = self._averages if average.is_floating_point() else self._counts
            averages.append(average)
            others.append(values[name])

    @torch.no_grad()
    def update(self, decay: float) -> None:
        """Take over the share 1 - `decay` of what the weights are now."""
        torch._foreach_lerp_(*self._averages, 1 - decay)
        copy_all(*self._counts)


def copy_all(targets: list[Tensor], sources: list[Tensor]) -> None:
    """Copy many tensors in few calls."""
    if targets:
        torch._foreach_copy_(targets, sources)
