"""A raster of permanent water: which of its values stand for water."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..errors import InputError
from ..raster.grid import Grid
from ..raster.source import RasterLayer
from .classes import CLASSES, OWN_RASTERS

__all__ = ["PermanentWater"]

Image = NDArray[np.float32]

YES_AND_NO = {0.0, 1.0}
OWN_CLASSES = {float(item.value) for item in CLASSES} | {float(NODATA)}
MOST_NAMED = 6


class PermanentWater:
    """A raster as a layer of 1 where water is permanent, 0 where it is not, and NaN where nothing is known.

    Without a range the raster must be a mask: of 0 and 1, of 1 alone, or a flood map of GeoFM. 255 in a mask stands for
    nothing known, as everywhere. Of a raster that holds nothing but water, as masks are written whose 0 is nodata, what
    it leaves out is no water.

    Parameters
    ----------
    layer : RasterLayer
    path : str
        What messages call it.
    least, most : float, optional
        The values that stand for permanent water.

    Raises
    ------
    InputError
        If it holds other values, and nothing says which of them are water.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, layer: RasterLayer, path: str, least: float | None, most: float | None) -> None:
        self._layer = layer
        told = least is not None or most is not None
        self._least: float | None = least if told else 1
        self._most: float | None = most if told else 1
        held = layer.values()
        if not told:
            _refuse_other_values(held, path, own=layer.name in OWN_RASTERS)
        self._unknown = None if told else NODATA
        counted = [value for value in held if value != self._unknown]
        self._alone = bool(counted) and all(self._is_water(np.array(counted)))

    def read(self, grid: Grid) -> Image:
        """float32 [height, width]: NaN where not observed."""
        values = self._layer.read(grid)
        known = np.isfinite(values)
        if self._unknown is not None:
            known &= values != self._unknown
        water = self._is_water(values)
        return np.where(known, water, np.float32(0 if self._alone else np.nan)).astype(np.float32)

    def close(self) -> None:
        """Give the file handle back."""
        self._layer.close()

    def _is_water(self, values: Image) -> NDArray[np.bool_]:
        water = np.isfinite(values)
        if self._least is not None:
            water &= values >= self._least
        if self._most is not None:
            water &= values <= self._most
        return water


def _refuse_other_values(held: set[float], path: str, *, own: bool) -> None:
    if held <= YES_AND_NO or (own and held <= OWN_CLASSES) or held == {*YES_AND_NO, float(NODATA)}:
        return
    some = sorted(held)[:MOST_NAMED]
    names = ", ".join(f"{value:g}" for value in some) + (", ..." if len(held) > len(some) else "")
    raise InputError(
        f"{path} is no mask of 0 and 1, it holds {names}; say from which value on, and up to which one, water is"
        " permanent.",
        field="permanent_from",
    )
