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
from .tiles import AXIS, ROUGH_DB, SMALLEST_WEIGHT, WEIGHTS, TileStatistics, darkness

__all__ = ["Physics", "WaterModel", "land_level", "stands_out", "water_models"]

Floats = NDArray[np.float64]
Image = NDArray[np.float32]

# Fixed thresholds in dB for gamma nought of terrain-corrected images: the defaults of ASF's water map.
FIXED_GAMMA0 = {"VV": -15.5, "VH": -23.0}
GAMMA0_OVER_SIGMA0_DB = 1.0  # at the incidence angles of Sentinel-1's swath
TOLERANCE_DB = 3.0  # a doubling of power, by which calibration and wind may lift water over the fixed thresholds

# Published class means at 37.5 degrees, as darkness: calm water -24.0, bare soil, tarmac and sand -20.8 in the mean,
# meadows and crops -15.6; docs/flood.md gives the sources.
LAND_DB = -15.6
CALM_CONTRAST_DB = 8.5  # darkness of meadows and crops over that of calm water
FIXED_STEP_DB = CALM_CONTRAST_DB / 2  # from a fixed threshold down to water's mode, as if it lay midway to land
# Of land over an object or a tile's dark mode: a quarter of the power, between look-alikes (5.2) and calm water (8.4).
# Edges and wind take their part of water's contrast, hence not the middle: settled on simulated seeds from 100 on.
CONTRAST_DB = 6.0
# Midway from there to calm water: where no tile supports the thresholds, and where the past tells flood by its fall.
CERTAIN_CONTRAST_DB = (CONTRAST_DB + CALM_CONTRAST_DB) / 2

