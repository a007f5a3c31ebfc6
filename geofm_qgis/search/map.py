"""Hits on the map canvas: zoomed to, flashed, and the images of an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qgis.core import QgsCsException, QgsProject, QgsRectangle, QgsReferencedRectangle, QgsVectorLayer
from qgis.gui import QgsMapCanvas

from ..engine.errors import InputError
from ..engine.geopackage import is_plain
from ..engine.resources import resource
from ..project.layers import MARK
from ..translation import tr
from .layer import footprint, wgs84

__all__ = ["HitsOnMap", "show_footprints"]

AROUND = 3.0  # times the width of a hit is seen
AROUND_ALL = 1.1
NEAR, NEAR_DEGREES = 50.0, 2.0  # widths of a hit, and degrees, within which others are shown with it


class HitsOnMap:
    """Moves a canvas, whatever coordinate system it has."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas

    def zoom_to(self, hit: Mapping[str, Any]) -> None:
        """Show a hit and what is around it."""
        self._show(footprint(hit).boundingBox(), AROUND)

    def zoom_to_all(self, hits: Sequence[Mapping[str, Any]]) -> None:
        """Show all of these hits."""
        if hits:
            self._show(_extent(hits), AROUND_ALL)

    def zoom_to_layer(self, layer: QgsVectorLayer) -> None:
        """Show all of a layer."""
        extent = QgsReferencedRectangle(layer.extent(), layer.crs())
        extent.scale(AROUND_ALL)
        self._go(extent)

    def come_near(self, hits: Sequence[Mapping[str, Any]]) -> None:
        """Show all hits if the map shows none of them; of hits far apart those around the best. Else the view stays."""
        if not hits:
            return
        settings = self._canvas.mapSettings()
        try:
            seen = settings.mapToLayerCoordinates(_carrier(), settings.visibleExtent())
        except QgsCsException:
            seen = QgsRectangle()
        if not any(seen.intersects(footprint(hit).boundingBox()) for hit in hits):
            self.zoom_to_all(_around_the_best(hits))

    def flash(self, hit: Mapping[str, Any]) -> None:
        """Let a hit's outline light up."""
        self._canvas.flashGeometries([footprint(hit)], wgs84())

    def _show(self, extent: QgsRectangle, factor: float) -> None:
        extent.scale(factor)
        self._go(QgsReferencedRectangle(extent, wgs84()))

    def _go(self, extent: QgsReferencedRectangle) -> None:
        try:
            self._canvas.setReferencedExtent(extent)
        except QgsCsException:  # the map's coordinate system cannot show the place
            return
        self._canvas.refresh()


def show_footprints(folder: str) -> QgsVectorLayer:
    """Put the outlines of an index's images into the project.

    Raises
    ------
    InputError
        If the index has none that can be read.
    """
    path = Path(folder, "footprints.gpkg")
    options = QgsVectorLayer.LayerOptions()
    options.loadDefaultStyle = False  # a stranger's index may bring one
    layer = None
    if is_plain(path, "images"):  # GDAL would run the SQL that a stranger's file brings
        layer = QgsVectorLayer(f"{path}|layername=images", tr("Indexed images"), "ogr", options)
    if layer is None or not layer.isValid():
        raise InputError(
            tr("{path} is missing or damaged; look for changed images to have it again.").format(path=path)
        )
    layer.loadNamedStyle(str(resource("styles/aoi.qml")))
    layer.setCustomProperty(MARK, True)
    project = QgsProject.instance()
    same = [other.id() for other in project.mapLayers().values() if other.source() == layer.source()]
    project.removeMapLayers(same)
    project.addMapLayer(layer)
    return layer


def _extent(hits: Sequence[Mapping[str, Any]]) -> QgsRectangle:
    extent = QgsRectangle()
    for hit in hits:
        extent.combineExtentWith(footprint(hit).boundingBox())
    return extent


def _around_the_best(hits: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those near the first: on a map of the whole Earth none could be seen."""
    best = footprint(hits[0]).boundingBox()
    reach = max(NEAR * max(best.width(), best.height()), NEAR_DEGREES)
    near = best.buffered(reach)
    return [hit for hit in hits if near.intersects(footprint(hit).boundingBox())]


def _carrier() -> QgsVectorLayer:
    """A layer of no features in the hits' coordinate system."""
    return QgsVectorLayer("Polygon?crs=EPSG:4326", "", "memory")
