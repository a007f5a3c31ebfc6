"""Polygons with a CRS, and their pixels on any grid, window by window."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj.exceptions import ProjError
from rasterio.crs import CRS
from rasterio.features import rasterize

from ..cards.classes import NODATA
from ..errors import InputError
from ._warp import anchored
from .crs import crs_name, girth, transformer
from .grid import TURNS, Grid

__all__ = ["POLYGONS", "PolygonSet", "shifted"]

Bytes = NDArray[np.uint8]

POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
# A straight line over 1 km leaves the line between its ends in another CRS by about 2 cm.
LONGEST_SEGMENT_METRES = 1000.0
METRES_PER_DEGREE = 111_320.0
# Blocks of the lattice in pixels, and how many are kept for the next row band: 32 MB, two rows of 64,000 pixels.
BLOCK, MOST_BLOCKS = 256, 512


class PolygonSet:
    """Polygons with a CRS, that can be asked for their pixels on any grid.

    Parameters
    ----------
    polygons : array of shapely geometries
    crs : CRS
    label : str
        What messages call them.
    values : uint8 [n], optional
        A value from 0 to 254 of each, for `values_on`.
    """

    def __init__(self, polygons: NDArray[Any], crs: CRS, label: str, values: Bytes | None = None) -> None:
        self.polygons, self.crs, self.label = polygons, crs, label
        self._values = np.zeros(len(polygons), np.uint8) if values is None else values
        self._lattice: tuple[CRS, Affine] | None = None
        self._tree = shapely.STRtree([])
        self._turn = 0.0  # once around the Earth, in pixels
        self._blocks: dict[tuple[int, int], Bytes] = {}

    def in_crs(self, crs: CRS) -> NDArray[Any]:
        """The polygons in another CRS, with long edges divided first so that they stay where they are.

        Raises
        ------
        InputError
            If they lie where that CRS does not reach.
        """
        if crs == self.crs:
            return self.polygons
        unit = 1 / METRES_PER_DEGREE if self.crs.is_geographic else 1 / self.crs.linear_units_factor[1]
        divided = shapely.segmentize(self.polygons, LONGEST_SEGMENT_METRES * unit)
        try:
            way = transformer(self.crs, crs)
        except ProjError as error:
            raise InputError(
                f"{self.label} is in {crs_name(self.crs)}, from which nothing leads to {crs_name(crs)}; save it in that"
                " of the image."
            ) from error

        def moved(corners: NDArray[np.float64]) -> NDArray[np.float64]:
            x, y = way.transform(corners[:, 0], corners[:, 1], errcheck=True)
            return np.stack([x, y], axis=1)

        try:
            placed = np.asarray(shapely.transform(divided, moved))
        except ProjError as error:
            raise InputError(f"{self.label} lies where the image's coordinate system does not reach.") from error
        turn = girth(crs)
        return placed if turn is None else _unwrapped(placed, turn, self.label)

    def on(self, grid: Grid) -> NDArray[Any]:
        """The polygons in a grid's CRS, each moved by whole turns around the Earth to where the grid counts it.

        Raises
        ------
        InputError
            As for `in_crs`.
        """
        shapes = self.in_crs(grid.crs)
        turn = girth(grid.crs)
        if turn is None or not len(shapes):
            return shapes
        left, _, right, _ = grid.bounds
        west, _, east, _ = shapely.bounds(shapes).T
        meets = np.array([(west + times * turn < right) & (east + times * turn > left) for times in TURNS])
        if not meets[1:].any():
            return shapes
        shapes = shapes.copy()
        for index in np.flatnonzero(meets[1:].any(axis=0)):
            copies = [shifted(shapes[index], TURNS[times] * turn) for times in np.flatnonzero(meets[:, index])]
            shapes[index] = copies[0] if len(copies) == 1 else shapely.union_all(copies)
        return shapes

    def inside(self, grid: Grid) -> NDArray[np.bool_]:
        """bool [height, width]: pixels whose centres lie in a polygon; the same however a grid is cut into bands.

        Meant for polygons without values of their own.
        """
        inside: NDArray[np.bool_] = self.values_on(grid) != NODATA
        return inside

    def values_on(self, grid: Grid) -> Bytes:
        """uint8 [height, width]: the value of the polygons that a pixel's centre lies in.

        255 in no polygon, or in several with different values. The same however a grid is cut into bands.
        """
        frame, row, column = anchored(grid)
        if self._lattice != (grid.crs, frame):
            self._lattice, self._blocks = (grid.crs, frame), {}
            self._tree = shapely.STRtree(self._in_pixels(grid.crs, frame))
            self._turn = (girth(grid.crs) or 0) / abs(frame.a)
        out = np.empty(grid.shape, np.uint8)
        for top in range(row // BLOCK * BLOCK, row + grid.height, BLOCK):
            for left in range(column // BLOCK * BLOCK, column + grid.width, BLOCK):
                rows = slice(max(top, row), min(top + BLOCK, row + grid.height))
                columns = slice(max(left, column), min(left + BLOCK, column + grid.width))
                out[rows.start - row : rows.stop - row, columns.start - column : columns.stop - column] = self._block(
                    top, left
                )[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        return out

    def _in_pixels(self, crs: CRS, frame: Affine) -> NDArray[Any]:
        """The polygons in the lattice's pixels, to six digits: more would be rounding."""
        to_pixels = ~frame
        scale, origin = (to_pixels.a, to_pixels.e), (to_pixels.c, to_pixels.f)
        return np.asarray(shapely.transform(self.in_crs(crs), lambda xy: np.round(xy * scale + origin, 6)))

    def _block(self, row: int, column: int) -> Bytes:
        """One block of the lattice. Whole blocks are burnt, so that an edge through a pixel's centre falls one way."""
        if (row, column) not in self._blocks:
            copies: list[tuple[NDArray[Any], Bytes]] = []
            # Longitudes may be counted differently: the block is looked at from every turn around the Earth.
            for shift in [self._turn * times for times in TURNS] if self._turn else [0.0]:
                window = (column - 2 - shift, row - 2, column + BLOCK + 2 - shift, row + BLOCK + 2)
                near = np.sort(self._tree.query(shapely.box(*window)))
                # Long coastlines are cut to the window, with a margin that keeps the cut's own edges out of it.
                shapes = shapely.clip_by_rect(self._tree.geometries.take(near), *window)
                kept = shapely.area(shapes) > 0
                copies.append((shifted(shapes[kept], shift), self._values[near[kept]]))
            shapes, values = (np.concatenate(parts) for parts in zip(*copies, strict=True))
            burnt = _burnt(shapes, values, Affine.translation(column, row))
            if len(self._blocks) >= MOST_BLOCKS:
                self._blocks.clear()
            self._blocks[row, column] = burnt
        return self._blocks[row, column]


