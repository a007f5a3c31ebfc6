"""The task `flood`: from a request to the map, its polygons and its report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..jobs.publishing import write_report
from ..jobs.report import Report
from ..jobs.requests import FloodRequest
from ..jobs.result import Output, Result
from ..raster.areas import ClassAreas
from ..raster.polygons import add_outline, write_polygons
from ..raster.sink import RasterSink, atomic, check_writable
from .bands import band_rows
from .change import Evidence, Judge
from .classes import CLASSES, DRY, FLOOD, NOT_OBSERVED, PERMANENT, UNKNOWN
from .inputs import Inputs
from .objects import PASSES, Objects
from .observe import Observation, observe
from .picture import Picture
from .summary import Found, metadata, summarise
from .water import WaterModel, fallback_model, fit_water

__all__ = ["map_flood"]

# Share of the time that the first pass takes, which reads and filters: for a steady estimate of the time left.
FIRST_PASS_SHARE = 0.6
LAYER, AOI_LAYER = "flood", "aoi"  # of the GeoPackage
OUTSIDE = np.uint8(254)  # no class: pixels beyond the AOI belong to no area, not even to that which was not observed


def map_flood(request: FloodRequest, report: Report) -> Result:
    """Map water and flood from Sentinel-1 backscatter, without trained weights.

    Parameters
    ----------
    request : FloodRequest
    report : Report

    Returns
    -------
    Result
        The summary holds areas in km² and ha, thresholds with their histograms, warnings and timings.

    Raises
    ------
    GeoFMError
        If the inputs cannot be used or the outputs cannot be written; nothing is left behind then.
    """
    for path in request.outputs().values():
        check_writable(path)
    clock = _Clock()
    with ExitStack() as stack:
        inputs = stack.enter_context(Inputs(request))
        for warning in inputs.warnings:
            report.message(warning)
        progress = _Progress(report, inputs)
        with clock.stage("reading and filtering"):
            rows = band_rows(request, inputs, report)
            seen = observe(request, inputs, report.checkpoints, report, progress.first_pass, rows)
            stack.callback(seen.scratch.close)
        with clock.stage("thresholds"):
            after, before = _models(request, inputs, seen)
        rows = band_rows(request, inputs, report, before=rows)  # other programs may have taken memory meanwhile
        judge = Judge(seen, inputs.physics, after, before)
        found = Found(ClassAreas(inputs.grid, [item.value for item in CLASSES]))
        objects = Objects(inputs, judge, report.checkpoints, report, progress.later, rows, found.add)
        stack.callback(objects.close)
        staged = {name: stack.enter_context(atomic(path)) for name, path in request.outputs().items()}
        mask = staged.get("mask", report.checkpoints / "mask.tif")
        tags = metadata(request, after, before)
        with clock.stage("classes"):
            _write_rasters(inputs, judge, objects, found, staged, mask, tags, fallback=after.fallback)
        report.check_cancelled()
        with clock.stage("polygons"):
            if "polygons" in staged:
                _write_layers(inputs, mask, staged["polygons"], tags)
        summary = summarise(request, inputs, seen, after, before, found, clock.seconds)
        for warning in summary["warnings"][len(inputs.warnings) :]:
            report.message(warning)
        if "report" in staged:
            write_report(staged["report"], summary)
        report.check_cancelled()  # the last chance: the outputs appear next
    return Result(_outputs(request), _group(request), summary)


def _models(request: FloodRequest, inputs: Inputs, seen: Observation) -> tuple[WaterModel, WaterModel | None]:
    """What water looks like after and before; a date without water of its own is judged by the other's."""
    after = fit_water(seen.post, inputs.physics, request.threshold)
    if inputs.dates == 1:
        return after or fallback_model(seen.post, inputs.physics), None
    before = fit_water(seen.pre, inputs.physics, request.threshold)
    fallback = fallback_model(seen.post, inputs.physics)
    return after or _borrowed(before) or fallback, before or _borrowed(after) or fallback


def _borrowed(model: WaterModel | None) -> WaterModel | None:
    return model and replace(model, borrowed=True)


