"""The task `flood`: from a request to the map, its polygons and its report."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..cards.card import read_card
from ..cards.floods import POLARISATIONS, flood_misfit
from ..cards.shelf import find
from ..errors import GeoFMError, InputError
from ..jobs.report import PartReport, Report
from ..jobs.requests import BY_HAND, WITHOUT_WEIGHTS, FloodRequest
from ..jobs.result import Result
from ..mapping import MapJob, identity
from ..raster.aoi import read_aoi
from .agreement import OtherMap, add_agreement
from .bands import band_rows
from .change import change_detector
from .dates import by_date, for_network
from .inputs import FloodPlan, Inputs
from .objects import Objects
from .observe import observe
from .outputs import write_outputs

__all__ = ["map_flood", "settled"]

# Share of the time that the first pass takes, which reads and filters: for a steady estimate of the time left.
FIRST_PASS_SHARE = 0.6
OF_WATER = {"flood": "Water map", "flood_polygons": "Water polygons"}  # names of layers, by their style


def map_flood(request: FloodRequest, report: Report) -> Result:
    """Map water and flood from Sentinel-1 backscatter: without trained weights, or by the network that is asked for.

    Parameters
    ----------
    request : FloodRequest
    report : Report

    Returns
    -------
    Result
        The summary holds areas in km² and ha, thresholds with their histograms or the network's card, warnings and
        timings.

    Raises
    ------
    GeoFMError
        If the inputs cannot be used or the outputs cannot be written; nothing is left behind then.
    """
    second = None
    if request.compare_with is not None:
        second = _second_map(request, report)
        report = PartReport(report, report.checkpoints, 1, 2)
    with MapJob(request, report) as job:
        plan = settled(request)
        if plan.model is not None:
            from .network import map_by_network  # which needs packages that maps without weights do without

            summary = map_by_network(job, plan, request.outputs())
        else:
            summary = _by_thresholds(job, plan)
        if second is not None:
            with job.stage("agreement"):
                add_agreement(job, plan, summary, second)
        return _named(job.finish(summary, _name(request, plan)), plan)


def _by_thresholds(job: MapJob, plan: FloodPlan) -> dict[str, Any]:
    """Write what was asked for of a map without trained weights, but for the report, which is returned."""
    report, folder = job.report, job.report.checkpoints
    inputs = job.enter_context(Inputs(plan))
    job.tell(inputs.warnings)
    with job.stage("reading and filtering"):
        rows = band_rows(inputs, plan.speckle_filter, report)
        advance = job.part(inputs.grid, 0, FIRST_PASS_SHARE)
        seen = job.enter_context(closing(observe(plan, inputs, folder, report, advance, rows)))
    with job.stage("thresholds"):
        detector = change_detector(seen, plan.threshold, plan.by_hand)
    # Other programs may have taken memory meanwhile.
    rows = band_rows(inputs, plan.speckle_filter, report, before=rows)
    advance = job.part(inputs.grid, FIRST_PASS_SHARE, 1)
    objects = Objects(detector, inputs.grid, inputs.min_pixels, folder, report, advance, rows)
    job.enter_context(closing(objects))
    return write_outputs(job, plan, inputs, seen, detector, objects)


def _second_map(request: FloodRequest, report: Report) -> OtherMap:
    """The map of the second method, in a folder of its own, from which a killed job goes on, too."""
    folder = report.checkpoints / "second"
    folder.mkdir(exist_ok=True)
    model = None if request.compare_with == WITHOUT_WEIGHTS else request.compare_with
    changed: dict[str, Any] = dict.fromkeys(request.destinations())
    if model is not None:
        changed |= dict.fromkeys(BY_HAND)
    changed |= {"model": model, "compare_with": None, "mask": str(folder / "map.tif")}
    asked = replace(request, **changed)
    try:
        result = map_flood(asked, PartReport(report, folder, 0, 2, quiet=True))
    except GeoFMError as error:
        error.field = "compare_with" if error.field == "model" else error.field
        raise
    return OtherMap(folder / "map.tif", result.summary)


def _name(request: FloodRequest, plan: FloodPlan) -> str:
    """Of the group of the results."""
    return request.event or f"Flood {Path(plan.dates[0][0]).stem}"


def _named(result: Result, plan: FloodPlan) -> Result:
    """Layers of one date that show water of unknown kind alone are not called those of a flood."""
    areas = result.summary["areas"]
    if len(plan.dates) > 1 or areas["flood"]["pixels"] or areas["permanent water"]["pixels"]:
        return result
    outputs = (replace(item, name=OF_WATER.get(item.style or "", item.name)) for item in result.outputs)
    return replace(result, outputs=tuple(outputs))


def settled(request: FloodRequest) -> FloodPlan:
    """The request as the stages below take it, with the AOI read."""
    dates, model = by_date(request.post, request.pre), None
    files, notes = dates.files, dates.notes
    if request.model is not None:
        model = find(request.model)
        card = read_card(model)
        if fault := flood_misfit(card, POLARISATIONS, len(files), display=False):
            raise InputError(fault[0], field=fault[1])
        chosen = for_network(files, card.dates - 1)
        files, notes = chosen.files, (*notes, *chosen.notes)
    return FloodPlan(
        dates=files,
        units=request.units,
        bands=request.bands,
        calibration=request.calibration,
        aoi=read_aoi(request.aoi) if request.aoi else None,
        dem=request.dem,
        hand=request.hand,
        permanent_water=request.permanent_water,
        permanent_from=request.permanent_from,
        permanent_to=request.permanent_to,
        speckle_filter=request.speckle_filter,
        speckle_window=request.speckle_window,
        threshold=request.threshold,
        by_hand={} if model else request.by_hand(),
        min_area_ha=request.min_area_ha,
        max_slope_deg=request.max_slope_deg,
        max_hand_m=request.max_hand_m,
        identity=identity(request, request.inputs()),
        moved=notes,
        model=model,
        device=request.device,
    )
