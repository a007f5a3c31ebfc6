"""Planes of bytes in a plain file, written and read in full-width rows."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..raster.sink import explained

__all__ = ["Rows"]

Bytes = NDArray[np.uint8]


class Rows:
    """uint8 planes on disk, row by row: what a job holds of a raster that may not fit into memory.

    Read and written with plain file operations: mapped memory would count as the process's own and grow with the area.

    Parameters
    ----------
    path : Path
        Made if it is not there; an existing one is gone on with.
    planes, width : int

    Raises
    ------
    OutputError
        From any method, when the file cannot be written.
    """

    def __init__(self, path: Path, planes: int, width: int) -> None:
        self._path = path
        with explained(path):
            path.touch()
            self._file = path.open("r+b")
        self._planes, self._width = planes, width

    def close(self) -> None:
        """Give the file handle back."""
        with suppress(OSError):  # a full disk fails the flush of what was held back once more
            self._file.close()

    def write(self, row: int, values: Bytes) -> None:
        """Write uint8[planes, H, W] (or [H, W] if there is one plane) at `row`."""
        lines = np.ascontiguousarray(values.reshape(self._planes, -1, self._width).transpose(1, 0, 2))
        with explained(self._path):
            self._file.seek(row * self._planes * self._width)
            self._file.write(lines.data)

    def read(self, start: int, stop: int) -> Bytes:
        """uint8[planes, stop - start, W]; the caller's own."""
        values = np.empty((stop - start, self._planes, self._width), np.uint8)
        with explained(self._path):
            self._file.seek(start * self._planes * self._width)
            self._file.readinto(values.data)
        return np.ascontiguousarray(values.transpose(1, 0, 2))

    def flush(self) -> None:
        """Put everything on the disk; it survives the end of this process and of the machine."""
        with explained(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
