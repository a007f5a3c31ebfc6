"""Outlines of pixels without their steps: corners are cut, alike for both polygons that share a border."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window

from .grid import Grid
from .stream import READ_ROWS, bands

__all__ = ["Junctions", "smoothed"]

Rings = Sequence[Sequence[tuple[float, float]]]  # the outer one first, each closed
Corners = NDArray[np.int64]  # int64[N, 2], column and row of corners of pixels

HALF = 0.5  # pixels of a side that a cut takes at most: then steps of one pixel become straight
LARGEST_LOSS = 0.01  # of the area of an outline that touches no third area


class Junctions:
    """Where three or more areas meet, where two of a class touch at a corner, and the map's corners: these points stay.

    Parameters
    ----------
    raster : Path
        Its first band is uint8.
    grid : Grid
        The raster's.
    values : sequence of int
        Pixel values that are areas; all others are one.

    Notes
    -----
    One bit for each corner of a pixel.
    """

    def __init__(self, raster: Path, grid: Grid, values: Sequence[int]) -> None:
        area = np.zeros(256, np.uint8)
        area[list(values)] = np.arange(1, len(values) + 1)
        self._bits = np.zeros((grid.height + 1, (grid.width + 8) // 8), np.uint8)
        above = np.zeros(grid.width + 2, np.uint8)
        with rasterio.open(raster) as dataset:
            for band in bands(grid, READ_ROWS):
                window = Window(0, band.start, grid.width, band.stop - band.start)
                rows = np.pad(area[dataset.read(1, window=window)], ((0, 0), (1, 1)))
                self._note(band.start, np.vstack([above, rows]))
                above = rows[-1]
        self._note(grid.height, np.vstack([above, np.zeros_like(above)]))
        for column in (0, grid.width):  # the map's own corners
            self._bits[[0, grid.height], column >> 3] |= np.uint8(128 >> (column & 7))

    def _note(self, row: int, areas: NDArray[np.uint8]) -> None:
        """Look at the corners between each two rows of areas; the first lie on the lattice's row `row`."""
        northwest, northeast, southwest, southeast = areas[:-1, :-1], areas[:-1, 1:], areas[1:, :-1], areas[1:, 1:]
        borders = (northwest != northeast).astype(np.uint8)
        for one, other in ((southwest, southeast), (northwest, southwest), (northeast, southeast)):
            borders += one != other
        self._bits[row : row + borders.shape[0]] = np.packbits(borders > 2, axis=1)

    def at(self, corners: Corners) -> NDArray[np.bool_]:
        """Which of some corners they are, bool[N]."""
        columns, rows = corners[:, 0], corners[:, 1]
        found: NDArray[np.bool_] = (self._bits[rows, columns >> 3] >> (7 - (columns & 7)) & 1).astype(bool)
        return found


def smoothed(
    polygons: Sequence[Rings], transform: Affine, junctions: Junctions
) -> list[list[list[tuple[float, float]]]]:
    """Polygons of pixels with their corners cut.

    Parameters
    ----------
    polygons : sequence of rings
        As GDAL traces them: along sides of pixels, in the raster's coordinates.
    transform : Affine
        Of the raster, without rotation.
    junctions : Junctions

    Returns
    -------
    list of rings
        Valid, and with the same points as their neighbours along shared borders. An outline without a junction loses
        or gains at most `LARGEST_LOSS` of its area; others cut half a pixel from each corner between junctions.

    Notes
    -----
    A cut stays within half a side of its corner, so that no two outlines cross that did not before.
    """
    back = ~transform
    cut = []
    for polygon in polygons:
        rings = []
        for ring in polygon:
            points = np.asarray(ring, float)
            pixels = np.column_stack([back.a * points[:, 0] + back.c, back.e * points[:, 1] + back.f])
            outline = _cut(np.rint(pixels[:-1]).astype(np.int64), junctions)
            x, y = transform.a * outline[:, 0] + transform.c, transform.e * outline[:, 1] + transform.f
            rings.append([*zip(x.tolist(), y.tolist(), strict=True), (float(x[0]), float(y[0]))])
        cut.append(rings)
    return cut


def _cut(corners: Corners, junctions: Junctions) -> NDArray[np.float64]:
    """A ring, not closed, in pixels: float[M, 2]."""
    following = np.roll(corners, -1, axis=0)
    steps = following - corners
    lengths = np.abs(steps).sum(axis=1)
    along = np.sign(steps)
    # All corners of pixels that the ring passes, since a third area may touch it in the middle of a side.
    side = np.repeat(np.arange(len(corners)), lengths)
    place = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    passed = corners[side] + along[side] * place[:, np.newaxis]
    held = junctions.at(passed)
    turns = place == 0
    area = abs(int((corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]).sum())) / 2
    # Four corners more turn one way than the other, so that cuts of t take 2 t² pixels off.
    share = HALF if held.any() else min(HALF, float(np.sqrt(LARGEST_LOSS * area / 2)))
    kept = turns | held
    corner, hold, ahead = passed[kept].astype(float), held[kept], along[side[kept]]
    behind = along[np.roll(side, 1)[kept]]
    first = np.where(hold[:, np.newaxis], corner, corner - share * behind)
    second = np.where(hold[:, np.newaxis], corner, corner + share * ahead)
    return _without_idle(np.stack([first, second], axis=1).reshape(-1, 2), np.repeat(hold, 2))


def _without_idle(points: NDArray[np.float64], hold: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A ring without repeated points, and without those amid a straight line that need not stay."""
    news = (points != np.roll(points, 1, axis=0)).any(axis=1)
    points, hold = points[news], hold[news]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    bends = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    ring: NDArray[np.float64] = points[bends | hold]
    return ring
