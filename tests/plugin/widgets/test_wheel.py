"""The wheel over the panels and the dialogs: it scrolls, and turns no number on its way."""

import pytest
from qgis.core import QgsCoordinateReferenceSystem
from qgis.PyQt.QtCore import QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QWheelEvent
from qgis.PyQt.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QDoubleSpinBox, QSpinBox

from geofm_qgis.dock import GeoFMDock
from geofm_qgis.environment.setup import EngineSetup
from geofm_qgis.labels.new_labels import NewLabelsDialog
from geofm_qgis.models.asking import ImportDialog
from geofm_qgis.models.dialog import ModelsDialog
from geofm_qgis.options_page import OptionsPage

pytest_plugins = ("queue_fixtures",)


def turn(widget):
    """Turn the wheel over a widget."""
    place = QPointF(5, 5)
    wheel = QWheelEvent(
        place,
        QPointF(widget.mapToGlobal(QPoint(5, 5))),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, wheel)


def value(box):
    return box.currentIndex() if isinstance(box, QComboBox) else box.text()


@pytest.fixture(params=["dock", "options", "models", "import", "labels"])
def whole(request, client, qgis_canvas, qtbot):
    """A panel or a dialog."""
    widget = {
        "dock": lambda: GeoFMDock(client, qgis_canvas),
        "options": lambda: OptionsPage(EngineSetup()),
        "models": lambda: ModelsDialog(client),
        "import": lambda: ImportDialog(set()),
        "labels": lambda: NewLabelsDialog(QgsCoordinateReferenceSystem("EPSG:32615")),
    }[request.param]()
    qtbot.addWidget(widget)
    return widget


def test_the_wheel_changes_nothing_that_has_no_focus(whole):
    if isinstance(whole, GeoFMDock):
        whole.flood.pre.add_date()  # one that comes later
        QApplication.processEvents()
        assert len(whole.findChildren(QAbstractSpinBox)) > 10
    boxes = [*whole.findChildren(QComboBox), *whole.findChildren(QAbstractSpinBox)]
    for box in boxes:
        before = value(box)
        for widget in (box, *filter(None, [box.lineEdit()])):
            turn(widget)
        assert value(box) == before, box.accessibleName() or box.objectName()
        assert box.focusPolicy() != Qt.FocusPolicy.WheelFocus


def test_a_number_that_has_the_focus_follows_the_wheel(client, qgis_canvas, qtbot):
    dock = GeoFMDock(client, qgis_canvas)
    qtbot.addWidget(dock)
    box = next(box for box in dock.flood.findChildren((QSpinBox, QDoubleSpinBox)) if box.value() < box.maximum())
    before = box.value()
    box.hasFocus = lambda: True  # a window without a screen may never be active
    turn(box)
    assert box.value() != before
