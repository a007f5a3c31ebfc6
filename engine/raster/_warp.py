"""Bringing pixels from one lattice to another, with results that do not depend on how the work is cut up.

Each output pixel is computed from its own place alone. Places are counted on a lattice that is fixed to the CRS's
origin, so a row band and the whole grid see the same numbers; the exact transformation is done at every 32nd pixel of
that lattice and interpolated between. GDAL's warper is not used because its approximation and its resampling scale
depend on the chunk it works on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.crs import CRS

from .crs import girth, transformer
from .grid import TURNS, Grid

__all__ = ["AffinePlace", "Place", "Plane", "anchored", "plane_on"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# Between nodes 32 pixels of 10 m apart, the bend of a UTM zone against another is below a thousandth of a pixel.
NODE_STEP = 32
# Narrow blocks, because a source that is turned against the grid is read in the rectangle around each block.
BLOCK_ROWS, BLOCK_COLUMNS = 256, 512
TILE_SOURCE_PIXELS = 4_000_000
# Of a pixel: less is rounding, and the pixels of two lattices are the same.
MOST_OFF = 1e-3


class Place(Protocol):
    """Where a raster lies: the way from coordinates to its pixels."""

    @property
    def crs(self) -> CRS: ...

    def pixels(self, x: Doubles, y: Doubles) -> tuple[Doubles, Doubles]:
        """(column, row) of coordinates, counted from the upper left corner of the first pixel."""


@dataclass(frozen=True)
class AffinePlace:
    """A raster with a CRS and an affine transform."""

    crs: CRS
    transform: Affine

    def pixels(self, x: Doubles, y: Doubles) -> tuple[Doubles, Doubles]:
        a, _, c, _, e, f, *_ = self.transform
        return (x - c) / a, (y - f) / e


@dataclass(frozen=True)
class Plane:
    """Bands of a raster that can be read window by window: what `plane_on` brings to a grid.

    Attributes
    ----------
    place : Place
    width, height, bands : int
    window : callable
        (row, column, height, width) -> float32 [bands, height, width]; NaN where not observed or beyond the raster.
    method : {'bilinear', 'nearest'}
        Bilinear averages blocks of source pixels first where they are much finer than the grid.
    """

    place: Place
    width: int
    height: int
    bands: int
    window: Callable[[int, int, int, int], Floats]
    method: Literal["bilinear", "nearest"]

    def way(self, crs: CRS) -> Transformer | None:
        """The transformation from a grid's CRS to the raster's, or None where they are the same."""
        return None if crs == self.place.crs else transformer(crs, self.place.crs)


def plane_on(plane: Plane, grid: Grid) -> Floats:
    """The plane's pixels on a grid: float32 [bands, height, width], NaN where not observed.

    Where the grid lies on the raster's own lattice the pixels are copied, otherwise resampled.
    """
    offset = _lattice_offset(plane, grid)
    if offset is None:
        return _resampled(plane, grid)
    row, column = offset
    turn = _columns_around(plane)
    if turn is None or (column >= 0 and column + grid.width <= plane.width):
        return plane.window(row, column, grid.height, grid.width)
    # Of one lattice, but longitudes may be counted differently: each column is read where the raster has it.
    out = np.full((plane.bands, grid.height, grid.width), np.nan, np.float32)
    for times in TURNS:
        shifted = column + times * turn
        own = round(shifted)
        start, stop = max(0, -own), min(grid.width, plane.width - own)
        if start >= stop:
            continue
        copied = abs(shifted - own) <= MOST_OFF
        part = grid.window(0, start, grid.height, stop - start)
        out[:, :, start:stop] = plane.window(row, own + start, *part.shape) if copied else _resampled(plane, part)
    return out


def _resampled(plane: Plane, grid: Grid) -> Floats:
    """`plane_on` for grids of another lattice."""
    frame, row, column = anchored(grid)
    out = np.full((plane.bands, grid.height, grid.width), np.nan, np.float32)
    for tile in _tiles(row, column, grid.height, grid.width):
        factors = _reduction(plane, grid.crs, frame, tile)
        for piece in _pieces(tile, factors):
            top, left, height, width = piece
            columns, rows = _source_pixels(plane, grid.crs, frame, piece)
            target = out[:, top - row : top - row + height, left - column : left - column + width]
            if plane.method == "nearest":
                _nearest(plane, columns, rows, target)
            else:
                _bilinear(plane, columns / factors[1], rows / factors[0], factors, target)
    return out


def anchored(grid: Grid) -> tuple[Affine, int, int]:
    """(transform, row, column): the lattice of a grid continued to the CRS's origin, and the grid's place on it.

    A row band's transform carries rounding errors of its own; row and column here do not.
    """
    (column, x), (row, y) = (
        _whole_and_rest(origin / step)
        for origin, step in ((grid.transform.c, grid.transform.a), (grid.transform.f, grid.transform.e))
    )
    return Affine(grid.transform.a, 0, x * grid.transform.a, 0, grid.transform.e, y * grid.transform.e), row, column


def _whole_and_rest(value: float) -> tuple[int, float]:
    whole = math.floor(value + 5e-7)
    return whole, round(value - whole, 6)


def _lattice_offset(plane: Plane, grid: Grid) -> tuple[int, int] | None:
    """(row, column) of the grid's first pixel in the raster, where both share one lattice.

    Asked of the pixel size and of one corner, not of both ends of the grid: the answer must be one for all its parts.
    """
    place = plane.place
    if not isinstance(place, AffinePlace) or plane.way(grid.crs) is not None:
        return None
    steps = ((grid.transform.a, place.transform.a, plane.width), (grid.transform.e, place.transform.e, plane.height))
    if any(abs(step / own - 1) * length > 1e-4 for step, own, length in steps):
        return None
    column, row = ~place.transform @ (grid.transform.c, grid.transform.f)
    if abs(column - round(column)) > MOST_OFF or abs(row - round(row)) > MOST_OFF:
        return None
    return round(row), round(column)


def _tiles(row: int, column: int, height: int, width: int) -> Iterator[tuple[int, int, int, int]]:
    """(row, column, height, width) of the lattice's blocks, cut to a part of it."""
    for top in range(row // BLOCK_ROWS * BLOCK_ROWS, row + height, BLOCK_ROWS):
        for left in range(column // BLOCK_COLUMNS * BLOCK_COLUMNS, column + width, BLOCK_COLUMNS):
            first_row, first_column = max(top, row), max(left, column)
            last_row, last_column = min(top + BLOCK_ROWS, row + height), min(left + BLOCK_COLUMNS, column + width)
            yield first_row, first_column, last_row - first_row, last_column - first_column


def _reduction(plane: Plane, crs: CRS, frame: Affine, tile: tuple[int, int, int, int]) -> tuple[int, int]:
    """(rows, columns) of source pixels to average before interpolation: those that one grid pixel spans.

    Measured in the middle of the lattice's whole block, so that it is one pair of numbers however the grid is cut.
    """
    if plane.method == "nearest":
        return 1, 1
    row, column = (tile[0] // BLOCK_ROWS + 0.5) * BLOCK_ROWS, (tile[1] // BLOCK_COLUMNS + 0.5) * BLOCK_COLUMNS
    x, y = frame @ (column, row)
    xs, ys = np.array([x, x + frame.a, x]), np.array([y, y, y + frame.e])
    if way := plane.way(crs):
        xs, ys = way.transform(xs, ys)
    with np.errstate(invalid="ignore"):  # places that the projection cannot reach are infinite
        columns, rows = plane.place.pixels(xs, ys)
        spans = [math.hypot(values[1] - values[0], values[2] - values[0]) for values in (rows, columns)]
    down, across = (max(1, round(span)) if math.isfinite(span) else 1 for span in spans)
    return min(down, plane.height), min(across, plane.width)


def _pieces(tile: tuple[int, int, int, int], factors: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """A tile, or quarters of it until the source pixels of one fit in memory."""
    row, column, height, width = tile
    if height * width * factors[0] * factors[1] <= TILE_SOURCE_PIXELS or height * width == 1:
        yield tile
        return
    for top, rows in ((0, height // 2), (height // 2, height - height // 2)):
        for left, columns in ((0, width // 2), (width // 2, width - width // 2)):
            if rows and columns:
                yield from _pieces((row + top, column + left, rows, columns), factors)


def _source_pixels(plane: Plane, crs: CRS, frame: Affine, tile: tuple[int, int, int, int]) -> tuple[Doubles, Doubles]:
    """(columns, rows) in the raster of the centres of a tile's pixels: float64 [height, width] each."""
    row, column, height, width = tile
    row_nodes, row_cells, row_shares = _nodes(row, height)
    column_nodes, column_cells, column_shares = _nodes(column, width)
    x = (column_nodes + 0.5) * frame.a + frame.c
    y = (row_nodes + 0.5) * frame.e + frame.f
    xs, ys = (values.ravel() for values in np.meshgrid(x, y))
    if way := plane.way(crs):
        xs, ys = way.transform(xs, ys)
    turn = girth(plane.place.crs)
    if turn is not None and _wraps(xs, turn):
        # Longitudes on either side of the date line must not be interpolated across the globe.
        xs = np.where(np.isfinite(xs), xs[0] + np.remainder(xs - xs[0] + turn / 2, turn) - turn / 2, xs)
    axes = []
    for nodes in plane.place.pixels(xs, ys):
        lattice = nodes.reshape(len(row_nodes), len(column_nodes))
        with np.errstate(invalid="ignore"):  # places that the projection cannot reach are infinite
            down = lattice[row_cells] + row_shares[:, None] * (lattice[row_cells + 1] - lattice[row_cells])
            left, right = down[:, column_cells], down[:, column_cells + 1]
            axes.append(left + column_shares * (right - left))
    columns, rows = axes
    around = _columns_around(plane)
    return (columns if around is None else _around(columns, around, plane.width)), rows


def _columns_around(plane: Plane) -> float | None:
    """Columns of a raster that go once around the Earth; None where its columns do not go around."""
    if not isinstance(plane.place, AffinePlace):
        return None
    turn = girth(plane.place.crs)
    return None if turn is None else turn / abs(plane.place.transform.a)


def _wraps(longitudes: Doubles, turn: float) -> bool:
    finite = longitudes[np.isfinite(longitudes)]
    return bool(finite.size and np.isfinite(longitudes[0]) and np.ptp(finite) > turn / 2)


def _around(columns: Doubles, turn: float, width: int) -> Doubles:
    """Columns brought into the turn of the globe in whose middle the raster lies, however it counts longitude."""
    first = (width - turn) / 2
    outside = (columns < first) | (columns >= first + turn)
    if outside.any():
        columns = np.where(outside, columns - turn * np.floor((columns - first) / turn), columns)
    return columns


def _nodes(start: int, length: int) -> tuple[Doubles, NDArray[np.intp], Doubles]:
    """Nodes of one axis, and for each pixel its cell between nodes and its share of the way through the cell."""
    pixels = np.arange(start, start + length)
    cells = pixels // NODE_STEP
    nodes = np.arange(cells[0], cells[-1] + 2) * float(NODE_STEP)
    return nodes, (cells - cells[0]).astype(np.intp), (pixels - cells * NODE_STEP) / NODE_STEP


def _nearest(plane: Plane, columns: Doubles, rows: Doubles, target: Floats) -> None:
    with np.errstate(invalid="ignore"):
        inside = (columns >= 0) & (columns < plane.width) & (rows >= 0) & (rows < plane.height)
    if not inside.any():
        return
    column, row = columns[inside].astype(np.intp), rows[inside].astype(np.intp)
    top, left = int(row.min()), int(column.min())
    block = plane.window(top, left, int(row.max()) - top + 1, int(column.max()) - left + 1)
    target[:, inside] = block[:, row - top, column - left]


def _bilinear(plane: Plane, columns: Doubles, rows: Doubles, factors: tuple[int, int], target: Floats) -> None:
    """Interpolate between the centres of source pixels (or of averaged blocks of them).

    Pixels with unobserved neighbours take the weighted mean of the observed ones, and stay unobserved where those
    have less than half of the weight.
    """
    height, width = -(-plane.height // factors[0]), -(-plane.width // factors[1])
    with np.errstate(invalid="ignore"):
        inside = (columns > -0.5) & (columns < width + 0.5) & (rows > -0.5) & (rows < height + 0.5)
    if not inside.any():
        return
    x, y = np.where(inside, columns, 0.5) - 0.5, np.where(inside, rows, 0.5) - 0.5
    left, top = np.floor(x), np.floor(y)
    right_share, lower_share = (x - left).astype(np.float32), (y - top).astype(np.float32)
    first_column, first_row = int(left[inside].min()), int(top[inside].min())
    span_x, span_y = int(left[inside].max()) - first_column + 2, int(top[inside].max()) - first_row + 2
    blocks = _averaged(plane, first_row, first_column, span_y, span_x, factors)
    index = (top.astype(np.intp) - first_row) * span_x + (left.astype(np.intp) - first_column)
    index[~inside] = 0
    for block, out in zip(blocks, target, strict=True):
        flat = block.ravel()
        corners = [flat.take(index + step) for step in (0, 1, span_x, span_x + 1)]
        upper = corners[0] + right_share * (corners[1] - corners[0])
        lower = corners[2] + right_share * (corners[3] - corners[2])
        values = upper + lower_share * (lower - upper)
        partly = np.isnan(values)
        if partly.any():
            shares = right_share[partly], lower_share[partly]
            values[partly] = _of_observed([corner[partly] for corner in corners], *shares)
        values[~inside] = np.nan
        out[:] = values


def _of_observed(corners: list[Floats], right: Floats, lower: Floats) -> Floats:
    weights = ((1 - right) * (1 - lower), right * (1 - lower), (1 - right) * lower, right * lower)
    total, weight = np.zeros_like(right), np.zeros_like(right)
    base = np.full_like(right, np.nan)
    for corner in corners:
        base = np.where(np.isnan(base), corner, base)
    for corner, share in zip(corners, weights, strict=True):
        seen = ~np.isnan(corner)
        # Summing differences from one of the corners keeps a constant field constant to the last bit.
        total += np.where(seen, share * (corner - base), 0)
        weight += np.where(seen, share, 0)
    return np.where(weight >= 0.5, base + total / np.maximum(weight, np.float32(0.5)), np.float32(np.nan))


def _averaged(plane: Plane, row: int, column: int, height: int, width: int, factors: tuple[int, int]) -> Floats:
    """Means of the observed pixels in blocks of source pixels; NaN where less than half of a block is observed."""
    down, across = factors
    block = plane.window(row * down, column * across, height * down, width * across)
    if factors == (1, 1):
        return block
    seen = ~np.isnan(block)
    values = np.where(seen, block, np.float32(0))
    # Slices are added one by one: numpy's own mean adds in an order that depends on the array's shape.
    sums = _sum_slices(_sum_slices(values, 1, down), 2, across)
    counts = _sum_slices(_sum_slices(seen.astype(np.float32), 1, down), 2, across)
    return np.where(counts * 2 >= down * across, sums / np.maximum(counts, 1), np.float32(np.nan))


def _sum_slices(values: Floats, axis: int, factor: int) -> Floats:
    slices = [values[:, start::factor] if axis == 1 else values[:, :, start::factor] for start in range(factor)]
    total = slices[0].copy()
    for part in slices[1:]:
        total += part
    return total
