"""What is wrong with an index, and what has become of its images."""

from __future__ import annotations

import time
import zlib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...files import size_of_plain
from ...raster.stamps import stamp
from .manifest import Manifest, Segment, Source
from .named import may_open
from .segments import BLOCK_TILES, CRC_DIGITS, SUFFIXES, TILE, paths_of, row_bytes, sound_bits

__all__ = [
    "CHANGED",
    "MISSING",
    "SECONDS_TO_LOOK",
    "SOUND",
    "Damage",
    "damage_of",
    "lost_rows",
    "runs_of",
    "stale",
    "staleness",
]

MISSING, CHANGED = "missing", "changed"
SECONDS_TO_LOOK = 5.0  # at the images of an index, before it is told what has become of them
READERS = 4
BLOCKS_BETWEEN_CHECKS = 256
LARGEST_TILE = 2**17  # pixels of a window's side
LEAST_DEGREES, FARTHEST_DEGREES = 1e-9, 540.0  # longitudes of tiles across the date line go beyond 180


@dataclass(frozen=True, slots=True)
class Damage:
    """What of a segment is not as it was written.

    Attributes
    ----------
    rows : tuple of (start, stop)
        Rows whose vector or place is not, in whole blocks, rising.
    codes : bool
        Whether int8 copies are not; they can be made again of the vectors.
    """

    rows: tuple[tuple[int, int], ...] = ()
    codes: bool = False

    def spared(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The parts of some rows that are as they were written."""
        for low, high in self.rows[bisect_right(self.rows, start, key=lambda rows: rows[1]) :]:
            if low >= stop:
                break
            if start < low:
                yield start, low
            start = high
        if start < stop:
            yield start, stop


SOUND = Damage()


def staleness(source: Source) -> str | None:
    """'missing' if a file of an image is gone, 'changed' if one is another than was read; None if nothing is known."""
    if not may_open(source.files):
        return None
    if any(not file.startswith("/vsi") and not Path(file).exists() for file in source.files):
        return MISSING
    return CHANGED if tuple(stamp(file) for file in source.files) != source.stamps else None


def stale(
    sources: Iterable[Source], check: Callable[[], None] = lambda: None, seconds: float = SECONDS_TO_LOOK
) -> dict[int, str]:
    """What has become of images, by their numbers, of those that are gone or changed.

    Parameters
    ----------
    sources : iterable of Source
    check : callable
        Called before each image; what it raises goes through.
    seconds : float
        Images that are not looked at by then are taken as they were.
    """
    states, end = {}, time.monotonic() + seconds
    for source in sources:
        check()
        if time.monotonic() > end:
            break
        if state := staleness(source):
            states[source.id] = state
    return states


def damage_of(
    folder: Path,
    manifest: Manifest,
    segments: Iterable[Segment],
    suffixes: Collection[str] = SUFFIXES,
    check: Callable[[], None] = lambda: None,
) -> dict[int, Damage]:
    """The damage of each segment that has any: other bytes than were written, or none that could have been.

    Files of the given suffixes are read to their end, of others only the sizes are looked at. `check` is called now and
    then, from several threads; what it raises goes through.
    """
    dimension, limits, runs = manifest.about.dimension, _Limits(manifest.sources), runs_of(manifest.sources)

    def of(part: Segment) -> Damage:
        paths = paths_of(folder, part.number)
        lost = {
            suffix: _changed(paths[suffix], part, size, part.crc.get(suffix, ""), check)
            if suffix in suffixes
            else _missing(paths[suffix], part, size)
            for suffix, size in row_bytes(dimension).items()
        }
        if "tiles" in suffixes:
            sound = Damage(_rows(lost["vectors"] | lost["tiles"], part.count))
            lost["tiles"] |= limits.broken(paths["tiles"], sound, part.count, runs.get(part.number, ()))
        return Damage(_rows(lost["vectors"] | lost["tiles"], part.count), bool(lost["codes"]))

    parts = list(segments)
    with ThreadPoolExecutor(READERS, "checking") as pool:
        damages = list(pool.map(of, parts))
    return {part.number: damage for part, damage in zip(parts, damages, strict=True) if damage != SOUND}


def runs_of(sources: Iterable[Source]) -> dict[int, list[tuple[int, int, int]]]:
    """By segment, the rows (start, stop, source's number) of all images, rising."""
    by_segment: dict[int, list[tuple[int, int, int]]] = {}
    for source in sources:
        for segment, start, stop in source.runs:
            by_segment.setdefault(segment, []).append((start, stop, source.id))
    return {segment: sorted(runs) for segment, runs in by_segment.items()}


class _Limits:
    """What the tiles of each image can be."""

    def __init__(self, sources: Iterable[Source]) -> None:
        known = sorted((source.id, source.height, source.width) for source in sources)
        self._ids, self._height, self._width = np.array([(0, 0, 0), *known], np.int64).T

    def broken(self, path: Path, sound: Damage, count: int, runs: Iterable[tuple[int, int, int]]) -> set[int]:
        """Blocks with tiles, in the rows of a file that are sound so far, that cannot be those of their images."""
        tiles, owners, seen = np.zeros(count, TILE), np.zeros(count, np.int64), np.zeros(count, bool)
        for start, stop, number in runs:
            owners[start:stop] = number
        for start, stop in sound.spared(0, count):
            tiles[start:stop] = np.fromfile(path, TILE, stop - start, offset=start * TILE.itemsize)
            seen[start:stop] = owners[start:stop] > 0
        rows = np.flatnonzero(seen & ~self._fit(tiles, owners))
        return set(np.unique(rows // BLOCK_TILES).tolist())

    def _fit(self, tiles: NDArray[Any], owners: NDArray[np.int64]) -> NDArray[np.bool_]:
        places = np.searchsorted(self._ids, owners)
        fits = tiles["source"] == owners
        for first, length, most in (("row", "height", self._height[places]), ("column", "width", self._width[places])):
            start, size = tiles[first].astype(np.int64), tiles[length].astype(np.int64)
            fits &= (start >= 0) & (size >= 1) & (size <= LARGEST_TILE) & (start + size <= most)
        with np.errstate(invalid="ignore"):
            for low, high, middle in (("west", "east", "lon"), ("south", "north", "lat")):
                bounds = tiles[low], tiles[high], tiles[middle]
                for values in bounds:
                    fits &= np.abs(values) <= FARTHEST_DEGREES  # and no NaN
                fits &= bounds[1] - bounds[0] >= LEAST_DEGREES
            fits &= (tiles["window_m"] > 0) & np.isfinite(tiles["window_m"])
            fits &= (tiles["peak"] > 0) & (tiles["peak"] < 2)
        return np.asarray(fits)


def lost_rows(run: tuple[int, int, int], damage: Mapping[int, Damage]) -> int:
    """How many rows of a run, (segment, start, stop), are lost."""
    number, start, stop = run
    return stop - start - sum(high - low for low, high in damage.get(number, SOUND).spared(start, stop))


def _changed(path: Path, part: Segment, size: int, crc: str, check: Callable[[], None]) -> set[int]:
    """Blocks of a file whose rows, of so many bytes each, do not have their checksum, or cannot be read.

    And those of vectors with values that no unit vector has, which nothing here writes.
    """
    changed = _missing(path, part, size)
    if len(changed) == _blocks(part.count):
        return changed
    buffer = memoryview(bytearray(BLOCK_TILES * size))
    try:
        file = path.open("rb")
    except OSError:
        return set(range(_blocks(part.count)))
    with file:
        for block in range(_blocks(part.count) - len(changed)):
            if block % BLOCKS_BETWEEN_CHECKS == 0:
                check()
            start = block * BLOCK_TILES
            wanted, length = buffer[: min(BLOCK_TILES, part.count - start) * size], 0
            with suppress(OSError):  # of a disk, single places can go bad
                file.seek(start * size)
                length = file.readinto(wanted)
            expected = crc[block * CRC_DIGITS : (block + 1) * CRC_DIGITS]
            same = length == len(wanted) and f"{zlib.crc32(wanted):0{CRC_DIGITS}x}" == expected
            if not same or (path.suffix == ".vectors" and not sound_bits(np.frombuffer(wanted, "<u2")).all()):
                changed.add(block)
    return changed


def _missing(path: Path, part: Segment, size: int) -> set[int]:
    """Blocks of a file that end beyond its end."""
    try:
        rows = min(size_of_plain(path) // size, part.count)
    except OSError:
        rows = 0
    whole = _blocks(part.count) if rows == part.count else rows // BLOCK_TILES
    return set(range(whole, _blocks(part.count)))


def _blocks(rows: int) -> int:
    return -(-rows // BLOCK_TILES)


def _rows(blocks: set[int], count: int) -> tuple[tuple[int, int], ...]:
    """The rows of some blocks, those that follow each other together."""
    rows: list[tuple[int, int]] = []
    for block in sorted(blocks):
        start, stop = block * BLOCK_TILES, min((block + 1) * BLOCK_TILES, count)
        if rows and rows[-1][1] == start:
            start = rows.pop()[0]
        rows.append((start, stop))
    return tuple(rows)
