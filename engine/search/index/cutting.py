"""Cuts an image into tiles for an encoder: rows are read once, in order, ahead of the encoder."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, groupby, pairwise, repeat
from typing import Any, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ...raster.crs import WGS84, transformer
from ...raster.grid import Grid
from ...raster.stream import READ_ROWS, ahead
from .lattice import STRIP, Lattice, TileRow, coordinates
from .segments import TILE

__all__ = ["Batch", "Colours", "Locator", "cut", "read_ahead", "to_tile"]

T = TypeVar("T")
Bytes = NDArray[np.uint8]

GLANCE = 8  # pixels between those that are compared first
WINDOWS_BETWEEN_CHECKS = 256
DEPTH = 2  # batches that wait for the encoder


class Colours(Protocol):
    """What tiles are cut from."""

    def read(self, grid: Grid) -> tuple[Bytes, NDArray[np.bool_]]:
        """Colours uint8 [H, W, 3], and where they were observed, bool [H, W]."""


@dataclass(frozen=True)
class Batch:
    """Tiles for the encoder.

    Attributes
    ----------
    tiles : uint8 [N, 3, S, S]
    places : TILE [N]
        Without source and peak.
    position : int
        How many of the image's windows have been looked at, these included.
    """

    tiles: Bytes
    places: NDArray[Any]
    position: int


def cut(
    picture: Colours,
    lattice: Lattice,
    factor: int,
    side: int,
    batch: int,
    least_observed: float,
    position: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Generator[Batch, None, None]:
    """Cut the windows of an image from a position on.

    Windows of which less than a share was observed are left out, as are those of one single colour, which only fill
    values have; what is missing of the others gets their mean colour. Where one starts makes no difference to the
    batches that follow, as long as it is the end of a batch.

    Parameters
    ----------
    picture : Colours
    lattice : Lattice
        Of the working grid.
    factor : int
        Pixels of the image in one of the working grid, in each direction.
    side, batch : int
        Pixels S of a tile's side; tiles N of a batch. The last batch may hold fewer, or none.
    least_observed : float
    position : int
    check : callable, optional
        Called now and then, also where hardly anything was observed and no batch becomes full; what it raises ends the
        cutting.
    """
    locate = Locator(lattice.grid, factor)
    tiles: list[Bytes] = []
    windows: list[tuple[int, int, int, int, float, float]] = []
    seen = position

    def full() -> Batch:
        made = Batch(np.stack(tiles) if tiles else np.empty((0, 3, side, side), np.uint8), locate(windows), seen)
        tiles.clear()
        windows.clear()
        return made

    for row, left, colours, observed in _windows(picture, lattice, position):
        seen += 1
        if seen % WINDOWS_BETWEEN_CHECKS == 0:
            check()
        share = np.count_nonzero(observed) / observed.size
        if share < least_observed or (tile := to_tile(colours, observed, side)) is None:
            continue
        tiles.append(tile)
        windows.append((row.top, left, row.height, row.width, lattice.window_m[row.window], share))
        if len(tiles) == batch:
            yield full()
    yield full()


def to_tile(colours: Bytes, observed: NDArray[np.bool_], side: int) -> Bytes | None:
    """A tile uint8 [3, S, S] of colours uint8 [H, W, 3]; None if they are one single colour or nothing was observed."""
    if np.count_nonzero(observed) < observed.size:
        seen = colours[observed]
        if not len(seen):
            return None
        colours = np.where(observed[..., None], colours, np.rint(seen.mean(axis=0)).astype(np.uint8))
    if (colours[::GLANCE, ::GLANCE] == colours[0, 0]).all() and (colours == colours[0, 0]).all():
        return None
    if colours.shape[:2] != (side, side):
        method = cv2.INTER_AREA if min(colours.shape[:2]) >= side else cv2.INTER_LINEAR
        colours = np.asarray(cv2.resize(np.ascontiguousarray(colours), (side, side), interpolation=method), np.uint8)
    return np.ascontiguousarray(colours.transpose(2, 0, 1))


def read_ahead(items: Generator[T, None, None], depth: int = DEPTH) -> Generator[T, None, None]:
    """The items of a generator that runs in a thread of its own, up to `depth` of them ahead of their use.

    When the consumer leaves, no further item is asked for and the thread has ended.
    """
    end: Any = object()
    with closing(items), closing(ahead(lambda _: next(items, end), repeat(None), depth=depth)) as ready:
        yield from iter(partial(next, ready), end)


def _windows(
    picture: Colours, lattice: Lattice, position: int
) -> Iterator[tuple[TileRow, int, Bytes, NDArray[np.bool_]]]:
    """(row of windows, first column, colours, observed) of each window from a position on."""
    first, skip = lattice.find(position)
    for strip, grouped in groupby(lattice.rows[first:], key=_strip_of):
        rows = list(grouped)
        left = strip * STRIP
        right = min(max(_right(row) for row in rows), lattice.grid.width)
        needed = list(accumulate((row.top for row in reversed(rows)), min))[::-1]  # no later window starts above
        with closing(_rolling(picture, lattice.grid, left, right, needed[0])) as rolling:
            buffer = next(rolling)
            for row, top in zip(rows, needed, strict=True):
                buffer = rolling.send((top, row.top + row.height))
                for column in row.columns(skip):
                    yield row, column, *buffer.window(row.top, column, row.height, row.width)
                skip = 0


def _strip_of(row: TileRow) -> int:
    return next(row.columns()) // STRIP


def _right(row: TileRow) -> int:
    return max(row.columns()) + row.width


class _Rows:
    """Rows of a strip, the first of them the grid's row `top`."""

    def __init__(self, top: int, left: int, colours: Bytes, observed: NDArray[np.bool_]) -> None:
        self.top, self.left, self.colours, self.observed = top, left, colours, observed

    @property
    def stop(self) -> int:
        return self.top + len(self.colours)

    def window(self, row: int, column: int, height: int, width: int) -> tuple[Bytes, NDArray[np.bool_]]:
        part = (
            slice(row - self.top, row - self.top + height),
            slice(column - self.left, column - self.left + width),
        )
        return self.colours[part], self.observed[part]


