"""The hits of the last search as a layer: polygons with score and rank, graduated, and filtered live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsGeometry,
    QgsMapLayer,
    QgsPointXY,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from ..engine.errors import OutputError
from ..engine.resources import resource
from ..plain_text import in_name
from ..project.class_styles import speak
from ..project.layers import MARK
from ..project.naming import make_folder
from ..translation import tr
from .styles import grade

__all__ = ["BAD", "GOOD", "HitLayer", "footprint", "save_hits", "wgs84"]

WGS84 = "EPSG:4326"
STYLE = "styles/hits.qml"
GROUP = "geofm/search"  # tells the group of live hits, also after a project was saved and opened again
# As the engine names them in the files that it writes.
FIELDS = (
    ("rank", "integer"),
    ("score", "double"),
    ("similarity", "double"),
    ("source", "string"),
    ("date", "string"),
    ("window_m", "double"),
    ("path", "string"),
    ("tile", "int8"),
    ("lon", "double"),
    ("lat", "double"),
    ("stale", "string"),
    ("mark", "string"),
)
GOOD, BAD = "good", "bad"


def footprint(hit: Mapping[str, Any]) -> QgsGeometry:
    """The outline of a hit, in WGS84 degrees."""
    ring = [QgsPointXY(*corner) for corner in hit["polygon"]]
    return QgsGeometry.fromPolygonXY([[*ring, ring[0]]])


class HitLayer:
    """One layer of the project, which every answer fills anew.

    It lives in memory: searching leaves no files behind; `save` makes a layer that stays.
    """

    def __init__(self) -> None:
        self._id = ""
        self._threshold: Optional[float] = None

    def layer(self) -> Optional[QgsVectorLayer]:
        """The layer, unless the user has removed it."""
        return QgsProject.instance().mapLayer(self._id) if self._id else None

    def show(self, title: str, hits: Sequence[Mapping[str, Any]], threshold: Optional[float]) -> QgsVectorLayer:
        """Show these hits and no others; those below a threshold are filtered."""
        layer = self.layer()
        fresh = layer is None
        if layer is None:
            layer = _empty_layer()
        layer.setSubsetString("")
        provider = layer.dataProvider()
        provider.truncate()
        provider.addFeatures([_feature(layer, hit) for hit in hits])
        layer.updateExtents()
        layer.setName(in_name(title))
        grade(layer)
        if fresh:
            self._id = _put(layer).id()
        self._threshold = None
        self.set_threshold(threshold)
        layer.triggerRepaint()
        return layer

    def set_threshold(self, score: Optional[float]) -> None:
        """Show hits of at least this score; None shows all."""
        layer = self.layer()
        if layer is not None and score != self._threshold:
            layer.setSubsetString("" if score is None else f'"score" >= {score!r}')
        self._threshold = score

    def set_marks(self, marks: Mapping[int, str]) -> None:
        """Write 'good' or 'bad' to the hits with these tile numbers, and nothing to the others."""
        layer = self.layer()
        if layer is None:
            return
        fields = layer.fields()
        tile, mark = fields.indexOf("tile"), fields.indexOf("mark")
        changes = {feature.id(): {mark: marks.get(feature[tile], "")} for feature in layer.getFeatures()}
        layer.dataProvider().changeAttributeValues(changes)

    def extent(self) -> Any:
        """Where the shown hits lie, in WGS84 degrees."""
        layer = self.layer()
        return None if layer is None or not layer.featureCount() else layer.extent()

    def remove(self) -> None:
        """Take the layer off the project."""
        if self.layer() is not None:
            QgsProject.instance().removeMapLayer(self._id)


def save_hits(layer: QgsVectorLayer, path: str) -> QgsVectorLayer:
    """Write the hits that a layer shows into a GeoPackage, with their style, and open it.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    make_folder(Path(path).parent)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", "hits"
    written = QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, QgsCoordinateTransformContext(), options)
    if written[0] != QgsVectorFileWriter.WriterError.NoError:
        raise OutputError(tr("{path} cannot be written ({reason}).").format(path=path, reason=written[1]))
    saved = QgsVectorLayer(f"{path}|layername=hits", in_name(Path(path).stem), "ogr")
    saved.loadNamedStyle(str(resource(STYLE)))
    speak(saved)
    grade(saved)
    saved.saveStyleToDatabase(saved.name(), "", True, "")
    saved.setCustomProperty(MARK, True)
    return saved


def _empty_layer() -> QgsVectorLayer:
    options = QgsVectorLayer.LayerOptions()
    options.loadDefaultStyle = False
    columns = "&".join(f"field={name}:{kind}" for name, kind in FIELDS)
    layer = QgsVectorLayer(f"Polygon?crs={WGS84}&{columns}", tr("Hits"), "memory", options)
    layer.loadNamedStyle(str(resource(STYLE)))
    speak(layer)
    layer.setCustomProperty(MARK, True)
    layer.setCustomProperty("skipMemoryLayersCheck", 1)  # QGIS need not ask at its end whether to keep it
    return layer


def _put(layer: QgsVectorLayer) -> QgsVectorLayer:
    """Put the layer into the group of live hits on top of the tree; one of an earlier QGIS, empty by now, goes."""
    project = QgsProject.instance()
    root = project.layerTreeRoot()
    group = next((group for group in root.findGroups() if group.customProperty(GROUP)), None)
    if group is None:
        group = root.insertGroup(0, tr("Search"))
        group.setCustomProperty(GROUP, True)
        group.setCustomProperty(MARK, True)
    old = [node.layerId() for node in group.findLayers() if node.layer() is None or _is_live(node.layer())]
    project.removeMapLayers(old)
    project.addMapLayer(layer, False)
    group.setExpanded(False)  # so that the tree notices when it is expanded below
    group.insertLayer(0, layer)
    group.setExpanded(True)
    return layer


def _is_live(layer: QgsMapLayer) -> bool:
    return bool(layer.providerType() == "memory" and layer.customProperty(MARK))


def _feature(layer: QgsVectorLayer, hit: Mapping[str, Any]) -> QgsFeature:
    feature = QgsFeature(layer.fields())
    feature.setGeometry(footprint(hit))
    feature.setAttributes([hit.get(name, "") for name, _ in FIELDS])
    return feature


def wgs84() -> QgsCoordinateReferenceSystem:
    """The coordinate system of all hits."""
    return QgsCoordinateReferenceSystem(WGS84)
