"""The task `landcover`: from a request to the map, its polygons and its report."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ..cards.shelf import find
from ..jobs.report import Report
from ..jobs.requests import LandcoverRequest
from ..jobs.result import Result
from ..mapping import MapJob, identity
from ..raster.aoi import read_aoi
from ..segmentation.inputs import MapInputs, MapPlan
from ..segmentation.merging import merge_small
from ..segmentation.predicting import predict
from .outputs import write_outputs

__all__ = ["map_landcover"]

# Shares of the time that the passes take with a small network, for a steady estimate of the time left.
PREDICTION, MERGING = 0.9, 0.07


def map_landcover(request: LandcoverRequest, report: Report) -> Result:
    """Map land cover with any segmentation model, over a raster of any size.

    Parameters
    ----------
    request : LandcoverRequest
    report : Report

    Returns
    -------
    Result
        The summary holds areas in km² and ha, the classes with their colours, the model's card, warnings and timings.

    Raises
    ------
    GeoFMError
        If the inputs or the model cannot be used, do not fit each other, or the outputs cannot be written; nothing is
        left behind then.

    Notes
    -----
    Overlapping tiles are blended on probabilities by `raster.stream.map_tiles`; memory grows with the width, the rows
    of a tile and the number of bands and classes, not with the height. The first pass keeps its verdict in plain files
    under `report.checkpoints`, from which a killed job goes on; the passes after it read those.
    """
    with MapJob(request, report) as job:
        plan = _settled(request)
        with job.stage("opening"):
            inputs = job.enter_context(MapInputs(plan))
        job.tell(inputs.warnings)
        grid, merges = inputs.grid, inputs.min_pixels > 1
        predicted_share = PREDICTION if merges else PREDICTION + MERGING
        with job.stage("prediction"):
            predicted = predict(inputs, report, job.part(grid, 0, predicted_share), shares=plan.shares)
            job.enter_context(closing(predicted))
        classes, small = predicted.classes, 0
        if merges:
            with job.stage("minimum mapping unit"):
                count, advance = len(inputs.segmenter.card.classes), job.part(grid, PREDICTION, PREDICTION + MERGING)
                folder = report.checkpoints
                classes, small = merge_small(classes, folder, grid, count, inputs.min_pixels, report, advance)
                job.enter_context(closing(classes))
        summary = write_outputs(job, plan, inputs, classes, predicted.percent, small)
        job.part(grid, 0, 1)(1.0)
        return job.finish(summary, request.name or f"Land cover {Path(request.image[0]).stem}")


def _settled(request: LandcoverRequest) -> MapPlan:
    """The request as the stages below take it, with the AOI read and the model found."""
    return MapPlan(
        image=request.image,
        bands=request.bands,
        model=find(request.model),
        device=request.device,
        augment=request.augment,
        aoi=read_aoi(request.aoi) if request.aoi else None,
        min_area_ha=request.min_area_ha,
        shares=request.confidence is not None or request.probabilities is not None,
        identity=identity(request, [*request.image, *([request.aoi] if request.aoi else [])]),
    )
