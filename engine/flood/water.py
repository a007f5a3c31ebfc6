"""What is water on one date: thresholds, a score per pixel, and which objects stand.

The score adds up, over the polarisations, how far a pixel lies below its threshold, in units of the distance from the
threshold to water's own mode: 0 at the threshold, 2 at the mode. It is bounded on both sides, so that water which wind
roughened in VV can still count through VH, and one very dark pixel cannot carry its surroundings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster.components import Tally
from .thresholds import METHODS
from .tiles import AXIS, TileStatistics

__all__ = ["Physics", "WaterModel", "fallback_model", "fit_water", "land_level", "stands_out"]

Floats = NDArray[np.float64]
Image = NDArray[np.float32]

# Fixed thresholds in dB for gamma nought of terrain-corrected images: the defaults of ASF's water map.
FIXED_GAMMA0 = {"VV": -15.5, "VH": -23.0}
GAMMA0_OVER_SIGMA0_DB = 1.0  # at the incidence angles of Sentinel-1's swath
FIXED_STEP_DB = 3.5  # from the fixed threshold down to water's mode

DARKEST_SHARE = 0.2  # of the tiles' pixels: where the darkest tiles' mode is looked for
OVER_WATER_DB = 6.0  # what is brighter than water by more counts as land when land's level is taken
CONTRAST_DB = 7.2  # darkness of land over that of water; smooth soil, tarmac and sand stay below
OBJECT_CONTRAST_DB = 6.8  # the same for an object, where tiles have shown that there is water
COMPARED_CONTRAST_DB = 7.5  # the same where there are dates before: what is as dark as ever must be surely water
# Tiles of smooth soil or sand beside forest can reach water's contrast; among tiles of water many go well beyond it.
DECISIVE_CONTRAST_DB = 8.5
DECISIVE_SHARE = 0.15  # of the bimodal tiles, by their pixels
CERTAINLY_WATER_DB = -27.0  # darkness below which nothing else is known, whatever the land around
TOLERANCE_DB = 3.0  # by which calibration and wind may lift water over the fixed thresholds

LOWEST, HIGHEST = -0.3, 1.5  # bounds of one polarisation's part of the score
ROUGHEST_DB = 8.0  # from calm water's mode up to the roughest
SEED = 1.0  # score of a pixel that may start an object, and the least mean score of an object


@dataclass(frozen=True, slots=True)
class Physics:
    """What is known of an image's values before looking at them.

    Attributes
    ----------
    polarisations : tuple of str
    calibrated : bool
        False for 8-bit display products, whose values are relative.
    calibration : {'sigma0', 'gamma0'}
    """

    polarisations: tuple[str, ...]
    calibrated: bool
    calibration: str

    @property
    def fixed_thresholds(self) -> tuple[float, ...]:
        """In dB, per polarisation."""
        offset = GAMMA0_OVER_SIGMA0_DB if self.calibration == "sigma0" else 0.0
        return tuple(FIXED_GAMMA0[name] - offset for name in self.polarisations)

    @property
    def dark_limit(self) -> float:
        """The darkness that a tile's dark mode must stay below to be taken for water."""
        if not self.calibrated:
            return AXIS.high
        weights = [1.0, 2.0][: len(self.polarisations)]
        level = sum(w * t for w, t in zip(weights, self.fixed_thresholds, strict=True)) / sum(weights)
        return level + TOLERANCE_DB


@dataclass(frozen=True, slots=True)
class WaterModel:
    """How water differs from land on one date.

    Attributes
    ----------
    thresholds, modes : tuple of float
        Per polarisation in dB: below the threshold is darker than land; the mode is water's own level.
    land : float or None
        Darkness of land in dB; None where nothing but dark ground is seen.
    tiles : tuple of int
        Bimodal tiles behind each threshold; 0 where it is the fixed one.
    borrowed : bool
        Whether the tiles are those of the other time, because this one has none.
    """

    thresholds: tuple[float, ...]
    modes: tuple[float, ...]
    land: float | None
    tiles: tuple[int, ...]
    borrowed: bool = False

    @property
    def fallback(self) -> bool:
        """Whether no tile showed water beside land, so that all thresholds are fixed ones."""
        return not any(self.tiles)

    def score(self, values: Image) -> Image:
        """Evidence for water, float32[H, W] from dB float32[P, H, W]; NaN stays NaN."""
        total = np.zeros(values.shape[1:], np.float32)
        for band, threshold, mode in zip(values, self.thresholds, self.modes, strict=True):
            unit = np.float32(1 / (threshold - mode))
            total += np.clip((np.float32(threshold) - band) * unit, LOWEST, HIGHEST)
            # What is brighter than any wind can make water speaks against it without that mercy.
            total -= np.clip((band - np.float32(mode + ROUGHEST_DB)) * unit, 0, 1)
        # One polarisation alone is put on the scale of two.
        total *= np.float32(2 / len(values))
        return total


