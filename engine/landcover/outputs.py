"""What a land-cover job leaves: class raster, confidence, probabilities, polygons, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import Card
from ..cards.classes import NODATA
from ..jobs.report import Report
from ..mapping import MapJob, MappedAreas, Origin
from ..raster.scratch_planes import ScratchPlanes
from ..raster.sink import ClassInfo, RasterSink
from ..raster.stream import READ_ROWS, bands
from ..segmentation.inputs import MapInputs, MapPlan
from ..segmentation.summary import metadata, summarise

__all__ = ["write_outputs"]


def write_outputs(
    job: MapJob,
    plan: MapPlan,
    inputs: MapInputs,
    classes: ScratchPlanes,
    percent: ScratchPlanes | None,
    small_pixels: int,
) -> dict[str, Any]:
    """Write what was asked for of a map, but for the report, whose content is returned.

    Parameters
    ----------
    job : MapJob
    plan : MapPlan
    inputs : MapInputs
    classes : ScratchPlanes
        Its first plane holds class indices, 255 where not observed or outside the AOI.
    percent : ScratchPlanes or None
        A plane per class: its probability in per cent.
    small_pixels : int
        Those below the minimum mapping unit.
    """
    card, hidden = inputs.segmenter.card, job.hidden_outputs()
    raster = hidden.get("map", job.report.checkpoints / "landcover.tif")
    tags = metadata(job, plan, card)
    with job.stage("writing"):
        areas = _write_rasters(inputs, classes, percent, hidden, raster, tags, job.report)
    with job.stage("polygons"):
        if "polygons" in hidden:
            names = {item.value: item.name for item in card.classes}
            job.write_layers(raster, names, inputs.area, tags, Origin(plan.image, inputs.image.acquired, card.title))
    return summarise(job, plan, inputs, areas, small_pixels)


def _class_infos(card: Card) -> tuple[ClassInfo, ...]:
    """The classes of a model as those of a class raster, and what stands for "not observed"."""
    infos = [ClassInfo(item.value, item.name, _rgb(item.color)) for item in card.classes]
    return (*infos, ClassInfo(NODATA, "not observed", (255, 255, 255)))


def _write_rasters(
    inputs: MapInputs,
    classes: ScratchPlanes,
    percent: ScratchPlanes | None,
    hidden: Mapping[str, Path],
    raster: Path,
    tags: Mapping[str, str],
    report: Report,
) -> MappedAreas:
    """Write the class raster and, where asked for, confidence and probabilities, and count the areas."""
    grid, card = inputs.grid, inputs.segmenter.card
    infos = _class_infos(card)
    values = np.full(256, NODATA, np.uint8)
    values[: len(card.classes)] = [item.value for item in card.classes]
    areas = MappedAreas(inputs.area, infos)
    with ExitStack() as stack:
        target = RasterSink(raster, grid, nodata=NODATA, bands=("land cover",), classes=infos, metadata=tags)
        stack.enter_context(target)
        further = {name: stack.enter_context(sink) for name, sink in _further_sinks(inputs, hidden, tags).items()}
        for band in bands(grid, READ_ROWS):
            report.check_cancelled()
            index = classes.read(band.start, band.stop)[0]
            cover = values[index]
            target.write(band.start, cover)
            areas.add(band.start, cover)
            if percent:
                shares = percent.read(band.start, band.stop)
                for name, sink in further.items():
                    sink.write(band.start, _of_class(index, shares) if name == "confidence" else shares)
    return areas


def _further_sinks(inputs: MapInputs, hidden: Mapping[str, Path], tags: Mapping[str, str]) -> dict[str, RasterSink]:
    """Those of confidence and probabilities, as far as they are asked for."""
    titles = {
        "confidence": ("confidence (%)",),
        "probabilities": tuple(f"{item.name} (%)" for item in inputs.segmenter.card.classes),
    }
    return {
        name: RasterSink(hidden[name], inputs.grid, nodata=NODATA, bands=bands, metadata=tags)
        for name, bands in titles.items()
        if name in hidden
    }


def _of_class(index: NDArray[np.uint8], shares: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The probability of each pixel's own class, uint8[H, W], from those of all."""
    known = index != NODATA
    own = np.take_along_axis(shares, np.where(known, index, 0)[np.newaxis].astype(np.intp), axis=0)[0]
    return np.where(known, own, NODATA).astype(np.uint8)


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue
