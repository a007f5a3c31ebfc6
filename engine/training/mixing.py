"""Chips with parts of others in them: edges, which polygons drawn inside of things do not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from ..cards.classes import NODATA

__all__ = ["Mixing"]


@dataclass(frozen=True, slots=True)
class Mixing:
    """Patches of another chip of the batch, with the labels that belong to them (CutMix: Yun et al. 2019).

    People draw polygons inside of things, so all labelled pixels have surroundings of their own kind, and a network
    would learn to look at these alone: edges, roads and small fields would take the class of what lies around them.
    The other chip is moved (around its rim) so that a labelled pixel of it lies on one of the first: then edges are
    between pixels of known class. Patches are where smooth noise lies above a threshold (CowMask: French et al.,
    arXiv:2003.12022), so they have any shape, and sizes from single pixels to small fields.

    Parameters
    ----------
    share : float
        Of the chips that are changed.
    finest, coarsest : float
        Standard deviation of the Gaussian that smooths the noise, in pixels; between them, every ratio is as likely.
    least, most : float
        Share of a changed chip that comes from the other one.
    """

    share: float = 1.0
    finest: float = 0.4
    coarsest: float = 3.0
    least: float = 0.3
    most: float = 0.7

    def __call__(self, images: Tensor, labels: Tensor, seed: Sequence[int]) -> tuple[Tensor, Tensor]:
        """A changed batch.

        Parameters
        ----------
        images : Tensor, float32[N, C, S, S]
        labels : Tensor, uint8[N, S, S]
        seed : sequence of int
            Decides everything random.
        """
        source = np.random.default_rng(list(seed))
        chips, *sides = labels.shape
        if chips == 1:
            return images, labels
        others = torch.from_numpy(np.roll(np.arange(chips), int(source.integers(1, chips)))).to(images.device)
        masks = np.zeros((chips, *sides), bool)
        for chip in np.flatnonzero(source.random(chips) < self.share):
            masks[chip] = self.patches(sides, source)
        foreign = torch.from_numpy(masks).to(images.device)
        chances = torch.from_numpy(source.random(labels.shape, np.float32)).to(images.device)
        row, column = _labelled(labels, chances)
        rows, columns = (
            (torch.arange(side, device=images.device) + (place[others] - place)[:, None]) % side
            for side, place in zip(sides, (row, column), strict=True)
        )
        index = others[:, None, None], rows[:, :, None], columns[:, None, :]
        moved = images.movedim(1, -1)[index].movedim(-1, 1)
        return torch.where(foreign[:, None], moved, images), torch.where(foreign, labels[index], labels)

    def patches(self, shape: Sequence[int], source: np.random.Generator) -> NDArray[np.bool_]:
        """Where one chip of this shape, (H, W), has pixels of another."""
        smooth = self.finest * (self.coarsest / self.finest) ** source.random()
        noise = ndimage.gaussian_filter(source.standard_normal(shape), smooth, mode="wrap")
        return np.asarray(noise > np.quantile(noise, 1 - source.uniform(self.least, self.most)))


def _labelled(labels: Tensor, chances: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column, int64[N], of one labelled pixel of each chip: that of the highest chance."""
    best = torch.where(labels == NODATA, -1.0, chances).flatten(1).argmax(dim=1)
    width = labels.shape[-1]
    return best // width, best % width
