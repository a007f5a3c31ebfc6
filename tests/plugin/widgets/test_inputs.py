"""The widgets that say what a job reads, with real layers, files, mouse and drag and drop."""

from pathlib import Path

import pytest
from osgeo import gdal, osr
from qgis.core import QgsFeature, QgsGeometry, QgsLayerTreeModel, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent
from qgis.PyQt.QtWidgets import QApplication, QFileDialog, QToolButton

from geofm_qgis.project.sources import SourceError
from geofm_qgis.widgets.inputs import DateRow, DatesEditor
from geofm_qgis.widgets.layer_or_file import LayerOrFile

NO_KEYS = Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def project(qgis_new_project):
    return qgis_new_project


@pytest.fixture
def write(tmp_path):
    def make(name: str) -> str:
        path = tmp_path / name
        data = gdal.GetDriverByName("GTiff").Create(str(path), 4, 4, 1)
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(32615)
        data.SetProjection(reference.ExportToWkt())
        data.SetGeoTransform((500000, 10, 0, 4000000, 0, -10))
        return str(path)

    return make


@pytest.fixture
def load(write, project):
    def make(name: str) -> QgsRasterLayer:
        layer = QgsRasterLayer(write(f"{name}.tif"), name)
        return project.addMapLayer(layer)

    return make


@pytest.fixture
def row(qtbot):
    widget = DateRow()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def add_tiles(project):
    uri = "type=xyz&url=https://example.invalid/{z}/{x}/{y}.png&zmax=3&zmin=0"
    return project.addMapLayer(QgsRasterLayer(uri, "Tiles", "wms"))


def lakes(project):
    layer = QgsVectorLayer("Polygon?crs=EPSG:32615", "lakes", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0, 1 0, 1 1, 0 0))"))
    layer.dataProvider().addFeatures([feature])
    return project.addMapLayer(layer)


def names(row):
    return [row.combo.itemText(number) for number in range(row.combo.count())]


def toggle(row, name):
    """As a click on the item does it."""
    row.combo.toggleItemCheckState(names(row).index(name))


def files(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(widget, data):
    """Drop on a child of the widget, as a user does; True if it was taken."""
    target = widget.combo.lineEdit()
    buttons, actions = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    enter = QDragEnterEvent(QPoint(3, 3), actions, data, buttons, NO_KEYS)
    QApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(3, 3), actions, data, buttons, NO_KEYS)
    QApplication.sendEvent(widget, event)
    # A move would make the layer panel remove the layer.
    assert event.dropAction() == Qt.DropAction.CopyAction
    return event.isAccepted()


# One date -------------------------------------------------------------------------------------------------------------


def test_a_row_offers_the_rasters_of_the_project(row, load, project):
    assert names(row) == []
    assert row.combo.defaultText() == "Add image files or drop them here"
    load("VV")
    load("VH")
    lakes(project)
    add_tiles(project)
    assert names(row) == ["VH", "VV"]
    assert row.combo.defaultText() == "Choose images…"
    assert row.is_empty()
    assert row.sources() == ()


def test_a_row_made_later_offers_them_too(load, qtbot):
    load("VV")
    later = DateRow()
    qtbot.addWidget(later)
    assert names(later) == ["VV"]


def test_checked_layers_count_in_the_order_of_checking(row, load, qtbot):
    vh, vv = load("VH"), load("VV")
    with qtbot.waitSignal(row.changed):
        toggle(row, "VV")
    toggle(row, "VH")
    assert row.sources() == (vv.source(), vh.source())
    toggle(row, "VV")
    assert row.sources() == (vh.source(),)
    assert not row.is_empty()


def test_checking_by_mouse(row, load, qtbot):
    layer = load("VV")
    row.combo.showPopup()
    view = row.combo.view()
    qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(row.combo.model().index(0, 0)).center()
    )
    row.combo.hidePopup()
    assert row.sources() == (layer.source(),)
    assert row.combo.lineEdit().text() == "VV"


def test_a_renamed_layer_stays_checked(row, load):
    load("other")
    layer = load("VV")
    toggle(row, "VV")
    layer.setName("after")
    assert names(row) == ["after", "other"]
    assert row.sources() == (layer.source(),)
    assert row.combo.checkedItems() == ["after"]
    assert row.combo.lineEdit().text() == "after"


def test_a_removed_layer_is_no_longer_chosen(row, load, project, qtbot):
    layer, other = load("VV"), load("VH")
    toggle(row, "VV")
    toggle(row, "VH")
    with qtbot.waitSignal(row.changed):
        project.removeMapLayer(layer.id())
    assert names(row) == ["VH"]
    assert row.sources() == (other.source(),)
    project.clear()
    assert row.is_empty()


def test_files_are_added_by_the_button(row, write, qtbot, monkeypatch):
    paths = [write("a.tif"), write("b.tif")]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (paths, ""))
    with qtbot.waitSignal(row.changed):
        qtbot.mouseClick(row.browse, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    assert row.sources() == tuple(paths)
    assert row.combo.checkedItems() == ["a", "b"]
    assert sorted(layer.name() for layer in QgsProject.instance().mapLayers().values()) == ["a", "b"]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([], ""))
    row.add_files_action.trigger()
    assert row.sources() == tuple(paths)


def test_a_product_folder_is_added_by_the_menu(row, tmp_path, monkeypatch):
    folder = tmp_path / "S1A_IW_GRDH.SAFE"
    folder.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    row.add_folder_action.trigger()
    assert row.sources() == (str(folder),)


