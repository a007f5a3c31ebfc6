"""What is wrong with an index, and what has become of its images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .manifest import Manifest, Segment, Source, stamp
from .segments import SUFFIXES, crc_of, paths_of, row_bytes

__all__ = ["CHANGED", "MISSING", "damaged_segments", "staleness", "unsound"]

MISSING, CHANGED = "missing", "changed"
READERS = 4


def staleness(source: Source) -> str | None:
    """'missing' if a file of an image is gone, 'changed' if one is another than was read; None if nothing is known."""
    if any(not file.startswith("/vsi") and not Path(file).exists() for file in source.files):
        return MISSING
    return CHANGED if tuple(stamp(file) for file in source.files) != source.stamps else None


def unsound(folder: Path, segments: Iterable[Segment], dimension: int, suffixes: Sequence[str] = SUFFIXES) -> set[int]:
    """Numbers of the segments of which a file is not what was written; reads these files to their end."""
    sizes = row_bytes(dimension)

    def is_other(part: Segment, suffix: str) -> bool:
        path = paths_of(folder, part.number)[suffix]
        return crc_of(path, part.count * sizes[suffix]) != part.crc.get(suffix)

    files = [(part, suffix) for part in segments for suffix in suffixes]
    with ThreadPoolExecutor(READERS, "checking") as pool:
        found = list(pool.map(is_other, *zip(*files, strict=True))) if files else []
    return {part.number for (part, _), other in zip(files, found, strict=True) if other}


def damaged_segments(folder: Path, manifest: Manifest) -> set[int]:
    """Numbers of the segments that are not what was written; reads the whole index."""
    return unsound(folder, manifest.segments, manifest.about.dimension)
