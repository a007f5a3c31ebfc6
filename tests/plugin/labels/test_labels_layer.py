"""Layers of labels: made to draw in, coloured by class, counted while somebody draws, and handed to the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from qgis.core import (
    NULL,
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsEditFormConfig,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)
from qgis.PyQt.QtGui import QColor
from queue_home import MS
from real_covers import in_project, squares

from geofm_qgis.engine.errors import GeoFMError
from geofm_qgis.labels.chooser import LabelChooser
from geofm_qgis.labels.class_table import FEWEST_POLYGONS, label_warnings
from geofm_qgis.labels.counts import MOST_CLASSES, LabelCounter, LabelCounts
from geofm_qgis.labels.field import likely_class_field
from geofm_qgis.labels.layers import (
    CLASS_FIELD,
    MOST_COPIED,
    all_colours,
    class_colours,
    class_name,
    draw_as,
    is_label_layer,
    labels_source,
    make_label_layer,
    set_classes,
)
from geofm_qgis.labels.new_labels import NewLabelsDialog
from geofm_qgis.project.imagery import ImageFacts

UTM = QgsCoordinateReferenceSystem("EPSG:32633")
# 100 x 100 pixels of 10 m.
IMAGE = ImageFacts(UTM, QgsRectangle(500_000, 5_000_000, 501_000, 5_001_000), 100.0, ("B02",))
WATER, WOOD = QColor("#1f78b4"), QColor("#1b6b2f")
HECTARE = (500_000, 5_000_000, 500_100, 5_000_100)
ELSEWHERE = (600_000, 5_000_000, 600_100, 5_000_100)

pytestmark = pytest.mark.usefixtures("qgis_new_project")


@pytest.fixture
def labels(qgis_new_project: None, tmp_path: Path) -> QgsVectorLayer:
    return in_project(make_label_layer(tmp_path / "new" / "my labels.gpkg", UTM, {"water": WATER, "wood": WOOD}))


@pytest.fixture
def chooser(qgis_new_project: None, qtbot: Any) -> LabelChooser:
    chooser = LabelChooser()
    qtbot.addWidget(chooser)
    yield chooser
    chooser.close()


def draw(layer: QgsVectorLayer, box: tuple[float, float, float, float] = HECTARE, **values: Any) -> QgsFeature:
    """A polygon as QGIS's own tool makes one, defaults included."""
    shape = QgsGeometry.fromRect(QgsRectangle(*box))
    given = {layer.fields().indexOf(name): value for name, value in values.items()}
    feature = QgsVectorLayerUtils.createFeature(layer, shape, given, layer.createExpressionContext())
    assert layer.addFeature(feature)
    return feature


def counted(
    qtbot: Any, layer: QgsVectorLayer, field: str = "cover", images: Any = (IMAGE,), buffer_m: Any = None
) -> LabelCounts:
    counter = LabelCounter()
    with qtbot.waitSignal(counter.counted, timeout=MS) as told:
        counter.follow(layer, field, images, buffer_m)
    counter.close()
    return told.args[0]


# A new layer ----------------------------------------------------------------------------------------------------------


def test_a_new_layer_is_ready_to_draw_in(labels: QgsVectorLayer, tmp_path: Path) -> None:
    assert labels.source().startswith(str(tmp_path / "new" / "my labels.gpkg"))
    assert labels.crs() == UTM
    assert is_label_layer(labels)
    assert CLASS_FIELD in [field.name() for field in labels.fields()]
    setup = labels.editorWidgetSetup(labels.fields().indexOf(CLASS_FIELD))
    assert (setup.type(), setup.config()["map"]) == ("ValueMap", [{"water": "water"}, {"wood": "wood"}])
    assert {name: colour.name() for name, colour in class_colours(labels, CLASS_FIELD).items()} == {
        "water": WATER.name(),
        "wood": WOOD.name(),
    }
    assert labels.startEditing()


