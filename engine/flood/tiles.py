"""The tiles of an image that hold water and land side by side, found while the image passes by in row bands.

A histogram of a whole scene hides water that covers a few percent of it, and any threshold method cuts a dry scene
in two. So thresholds come from tiles whose histogram has two modes that are apart (Ashman's D) and whose dark mode is
dark enough to be water: the split-based approach of Martinis et al. (2009, doi:10.5194/nhess-9-303-2009) and the
hierarchical one of Chini et al. (2017, doi:10.1109/TGRS.2017.2737664), on one fixed lattice of five tile sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .thresholds import Axis, ashman_d, fit_mixture, otsu

__all__ = ["AXIS", "LATTICE", "TileStatistics", "darkness"]

Image = NDArray[np.float32]
Floats = NDArray[np.float64]

AXIS = Axis(-45.0, 10.0, 220)  # decibels, in steps of 0.25
LEAF = 32  # pixels: the smallest tile, about 300 m; smaller ones hold too few independent pixels
LEVELS = 5
LATTICE = LEAF << (LEVELS - 1)

SMALLEST_D = 2.0  # Ashman's own limit for two modes
SMALLEST_WEIGHT = 0.1  # of the minor mode, as in Chini et al. 2017
SMALLEST_STEP_DB = 4.0  # between the modes; texture within one cover stays below, water against land is 5 to 13 dB
SMALLEST_SHARE = 0.5  # of a tile that must be observed

# Cross-polarised backscatter weighs double: wind roughens water in VV by 5 dB and more, in VH by a third of that.
WEIGHTS = {"VV": 1.0, "VH": 2.0}


def darkness(values: Image, polarisations: Sequence[str]) -> Image:
    """Weighted mean of the polarisations in dB, float32[..., H, W] from [P, H, W]."""
    if len(polarisations) == 1:
        return np.asarray(values[0])
    weights = np.array([WEIGHTS[name] for name in polarisations], np.float32)
    weights /= weights.sum()
    result: Image = values[0] * weights[0]
    result += values[1] * weights[1]
    return result


class TileStatistics:
    """Histograms of one date's image and of its bimodal tiles.

    Parameters
    ----------
    width : int
        Of the image, in pixels.
    polarisations : sequence of str
    dark_limit : float
        A tile counts only if the darkness of its dark mode is below this (dB).

    Attributes
    ----------
    pools : float64[P, bins, bins]
        Histograms of the bimodal tiles, summed over all tiles whose dark mode has the same darkness: axis 1 is that
        darkness, axis 2 the backscatter.
    tiles : float64[P, bins]
        Number of bimodal tiles by the darkness of their dark mode.
    histogram : float64[P, bins]
        Of all observed pixels.
    darkness : float64[bins]
        Histogram of the darkness of all observed pixels.

    Notes
    -----
    Tiles lie on a lattice that starts at the image's first pixel, and all counts are whole numbers: nothing depends on
    the bands in which rows arrive.
    """

    def __init__(self, width: int, polarisations: Sequence[str], dark_limit: float) -> None:
        self._polarisations = tuple(polarisations)
        self._dark_limit = dark_limit
        count = len(self._polarisations)
        self._rows = np.full((count, LATTICE, width), np.nan, np.float32)
        self._filled = 0
        self.pools = np.zeros((count, AXIS.bins, AXIS.bins))
        self.tiles = np.zeros((count, AXIS.bins))
        self.histogram = np.zeros((count, AXIS.bins))
        self.darkness = np.zeros(AXIS.bins)

    def add(self, values: Image) -> None:
        """Take in the next rows, float32[P, H, W] in dB, NaN where not observed (in all polarisations alike)."""
        row = 0
        while row < values.shape[1]:
            count = min(LATTICE - self._filled, values.shape[1] - row)
            self._rows[:, self._filled : self._filled + count] = values[:, row : row + count]
            self._filled += count
            row += count
            if self._filled == LATTICE:
                self._count()

    def finish(self) -> None:
        """Take in the rows that do not fill a last tile."""
        if self._filled:
            self._rows[:, self._filled :] = np.nan
            self._count()

    def state(self) -> dict[str, np.ndarray]:
        """All counts, to go on from after an interruption; to be taken where whole tiles have been filled."""
        return {name: getattr(self, name) for name in ("pools", "tiles", "histogram", "darkness")}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from `state`."""
        for name, values in state.items():
            getattr(self, name)[...] = values

    def _count(self) -> None:
        self._filled = 0
        seen = np.isfinite(self._rows[0])
        if not seen.any():
            return
        self.darkness += np.bincount(_bins(darkness(self._rows, self._polarisations)[seen]), minlength=AXIS.bins)
        leaf = _leaves(seen)
        levels = [_leaf_sums(self._rows, seen, leaf)]
        while len(levels) < LEVELS:
            levels.append([_merge(sums) for sums in levels[-1]])
        count = len(self._polarisations)
        for level, sums in enumerate(levels):
            for index in range(count):
                histogram, other = sums[index], sums[count + index] if count > 1 else None
                self._pool(index, histogram, other, (LEAF << level) ** 2)
        self.histogram += np.stack(levels[-1][:count]).sum(axis=(1, 2))

    def _pool(self, index: int, histogram: Floats, other: Floats | None, size: int) -> None:
        """Add the bimodal tiles of one level and polarisation; `histogram` is float64[rows, columns, bins]."""
        histogram = histogram.reshape(-1, AXIS.bins)
        kept = np.flatnonzero(histogram.sum(axis=-1) >= SMALLEST_SHARE * size)
        if kept.size == 0:
            return
        histogram = histogram[kept]
        dark_side = AXIS.centres < otsu(histogram, AXIS)[:, None]
        dark = self._dark_mode(
            index, histogram, None if other is None else other.reshape(-1, AXIS.bins)[kept], dark_side
        )
        likely = dark < self._dark_limit
        histogram, dark = histogram[likely], dark[likely]
        if dark.size == 0:
            return
        mixture = fit_mixture(histogram, AXIS)
        bimodal = (
            (ashman_d(mixture) > SMALLEST_D)
            & (mixture.weights.min(axis=-1) >= SMALLEST_WEIGHT)
            & (mixture.means[:, 1] - mixture.means[:, 0] > SMALLEST_STEP_DB)
        )
        place = _bins(dark[bimodal])
        np.add.at(self.pools[index], place, histogram[bimodal])
        np.add.at(self.tiles[index], place, 1)

    def _dark_mode(self, index: int, histogram: Floats, other: Floats | None, dark_side: NDArray[np.bool_]) -> Floats:
        """Darkness of the pixels on the dark side of each tile's threshold."""
        count = np.maximum((histogram * dark_side).sum(axis=-1), 1)
        own = (histogram * dark_side * AXIS.centres).sum(axis=-1) / count
        if other is None:
            return np.asarray(own)
        means = np.empty((2, own.size))
        means[index] = own
        means[1 - index] = (other * dark_side).sum(axis=-1) / count
        weights = np.array([WEIGHTS[name] for name in self._polarisations])
        mean: Floats = weights @ means / weights.sum()
        return mean


