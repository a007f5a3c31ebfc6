"""How bright the land of a date is: by it images of other calibrations, and pictures, are brought to one scale.

The level is relative: an image that is brighter by 3 dB has a level that is higher by 3 dB, so that nothing changes
that a network sees of it. It is asked of the whole image, not of a tile, which may be all water.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .thresholds import otsu
from .tiles import AXIS, darkness
from .water import CONTRAST_DB, FIXED_GAMMA0

__all__ = ["LAND_DB", "land_levels", "offset"]

Image = NDArray[np.float32]

LAND_DB = {"VV": -10.5, "VH": -17.0}  # of meadows and crops, to which all land is brought
GRAIN = 4  # pixels on a side that are averaged first: what is left of speckle hardly widens the two modes
LEAST_GRAINS = 64
MOST_DB = {False: 6.0, True: 16.0}  # of backscatter, of pictures: more is no calibration


def land_levels(parts: Sequence[Image], polarisations: Sequence[str], *, display: bool) -> Image | None:
    """The median of each polarisation over the land of a date, in dB; None where no land is seen.

    Parameters
    ----------
    parts : sequence of float32[P, H, W]
        Of the image, in dB, NaN where not observed.
    polarisations : sequence of str
    display : bool
        Whether it is a picture: what shows one level alone, whatever that is, is then land.

    Returns
    -------
    float32[P] or None
    """
    grains = np.concatenate([_grains(part) for part in parts], axis=1)
    grains = grains[:, np.isfinite(grains).all(axis=0)]
    if grains.shape[1] < LEAST_GRAINS:
        return None
    dark = darkness(grains[:, None], polarisations)[0]
    histogram = np.histogram(dark, AXIS.bins, (AXIS.low, AXIS.high))[0].astype(np.float64)
    cut = float(otsu(histogram, AXIS))
    bright = dark >= cut
    if bright.all() or not bright.any() or dark[bright].mean() - dark[~bright].mean() < CONTRAST_DB:
        # All land or all water.
        if not display and float(np.median(dark)) < _dark(FIXED_GAMMA0, polarisations):
            return None
        bright[:] = True
    return np.asarray(np.median(grains[:, bright], axis=1), np.float32)


def offset(levels: Image | None, polarisations: Sequence[str], *, display: bool) -> float:
    """What to add to a date's decibels so that its land is as bright as all land is taken to be; 0 without land.

    Parameters
    ----------
    levels : float32[P], optional
        As `land_levels` gives them.
    polarisations : sequence of str
    display : bool
        Whether they are of a picture, whose levels are arbitrary.
    """
    if levels is None:
        return 0.0
    most = MOST_DB[display]
    level = float(darkness(levels[:, None, None], polarisations)[0, 0])
    return float(np.clip(_dark(LAND_DB, polarisations) - level, -most, most))


def _dark(levels: Mapping[str, float], polarisations: Sequence[str]) -> float:
    values = np.array([levels[name] for name in polarisations], np.float32)
    return float(darkness(values[:, None, None], polarisations)[0, 0])


def _grains(values: Image) -> Image:
    """float32[P, N]: means of a few pixels; NaN where not all of them were observed."""
    height, width = (length // GRAIN * GRAIN for length in values.shape[1:])
    cells = values[:, :height, :width].reshape(len(values), height // GRAIN, GRAIN, width // GRAIN, GRAIN)
    return np.asarray(cells.mean(axis=(2, 4)), np.float32).reshape(len(values), -1)