def _rolling(
    picture: Colours, grid: Grid, left: int, right: int, start: int
) -> Generator[_Rows, tuple[int, int], None]:
    """Holds the rows that were asked for last, as (first, stop); both only grow, and each row is read once."""
    width = right - left
    rows = _Rows(start, left, np.empty((0, width, 3), np.uint8), np.empty((0, width), bool))
    while True:
        first, stop = yield rows
        if first >= rows.stop:
            rows = _Rows(first, left, rows.colours[:0], rows.observed[:0])
        # Blocks are counted from row 0, so that what is read does not depend on where one starts.
        cuts = [rows.stop, *(cut for cut in range(0, stop, READ_ROWS) if cut > rows.stop), stop]
        cuts[-1] = min(-(-stop // READ_ROWS) * READ_ROWS, grid.height)
        read = [picture.read(grid.window(top, left, end - top, width)) for top, end in pairwise(cuts) if end > top]
        kept = slice(first - rows.top, None)
        colours = np.concatenate([rows.colours[kept], *(colours for colours, _ in read)])
        observed = np.concatenate([rows.observed[kept], *(observed for _, observed in read)])
        rows = _Rows(first, left, colours, observed)


class Locator:
    """From windows of the working grid to where they lie: the image's pixels, and WGS84 degrees."""

    def __init__(self, grid: Grid, factor: int) -> None:
        self._grid, self._factor = grid, factor
        self._way = transformer(grid.crs, WGS84)

    def __call__(self, windows: Iterable[tuple[int, int, int, int, float, float]]) -> NDArray[Any]:
        top, left, height, width, side, share = np.array(list(windows), np.float64).reshape(-1, 6).T
        places = np.zeros(len(top), TILE)
        for name, values in zip(("row", "column", "height", "width"), (top, left, height, width), strict=True):
            places[name] = values * self._factor
        places["window_m"], places["observed"] = side, share
        across = np.array([0.5, 0, 1, 1, 0])[:, None] * width + left
        down = np.array([0.5, 0, 0, 1, 1])[:, None] * height + top
        longitude, latitude = self._way.transform(*coordinates(self._grid, across, down))
        places["lon"], places["lat"] = longitude[0], latitude[0]
        # Corners beyond the date line stay beside their centre.
        corners = longitude[0] + (longitude[1:] - longitude[0] + 180) % 360 - 180
        places["west"], places["east"] = corners.min(axis=0), corners.max(axis=0)
        places["south"], places["north"] = latitude[1:].min(axis=0), latitude[1:].max(axis=0)
        return places
