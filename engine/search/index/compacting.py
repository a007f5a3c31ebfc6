"""Gives back the room of tiles that no image of the index stands behind any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from .checking import Damage, lost_rows
from .manifest import Manifest, Source
from .segments import FOLDER, SUFFIXES, TILE, SegmentWriter, paths_of

__all__ = ["compacted", "join_runs", "remove_unused"]

COPIED_TOGETHER = 8192  # rows
LEAST_LIVE = 0.5  # share of a segment's rows; a segment with fewer is written again


def compacted(folder: Path, manifest: Manifest, damage: Mapping[int, Damage]) -> Manifest:
    """The manifest after rows that still count were copied out of segments that are mostly dead, or damaged.

    Segments that have lost rows which still count are left as they are.

    The new rows are on the disk; the old files are no longer referred to, and go with `remove_unused` once the manifest
    is written.
    """
    live = {segment.number: 0 for segment in manifest.segments}
    hurt = set()
    for source in manifest.sources:
        for run in source.runs:
            number, start, stop = run
            live[number] = live.get(number, 0) + stop - start
            if lost_rows(run, damage):
                hurt.add(number)
    sparse = {
        part.number
        for part in manifest.segments
        if part.number not in hurt and (live[part.number] < LEAST_LIVE * part.count or part.number in damage)
    }
    if not sparse:
        return manifest
    kept = tuple(part for part in manifest.segments if part.number not in sparse)
    dimension = manifest.about.dimension
    with SegmentWriter(folder, kept, manifest.next_segment, dimension, damage) as writer:
        sources = tuple(
            _moved(folder, source, sparse, writer, dimension)
            if any(run[0] in sparse for run in source.runs)
            else source
            for source in manifest.sources
        )
        writer.commit()
        return replace(manifest, sources=sources, segments=writer.segments, next_segment=writer.next_segment)


def remove_unused(folder: Path, manifest: Manifest) -> None:
    """Remove segment files that the manifest does not know; what another program holds open stays until next time."""
    known = {path.name for part in manifest.segments for path in paths_of(folder, part.number).values()}
    for path in (folder / FOLDER).glob("*"):
        if path.name not in known and path.suffix[1:] in SUFFIXES:
            try:
                path.unlink()
            except OSError:
                continue


def join_runs(runs: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """The same rows with runs that follow each other made one."""
    joined: list[tuple[int, int, int]] = []
    for number, start, stop in runs:
        if joined and joined[-1][0] == number and joined[-1][2] == start:
            joined[-1] = (number, joined[-1][1], stop)
        else:
            joined.append((number, start, stop))
    return tuple(joined)


def _moved(folder: Path, source: Source, sparse: set[int], writer: SegmentWriter, dimension: int) -> Source:
    runs: list[tuple[int, int, int]] = []
    for number, start, stop in source.runs:
        if number not in sparse:
            runs.append((number, start, stop))
            continue
        paths = paths_of(folder, number)
        for first in range(start, stop, COPIED_TOGETHER):
            count = min(COPIED_TOGETHER, stop - first)
            vectors = np.fromfile(paths["vectors"], np.float16, count * dimension, offset=2 * first * dimension)
            tiles = np.fromfile(paths["tiles"], TILE, count, offset=first * TILE.itemsize)
            runs += writer.append(vectors.reshape(count, dimension), tiles)
    return replace(source, runs=join_runs(runs))