def fit_water(statistics: TileStatistics, physics: Physics, method: str) -> WaterModel | None:
    """The model of a date from its bimodal tiles, or None where no tile shows water beside land."""
    weight = statistics.pools.sum(axis=(0, 2))
    darkest = _quantile(weight, DARKEST_SHARE)
    if darkest is None:
        return None
    land = land_level(statistics.darkness, darkest + OVER_WATER_DB)
    chosen = _like_water(weight, land, physics)
    if not weight[chosen].any():
        return None
    thresholds, modes, tiles = [], [], []
    for index, fixed in enumerate(physics.fixed_thresholds):
        pool = statistics.pools[index][chosen].sum(axis=0)
        count = int(statistics.tiles[index][chosen].sum())
        threshold, mode = _split(pool, method) if count else (fixed, fixed - FIXED_STEP_DB)
        thresholds.append(threshold)
        modes.append(mode)
        tiles.append(count)
    return WaterModel(tuple(thresholds), tuple(modes), land, tuple(tiles))


def _like_water(weight: Floats, land: float | None, physics: Physics) -> NDArray[np.bool_]:
    """Which darkness of a tile's dark mode is that of water, bool[bins]; none where too few tiles speak for water."""
    levels = AXIS.centres
    if not physics.calibrated:
        return np.ones(AXIS.bins, bool)
    certain = levels < CERTAINLY_WATER_DB
    if land is None:
        return certain
    decisive = (land - levels > DECISIVE_CONTRAST_DB) | certain
    if weight[decisive].sum() < DECISIVE_SHARE * weight.sum():
        return np.zeros(AXIS.bins, bool)
    return (land - levels > CONTRAST_DB) | certain


def fallback_model(statistics: TileStatistics, physics: Physics) -> WaterModel:
    """Fixed thresholds, for a date on which no tile shows water beside land."""
    fixed = physics.fixed_thresholds
    land = land_level(statistics.darkness, physics.dark_limit)
    return WaterModel(fixed, tuple(value - FIXED_STEP_DB for value in fixed), land, (0,) * len(fixed))


def stands_out(model: WaterModel, physics: Physics, tally: Tally, *, compared: bool) -> NDArray[np.bool_]:
    """Which objects are darker than land by as much as water is.

    Parameters
    ----------
    model : WaterModel
    physics : Physics
    tally : Tally
        With sums of `score` and `darkness`.
    compared : bool
        Whether there is another time to compare with, so that new water need not be proven by its contrast.
    """
    if not physics.calibrated:
        # Grey levels have no physical meaning: every object with a seed stands.
        return np.ones(tally.pixels.shape, bool)
    mean = tally.sums["darkness"] / tally.pixels
    far = mean < CERTAINLY_WATER_DB if not model.fallback else np.zeros(mean.shape, bool)
    if model.land is not None:
        alone = CONTRAST_DB if model.fallback else OBJECT_CONTRAST_DB
        far |= model.land - mean > (COMPARED_CONTRAST_DB if compared else alone)
    return far & (tally.sums["score"] > SEED * tally.pixels)


def land_level(histogram: Floats, above: float) -> float | None:
    """Median darkness of all pixels that are brighter than `above`, or None if there are none."""
    return _quantile(histogram * (AXIS.centres > above), 0.5)


def _quantile(weight: Floats, share: float) -> float | None:
    """The level below which `share` of the weight on the axis lies."""
    total = np.cumsum(weight)
    if total[-1] == 0:
        return None
    return float(AXIS.centres[np.searchsorted(total, share * total[-1])])


def _split(pool: Floats, method: str) -> tuple[float, float]:
    """Threshold and mean of the dark side of a histogram."""
    threshold = float(METHODS[method](pool[None], AXIS)[0])
    dark = AXIS.centres < threshold
    return threshold, float((pool * AXIS.centres)[dark].sum() / pool[dark].sum())
