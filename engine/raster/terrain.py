"""Slope of the ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from rasterio.warp import transform

from .crs import WGS84
from .grid import Grid

__all__ = ["slope_deg"]

Image = NDArray[np.float32]

GEODESIC = Geod(ellps="WGS84")


def slope_deg(elevation: Image, grid: Grid) -> Image:
    """Slope in degrees from elevation in metres, float32[H, W]; NaN where elevation is missing beside a pixel.

    Central differences over the true ground distance between pixels, so that geographic and Mercator grids are right.
    """
    across, along = _spacing(grid)
    rows, columns = np.gradient(elevation) if min(elevation.shape) > 1 else (np.zeros_like(elevation),) * 2
    rise = np.hypot(rows / along, columns / across)
    return np.asarray(np.degrees(np.arctan(rise)))


def _spacing(grid: Grid) -> tuple[Image, Image]:
    """Ground distance in metres to the next column and the next row, float32[H, 1] each, in the middle of each row."""
    column, rows = grid.width / 2, np.arange(grid.height) + 0.5
    columns = np.repeat([column, column + 1, column], grid.height)
    lines = np.concatenate([rows, rows, rows + 1])
    x, y = grid.transform.c + columns * grid.transform.a, grid.transform.f + lines * grid.transform.e
    longitudes, latitudes = transform(grid.crs, WGS84, x, y)[:2]
    (lon, *lons), (lat, *lats) = (np.split(np.asarray(values), 3) for values in (longitudes, latitudes))
    return tuple(  # type: ignore[return-value]
        np.asarray(GEODESIC.inv(lon, lat, other_lon, other_lat)[2], np.float32)[:, None]
        for other_lon, other_lat in zip(lons, lats, strict=True)
    )