def test_new_polygons_take_the_class_that_is_drawn(labels: QgsVectorLayer) -> None:
    labels.startEditing()
    draw_as(labels, CLASS_FIELD, "wood")
    assert labels.editFormConfig().suppress() == QgsEditFormConfig.FeatureFormSuppress.SuppressOn
    assert draw(labels)[CLASS_FIELD] == "wood"
    draw_as(labels, CLASS_FIELD, 'Peter\'s "field"')
    assert draw(labels)[CLASS_FIELD] == 'Peter\'s "field"'
    draw_as(labels, CLASS_FIELD, None)
    assert labels.editFormConfig().suppress() == QgsEditFormConfig.FeatureFormSuppress.SuppressOff
    assert draw(labels)[CLASS_FIELD] == NULL
    labels.rollBack()


def test_a_stored_project_keeps_classes_and_form(labels: QgsVectorLayer, tmp_path: Path) -> None:
    project = QgsProject.instance()
    assert project.write(str(tmp_path / "project.qgz"))
    project.clear()
    assert project.read(str(tmp_path / "project.qgz"))
    (again,) = project.mapLayers().values()
    assert is_label_layer(again)
    assert list(class_colours(again, CLASS_FIELD)) == ["water", "wood"]


def test_no_file_is_overwritten(labels: QgsVectorLayer, tmp_path: Path) -> None:
    with pytest.raises(GeoFMError, match="it is there already"):
        make_label_layer(tmp_path / "new" / "my labels.gpkg", UTM, {})


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GeoFMError, match=r"The label layer .*labels\.gpkg cannot be made"):
        make_label_layer(tmp_path / "file" / "labels.gpkg", UTM, {})


# Colours --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, None),
        (NULL, None),
        ("", None),
        ("  ", None),
        (" wood ", "wood"),
        (3, "3"),
        (3.0, "3"),
        (2.5, "2.5"),
        ("fore\u0302t\u00a0 mixte", "forêt mixte"),
    ],
)
def test_names_of_classes(value: Any, name: Any) -> None:
    assert class_name(value) == name


def test_numbers_are_coloured_and_read_again() -> None:
    layer = squares("EPSG:32633", [(1, HECTARE), (2, HECTARE)], "integer")
    set_classes(layer, "cover", {"1": WATER, "2": WOOD})
    assert list(class_colours(layer, "cover")) == ["1", "2"]
    renderer = layer.renderer()
    assert isinstance(renderer, QgsCategorizedSymbolRenderer)
    assert [renderer.categoryIndexForValue(value) for value in (1, 2)] == [0, 1]
    assert class_colours(layer, "another") == {}


def test_colours_that_nobody_chose_are_the_usual_ones() -> None:
    colours = all_colours(["Water", "wood"], {"wood": QColor("#123456")})
    assert colours["wood"].name() == "#123456"
    assert colours["Water"].blue() > max(colours["Water"].red(), colours["Water"].green())


# Counts ---------------------------------------------------------------------------------------------------------------


def test_polygons_and_pixels_of_each_class(qtbot: Any) -> None:
    half_outside = (500_950, 5_000_000, 501_050, 5_000_100)
    boxes = [("wood", HECTARE), ("wood", half_outside), ("water", HECTARE), (None, HECTARE), ("wood", ELSEWHERE)]
    counts = counted(qtbot, squares("EPSG:32633", boxes))
    assert {name: (one.polygons, one.pixels) for name, one in counts.classes.items()} == {
        "wood": (2, 150.0),
        "water": (1, 100.0),
    }
    assert (counts.unnamed, counts.outside, counts.too_many) == (1, 1, False)


def test_each_part_of_a_feature_is_a_polygon(qtbot: Any) -> None:
    layer = QgsVectorLayer("MultiPolygon?crs=EPSG:32633&field=cover:string", "dissolved", "memory")
    feature = QgsFeature(layer.fields())
    feature["cover"] = "wood"
    shape = QgsGeometry.fromRect(QgsRectangle(*HECTARE))
    for box in ((500_300, 5_000_100, 500_400, 5_000_200), ELSEWHERE):
        shape.addPartGeometry(QgsGeometry.fromRect(QgsRectangle(*box)))
    feature.setGeometry(shape)
    layer.dataProvider().addFeature(feature)
    counts = counted(qtbot, in_project(layer))
    assert (counts.classes["wood"].polygons, counts.classes["wood"].pixels, counts.outside) == (2, 200.0, 1)


