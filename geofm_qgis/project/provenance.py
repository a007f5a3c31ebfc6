"""How a layer came about, as metadata that QGIS saves with the project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Optional

from qgis.core import QgsBox3d, QgsDateTimeRange, QgsLayerMetadata, QgsMapLayer
from qgis.PyQt.QtCore import QDateTime, Qt

from ..engine.jobs.areas import square_metres
from ..engine.jobs.requests import Request
from ..engine.jobs.result import Output, Result
from ..plain_text import in_html
from ..translation import area_text, tr

__all__ = ["layer_metadata", "origins"]

# Told in words of their own.
INPUTS = ("post", "pre", "aoi", "dem", "hand", "permanent_water", "image", "images", "labels")


def layer_metadata(layer: QgsMapLayer, output: Output, result: Result, request: Request) -> QgsLayerMetadata:
    """Inputs, parameters, method, version, dates and thresholds of a job's output; QGIS shows all texts as HTML.

    Parameters
    ----------
    layer : QgsMapLayer
        The opened output, which tells CRS and extent.
    output : Output
    result : Result
    request : Request
        What the job was asked to do.
    """
    summary = result.summary
    metadata = QgsLayerMetadata()
    metadata.setIdentifier(in_html(output.path))
    metadata.setType("dataset")
    metadata.setLanguage("ENG")
    metadata.setTitle(in_html(f"{result.group}: {tr(output.name)}"))
    metadata.setAbstract(in_html(" ".join(_abstract(summary))))
    metadata.setKeywords({"GeoFM": [request.kind, *request.keywords]})
    history = _history(summary, request)
    metadata.setHistory([in_html(line) for line in (*history, *_models_and_labels(result, request))])
    metadata.setCrs(layer.crs())
    metadata.setExtent(_extent(layer, summary))
    return metadata


def origins(result: Result, request: Request) -> dict[str, str]:
    """Which model and which labels made a layer, for programs to find among its custom properties."""
    values, card = json.loads(request.to_json()), result.summary.get("card") or {}
    models = [output.path for output in result.outputs if output.kind == "model"]
    properties = {
        "model": values.get("model") if request.kind == "landcover" else next(iter(models), None),
        "model_title": result.summary.get("model"),
        "model_sha256": card.get("sha256"),
        "labels": values.get("labels") or (card.get("training") or {}).get("labels"),
        "class_field": values.get("class_field") or (card.get("training") or {}).get("class_field"),
    }
    return {name: str(value) for name, value in properties.items() if value and request.kind in ("landcover", "train")}


def _abstract(summary: dict[str, Any]) -> Iterator[str]:
    """The areas and what an analyst must know of them."""
    for name, area in summary.get("areas", {}).items():
        if area["pixels"]:
            yield tr("{name}: {area}.").format(name=name.capitalize(), area=area_text(square_metres(area)))
    if "share_observed" in summary:
        yield tr("Observed: {share:.1%} of the area.").format(share=summary["share_observed"])
    yield from summary.get("warnings", ())


def _history(summary: dict[str, Any], asked: Request) -> Iterator[str]:
    """One line for each thing that went into the map."""
    request: dict[str, Any] = json.loads(asked.to_json())
    options = asked.options()
    # Names for people and settings of a computer are no parameters of the method.
    apart = {name for name, option in options.items() if option.role != "method"}
    untold = {"kind", *INPUTS, *asked.outputs(), *apart}
    for name, title in (("software", tr("Software")), ("method", tr("Method")), ("created", tr("Created"))):
        if name in summary:
            yield f"{title}: {summary[name]}"
    yield from _images(summary)
    images = request.get("images") or ([request["image"]] if request.get("image") else [])
    for files in images:
        acquired = summary.get("acquired")
        when = acquired if isinstance(acquired, str) else tr("at an unknown time")
        yield tr("{title}, acquired {when}: {files}").format(title=tr("Image"), when=when, files=", ".join(files))
    layers = {
        "dem": tr("Elevation"),
        "hand": tr("Height above the nearest drainage"),
        "permanent_water": tr("Permanent water"),
    }
    for name, title in layers.items():
        if request.get(name):
            yield f"{title}: {request[name]}"
    if request.get("aoi"):
        drawn = request["aoi"].lstrip().startswith("{")
        yield tr("Area of interest: {area}").format(area=tr("chosen on the map") if drawn else request["aoi"])
    yield from _thresholds(summary)
    for name, value in request.items():
        if value is not None and name not in untold:
            yield tr("Parameter {name}: {value}").format(name=name, value=value)


def _models_and_labels(result: Result, request: Request) -> Iterator[str]:
    """Which model and which labels the layer comes from, and how good the model was on what it had not seen."""
    made_from = origins(result, request)
    for name, title in (
        ("model_title", tr("Model")),
        ("model", tr("Folder of the model")),
        ("model_sha256", tr("SHA-256 of the model")),
        ("labels", tr("Labels that the model learned from")),
        ("class_field", tr("Field of the class")),
    ):
        if name in made_from:
            yield f"{title}: {made_from[name]}"
    card = result.summary.get("card") or {}
    accuracy = (result.summary.get("metrics") or card.get("metrics") or {}).get("overall_accuracy")
    if isinstance(accuracy, (int, float)) and made_from:  # a stranger's card may hold anything
        yield tr("Accuracy of the model on labels that it had not seen: {share:.1%}").format(share=accuracy)


def _images(summary: dict[str, Any]) -> Iterator[str]:
    """The files of each date and when they were taken."""
    for date in summary.get("dates", ()):
        title = tr("Image after the flood") if date["time"] == "after" else tr("Image before the flood")
        yield tr("{title}, acquired {when}: {files}").format(
            title=title, when=date["acquired"] or tr("at an unknown time"), files=", ".join(date["files"])
        )


def _thresholds(summary: dict[str, Any]) -> Iterator[str]:
    """Below how much backscatter water was seen."""
    unit = tr("grey levels") if summary.get("calibration") == "display" else "dB"
    for time, model in summary.get("thresholds", {}).items():
        title = tr("Threshold after the flood") if time == "after" else tr("Threshold before the flood")
        for polarisation, values in model["polarisations"].items():
            told = tr("{title}, {polarisation}: {value:.2f} {unit} (from {source})")
            if "found_db" in values:
                told = tr("{title}, {polarisation}: {value:.2f} {unit} (chosen by hand; found: {found:.2f})")
            yield told.format(
                title=title,
                polarisation=polarisation,
                value=values["threshold_db"],
                unit=unit,
                source=model["source"],
                found=values.get("found_db", 0.0),
            )


def _extent(layer: QgsMapLayer, summary: dict[str, Any]) -> QgsLayerMetadata.Extent:
    """Where the layer lies, and when it was like that."""
    space = QgsLayerMetadata.SpatialExtent()
    space.extentCrs = layer.crs()
    space.bounds = QgsBox3d(layer.extent())
    extent = QgsLayerMetadata.Extent()
    extent.setSpatialExtents([space])
    moments = [_moment(date["acquired"]) for date in summary.get("dates", ()) if date["time"] == "after"]
    if isinstance(summary.get("acquired"), str):
        moments.append(_moment(summary["acquired"]))
    extent.setTemporalExtents([QgsDateTimeRange(moment, moment) for moment in moments if moment is not None])
    return extent


def _moment(text: Optional[str]) -> Optional[QDateTime]:
    return QDateTime.fromString(datetime.fromisoformat(text).isoformat(), Qt.DateFormat.ISODate) if text else None
