"""The minimum mapping unit: small patches take the class around them, whatever the size of the raster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..jobs.report import Report
from ..raster.components import Components, Tally
from ..raster.grid import Grid
from ..raster.scratch_planes import ScratchPlanes
from ..raster.stream import READ_ROWS, Band, bands

__all__ = ["merge_small"]

Classes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

# Each round reaches one patch further into a thicket of small patches; a thicket as deep as this is no map any more.
MOST_ROUNDS = 64


def merge_small(
    source: ScratchPlanes,
    folder: Path,
    grid: Grid,
    classes: int,
    min_pixels: int,
    report: Report,
    advance: Callable[[float], None],
    *,
    rows: int = READ_ROWS,
) -> tuple[ScratchPlanes, int]:
    """Give every patch of fewer than `min_pixels` pixels the class with which it shares most of its border.

    A patch is an area of one class whose pixels share edges. Only patches that are large enough lend their class; small
    ones that lie among small ones wait until those beside them have been given one. Among classes with equal shares of
    the border the first counts. A small patch that touches no other observed pixel stays.

    Parameters
    ----------
    source : ScratchPlanes
        One plane of class indices 0 to `classes` - 1, 255 where not observed; it is not changed.
    folder : Path
        For the working files.
    grid : Grid
    classes, min_pixels : int
    report : Report
        Asked after every band of rows whether to stop.
    advance : callable
        Told, as a share from 0 to 1, how far it is.
    rows : int
        Of a band; the result does not depend on it.

    Returns
    -------
    ScratchPlanes
        The merged class indices, for the caller to close.
    int
        Small pixels that are left.
    """
    merged = ScratchPlanes(folder / "merged.u8", 2, grid.width)  # classes, and 1 where the patch is small
    try:
        small = _find(source, merged, grid, classes, min_pixels, report, rows)
        first = max(small, 1)
        for _ in range(MOST_ROUNDS):
            advance(1 - small / first)
            if not small:
                break
            left = _round(merged, grid, classes, report, rows)
            if left == small:
                break
            small = left
        advance(1.0)
    except BaseException:
        merged.close()
        raise
    return merged, small


def _bands(grid: Grid, rows: int, report: Report, halo: int = 0) -> Iterator[tuple[int, Band]]:
    for number, band in enumerate(bands(grid, rows, halo)):
        report.check_cancelled()
        yield number, band


def _find(
    source: ScratchPlanes, merged: ScratchPlanes, grid: Grid, classes: int, min_pixels: int, report: Report, rows: int
) -> int:
    """Copy the classes beside a mark on each pixel of a small patch; returns how many there are."""
    patches = [Components(4, min_pixels=min_pixels) for _ in range(classes)]
    for _, band in _bands(grid, rows, report):
        values = source.read(band.start, band.stop)[0]
        for index, components in enumerate(patches):
            components.add(values == index)
    for components in patches:
        components.finish()
    pixels = 0
    for number, band in _bands(grid, rows, report):
        values = source.read(band.start, band.stop)[0]
        small = np.zeros(values.shape, np.uint8)
        for index in _present(values, classes):
            mask = values == index
            small[mask & (patches[index].select(number, mask) == 0)] = 1
        merged.write(band.start, np.stack((values, small)))
        pixels += int(small.sum())
    return pixels


def _round(merged: ScratchPlanes, grid: Grid, classes: int, report: Report, rows: int) -> int:
    """Give a class to the small patches that touch large ones; returns how many small pixels are left."""
    patches = [Components(4, judge=partial(_class_around, classes)) for _ in range(classes)]
    nothing: dict[str, np.ndarray] = {}
    for _, band in _bands(grid, rows, report, halo=1):
        values, small = merged.read(band.first, band.last)
        votes = _votes(values, small > 0, band.core, classes)
        values, small = values[band.core], small[band.core]
        if not nothing or nothing["0"].shape != values.shape:
            nothing = {str(index): np.zeros(values.shape, np.uint8) for index in range(classes)}
        for index, components in enumerate(patches):
            components.add((values == index) & (small > 0), sums={**nothing, **votes})
    for components in patches:
        components.finish()
    left = 0
    for number, band in _bands(grid, rows, report):
        values, small = merged.read(band.start, band.stop)
        given = np.zeros(values.shape, np.uint8)
        for index in _present(values[small > 0], classes):
            given |= patches[index].select(number, (values == index) & (small > 0))
        values[given > 0] = given[given > 0] - 1
        small[given > 0] = 0
        merged.write(band.start, np.stack((values, small)))
        left += int(small.sum())
    return left


def _votes(values: Classes, small: Mask, core: slice, classes: int) -> dict[str, np.ndarray]:
    """By class: how many of a pixel's four neighbours are of a large patch of it, uint8 of the core's shape."""
    large = np.where(small, NODATA, values).astype(np.uint8)
    votes = {}
    for index in _present(large, classes):
        there = np.pad(large == index, 1).astype(np.uint8)
        count = there[:-2, 1:-1] + there[2:, 1:-1] + there[1:-1, :-2] + there[1:-1, 2:]
        votes[str(index)] = count[core]
    return votes


def _class_around(classes: int, tally: Tally) -> NDArray[np.uint8]:
    """1 + the class that shares most of each patch's border, 0 where no large patch touches it."""
    borders = np.stack([tally.sums[str(index)] for index in range(classes)])
    return np.where(borders.max(axis=0) > 0, borders.argmax(axis=0) + 1, 0).astype(np.uint8)


def _present(values: Classes, classes: int) -> list[int]:
    """The classes that occur."""
    counts = np.bincount(values.ravel(), minlength=256)[:classes]
    present: list[int] = np.flatnonzero(counts).tolist()
    return present
