"""What is water on one date: thresholds, a score per pixel, and which objects stand.

The score adds up each polarisation's membership of water (Twele et al. 2016, doi:10.1080/01431161.2016.1192304): 0 at
its threshold, 1 at water's own mode and darker, -1 at land's. Wind can lift calm water in VV all the way to land, in VH
by a third of that: so beside VH, VV only ever speaks for water, unless it is brighter than any wind explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..raster.components import Tally
from .thresholds import METHODS
from .tiles import AXIS, SMALLEST_WEIGHT, TileStatistics, darkness

__all__ = ["Physics", "WaterModel", "land_level", "stands_out", "water_models"]

Floats = NDArray[np.float64]
Image = NDArray[np.float32]

# Fixed thresholds in dB for gamma nought of terrain-corrected images: the defaults of ASF's water map.
FIXED_GAMMA0 = {"VV": -15.5, "VH": -23.0}
GAMMA0_OVER_SIGMA0_DB = 1.0  # at the incidence angles of Sentinel-1's swath
TOLERANCE_DB = 3.0  # a doubling of power, by which calibration and wind may lift water over the fixed thresholds

# Published class means at 37.5 degrees, as darkness: calm water -24.0, bare soil, tarmac and sand -20.8 in the mean,
# meadows and crops -15.6; docs/flood.md gives the sources.
CALM_CONTRAST_DB = 8.5  # darkness of meadows and crops over that of calm water
FIXED_STEP_DB = CALM_CONTRAST_DB / 2  # from a fixed threshold down to water's mode, as if it lay midway to land
# Of land over an object or a tile's dark mode: a quarter of the power, between look-alikes (5.2) and calm water (8.4).
# Edges and wind take their part of water's contrast, hence not the middle: settled on simulated seeds from 100 on.
CONTRAST_DB = 6.0

STORM_DB = 10.0  # by which wind of up to a near gale lifts VV over a light breeze (CMOD5.N); more is no wind
EDGE = 0.1  # a pixel of water has more of the sum of memberships than this: settled on simulated seeds from 100 on
SEED = 1 - EDGE  # score from half the full sum on: of a pixel that may start an object, and least mean of an object


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
        return self.darkness(self.fixed_thresholds) + TOLERANCE_DB

    def darkness(self, levels: Sequence[float]) -> float:
        """Of one level in dB per polarisation."""
        return float(darkness(np.array(levels, np.float32), self.polarisations))


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
        """Evidence for water, float32[H, W] from dB float32[P, H, W]; above 0 is darker than land; NaN stays NaN."""
        total = np.full(values.shape[1:], -EDGE, np.float32)
        for index, (band, threshold, mode) in enumerate(zip(values, self.thresholds, self.modes, strict=True)):
            lowest = -1 if index == len(values) - 1 else 0
            # One polarisation alone is put on the scale of two.
            scale = np.float32(2 / len(values))
            member = np.float32(threshold) - band
            member /= np.float32(threshold - mode)
            np.clip(member, lowest, 1, out=member)
            total += member if scale == 1 else scale * member
            total -= band > np.float32(mode + STORM_DB)
        return total


def water_models(
    post: TileStatistics, pre: TileStatistics | None, physics: Physics, method: str
) -> tuple[WaterModel, WaterModel | None]:
    """What water looks like after, and before if there were dates; one without water of its own gets the other's."""
    after, fallback = _fit(post, physics, method), _fallback(post, physics)
    if pre is None:
        return after or fallback, None
    before = _fit(pre, physics, method)
    return after or _borrowed(before) or fallback, before or _borrowed(after) or fallback


def _borrowed(model: WaterModel | None) -> WaterModel | None:
    return model and replace(model, borrowed=True)


def _fit(statistics: TileStatistics, physics: Physics, method: str) -> WaterModel | None:
    """The model of a date from its bimodal tiles, or None where no tile shows water beside land."""
    weight = statistics.pools.sum(axis=(0, 2))
    if not weight.any():
        return None
    # Land is what all bimodal tiles, look-alikes' among them, take for their bright side.
    thresholds, _ = _splits(statistics.pools.sum(axis=1), physics, method)
    land = land_level(statistics.darkness, physics.darkness(thresholds))
    chosen = _like_water(weight, land, physics)
    if not weight[chosen].any():
        return None
    thresholds, modes = _splits(statistics.pools[:, chosen].sum(axis=1), physics, method)
    tiles = statistics.tiles[:, chosen].sum(axis=1)
    return WaterModel(thresholds, modes, land, tuple(int(count) for count in tiles))


def _like_water(weight: Floats, land: float | None, physics: Physics) -> NDArray[np.bool_]:
    """Which darkness of a tile's dark mode is that of water, bool[bins]; none where too few tiles speak for water."""
    if not physics.calibrated:
        return np.ones(AXIS.bins, bool)
    if land is None:
        return np.zeros(AXIS.bins, bool)
    contrast = land - AXIS.centres
    # Tiles of smooth soil or sand beside forest can reach water's contrast; among tiles of water some are calm.
    if weight[contrast > CALM_CONTRAST_DB].sum() < SMALLEST_WEIGHT * weight.sum():
        return np.zeros(AXIS.bins, bool)
    return np.asarray(contrast > CONTRAST_DB)


def _fallback(statistics: TileStatistics, physics: Physics) -> WaterModel:
    """Fixed thresholds, for a date on which no tile shows water beside land."""
    fixed = physics.fixed_thresholds
    land = land_level(statistics.darkness, physics.dark_limit)
    return WaterModel(fixed, tuple(value - FIXED_STEP_DB for value in fixed), land, (0,) * len(fixed))


def stands_out(model: WaterModel, physics: Physics, tally: Tally) -> NDArray[np.bool_]:
    """Which objects are darker than land by as much as water is.

    Parameters
    ----------
    model : WaterModel
    physics : Physics
    tally : Tally
        With sums of `score` and `darkness`.
    """
    if not physics.calibrated:
        # Grey levels have no physical meaning: every object with a seed stands.
        return np.ones(tally.pixels.shape, bool)
    if model.land is None:
        return np.zeros(tally.pixels.shape, bool)
    far = model.land - tally.sums["darkness"] / tally.pixels > CONTRAST_DB
    return np.asarray(far & (tally.sums["score"] > SEED * tally.pixels))


def land_level(histogram: Floats, above: float) -> float | None:
    """Median darkness of all pixels that are brighter than `above`, or None if there are none."""
    total = np.cumsum(histogram * (AXIS.centres > above))
    return float(AXIS.centres[np.searchsorted(total, total[-1] / 2)]) if total[-1] else None


def _splits(pools: Floats, physics: Physics, method: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Thresholds and modes per polarisation; the fixed ones where the pool is empty."""
    pairs = [
        _split(pool, method) if pool.any() else (fixed, fixed - FIXED_STEP_DB)
        for pool, fixed in zip(pools, physics.fixed_thresholds, strict=True)
    ]
    thresholds, modes = zip(*pairs, strict=True)
    return thresholds, modes


def _split(pool: Floats, method: str) -> tuple[float, float]:
    """Threshold and mean of the dark side of a histogram."""
    threshold = float(METHODS[method](pool[None], AXIS)[0])
    dark = AXIS.centres < threshold
    return threshold, float((pool * AXIS.centres)[dark].sum() / pool[dark].sum())
