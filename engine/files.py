"""Reads files that anybody may have made: only plain files are opened, and no more is read than is expected.

Standard library only, since QGIS reads models' cards, too.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["listed", "opened", "part_of_file", "read_plain", "size_of_plain", "tiles_of"]

# Of names, in messages.
SHOWN, LONGEST_NAME = 12, 80
# One letter before the colon is a drive of Windows.
PART_OF_FILE = re.compile(
    r"(?P<driver>[A-Za-z][A-Za-z0-9_]+:)(?!//)(?P<number>\d+:|[A-Za-z0-9_]{2,}:)?(?P<rest>.+)$", re.DOTALL
)


def size_of_plain(path: str | Path) -> int:
    """Bytes of a plain file; a link to one counts as one.

    Raises
    ------
    OSError
        If there is none. Pipes and devices are not opened: reading them can wait for ever, or never end.
    """
    return _size(os.fspath(path), os.stat(path))  # noqa: PTH116 - takes any path


@contextmanager
def opened(path: str | Path, most: int, *, inside: bool = False) -> Iterator[tuple[BinaryIO, int]]:
    """A plain file to read, and its size in bytes.

    Parameters
    ----------
    path : path-like
    most : int
        How many bytes it may have.
    inside : bool
        Whether a link that leads out of its folder is refused: where a stranger made the folder.

    Raises
    ------
    OSError
        If there is none, it cannot be read, it is too long, or it lies elsewhere.
    """
    name = os.fspath(path)
    size_of_plain(name)  # before it is opened, which may do something to a device
    if inside and not Path(name).resolve().is_relative_to(Path(name).parent.resolve()):
        raise OSError(errno.EINVAL, "it is a link to a file elsewhere; put the file itself there", name)
    # A pipe that took its place meanwhile would wait for somebody to write.
    with open(name, "rb", opener=lambda path, flags: os.open(path, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        size = _size(name, os.fstat(file.fileno()))
        if size > most:
            raise OSError(errno.EFBIG, f"it has {_megabytes(size)}, more than the {_megabytes(most)} of any such", name)
        yield file, size


def read_plain(path: str | Path, most: int, *, inside: bool = False) -> bytes:
    """The bytes of a plain file; as for `opened`.

    Raises
    ------
    OSError
        As `opened`, or if the memory is too little.
    """
    with opened(path, most, inside=inside) as (file, size):
        try:
            return file.read(size)
        except MemoryError as error:
            raise OSError(
                errno.ENOMEM, f"there is too little memory for its {_megabytes(size)}; close other programs"
            ) from error


def part_of_file(name: str) -> tuple[str, str, str] | None:
    """What stands before the path, the path, and what stands behind it, in GDAL's name of a part of a file.

    Such as `GPKG:/a/b.gpkg:layer` or `NETCDF:"/a/b.nc":vv`; None for other names.
    """
    match = PART_OF_FILE.match(name)
    if match is None or os.path.exists(name):  # noqa: PTH110 - says no to what cannot be a path
        return None
    start, rest = match["driver"] + (match["number"] or ""), match["rest"]
    if quoted := re.match(r'"([^"]+)"(.*)$', rest, re.DOTALL):
        return f'{start}"', quoted[1], f'"{quoted[2]}'
    pieces = rest.split(":")
    ends = range(len(pieces), 0, -1)
    # Paths and names of parts may hold colons: the longest that there is counts.
    end = next((end for end in ends if os.path.exists(":".join(pieces[:end]))), max(len(pieces) - 1, 1))  # noqa: PTH110
    path, behind = ":".join(pieces[:end]), ":".join(pieces[end:])
    return start, path, f":{behind}" if behind else ""


def listed(names: Sequence[str]) -> str:
    """Names in a message, not too many nor too long."""
    shown = [name[:LONGEST_NAME] for name in names[:SHOWN]]
    return ", ".join([*shown, *(["…"] if len(names) > SHOWN else [])])


def tiles_of(text: str) -> list[str]:
    """The files that a layer's name stands for: tiles joined by commas, unless there is a file of that very name."""
    if "|" in text or os.path.exists(text):  # noqa: PTH110 - says no to what cannot be a path, where `Path` raises
        return [text]
    return [part.strip() for part in text.split(",") if part.strip()] or [text]


def _size(name: str, facts: os.stat_result) -> int:
    if stat.S_ISDIR(facts.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(errno.EINVAL, "it is no plain file but a pipe, a device or the like", name)
    return facts.st_size


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
