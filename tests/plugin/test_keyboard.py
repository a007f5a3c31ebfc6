"""The keyboard in the panel: no letter of Alt is taken from QGIS's menus, and a key runs what the page is for."""

import re
from collections import Counter

import pytest
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QAbstractButton, QLabel, QToolButton

from geofm_qgis.dock import GeoFMDock
from geofm_qgis.widgets.inputs import DatesEditor

pytest_plugins = ("queue_fixtures",)

MENUS = set("jevlsordpwmch")  # Project, Edit, View, Layer, Settings, Plugins, Vector, Raster, Database, ...


@pytest.fixture
def dock(client, qgis_canvas, qtbot):
    widget = GeoFMDock(client, qgis_canvas)
    qtbot.addWidget(widget)
    return widget


def letter(text):
    """The one after a single &, or nothing."""
    match = re.search(r"(?<!&)&([^&\s])", text)
    return match.group(1).lower() if match else ""


def test_no_letter_is_taken_from_the_menus_or_used_twice(dock):
    tabs = [letter(dock.tabs.tabText(number)) for number in range(dock.tabs.count())]
    assert all(tabs)
    for page in (*dock.pages, dock.jobs):
        # A QToolButton of an action shows its text without the letter.
        buttons = [button for button in page.findChildren(QAbstractButton) if not isinstance(button, QToolButton)]
        labels = [label for label in page.findChildren(QLabel) if label.buddy() is not None]
        used = Counter(filter(None, [*tabs, *(letter(widget.text()) for widget in (*buttons, *labels))]))
        assert not set(used) & MENUS
        assert [key for key, count in used.items() if count > 1] == []


def test_control_and_return_run_what_the_page_is_for(dock):
    said = []
    dock.flood.problem.connect(said.append)
    (action,) = (action for action in dock.flood.actions() if action.shortcut() == QKeySequence("Ctrl+Return"))
    assert action.shortcutContext() == Qt.ShortcutContext.WidgetWithChildrenShortcut  # QGIS keeps its own elsewhere
    action.trigger()
    assert "Choose the image from after the flood first." in said[0]


def test_tab_goes_down_the_dates_and_then_to_the_button_that_adds_one(qtbot):
    editor = DatesEditor()
    qtbot.addWidget(editor)
    second = editor.add_date()
    first = editor.rows()[0]
    wanted = [first.combo, first.browse, second.combo, second.browse, editor.add_button]
    passed, widget = [], first.combo
    for _ in range(60):
        passed += [widget] if widget in wanted else []
        widget = widget.nextInFocusChain()
        if widget is first.combo:
            break
    assert passed == wanted


def test_alt_and_a_digit_reach_each_section(dock, qtbot):
    dock.show()
    panel = dock.flood
    titles = [place.title() for place, _ in panel._seen()]
    assert titles == [
        "1. After the flood",
        "2. Before the flood",
        "3. Method",
        "4. Area",
        "5. Terrain and known water",
        "6. Options",
        "7. Save as",
    ]
    keys = {action.shortcut().toString(): action for action in panel.actions()}
    assert keys["Alt+5"].shortcutContext() == Qt.ShortcutContext.WidgetWithChildrenShortcut
    keys["Alt+5"].trigger()
    assert not panel.dem.parentWidget().parentWidget().isCollapsed()
    assert panel.dem.isAncestorOf(dock.focusWidget())
    keys["Alt+4"].trigger()
    assert dock.focusWidget() is panel.aoi.modes
    dock.tabs.setCurrentWidget(dock.train)
    dock.train.subject.set_flood(True)  # other images are asked for then
    qtbot.waitUntil(lambda: dock.train._seen()[-1][0].title() == "7. Save as")
    assert [title for _, title in dock.train._seen()][1:3] == ["After the flood", "Before the flood"]


def test_a_folded_box_is_one_stop(dock, qtbot):
    dock.show()
    box = dock.flood.save_as
    arrow = box.findChild(QToolButton, "collapseButton")
    assert arrow.accessibleName() == "Save as"
    assert [widget for widget in (box, arrow) if widget.focusPolicy() & Qt.FocusPolicy.TabFocus] == [arrow]
    qtbot.keyClick(arrow, Qt.Key.Key_Space)
    assert box.isCollapsed()
