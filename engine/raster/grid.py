"""Where pixels lie on the ground: the one type that every raster operation works on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affine import Affine
from rasterio.crs import CRS
from rasterio.warp import transform_bounds

from ..errors import InputError

__all__ = ["Grid"]


@dataclass(frozen=True, slots=True)
class Grid:
    """A north-up raster lattice.

    Attributes
    ----------
    crs : CRS
    transform : Affine
        From (column, row) of a pixel's upper left corner to (x, y) in the CRS's units; no rotation or shear.
    width, height : int
        In pixels, at least 1.

    Raises
    ------
    InputError
        If there is no CRS, the transform is rotated, or the grid has no pixels.
    """

    crs: CRS
    transform: Affine
    width: int
    height: int

    def __post_init__(self) -> None:
        if not self.crs:
            raise InputError("The image has no coordinate system; assign one first (gdal_edit.py -a_srs).")
        if self.transform.b or self.transform.d:
            raise InputError(
                "The image is rotated against its coordinate system; warp it to north up first (gdalwarp)."
            )
        if self.transform.a == 0 or self.transform.e == 0:
            raise InputError("The image has pixels without size; its georeference is broken.")
        if self.width < 1 or self.height < 1:
            raise InputError("The grid has no pixels.")

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)"""
        return self.height, self.width

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) in CRS units"""
        x0, y0 = self.transform @ (0, 0)
        x1, y1 = self.transform @ (self.width, self.height)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def window(self, row: int, column: int, height: int, width: int) -> Grid:
        """The part of this grid (or the continuation of it) that starts at (row, column)."""
        return Grid(self.crs, self.transform @ Affine.translation(column, row), width, height)

    def rows(self, start: int, stop: int) -> Grid:
        """Full-width rows `start` to `stop` (exclusive)."""
        return self.window(start, 0, stop - start, self.width)

    def bounds_in(self, crs: CRS) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) of this grid in another CRS, edges densified."""
        return self.bounds if crs == self.crs else transform_bounds(self.crs, crs, *self.bounds)

    def clip(self, bounds: tuple[float, float, float, float]) -> Grid | None:
        """The pixels of this grid that `bounds` (in this grid's CRS; may be infinite) touch; None if there are none."""
        own = self.bounds
        left, bottom = max(bounds[0], own[0]), max(bounds[1], own[1])
        right, top = min(bounds[2], own[2]), min(bounds[3], own[3])
        if left > right or bottom > top:
            return None
        inverse = ~self.transform
        columns, rows = zip(inverse @ (left, top), inverse @ (right, bottom), strict=True)
        # Bounds that run along pixel edges must not pull in a further row or column through rounding.
        column, row = (max(math.floor(min(values) + 1e-6), 0) for values in (columns, rows))
        column_stop = min(math.ceil(max(columns) - 1e-6), self.width)
        row_stop = min(math.ceil(max(rows) - 1e-6), self.height)
        if column_stop <= column or row_stop <= row:
            return None
        return self.window(row, column, row_stop - row, column_stop - column)