def test_polygons_in_another_system(qtbot: Any) -> None:
    layer = squares("EPSG:32633", [("wood", HECTARE)])
    box = layer.getFeature(1).geometry()
    way = QgsCoordinateTransform(UTM, QgsCoordinateReferenceSystem("EPSG:4326"), QgsProject.instance())
    box.transform(way)
    degrees = QgsVectorLayer("Polygon?crs=EPSG:4326&field=cover:string", "drawn", "memory")
    feature = QgsFeature(degrees.fields())
    feature["cover"] = "wood"
    feature.setGeometry(box)
    degrees.dataProvider().addFeature(feature)
    assert counted(qtbot, in_project(degrees)).classes["wood"].pixels == pytest.approx(100, rel=1e-3)


def test_points_are_widened(qtbot: Any) -> None:
    layer = QgsVectorLayer("Point?crs=EPSG:32633&field=cover:string", "points", "memory")
    feature = QgsFeature(layer.fields())
    feature["cover"] = "wood"
    feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(500_500, 5_000_500)))
    layer.dataProvider().addFeature(feature)
    counts = counted(qtbot, in_project(layer), buffer_m=20.0)
    assert counts.classes["wood"].pixels == pytest.approx(3.14159 * 20**2 / 100, rel=0.02)


def test_without_an_image_polygons_alone_are_counted(qtbot: Any) -> None:
    counts = counted(qtbot, squares("EPSG:32633", [("wood", HECTARE)]), images=())
    assert (counts.classes["wood"].polygons, counts.classes["wood"].pixels, counts.outside) == (1, None, 0)


def test_three_hundred_classes_are_no_classes(qtbot: Any) -> None:
    counts = counted(qtbot, squares("EPSG:32633", [(f"{number}", HECTARE) for number in range(MOST_CLASSES + 1)]))
    assert counts.too_many
    assert label_warnings(counts) == [f"The field has more than {MOST_CLASSES} values; is it the class?"]


def test_what_is_drawn_is_counted_before_it_is_saved(labels: QgsVectorLayer, qtbot: Any) -> None:
    counter = LabelCounter()
    with qtbot.waitSignal(counter.counted, timeout=MS):
        counter.follow(labels, CLASS_FIELD, (IMAGE,))
    labels.startEditing()
    draw_as(labels, CLASS_FIELD, "wood")
    with qtbot.waitSignal(counter.counted, timeout=MS) as told:
        draw(labels)
    assert told.args[0].classes["wood"].polygons == 1
    with qtbot.waitSignal(counter.counted, timeout=MS) as told:
        labels.rollBack()
    assert told.args[0].classes == {}
    counter.close()


def test_a_layer_that_is_removed_is_let_go(qtbot: Any) -> None:
    layer = squares("EPSG:32633", [("wood", HECTARE)] * 2000)
    counter = LabelCounter()
    counter.follow(layer, "cover", (IMAGE,))
    QgsProject.instance().removeMapLayer(layer.id())
    del layer
    qtbot.wait(50)
    with qtbot.waitSignal(counter.counted, timeout=MS) as told:
        counter.follow(None, "", ())
    assert told.args[0].classes == {}
    counter.close()


def test_warnings_say_what_to_do(qtbot: Any) -> None:
    counts = counted(qtbot, squares("EPSG:32633", [("wood", HECTARE), ("wood", ELSEWHERE), (None, HECTARE)]))
    one, few, unnamed, outside = label_warnings(counts)
    assert "at least two" in one
    assert f"wood. Draw at least {FEWEST_POLYGONS}" in few
    assert unnamed.endswith("left out: 1.")
    assert outside.endswith("left out: 1.")
    assert label_warnings(counts, drawing=True) == [unnamed, outside]


