"""The long part of a map by a model: what it says of every pixel, kept on disk as it comes."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..jobs.report import Report
from ..mapping import memory_is_short, memory_may_not_do
from ..memory import budget_bytes, refuse_beyond_all
from ..models.segmenter import Segmenter
from ..raster.grid import Grid
from ..raster.scratch_planes import ScratchPlanes
from ..raster.sink import explained
from ..raster.stream import map_tiles

__all__ = ["Predictable", "Prediction", "predict"]

Floats = NDArray[np.float32]

CHECKPOINT_S = 10.0
# The law of memory, in bytes: libraries with torch or onnxruntime; copies of the blended rows that live at once; what a
# network holds per pixel of a batch (64 float32 channels at full size, four times).
BASE, COPIES, PER_PIXEL = 900 * 2**20, 3, 1024


class Predictable(Protocol):
    """Images and a model that fits them.

    Attributes
    ----------
    segmenter : Segmenter
    grid : Grid
        Of the map.
    tiles : Grid
        The whole image's tiles that reach into it; see `raster.stream.tiles_on`.
    planes : int
        How many planes `read` gives.
    identity : str
        What a checkpoint must have been left by.
    """

    segmenter: Segmenter
    grid: Grid
    tiles: Grid
    planes: int
    identity: str

    def read(self, part: Grid) -> Floats:
        """Rows of `tiles`, float32[planes, H, W], NaN where not observed; asked for in order, in one thread."""

    def prepared(self, values: Floats) -> Floats:
        """Tiles float32[N, planes, H, W] of what was read in the bands and units of the model's card."""

    def seen(self, row: int, values: Floats) -> NDArray[np.bool_]:
        """Which pixels to map, bool[H, W], of the map's rows from `row` on, of which these values were read."""


class Prediction:
    """What the first pass leaves on disk.

    Attributes
    ----------
    classes : ScratchPlanes
        One plane: index of the most probable class, 255 where nothing was observed or outside the AOI.
    percent : ScratchPlanes or None
        A plane per class: its probability in per cent, 255 as above; None where nobody wants it.
    """

    def __init__(self, classes: ScratchPlanes, percent: ScratchPlanes | None) -> None:
        self.classes, self.percent = classes, percent

    def holds(self, rows: int) -> bool:
        """Whether the files are as long as so many rows."""
        return self.classes.holds(rows) and (self.percent is None or self.percent.holds(rows))

    def close(self) -> None:
        """Give the file handles back."""
        self.classes.close()
        if self.percent:
            self.percent.close()

    def write(self, row: int, probabilities: Floats, seen: NDArray[np.bool_]) -> None:
        """Keep float32[K, H, W] of the rows from `row` on, as far as pixels are `seen`, bool[H, W]."""
        seen = seen & ~np.isnan(probabilities[0])
        best = most_probable(probabilities)
        best[~seen] = NODATA
        self.classes.write(row, best)
        if self.percent:
            percent = np.where(seen, np.rint(np.nan_to_num(probabilities) * 100), NODATA)
            self.percent.write(row, percent.astype(np.uint8))

    def flush(self) -> None:
        """Put everything on the disk."""
        self.classes.flush()
        if self.percent:
            self.percent.flush()


def most_probable(probabilities: Floats) -> NDArray[np.uint8]:
    """uint8[H, W], the index of the largest of float32[K, H, W], the first of equals; plane by plane is fast."""
    best = np.zeros(probabilities.shape[1:], np.uint8)
    most = probabilities[0].copy()
    for index, plane in enumerate(probabilities[1:], start=1):
        best[plane > most] = index
        np.maximum(most, plane, out=most)
    return best


def predict(inputs: Predictable, report: Report, advance: Callable[[float], None], *, shares: bool) -> Prediction:
    """Run the model over the grid, from the last checkpoint in `report.checkpoints` on.

    Parameters
    ----------
    inputs : Predictable
    report : Report
    advance : callable
        Told, as a share from 0 to 1, how far it is.
    shares : bool
        Whether the probabilities of all classes are kept.

    Returns
    -------
    Prediction
        For the caller to close.
    """
    folder, width = report.checkpoints, inputs.grid.width
    percent = ScratchPlanes(folder / "percent.u8", len(inputs.segmenter.card.classes), width) if shares else None
    predicted = Prediction(ScratchPlanes(folder / "classes.u8", 1, width), percent)
    try:
        _predict(inputs, report, advance, predicted, _Checkpoint(folder / "predicted.json", inputs.identity))
    except BaseException:
        predicted.close()
        raise
    return predicted


