"""Rows of filtered backscatter on disk, so that each image is read and filtered once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..raster.scratch_planes import ScratchPlanes

__all__ = ["Scratch"]

Image = NDArray[np.float32]

STEP_DB = 0.01
MISSING = np.iinfo(np.int16).min
ROWS = 32  # turned into integers at a time: a band at once would take half as much memory again


class Scratch:
    """Planes of decibels in a plain file of int16, in hundredths.

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
        self._rows = ScratchPlanes(path, planes, width, np.int16)
        self.close, self.flush, self.holds = self._rows.close, self._rows.flush, self._rows.holds

    def write(self, row: int, values: Image) -> None:
        """Write float32[planes, H, W] in dB, NaN where missing, at `row`."""
        for first in range(0, values.shape[1], ROWS):
            # In the file's own order, so that it is written as it lies.
            part = values[:, first : first + ROWS].transpose(1, 0, 2)
            steps = np.multiply(part, np.float32(1 / STEP_DB), order="C")
            np.rint(steps, out=steps)
            missing = np.isnan(steps)
            if missing.any():
                steps[missing] = MISSING
            self._rows.write(row + first, steps.astype(np.int16).transpose(1, 0, 2))

    def read(self, start: int, stop: int) -> Image:
        """float32[planes, stop - start, W] in dB, NaN where missing."""
        integers = self._rows.read(start, stop)
        values: Image = integers * np.float32(STEP_DB)
        missing = integers == MISSING
        if missing.any():
            values[missing] = np.nan
        return values
