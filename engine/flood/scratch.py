"""Rows of filtered backscatter on disk, so that each image is read and filtered once."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..raster.sink import explained

__all__ = ["Flags", "Scratch"]

Image = NDArray[np.float32]

STEP_DB = 0.01
MISSING = np.iinfo(np.int16).min


class Scratch:
    """Planes of int16 in a plain file: hundredths of a decibel, row by row.

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
        self._row_bytes = 2 * planes * width

    def close(self) -> None:
        """Give the file handle back."""
        _close(self._file)

    def write(self, row: int, values: Image) -> None:
        """Write float32[planes, H, W] in dB, NaN where missing, at `row`."""
        steps = np.multiply(values.transpose(1, 0, 2), np.float32(1 / STEP_DB), order="C")
        np.rint(steps, out=steps)
        missing = np.isnan(steps)
        if missing.any():
            steps[missing] = MISSING
        with explained(self._path):
            self._file.seek(row * self._row_bytes)
            self._file.write(steps.astype(np.int16).data)

    def read(self, start: int, stop: int) -> Image:
        """float32[planes, stop - start, W] in dB, NaN where missing."""
        with explained(self._path):
            self._file.seek(start * self._row_bytes)
            data = self._file.read((stop - start) * self._row_bytes)
        integers = np.frombuffer(data, np.int16).reshape(stop - start, self._planes, self._width).transpose(1, 0, 2)
        values = integers * np.float32(STEP_DB)
        missing = integers == MISSING
        if missing.any():
            values[missing] = np.nan
        return values

    def flush(self) -> None:
        """Put everything on the disk; it survives the end of this process and of the machine."""
        with explained(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())


class Flags:
    """A few bits per pixel in a plain file, uint16, written from the top and read in any order, by any thread.

    Raises
    ------
    OutputError
        From any method, when the file cannot be written.
    """

    def __init__(self, path: Path, width: int) -> None:
        self._path = path
        with explained(path):
            self._file = path.open("w+b")
        self._width = width
        self._lock = threading.Lock()  # held from the move to a row until that row has been read or written

    def close(self) -> None:
        """Give the file handle back."""
        _close(self._file)

    def write(self, row: int, values: NDArray[np.uint16]) -> None:
        """Write uint16[H, W] at `row`."""
        with explained(self._path), self._lock:
            self._file.seek(2 * row * self._width)
            self._file.write(np.ascontiguousarray(values).data)

    def read(self, start: int, stop: int) -> NDArray[np.uint16]:
        """uint16[stop - start, W]; the caller's own."""
        values = np.empty((stop - start, self._width), np.uint16)
        with explained(self._path), self._lock:
            self._file.seek(2 * start * self._width)
            self._file.readinto(values.data)
        return values


def _close(file: BinaryIO) -> None:
    with suppress(OSError):  # a full disk fails the flush of what was held back once more
        file.close()