def _predict(
    inputs: Predictable,
    report: Report,
    advance: Callable[[float], None],
    predicted: Prediction,
    checkpoint: _Checkpoint,
) -> None:
    segmenter, height = inputs.segmenter, inputs.grid.height
    done = checkpoint.rows()
    done = done if predicted.holds(done) else 0
    if done >= height:
        return
    # The highest row of tiles that every row still to do needs; tiles stay on the lattice of the whole image.
    step, (above, left) = segmenter.tile - segmenter.overlap, inputs.tiles.offset(inputs.grid)
    top = max(above + done - segmenter.overlap, 0) // step * step
    top = min(top, max(inputs.tiles.height - segmenter.tile, 0) // step * step)
    columns = slice(left, left + inputs.grid.width)
    reader = _Reader(inputs, top - above, columns)

    def probabilities(tiles: Floats) -> Floats:
        report.check_cancelled()
        return segmenter.probabilities(inputs.prepared(tiles))

    advance(done / height)
    batch, workers = _at_a_time(inputs, report)
    blended = map_tiles(
        reader,
        inputs.tiles.rows(top, inputs.tiles.height),
        probabilities,
        tile=segmenter.tile,
        overlap=segmenter.overlap,
        batch=batch,
        classes=len(segmenter.card.classes),
        workers=workers,
    )
    with closing(blended) as bands:  # type: ignore[type-var]
        for start, values in bands:
            report.check_cancelled()
            first = top - above + start  # of the map; tiles begin above it and end below
            row, stop = max(first, done), min(first + values.shape[1], height)
            if stop > row:
                predicted.write(row, values[:, row - first : stop - first, columns], reader.seen(row, stop))
                checkpoint.save(predicted, stop, last=stop == height)
                advance(stop / height)


class _Reader:
    """Reads the images, ahead in a thread of its own, and remembers which pixels of the map they show.

    Row 0 of what is read is row `first` of the map, which may lie above it; `columns` are those of the map.
    """

    def __init__(self, inputs: Predictable, first: int, columns: slice) -> None:
        self._inputs, self._first, self._columns = inputs, first, columns
        self._seen: deque[tuple[int, NDArray[np.bool_]]] = deque()  # first row, mask

    def __call__(self, start: int, stop: int) -> Floats:
        inputs, first, last = self._inputs, self._first + start, self._first + stop
        above = inputs.tiles.offset(inputs.grid)[0]
        values = inputs.read(inputs.tiles.rows(above + first, above + last))
        row, end = max(first, 0), min(last, inputs.grid.height)
        if row < end:
            self._seen.append((row, inputs.seen(row, values[:, row - first : end - first, self._columns])))
        return values

    def seen(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Which pixels of these rows of the map to map; to be asked for in order."""
        while self._seen[0][0] + len(self._seen[0][1]) <= start:
            self._seen.popleft()
        held = list(self._seen)
        return np.concatenate([mask[max(start - row, 0) : stop - row] for row, mask in held if row < stop])


def _at_a_time(inputs: Predictable, report: Report) -> tuple[int, int]:
    """Tiles of a batch, and batches at a time: the model's own, or less where memory is short, which is then said."""
    segmenter, budget = inputs.segmenter, budget_bytes()
    batch, workers = max(segmenter.batch, 1), segmenter.workers
    planes = inputs.planes + len(segmenter.card.classes)
    fixed = BASE + COPIES * 4 * segmenter.tile * max(inputs.tiles.width, segmenter.tile) * planes
    per_tile = segmenter.tile**2 * PER_PIXEL if segmenter.device == "cpu" else 0
    refuse_beyond_all(fixed + per_tile, inputs.tiles.width)
    if budget is None:
        return batch, workers
    wished = batch * workers
    while batch * workers > 1 and fixed + batch * workers * per_tile > budget:
        # On a CPU each worker is a core at work: smaller batches cost less.
        batch, workers = (batch // 2, workers) if batch > 1 else (batch, workers // 2)
    if batch * workers < wished:
        instead = f"the model looks at {_tiles(batch * workers)} at a time instead of {wished}"
        report.message(memory_is_short(budget, f"{instead}, which may take longer"))
    needed = fixed + batch * workers * per_tile
    if needed > budget:
        report.message(memory_may_not_do(needed, budget, "narrower"))
    return batch, workers


def _tiles(count: int) -> str:
    return "one tile" if count == 1 else f"{count} tiles"


class _Checkpoint:
    """Up to which row the files are whole."""

    def __init__(self, path: Path, identity: str) -> None:
        self._path, self._saved = path, time.monotonic()
        self._identity = hashlib.sha256(identity.encode()).hexdigest()

    def rows(self) -> int:
        """The first row that is still to do."""
        try:
            saved = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0
        return int(saved["rows"]) if saved["identity"] == self._identity else 0

    def save(self, predicted: Prediction, rows: int, *, last: bool) -> None:
        """Remember that all rows above `rows` are written, if the last time is a while ago or they are all."""
        if not last and time.monotonic() - self._saved < CHECKPOINT_S:
            return
        predicted.flush()
        part = self._path.with_suffix(".part")
        with explained(self._path):
            with part.open("w", encoding="utf-8") as file:
                json.dump({"identity": self._identity, "rows": rows}, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
        self._saved = time.monotonic()
