"""Labelled shapes that are too small to hold the centre of a pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..cards.classes import NODATA
from ._warp import anchored
from .grid import TURNS, Grid
from .polygon_set import Bytes, PolygonSet

__all__ = ["LabelledShapes"]

# Shapes of more pixels, or that reach over more, hold a centre, or are slivers that stand for no pixel.
LARGEST_AREA, MOST_CENTRES = 4.0, 64


class LabelledShapes(PolygonSet):
    """Polygons and points with values, each of which has at least one pixel where no other polygon has it.

    A polygon has the pixels whose centres lie in it. One without any has the pixel of its inner point, and a point the
    pixel that it lies in, unless that pixel's centre lies in a polygon. Where several of these meet in one pixel with
    different values, none has it.
    """

    _specks_lattice: tuple[CRS, Affine] | None = None
    _specks: tuple[NDArray[np.int64], NDArray[np.int64], Bytes]

    def values_on(self, grid: Grid) -> Bytes:
        """uint8 [height, width], as of `PolygonSet`; the same however a grid is cut into bands."""
        out = super().values_on(grid)
        _, row, column = anchored(grid)
        if self._specks_lattice is not self._lattice:
            self._specks_lattice, self._specks = self._lattice, self._found()
        rows, columns, values = self._specks
        down = rows - row
        for times in TURNS if self._turn else TURNS[:1]:  # longitudes may be counted differently
            across = columns - column + round(times * self._turn)
            here = (down >= 0) & (down < grid.height) & (across >= 0) & (across < grid.width)
            out[down[here], across[here]] = values[here]
        return out

    def _found(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Bytes]:
        """Row and column on the lattice, and value, of each pixel that a small shape has."""
        shapes = self._tree.geometries
        without = _without_centre(shapes)
        small = np.flatnonzero(without)
        if not len(small):
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint8)
        inner = shapely.point_on_surface(shapes[small])
        inner = np.where(shapely.is_empty(inner), shapely.centroid(shapes[small]), inner)
        places = np.floor(shapely.get_coordinates(inner)).astype(np.int64).reshape(-1, 2)
        pixels, which = np.unique(places, axis=0, return_inverse=True)
        lowest, highest = np.full(len(pixels), NODATA, np.uint8), np.zeros(len(pixels), np.uint8)
        np.minimum.at(lowest, which.reshape(-1), self._values[small])
        np.maximum.at(highest, which.reshape(-1), self._values[small])
        centre, owner = self._tree.query(shapely.points(pixels + 0.5), predicate="intersects")
        taken = np.zeros(len(pixels), bool)
        taken[centre[~without[owner]]] = True
        agreed = (lowest == highest) & ~taken
        return pixels[agreed, 1], pixels[agreed, 0], lowest[agreed]


def _without_centre(shapes: NDArray[Any]) -> NDArray[np.bool_]:
    """bool [n]: shapes in units of pixels, from a corner of one, that hold the centre of none."""
    left, top, right, bottom = shapely.bounds(shapes).T
    first_column, first_row = np.ceil(left - 0.5), np.ceil(top - 0.5)
    columns = np.maximum(np.floor(right - 0.5) - first_column + 1, 0)
    rows = np.maximum(np.floor(bottom - 0.5) - first_row + 1, 0)
    centres = columns * rows
    without = centres == 0
    asked = np.flatnonzero((centres > 0) & (centres <= MOST_CENTRES) & (shapely.area(shapes) < LARGEST_AREA))
    counts = centres[asked].astype(np.intp)
    which = np.repeat(asked, counts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    x = first_column[which] + number % np.maximum(columns[which], 1) + 0.5
    y = first_row[which] + number // np.maximum(columns[which], 1) + 0.5
    held = np.zeros(len(shapes), bool)
    held[which[shapely.contains_xy(shapes[which], x, y)]] = True
    without[asked] = ~held[asked]
    result: NDArray[np.bool_] = without | (shapely.get_dimensions(shapes) == 0)
    return result
