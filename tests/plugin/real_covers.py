"""A simulated Sentinel-2 scene with labelled polygons, and a model that the real engine learned from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsRectangle, QgsVectorLayer
from real_maps import geofm

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
CLASSES = {
    "built-up",
    "forest",
    "grassland",
    "maize",
    "sand",
    "smooth bare soil",
    "sugar beet",
    "water",
    "winter cereals",
}


def write_covers(folder: Path, size: int = 256) -> Path:
    """s2.tif and training_polygons.gpkg (field `class`), and images of radar that no optical model fits."""
    geofm("samples", folder, "--size", size, "--seed", 3)
    return folder


def train_quick(scene: Path, model: Path, *words: object) -> dict[str, Any]:
    """The result, as a dictionary, of the command."""
    labels = ("--labels", scene / "training_polygons.gpkg", "--class-field", "class")
    return geofm("train", "--image", scene / "s2.tif", *labels, "--preset", "quick", "--out", model, *words)[-1]


def layer_of(scene: Path) -> QgsVectorLayer:
    """The scene's polygons, in the project."""
    return in_project(QgsVectorLayer(str(scene / "training_polygons.gpkg"), "my fields", "ogr"))


def in_project(layer: QgsVectorLayer) -> QgsVectorLayer:
    assert layer.isValid()
    QgsProject.instance().addMapLayer(layer)
    return layer


def squares(
    crs: str, boxes: list[tuple[Any, tuple[float, float, float, float]]], kind: str = "string"
) -> QgsVectorLayer:
    """A layer in memory: each feature has a value of the field `cover` and a rectangle (west, south, east, north)."""
    layer = QgsVectorLayer(f"Polygon?crs={crs}&field=cover:{kind}", "drawn", "memory")
    for value, box in boxes:
        feature = QgsFeature(layer.fields())
        feature["cover"] = value
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(*box)))
        assert layer.dataProvider().addFeature(feature)
    return in_project(layer)
