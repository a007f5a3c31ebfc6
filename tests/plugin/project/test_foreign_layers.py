"""Layers of strangers' texts: map tips, information pages, names and legends show them, and obey none of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from html_seen import IMAGE, plain_of
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsFillSymbol,
    QgsGeometry,
    QgsLayerTreeModel,
    QgsProject,
    QgsSingleSymbolRenderer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas, QgsMapTip
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtWidgets import QWidget
from queue_home import MS

from geofm_qgis.engine.jobs.requests import LandcoverRequest
from geofm_qgis.engine.jobs.result import Output, Result
from geofm_qgis.engine.resources import resource
from geofm_qgis.plain_text import in_html
from geofm_qgis.project.layers import add_result
from geofm_qgis.project.naming import file_name
from geofm_qgis.search.layer import HitLayer

pytest_plugins = ("queue_fixtures",)

SCRIPT = "<script>new Image().src='http://127.0.0.1/'</script>"
STYLES = sorted(resource("styles").glob("*.qml"))
VECTOR_STYLES = [path for path in STYLES if ElementTree.parse(path).find("layerGeometryType") is not None]
CLASSES = [{"id": 0, "name": IMAGE, "color": "#112233"}, {"id": 1, "name": "[% 1 + 1 %] \u202eb", "color": "#445566"}]
AREAS = {
    item["name"]: {"pixels": 9, "class_id": item["id"], "km2": 1.0, "ha": 100.0, "share": 0.5, "colour": "#112233"}
    for item in CLASSES
}


# Styles ---------------------------------------------------------------------------------------------------------------


def layer_with(style: Path, text: str) -> QgsVectorLayer:
    """A layer in that style, whose name and all of whose fields are this text."""
    tip = ElementTree.parse(style).findtext("mapTip") or ""
    parts = [part.partition("%]")[0] for part in tip.split("[%")[1:]]
    fields = {name for part in parts for name in QgsExpression(part).referencedColumns()} | {"name", "class"}
    fields.discard("#!allattributes!#")
    columns = "&".join(f"field={name}:string" for name in sorted(fields))
    layer = QgsVectorLayer(f"Polygon?crs=EPSG:4326&{columns}", text, "memory")
    feature = QgsFeature(layer.fields())
    feature.setAttributes([text] * len(fields))
    feature.setGeometry(QgsGeometry.fromRect(QgsGeometry.fromWkt("POLYGON((0 0, 1 0, 1 1, 0 0))").boundingBox()))
    layer.dataProvider().addFeatures([feature])
    message, fine = layer.loadNamedStyle(str(style))
    assert fine, message
    return layer


def map_tip(layer: QgsVectorLayer) -> str:
    """As QgsMapTip makes it."""
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setFeature(next(layer.getFeatures()))
    if not layer.mapTipTemplate():
        return str(QgsExpression(layer.displayExpression()).evaluate(context))
    return QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)


@pytest.mark.parametrize("text", [IMAGE, SCRIPT, "&lt;script>", "a\"b'c<svg/onload=alert(1)>", "[% 1 + 1 %]<b>"])
@pytest.mark.parametrize("style", VECTOR_STYLES, ids=lambda path: path.stem)
def test_map_tips_of_all_styles_show_attributes_as_text(style: Path, text: str) -> None:
    layer = layer_with(style, text)
    tip = map_tip(layer)
    ours = tip.replace("<b>", "").replace("</b>", "").replace("<br>", "")
    assert "<" not in ours.split("[%")[0] and '"' not in ours.split("[%")[0]
    assert text[1:].replace("\n", "") in plain_of(tip)  # the first letter is a capital in some
    labeling = layer.labeling()
    assert labeling is None or not labeling.settings().format().allowHtmlFormatting()
    assert layer.actions().actions() == []


@pytest.mark.parametrize("style", VECTOR_STYLES, ids=lambda path: path.stem)
def test_a_script_in_an_attribute_does_not_run_in_a_true_map_tip(
    style: Path, qgis_new_project: None, qtbot: Any
) -> None:
    pytest.importorskip("qgis.PyQt.QtWebKitWidgets")
    layer = layer_with(style, "<script>document.title = 'It ran'</script>")
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol()))  # a class that is none of the style's has no tip
    QgsProject.instance().addMapLayer(layer)
    canvas, tip = QgsMapCanvas(), QgsMapTip()
    qtbot.addWidget(canvas)
    canvas.setDestinationCrs(layer.crs())
    canvas.setLayers([layer])
    canvas.setExtent(layer.extent())
    canvas.show()
    tip.showMapTip(layer, layer.extent().center(), QPoint(1, 1), canvas)
    (view,) = (widget for widget in canvas.findChildren(QWidget) if widget.metaObject().className() == "QgsWebView")
    frame = view.page().mainFrame()
    qtbot.waitUntil(lambda: "document.title" in frame.toPlainText(), timeout=MS)
    assert frame.title() == ""
    tip.clear(canvas)


def test_map_tips_still_read_well() -> None:
    tip = map_tip(layer_with(resource("styles/landcover_polygons.qml"), "forest & slope > 5°, O'Hara"))
    assert plain_of(tip).startswith("Forest & slope > 5°, O'Hara\n")
    assert map_tip(layer_with(resource("styles/errors.qml"), "maïs")).startswith("<b>maïs</b> was mapped as <b>maïs")


# Layers ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def mapped(tmp_path: Path, qgis_new_project: None) -> Iterator[Any]:
    """What a land-cover job with a stranger's model and image has made, on the map."""
    path = tmp_path / "landcover.gpkg"
    plan = QgsVectorLayer("Polygon?crs=EPSG:32633&field=class_id:integer&field=class:string", "plan", "memory")
    for item in CLASSES:
        feature = QgsFeature(plan.fields())
        feature.setAttributes([item["id"], item["name"]])
        feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0, 9 0, 9 9, 0 0))"))
        plan.dataProvider().addFeatures([feature])
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.layerName = "landcover"
    context = QgsProject.instance().transformContext()
    QgsVectorFileWriter.writeAsVectorFormatV3(plan, str(path), context, options)
    summary = {
        "areas": AREAS,
        "classes": CLASSES,
        "warnings": [IMAGE],
        "model": IMAGE,
        "card": {"metrics": {"overall_accuracy": {"a": 1}}, "training": {"labels": IMAGE}},
        "method": IMAGE,
    }
    output = Output(f"{path}|layername=landcover", "vector", f"Polygons {IMAGE}", "landcover_polygons")
    result = Result((output,), f"[% 1 + 1 %]\u202e{IMAGE}", summary)
    request = LandcoverRequest(image=(f"/{IMAGE}.tif",), model="/model", map=str(tmp_path / "m.tif"))
    yield add_result(result, request)