def _bins(values: np.ndarray) -> NDArray[np.intp]:
    """Bin of each value; values beyond the axis lie in its end bins."""
    return np.clip((values - AXIS.low) / AXIS.width, 0, AXIS.bins - 1).astype(np.intp)


def _leaves(seen: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Number of the leaf that each observed pixel lies in."""
    height, width = seen.shape
    rows, columns = np.arange(height) // LEAF, np.arange(width) // LEAF
    number: NDArray[np.intp] = (rows[:, None] * _across(width) + columns)[seen]
    return number


def _across(width: int) -> int:
    """Leaves in a row of them; a multiple of a lattice cell's, so that all levels merge evenly."""
    return -(-width // LATTICE) * (LATTICE // LEAF)


def _leaf_sums(values: Image, seen: NDArray[np.bool_], leaf: NDArray[np.intp]) -> list[Floats]:
    """Per leaf: a histogram of each polarisation, then per bin the sum of the other polarisation's values."""
    across = _across(values.shape[2])
    shape = (LATTICE // LEAF, across, AXIS.bins)
    length = shape[0] * shape[1] * shape[2]
    observed = values[:, seen]
    keys = [leaf * AXIS.bins + _bins(band) for band in observed]
    counts = [np.bincount(key, minlength=length).astype(np.float64).reshape(shape) for key in keys]
    if len(keys) == 1:
        return counts
    # Whole hundredths of a decibel add up exactly, in any order.
    others = [np.rint(band * 100) for band in observed[::-1]]
    return counts + [
        (np.bincount(key, weights=other, minlength=length) / 100).reshape(shape)
        for key, other in zip(keys, others, strict=True)
    ]


def _merge(sums: Floats) -> Floats:
    """Sums of 2 x 2 tiles."""
    return sums[0::2, 0::2] + sums[1::2, 0::2] + sums[0::2, 1::2] + sums[1::2, 1::2]
