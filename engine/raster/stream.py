"""Runs over a raster in full-width row bands: memory grows with the width, never with the height."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .grid import Grid

__all__ = ["READ_ROWS", "Band", "ahead", "bands", "map_tiles", "padded", "tiles_on"]

S = TypeVar("S")
T = TypeVar("T")
Floats = NDArray[np.float32]
Reader = Callable[[int, int], np.ndarray]

# Rows per read and per band: memory grows with them, and a file in tiles of the usual 256 or 512 pixels is decoded once
# (the second half of taller tiles comes from GDAL's cache).
READ_ROWS = 256


@dataclass(frozen=True, slots=True)
class Band:
    """Rows `start` to `stop` (exclusive) to compute, and the rows `first` to `last` (exclusive) that this takes."""

    start: int
    stop: int
    first: int
    last: int

    @property
    def core(self) -> slice:
        """Where the rows to compute lie in an array of the rows that it takes."""
        return slice(self.start - self.first, self.stop - self.first)


def bands(grid: Grid, rows: int, halo: int = 0) -> Iterator[Band]:
    """Cut the grid into bands of `rows` rows from the top, each padded by `halo` rows where the grid has them."""
    for start in range(0, grid.height, rows):
        stop = min(start + rows, grid.height)
        yield Band(start, stop, max(start - halo, 0), min(stop + halo, grid.height))


def ahead(work: Callable[[S], T], items: Iterable[S], *, depth: int = 1, workers: int = 1) -> Generator[T, None, None]:
    """`work(item)` for each item in order, in `workers` background threads, up to `depth` items ahead of its use.

    An error of `work` is raised where its item is due. When the consumer leaves, no further work starts and the threads
    have ended.
    """
    pending: deque[Future[T]] = deque()
    pool = ThreadPoolExecutor(workers, "ahead")
    try:
        for item in items:
            pending.append(pool.submit(work, item))
            if len(pending) > depth:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def padded(
    read: Reader, grid: Grid, rows: int, halo: int, *, block: int = READ_ROWS
) -> Generator[tuple[Band, np.ndarray]]:
    """Bands with their halo, where each row of the source is read once, ahead of the consumer.

    Parameters
    ----------
    read : callable
        From (start, stop) to the array [..., stop - start, W] of these rows; called in a background thread.
    grid : Grid
    rows, halo : int
        As for `bands`.
    block : int
        Rows per read, counted from row 0. The same `block` gives the same reads at any band size.

    Yields
    ------
    Band, ndarray [..., last - first, W]
        The array is the consumer's own.
    """
    cut = list(bands(grid, rows, halo))
    spans = ((band.first, band.last) for band in cut)
    with closing(_spans(read, grid.height, spans, block)) as arrays:
        yield from zip(cut, arrays, strict=True)


def map_tiles(
    read: Reader,
    grid: Grid,
    predict: Callable[[Floats], Floats],
    *,
    tile: int,
    overlap: int,
    batch: int,
    classes: int,
    workers: int = 1,
    block: int = READ_ROWS,
) -> Iterator[tuple[int, Floats]]:
    """A network's probabilities for a whole raster: overlapping tiles, blended, as row bands from the top.

    Parameters
    ----------
    read : callable
        From (start, stop) to float32[C, stop - start, W]; NaN where nothing was observed.
    grid : Grid
    predict : callable
        From tiles float32[N, C, tile, tile] to probabilities float32[N, classes, tile, tile], N at most `batch`.
        Tiles without any observed value are not asked for; others may hold NaN. Called in background threads.
    tile, overlap : int
        In pixels, 0 <= overlap < tile. At the right and lower edge tiles are shifted inside; a raster smaller than a
        tile is reflected.
    batch, classes : int
    workers : int
        How many batches to predict at a time.
    block : int
        Rows per read.

    Yields
    ------
    row : int
        The first row of the band.
    probabilities : float32[classes, H, W]
        NaN where no tile was asked for.

    Notes
    -----
    Tiles are weighted with a squared sine that rises over the overlap. They are added in their order, from the left and
    from the top, so the result is the same, bit for bit, at any `batch` and `workers`, as long as `predict` does not
    depend on them. Memory: tile x width x (classes + channels), and two batches for each worker.
    """
    if not 0 <= overlap < tile:
        raise ValueError(f"An overlap of {overlap} does not fit tiles of {tile} pixels.")
    tops, lefts = _offsets(grid.height, tile, overlap), _offsets(grid.width, tile, overlap)
    blend = _Blend(grid, tile, overlap, classes)
    spans = ((top, min(top + tile, grid.height)) for top in tops)
    missing = ((0, 0), (0, max(tile - grid.height, 0)), (0, max(tile - grid.width, 0)))

    def tiles() -> Generator[_Tile]:
        with closing(_spans(read, grid.height, spans, block)) as arrays:
            for top, rows in zip(tops, arrays, strict=True):
                whole = np.pad(rows, missing, mode="reflect") if np.any(missing) else rows
                for left in lefts:
                    pixels = whole[:, :, left : left + tile]
                    if not np.isnan(pixels).all():
                        yield _Tile(top, left, pixels)

    def predicted(some: list[_Tile]) -> tuple[list[_Tile], Floats]:
        pixels = some[0].pixels[np.newaxis] if len(some) == 1 else np.stack([each.pixels for each in some])
        probabilities = predict(pixels)
        expected = (len(some), classes, tile, tile)
        if probabilities.shape != expected:
            raise ValueError(f"The network gave an array of shape {probabilities.shape} instead of {expected}.")
        return some, probabilities

    with (
        closing(tiles()) as single,
        closing(ahead(predicted, _batches(single, batch), depth=workers, workers=workers)) as batches,
    ):
        for some, probabilities in batches:
            for each, own in zip(some, probabilities, strict=True):
                yield from blend.finished(each.top)
                blend.add(each.left, own)
    yield from blend.finished(grid.height)


def tiles_on(image: Grid, area: Grid, tile: int, overlap: int) -> Grid:
    """The tiles of an image that reach into a part of it, as one grid.

    `map_tiles` cuts this grid where it would cut the image, so within the part it gives what it gives of the image.
    """
    top, left = image.offset(area)
    row, bottom = _reached(top, area.height, image.height, tile, overlap)
    column, right = _reached(left, area.width, image.width, tile, overlap)
    return image.window(row, column, bottom - row, right - column)


def _reached(first: int, count: int, size: int, tile: int, overlap: int) -> tuple[int, int]:
    """Where along one axis the tiles begin and end that reach into `count` pixels from `first` on."""
    starts = [start for start in _offsets(size, tile, overlap) if start < first + count and start + tile > first]
    return starts[0], min(starts[-1] + tile, size)


@dataclass(frozen=True, slots=True)
class _Tile:
    """Where a tile lies, in pixels, and what it shows, float32[C, tile, tile]."""

    top: int
    left: int
    pixels: Floats


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while some := list(islice(items, size)):
        yield some


class _Blend:
    """Weighted sums over the rows of one tile height; rows above the next tile are finished and leave."""

    def __init__(self, grid: Grid, tile: int, overlap: int, classes: int) -> None:
        self._grid = grid
        self._tile = tile
        width = max(grid.width, tile)
        self._sums = np.zeros((classes, tile, width), np.float32)
        self._weights = np.zeros((tile, width), np.float32)
        taper = _taper(tile, overlap)
        self._window = np.outer(taper, taper)
        self._weighted = np.empty((classes, tile, tile), np.float32)  # fresh memory for each tile would cost more
        self._top = 0

    def add(self, left: int, probabilities: Floats) -> None:
        """Add a tile whose first row is that of the buffer."""
        columns = slice(left, left + self._tile)
        np.multiply(probabilities, self._window, out=self._weighted)
        self._sums[:, :, columns] += self._weighted
        self._weights[:, columns] += self._window

    def finished(self, row: int) -> Iterator[tuple[int, Floats]]:
        """The rows above `row`, which no later tile reaches."""
        while self._top < row:
            count = min(row - self._top, self._tile)
            weights = self._weights[:count, : self._grid.width]
            # Where no tile was asked for, 0 / 0 is the NaN that is meant.
            with np.errstate(invalid="ignore"):
                yield self._top, self._sums[:, :count, : self._grid.width] / weights
            for buffer in (self._sums, self._weights):
                kept = buffer[..., count:, :].copy()
                buffer[..., : self._tile - count, :] = kept
                buffer[..., self._tile - count :, :] = 0
            self._top += count


def _offsets(size: int, tile: int, overlap: int) -> list[int]:
    """Where tiles start along one axis: on a lattice from 0, the last one shifted inside."""
    end = max(size - tile, 0)
    return [*range(0, end, tile - overlap), end]


def _taper(tile: int, overlap: int) -> Floats:
    """Weights along one axis, in (0, 1]: a squared sine over `overlap` pixels at both ends, taken at pixel centres."""
    distance = np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 0.5
    rise = np.sin(np.pi / 2 * np.minimum(distance / max(overlap, 0.5), 1)) ** 2
    return rise.astype(np.float32)


def _spans(
    read: Reader, height: int, spans: Iterable[tuple[int, int]], block: int
) -> Generator[np.ndarray, None, None]:
    """Copies of the rows of each span; spans start and end in rising order, and each row of the source is read once."""
    cuts = [*range(0, height, block), height]
    held: deque[tuple[int, np.ndarray]] = deque()  # first row, rows
    end = 0
    with closing(ahead(lambda cut: read(*cut), pairwise(cuts))) as blocks:
        for (first, last), (following, _) in pairwise([*spans, (height, height)]):
            while end < last:
                held.append((end, next(blocks)))
                end += held[-1][1].shape[-2]
            pieces = [rows[..., max(first - row, 0) : last - row, :] for row, rows in held if row < last]
            span = np.concatenate(pieces, axis=-2)
            pieces.clear()
            _drop(held, following)
            yield span


def _drop(held: deque[tuple[int, np.ndarray]], row: int) -> None:
    """Forget the rows above `row`."""
    while held and held[0][0] + held[0][1].shape[-2] <= row:
        held.popleft()
    if held and held[0][0] < row:
        start, rows = held.popleft()
        # A copy, so that the rest of the block is freed.
        held.appendleft((row, rows[..., row - start :, :].copy()))