ROUGH_SPAN_DB = 3.0  # from the most by which land's VV lies above its VH to what certainly is rough water
ROUGHEST_DB = 20.0  # by which water's VV lies above its VH in the strongest wind
STORM_DB = 10.0  # by which wind of up to a near gale lifts VV over a light breeze (CMOD5.N); more is no wind
LEAST_SPAN_DB = 1.0  # from a threshold chosen by hand down to water's mode: Sentinel-1's radiometric accuracy
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
        return float(darkness(np.array(levels, np.float32)[:, np.newaxis], self.polarisations)[0])


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
    open_water : bool
        Whether nearly all that is seen is water roughened by wind, whose levels these are.
    measured : WaterModel, optional
        Where thresholds were chosen by hand: what the image gave.
    moved : float
        By how many dB of darkness the chosen ones lie above those; 0 where they lie below.
    """

    thresholds: tuple[float, ...]
    modes: tuple[float, ...]
    land: float | None
    tiles: tuple[int, ...]
    borrowed: bool = False
    open_water: bool = False
    measured: WaterModel | None = None
    moved: float = 0.0

    @property
    def fallback(self) -> bool:
        """Whether no tile showed water beside land, so that all thresholds are fixed ones."""
        return not any(self.tiles)

    @property
    def source(self) -> str:
        """Where the thresholds come from."""
        if self.measured is not None:
            return "chosen by hand"
        if self.open_water:
            return "open water"
        if self.fallback:
            return "fixed"
        return "the other time's tiles" if self.borrowed else "own tiles"

    def at(self, thresholds: Sequence[float], physics: Physics) -> WaterModel:
        """The same with thresholds chosen by hand, in dB per polarisation.

        Brighter ones take all that is asked of water along, as if the image were darker by as much, so that no other
        rule holds back what they let in. Darker ones leave water's mode where it is, as far as that stays below them.
        Those that were found change nothing.
        """
        steps = np.subtract(thresholds, self.thresholds)
        modes = np.minimum(self.modes + np.maximum(steps, 0), np.subtract(thresholds, LEAST_SPAN_DB))
        weights = np.array([WEIGHTS[name] for name in physics.polarisations])
        return replace(
            self,
            thresholds=tuple(thresholds),
            modes=tuple(modes.tolist()),
            measured=self,
            moved=max(float(weights @ steps / weights.sum()), 0.0),
        )

    def score(self, values: Image) -> Image:
        """Evidence for water, float32[H, W] from dB float32[P, H, W]; above 0 is darker than land; NaN stays NaN."""
        members = []
        for band, threshold, mode in zip(values, self.thresholds, self.modes, strict=True):
            member = np.float32(threshold) - band
            member /= np.float32(threshold - mode)
            members.append(member)
        total: Image = np.clip(members[-1], -1, 1, out=members[-1])
        if len(members) == 1:
            total *= 2  # on the scale of two polarisations
        else:
            # Where wind has lifted VV beyond what land knows, that speaks for water as much as dark VV does elsewhere.
            rough = values[0] - values[1]
            rough -= np.float32(ROUGH_DB)
            rough /= np.float32(ROUGH_SPAN_DB)
            rough *= values[0] <= np.float32(self.brightest[0])
            np.maximum(members[0], rough, out=members[0])
            total += np.clip(members[0], 0, 1, out=members[0])
        total -= EDGE
        for band, brightest in zip(values, self.brightest, strict=True):
            total -= band > np.float32(brightest)
        return total

    @property
    def brightest(self) -> tuple[float, ...]:
        """In dB, per polarisation: what is brighter is no water in any wind."""
        own = [mode + STORM_DB for mode in self.modes]
        if len(own) == 2 and not self.tiles[0]:  # nothing is known of VV's own mode
            own[0] = max(own[0], self.modes[1] + ROUGHEST_DB)
        return tuple(own)


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
    if land is None and (levels := _open_water(statistics, physics)):
        thresholds = tuple(level + FIXED_STEP_DB for level in levels)
        return WaterModel(thresholds, levels, LAND_DB, (0, 0), open_water=True)
    return WaterModel(fixed, tuple(value - FIXED_STEP_DB for value in fixed), land, (0,) * len(fixed))


def _open_water(statistics: TileStatistics, physics: Physics) -> tuple[float, ...] | None:
    """Water's levels where all that is seen is water under wind: dark in VH, and in VV brighter than such land ever is.

    Calm water is as dark in both as dry sand is, so it is not known by this.
    """
    if not physics.calibrated or len(physics.polarisations) == 1:
        return None
    vv, vh = (_median(histogram) for histogram in statistics.histogram)
    return (vv, vh) if vh < physics.fixed_thresholds[1] and vv - vh > ROUGH_DB else None


def _median(histogram: Floats) -> float:
    total = np.cumsum(histogram)
    return float(AXIS.centres[np.searchsorted(total, total[-1] / 2)])


def stands_out(model: WaterModel, physics: Physics, tally: Tally, *, dates_before: bool) -> NDArray[np.bool_]:
    """Which objects are darker than land by as much as water is.

    Parameters
    ----------
    model : WaterModel
    physics : Physics
    tally : Tally
        With sums of `score` and `darkness`.
    dates_before : bool
        Whether change tells of flood besides, so that contrast alone need only prove what is calm.
    """
    if not physics.calibrated:
        # Grey levels have no physical meaning: every object with a seed stands.
        return np.ones(tally.pixels.shape, bool)
    land = model.land
    if land is None and model.measured is not None:  # dark all over, but the user sees water in it
        land = physics.darkness(model.measured.thresholds) + FIXED_STEP_DB
    if land is None:
        return np.zeros(tally.pixels.shape, bool)
    doubtful = dates_before or model.fallback
    least = CERTAIN_CONTRAST_DB if doubtful and not model.open_water else CONTRAST_DB
    far = land + model.moved - tally.sums["darkness"] / tally.pixels > least
    return np.asarray(far & (tally.sums["score"] > SEED * tally.pixels))


def land_level(histogram: Floats, above: float) -> float | None:
    """Median darkness of all pixels that are brighter than `above`, or None if there are none."""
    bright = histogram * (AXIS.centres > above)
    return _median(bright) if bright.any() else None


def _splits(pools: Floats, physics: Physics, method: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Thresholds and modes per polarisation; the fixed ones where the pool is empty."""
    if method == "combined" and not physics.calibrated:
        # Grey levels are cut off at both ends of the stretch, where Kittler and Illingworth see a mode of no width.
        method = "otsu"
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
