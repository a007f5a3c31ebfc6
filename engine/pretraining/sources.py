"""Where images without labels come from: rasters of the user, and data sets."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..datasets.dataset import DataSet
from ..datasets.registry import DATASETS
from ..errors import InputError
from ..jobs.requests import PretrainMaeRequest
from ..raster.dates import open_dates
from ..raster.image import ImageBand
from ..segmentation.examples import band_order
from ..segmentation.inputs import ground_metres

__all__ = ["Cell", "Rasters", "Samples", "Source", "source_of"]

Floats = NDArray[np.float32]

CELL = 4  # sides of a square: the ground of a cell is read at once, and no square reaches beyond it
RADAR = "radar"
LEAST_POWER = 1e-6  # -60 dB: below all that is measured


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of an image: which image, and the window in its pixels."""

    image: int
    row: int
    column: int
    height: int
    width: int


class Source(Protocol):
    """Images of the same bands.

    Attributes
    ----------
    bands : tuple of ImageBand
    notes : list of str
        What was assumed of them.
    gsd_m : float, optional
    """

    bands: tuple[ImageBand, ...]
    notes: list[str]
    gsd_m: float | None

    def cells(self, side: int) -> list[Cell]:
        """The images in cells, for squares of a side in pixels."""

    def read(self, cell: Cell) -> Floats:
        """float32[C, height, width], in the bands' units, NaN where not observed."""


class Rasters:
    """Files of the user, each place with the images of its dates; see `Source`."""

    gsd_m: float | None

    def __init__(self, request: PretrainMaeRequest, stack: ExitStack) -> None:
        self._images = [stack.enter_context(open_dates(dates, bands=request.bands)) for dates in request.places()]
        self._orders = [band_order(image, self._images[0]) for image in self._images]
        self.bands = self._images[0].bands
        self.notes = list(dict.fromkeys(note for image in self._images for note in image.notes))
        self.gsd_m = float(np.mean([ground_metres(image.grid) for image in self._images]))

    def cells(self, side: int) -> list[Cell]:
        """What is left at an image's edges belongs to the last cell where it is narrower than a square."""
        found = []
        for index, image in enumerate(self._images):
            rows, columns = (_cuts(length, side) for length in image.grid.shape)
            found += [Cell(index, row, column, height, width) for row, height in rows for column, width in columns]
        return found

    def read(self, cell: Cell) -> Floats:
        image = self._images[cell.image]
        grid = image.grid.window(cell.row, cell.column, cell.height, cell.width)
        return image.read(grid, self._orders[cell.image])


class Samples:
    """Radar images of a data set, a cell each; linear power becomes dB. See `Source`."""

    def __init__(self, data: DataSet, title: str) -> None:
        if RADAR not in data.inputs or not len(data):
            what = "no radar images" if len(data) else "no sample to learn from"
            raise InputError(f"{title} has {what}; give another data set, or images.", field="data")
        given = data.inputs[RADAR]
        self._data = data
        self._power = [units == "power" for units in given.bands.values()] * given.dates
        self.bands = tuple(
            ImageBand(name, "db" if units == "power" else units, date=date)
            for date in range(given.dates)
            for name, units in given.bands.items()
        )
        self._shape = (given.side, given.side) if given.side else data[0].inputs[RADAR].shape[1:]
        self.notes: list[str] = []
        self.gsd_m: float | None = None

    def cells(self, side: int) -> list[Cell]:
        height, width = self._shape
        return [Cell(index, 0, 0, height, width) for index in range(len(self._data))]

    def read(self, cell: Cell) -> Floats:
        whole = self._data[cell.image].inputs[RADAR]
        values = np.full((len(self.bands), cell.height, cell.width), np.nan, np.float32)
        part = whole[:, cell.row : cell.row + cell.height, cell.column : cell.column + cell.width]
        values[:, : part.shape[1], : part.shape[2]] = part
        values[self._power] = 10 * np.log10(np.maximum(values[self._power], LEAST_POWER))
        return values


def source_of(request: PretrainMaeRequest, stack: ExitStack) -> Source:
    """What a request learns from, open until the stack ends.

    Raises
    ------
    InputError
        If it cannot be used.
    """
    if not request.data:
        return Rasters(request, stack)
    if request.dataset not in DATASETS:
        known = ", ".join(DATASETS)
        raise InputError(f"There is no data set '{request.dataset}'; choose one of {known}.", field="dataset")
    row = DATASETS[str(request.dataset)]
    return Samples(row.open([Path(folder) for folder in request.data], row.splits[0]), row.title)


def _cuts(length: int, side: int) -> list[tuple[int, int]]:
    """First pixel and length of each cell along a side."""
    starts = list(range(0, max(length - side, 0) + 1, CELL * side))
    return [(start, stop - start) for start, stop in zip(starts, [*starts[1:], length], strict=True)]
