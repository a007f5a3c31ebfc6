"""What the images and layers show, as a flood job keeps it: filtered backscatter in dB, high ground, known water."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from ..raster.grid import Grid
from ..raster.stream import Band, padded
from ..raster.terrain import slope_deg
from .backscatter import despeckle, grey_to_db, reach, to_db
from .inputs import FloodPlan, Inputs

__all__ = ["HIGH_GROUND", "FilteredRows", "Planes", "high_ground"]

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

COLUMNS = 2048  # filtered at a time: what that takes is bounded, and stays in the processor's caches, at any width

HIGH_GROUND = 1.0  # in the plane of excluded ground


class Planes:
    """Where things lie in the planes that are kept."""

    def __init__(self, inputs: Inputs) -> None:
        count = len(inputs.polarisations)
        self.dates_before = inputs.dates > 1
        self.post = slice(0, count)
        self.pre = slice(count, 2 * count if self.dates_before else count)
        self.count = self.pre.stop
        self.high_ground = self._next(inputs.dem or inputs.hand)
        self.reference = self._next(inputs.reference)

    def _next(self, wanted: bool) -> int | None:
        self.count += wanted
        return self.count - 1 if wanted else None


class FilteredRows:
    """The rows of a map's inputs, ready to be kept.

    Parameters
    ----------
    plan : FloodPlan
    inputs : Inputs

    Attributes
    ----------
    planes : Planes
    """

    def __init__(self, plan: FloodPlan, inputs: Inputs) -> None:
        self.planes = Planes(inputs)
        self._inputs = inputs
        self._method, self._window = plan.speckle_filter, plan.speckle_window
        self._reach = reach(self._method, self._window)
        self._limits = plan.max_slope_deg, plan.max_hand_m

    def bands(self, first: int, rows: int) -> Iterator[tuple[int, Image]]:
        """(row, float32[planes, H, W]) from row `first` on, a multiple of `rows`, so many rows at a time."""
        halo = max(self._reach, 1)
        # A block or more above, whose last rows are the first band's surroundings; blocks stay where they always are.
        skipped = max(first - rows * -(-halo // rows), 0)
        grid = self._inputs.grid.rows(skipped, self._inputs.grid.height)

        def read(start: int, stop: int) -> Image:
            return self._inputs.read(start + skipped, stop + skipped)

        with closing(padded(read, grid, rows, halo, block=rows)) as bands:
            for band, block in bands:
                if band.start + skipped >= first:
                    yield band.start + skipped, self._band(skipped, band, block)

    def _band(self, offset: int, band: Band, block: Image) -> Image:
        inputs, planes = self._inputs, self.planes
        count, width = len(inputs.polarisations), inputs.grid.width
        start, stop = band.start + offset, band.stop + offset
        out = np.empty((planes.count, stop - start, width), np.float32)
        for left in range(0, width, COLUMNS):
            right = min(left + COLUMNS, width)
            first = max(left - self._reach, 0)
            part = block[: inputs.dates * count, :, first : right + self._reach]
            core = (slice(None), band.core, slice(left - first, right - first))
            self._images(part, core, out[: planes.pre.stop, :, left:right])
        layers = iter(block[inputs.dates * count :])
        if planes.high_ground is not None:
            ground = inputs.grid.rows(band.first + offset, band.last + offset)
            elevation, hand = (next(layers) if given else None for given in (inputs.dem, inputs.hand))
            out[planes.high_ground] = high_ground(elevation, hand, ground, *self._limits)[band.core]
        if planes.reference is not None:
            reference = next(layers)[band.core]
            # Only whether it is water: other values of a class raster may be too large for the scratch file.
            out[planes.reference] = np.where(np.isnan(reference), reference, reference == 1)
        return out

    def cell(self, cell: Grid) -> Image:
        """A part of the post-event image's grid, float32[planes of both times, H, W]."""
        around, row, column = self._inputs.surroundings.around(cell, self._reach)
        block = self._inputs.read_images(around)
        out = np.empty((self.planes.pre.stop, *cell.shape), np.float32)
        self._images(block, (slice(None), slice(row, row + cell.height), slice(column, column + cell.width)), out)
        return out

    def of(self, block: Image) -> Image:
        """Images that were read elsewhere, float32[dates * P, H, W], filtered: float32[planes of both times, H, W]."""
        out = np.empty((self.planes.pre.stop, *block.shape[1:]), np.float32)
        self._images(block, (slice(None), slice(None), slice(None)), out)
        return out

    def _images(self, block: Image, core: tuple[slice, slice, slice], out: Image) -> None:
        """Filter both times' images, float32[dates * P, H, W], and write what is in the core."""
        planes, count = self.planes, len(self._inputs.polarisations)
        dates = [self._decibels(block[first : first + count])[core] for first in range(0, len(block), count)]
        out[planes.post] = _whole(dates[0])
        if planes.dates_before:
            out[planes.pre] = _whole(_median(dates[1:]))

    def _decibels(self, values: Image) -> Image:
        filtered = np.stack([despeckle(np.ascontiguousarray(band), self._method, self._window) for band in values])
        return to_db(filtered) if self._inputs.physics.calibrated else grey_to_db(filtered)


def high_ground(elevation: Image | None, hand: Image | None, grid: Grid, steepest_deg: float, highest_m: float) -> Mask:
    """Where the ground is too steep or too high above the drainage for standing water, bool[H, W].

    Parameters
    ----------
    elevation, hand : float32[H, W], optional
        In metres, NaN where missing: there the ground is not judged.
    grid : Grid
    steepest_deg, highest_m : float
    """
    high = np.zeros(grid.shape, bool)
    if elevation is not None:
        high |= slope_deg(elevation, grid) > steepest_deg
    if hand is not None:
        high |= hand > highest_m
    return high


def _whole(values: Image) -> Image:
    """A pixel counts as observed only if all its polarisations are."""
    missing = np.isnan(values).any(axis=0)
    if missing.any():
        values[:, missing] = np.nan
    return values


def _median(dates: list[Image]) -> Image:
    """Median over the dates on which a pixel was observed."""
    if len(dates) == 1:
        return dates[0]
    if len(dates) == 2:
        # fmin and fmax pass over NaN; sorting would take ten times as long.
        return np.asarray((np.fmin(*dates) + np.fmax(*dates)) / np.float32(2))
    stack = np.sort(np.stack(dates), axis=0)  # NaN goes last
    count = np.isfinite(stack).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, len(dates) - 1)
    middle = (np.take_along_axis(stack, index[None], 0)[0] for index in (low, high))
    return np.add(*middle, dtype=np.float32) / np.float32(2)  # type: ignore[no-any-return]
