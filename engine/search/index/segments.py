"""The rows of an index: vectors, their int8 copies and what lies where, in files that only grow.

A segment is three files of rows: `.vectors` (fp16), `.codes` (int8) and `.tiles` (where each lies). How many rows count
is told by the manifest alone; what a killed build wrote beyond is cut off by the next one.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BufferedRandom
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...raster.sink import explained
from .manifest import Segment

__all__ = [
    "BLOCK_TILES",
    "CRC_DIGITS",
    "ROW_BITS",
    "SEGMENT_TILES",
    "SUFFIXES",
    "TILE",
    "SegmentWriter",
    "codes_of",
    "paths_of",
    "row_bytes",
    "sound_bits",
]

FOLDER = "segments"
SEGMENT_TILES = 131_072
ROW_BITS = 20  # of a tile's number: the rest is its segment's
SUFFIXES = ("vectors", "codes", "tiles")
BLOCK_TILES = 64  # rows with a checksum of their own: so few are lost with one changed byte
CRC_DIGITS = 8
TWO = 0x4000  # as the bits of a half; those of infinity and of what is no number are higher

# Row, column, height and width are in pixels of the source; the rest in WGS84 degrees, where the longitudes of a tile
# across the date line go beyond 180. `peak` is the vector's largest absolute value, which the codes are relative to.
TILE = np.dtype(
    [
        ("source", "<u4"),
        ("window_m", "<f4"),
        ("row", "<i4"),
        ("column", "<i4"),
        ("height", "<i4"),
        ("width", "<i4"),
        ("observed", "<f4"),
        ("peak", "<f4"),
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("west", "<f8"),
        ("south", "<f8"),
        ("east", "<f8"),
        ("north", "<f8"),
    ]
)


def paths_of(folder: Path, number: int) -> dict[str, Path]:
    """The files of a segment."""
    return {suffix: folder / FOLDER / f"{number:06d}.{suffix}" for suffix in SUFFIXES}


def row_bytes(dimension: int) -> dict[str, int]:
    """Bytes of one row in each file."""
    return {"vectors": 2 * dimension, "codes": dimension, "tiles": TILE.itemsize}


def codes_of(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """int8 [N, D] and float32 [N] with codes * peak / 127 close to the vectors."""
    peaks = np.maximum(np.abs(vectors).max(axis=1), np.float32(1e-12)).astype(np.float32)
    return np.rint(vectors * (np.float32(127) / peaks)[:, None]).astype(np.int8), peaks


def sound_bits(halves: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Which of some bits of halves are numbers that a unit vector can hold, rounded: bool [...]."""
    return np.asarray((halves & 0x7FFF) < TWO)


@dataclass(slots=True)
class _Open:
    """The segment that rows are appended to."""

    segment: Segment
    files: dict[str, BufferedRandom]


class SegmentWriter:
    """Appends rows to the last segment of an index, and to new ones after it.

    Use it in a `with` statement. Rows count only when `commit` was called and the manifest says so.

    Parameters
    ----------
    folder : Path
        The index's.
    segments : sequence of Segment
    next_segment : int
    dimension : int
    closed : collection of int
        Numbers of segments to which nothing may be appended, since bytes of theirs have changed.

    Raises
    ------
    OutputError
        From any method, when the files cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        segments: Sequence[Segment],
        next_segment: int,
        dimension: int,
        closed: Collection[int] = (),
    ) -> None:
        self._folder, self._row_bytes = folder, row_bytes(dimension)
        self._done, self._closed = list(segments), closed
        self.next_segment = next_segment
        self._open: _Open | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All segments with the rows written so far."""
        return (*self._done, *((self._open.segment,) if self._open else ()))

    def append(self, vectors: NDArray[np.float16], tiles: NDArray[Any]) -> list[tuple[int, int, int]]:
        """Append rows; where they lie, as (segment, start, stop), with several runs where a segment was filled.

        Parameters
        ----------
        vectors : float16 [N, D]
        tiles : TILE [N]
            Their `peak` is filled in.
        """
        runs = []
        while len(vectors):
            place = self._place()
            start = place.segment.count
            count = min(len(vectors), SEGMENT_TILES - start)
            self._write(place, vectors[:count], tiles[:count])
            runs.append((place.segment.number, start, start + count))
            vectors, tiles = vectors[count:], tiles[count:]
        return runs

    def commit(self) -> None:
        """See that all rows are on the disk."""
        if self._open:
            for suffix, file in self._open.files.items():
                with explained(paths_of(self._folder, self._open.segment.number)[suffix]):
                    file.flush()
                    os.fsync(file.fileno())

    def _place(self) -> _Open:
        if self._open and self._open.segment.count >= SEGMENT_TILES:
            self.commit()
            self._done.append(self._open.segment)
            self._close()
        if self._open is None:
            self._open = self._reopened() or self._begun()
        return self._open

    def _reopened(self) -> _Open | None:
        """The last segment, cut to the rows that count; None if it is full or closed, or a link to anywhere."""
        if not self._done or self._done[-1].count >= SEGMENT_TILES or self._done[-1].number in self._closed:
            return None
        if any(path.is_symlink() for path in paths_of(self._folder, self._done[-1].number).values()):
            return None
        opened = _Open(self._done.pop(), {})
        for suffix, path in paths_of(self._folder, opened.segment.number).items():
            length = opened.segment.count * self._row_bytes[suffix]
            with explained(path):
                file = opened.files[suffix] = path.open("r+b")
                file.truncate(length)
                file.seek(length)
        return opened

    def _begun(self) -> _Open:
        number, self.next_segment = self.next_segment, self.next_segment + 1
        opened = _Open(Segment(number, 0, dict.fromkeys(SUFFIXES, "")), {})
        for suffix, path in paths_of(self._folder, number).items():
            with explained(path):
                path.parent.mkdir(exist_ok=True)
                path.unlink(missing_ok=True)
                opened.files[suffix] = path.open("x+b")
        return opened

    def _write(self, place: _Open, vectors: NDArray[np.float16], tiles: NDArray[Any]) -> None:
        # Of the rounded vectors, so that rows that are copied get the same codes.
        codes, peaks = codes_of(vectors.astype(np.float32))
        tiles = tiles.copy()
        tiles["peak"] = peaks
        crc = dict(place.segment.crc)
        for suffix, rows in zip(SUFFIXES, (vectors, codes, tiles), strict=True):
            data = np.ascontiguousarray(rows).tobytes()
            with explained(paths_of(self._folder, place.segment.number)[suffix]):
                place.files[suffix].write(data)
            crc[suffix] = _continued(crc[suffix], data, place.segment.count, self._row_bytes[suffix])
        place.segment = replace(place.segment, count=place.segment.count + len(tiles), crc=crc)

    def _close(self) -> None:
        if self._open:
            for file in self._open.files.values():
                with suppress(OSError):  # a full disk fails the flush of what was held back once more
                    file.close()
            self._open = None


def _continued(crc: str, data: bytes, start: int, size: int) -> str:
    """The CRC-32 of all blocks of a file after rows of some bytes each were appended from row `start` on."""
    view = memoryview(data)
    while len(view):
        filled = start % BLOCK_TILES
        part, view = view[: (BLOCK_TILES - filled) * size], view[(BLOCK_TILES - filled) * size :]
        before = 0
        if filled:  # the last block goes on
            crc, before = crc[:-CRC_DIGITS], int(crc[-CRC_DIGITS:], 16)
        crc += f"{zlib.crc32(part, before):0{CRC_DIGITS}x}"
        start += len(part) // size
    return crc