# The chooser ----------------------------------------------------------------------------------------------------------


def test_a_layer_shows_its_classes(chooser: LabelChooser, qtbot: Any) -> None:
    layer = squares("EPSG:32633", [("wood", HECTARE), ("wood", HECTARE), ("water", HECTARE)])
    chooser.set_images((IMAGE,))
    with qtbot.waitSignal(chooser.changed, timeout=MS, check_params_cb=lambda: bool(chooser.counts.classes)):
        chooser.set_layer(layer)
    assert chooser.field() == "cover"
    table = chooser.table.table
    shown = [[table.item(row, column).text() for column in (1, 2, 3)] for row in range(table.rowCount())]
    assert shown == [["water", "⚠ 1", "≈ 100"], ["wood", "⚠ 2", "≈ 200"]]
    assert not chooser.add_class.isVisibleTo(chooser)


def test_the_field_of_the_class_is_guessed(chooser: LabelChooser, tmp_path: Path) -> None:
    fields = "field=id:integer&field=remark:string&field=Class:integer"
    layer = in_project(QgsVectorLayer(f"Polygon?crs=EPSG:32633&{fields}", "fields", "memory"))
    chooser.set_layer(layer)
    assert chooser.field() == "Class"


def test_a_colour_of_the_table_is_the_layers(chooser: LabelChooser, qtbot: Any) -> None:
    layer = squares("EPSG:32633", [("wood", HECTARE), ("water", HECTARE)])
    with qtbot.waitSignal(chooser.changed, timeout=MS, check_params_cb=lambda: bool(chooser.counts.classes)):
        chooser.set_layer(layer)
    chooser.table.colour_changed.emit("wood", QColor("#ff00ff"))
    assert class_colours(layer, "cover")["wood"].name() == "#ff00ff"
    assert chooser.colours()["wood"].name() == "#ff00ff"


def test_making_a_layer_and_a_further_class(chooser: LabelChooser, qtbot: Any, tmp_path: Path) -> None:
    dialog = NewLabelsDialog(UTM)
    qtbot.addWidget(dialog)
    dialog.file.setFilePath(str(tmp_path / "drawn"))
    dialog.table.item(0, 1).setText("Water")
    dialog.table.item(1, 1).setText("Forest")
    assert dialog.classes()["Water"].blue() > dialog.classes()["Water"].red()
    with qtbot.waitSignal(chooser.drawing_requested, timeout=MS) as asked:
        chooser.make(dialog)
    layer = asked.args[0]
    assert (tmp_path / "drawn.gpkg").is_file()
    assert chooser.layer() is layer
    assert (chooser.field(), chooser.table.selected()) == (CLASS_FIELD, "Water")
    layer.startEditing()
    assert draw(layer)[CLASS_FIELD] == "Water"
    chooser.add(" Meadow ")
    assert chooser.table.selected() == "Meadow"
    assert list(class_colours(layer, CLASS_FIELD)) == ["Water", "Forest", "Meadow"]
    assert draw(layer)[CLASS_FIELD] == "Meadow"
    assert chooser.note.isVisibleTo(chooser)
    layer.rollBack()


def test_what_is_missing_is_told(chooser: LabelChooser, tmp_path: Path) -> None:
    with pytest.raises(GeoFMError, match="Choose a layer of labelled polygons first"):
        chooser.source(str(tmp_path))


def test_the_copy_holds_what_is_not_saved_and_the_colours(labels: QgsVectorLayer, tmp_path: Path) -> None:
    labels.startEditing()
    draw_as(labels, CLASS_FIELD, "wood")
    draw(labels)
    source = labels_source(labels, CLASS_FIELD, {"wood": QColor("#123456")}, str(tmp_path / "out"))
    labels.rollBack()
    (feature,) = QgsVectorLayer(source).getFeatures()
    assert (feature[CLASS_FIELD], feature["color"]) == ("wood", "#123456")
    assert feature.geometry().area() == pytest.approx(100 * 100)


