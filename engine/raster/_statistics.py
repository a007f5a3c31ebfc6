"""What a sample of pixels says of an image's units and bands.

Levels are those of land seen by Sentinel-1 at C band: about -10.5 dB in VV and -17.5 dB in VH, give or take a few
(Bauer-Marschallinger et al., "The normalised Sentinel-1 Global Backscatter Model", Scientific Data 2021).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "all_equal",
    "bright_end",
    "brighter_by",
    "decibels",
    "is_angle",
    "is_decibel",
    "median_of_observed",
    "power_odds",
    "to_decibels",
    "without_fill",
]

Floats = NDArray[np.float32]
Array = NDArray[Any]

# Undeclared fill values (-99, -9999, -32768) lie below any backscatter in dB.
LOWEST_DB = -90.0
# Such fill values lie below decibels in hundredths too, which are -6000 at the least.
LOWEST_NUMBER = -9000
# Medians of land in dB. Water may darken a scene much further than anything brightens it.
LEVELS = {"VV": -10.5, "VH": -17.5}
SPREAD_ABOVE, SPREAD_BELOW = 3.0, 6.0
VV_ABOVE_VH, SPREAD_OF_RATIO = 8.0, 2.5
# Speckle of 4.4 looks alone sets the quartiles of power 2.8 dB apart; only filtered images come closer.
QUARTILES_APART, SPREAD_OF_QUARTILES = 2.8, 0.8


def all_equal(bands: Array) -> bool:
    """Whether bands are copies of each other, as in a grey picture saved in colour."""
    return all(np.array_equal(first, other, equal_nan=True) for first, other in pairwise(bands))


def is_angle(values: Array) -> bool:
    """Whether a band holds incidence angles in degrees; Sentinel-1 looks at 18 to 47, terrain adds to it."""
    seen = values[np.isfinite(values) & (values != 0)]
    return bool(seen.size) and float(np.quantile(seen, 0.01)) > 10 and float(np.quantile(seen, 0.99)) < 90


def is_decibel(values: Array) -> bool:
    """Whether values are decibels: most are negative, which power and amplitude never are."""
    seen = _usable(values)
    return bool(seen.size) and float((seen < 0).mean()) > 0.5


def bright_end(values: Array) -> float:
    """The value that a tenth of the pixels exceeds."""
    return float(np.quantile(_usable(values), 0.9))


def median_of_observed(values: Array) -> float:
    """The median of what can be backscatter; NaN where nothing can."""
    seen = _usable(values)
    with np.errstate(over="ignore"):
        return float(np.median(seen)) if seen.size else math.nan


def decibels(value: float, units: str) -> float | None:
    """A value of some units in dB; None where it is not positive or not observed."""
    if units == "db":
        return None if math.isnan(value) else value
    if not value > 0:
        return None
    return (20 if units == "amplitude" else 10) * math.log10(value)


def to_decibels(values: Array, units: str) -> Array:
    """The usable ones of values of some units, in dB."""
    seen = _usable(values).astype(np.float64)
    return seen if units == "db" else (20 if units == "amplitude" else 10) * np.log10(seen[seen > 0])


def without_fill(values: Array) -> Array:
    """Values without what files fill with: nothing, zero, numbers far below any, and one number below all others."""
    seen: Array = values[np.isfinite(values) & (values != 0) & (values > LOWEST_NUMBER)]
    above: Array = seen > seen.min(initial=np.inf)
    return seen[above]


def brighter_by(first: Array, second: Array) -> float:
    """By how many dB one band is brighter than another; of amplitudes, by half as many."""
    both = np.isfinite(first) & np.isfinite(second)
    one, other = _usable(first[both]), _usable(second[both])
    if not one.size or not other.size:
        return 0.0
    if is_decibel(first) and is_decibel(second):
        return float(np.median(one) - np.median(other))
    high, low = float(np.median(one)), float(np.median(other))
    return 10 * math.log10(high / low) if high > 0 and low > 0 else 0.0


def power_odds(samples: Mapping[str, Array]) -> float:
    """The logarithm of the odds that positive samples, by polarisation, are power and not amplitude.

    Level, spread, and the ratio of VV to VH are in amplitudes half of what they are in power, in dB.
    """
    medians, quartiles = {}, {}
    for name, values in samples.items():
        seen = values[np.isfinite(values) & (values > 0)].astype(np.float64)
        if seen.size:
            low, medians[name], high = (float(value) for value in 10 * np.log10(np.quantile(seen, (0.25, 0.5, 0.75))))
            quartiles[name] = high - low
    return _misfit(medians, quartiles, 2) - _misfit(medians, quartiles, 1)


def _misfit(medians: Mapping[str, float], quartiles: Mapping[str, float], factor: int) -> float:
    """Half the squared distance from what is expected of land, if dB are `factor` times those of the numbers."""
    distances = []
    for name, median in medians.items():
        above = factor * median - LEVELS[name]
        distances.append(above / (SPREAD_ABOVE if above > 0 else SPREAD_BELOW))
        distances.append(max(0.0, QUARTILES_APART - factor * quartiles[name]) / SPREAD_OF_QUARTILES)
    if len(medians) == 2:
        ratio = factor * (medians["VV"] - medians["VH"])
        distances.append((ratio - VV_ABOVE_VH) / SPREAD_OF_RATIO)
    return sum(distance**2 for distance in distances) / 2


def _usable(values: Array) -> Array:
    usable: Array = values[np.isfinite(values) & (values != 0) & (values > LOWEST_DB)]
    return usable
