"""First pass over the images: read, filter and keep them, and learn from them what water looks like."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..errors import InputError
from ..jobs.report import Report
from ..jobs.requests import FloodRequest
from ..jobs.working import open_working_file
from ..raster.sink import explained
from ..raster.stamps import fingerprint
from ..raster.stream import Band, padded, threads
from .backscatter import despeckle, reach, to_db
from .inputs import Inputs
from .scratch import Scratch
from .terrain import slope_deg
from .tiles import LATTICE, TileStatistics
from .water import Physics

__all__ = ["Observation", "Planes", "observe"]

T = TypeVar("T")
Image = NDArray[np.float32]
State = dict[str, np.ndarray]

COLUMNS = 2048  # filtered at a time: what that takes is bounded, and stays in the processor's caches, at any width

# How far display products are stretched is unknown; taken as Earth Engine's catalogue shows Sentinel-1, -25 to 5 dB.
GREY_ZERO_DB, GREY_STEP_DB = -25.0, 30 / 255
HIGH_GROUND = 1.0  # in the plane of excluded ground


class Planes:
    """Where things lie in the scratch file."""

    def __init__(self, inputs: Inputs) -> None:
        count = len(inputs.polarisations)
        self.post = slice(0, count)
        self.pre = slice(count, 2 * count if inputs.dates > 1 else count)
        self.count = self.pre.stop
        self.high_ground = self._next(inputs.dem or inputs.hand)
        self.reference = self._next(inputs.reference)

    def _next(self, wanted: bool) -> int | None:
        self.count += wanted
        return self.count - 1 if wanted else None


class Observation:
    """What the first pass leaves: filtered rows on disk and the statistics of both times.

    Attributes
    ----------
    planes : Planes
    post, pre : TileStatistics
        `pre` is that of the median over the dates before; without such dates it stays empty.
    """

    def __init__(self, inputs: Inputs, scratch: Scratch, planes: Planes) -> None:
        physics, width = inputs.physics, inputs.grid.width
        self.planes = planes
        self.scratch = scratch
        self.post = TileStatistics(width, physics.polarisations, physics.dark_limit)
        self.pre = TileStatistics(width, physics.polarisations, physics.dark_limit)


def observe(
    request: FloodRequest, inputs: Inputs, folder: Path, report: Report, advance: Callable[[int], None], rows: int
) -> Observation:
    """Read every image once, `rows` rows at a time, from the last checkpoint in `folder` on.

    Raises
    ------
    InputError
        If nothing was observed within the grid.
    """
    planes = Planes(inputs)
    scratch = Scratch(folder / "filtered.i16", planes.count, inputs.grid.width)
    try:
        return _observe(request, inputs, folder, report, advance, rows, Observation(inputs, scratch, planes))
    except BaseException:
        scratch.close()
        raise


def _observe(
    request: FloodRequest,
    inputs: Inputs,
    folder: Path,
    report: Report,
    advance: Callable[[int], None],
    rows: int,
    seen: Observation,
) -> Observation:
    planes = seen.planes
    checkpoint = _Checkpoint(folder / "observed.npz", request)
    first = checkpoint.restore(seen)
    advance(first)
    with _Counting(seen) as counting, _Keeper(checkpoint, seen.scratch) as keeper:
        for start, values in _filtered(request, inputs, planes, first, rows):
            report.check_cancelled()
            counting.add(values)
            seen.scratch.write(start, values)
            stop = start + values.shape[1]
            if stop % LATTICE == 0:
                keeper.keep(counting.states(), stop)
            advance(stop)
        counting.finish()
        keeper.wait()
    seen.scratch.flush()
    if not seen.post.darkness.any():
        raise InputError("The post-event image holds no observed pixel within the area: check its nodata and the AOI.")
    return seen


def _filtered(
    request: FloodRequest, inputs: Inputs, planes: Planes, first: int, rows: int
) -> Iterator[tuple[int, Image]]:
    """(row, float32[planes, H, W]) in dB from row `first` on, a multiple of the lattice's rows."""
    halo = max(reach(request.speckle_filter, request.speckle_window), 1)
    # A block or more above, whose last rows are the first band's surroundings; blocks stay where they always are.
    skipped = max(first - rows * -(-halo // rows), 0)
    grid = inputs.grid.rows(skipped, inputs.grid.height)

    def read(start: int, stop: int) -> Image:
        return inputs.read(start + skipped, stop + skipped)

    with closing(padded(read, grid, rows, halo, block=rows)) as bands:
        for band, block in bands:
            if band.start + skipped >= first:
                yield band.start + skipped, _planes(request, inputs, planes, skipped, band, block)


def _planes(request: FloodRequest, inputs: Inputs, planes: Planes, offset: int, band: Band, block: Image) -> Image:
    """One band as it goes to the scratch file."""
    count = len(inputs.polarisations)
    start, stop = band.start + offset, band.stop + offset
    width, halo = inputs.grid.width, reach(request.speckle_filter, request.speckle_window)
    out = np.empty((planes.count, stop - start, width), np.float32)
    for left in range(0, width, COLUMNS):
        right = min(left + COLUMNS, width)
        first = max(left - halo, 0)
        part = block[: inputs.dates * count, :, first : right + halo]
        core = (slice(None), band.core, slice(left - first, right - first))
        dates = [
            _backscatter(request, inputs.physics, part[index * count : (index + 1) * count])[core]
            for index in range(inputs.dates)
        ]
        out[planes.post, :, left:right] = _whole(dates[0])
        if inputs.dates > 1:
            out[planes.pre, :, left:right] = _whole(_median(dates[1:]))
    layers = iter(block[inputs.dates * count :])
    if planes.high_ground is not None:
        out[planes.high_ground] = _high_ground(request, inputs, layers, band, offset)
    if planes.reference is not None:
        reference = next(layers)[band.core]
        # Only whether it is water: other values of a class raster may be too large for the scratch file.
        out[planes.reference] = np.where(np.isnan(reference), reference, reference == 1)
    inside = inputs.inside(start, stop)
    if inside is not None:
        out[planes.post][:, ~inside] = np.nan
    return out


def _backscatter(request: FloodRequest, physics: Physics, values: Image) -> Image:
    filtered = np.stack(
        [despeckle(np.ascontiguousarray(band), request.speckle_filter, request.speckle_window) for band in values]
    )
    return to_db(filtered) if physics.calibrated else filtered * np.float32(GREY_STEP_DB) + np.float32(GREY_ZERO_DB)


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


def _high_ground(request: FloodRequest, inputs: Inputs, layers: Iterator[Image], band: Band, offset: int) -> Image:
    """1 where the ground is too steep or too high above the drainage for standing water, else 0."""
    high = np.zeros((band.stop - band.start, inputs.grid.width), bool)
    if inputs.dem:
        part = inputs.grid.rows(band.first + offset, band.last + offset)
        high |= (slope_deg(next(layers), part) > request.max_slope_deg)[band.core]
    if inputs.hand:
        high |= next(layers)[band.core] > request.max_hand_m
    return high.astype(np.float32)


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
        found = {name: state.result() for name, state in states.items()}
        self._scratch.flush()
        self._checkpoint.save(found, rows)


class _Checkpoint:
    """The statistics so far, and up to which row the scratch file is whole."""

    def __init__(self, path: Path, request: FloodRequest) -> None:
        self._path = path
        identity = json.dumps([__version__, request.to_json(), fingerprint(request.inputs())])
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
