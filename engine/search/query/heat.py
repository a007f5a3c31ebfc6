"""The scores of all tiles as a raster."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS

from ...raster.crs import WGS84
from ...raster.grid import Grid
from ...raster.sink import RasterSink
from ...raster.stream import bands
from ..index.lattice import coordinates
from ..index.store import Index

__all__ = ["write_heat_map"]

Doubles = NDArray[np.float64]

MOST_CELLS = 16_000_000
ROWS = 512


def write_heat_map(
    path: str, index: Index, positions: NDArray[np.int64], scores: NDArray[np.float32], metadata: Mapping[str, str]
) -> int:
    """Write, for each cell, the mean score of the tiles over it.

    Cells are as large as the step between the smallest windows. Smaller windows count for more, by their area: they say
    more exactly where something is. The raster is in the CRS that all images share, else in WGS84 degrees.

    Returns
    -------
    int
        How many times longer a cell's sides are, where the tiles lie too far apart for so many cells; else 1.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    tiles = index.tiles(positions)
    crs, boxes = _boxes(index, tiles)
    smallest = boxes[tiles["window_m"] == tiles["window_m"].min()]
    step = 1 - index.about.overlap
    across, down = (float(np.median(smallest[:, high] - smallest[:, low])) * step for low, high in ((0, 2), (1, 3)))
    left, top = float(boxes[:, 0].min()), float(boxes[:, 3].max())
    cells = (boxes[:, 2].max() - left) / across * ((top - boxes[:, 1].min()) / down)
    coarser = max(math.ceil(math.sqrt(cells / MOST_CELLS)), 1)
    while True:
        columns = _edges((boxes[:, [0, 2]] - left) / (across * coarser))
        rows = _edges((top - boxes[:, [3, 1]]) / (down * coarser))
        height, width = int(rows[:, 1].max()), int(columns[:, 1].max())
        if height * width <= 2 * MOST_CELLS:  # a map that is hardly a cell high still has one
            break
        coarser *= 2
    across, down = across * coarser, down * coarser
    # Whole numbers, so that their sums come back to zero exactly.
    weights = np.maximum(np.rint((tiles["window_m"].max() / tiles["window_m"].astype(np.float64)) ** 2), 1)
    total = _painted(rows, columns, weights, (height, width))
    sums = _painted(rows, columns, weights * scores.astype(np.float64), (height, width))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(total > 0, sums / total, np.nan).astype(np.float32)
    grid = Grid(crs, Affine(across, 0, left, 0, -down, top), width, height)
    with RasterSink(path, grid, dtype="float32", nodata=float("nan"), bands=("score",), metadata=metadata) as sink:
        for band in bands(grid, ROWS):
            sink.write(band.start, mean[band.start : band.stop])
    return coarser


def _edges(places: Doubles) -> NDArray[np.int64]:
    """The cells, from the first to before the last, that belong to (low, high) [N, 2]; at least that of its middle."""
    edges = np.rint(places).astype(np.int64)
    narrow = edges[:, 1] <= edges[:, 0]
    edges[narrow, 0] = np.floor(places[narrow].mean(axis=1))
    edges[narrow, 1] = edges[narrow, 0] + 1
    return edges


def _boxes(index: Index, tiles: NDArray[np.void]) -> tuple[CRS, Doubles]:
    """The CRS that all tiles share, and (left, bottom, right, top) of each in it: float64 [N, 4]."""
    used = {int(number): index.sources[int(number)].grid for number in np.unique(tiles["source"])}
    systems = {grid.crs.to_wkt(): grid.crs for grid in used.values()}
    if len(systems) > 1:
        # Boxes of tiles turned against the degrees are a little larger than the tiles; the cells are no finer.
        return WGS84, np.stack([tiles[name] for name in ("west", "south", "east", "north")], axis=1)
    boxes = np.zeros((len(tiles), 4))
    for number, grid in used.items():
        rows = tiles["source"] == number
        own = tiles[rows]
        x0, y0 = coordinates(grid, own["column"].astype(float), own["row"].astype(float))
        x1, y1 = coordinates(
            grid, (own["column"] + own["width"]).astype(float), (own["row"] + own["height"]).astype(float)
        )
        boxes[rows] = np.stack([np.minimum(x0, x1), np.minimum(y0, y1), np.maximum(x0, x1), np.maximum(y0, y1)], axis=1)
    return next(iter(systems.values())), boxes


def _painted(rows: NDArray[np.int64], columns: NDArray[np.int64], values: Doubles, shape: tuple[int, int]) -> Doubles:
    """float64 [H, W]: the sum of the values of all rectangles over each cell, by their corners' differences."""
    height, width = shape[0] + 1, shape[1] + 1
    corners = np.zeros(height * width)
    for row, column, sign in ((0, 0, 1), (0, 1, -1), (1, 0, -1), (1, 1, 1)):
        corners += np.bincount(rows[:, row] * width + columns[:, column], sign * values, minlength=height * width)
    return corners.reshape(height, width).cumsum(axis=0).cumsum(axis=1)[:-1, :-1]
