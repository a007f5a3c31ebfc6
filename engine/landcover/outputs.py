"""The files of a land-cover map: class raster, confidence, probabilities, polygons."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..cards.card import Card
from ..jobs.report import Report
from ..jobs.requests import LandcoverRequest
from ..jobs.result import Output
from ..raster.areas import ClassAreas
from ..raster.polygons import add_outline, write_polygons
from ..raster.rows import Rows
from ..raster.sink import ClassInfo, RasterSink
from ..raster.stream import READ_ROWS, bands
from ..segmentation.inputs import MapInputs
from ..segmentation.predicting import NOT_OBSERVED

__all__ = ["AOI_LAYER", "LAYER", "class_infos", "outputs_of", "write_layers", "write_rasters"]

LAYER, AOI_LAYER = "landcover", "aoi"  # of the GeoPackage


def class_infos(card: Card) -> tuple[ClassInfo, ...]:
    """The classes of a model as those of a class raster, and what stands for "not observed"."""
    infos = [ClassInfo(item.value, item.name, _rgb(item.color)) for item in card.classes]
    return (*infos, ClassInfo(NOT_OBSERVED, "not observed", (255, 255, 255)))


def write_rasters(
    inputs: MapInputs,
    classes: Rows,
    percent: Rows | None,
    staged: Mapping[str, Path],
    raster: Path,
    tags: Mapping[str, str],
    report: Report,
) -> ClassAreas:
    """Write the class raster and, where asked for, confidence and probabilities, and count the areas.

    Parameters
    ----------
    inputs : MapInputs
    classes : Rows
        Its first plane holds class indices, 255 where not observed or outside the AOI.
    percent : Rows or None
        A plane per class: its probability in per cent.
    staged : mapping of str to Path
        Where to write, by the field of the request.
    raster : Path
        Of the class raster.
    tags : mapping of str to str
    report : Report

    Returns
    -------
    ClassAreas
        Of the area of interest.
    """
    grid, card = inputs.grid, inputs.segmenter.card
    infos = class_infos(card)
    values = np.full(256, NOT_OBSERVED, np.uint8)
    values[: len(card.classes)] = [item.value for item in card.classes]
    areas = ClassAreas(grid, [item.value for item in infos])
    outside = np.uint8(next((value for value in range(254, -1, -1) if value not in values), NOT_OBSERVED))
    with ExitStack() as stack:
        target = RasterSink(raster, grid, nodata=NOT_OBSERVED, bands=("land cover",), classes=infos, metadata=tags)
        stack.enter_context(target)
        further = {name: stack.enter_context(sink) for name, sink in _further_sinks(inputs, staged, tags).items()}
        for band in bands(grid, READ_ROWS):
            report.check_cancelled()
            index = classes.read(band.start, band.stop)[0]
            cover = values[index]
            target.write(band.start, cover)
            inside = inputs.inside(band.start, band.stop)
            areas.add(band.start, cover if inside is None else np.where(inside, cover, outside))
            if percent:
                shares = percent.read(band.start, band.stop)
                for name, sink in further.items():
                    sink.write(band.start, _of_class(index, shares) if name == "confidence" else shares)
    return areas


def _further_sinks(inputs: MapInputs, staged: Mapping[str, Path], tags: Mapping[str, str]) -> dict[str, RasterSink]:
    """Those of confidence and probabilities, as far as they are asked for."""
    titles = {
        "confidence": ("confidence (%)",),
        "probabilities": tuple(f"{item.name} (%)" for item in inputs.segmenter.card.classes),
    }
    return {
        name: RasterSink(staged[name], inputs.grid, nodata=NOT_OBSERVED, bands=bands, metadata=tags)
        for name, bands in titles.items()
        if name in staged
    }


def write_layers(inputs: MapInputs, raster: Path, target: Path, tags: Mapping[str, str]) -> None:
    """Write the polygons and, where there is one, the area of interest."""
    card = inputs.segmenter.card
    write_polygons(raster, target, {item.value: item.name for item in card.classes}, layer=LAYER, metadata=tags)
    if inputs.aoi is not None:
        add_outline(target, inputs.aoi.outline_in(inputs.grid.crs), inputs.grid.crs, layer=AOI_LAYER)


def outputs_of(request: LandcoverRequest) -> tuple[Output, ...]:
    """What the request writes, in the order in which layers are shown."""
    kinds = {
        "polygons": ("vector", "Land cover polygons", "landcover_polygons"),
        "map": ("raster", "Land cover", None),
        "confidence": ("raster", "Confidence (%)", "confidence"),
        "probabilities": ("raster", "Class probabilities (%)", "probabilities"),
        "report": ("table", "Land cover report", None),
    }
    paths = request.outputs()
    if request.aoi is None or request.polygons is None:
        return tuple(Output(paths[name], *kind) for name, kind in kinds.items() if name in paths)
    # Two layers in one file: QGIS's way of naming each.
    layers = {name: f"{request.polygons}|layername={name}" for name in (LAYER, AOI_LAYER)}
    paths["polygons"] = layers[LAYER]
    area = Output(layers[AOI_LAYER], "vector", "Area of interest", "aoi")
    return (*(Output(paths[name], *kind) for name, kind in kinds.items() if name in paths), area)


def _of_class(index: NDArray[np.uint8], shares: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The probability of each pixel's own class, uint8[H, W], from those of all."""
    known = index != NOT_OBSERVED
    own = np.take_along_axis(shares, np.where(known, index, 0)[np.newaxis].astype(np.intp), axis=0)[0]
    return np.where(known, own, NOT_OBSERVED).astype(np.uint8)


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue
