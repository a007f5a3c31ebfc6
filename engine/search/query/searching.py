"""The task `search`: from a query to hits, their thumbnails, and the scores of all tiles."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ... import __version__
from ...errors import InputError
from ...jobs.report import Report
from ...jobs.requests import SearchRequest
from ...jobs.result import Result
from ...raster.sink import check_writable
from ..index.lance import Table, TableError
from ..index.named import note_on
from ..index.store import Index
from .asking import Question, ask
from .background import SAMPLE, SEED
from .filtering import choose
from .heat import write_heat_map
from .hits import Hit, hits_at, thumbnails, write_hits, write_table
from .scanning import beyond_memory, scan
from .suppression import suppress
from .warm import Warm, encoder_of, index_of

__all__ = ["rank", "search"]

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]

BINS = 100  # of the histogram
CANDIDATES_PER_HIT, FEWEST_CANDIDATES = 20, 1024  # that are looked at for hits on different places
TOLD = 100  # hits in the result itself; the table has all, and all of each
TOLD_OF_A_HIT = (
    "rank",
    "tile",
    "score",
    "similarity",
    "source",
    "date",
    "window_m",
    "lon",
    "lat",
    "stale",
    "thumbnail",
)


@dataclass(frozen=True)
class Looked:
    """What was seen of the tiles that are searched.

    Attributes
    ----------
    scores : float32 [n]
        Of all of them in their order, or of a sample.
    tiles : int
        How many they are.
    best : callable
        Positions of about the best so many: fewer only if there are no more.
    """

    scores: Floats
    tiles: int
    best: Callable[[int], Positions]


def search(request: SearchRequest, report: Report) -> Result:
    """Find the best places of an index.

    Of tiles beyond memory the best are found by the index's table, if it has one that fits. Their scores are exact;
    that none was missed is not certain, and the histogram is that of a sample. A score map looks at all tiles.

    Raises
    ------
    GeoFMError
        If the index or the query cannot be used, or the outputs cannot be written; nothing is left behind then.
    """
    seconds: dict[str, float] = {}
    for name, path in request.outputs().items():
        if name != "thumbnails":
            check_writable(path)
    with _timed(seconds, "index"):
        warm = index_of(Path(request.index), report.check_cancelled)
        index = warm.index
    if not len(index):
        nothing = f"The index {request.index} holds no tile; add images to it."
        raise InputError(index.damage[-1] if index.damage else nothing)
    if not len(warm.background.sample):
        raise InputError(f"The vectors of the index {request.index} are damaged; refresh the index.")
    try:
        with _timed(seconds, "query"):
            encoder = encoder_of(index, request.device)
            question = ask(request, index, encoder, warm.background, warm.pictures[0])
        report.check_cancelled()
        with _timed(seconds, "filter"):
            chosen, notes = choose(index, request.aoi, request.date_from, request.date_to)
        with _timed(seconds, "scan"):
            looked = _looked(warm, question, chosen, all_scores=request.heat_map is not None)
        report.check_cancelled()
        with _timed(seconds, "ranking"):
            try:
                positions, best = rank(index, question, looked, request.top, request.threshold)
            except TableError as error:
                notes.append(str(error))
                looked = _by_scan(warm, question, chosen)
                positions, best = rank(index, question, looked, request.top, request.threshold)
        with _timed(seconds, "outputs"):
            notes += _score_map(request, index, chosen, looked.scores)
            hits = _hits(request, warm, question, positions, best, report)
            warnings = _warnings(index, question, notes, hits)
            more = _summary(request, index, question, looked, best, warnings)
            _write(request, hits, more)
    finally:
        for pictures in warm.pictures:
            pictures.close()
    for warning in warnings:
        report.message(warning)
    told = [{name: getattr(hit, name) for name in TOLD_OF_A_HIT} for hit in hits[:TOLD]]
    rounded = {name: round(value, 4) for name, value in seconds.items()}
    summary = {**more, "hits": told, "found": len(hits), "seconds": rounded}
    return Result(request.written(), request.name or more["query"], summary)


def _looked(warm: Warm, question: Question, chosen: Positions | None, *, all_scores: bool) -> Looked:
    """By the table where it saves reading; tiles that fit into memory are scanned, filters may leave so few."""
    tiles = None if chosen is None else len(chosen)
    if warm.table is None or all_scores or not beyond_memory(warm.index, tiles):
        return _by_scan(warm, question, chosen)
    return _by_table(warm, warm.table, question, chosen)


def _by_scan(warm: Warm, question: Question, chosen: Positions | None) -> Looked:
    codes = warm.large or beyond_memory(warm.index)
    scores = scan(warm.index, question.direction.weights, chosen, codes=codes)
    scores -= np.float32(question.direction.offset)

    def best(count: int) -> Positions:
        rows = torch.topk(torch.from_numpy(scores), min(count, len(scores)), sorted=False).indices.numpy()
        return rows if chosen is None else chosen[rows]

    return Looked(scores, len(scores), best)


def _by_table(warm: Warm, table: Table, question: Question, chosen: Positions | None) -> Looked:
    """Scores where the tiles do not fit in memory: the index's table finds the best, a sample gives the histogram."""
    sample = warm.background.sample
    if chosen is not None:
        few = np.random.default_rng(SEED).choice(len(chosen), min(SAMPLE, len(chosen)), replace=False)
        vectors = warm.index.vectors(chosen[np.sort(few)])
        vectors = vectors[np.isfinite(vectors).all(axis=1)]
        sample = vectors if len(vectors) else sample

    def best(count: int) -> Positions:
        return table.nearest(question.direction.weights, count, chosen)

    return Looked(question.direction.of(sample), len(warm.index) if chosen is None else len(chosen), best)


