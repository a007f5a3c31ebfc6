"""What a flood network is given of images: the same in a map and in a training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..cards.card import BandSpec
from ..cards.floods import DISPLAY, NO_VH
from .backscatter import grey_to_db, to_db

__all__ = ["RANGE_DB", "levelled_db", "network_input"]

Image = NDArray[np.float32]

# What is darker is below any sensor's noise; what is brighter are single reflectors, which tell nothing of water.
RANGE_DB = (-40.0, 5.0)


def levelled_db(values: Image, polarisations: Sequence[str], *, display: bool, offsets: Sequence[float] = ()) -> Image:
    """Images as they are, in decibels on one scale.

    Nothing is taken from the tile, so that one that is nearly all water looks like it. What is taken from the whole
    image is the level of its land, where a network wants that.

    Parameters
    ----------
    values : float32[T * P, H, W]
        Linear power, or grey levels of 8-bit pictures, of each date, the newest first; NaN where not observed.
    polarisations : sequence of str
        Names of the P planes of each date.
    display : bool
        Whether they are grey levels.
    offsets : sequence of float
        What is added to the decibels of each date; see `level`.

    Returns
    -------
    float32[T * P, H, W]
        Within `RANGE_DB`; NaN where a date was not observed in all its polarisations.
    """
    count = len(polarisations)
    decibels = grey_to_db(values) if display else to_db(values)
    for number, offset in enumerate(offsets):
        decibels[number * count : (number + 1) * count] += np.float32(offset)
    np.clip(decibels, *RANGE_DB, out=decibels)
    if count > 1:
        for first in range(0, len(values), count):
            date = decibels[first : first + count]
            np.copyto(date, np.nan, where=np.isnan(date).any(axis=0))
    return decibels


def network_input(bands: Sequence[BandSpec], decibels: Image, polarisations: Sequence[str], *, display: bool) -> Image:
    """Tiles of images in decibels, in the bands of a flood network's card.

    Parameters
    ----------
    bands : sequence of BandSpec
        Of the card.
    decibels : float32[N, T * P, H, W]
        As `levelled_db` gives them.
    polarisations : sequence of str
    display : bool

    Returns
    -------
    float32[N, C, H, W]
        NaN where not observed, and all over where there is no such plane.
    """
    count = len(polarisations)
    out = np.empty((len(decibels), len(bands), *decibels.shape[2:]), np.float32)
    for index, band in enumerate(bands):
        if band.name == DISPLAY:
            out[:, index] = display
        elif band.name == NO_VH:
            out[:, index] = "VH" not in polarisations
        elif band.name in polarisations:
            out[:, index] = decibels[:, band.date * count + polarisations.index(band.name)]
        else:
            out[:, index] = np.nan
    return out