def _write_rasters(
    inputs: Inputs,
    judge: Judge,
    objects: Objects,
    found: Found,
    staged: dict[str, Path],
    mask: Path,
    tags: dict[str, str],
    *,
    fallback: bool,
) -> None:
    """Write the class raster and, where asked for, the confidence and the picture."""
    grid = inputs.grid
    picture = Picture(grid) if "quicklook" in staged else None
    with ExitStack() as stack:
        rows = stack.enter_context(closing(objects.classes()))
        sink = stack.enter_context(
            RasterSink(mask, grid, nodata=NOT_OBSERVED, bands=("flood map",), classes=CLASSES, metadata=tags)
        )
        confidence = None
        if "confidence" in staged:
            confidence = stack.enter_context(
                RasterSink(staged["confidence"], grid, nodata=255, bands=("confidence (%)",), metadata=tags)
            )
        for row, classes in rows:
            sink.write(row, classes)
            inside = inputs.inside(row, row + classes.shape[0])
            found.areas.add(row, classes if inside is None else np.where(inside, classes, OUTSIDE))
            if confidence or picture:
                evidence = judge.evidence(row, row + classes.shape[0])
                if confidence:
                    confidence.write(row, _confidence(classes, evidence, fallback=fallback))
                if picture:
                    picture.add(row, classes, evidence.darkness)
    if picture:
        picture.write(staged["quicklook"])


def _write_layers(inputs: Inputs, mask: Path, target: Path, tags: dict[str, str]) -> None:
    """Write the polygons and, where there is one, the area of interest."""
    names = {item.value: item.name for item in CLASSES if item.value in (PERMANENT, FLOOD, UNKNOWN)}
    write_polygons(mask, target, names, layer=LAYER, metadata=tags)
    area = inputs.area_of_interest()
    if area is not None:
        add_outline(target, area, inputs.grid.crs, layer=AOI_LAYER)


def _confidence(classes: NDArray[np.uint8], evidence: Evidence, *, fallback: bool) -> NDArray[np.uint8]:
    """How far the evidence speaks for the class, in per cent: a logistic of the score, not a calibrated probability."""
    water = 1 / (1 + np.exp(-2 * evidence.joint))
    share = np.where(classes == DRY, 1 - water, water)
    if fallback:
        # Fixed thresholds, with no land-water contrast in the scene to support them.
        share = np.where(classes == DRY, share, np.minimum(share, 0.5))
    percent: NDArray[np.uint8] = np.rint(share * 100).astype(np.uint8)
    percent[classes == NOT_OBSERVED] = 255
    return percent


def _outputs(request: FloodRequest) -> tuple[Output, ...]:
    kinds = {
        "polygons": ("vector", "Flood polygons", "flood_polygons"),
        "mask": ("raster", "Flood map", "flood"),
        "confidence": ("raster", "Confidence (%)", "confidence"),
        "report": ("table", "Flood report", None),
        "quicklook": ("picture", "Map picture", None),
    }
    paths = request.outputs()
    if request.aoi is None or request.polygons is None:
        return tuple(Output(paths[name], *kind) for name, kind in kinds.items() if name in paths)
    # Two layers in one file: QGIS's way of naming each.
    layers = {name: f"{request.polygons}|layername={name}" for name in (LAYER, AOI_LAYER)}
    paths["polygons"] = layers[LAYER]
    area = Output(layers[AOI_LAYER], "vector", "Area of interest", "aoi")
    return (*(Output(paths[name], *kind) for name, kind in kinds.items() if name in paths), area)


def _group(request: FloodRequest) -> str:
    return request.event or f"Flood {Path(request.post[0]).stem}"


class _Clock:
    """Seconds spent in each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the body of a `with` block."""
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)


class _Progress:
    """One steady measure of progress over passes of unequal cost, in megapixels of the map."""

    def __init__(self, report: Report, inputs: Inputs) -> None:
        self._report = report
        self._height = inputs.grid.height
        self._megapixels = inputs.grid.height * inputs.grid.width / 1e6

    def first_pass(self, rows: int) -> None:
        """So many rows have been read and filtered."""
        self._tell(FIRST_PASS_SHARE * rows / self._height)

    def later(self, rows: int) -> None:
        """So many rows, over all later passes, have been worked on."""
        self._tell(FIRST_PASS_SHARE + (1 - FIRST_PASS_SHARE) * rows / (PASSES * self._height))

    def _tell(self, share: float) -> None:
        self._report.progress(share * self._megapixels, self._megapixels, "Mpx")
