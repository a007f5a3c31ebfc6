"""What a job has made, as styled layers in a group of the layer tree."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsLayerTreeNode,
    QgsMapLayer,
    QgsMapLayerLegendUtils,
    QgsPalettedRasterRenderer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)

from ..engine.errors import GeoFMError
from ..engine.jobs.requests import Request
from ..engine.jobs.result import Output, Result
from ..engine.resources import resource
from ..plain_text import in_name
from ..search.styles import grade
from ..translation import tr
from .class_styles import colour_by_class, name_agreement, speak
from .provenance import layer_metadata, origins

__all__ = ["MARK", "LayerError", "add_result", "dress", "group_extent", "outputs_for_map", "title_of"]

# Tells the groups and layers that are made here from the user's own, also after a project was saved and opened again.
MARK = "geofm/result"
AGREEMENT = "agreement"  # the style of a layer that compares two methods, and what the summary says of it


class LayerError(GeoFMError):
    """Some layers of a result cannot be loaded; `group` holds those that could, or is None."""

    def __init__(self, message: str, group: Optional[QgsLayerTreeGroup] = None) -> None:
        super().__init__(message)
        self.group = group


def add_result(result: Result, request: Request, project: Optional[QgsProject] = None) -> QgsLayerTreeGroup:
    """Load what a job has made as a group on top of the layer tree, named after the event or the image.

    Maps go below groups of shapes alone, such as errors of a model and hits of a search. A result that the project has
    already is loaded anew in its own group.

    Parameters
    ----------
    result : Result
    request : Request
        What the job was asked to do; it goes into the layers' metadata.
    project : QgsProject, optional
        Default: the open one.

    Returns
    -------
    QgsLayerTreeGroup
        `group_extent` tells where it lies; nothing is zoomed to.

    Raises
    ------
    LayerError
        If files are missing or damaged; the other layers are loaded nevertheless.
    """
    project = project or QgsProject.instance()
    outputs = outputs_for_map(result)
    opened = [(output, _open(output)) for output in outputs]
    layers = [(output, layer) for output, layer in opened if layer is not None]
    for output, layer in layers:
        dress(layer, output, result, request)
    group = _show(layers, result, project) if layers else None
    lost = [_file(output.path) for output, layer in opened if layer is None]
    if lost:
        raise LayerError(
            tr("{files} cannot be loaded: missing, moved or damaged; put it back or run the job again.").format(
                files=", ".join(dict.fromkeys(lost))
            ),
            group,
        )
    if group is None:
        raise LayerError(tr("The job has made no layers for the map."))
    return group


def outputs_for_map(result: Result) -> list[Output]:
    """The layers of a result; one of the errors of a model that made none would be empty."""
    faultless = (result.summary.get("metrics") or {}).get("overall_accuracy") == 1
    layers = (output for output in result.outputs if output.kind in ("raster", "vector"))
    return [output for output in layers if not (faultless and output.style == "errors")]


def title_of(result: Result) -> str:
    """What a result is called: the event or the image, and its day where that is known."""
    dates = result.summary.get("dates") or ()
    acquired = next((date.get("acquired") for date in dates if date.get("time") == "after"), None)
    day = str(acquired or result.summary.get("acquired") or "")[:10]
    return result.group if not day or day in result.group else f"{result.group}, {day}"


def group_extent(group: QgsLayerTreeGroup) -> QgsReferencedRectangle:
    """Where a result's layers lie, in the CRS that they share."""
    layers = [layer for layer in (node.layer() for node in group.findLayers()) if layer is not None]
    extent = QgsRectangle()
    for layer in layers:
        if not layer.extent().isEmpty():  # a map without water has no polygons
            extent.combineExtentWith(layer.extent())
    return QgsReferencedRectangle(extent, layers[0].crs() if layers else QgsCoordinateReferenceSystem())


def dress(layer: QgsMapLayer, output: Output, result: Result, request: Request) -> None:
    """Give an opened output the style and the metadata that it has wherever GeoFM shows it."""
    if style := _style(output):
        layer.loadNamedStyle(style)
        speak(layer)
    colour_by_class(layer, output.style or "", result.summary.get("classes", ()))
    if output.style == AGREEMENT and AGREEMENT in result.summary:
        name_agreement(layer, result.summary[AGREEMENT])
    grade(layer)
    layer.setCustomProperty(MARK, True)
    for name, value in origins(result, request).items():
        layer.setCustomProperty(f"geofm/{name}", value)
    layer.setMetadata(layer_metadata(layer, output, result, request))


def _style(output: Output) -> Optional[str]:
    """The file of an output's style; a newer engine may name one that is not here, and QGIS's own is used then."""
    path = resource(f"styles/{output.style}.qml")
    return str(path) if output.style and path.is_file() else None


