"""Reads files that anybody may have made: only plain files are opened, and no more is read than is expected.

Standard library only, since QGIS reads models' cards, too.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["opened", "read_plain", "size_of_plain"]


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


def _size(name: str, facts: os.stat_result) -> int:
    if stat.S_ISDIR(facts.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(errno.EINVAL, "it is no plain file but a pipe, a device or the like", name)
    return facts.st_size


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
