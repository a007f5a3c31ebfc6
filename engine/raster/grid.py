"""Where pixels lie on the ground: the one type that every raster operation works on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affine import Affine
from pyproj.exceptions import ProjError
from rasterio.crs import CRS

from ..errors import InputError
from .crs import crs_name, girth, transformer

__all__ = ["TURNS", "Bounds", "Grid", "NoWay"]

Bounds = tuple[float, float, float, float]  # left, bottom, right, top

# Whole turns around the Earth by which longitudes may be counted differently: from -180, from 0, or on beyond 180.
TURNS = (0, 1, -1, 2, -2)


class NoWay(InputError):
    """A place cannot be told in another coordinate system: it does not reach there, or nothing leads to it."""


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

    def offset(self, part: Grid) -> tuple[int, int]:
        """(row, column) at which a part of this grid begins, as `window` or `clip` gave it."""
        column, row = ~self.transform @ (part.transform.c, part.transform.f)
        return round(row), round(column)

    def rows(self, start: int, stop: int) -> Grid:
        """Full-width rows `start` to `stop` (exclusive)."""
        return self.window(start, 0, stop - start, self.width)

    def bounds_in(self, crs: CRS) -> Bounds:
        """(left, bottom, right, top) of this grid in another CRS, edges densified; right may lie beyond 180 degrees.

        Raises
        ------
        NoWay
            If it lies where that CRS does not reach.
        """
        if crs == self.crs:
            return self.bounds
        try:
            left, bottom, right, top = transformer(self.crs, crs).transform_bounds(*self.bounds, errcheck=True)
        except ProjError as error:
            raise NoWay(
                f"Nothing leads from the coordinate system '{crs_name(self.crs)}' to '{crs_name(crs)}' there."
            ) from error
        return left, bottom, right + (girth(crs) or 0) * (left > right), top

    def boxes_in(self, crs: CRS) -> list[Bounds]:
        """Where this grid lies in another CRS, once for each way of counting longitudes.

        Raises
        ------
        NoWay
            As for `bounds_in`.
        """
        left, bottom, right, top = self.bounds_in(crs)
        turn = girth(crs)
        return [
            (left + times * turn, bottom, right + times * turn, top) if turn else (left, bottom, right, top)
            for times in (TURNS if turn else TURNS[:1])
        ]

    def may_meet(self, other: Grid) -> bool:
        """Whether another grid may lie on or beside this one; both may count longitudes differently."""
        left, bottom, right, top = self.bounds
        x, y = abs(self.transform.a), abs(self.transform.e)
        try:
            boxes = other.boxes_in(self.crs)
        except NoWay:
            return True
        return any(
            box[0] < right + x and box[2] > left - x and box[1] < top + y and box[3] > bottom - y for box in boxes
        )

    def clip(self, bounds: Bounds) -> Grid | None:
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
