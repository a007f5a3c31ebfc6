"""First pass over the images: read, filter and keep them, and learn from them what water looks like."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..cpu import threads
from ..errors import InputError
from ..jobs.report import Report
from ..jobs.working import open_working_file
from ..raster.sink import explained
from ..raster.stream import ahead
from .filtering import FilteredRows, Planes
from .inputs import FloodPlan, Inputs
from .scratch import Scratch
from .tiles import LATTICE, TileStatistics
from .water import Physics

__all__ = ["Observation", "observe"]

T = TypeVar("T")
Image = NDArray[np.float32]
State = dict[str, np.ndarray]


class Observation:
    """What the first pass leaves: filtered rows on disk and the statistics of both times.

    Attributes
    ----------
    physics : Physics
    planes : Planes
    scratch : Scratch
    post, pre : TileStatistics
        `pre` is that of the median over the dates before; without such dates it stays empty.
    """

    def __init__(self, physics: Physics, planes: Planes, scratch: Scratch, width: int) -> None:
        self.physics, self.planes, self.scratch = physics, planes, scratch
        self.post = TileStatistics(width, physics.polarisations, physics.dark_limit)
        self.pre = TileStatistics(width, physics.polarisations, physics.dark_limit)

    def close(self) -> None:
        """Give the scratch file back."""
        self.scratch.close()


def observe(
    plan: FloodPlan, inputs: Inputs, folder: Path, report: Report, advance: Callable[[float], None], rows: int
) -> Observation:
    """Read every image once, `rows` rows at a time, from the last checkpoint in `folder` on.

    Parameters
    ----------
    plan : FloodPlan
    inputs : Inputs
    folder : Path
        For the scratch file and the checkpoints.
    report : Report
        Asked after every band of rows whether to stop.
    advance : callable
        Told, as a share from 0 to 1, how far it is.
    rows : int

    Returns
    -------
    Observation
        For the caller to close.

    Raises
    ------
    InputError
        If nothing was observed within the grid.
    """
    filtered = FilteredRows(plan, inputs)
    scratch = Scratch(folder / "filtered.i16", filtered.planes.count, inputs.grid.width)
    seen = Observation(inputs.physics, filtered.planes, scratch, inputs.grid.width)
    try:
        checkpoint = _Checkpoint(folder / "observed.npz", plan.identity)
        first, height = checkpoint.restore(seen), inputs.grid.height
        cells = sum(cell.height * cell.width for cell in inputs.surroundings.cells)
        share = height * inputs.grid.width / (height * inputs.grid.width + cells)
        advance(first / height * share)
        with _Counting(seen) as counting, _Keeper(checkpoint, scratch) as keeper:
            for start, values in filtered.bands(first, rows):
                report.check_cancelled()
                counting.add(values)
                scratch.write(start, values)
                stop = start + values.shape[1]
                if stop % LATTICE == 0:
                    keeper.keep(counting.states(), stop)
                advance(stop / height * share)
            counting.finish()
            keeper.wait()
        _count_cells(filtered, inputs, seen, report, lambda done: advance(share + done * (1 - share)))
        scratch.flush()
        if not seen.post.darkness.any():
            raise InputError(
                "The post-event image holds no observed pixel within the area: check its nodata and the AOI."
            )
    except BaseException:
        scratch.close()
        raise
    return seen


def _count_cells(
    filtered: FilteredRows, inputs: Inputs, seen: Observation, report: Report, advance: Callable[[float], None]
) -> None:
    """Add the tiles of the image beyond the margin, which are counted anew after an interruption."""
    cells, planes = inputs.surroundings.cells, filtered.planes
    with closing(ahead(filtered.cell, cells)) as images:
        for number, values in enumerate(images, 1):
            report.check_cancelled()
            for statistics, part in ((seen.post, planes.post), (seen.pre, planes.pre)):
                if part.stop > part.start:
                    own = statistics.like(values.shape[2])
                    own.add(values[part])
                    own.finish()
                    statistics.merge(own)
            advance(number / len(cells))


class _Counting:
    """Adds bands to the statistics: each time's in a thread of its own if more than one thread may be used.

    What is asked of one time's statistics happens in the order in which it was asked for.
    """

    def __init__(self, seen: Observation) -> None:
        self._times = [("post", seen.post, seen.planes.post), ("pre", seen.pre, seen.planes.pre)]
        self._pools = [ThreadPoolExecutor(1, f"count {name}") for name, _, _ in self._times] if threads() > 1 else []
        self._running: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools:
            pool.shutdown(wait=True, cancel_futures=True)

    def add(self, values: Image) -> None:
        """Take in the next band, once the one before has been taken in."""
        self._wait()
        self._running = [
            self._ask(number, statistics.add, values[part])
            for number, (_, statistics, part) in enumerate(self._times)
            if part.stop > part.start
        ]

    def states(self) -> dict[str, Future[State]]:
        """Copies of the counts, by the name of the time, after all that was added so far."""
        return {name: self._ask(number, _copied, own) for number, (name, own, _) in enumerate(self._times)}

    def finish(self) -> None:
        """Return when all rows are counted, those of unfilled tiles too."""
        self._wait()
        self._running = [self._ask(number, own.finish) for number, (_, own, _) in enumerate(self._times)]
        self._wait()

    def _ask(self, number: int, work: Callable[..., T], *args: Any) -> Future[T]:
        if self._pools:
            return self._pools[number].submit(work, *args)
        done: Future[T] = Future()
        done.set_result(work(*args))
        return done

    def _wait(self) -> None:
        for running in self._running:
            running.result()


def _copied(statistics: TileStatistics) -> State:
    return {name: values.copy() for name, values in statistics.state().items()}


class _Keeper:
    """Saves checkpoints beside the caller, who goes on meanwhile, one at a time."""

    def __init__(self, checkpoint: _Checkpoint, scratch: Scratch) -> None:
        self._checkpoint, self._scratch = checkpoint, scratch
        self._pool = ThreadPoolExecutor(1, "checkpoint")
        self._saving: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def keep(self, states: Mapping[str, Future[State]], rows: int) -> None:
        """Save these states, and that the scratch file is whole up to a row, once the last checkpoint is saved."""
        self.wait()
        self._saving = self._pool.submit(self._save, states, rows)

    def wait(self) -> None:
        """Return when the last checkpoint is saved."""
        if self._saving:
            self._saving.result()

    def _save(self, states: Mapping[str, Future[State]], rows: int) -> None:
        counted = {name: state.result() for name, state in states.items()}
        self._scratch.flush()
        self._checkpoint.save(counted, rows)


class _Checkpoint:
    """The statistics so far, and up to which row the scratch file is whole."""

    def __init__(self, path: Path, identity: str) -> None:
        self._path = path
        self._identity = np.frombuffer(hashlib.sha256(identity.encode()).digest(), np.uint8)

    def restore(self, seen: Observation) -> int:
        """Bring `seen` to where the checkpoint stands; returns the first row that is still to do."""
        if not self._path.exists():
            return 0
        with open_working_file(self._path, "rb") as file, np.load(file, allow_pickle=False) as saved:
            if not np.array_equal(saved["identity"], self._identity) or not seen.scratch.holds(int(saved["rows"])):
                return 0
            for name in ("post", "pre"):
                statistics: TileStatistics = getattr(seen, name)
                statistics.restore({key: saved[f"{name}_{key}"] for key in statistics.state()})
            return int(saved["rows"])

    def save(self, states: Mapping[str, State], rows: int) -> None:
        """Remember the counts of both times as they are after so many rows, all of which the scratch file holds."""
        state: dict[str, Any] = {f"{name}_{key}": value for name, own in states.items() for key, value in own.items()}
        part = self._path.with_suffix(".part")
        with explained(self._path):
            with open_working_file(part, "wb") as file:
                np.savez(file, rows=rows, identity=self._identity, **state)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
