"""How a layer came about, as metadata that QGIS saves with the project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Optional

from qgis.core import QgsBox3d, QgsDateTimeRange, QgsLayerMetadata, QgsMapLayer
from qgis.PyQt.QtCore import QDateTime, Qt

from .engine.jobs.requests import Request
from .engine.jobs.result import Output, Result
from .translation import tr

__all__ = ["layer_metadata"]

# What is told in words of its own, or is no parameter of the method.
NOT_PARAMETERS = ("kind", "post", "pre", "aoi", "dem", "hand", "permanent_water", "event", "device")


def layer_metadata(layer: QgsMapLayer, output: Output, result: Result, request: Request) -> QgsLayerMetadata:
    """Inputs, parameters, method, version, dates and thresholds of a job's output.

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
    metadata.setIdentifier(output.path)
    metadata.setType("dataset")
    metadata.setLanguage("ENG")
    metadata.setTitle(f"{result.group}: {tr(output.name)}")
    metadata.setAbstract(" ".join(_abstract(summary)))
    metadata.setKeywords({"GeoFM": [request.kind, "Sentinel-1", "SAR"]})
    metadata.setHistory(list(_history(summary, json.loads(request.to_json()), request.outputs())))
    metadata.setCrs(layer.crs())
    metadata.setExtent(_extent(layer, summary))
    return metadata


def _abstract(summary: dict[str, Any]) -> Iterator[str]:
    """The areas and what an analyst must know of them."""
    for name, area in summary.get("areas", {}).items():
        if area["pixels"]:
            yield tr("{name}: {km2:.3f} km².").format(name=name.capitalize(), km2=area["km2"])
    if "share_observed" in summary:
        yield tr("Observed: {share:.1%} of the area.").format(share=summary["share_observed"])
    yield from summary.get("warnings", ())


def _history(summary: dict[str, Any], request: dict[str, Any], outputs: dict[str, str]) -> Iterator[str]:
    """One line for each thing that went into the map."""
    for name, title in (("software", tr("Software")), ("method", tr("Method")), ("created", tr("Created"))):
        if name in summary:
            yield f"{title}: {summary[name]}"
    yield from _images(summary)
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
        if value is not None and name not in NOT_PARAMETERS and name not in outputs:
            yield tr("Parameter {name}: {value}").format(name=name, value=value)


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
            yield tr("{title}, {polarisation}: {value:.2f} {unit} (from {source})").format(
                title=title,
                polarisation=polarisation,
                value=values["threshold_db"],
                unit=unit,
                source=model["source"],
            )


def _extent(layer: QgsMapLayer, summary: dict[str, Any]) -> QgsLayerMetadata.Extent:
    """Where the layer lies, and when the flood was seen."""
    space = QgsLayerMetadata.SpatialExtent()
    space.extentCrs = layer.crs()
    space.bounds = QgsBox3d(layer.extent())
    extent = QgsLayerMetadata.Extent()
    extent.setSpatialExtents([space])
    moments = [_moment(date["acquired"]) for date in summary.get("dates", ()) if date["time"] == "after"]
    extent.setTemporalExtents([QgsDateTimeRange(moment, moment) for moment in moments if moment is not None])
    return extent


def _moment(text: Optional[str]) -> Optional[QDateTime]:
    return QDateTime.fromString(datetime.fromisoformat(text).isoformat(), Qt.DateFormat.ISODate) if text else None