def test_set_sources_finds_layers_that_are_loaded(row, load, write):
    layer, path = load("VV"), write("b.tif")
    row.set_sources((path, layer.source()))
    assert row.sources() == (path, layer.source())
    assert names(row) == ["VV", "b.tif"]
    row.set_sources(())
    assert row.is_empty()


def test_a_file_that_is_gone_is_an_error(row, write):
    path = write("a.tif")
    row.set_sources((path,))
    Path(path).unlink()
    with pytest.raises(SourceError, match="does not exist any more"):
        row.sources()


def test_files_are_dropped(row, write, tmp_path):
    path, folder, text = write("a.tif"), tmp_path / "x.SAFE", tmp_path / "notes.txt"
    folder.mkdir()
    text.touch()
    assert drop(row, files(path, folder, text))
    assert row.sources() == (path, str(folder))
    assert not drop(row, files(text))


def test_layers_are_dropped_from_the_layer_panel(row, load, project):
    load("VH")
    layer = load("VV")
    model = QgsLayerTreeModel(project.layerTreeRoot())
    index = next(model.index(n, 0) for n in range(model.rowCount()) if model.index(n, 0).data() == "VV")
    assert drop(row, model.mimeData([index]))
    assert row.sources() == (layer.source(),)
    assert row.combo.checkedItems() == ["VV"]


def test_layers_that_are_no_images_are_not_taken(row, project):
    lakes(project)
    add_tiles(project)
    model = QgsLayerTreeModel(project.layerTreeRoot())
    assert not drop(row, model.mimeData([model.index(0, 0), model.index(1, 0)]))


# Several dates --------------------------------------------------------------------------------------------------------


@pytest.fixture
def editor(qtbot):
    widget = DatesEditor()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_dates_start_with_one_empty_row(editor):
    assert len(editor.rows()) == 1
    assert editor.dates() == ()


def test_dates_are_added_and_removed(editor, write, qtbot):
    first, second = write("a.tif"), write("b.tif")
    with qtbot.waitSignal(editor.changed):
        editor.rows()[0].set_sources((first,))
    qtbot.mouseClick(editor.add_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(editor.add_button, Qt.MouseButton.LeftButton)
    editor.rows()[2].set_sources((second, first))
    assert editor.dates() == ((first,), (second, first))
    remove = [button for button in editor.findChildren(QToolButton) if button.toolTip() == "Remove this date"]
    with qtbot.waitSignal(editor.changed):
        qtbot.mouseClick(remove[0], Qt.MouseButton.LeftButton)
    assert editor.dates() == ((second, first),)


def test_dates_are_set(editor, write):
    first, second = write("a.tif"), write("b.tif")
    editor.set_dates(((first,), (second,)))
    assert editor.dates() == ((first,), (second,))
    editor.set_dates(())
    assert len(editor.rows()) == 1
    assert editor.dates() == ()


def test_a_removed_date_no_longer_follows_the_project(editor, load, project):
    layer = load("VV")
    editor.remove_date(editor.rows()[0])
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    layer.setName("renamed")
    load("VH")
    project.clear()
    assert editor.rows() == ()
    assert editor.dates() == ()


# One layer ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def make_input(qtbot):
    def make(**options) -> LayerOrFile:
        widget = LayerOrFile(**options)
        qtbot.addWidget(widget)
        widget.show()
        return widget

    return make


def test_nothing_is_chosen_at_first(make_input, load, tmp_path):
    load("dem")
    widget = make_input()
    load("hand")
    assert widget.is_empty()
    assert widget.source(str(tmp_path)) is None


def test_a_raster_layer_is_chosen(make_input, load, project, tmp_path, qtbot):
    layer = load("dem")
    add_tiles(project)
    lakes(project)
    widget = make_input()
    assert [widget.combo.layer(number) for number in range(widget.combo.count())] == [None, layer]
    with qtbot.waitSignal(widget.changed):
        widget.set_layer(layer)
    assert widget.source(str(tmp_path)) == layer.source()
    project.removeMapLayer(layer.id())
    assert widget.source(str(tmp_path)) is None
    assert widget.is_empty()


def test_polygons_in_memory_are_copied(make_input, project, tmp_path):
    widget = make_input(polygons=True)
    widget.set_layer(lakes(project))
    assert widget.source(str(tmp_path / "run")) == f"{tmp_path}/run/lakes.gpkg|layername=lakes"


def test_a_file_is_chosen_and_cleared(make_input, load, write, tmp_path, qtbot, monkeypatch):
    layer, path = load("dem"), write("other.tif")
    widget = make_input()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    with qtbot.waitSignal(widget.changed):
        qtbot.mouseClick(widget.browse, Qt.MouseButton.LeftButton)
    assert widget.combo.currentText() == "other.tif"
    assert widget.combo.toolTip() == path
    load("zz loaded later")
    assert widget.source(str(tmp_path)) == path
    widget.set_layer(layer)
    assert widget.source(str(tmp_path)) == layer.source()
    widget.set_file(path)
    widget.clear()
    assert widget.is_empty()
    assert widget.source(str(tmp_path)) is None
    widget.set_file(path)
    Path(path).unlink()
    with pytest.raises(SourceError, match="does not exist any more"):
        widget.source(str(tmp_path))


def test_two_chosen_images_are_shown_as_two(row, load):
    load("pre1")
    load("pre2")
    toggle(row, "pre1")
    toggle(row, "pre2")
    assert row.combo.currentText() == row.combo.lineEdit().text() == "pre1, pre2"


def test_an_image_that_the_keyboard_checks_is_chosen(row, load):
    layer = load("VV")
    row.combo.model().setData(row.combo.model().index(0, 0), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert row.sources() == (layer.source(),)
    assert row.combo.lineEdit().text() == "VV"