def shifted(shapes: Any, x: float) -> Any:
    """Shapes moved along x."""
    return shapely.transform(shapes, lambda xy: np.add(xy, (x, 0))) if x else shapes


def _unwrapped(shapes: NDArray[Any], turn: float, label: str) -> NDArray[Any]:
    """Shapes with corners on both sides of where x jumps back, with x counted on."""
    west, _, east, _ = shapely.bounds(shapes).T
    wide = np.flatnonzero(east - west > turn / 2)
    if not len(wide):
        return shapes
    shapes = shapes.copy()
    for index in wide:
        if shapely.get_type_id(shapes[index]) in POLYGONS:
            parts = [_counted_on(part, turn, label) for part in shapely.get_parts(shapes[index])]
            shapes[index] = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return shapes


def _counted_on(polygon: shapely.Polygon, turn: float, label: str) -> shapely.Polygon:
    rings = [shapely.get_coordinates(ring) for ring in (polygon.exterior, *polygon.interiors)]
    if not any((np.abs(np.diff(ring[:, 0])) > turn / 2).any() for ring in rings):
        return polygon
    for ring in rings:
        ring[:, 0] = np.unwrap(ring[:, 0], period=turn)
        if abs(ring[-1, 0] - ring[0, 0]) > turn / 2:
            raise InputError(
                f"{label} has a polygon around a pole, which the image's coordinate system cannot show; cut it, or save"
                " it in that of the image."
            )
    shell, *holes = rings
    middle = (shell[:, 0].min() + shell[:, 0].max()) / 2
    for hole in holes:
        hole[:, 0] += turn * np.round((middle - (hole[:, 0].min() + hole[:, 0].max()) / 2) / turn)
    return shapely.Polygon(shell, holes)


def _burnt(shapes: NDArray[Any], values: Bytes, transform: Affine) -> Bytes:
    """One block of values; 255 where there is none, or where values differ."""
    burnt = np.full((BLOCK, BLOCK), NODATA, np.uint8)
    if not len(shapes):
        return burnt
    order = np.argsort(values, kind="stable")
    rasterize([(shapes[index], values[index]) for index in order], out=burnt, transform=transform)
    if values.min() < values.max():
        # What is burnt last stays: from the lowest value up and from the highest down, only overlaps differ.
        other = np.full_like(burnt, NODATA)
        rasterize([(shapes[index], values[index]) for index in order[::-1]], out=other, transform=transform)
        burnt[burnt != other] = NODATA
    return burnt
