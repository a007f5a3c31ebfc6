"""The minimum mapping unit: small patches take the class around them, whatever the size of the raster."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..cpu import threads
from ..jobs.report import Report
from ..raster.components import Components, Tally
from ..raster.grid import Grid
from ..raster.scratch_planes import ScratchPlanes
from ..raster.stream import READ_ROWS, bands

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
        counts = _find(source, merged, grid, classes, min_pixels, report, rows)
        small = sum(counts)
        first = max(small, 1)
        for _ in range(MOST_ROUNDS):
            advance(1 - small / first)
            if not small:
                break
            counts = _round(merged, grid, classes, counts, report, rows)
            left = sum(counts)
            if left == small:
                break
            small = left
        advance(1.0)
    except BaseException:
        merged.close()
        raise
    return merged, small


def _find(
    source: ScratchPlanes, merged: ScratchPlanes, grid: Grid, classes: int, min_pixels: int, report: Report, rows: int
) -> list[int]:
    """Copy the classes beside a mark on each pixel of a small patch; returns how many there are in each band."""
    patches = [Components(4, min_pixels=min_pixels) for _ in range(classes)]
    counts = []
    with ThreadPoolExecutor(threads(), "patches") as pool:  # a class in each
        for band in bands(grid, rows):
            report.check_cancelled()
            values = source.read(band.start, band.stop)[0]
            list(pool.map(lambda index, values=values: patches[index].add(values == index), range(classes)))
        for components in patches:
            components.finish()
        for number, band in enumerate(bands(grid, rows)):
            report.check_cancelled()
            values = source.read(band.start, band.stop)[0]

            def small_of(index: int, values: Classes = values, number: int = number) -> Mask:
                mask = values == index
                return np.asarray(mask & (patches[index].select(number, mask) == 0))

            small = np.zeros(values.shape, np.uint8)
            for part in pool.map(small_of, _present(values, classes)):
                small |= part
            merged.write(band.start, np.stack((values, small)))
            counts.append(int(np.count_nonzero(small)))
    return counts


def _round(merged: ScratchPlanes, grid: Grid, classes: int, counts: list[int], report: Report, rows: int) -> list[int]:
    """Give a class to the small patches that touch large ones; returns how many small pixels each band has left.

    Bands without small pixels, of which `counts` tells, are not read.
    """
    patches = [Components(4, judge=partial(_class_around, classes)) for _ in range(classes)]
    for band, count in zip(bands(grid, rows, halo=1), counts, strict=True):
        report.check_cancelled()
        if count:
            values, small = merged.read(band.first, band.last)
            votes = _votes(values, small > 0, band.core, classes)
            values, small = values[band.core], small[band.core]
        else:
            values = small = np.zeros((band.stop - band.start, grid.width), np.uint8)
            votes = {str(index): small for index in range(classes)}
        for index, components in enumerate(patches):
            components.add((values == index) & (small > 0), sums=votes)
    for components in patches:
        components.finish()
    left = [0] * len(counts)
    for number, band in enumerate(bands(grid, rows)):
        report.check_cancelled()
        if not counts[number]:
            continue
        values, small = merged.read(band.start, band.stop)
        given = np.zeros(values.shape, np.uint8)
        for index, components in enumerate(patches):
            given |= components.select(number, (values == index) & (small > 0))
        lent = given > 0
        np.copyto(values, given - 1, where=lent)
        np.copyto(small, 0, where=lent)
        merged.write(band.start, np.stack((values, small)))
        left[number] = int(np.count_nonzero(small))
    return left


def _votes(values: Classes, small: Mask, core: slice, classes: int) -> dict[str, np.ndarray]:
    """By class: how many of a small pixel's four neighbours are of a large patch of it, uint8 of the core's shape."""
    large = np.pad(values, 1, constant_values=NODATA)
    np.copyto(large[1:-1, 1:-1], NODATA, where=small)
    places, (width, across) = np.flatnonzero(small[core]), (values.shape[1], large.shape[1])
    inner = (places // width + core.start + 1) * across + places % width + 1
    beside = np.stack([large.ravel().take(inner + step) for step in (-across, -1, 1, across)])
    votes = {}
    for index in range(classes):
        votes[str(index)] = count = np.zeros(values[core].shape, np.uint8)
        count.ravel()[places] = np.count_nonzero(beside == index, axis=0)
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
