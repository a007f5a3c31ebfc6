"""About how long a training takes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Optional

from ..engine.jobs.job import SUCCEEDED, Job
from ..engine.jobs.requests import TrainRequest
from ..engine.jobs.requests.networks import PRESETS
from ..labels.counts import LabelCounts
from ..project.imagery import ImageFacts
from ..settings import Settings

__all__ = ["Size", "seconds_of_training", "size_of"]

START_S = 3.0  # Python, its libraries, the images
# Quick learns twice, without the validation polygons and with all. Seconds of one core.
POLYGON_S, PIXEL_S, MOST_PIXELS = 0.06, 8e-5, 120_000
JUDGE_S = 3.0  # of one core to judge an epoch of a network
MOST_USEFUL_CORES = 8  # chips this small do not keep more of them busy


class Size(NamedTuple):
    """What a training has to learn from."""

    polygons: int
    pixels: float


def seconds_of_training(
    counts: LabelCounts, images: Sequence[ImageFacts], jobs: Iterable[Job] = (), epochs: Optional[int] = None
) -> dict[str, Optional[float]]:
    """Seconds by preset, None where nothing is chosen yet; of a network if it learns as long as it may.

    What the last training of a preset on this computer took, against what this gives for it, is the measure: it knows
    the processor, the graphics card and what else is going on.

    Parameters
    ----------
    counts : LabelCounts
    images : sequence of ImageFacts
    jobs : iterable of Job
        Of the queue, in any state.
    epochs : int, optional
        As the user wants them; default: the preset's own.
    """
    size = size_of(counts)
    if not images or not size.polygons:
        return dict.fromkeys(PRESETS)
    pace = _pace(jobs)
    return {preset: _seconds(preset, size, epochs) * pace.get(preset, 1.0) for preset in PRESETS}


def size_of(counts: LabelCounts) -> Size:
    """All polygons that touch an image."""
    classes = counts.classes.values()
    return Size(sum(count.polygons for count in classes), sum(count.pixels or 0.0 for count in classes))


def _seconds(preset: str, size: Size, epochs: Optional[int]) -> float:
    row = PRESETS[preset]
    cores = min(Settings().threads or max(1, (os.cpu_count() or 1) - 1), MOST_USEFUL_CORES)
    if row.epochs is None:
        return START_S + (size.polygons * POLYGON_S + min(size.pixels, MOST_PIXELS) * PIXEL_S) / cores
    steps = max(row.least_steps, -(-size.polygons // row.batch))
    return START_S + (epochs or row.epochs) * (steps * row.step_s + JUDGE_S) / cores


def _pace(jobs: Iterable[Job]) -> dict[str, float]:
    """How much longer the last training of each preset took than the figures above say."""
    pace = {}
    for job in jobs:
        if job.kind == TrainRequest.kind and job.state == SUCCEEDED and job.result is not None:
            pace.update(_pace_of(job.result.summary))
    return pace


def _pace_of(summary: dict[str, Any]) -> dict[str, float]:
    preset, classes = summary.get("preset"), summary.get("classes", ())
    seconds = (summary.get("seconds") or {}).get("total")
    if preset not in PRESETS or not seconds or not classes:
        return {}
    pixels = sum(item["pixels"] + item["validation_pixels"] for item in classes)
    size = Size(sum(item["polygons"] for item in classes), pixels)
    return {preset: (START_S + seconds) / _seconds(preset, size, summary.get("epochs"))}
