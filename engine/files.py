"""Reads files that anybody may have made: only plain files are opened, and no more is read than is expected."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

__all__ = ["read_plain", "size_of_plain"]


def size_of_plain(path: str | Path) -> int:
    """Bytes of a plain file; a link to one counts as one.

    Raises
    ------
    OSError
        If there is none. Pipes and devices are not opened: reading them can wait for ever, or never end.
    """
    status = Path(path).stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no plain file", os.fspath(path))
    return status.st_size


def read_plain(path: str | Path, most: int) -> bytes:
    """The bytes of a plain file.

    Raises
    ------
    OSError
        If there is none, it cannot be read, or it has more than `most` bytes.
    """
    if size_of_plain(path) <= most:
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
        if len(data) <= most:
            return data
    raise OSError(errno.EFBIG, f"it has more than {most // 2**20:,} MiB", os.fspath(path))
