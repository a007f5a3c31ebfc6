"""The tiles of an image that hold water and land side by side, found while the image passes by in row bands.

A histogram of a whole scene hides water that covers a few percent of it, and any threshold method cuts a dry scene
in two. So thresholds come from tiles whose histogram has two modes that are apart (Ashman's D) and whose dark mode is
dark enough to be water: the split-based approach of Martinis et al. (2009, doi:10.5194/nhess-9-303-2009) and the
hierarchical one of Chini et al. (2017, doi:10.1109/TGRS.2017.2737664), on one fixed lattice of five tile sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from .thresholds import Axis, ashman_d, fit_mixture, otsu

__all__ = ["AXIS", "LATTICE", "ROUGH_DB", "TileStatistics", "bytes_per_column", "darkness"]

Image = NDArray[np.float32]
Floats = NDArray[np.float64]
_Tiles = tuple[NDArray[np.intp], Floats, Floats]  # of N tiles: polarisation, histogram, darkness of the dark mode

AXIS = Axis(-45.0, 10.0, 220)  # decibels, in steps of 0.25
LEAF = 32  # pixels: the smallest tile, about 300 m; smaller ones hold too few independent pixels
LEVELS = 5
LATTICE = LEAF << (LEVELS - 1)
COLUMNS = 2 * LATTICE  # counted at a time: what that takes does not grow with the width

SMALLEST_D = 2.0  # Ashman's own limit for two modes
SMALLEST_WEIGHT = 0.1  # of the minor mode, as in Chini et al. 2017
SMALLEST_STEP_DB = 4.0  # between the modes: half of what calm water has against meadows and crops (8.4 dB)
DARKEST_DB = -36.0  # of a dark mode: water's is at least near the noise floor, what is darker was not observed
SMALLEST_SHARE = 0.5  # of a tile that must be observed
ROUNDING_DB = 1e-3  # by far more than a fit's means are off
PIXEL = 2.0**26  # counts one pixel; the hundredths of a leaf's pixels add up to less than half of it

# Cross-polarised backscatter weighs double: wind roughens water in VV by 5 dB and more, in VH by a third of that.
WEIGHTS = {"VV": 1.0, "VH": 2.0}
# By how much VV may lie above VH on land: no field, forest or town does by more over more than a few pixels, bare soil
# comes nearest. Wind lifts water's VV to 10 to 18 dB above its VH, and what is beyond this speaks for water.
ROUGH_DB = 9.0


def darkness(values: Image, polarisations: Sequence[str]) -> Image:
    """Weighted mean of the polarisations in dB, less what VV lies further above VH than on land.

    float32[..., H, W] from [P, H, W].
    """
    if len(polarisations) == 1:
        return np.asarray(values[0])
    weights = np.array([WEIGHTS[name] for name in polarisations], np.float32)
    weights /= weights.sum()
    result: Image = values[0] * weights[0]
    result += values[1] * weights[1]
    rough = values[0] - values[1]
    rough -= np.float32(ROUGH_DB)
    result -= np.maximum(rough, 0, out=rough)
    return result


def bytes_per_column(polarisations: int) -> int:
    """Memory that the counts of one date take for each pixel of the image's width."""
    return _planes(polarisations) * (LATTICE // LEAF) * AXIS.bins * 8 // LEAF


def _planes(polarisations: int) -> int:
    """Histograms, and per bin the sum of the other polarisation where there is one."""
    return polarisations if polarisations == 1 else 2 * polarisations


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
        # A multiple of a lattice cell's leaves, so that all levels merge evenly.
        shape = (LATTICE // LEAF, -(-width // LATTICE) * (LATTICE // LEAF), AXIS.bins)
        self._leaves = [np.zeros(shape) for _ in range(_planes(count))]
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
            self._count(values[:, row : row + count])
            self._filled += count
            row += count
            if self._filled == LATTICE:
                self._judge()

    def finish(self) -> None:
        """Take in the rows that do not fill a last tile."""
        if self._filled:
            self._judge()

    def state(self) -> dict[str, np.ndarray]:
        """All counts, to go on from after an interruption; to be taken where whole tiles have been filled."""
        return {name: getattr(self, name) for name in ("pools", "tiles", "histogram", "darkness")}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from `state`."""
        for name, values in state.items():
            getattr(self, name)[...] = values

    def like(self, width: int) -> TileStatistics:
        """Empty statistics of another part of the image, whose first pixel lies on the same lattice."""
        return TileStatistics(width, self._polarisations, self._dark_limit)

    def merge(self, other: TileStatistics) -> None:
        """Add what another part of the image shows."""
        for name, values in other.state().items():
            getattr(self, name)[...] += values

    def _count(self, values: Image) -> None:
        """Count rows by leaf, from the first row of the lattice that is not filled."""
        down = (self._filled + np.arange(values.shape[1])) // LEAF
        for column in range(0, values.shape[2], COLUMNS):
            part = values[..., column : column + COLUMNS]
            seen = np.isfinite(part[0])
            if not seen.any():
                continue
            pixels = _Pixels(part, seen, down - down[0])
            self.darkness += pixels.darkness_histogram(self._polarisations)
            for leaves, sums in zip(self._leaves, pixels.leaf_sums(), strict=True):
                leaves[down[0] : down[-1] + 1, column // LEAF :][:, : sums.shape[1]] += sums

    def _judge(self) -> None:
        """See which tiles of the filled lattice are bimodal, and begin the next."""
        for column in range(0, self._leaves[0].shape[1], COLUMNS // LEAF):
            self._judge_cells([leaves[:, column : column + COLUMNS // LEAF] for leaves in self._leaves])
        for leaves in self._leaves:
            leaves[...] = 0
        self._filled = 0

    def _judge_cells(self, leaves: list[Floats]) -> None:
        count = len(self._polarisations)
        if not leaves[0].any():
            return
        levels = [[*leaves[:count], *(hundredths / 100 for hundredths in leaves[count:])]]
        while len(levels) < LEVELS:
            levels.append([_merge(sums) for sums in levels[-1]])
        likely = [
            self._likely(index, sums[index], sums[count + index] if count > 1 else None, (LEAF << level) ** 2)
            for level, sums in enumerate(levels)
            for index in range(count)
        ]
        # All at once: one by one the fits would take as long to call as to compute.
        index, histogram, dark = (np.concatenate(parts) for parts in zip(*likely, strict=True))
        if index.size:
            self._pool(index, histogram, dark)
        self.histogram += np.stack(levels[-1][:count]).sum(axis=(1, 2))

    def _likely(self, index: int, histogram: Floats, other: Floats | None, size: int) -> _Tiles:
        """The tiles of one level and polarisation that may be bimodal; `histogram` is float64[rows, columns, bins]."""
        histogram = histogram.reshape(-1, AXIS.bins)
        kept = np.flatnonzero(histogram.sum(axis=-1) >= SMALLEST_SHARE * size)
        kept = kept[_wide_enough(histogram[kept])]
        histogram = histogram[kept]
        other = None if other is None else other.reshape(-1, AXIS.bins)[kept]
        dark = self._dark_mode(index, histogram, other, AXIS.centres < otsu(histogram, AXIS)[:, None])
        likely = (dark < self._dark_limit) & (dark > DARKEST_DB)
        return np.full(np.count_nonzero(likely), index), histogram[likely], dark[likely]

    def _pool(self, index: NDArray[np.intp], histogram: Floats, dark: Floats) -> None:
        """Add those that are bimodal."""
        mixture = fit_mixture(histogram, AXIS)
        bimodal = (
            (ashman_d(mixture) > SMALLEST_D)
            & (mixture.weights.min(axis=-1) >= SMALLEST_WEIGHT)
            & (mixture.means[:, 1] - mixture.means[:, 0] > SMALLEST_STEP_DB)
        )
        place = index[bimodal], _bins(dark[bimodal])
        np.add.at(self.pools, place, histogram[bimodal])
        np.add.at(self.tiles, place, 1)

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
        mean -= np.maximum(means[0] - means[1] - ROUGH_DB, 0)
        return mean


class _Pixels:
    """The observed pixels of some rows, and their counts by leaf; `down` is each row's leaf, from 0."""

    def __init__(self, rows: Image, seen: NDArray[np.bool_], down: NDArray[np.intp]) -> None:
        across = np.arange(seen.shape[1]) // LEAF
        self._shape = (int(down[-1]) + 1, int(across[-1]) + 1, AXIS.bins)
        self._leaf: NDArray[np.intp] = (down[:, None] * self._shape[1] + across) * AXIS.bins
        self._values = rows
        if not seen.all():
            self._values, self._leaf = rows[:, seen], self._leaf[seen]

    def darkness_histogram(self, polarisations: Sequence[str]) -> Floats:
        bins = _positions(darkness(self._values, polarisations)).astype(np.uint8)
        counts = cv2.calcHist([bins.reshape(1, -1)], [0], None, [AXIS.bins], [0, AXIS.bins])
        return counts.ravel().astype(np.float64)  # whole numbers below 2**24, which float32 holds exactly

    def leaf_sums(self) -> list[Floats]:
        """Per leaf: a histogram of each polarisation, then per bin the sum of the other's values, in hundredths."""
        keys = [(_positions(band).astype(np.intp) + self._leaf).ravel() for band in self._values]
        length = self._shape[0] * self._shape[1] * self._shape[2]
        if len(keys) == 1:
            return [np.bincount(keys[0], minlength=length).astype(np.float64).reshape(self._shape)]
        counts, others = [], []
        for key, other in zip(keys, self._values[::-1], strict=True):
            # Whole hundredths of a decibel add up exactly, in any order. One number holds a pixel and its value.
            steps = np.rint(other * np.float32(100)).astype(np.float64).ravel()
            steps += PIXEL
            both = np.bincount(key, weights=steps, minlength=length).reshape(self._shape)
            counts.append(np.rint(both / PIXEL))
            others.append(both - counts[-1] * PIXEL)
        return counts + others


def _wide_enough(histogram: Floats) -> NDArray[np.bool_]:
    """Which histograms can hold two modes that are apart: the others need no fit.

    Whatever share of the pixels a Gaussian takes, from each bin a part, no other choice of as many pixels sets its mean
    further from that of the rest than the darkest ones do. Over that share the distance has its peaks at bins' edges.
    """
    weight, moment = np.cumsum(histogram, axis=-1), np.cumsum(histogram * AXIS.centres, axis=-1)
    total = weight[:, -1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        step = (moment[:, -1:] - moment) / (total - weight) - moment / weight
    inside = (weight >= SMALLEST_WEIGHT * total) & (weight <= (1 - SMALLEST_WEIGHT) * total)
    cut = inside.copy()  # and the edges on either side, between which the least share lies
    cut[:, :-1] |= inside[:, 1:]
    cut[:, 1:] |= inside[:, :-1]
    cut &= (weight > 0) & (weight < total)
    widest = np.where(cut, step, 0).max(axis=-1)
    return np.asarray((widest > SMALLEST_STEP_DB - ROUNDING_DB) | ~inside.any(axis=-1))


def _positions(values: Image) -> Image:
    """Where values lie on the axis, counted in bins; values beyond it lie in its end bins."""
    places = values - np.float32(AXIS.low)
    places /= np.float32(AXIS.width)
    return np.clip(places, 0, AXIS.bins - 1, out=places)


def _bins(values: np.ndarray) -> NDArray[np.intp]:
    """Bin of each value; values beyond the axis lie in its end bins."""
    return np.clip((values - AXIS.low) / AXIS.width, 0, AXIS.bins - 1).astype(np.intp)


def _merge(sums: Floats) -> Floats:
    """Sums of 2 x 2 tiles."""
    return sums[0::2, 0::2] + sums[1::2, 0::2] + sums[0::2, 1::2] + sums[1::2, 1::2]
