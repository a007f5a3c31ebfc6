"""The passes over the filtered rows that turn evidence into whole objects, and objects into classes.

Objects may reach across bands, so each step takes one pass to see them and the next to use them:
objects of water -> islands in it -> new water -> specks of permanent water in it -> classes.
Only the first pass weighs the evidence; it leaves what it says of each pixel as a few bits, which the others go by.
While one thread sees the objects of a band, another uses those of the step before in the next band.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..jobs.report import Report
from ..raster.components import Components, Tally
from ..raster.grid import Grid
from ..raster.scratch_planes import ScratchPlanes
from ..raster.stream import ahead, bands
from .change import CERTAIN_FALL_DB, FALL_DB, UNCHANGED_FALL_DB, ChangeDetector, Evidence, SeenPixels, fallen
from .classes import DRY, FLOOD, PERMANENT, UNKNOWN
from .water import SEED

__all__ = ["Objects"]

T = TypeVar("T")
Mask = NDArray[np.bool_]
Image = NDArray[np.float32]
Classes = NDArray[np.uint8]
Signs = NDArray[np.uint16]
Verdicts = NDArray[np.uint8]

PASSES = 5
# What is known of a pixel, one bit each.
WATER, STANDS = 1, 2  # in an object of water now; in one that is water by its contrast alone
OBSERVED, COMPARED = 4, 8
KNOWN, WAS, OPEN = 16, 32, 64  # its past is known; it was water; it was if its object before was water
VOUCHED = 128  # the user's layer shows permanent water
AFTER, JOINT, BEFORE = 256, 512, 1024  # a candidate for water now, with the change taken in, and before
ALL = 2047
CHANGEABLE = 256  # beside a class, 0 to 255: permanent water that no layer of the user's vouches for


class Objects:
    """Finds the objects of water and gives the classes, band by band.

    Parameters
    ----------
    detector : ChangeDetector
    grid : Grid
    min_pixels : int
        The minimum mapping unit.
    folder : Path
        For a working file of two bytes per pixel.
    report : Report
    advance : callable
        Told, as a share from 0 to 1, how far all passes are.
    rows : int
        Of a band.

    Attributes
    ----------
    seen : SeenPixels
        Counted by the first pass.
    """

    def __init__(
        self,
        detector: ChangeDetector,
        grid: Grid,
        min_pixels: int,
        folder: Path,
        report: Report,
        advance: Callable[[float], None],
        rows: int,
    ) -> None:
        self._detector, self._grid, self._rows = detector, grid, rows
        self._report, self._advance = report, advance
        self._passes = 0
        self.seen = SeenPixels()
        self._flags = ScratchPlanes(folder / "flags.u16", 1, grid.width, np.uint16)
        self._after = Components(min_pixels=min_pixels, need_seed=True, judge=self._judged_after)
        self._joint = Components(min_pixels=min_pixels, need_seed=True, judge=detector.water_objects)
        self._before = Components(min_pixels=min_pixels, need_seed=True, judge=detector.objects_before)
        # What was not observed counts as land, so that a scrap of dry ground in it is no island; nor is a whole grid.
        small = min(min_pixels, grid.height * grid.width)
        self._islands = Components(connectivity=4, judge=lambda tally: tally.pixels < small)
        # As polygons are joined: by edges, so that the minimum mapping unit holds for them too.
        self._new = Components(connectivity=4, min_pixels=min_pixels, judge=_is_flood)
        self._specks = Components(connectivity=4, judge=lambda tally: tally.pixels < min_pixels)

    def close(self) -> None:
        """Give the working file back."""
        self._flags.close()

    def classes(self) -> Generator[tuple[int, Classes]]:
        """Rows of the finished map from the top: first row, uint8[H, W]."""
        self._find()
        self._keep()
        self._part()
        self._decide()
        with closing(self._bands(self._without_specks)) as done:
            yield from done

    def _bands(self, work: Callable[[int, int, int], T]) -> Generator[tuple[int, T]]:
        """One pass: first row and `work(number, start, stop)` of each band, done ahead in a thread of its own."""
        cut = list(bands(self._grid, self._rows))
        height = self._grid.height
        blocks = ((band.start, band.stop) for band in cut)
        with closing(ahead(lambda block: work(block[0] // self._rows, *block), blocks)) as results:
            for band, done in zip(cut, results, strict=True):
                self._report.check_cancelled()
                yield band.start, done
                self._advance((self._passes * height + band.stop) / (PASSES * height))
        self._passes += 1

    def _find(self) -> None:
        """See the objects of both times."""
        for start, evidence in self._bands(lambda _, start, stop: self._detector.evidence(start, stop)):
            self.seen.add(evidence)
            self._flags.write(start, _signs(evidence))
            self._after.add(evidence.score > 0, evidence.score > SEED, evidence.sums())
            if self._detector.dates_before:
                self._joint.add(evidence.joint > 0, evidence.joint > SEED, evidence.joint_sums())
                self._before.add(evidence.before > 0, evidence.before > SEED, evidence.sums_before())
        for components in (self._after, self._joint, self._before):
            components.finish()

    def _judged_after(self, tally: Tally) -> Verdicts:
        """Bits of the objects of water now."""
        bits = self._detector.standing_objects(tally) * np.uint8(WATER | STANDS)
        if self._detector.dates_before:
            bits |= self._detector.water_objects(tally) * np.uint8(WATER)
        return bits

    def _keep(self) -> None:
        """Keep the objects that are water, and see the islands in them."""
        for start, signs in self._bands(self._with_water):
            self._flags.write(start, signs)
            self._islands.add(signs & WATER == 0)
        self._islands.finish()

    def _with_water(self, index: int, start: int, stop: int) -> Signs:
        signs: Signs = self._flags.read(start, stop)[0]
        water = self._after.select(index, signs & AFTER > 0)
        if self._detector.dates_before:
            water |= self._joint.select(index, signs & JOINT > 0)
            before = self._before.select(index, signs & BEFORE > 0)
            signs |= (before > 0) * (signs & OPEN) // np.uint16(OPEN // WAS)
        signs |= water
        return signs

    def _part(self) -> None:
        """Fill small islands, and see the objects of new water."""
        for start, (signs, fall) in self._bands(self._without_islands):
            self._flags.write(start, signs)
            self._new.add(_new(signs), sums={"fall": fall, "compared": signs & COMPARED > 0})
        self._new.finish()

    def _without_islands(self, index: int, start: int, stop: int) -> tuple[Signs, Image]:
        """The signs with small islands filled, and the fall where there is new water."""
        signs = self._flags.read(start, stop)[0]
        small = self._islands.select(index, signs & WATER == 0) > 0
        signs |= (small & (signs & OBSERVED > 0)) * np.uint16(WATER | STANDS)
        if self._detector.dates_before and _new(signs).any():
            return signs, self._detector.fall(start, stop)
        return signs, np.zeros(signs.shape, np.float32)

    def _decide(self) -> None:
        """Give each pixel its class, and see what specks of permanent water that leaves."""
        for start, (classes, changeable) in self._bands(self._classes):
            self._flags.write(start, classes | changeable * np.uint16(CHANGEABLE))
            self._specks.add(changeable)
        self._specks.finish()

    def _classes(self, index: int, start: int, stop: int) -> tuple[Classes, Mask]:
        """The classes, and where they are permanent water that no layer of the user's vouches for."""
        signs = self._flags.read(start, stop)[0]
        new = _new(signs)
        flood = self._new.select(index, new) > 0
        # Without a past there is nothing but the user's layer to go by, pixel by pixel.
        flood |= new & (signs & COMPARED == 0)
        classes = _BESIDE_FLOOD.take(signs)
        classes[flood] = FLOOD
        return classes, (classes == PERMANENT) & (signs & (COMPARED | VOUCHED) == COMPARED)

    def _without_specks(self, index: int, start: int, stop: int) -> Classes:
        """The finished classes: permanent water below the minimum mapping unit goes to the flood that it lies in."""
        flags: Signs = self._flags.read(start, stop)[0]
        specks = self._specks.select(index, flags & CHANGEABLE > 0)
        classes = flags.astype(np.uint8)
        classes[specks > 0] = FLOOD
        return classes


