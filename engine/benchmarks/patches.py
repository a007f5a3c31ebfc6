"""Patches of Kuro Siwo as a network of its benchmark gets them: read ahead in threads, scaled as the paper does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..cpu import threads
from ..datasets.dataset import Sample
from ..datasets.kuro_siwo.events import CLAMP, DEM_STATISTICS, RADAR_STATISTICS
from ..datasets.kuro_siwo.folders import Patches
from ..datasets.kuro_siwo.webdataset import Shards
from ..training.batches import Batch

__all__ = ["PatchBatches", "bands_of", "in_batches"]

MOST_READERS = 16
SLOPE_DEG = 10.0  # what slopes are divided by: ours, since the published statistics are those of an elevation with gaps


def bands_of(dates: int, terrain: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names and dates (0 the newest) of a network's channels; what does not change comes last."""
    names = [(name, date) for date in range(dates) for name in RADAR_STATISTICS]
    names += [] if terrain == "none" else [(terrain, 0)]
    return tuple(name for name, _ in names), tuple(date for _, date in names)


def prepared(sample: Sample, dates: int, terrain: str) -> NDArray[np.float32]:
    """float32 [C, H, W] of a patch, NaN where nothing was observed: the clamp of the paper, its mean and deviation."""
    statistics = np.array([*RADAR_STATISTICS.values()] * dates, np.float32)
    mean, std = statistics[:, 0, None, None], statistics[:, 1, None, None]
    low, high = CLAMP
    radar = sample.inputs["radar"][: len(statistics)]
    scaled: NDArray[np.float32] = np.divide(np.clip(radar, low, high) - mean, std, dtype=np.float32)
    if terrain == "none":
        return scaled
    ground = sample.inputs[terrain]
    ground = (ground - DEM_STATISTICS[0]) / DEM_STATISTICS[1] if terrain == "dem" else ground / SLOPE_DEG
    return np.concatenate([scaled, ground.astype(np.float32)])


class PatchBatches:
    """Batches in an order that is drawn anew for each epoch; the last short one is left out. See `training.Batches`.

    Parameters
    ----------
    patches : Patches or Shards
    dates : int
    terrain : {'none', 'dem', 'slope'}
    batch, seed : int

    Attributes
    ----------
    size : int
        Patches of a step: fewer than asked where there are not so many.
    """

    def __init__(self, patches: Patches | Shards, dates: int, terrain: str, batch: int, seed: int) -> None:
        self._patches, self._dates, self._terrain, self._seed = patches, dates, terrain, seed
        self.size = min(batch, len(patches))
        self.steps = len(patches) // self.size
        self._readers = ThreadPoolExecutor(min(threads(), MOST_READERS), "patches")
        self._order = lru_cache(maxsize=2)(self._drawn)

    def batch(self, epoch: int, step: int) -> Batch:
        """Inputs float32 [N, C, S, S] and classes uint8 [N, S, S]."""
        places = self._order(epoch)[step * self.size : (step + 1) * self.size]
        return _stacked(self._patches, places.tolist(), self._dates, self._terrain, self._readers)

    def _drawn(self, epoch: int) -> NDArray[np.intp]:
        return np.random.default_rng((self._seed, epoch)).permutation(len(self._patches))


def in_batches(
    patches: Patches | Shards, places: Sequence[int], dates: int, terrain: str, batch: int
) -> Iterator[tuple[Sequence[int], Tensor, Tensor]]:
    """Some patches in their order, the next ones read while the last are worked on: places, inputs and classes."""
    parts = [places[start : start + batch] for start in range(0, len(places), batch)]
    with ThreadPoolExecutor(min(threads(), MOST_READERS), "patches") as readers, ThreadPoolExecutor(1) as ahead:
        coming = [ahead.submit(_stacked, patches, part, dates, terrain, readers) for part in parts[:1]]
        for number, part in enumerate(parts):
            made = coming.pop().result()
            if number + 1 < len(parts):
                coming.append(ahead.submit(_stacked, patches, parts[number + 1], dates, terrain, readers))
            yield part, *made


def _stacked(
    patches: Patches | Shards, places: Sequence[int], dates: int, terrain: str, readers: ThreadPoolExecutor
) -> tuple[Tensor, Tensor]:
    def read(place: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        sample = patches[place]
        return prepared(sample, dates, terrain), sample.targets["water"]

    images, labels = zip(*readers.map(read, places), strict=True)
    return torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(labels))
