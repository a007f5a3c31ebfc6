"""The task `landcover`: from a request to the map, its polygons and its report."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ..jobs.clock import Clock
from ..jobs.publishing import write_report
from ..jobs.report import Report
from ..jobs.requests import LandcoverRequest
from ..jobs.result import Result
from ..raster.grid import Grid
from ..raster.sink import atomic, check_writable
from ..segmentation.inputs import MapInputs
from ..segmentation.predicting import predict
from ..segmentation.summary import metadata, summarise
from .merging import merge_small
from .outputs import outputs_of, write_layers, write_rasters

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
    for path in request.outputs().values():
        check_writable(path)
    clock = Clock()
    with ExitStack() as stack:
        with clock.stage("opening"):
            inputs = stack.enter_context(MapInputs(request))
        for warning in inputs.warnings:
            report.message(warning)
        progress = _Progress(report, inputs.grid, merges=inputs.min_pixels > 1)
        with clock.stage("prediction"):
            predicted = predict(request, inputs, report, progress.predicted)
            stack.callback(predicted.close)
        classes, small = predicted.classes, 0
        if inputs.min_pixels > 1:
            with clock.stage("minimum mapping unit"):
                count = len(inputs.segmenter.card.classes)
                args = inputs.grid, count, inputs.min_pixels, report, progress.merged
                classes, small = merge_small(classes, report.checkpoints, *args)
                stack.callback(classes.close)
        staged = {name: stack.enter_context(atomic(path)) for name, path in request.outputs().items()}
        raster = staged.get("map", report.checkpoints / "landcover.tif")
        tags = metadata(request, inputs.segmenter.card)
        with clock.stage("writing"):
            areas = write_rasters(inputs, classes, predicted.percent, staged, raster, tags, report)
        report.check_cancelled()
        with clock.stage("polygons"):
            if "polygons" in staged:
                write_layers(inputs, raster, staged["polygons"], tags)
        summary = summarise(request, inputs, areas, small, clock.seconds)
        for warning in summary["warnings"][len(inputs.warnings) :]:
            report.message(warning)
        if "report" in staged:
            write_report(staged["report"], summary)
        progress.done()
        report.check_cancelled()  # the last chance: the outputs appear next
    return Result(outputs_of(request), request.name or f"Land cover {Path(request.image[0]).stem}", summary)


class _Progress:
    """One steady measure of progress over passes of unequal cost, in megapixels of the map."""

    def __init__(self, report: Report, grid: Grid, *, merges: bool) -> None:
        self._report = report
        self._first = PREDICTION if merges else PREDICTION + MERGING
        self._megapixels = grid.height * grid.width / 1e6

    def predicted(self, share: float) -> None:
        """So much of the first pass is done."""
        self._tell(self._first * share)

    def merged(self, share: float) -> None:
        """So much of the small patches is done."""
        self._tell(self._first + MERGING * share)

    def done(self) -> None:
        """All is written."""
        self._tell(1.0)

    def _tell(self, share: float) -> None:
        self._report.progress(share * self._megapixels, self._megapixels, "Mpx")