def rank(
    index: Index, question: Question, looked: Looked, top: int, threshold: float | None
) -> tuple[Positions, Floats]:
    """The best tiles on different places, with their exact scores, best first.

    Parameters
    ----------
    index : Index
    question : Question
    looked : Looked
    top : int
    threshold : float, optional

    Returns
    -------
    positions : int64 [n]
    scores : float32 [n]
        In single precision, from the fp16 vectors.
    """
    count, lowest = max(top * CANDIDATES_PER_HIT, FEWEST_CANDIDATES), -math.inf if threshold is None else threshold
    while True:
        positions = np.sort(looked.best(count))  # ties go to the first tile
        exact = question.direction.of(index.vectors(positions))
        order = np.argsort(-exact, kind="stable")
        order = order[exact[order] >= lowest]  # and no NaN (see `Index.vectors`)
        tiles = index.tiles(positions[order])
        boxes = np.stack([tiles[name] for name in ("west", "south", "east", "north")], axis=1)
        kept = order[suppress(boxes, _days(index, tiles), top)]
        if len(kept) >= top or (exact < lowest).any() or len(positions) < count or count >= looked.tiles:
            return positions[kept], exact[kept]
        count *= 4  # they lie close together


def _days(index: Index, tiles: NDArray[Any]) -> Positions:
    """The day of acquisition of each tile: the same ground on another day is another hit."""
    days = {number: (source.acquired or "")[:10] for number, source in index.sources.items()}
    names = sorted(set(days.values()))
    lookup = {number: names.index(day) for number, day in days.items()}
    sources, inverse = np.unique(tiles["source"], return_inverse=True)
    return np.array([lookup[int(number)] for number in sources], np.int64)[inverse]


def _hits(
    request: SearchRequest, warm: Warm, question: Question, positions: Positions, scores: Floats, report: Report
) -> list[Hit]:
    index = warm.index
    hits = hits_at(index, positions, scores, index.vectors(positions) @ question.wanted)
    if request.thumbnails:
        hits = thumbnails(request.thumbnails, index, warm.pictures, hits, positions, report.check_cancelled)
    return hits


def _warnings(index: Index, question: Question, notes: list[str], hits: list[Hit]) -> list[str]:
    warnings = [*question.notes, *notes, *index.damage]
    if not index.manifest.whole:
        warnings.append("The index is not finished yet: images are missing from it.")
    warnings += note_on([(path,) for path in sorted({hit.path for hit in hits})])
    for state, word in (("missing", "gone"), ("changed", "changed")):
        paths = sorted({hit.path for hit in hits if hit.stale == state})
        if paths:
            others = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            verb = "have" if len(paths) > 1 else "has"
            gone = "are" if len(paths) > 1 else "is"
            said = f"{gone} gone" if word == "gone" else f"{verb} changed"
            warnings.append(f"{paths[0]}{others} {said} since indexing; refresh the index.")
    return warnings


def _summary(
    request: SearchRequest, index: Index, question: Question, looked: Looked, best: Floats, warnings: list[str]
) -> dict[str, Any]:
    """What the panel and the command tell beside the hits."""
    scores = looked.scores
    low, high = float(scores.min()), float(scores.max())
    if len(scores) < looked.tiles:
        high = max(high, *best[:1].tolist())  # the best are not in the sample
    # Of a sample, about as many as there are.
    counts = torch.histc(torch.from_numpy(scores), BINS, low, high) * (looked.tiles / len(scores))
    return {
        "query": _title(request),
        "index": request.index,
        "model": index.about.title or index.about.model,
        "method": question.method,
        "tiles": len(index),
        "searched": looked.tiles,
        "histogram": {"low": low, "high": high, "counts": counts.round().long().tolist()},
        "warnings": warnings,
    }


def _score_map(request: SearchRequest, index: Index, chosen: Positions | None, scores: Floats) -> list[str]:
    """Write the raster of scores, if it is wanted; what there is to say of it."""
    if not request.heat_map:
        return []
    positions = np.arange(len(index)) if chosen is None else chosen
    model = index.about.title or index.about.model
    tags = {"method": f"GeoFM {__version__}, search", "query": _title(request), "model": model}
    coarser = write_heat_map(request.heat_map, index, positions, scores, tags)
    if coarser == 1:
        return []
    return [
        f"The images lie far apart: cells of the score map are {coarser} times larger than usual; choose an area "
        "around one place for finer ones."
    ]


def _write(request: SearchRequest, hits: list[Hit], more: dict[str, Any]) -> None:
    if request.hits:
        write_hits(request.hits, hits)
    if request.table:
        write_table(request.table, hits, more)


def _title(request: SearchRequest) -> str:
    """The query in a few words."""
    words = [phrase.strip() for phrase in request.texts]
    words += [f"like {Path(path).name}" for path in request.examples]
    words += ["like a place"] * (request.at is not None or request.like is not None)
    words += [f"not {phrase.strip()}" for phrase in request.negatives]
    words += [f"{len(request.good)} good and {len(request.bad)} bad marks"] * bool(request.good or request.bad)
    return ", ".join(words)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - started
