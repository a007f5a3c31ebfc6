"""What a flood job leaves: the map, its confidence, a picture, polygons, and what is said of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..errors import InputError
from ..jobs.requests import WITHOUT_WEIGHTS
from ..mapping import MapJob, MappedAreas, Origin
from ..raster.sink import RasterSink
from .change import ChangeDetector
from .classes import CLASSES, DRY, FLOOD, MAP, PERMANENT, UNKNOWN
from .inputs import FloodPlan, Inputs
from .objects import Objects
from .observe import Observation
from .picture import Picture
from .summary import METHOD, summarise

__all__ = ["Details", "write_map", "write_outputs"]

Classes = NDArray[np.uint8]
Image = NDArray[np.float32]
Details = Callable[[int, Classes], tuple[Classes | None, Image | None]]
"""(row of the area, its classes) -> confidence in per cent, 255 as in the classes; darkness in dB. What is not asked
for may be None."""


def write_outputs(
    job: MapJob, plan: FloodPlan, inputs: Inputs, seen: Observation, detector: ChangeDetector, objects: Objects
) -> dict[str, Any]:
    """Write what was asked for of a map, but for the report, whose content is returned."""
    tags = {**job.tags(METHOD, {"post": plan.dates[0], "pre": plan.dates[1:]}), **_thresholds(detector)}
    origin = Origin(plan.dates[0], inputs.acquired()[0], WITHOUT_WEIGHTS)
    areas = write_map(job, inputs, objects.classes(), partial(_evidence_of, inputs, detector), tags, origin)
    return summarise(job, plan, inputs, seen, detector, objects.seen, areas)


def write_map(
    job: MapJob,
    inputs: Inputs,
    rows: Generator[tuple[int, Classes]],
    details: Details,
    tags: Mapping[str, str],
    origin: Origin,
) -> MappedAreas:
    """Write the rasters, the polygons and the picture that were asked for, and count the areas.

    Parameters
    ----------
    job : MapJob
    inputs : Inputs
    rows : generator of (int, uint8[H, W])
        First row and classes of each band of `inputs.grid`, from the top.
    details : Details
    tags : mapping of str to str
        Of all files.
    origin : Origin
    """
    hidden = job.hidden_outputs()
    mask = hidden.get("mask", job.report.checkpoints / "mask.tif")
    with job.stage("classes"):
        areas = _write_rasters(inputs, rows, details, hidden, mask, tags)
    with job.stage("polygons"):
        if "polygons" in hidden:
            names = {item.value: item.name for item in CLASSES if item.value in (PERMANENT, FLOOD, UNKNOWN)}
            job.write_layers(mask, names, inputs.area, tags, origin)
    return areas


def _thresholds(detector: ChangeDetector) -> dict[str, str]:
    """Those of each time, as tags."""
    times = {"THRESHOLDS_DB": detector.after, "THRESHOLDS_BEFORE_DB": detector.before}
    return {name: json.dumps([round(value, 2) for value in model.thresholds]) for name, model in times.items() if model}


def _write_rasters(
    inputs: Inputs,
    whole: Generator[tuple[int, Classes]],
    details: Details,
    hidden: Mapping[str, Path],
    mask: Path,
    tags: Mapping[str, str],
) -> MappedAreas:
    """Write the class raster and, where asked for, the confidence and the picture, and count the areas."""
    areas, grid = MappedAreas(inputs.area, CLASSES), inputs.area.grid
    picture = Picture(grid) if "quicklook" in hidden else None
    with ExitStack() as stack:
        rows = stack.enter_context(closing(whole))
        sink = stack.enter_context(RasterSink(mask, grid, nodata=NODATA, bands=(MAP,), classes=CLASSES, metadata=tags))
        confidence = None
        if "confidence" in hidden:
            confidence = stack.enter_context(
                RasterSink(hidden["confidence"], grid, nodata=NODATA, bands=("confidence (%)",), metadata=tags)
            )
        for row, classes in _within(inputs, rows):
            sink.write(row, classes)
            areas.add(row, classes)
            if confidence or picture:
                percent, darkness = details(row, classes)
                if confidence and percent is not None:
                    confidence.write(row, percent)
                if picture and darkness is not None:
                    picture.add(row, classes, darkness)
    if not areas.observed:
        raise InputError("The post-event image holds no observed pixel within the area: check its nodata and the AOI.")
    if picture:
        picture.write(hidden["quicklook"])
    return areas


def _within(inputs: Inputs, rows: Iterable[tuple[int, Classes]]) -> Iterator[tuple[int, Classes]]:
    """The rows of the area out of those that the job worked on; what lies outside the AOI is not observed."""
    first, columns, height = inputs.surroundings.row, inputs.surroundings.columns, inputs.area.grid.height
    for row, classes in rows:
        start, stop = max(row - first, 0), min(row + classes.shape[0] - first, height)
        if start < stop:
            cut = classes[start + first - row : stop + first - row, columns]
            inside = inputs.area.inside(start, stop)
            yield start, cut if inside is None else np.where(inside, cut, np.uint8(NODATA))


def _evidence_of(inputs: Inputs, detector: ChangeDetector, row: int, classes: Classes) -> tuple[Classes, Image]:
    """Confidence and darkness of rows of the area."""
    margin, columns = inputs.surroundings.row, inputs.surroundings.columns
    evidence = detector.evidence(margin + row, margin + row + classes.shape[0])
    percent = _confidence(classes, evidence.joint[:, columns], fallback=detector.after.fallback)
    return percent, evidence.darkness[:, columns]


def _confidence(classes: Classes, joint: NDArray[np.float32], *, fallback: bool) -> Classes:
    """How far the evidence speaks for the class, in per cent: a logistic of the score, not a calibrated probability."""
    water = 1 / (1 + np.exp(-2 * joint))
    share = np.where(classes == DRY, 1 - water, water)
    if fallback:
        # Fixed thresholds, with no land-water contrast in the scene to support them.
        share = np.where(classes == DRY, share, np.minimum(share, 0.5))
    percent: Classes = np.rint(share * 100).astype(np.uint8)
    percent[classes == NODATA] = NODATA
    return percent
