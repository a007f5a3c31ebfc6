"""What is told: one message for each cause, gone when the cause is; what a tab lacks is told in the tab."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from qgis.gui import QgsMessageBar, QgsMessageViewer
from qgis.PyQt.QtWidgets import QApplication, QPushButton, QTextBrowser, QTextEdit
from real_maps import write_scene

from geofm_qgis.engine.errors import RequestError
from geofm_qgis.engine.jobs.result import Result
from geofm_qgis.flood.panel import FloodPanel
from geofm_qgis.messages import LONGEST, Messages
from geofm_qgis.widgets.warned import warnings_of

pytest_plugins = ("queue_fixtures",)


@pytest.fixture
def bar(qtbot):
    bar = QgsMessageBar()
    qtbot.addWidget(bar)
    return bar


@pytest.fixture
def messages(bar):
    return Messages(SimpleNamespace(messageBar=lambda: bar))


@pytest.fixture
def panel(client, qgis_canvas, qgis_new_project, qtbot, tmp_path):
    panel = FloodPanel(client, qgis_canvas)
    qtbot.addWidget(panel)
    panel.save_as.folder.setFilePath(str(tmp_path / "maps"))
    yield panel
    panel.close_tools()


def shown(bar):
    return [item.findChild(QTextBrowser).toPlainText() for item in bar.items()]


def test_a_cause_has_one_message(messages, bar):
    messages.warn("The index cannot be reached.", "set-up")
    messages.warn("The disk is full.", "set-up")
    messages.warn("Job 2 failed.", "jobs")
    assert len(shown(bar)) == 2 and not any("cannot be reached" in text for text in shown(bar))
    messages.clear("set-up")
    (text,) = shown(bar)
    assert "Job 2 failed." in text
    messages.close()
    assert not shown(bar)


def test_a_message_that_the_user_has_closed_is_no_trouble(messages, bar):
    messages.warn("The disk is full.", "set-up")
    bar.popWidget()
    QApplication.sendPostedEvents(None, 52)  # deferred deletions
    messages.warn("It is full still.", "set-up")
    messages.clear("set-up")
    assert not shown(bar)


def test_a_long_message_opens(messages, bar, qtbot):
    text = "The images " + ", ".join(f"image_{number}.tif" for number in range(40)) + " are of <b>different</b> dates."
    messages.warn(text, "jobs")
    (line,) = shown(bar)
    assert len(line) < LONGEST + 20 and line.endswith(" …")
    (button,) = (button for button in bar.findChildren(QPushButton) if button.text() == "Show all")
    button.click()
    (viewer,) = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QgsMessageViewer))
    qtbot.addWidget(viewer)
    assert viewer.findChild(QTextEdit).toPlainText() == text
    viewer.close()


def test_what_a_tab_lacks_is_told_in_it_until_something_changes(panel, tmp_path):
    scene = write_scene(tmp_path / "scene", 64)
    panel.run_bar.run.click()
    assert "Choose the image from after the flood first" in panel.trouble.text() and panel.trouble.isVisibleTo(panel)
    panel.post.set_sources([str(scene / "post.tif")])
    assert not panel.trouble.isVisibleTo(panel)
    panel.problem.emit("Something else.")
    panel.options.widgets["min_area_ha"].setValue(2.0)
    assert not panel.trouble.isVisibleTo(panel)


def test_the_field_that_mends_a_problem_is_brought_into_view(panel):
    place = panel.options.widgets["min_area_ha"]
    box = place.parentWidget()
    while not hasattr(box, "isCollapsed"):
        box = box.parentWidget()
    assert box.isCollapsed()

    def refuse():
        raise RequestError("min_area_ha is wrong.", field="min_area_ha")

    panel.request = refuse
    panel.run()
    assert not box.isCollapsed()
    assert "min_area_ha is wrong" in panel.trouble.text()


def test_warnings_name_files_and_not_their_folders():
    path = "/data/a folder, with more/harvey.tif"
    summary = {
        "dates": [{"files": [path, "/data/other.tif"]}],
        "warnings": [f"{path} does not name its bands: taken as VV and VH / as 1 and 2.", "/etc/hosts is not ours."],
    }
    first, second = warnings_of(Result((), "x", summary))
    assert first == "harvey.tif does not name its bands: taken as VV and VH / as 1 and 2."
    assert second == "/etc/hosts is not ours."
