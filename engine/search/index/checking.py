"""What is wrong with an index, and what has become of its images."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .manifest import Segment, Source, stamp
from .segments import BLOCK_TILES, CRC_DIGITS, SUFFIXES, paths_of, row_bytes

__all__ = ["CHANGED", "MISSING", "SOUND", "Damage", "damage_of", "lost_rows", "staleness"]

MISSING, CHANGED = "missing", "changed"
READERS = 4


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
        for low, high in self.rows:
            if start < high and low < stop:
                if start < low:
                    yield start, low
                start = high
        if start < stop:
            yield start, stop


SOUND = Damage()


def staleness(source: Source) -> str | None:
    """'missing' if a file of an image is gone, 'changed' if one is another than was read; None if nothing is known."""
    if any(not file.startswith("/vsi") and not Path(file).exists() for file in source.files):
        return MISSING
    return CHANGED if tuple(stamp(file) for file in source.files) != source.stamps else None


def damage_of(
    folder: Path, segments: Iterable[Segment], dimension: int, suffixes: Collection[str] = SUFFIXES
) -> dict[int, Damage]:
    """The damage of each segment that has any.

    Files of the given suffixes are read to their end, of others only the sizes are looked at.
    """

    def of(part: Segment) -> Damage:
        paths = paths_of(folder, part.number)
        lost = {
            suffix: _changed(paths[suffix], part, size, part.crc.get(suffix, ""))
            if suffix in suffixes
            else _missing(paths[suffix], part, size)
            for suffix, size in row_bytes(dimension).items()
        }
        return Damage(_rows(lost["vectors"] | lost["tiles"], part.count), bool(lost["codes"]))

    parts = list(segments)
    with ThreadPoolExecutor(READERS, "checking") as pool:
        found = list(pool.map(of, parts))
    return {part.number: damage for part, damage in zip(parts, found, strict=True) if damage != SOUND}


def lost_rows(run: tuple[int, int, int], damage: Mapping[int, Damage]) -> int:
    """How many rows of a run, (segment, start, stop), are lost."""
    number, start, stop = run
    return stop - start - sum(high - low for low, high in damage.get(number, SOUND).spared(start, stop))


def _changed(path: Path, part: Segment, size: int, crc: str) -> set[int]:
    """Blocks of a file whose rows, of so many bytes each, do not have their checksum, or cannot be read."""
    changed = set()
    buffer = memoryview(bytearray(BLOCK_TILES * size))
    try:
        file = path.open("rb")
    except OSError:
        return set(range(_blocks(part.count)))
    with file:
        for block in range(_blocks(part.count)):
            start = block * BLOCK_TILES
            wanted, length = buffer[: min(BLOCK_TILES, part.count - start) * size], 0
            with suppress(OSError):  # of a disk, single places can go bad
                file.seek(start * size)
                length = file.readinto(wanted)
            expected = crc[block * CRC_DIGITS : (block + 1) * CRC_DIGITS]
            if length < len(wanted) or f"{zlib.crc32(wanted):0{CRC_DIGITS}x}" != expected:
                changed.add(block)
    return changed


def _missing(path: Path, part: Segment, size: int) -> set[int]:
    """Blocks of a file that end beyond its end."""
    try:
        rows = min(path.stat().st_size // size, part.count)
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
