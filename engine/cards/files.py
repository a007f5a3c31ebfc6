"""Reads the files of a model, which a stranger may have made: plain files of a bounded size, in their folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError

__all__ = ["opened", "read_file"]


@contextmanager
def opened(path: Path, most: int, *, anywhere: bool = False) -> Iterator[tuple[BinaryIO, int]]:
    """A file to read, and its size in bytes.

    Parameters
    ----------
    path : Path
    most : int
        How many bytes it may have.
    anywhere : bool
        Whether a link may lead out of its folder: where the user named the file himself.

    Raises
    ------
    InputError
        If it is a pipe or a device, is too long, or leads out of its folder.
    OSError
        If it cannot be read.
    """
    _check_kind(path, path.stat())  # before it is opened, which may do something to a device
    if not anywhere and path.is_symlink() and not _inside(path):
        raise InputError(f"{path} is a link to a file elsewhere; put the file itself into the folder.")
    # A pipe that took its place meanwhile would wait for somebody to write.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        facts = os.fstat(file.fileno())
        _check_kind(path, facts)
        if facts.st_size > most:
            raise InputError(
                f"{path} is {_megabytes(facts.st_size)} long, and no more than {_megabytes(most)} can be right there; "
                "put the model there again."
            )
        yield file, facts.st_size


def read_file(path: Path, most: int, *, anywhere: bool = False) -> bytes:
    """The content of a file; as for `opened`.

    Raises
    ------
    InputError
        As `opened`, or if the memory is too little.
    OSError
        If it cannot be read.
    """
    with opened(path, most, anywhere=anywhere) as (file, size):
        try:
            return file.read(size)
        except MemoryError as error:
            raise InputError(
                f"There is too little memory for {path} ({_megabytes(size)}); close other programs."
            ) from error


def _check_kind(path: Path, facts: os.stat_result) -> None:
    if stat.S_ISDIR(facts.st_mode):
        raise IsADirectoryError(21, "Is a directory", str(path))
    if not stat.S_ISREG(facts.st_mode):
        raise InputError(f"{path} is no plain file but a pipe, a device or the like; put the model there again.")


def _inside(path: Path) -> bool:
    return path.resolve().is_relative_to(path.parent.resolve())


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
