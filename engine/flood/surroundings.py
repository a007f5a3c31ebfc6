"""Where evidence is looked for beside a small area: an AOI cuts the map, not what the map is judged by.

Thresholds and land's level come from tiles that show water beside land, and a drawn AOI may hold none. So the job works
on a margin around the area, in which objects are whole, and counts more tiles of the post-event image, spread over it
on the lattice that the whole image has. Their number is bounded: where the image has more, the statistics are those of
an even sample.
"""

from __future__ import annotations

import math

from ..raster.grid import Grid
from .tiles import LATTICE

__all__ = ["Surroundings"]

# Pixels, at least: lakes and floods that reach into the area are judged as far as there. With 128 or 256, squares of a
# simulated place of 30 km differed from the whole map in up to 4 % of their pixels, with 512 in none.
MARGIN = 512
# Pixels that are looked at around an area and beyond its margin, over all dates: read and filtered in two seconds or
# three, and over a network at most 56 MB of float32 in two polarisations, or twice that where there are many dates.
MOST_PIXELS = 7_000_000
FEWEST_CELLS = 4
# Rows of cells in an image that is stored in strips, each of which is decoded over the image's whole width.
ROWS_OF_STRIPS = 2
GOLDEN = (math.sqrt(5) - 1) / 2


class Surroundings:
    """The pixels that a job works on, and the cells of the image that give evidence beside them.

    Parameters
    ----------
    image : Grid
        Of the post-event image.
    area : Grid
        The part of it that is mapped.
    dates : int
    strips : bool
        Whether an image is stored in strips.

    Attributes
    ----------
    grid : Grid
        The area and its margin, out to the lattice of the image's tiles.
    row : int
        The first of the area in `grid`.
    columns : slice
        Those of the area in `grid`.
    cells : list of Grid
        Cells of the lattice beyond `grid`, from the top.
    total : int
        How many cells there are beyond `grid`.
    """

    def __init__(self, image: Grid, area: Grid, *, dates: int, strips: bool) -> None:
        self._image = image
        top, left = image.offset(area)
        rows = _widened(top, area.height, image.height)
        columns = _widened(left, area.width, image.width)
        self.grid = image.window(rows[0], columns[0], rows[1] - rows[0], columns[1] - columns[0])
        self.row, self.columns = top - rows[0], slice(left - columns[0], left - columns[0] + area.width)
        margin = self.grid.height * self.grid.width - area.height * area.width
        room = MOST_PIXELS // dates - margin
        most = max(room // (LATTICE * LATTICE), FEWEST_CELLS)
        beyond = [
            (row, [column for column in _starts(image.width) if not (_in(row, rows) and _in(column, columns))])
            for row in _starts(image.height)
        ]
        beyond = [(row, starts) for row, starts in beyond if starts]
        self.total = sum(len(starts) for _, starts in beyond)
        if self.total > most and image.height * image.width - self.grid.height * self.grid.width > room:
            beyond = _sample(beyond, most, min(len(beyond), ROWS_OF_STRIPS if strips else most))
        self.cells = [self._cell(row, column) for row, starts in beyond for column in starts]

    def around(self, cell: Grid, reach: int) -> tuple[Grid, int, int]:
        """A cell with so many pixels around it as far as the image has them, and the cell's row and column in that."""
        top, left = self._image.offset(cell)
        first, start = max(top - reach, 0), max(left - reach, 0)
        height = min(top + cell.height + reach, self._image.height) - first
        width = min(left + cell.width + reach, self._image.width) - start
        return self._image.window(first, start, height, width), top - first, left - start

    def _cell(self, row: int, column: int) -> Grid:
        height, width = min(LATTICE, self._image.height - row), min(LATTICE, self._image.width - column)
        return self._image.window(row, column, height, width)


def _sample(rows: list[tuple[int, list[int]]], most: int, count: int) -> list[tuple[int, list[int]]]:
    """`count` of the rows, evenly, and about `most` cells in all of them, evenly, begun elsewhere in each row."""
    kept = []
    for index in range(count):
        row, starts = rows[int((index + 0.5) * len(rows) / count)]
        wanted = min((index + 1) * most // count - index * most // count, len(starts))
        turn = index * GOLDEN % 1
        kept.append((row, sorted(starts[int((step + turn) * len(starts) / wanted)] for step in range(wanted))))
    return kept


def _widened(start: int, length: int, whole: int) -> tuple[int, int]:
    """First and last (exclusive) row or column with the margin, out to the lattice; all of them if it is the whole."""
    if length == whole:
        return 0, whole
    first = max(start - MARGIN, 0) // LATTICE * LATTICE
    last = -(-(start + length + MARGIN) // LATTICE) * LATTICE
    return first, min(last, whole)


def _starts(length: int) -> range:
    return range(0, length, LATTICE)


def _in(start: int, span: tuple[int, int]) -> bool:
    return span[0] <= start < span[1]
