"""Colours of a model's classes on the layers that a job has made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsMapLayer,
    QgsPalettedRasterRenderer,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from ..plain_text import in_legend
from ..translation import tr

__all__ = ["agreement_text", "colour_by_class", "name_agreement", "speak"]

RIM = "255,255,255,230"
FILL = 170  # opacity of 255


def colour_by_class(layer: QgsMapLayer, style: str, classes: Sequence[dict[str, Any]]) -> None:
    """Give a layer the classes of the model that made it.

    Parameters
    ----------
    layer : QgsMapLayer
        A class raster that has lost its colours is coloured too.
    style : str
        Of the output; empty for a class raster, whose file holds its colours.
    classes : sequence of dict
        Each with `id`, `name` and `color`.
    """
    if not classes:
        return
    if isinstance(layer, QgsVectorLayer) and style == "landcover_polygons":
        layer.setRenderer(QgsCategorizedSymbolRenderer("class_id", [_category(item, _patch) for item in classes]))
    elif isinstance(layer, QgsVectorLayer) and style == "errors":
        layer.setRenderer(QgsCategorizedSymbolRenderer("predicted_id", [_category(item, _error) for item in classes]))
    elif isinstance(layer, QgsRasterLayer) and not style and layer.bandCount() == 1:
        palette = QgsPalettedRasterRenderer.Class
        colours = [palette(item["id"], QColor(item["color"]), in_legend(item["name"])) for item in classes]
        layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, colours))


def speak(layer: QgsMapLayer) -> None:
    """Say in the language of QGIS what a style of GeoFM's own says: names of classes and of fields."""
    renderer = layer.renderer()
    if isinstance(renderer, QgsPalettedRasterRenderer):
        for item in renderer.classes():
            renderer.setLabel(item.value, tr(item.label))
    elif isinstance(renderer, QgsCategorizedSymbolRenderer):
        for place, item in enumerate(renderer.categories()):
            renderer.updateCategoryLabel(place, tr(item.label()))
    if isinstance(layer, QgsVectorLayer):
        for place, field in enumerate(layer.fields()):
            if field.alias():
                layer.setFieldAlias(place, tr(field.alias()))


def name_agreement(layer: QgsMapLayer, agreement: dict[str, Any]) -> None:
    """Give a layer that compares two methods their names."""
    palette = QgsPalettedRasterRenderer.Class
    classes = [
        palette(item["id"], QColor(item["color"]), in_legend(agreement_text(item["id"], agreement)))
        for item in agreement["classes"]
    ]
    layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, classes))


def agreement_text(value: int, agreement: dict[str, Any]) -> str:
    """What a value of a layer that compares two methods means."""
    flood = agreement["of"] == "flood"
    if value == 1:
        return tr("Flood by both") if flood else tr("Water by both")
    words = tr("Flood by {method} alone") if flood else tr("Water by {method} alone")
    return words.format(method=agreement["methods"][value - 2])


def _category(item: dict[str, Any], symbol: Any) -> QgsRendererCategory:
    made, label = symbol(QColor(item["color"]), in_legend(item["name"]))
    return QgsRendererCategory(int(item["id"]), made, label)


def _patch(colour: QColor, name: str) -> tuple[QgsSymbol, str]:
    return _fill(colour, FILL, RIM, 0.2), name


def _error(colour: QColor, name: str) -> tuple[QgsSymbol, str]:
    """A black rim tells errors from the map below, which has the same colours."""
    return _fill(colour, 255, "0,0,0,255", 0.35), tr("mapped as {name}").format(name=name)


def _fill(colour: QColor, opacity: int, rim: str, width: float) -> QgsFillSymbol:
    return QgsFillSymbol.createSimple(
        {
            "color": f"{colour.red()},{colour.green()},{colour.blue()},{opacity}",
            "outline_color": rim,
            "outline_width": str(width),
            "joinstyle": "round",
        }
    )
