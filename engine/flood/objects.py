"""The passes over the filtered rows that turn evidence into whole objects, and objects into classes.

Objects may reach across bands, so each step takes one pass to see them and the next to use them:
objects of water -> islands in it -> new water -> specks of permanent water in it -> classes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..jobs.report import Report
from ..raster.components import Components, Tally
from ..raster.stream import READ_ROWS, bands
from .change import CERTAIN_FALL_DB, MEAN_FALL_DB, UNCHANGED_FALL_DB, Evidence, Judge, fallen
from .classes import DRY, FLOOD, NOT_OBSERVED, PERMANENT, UNKNOWN
from .inputs import Inputs
from .scratch import Flags
from .water import SEED

__all__ = ["PASSES", "Objects"]

Mask = NDArray[np.bool_]
Classes = NDArray[np.uint8]

PASSES = 5
WATER, BEFORE, STANDS = 1, 2, 4  # bits: water now; water before; water by its contrast alone


class Objects:
    """Finds the objects of water and gives the classes, band by band.

    Parameters
    ----------
    inputs : Inputs
    judge : Judge
    folder : Path
        For a working file of one byte per pixel.
    report : Report
    advance : callable
        Told the number of rows that are done, over all passes.
    """

    def __init__(
        self, inputs: Inputs, judge: Judge, folder: Path, report: Report, advance: Callable[[int], None]
    ) -> None:
        self._inputs = inputs
        self._judge = judge
        self._report = report
        self._advance = advance
        self._passes = 0
        self._flags = Flags(folder / "flags.u8", inputs.grid.width)
        self._after = Components()
        self._joint = Components()
        self._before = Components()
        self._islands = Components(connectivity=4)
        # As polygons are joined: by edges, so that the minimum mapping unit holds for them too.
        self._new = Components(connectivity=4)
        self._specks = Components(connectivity=4)

    def close(self) -> None:
        """Give the working file back."""
        self._flags.close()

    def classes(self) -> Generator[tuple[int, Classes, Evidence]]:
        """Rows of the finished map from the top: first row, uint8[H, W], and the evidence behind them."""
        self._find()
        self._keep()
        self._part()
        self._decide()
        for index, start, evidence in self._bands():
            yield start, self._without_specks(index, start, evidence), evidence

    def _bands(self) -> Iterator[tuple[int, int, Evidence]]:
        height = self._inputs.grid.height
        for index, band in enumerate(bands(self._inputs.grid, READ_ROWS)):
            self._report.check_cancelled()
            yield index, band.start, self._judge.evidence(band.start, band.stop)
            self._advance(self._passes * height + band.stop)
        self._passes += 1

    def _find(self) -> None:
        """See the objects of both times."""
        for _, _, evidence in self._bands():
            self._after.add(evidence.score > 0, evidence.score > SEED, evidence.sums())
            if self._inputs.dates > 1:
                self._joint.add(evidence.joint > 0, evidence.joint > SEED, evidence.joint_sums())
                self._before.add(evidence.before > 0, evidence.before > SEED, evidence.sums_before())
        for components in (self._after, self._joint, self._before):
            components.finish()

    def _keep(self) -> None:
        """Keep the objects that are water, and see the islands in them."""
        for index, start, evidence in self._bands():
            stands = self._select(self._after, index, evidence.score > 0, evidence.sums(), self._judge.standing_objects)
            flags = (stands * np.uint8(STANDS | WATER)).astype(np.uint8)
            if self._inputs.dates > 1:
                score, joint = evidence.score > 0, evidence.joint > 0
                water = self._select(self._after, index, score, evidence.sums(), self._judge.water_objects)
                water |= self._select(self._joint, index, joint, evidence.joint_sums(), self._judge.water_objects)
                before = self._select(
                    self._before, index, evidence.before > 0, evidence.sums_before(), self._judge.objects_before
                )
                flags |= water * np.uint8(WATER) | before * np.uint8(BEFORE)
            self._flags.write(start, flags)
            self._islands.add(flags & WATER == 0)
        self._islands.finish()

    def _select(
        self,
        components: Components,
        index: int,
        mask: Mask,
        sums: Mapping[str, np.ndarray],
        keep: Callable[[Tally], Mask],
    ) -> Mask:
        return components.select(index, mask, min_pixels=self._inputs.min_pixels, need_seed=True, sums=sums, keep=keep)

    def _part(self) -> None:
        """Fill small islands, and see the objects of new water.

        What was not observed counts as land, so that a scrap of dry ground in it is no island; nor is a whole grid.
        """
        smallest = min(self._inputs.min_pixels, self._inputs.grid.height * self._inputs.grid.width)
        for index, start, evidence in self._bands():
            flags = self._flags.read(start, start + evidence.observed.shape[0])
            small = self._islands.select(index, flags & WATER == 0, keep=lambda tally: tally.pixels < smallest)
            flags |= (small & evidence.observed) * np.uint8(WATER | STANDS)
            self._flags.write(start, flags)
            self._new.add(_kinds(flags, evidence)[FLOOD], sums=evidence.sums())
        self._new.finish()

    def _decide(self) -> None:
        """Give each pixel its class, and see what specks of permanent water that leaves."""
        for index, start, evidence in self._bands():
            classes = self._classes(index, start, evidence)
            self._flags.write(start, classes)
            self._specks.add(_changeable(classes, evidence))
        self._specks.finish()

    def _without_specks(self, index: int, start: int, evidence: Evidence) -> Classes:
        """The finished classes: permanent water below the minimum mapping unit goes to the flood that it lies in."""
        classes = self._flags.read(start, start + evidence.observed.shape[0])
        specks = self._specks.select(
            index, _changeable(classes, evidence), keep=lambda tally: tally.pixels < self._inputs.min_pixels
        )
        classes[specks] = FLOOD
        return classes

    def _classes(self, index: int, start: int, evidence: Evidence) -> Classes:
        flags = self._flags.read(start, start + evidence.observed.shape[0])
        kinds = _kinds(flags, evidence)
        new = kinds[FLOOD]
        flood = self._new.select(index, new, min_pixels=self._inputs.min_pixels, sums=evidence.sums(), keep=_is_flood)
        # Without a past there is nothing but the user's layer to go by, pixel by pixel.
        flood |= new & ~evidence.compared
        # Water that is neither known from before nor has risen: a shore line, or water that was rough then.
        unchanged = new & ~flood & (flags & STANDS > 0)
        classes = np.full(new.shape, DRY, np.uint8)
        classes[kinds[PERMANENT] | unchanged] = PERMANENT
        classes[flood] = FLOOD
        classes[kinds[UNKNOWN]] = UNKNOWN
        classes[~evidence.observed] = NOT_OBSERVED
        return classes


def _changeable(classes: Classes, evidence: Evidence) -> Mask:
    """Permanent water that no layer of the user's vouches for."""
    permanent = (classes == PERMANENT) & evidence.compared
    return np.asarray(permanent if evidence.reference is None else permanent & (evidence.reference != 1))


def _is_flood(tally: Tally) -> Mask:
    """New water that fell from its own past; where there is no past, the user's reference alone decides."""
    return np.asarray((tally.sums["compared"] == 0) | fallen(tally, MEAN_FALL_DB))


def _kinds(flags: Classes, evidence: Evidence) -> dict[int, Mask]:
    """Water by kind, as far as one pixel tells: FLOOD stands for all new water."""
    water = flags & WATER > 0
    known = evidence.compared
    risen = known & (evidence.fall > CERTAIN_FALL_DB)
    # Water before, by its object or, where that did not stand out enough, because the pixel is as dark as ever.
    was = (flags & BEFORE > 0) | (known & (evidence.before > 0) & (evidence.fall < UNCHANGED_FALL_DB))
    if evidence.reference is not None:
        told = np.isfinite(evidence.reference)
        known = known | told
        was = np.where(told, evidence.reference == 1, was & ~risen)
    else:
        was = was & ~risen
    return {PERMANENT: water & known & was, FLOOD: water & known & ~was, UNKNOWN: water & ~known}