def test_very_many_features_are_handed_over_as_they_are(tmp_path: Path) -> None:
    drawn = squares("EPSG:32633", [("wood", HECTARE)] * (MOST_COPIED + 1))
    stored = labels_source(drawn, "cover", {"wood": WOOD}, str(tmp_path / "out"))
    layer = in_project(QgsVectorLayer(stored, "stored", "ogr"))
    assert labels_source(layer, "cover", {"wood": WOOD}, str(tmp_path / "none")) == stored
    assert not (tmp_path / "none").exists()


def test_lines_and_points_ask_for_a_width(chooser: LabelChooser) -> None:
    layer = in_project(QgsVectorLayer("Point?crs=EPSG:32633&field=cover:string", "points", "memory"))
    chooser.set_layer(layer)
    assert chooser.buffer_m.isVisibleTo(chooser)
    assert chooser.buffer() == 10.0
    chooser.set_layer(squares("EPSG:32633", [("wood", HECTARE)]))
    assert not chooser.buffer_m.isVisibleTo(chooser)
    assert chooser.buffer() is None


def test_a_label_layer_keeps_classes_and_form_in_its_file(qgis_new_project: None, tmp_path: Path) -> None:
    path = tmp_path / "labels.gpkg"
    classes = {"water": QColor("#1f60a8"), "forest": QColor("#228833")}
    layer = make_label_layer(path, QgsCoordinateReferenceSystem("EPSG:32633"), classes)
    set_classes(layer, CLASS_FIELD, {**classes, "maize": QColor("#ddaa33")})  # as when a class is added
    del layer
    again = QgsVectorLayer(str(path), "labels", "ogr")  # in another project
    assert is_label_layer(again)
    colours = {name: colour.name() for name, colour in class_colours(again, CLASS_FIELD).items()}
    assert colours == {"water": "#1f60a8", "forest": "#228833", "maize": "#ddaa33"}
    form = again.editorWidgetSetup(again.fields().indexOf(CLASS_FIELD))
    assert form.type() == "ValueMap" and len(form.config()["map"]) == 3
    assert again.listStylesInDatabase()[0] == 1


@pytest.mark.parametrize(
    ("fields", "rows", "expected"),
    [
        (("index:int", "LULC:int", "LULC_NAME:string"), [(n, n % 3, "abc"[n % 3]) for n in range(60)], "LULC_NAME"),
        (("id:int", "class:string", "name:string"), [(n, "ab"[n % 2], f"plot {n}") for n in range(60)], "class"),
        (("fid:int", "crop:int", "area:double"), [(n, n % 5, n / 7) for n in range(60)], "crop"),
        (("class:string", "source:string"), [("a", "x"), ("b", "y"), ("c", "x")], "class"),
    ],
)
def test_the_class_field_is_one_with_few_values(fields: Any, rows: Any, expected: str) -> None:
    columns = "&".join(f"field={field}" for field in fields)
    layer = QgsVectorLayer(f"Polygon?crs=EPSG:32633&{columns}", "plots", "memory")
    features = []
    for row in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(list(row))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    assert likely_class_field(layer) == expected


def test_labels_can_be_chosen_as_a_file(qgis_new_project: None, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "labels.gpkg"
    make_label_layer(path, QgsCoordinateReferenceSystem("EPSG:32633"), {"water": QColor("blue")})
    chooser = LabelChooser()
    qtbot.addWidget(chooser)
    chooser.open_file(str(path))
    assert chooser.layer().name() == "labels" and list(chooser.colours()) == ["water"]
    (tmp_path / "text.gpkg").write_text("nothing")
    with qtbot.waitSignal(chooser.problem, timeout=MS) as told:
        chooser.open_file(str(tmp_path / "text.gpkg"))
    assert told.args[0] == "text.gpkg holds no polygons, lines or points."
    chooser.close()