def test_a_layers_information_page_shows_text(mapped: Any) -> None:
    (layer,) = (node.layer() for node in mapped.findLayers())
    html = layer.htmlMetadata()
    assert IMAGE not in html
    assert in_html(IMAGE) in html
    assert f"Model: {IMAGE}" in plain_of("<br>".join(layer.metadata().history()))


def test_names_and_legends_are_neither_html_nor_expressions(mapped: Any) -> None:
    assert mapped.name() == '[ % 1 + 1 %]\\u202e‹img src="red.png"›'
    (layer,) = (node.layer() for node in mapped.findLayers())
    assert layer.name() == f'Polygons ‹img src="red.png"› ({mapped.name()})'
    model = QgsLayerTreeModel(QgsProject.instance().layerTreeRoot())
    labels = [node.evaluateLabel() or node.data(Qt.ItemDataRole.DisplayRole) for node in nodes_of(model, mapped)]
    assert labels == [IMAGE, "[ % 1 + 1 %] \\u202eb"]
    assert [item.value() for item in layer.renderer().categories()] == [0, 1]
    assert isinstance(layer.renderer(), QgsCategorizedSymbolRenderer)


def nodes_of(model: QgsLayerTreeModel, group: Any) -> list[Any]:
    (node,) = group.findLayers()
    return model.layerLegendNodes(node, True)


def test_a_layer_of_hits_is_called_by_the_query(qgis_new_project: None) -> None:
    hits = HitLayer()
    layer = hits.show(f"like {IMAGE}.png", [], None)
    assert "<" not in layer.name()
    hits.remove()


def test_names_of_folders_hold_no_controls() -> None:
    assert file_name("Wälder \u202egpj.\x1b[2J\x9b <b> می‌خواهم") == "Wälder gpj. [2J b می‌خواهم"
