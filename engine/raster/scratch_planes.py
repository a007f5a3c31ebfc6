"""Scratch files: planes of numbers, written and read in full-width rows, for what a job holds of a whole raster."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from io import BufferedRandom
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..jobs.working import open_working_file
from .sink import explained

__all__ = ["ScratchPlanes"]


class ScratchPlanes:
    """Planes in a scratch file, row by row; any thread may read and write them.

    Read and written with plain file operations: mapped memory would count as the process's own and grow with the area.

    Parameters
    ----------
    path : Path
        Made if it is not there; an existing one is gone on with.
    planes, width : int
    dtype : data type
        Of every number.

    Raises
    ------
    OutputError
        From any method, when the file cannot be written.
    """

    def __init__(self, path: Path, planes: int, width: int, dtype: DTypeLike = np.uint8) -> None:
        self._path = path
        with explained(path):
            with open_working_file(path, "ab"):
                pass
            self._file: BufferedRandom = open_working_file(path, "r+b")
        self._planes, self._width, self._dtype = planes, width, np.dtype(dtype)
        self._row_bytes = planes * width * self._dtype.itemsize
        self._lock = threading.Lock()  # held from the move to a row until that row has been read or written

    def close(self) -> None:
        """Give the file handle back."""
        with suppress(OSError):  # a full disk fails the flush of what was held back once more
            self._file.close()

    def holds(self, rows: int) -> bool:
        """Whether the file is as long as so many rows: not where one who was killed had begun to clear it away."""
        with explained(self._path):
            return os.fstat(self._file.fileno()).st_size >= rows * self._row_bytes

    def write(self, row: int, values: NDArray[Any]) -> None:
        """Write [planes, H, W], or [H, W] where there is one plane, of the file's data type at `row`."""
        if values.dtype != self._dtype:
            raise ValueError(f"{values.dtype} was given to rows of {self._dtype}.")
        lines = np.ascontiguousarray(values.reshape(self._planes, -1, self._width).transpose(1, 0, 2))
        with explained(self._path), self._lock:
            self._file.seek(row * self._row_bytes)
            self._file.write(lines.data)

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """[planes, stop - start, W]; the caller's own. As they lie in the file, planes alternate from row to row."""
        values = np.empty((stop - start, self._planes, self._width), self._dtype)
        with explained(self._path), self._lock:
            self._file.seek(start * self._row_bytes)
            self._file.readinto(values.data)
        return values.transpose(1, 0, 2)

    def flush(self) -> None:
        """Put everything on the disk; it survives the end of this process and of the machine."""
        with explained(self._path):
            with self._lock:
                self._file.flush()
            os.fsync(self._file.fileno())  # others write on meanwhile