def _signs(evidence: Evidence) -> Signs:
    """What the evidence says of each pixel, as bits."""
    # Water before where its object did not stand out enough, because the pixel is as dark as ever.
    known = evidence.compared
    was = (evidence.before > 0) & (evidence.fall < UNCHANGED_FALL_DB)
    may = evidence.fall <= CERTAIN_FALL_DB
    was &= may
    vouched = None
    if evidence.reference is not None:
        told, vouched = np.isfinite(evidence.reference), evidence.reference == 1
        known = known | told
        was = np.where(told, vouched, was)
        may = may & ~told
    signs = np.zeros(was.shape, np.uint16)
    for bit, mask in (
        (OBSERVED, evidence.observed),
        (COMPARED, evidence.compared),
        (KNOWN, known),
        (WAS, was),
        (OPEN, may),
        (VOUCHED, vouched),
        (AFTER, evidence.score > 0),
        (JOINT, evidence.joint > 0),
        (BEFORE, evidence.before > 0),
    ):
        if mask is not None:
            signs |= mask * np.uint16(bit)
    return signs


def _new(signs: Signs) -> Mask:
    """Water that was none before."""
    return np.asarray(signs & (WATER | KNOWN | WAS) == (WATER | KNOWN))


def _is_flood(tally: Tally) -> Mask:
    """New water that fell from its own past; where there is no past, the user's reference alone decides."""
    return np.asarray((tally.sums["compared"] == 0) | fallen(tally, FALL_DB))


def _beside_flood() -> Classes:
    """The class for each set of signs, uint8[ALL + 1], but for new water that is flood."""
    signs = np.arange(ALL + 1, dtype=np.uint16)
    new, water, known = _new(signs), signs & WATER > 0, signs & KNOWN > 0
    classes = np.full(signs.shape, DRY, np.uint8)
    classes[water & ~known] = UNKNOWN
    # New water that has not risen: a shore line, or water that was rough then.
    classes[(water & known & ~new) | (new & (signs & STANDS > 0))] = PERMANENT
    classes[signs & OBSERVED == 0] = NODATA
    return classes


_BESIDE_FLOOD = _beside_flood()