def _open(output: Output) -> Optional[QgsMapLayer]:
    if not Path(_file(output.path)).is_file():
        return None
    if output.kind == "raster":
        options = QgsRasterLayer.LayerOptions()
        options.loadDefaultStyle = _style(output) is None  # that one reads pixels to find the range of values
        layer = QgsRasterLayer(output.path, in_name(tr(output.name)), "gdal", options)
    else:
        layer = QgsVectorLayer(output.path, in_name(tr(output.name)), "ogr")
    return layer if layer.isValid() else None


def _show(layers: Sequence[tuple[Output, QgsMapLayer]], result: Result, project: QgsProject) -> QgsLayerTreeGroup:
    """Put opened layers into the project, in their order."""
    root = project.layerTreeRoot()
    group = _own_group(root, {_key(output.path) for output, _ in layers})
    if group is None:
        group = root.insertGroup(_place(root, layers), _free_name(root, in_name(title_of(result))))
        group.setCustomProperty(MARK, True)
        group.setExpanded(False)  # so that the tree notices when it is expanded below
    else:
        # The files may have been written anew; a layer that is open still shows the old ones.
        stale = _layers_of(group, {_key(output.path) for output, _ in layers})
        project.removeMapLayers([layer.id() for layer in stale])
    for position, (output, layer) in enumerate(layers):
        # Its name has to tell it from others in lists that show no groups.
        title = tr(output.name)
        layer.setName(in_name(title if title == group.name() else f"{title} ({group.name()})"))
        project.addMapLayer(layer, False)
        group.insertChildNode(position, _node(layer, output, result))
    group.setExpanded(True)
    return group


def _place(root: QgsLayerTreeGroup, layers: Sequence[tuple[Output, QgsMapLayer]]) -> int:
    """On top, but pixels below shapes: a map would hide the errors of its model, and the hits of a search."""
    if not any(output.kind == "raster" for output, _ in layers):
        return 0
    return len(list(takewhile(_has_shapes_alone, root.children())))


def _has_shapes_alone(node: QgsLayerTreeNode) -> bool:
    """Whether it is one of the groups that are made here, and holds no raster."""
    if not isinstance(node, QgsLayerTreeGroup) or not node.customProperty(MARK):
        return False
    layers = [found.layer() for found in node.findLayers()]
    return bool(layers) and all(isinstance(layer, QgsVectorLayer) for layer in layers)


def _node(layer: QgsMapLayer, output: Output, result: Result) -> QgsLayerTreeLayer:
    """A layer's entry in the tree, complete before the tree shows it."""
    node = QgsLayerTreeLayer(layer)
    node.setItemVisibilityChecked(output.shown)
    node.setExpanded(output.unfolded)
    entries = _legend_entries(layer, result.summary.get(AGREEMENT, {}) if output.style == AGREEMENT else result.summary)
    if entries is not None:
        QgsMapLayerLegendUtils.setLegendNodeOrder(node, entries)
    return node


def _legend_entries(layer: QgsMapLayer, summary: dict[str, Any]) -> Optional[list[int]]:
    """Which lines of its legend a layer shows: no name of a band, and no class that is not on this map."""
    areas = summary.get("areas", {}).values()
    absent = {area["class_id"] for area in areas if not area["pixels"]}
    renderer = layer.renderer()
    if isinstance(renderer, QgsPalettedRasterRenderer):
        return [line for line, item in enumerate(renderer.classes(), 1) if item.value not in absent]
    if isinstance(renderer, QgsCategorizedSymbolRenderer):
        return [line for line, item in enumerate(renderer.categories()) if int(item.value()) not in absent]
    return [1] if isinstance(renderer, QgsSingleBandPseudoColorRenderer) else None


def _own_group(root: QgsLayerTreeGroup, files: set[str]) -> Optional[QgsLayerTreeGroup]:
    """The group that shows some of these files already, wherever the user has moved it."""
    for child in root.children():
        if isinstance(child, QgsLayerTreeGroup):
            if child.customProperty(MARK) and _layers_of(child, files):
                return child
            if own := _own_group(child, files):
                return own
    return None


def _layers_of(group: QgsLayerTreeGroup, files: set[str]) -> list[QgsMapLayer]:
    layers = (node.layer() for node in group.findLayers())
    return [layer for layer in layers if layer is not None and _key(layer.source()) in files]


def _file(path: str) -> str:
    """The file of an output or of a layer's source, without the name of the layer in it."""
    return path.partition("|")[0]


def _key(path: str) -> str:
    """What two names of one file have in common."""
    return os.path.normcase(os.path.realpath(_file(path)))


def _free_name(root: QgsLayerTreeGroup, name: str) -> str:
    number, free = 1, name
    while root.findGroup(free) is not None:
        number += 1
        free = f"{name} ({number})"
    return free
