"""How many clicks a job takes, walked by mouse on real widgets, and the same by keyboard; images are loaded before.

Opening a list is a click; a click beside an open list closes it and does what it is for (`tests/e2e` sees to that).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from osgeo import gdal, osr
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsRasterLayer, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QComboBox, QFileDialog, QWidget
from queue_home import MS

from geofm_qgis.dock import GeoFMDock
from geofm_qgis.environment import folders, setup, steps

pytest_plugins = ("queue_fixtures", "setup_fixtures")

LEFT = Qt.MouseButton.LeftButton
QGIS_OWN = 7  # Plugins > Manage and Install > Install from ZIP > … > the file > Install Plugin > Close


class Walk:
    """A hand on the mouse that counts."""

    def __init__(self, dock: GeoFMDock, qtbot: Any) -> None:
        self.dock, self.qtbot, self.clicks = dock, qtbot, 0

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """One click on something that can be seen."""
        assert widget.isVisible() and widget.isEnabled(), widget
        QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, at or widget.rect().center())
        self.clicks += 1

    def tab(self, page: QWidget) -> None:
        """The tab of a page."""
        bar = self.dock.tabs.tabBar()
        self.click(bar, bar.tabRect(self.dock.tabs.indexOf(page)).center())
        assert self.dock.tabs.currentWidget() is page

    def pick(self, combo: QComboBox, text: str) -> None:
        """Open a list and click a line of it."""
        self.click(combo.lineEdit() or combo)
        assert combo.view().isVisible()
        self.qtbot.wait(20)  # until the click that opened it is over
        index = combo.model().index(combo.findText(text), combo.modelColumn(), combo.rootModelIndex())
        self.click(combo.view().viewport(), combo.view().visualRect(index).center())
        combo.hidePopup()


def load_image(path: Path) -> QgsRasterLayer:
    data = gdal.GetDriverByName("GTiff").Create(str(path), 64, 64, 3, gdal.GDT_Byte)
    place = osr.SpatialReference()
    place.ImportFromEPSG(32633)
    data.SetProjection(place.ExportToWkt())
    data.SetGeoTransform((500_000, 10, 0, 5_500_000, 0, -10))
    for band in range(1, 4):
        data.GetRasterBand(band).WriteArray(np.full((64, 64), 40 * band, np.uint8))
    del data
    layer = QgsRasterLayer(str(path), path.stem)
    QgsProject.instance().addMapLayer(layer)
    return layer


def load_labels() -> QgsVectorLayer:
    layer = QgsVectorLayer("Polygon?crs=EPSG:32633&field=note:string&field=class:string", "fields", "memory")
    features = []
    for number in range(8):
        feature = QgsFeature(layer.fields())
        x, y = 500_000 + 80 * number, 5_499_800
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x, y, x + 60, y + 60)))
        feature.setAttributes([f"n{number}", ("water", "wheat")[number % 2]])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    QgsProject.instance().addMapLayer(layer)
    return layer


@pytest.fixture
def walk(client, qgis_canvas, qgis_new_project, qtbot, tmp_path, monkeypatch):
    """The open panel, and what is sent off."""
    dock = GeoFMDock(client, qgis_canvas)
    qtbot.addWidget(dock)
    dock.resize(460, 1000)
    dock.show()
    QApplication.setActiveWindow(dock)
    before = QApplication.doubleClickInterval()
    QApplication.setDoubleClickInterval(10)
    sent = []
    monkeypatch.setattr(client, "submit", lambda request, *_: sent.append(request))
    for page in (dock.flood, dock.train, dock.search.builder):
        page.save_as.folder.setFilePath(str(tmp_path / "results"))
    walk = Walk(dock, qtbot)
    walk.sent = sent
    yield walk
    QApplication.setDoubleClickInterval(before)
    for page in dock.pages:
        page.close_tools()
    dock.readiness.setup.close()


def test_quick_on_a_labelled_layer_takes_six_clicks(walk, qtbot, tmp_path):
    load_image(tmp_path / "image.tif")
    load_labels()
    train = walk.dock.train
    walk.tab(train)
    walk.pick(train.images.rows()[0].combo, "image")
    walk.pick(train.labels.layers, "fields")
    assert train.labels.field() == "class"  # the field is found
    qtbot.waitUntil(lambda: len(train.labels.counts.classes) == 2, timeout=MS)
    walk.click(train.run_bar.run)
    (request,) = walk.sent
    assert (request.preset, request.class_field, walk.clicks) == ("quick", "class", 6)


def test_the_same_by_keyboard(walk, qtbot, tmp_path):
    load_image(tmp_path / "image.tif")
    load_labels()
    train = walk.dock.train
    walk.dock.tabs.setCurrentWidget(train)

    def choose(combo, *keys):
        combo.setFocus()
        QTest.keyClick(combo, Qt.Key.Key_F4)
        for key in keys:
            QTest.keyClick(combo.view(), key)

    def section(digit):
        action = next(one for one in train.actions() if one.shortcut().toString() == f"Alt+{digit}")
        action.trigger()

    section(2)  # the images
    assert train.images.isAncestorOf(QApplication.focusWidget())
    choose(train.images.rows()[0].combo, Qt.Key.Key_Home, Qt.Key.Key_Space, Qt.Key.Key_Escape)
    assert not train.images.rows()[0].is_empty()
    section(3)  # the labels
    assert QApplication.focusWidget() is train.labels.layers
    choose(train.labels.layers, Qt.Key.Key_End, Qt.Key.Key_Return)
    assert train.labels.layer() is not None
    qtbot.waitUntil(lambda: len(train.labels.counts.classes) == 2, timeout=MS)
    next(one for one in train.actions() if one.shortcut().toString() == "Ctrl+Return").trigger()
    assert [request.preset for request in walk.sent] == ["quick"]


def test_an_index_of_loaded_images_takes_three_clicks(walk, tmp_path, monkeypatch):
    images = [load_image(tmp_path / f"{name}.tif").source() for name in ("a", "b", "c")]
    search = walk.dock.search
    monkeypatch.setattr(search.builder.model, "require", lambda: "model")
    walk.tab(search)
    walk.click(search.builder.all_button)
    walk.click(search.builder.run_bar.run)
    (request,) = walk.sent
    assert sorted(path for image in request.images for path in image) == images
    assert walk.clicks == 3  # the line for the query has the keyboard when the index is there


@pytest.fixture
def no_engine(no_make, monkeypatch):
    """As after the zip: a set-up that takes a moment gives an engine."""

    def steps_of_setup(own, folder, requirements, level):
        engine = folders.python_in(folder / folders.ENGINE)
        line = f"import pathlib; p = pathlib.Path({str(engine)!r}); p.parent.mkdir(parents=True); p.touch()"
        return (steps.Step("Making", own, ("-c", line)),)

    monkeypatch.setattr(setup, "steps_of_setup", steps_of_setup)


def test_a_newcomer_maps_a_flood_by_twelve_clicks(no_engine, walk, qtbot, tmp_path, monkeypatch):
    """From the zip: QGIS's own, the button that opens the panel, and what is asked in it."""
    image = load_image(tmp_path / "post.tif").source()
    QgsProject.instance().clear()
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([image], ""))
    flood, opens_the_panel, accepts_the_file = walk.dock.flood, 1, 1
    qtbot.waitUntil(flood.banner.isVisible, timeout=MS)
    walk.click(flood.banner.set_up)
    qtbot.waitUntil(lambda: not flood.banner.isVisible(), timeout=MS)
    walk.click(flood.post.browse, QPoint(8, flood.post.browse.height() // 2))
    walk.click(flood.run_bar.run)
    assert [request.post for request in walk.sent if request.kind == "flood"] == [(image,)]
    assert QGIS_OWN + opens_the_panel + accepts_the_file + walk.clicks <= 12
