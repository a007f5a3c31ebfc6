"""The jobs panel: jobs of every kind, given by hand, and some real ones."""

from __future__ import annotations

import dataclasses
import json
import time

import pytest
from qgis.PyQt.QtCore import QItemSelectionModel, QObject, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor, QDesktopServices, QImage, QPainter, QPalette
from qgis.PyQt.QtWidgets import QApplication, QMessageBox, QStyleOptionViewItem, QToolButton
from queue_home import MS, samples, state_of

from geofm_qgis.engine.jobs.job import FAILED, STATES, Job
from geofm_qgis.engine.jobs.result import Output, Result
from geofm_qgis.jobs.log_dialog import LogDialog
from geofm_qgis.jobs.model import COLOURS, JOB, JobModel, StateDelegate, state_icon
from geofm_qgis.jobs.panel import JobsPanel
from geofm_qgis.jobs.words import moment, progress_text, span, title_of
from geofm_qgis.jobs.words import state_of as word_of

pytest_plugins = ("queue_fixtures",)

NOW = 1_700_000_000.0
RESULT = Result((Output("/a.tif", "raster", "A"),), "Valencia")


class StubClient(QObject):
    """Stands where the client does and notes what it is asked for."""

    jobs_changed = pyqtSignal(object)

    def __init__(self):
        super().__init__()
        self.jobs, self.asked, self.text = (), [], ""

    def show(self, *jobs):
        """Tell the panels that these are all jobs."""
        self.jobs = jobs
        self.jobs_changed.emit(jobs)

    def cancel(self, number):
        """Note it."""
        self.asked.append(("cancel", number))

    def resume(self, number):
        """Note it."""
        self.asked.append(("resume", number))

    def delete(self, numbers):
        """Note it."""
        self.asked.append(("delete", tuple(numbers)))

    def log(self, number):
        """The text that the test gave."""
        return self.text


def a_job(number, state="queued", event="Valencia", **others):
    """A flood job."""
    request = json.dumps({"kind": "flood", "post": ["/x/after.tif"], "event": event, "mask": "/x/m.tif"})
    return Job(number, "flood", "long", request, state, NOW + number, **others)


@pytest.fixture
def stub():
    """A client without a queue."""
    return StubClient()


@pytest.fixture
def panel(stub, qtbot):
    """A panel that is shown."""
    panel = JobsPanel(stub)
    qtbot.addWidget(panel)
    panel.resize(430, 300)
    panel.show()
    return panel


@pytest.fixture
def enabled(panel):
    """The names of the actions that can be used now."""

    def names():
        return [action.text().replace("&", "").rstrip("…") for action in panel.actions_in_order if action.isEnabled()]

    return names


def test_words_for_a_job():
    assert title_of(a_job(1)) == "Valencia – flood map"
    assert title_of(a_job(1, event=None)) == "after – flood map"
    assert title_of(dataclasses.replace(a_job(1, event=None), result=RESULT)) == "Valencia – flood map"
    assert title_of(Job(1, "future", "long", "no json", "queued", NOW)) == "future"
    assert title_of(Job(1, "samples", "long", '{"folder": "/x/demo"}', "queued", NOW)) == "demo – sample scenes"
    running = a_job(1, "running", progress={"done": 62.5, "total": 100, "unit": "rows", "rate": 1.0, "eta_s": 170.0})
    assert progress_text(running) == "62 % · 3 min left"
    assert progress_text(a_job(1, "running")) == "Starting…"
    assert progress_text(dataclasses.replace(running, progress={**running.progress, "eta_s": None})) == "62 %"
    assert word_of(dataclasses.replace(running, cancel_requested_at=NOW)) == "Cancelling"
    assert word_of(dataclasses.replace(running, heartbeat_at=time.time() - 60)) == "Not responding"
    assert {word_of(a_job(1, state)) for state in STATES} == {
        "Waiting",
        "Running",
        "Done",
        "Failed",
        "Cancelled",
        "Interrupted",
    }


def test_spans_and_moments():
    assert [span(seconds) for seconds in (0.2, 45, 59.6, 170, 3599, 3720)] == [
        "1 s",
        "45 s",
        "1 min",
        "3 min",
        "1 h 00 min",
        "1 h 02 min",
    ]
    day = 86_400
    assert len(moment(NOW, NOW)) == 5 and ":" in moment(NOW, NOW)
    assert moment(NOW - 3 * day, NOW).startswith("11 ")
    assert moment(NOW - 400 * day, NOW).endswith("2022")


def test_the_newest_job_stands_on_top_and_rows_stay_rows(qtmodeltester, stub, panel):
    stub.show(*(a_job(number) for number in range(1, 4)))
    model = panel.model
    assert [model.index(row, 0).data(JOB).id for row in range(3)] == [3, 2, 1]
    panel.select(2)
    stub.show(a_job(1), a_job(2, "running"), a_job(3), a_job(4), a_job(5))
    assert [job.id for job in panel.selected] == [2]
    assert panel.selected[0].state == "running"
    stub.show(a_job(2, "succeeded"), a_job(5))
    assert [job.id for job in panel.selected] == [2]
    stub.show(a_job(5))
    assert panel.selected == ()
    qtmodeltester.check(model)


def test_only_rows_that_changed_are_drawn_anew(qtbot):
    model = JobModel()
    model.show_jobs([a_job(number) for number in range(1, 4)])
    changed = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    model.show_jobs([a_job(1), a_job(2, "running"), a_job(3)])
    assert changed == [(1, 1)]


def test_scrolling_stays_while_jobs_change(stub, panel):
    jobs = [a_job(number) for number in range(1, 101)]
    stub.show(*jobs)
    bar = panel.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    before = bar.value()
    jobs[40] = a_job(41, "running")
    stub.show(*jobs)
    assert bar.value() == before > 0


@pytest.mark.parametrize(
    ("job", "names"),
    [
        (a_job(1, "queued"), ["Cancel", "Show log"]),
        (a_job(1, "running"), ["Cancel", "Show log"]),
        (a_job(1, "running", cancel_requested_at=NOW), ["Show log"]),
        (a_job(1, "succeeded", result=RESULT), ["Load layers", "Show log", "Delete"]),
        (a_job(1, "failed"), ["Resume", "Show log", "Delete"]),
        (a_job(1, "cancelled"), ["Resume", "Show log", "Delete"]),
        (a_job(1, "interrupted"), ["Resume", "Show log", "Delete"]),
    ],
)
def test_what_can_be_done_with_a_job(job, names, stub, panel, enabled):
    assert enabled() == []
    stub.show(job)
    panel.select(1)
    assert enabled() == names


def test_several_jobs_at_once(stub, panel, enabled, qtbot):
    stub.show(a_job(1, "running"), a_job(2, "failed"), a_job(3), a_job(4, "succeeded", result=RESULT))
    panel.view.selectAll()
    assert enabled() == ["Load layers", "Cancel", "Resume", "Delete"]
    panel.cancel_action.trigger()
    panel.resume_action.trigger()
    assert stub.asked == [("cancel", 3), ("cancel", 1), ("resume", 2)]


def test_why_a_job_failed_is_said_below_and_in_the_tool_tip(stub, panel):
    stub.show(a_job(1, "failed", message="a.tif is not <a> raster."), a_job(2, "succeeded", message="Writes."))
    panel.select(1)
    assert panel.details.isVisible()
    assert panel.details.text() == "a.tif is not <a> raster."
    assert "a.tif is not <a> raster." in panel.model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    panel.select(2)
    assert not panel.details.isVisible()


def test_layers_are_loaded_by_button_and_double_click(stub, panel, qtbot):
    stub.show(a_job(1, "succeeded", result=RESULT), a_job(2, "failed"), a_job(3, "succeeded", result=RESULT))
    asked = []
    panel.load_requested.connect(lambda job: asked.append(job.id))
    panel.view.selectAll()
    panel.load_action.trigger()
    assert asked == [1, 3]
    panel.select(3)
    place = panel.view.visualRect(panel.model.index(0, 0)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == [1, 3, 3]
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert asked == [1, 3, 3, 3]
    panel.select(2)
    assert not panel.load_action.isEnabled()


def answer(button_text):
    """Press a button of the message box that will come."""

    def press():
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(20, press)
            return
        next(button for button in box.buttons() if button.text().replace("&", "") == button_text).click()

    QTimer.singleShot(0, press)


def test_deleting_asks_first(stub, panel, qtbot):
    stub.show(a_job(1, "failed"), a_job(2, "running"), a_job(3, "cancelled"))
    panel.view.selectAll()
    answer("Cancel")
    panel.delete_action.trigger()
    assert stub.asked == []
    answer("Delete")
    panel.delete_action.trigger()
    assert stub.asked == [("delete", (3, 1))]


def test_the_keyboard_reaches_everything(stub, panel, qtbot):
    stub.show(a_job(1, "failed"))
    panel.view.setFocus()
    selection = panel.view.selectionModel()
    selection.setCurrentIndex(panel.model.index(0, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    qtbot.keyClick(panel.view, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert len(panel.selected) == 1
    answer("Delete")
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    assert stub.asked == [("delete", (1,))]
    assert all("&" in action.text() for action in panel.actions_in_order)
    for button in panel.findChildren(QToolButton):
        assert button.defaultAction() is None or button.focusPolicy() == Qt.FocusPolicy.TabFocus


def test_the_log_is_followed(stub, panel, qtbot):
    stub.show(a_job(1, "running"))
    panel.select(1)
    stub.text = "one\n"
    panel.log_action.trigger()
    (dialog,) = panel.window().findChildren(LogDialog)
    assert dialog.view.toPlainText() == "one\n"
    stub.text = "one\ntwo\n"
    qtbot.waitUntil(lambda: dialog.view.toPlainText() == "one\ntwo\n", timeout=MS)
    stub.text = "another\n"
    qtbot.waitUntil(lambda: dialog.view.toPlainText() == "another\n", timeout=MS)
    dialog.close()


def test_without_jobs_the_panel_says_what_will_come(stub, panel):
    assert "No jobs yet" in panel._empty.text() and panel._empty.isVisible()
    stub.show(a_job(1))
    assert panel.view.isVisible()


def test_a_narrow_panel_shows_what_matters(stub, panel, qtbot):
    stub.show(a_job(1))
    panel.resize(1000, 300)
    assert not panel.view.isColumnHidden(2)
    panel.resize(280, 300)
    assert panel.view.isColumnHidden(2)
    assert panel.view.columnWidth(0) > 80


def test_states_are_told_by_more_than_colour_and_can_be_read_on_light_and_dark():
    pictures = {state: state_icon(state).pixmap(16, 16).toImage() for state in STATES}
    greys = [image.convertToFormat(QImage.Format.Format_Grayscale8) for image in pictures.values()]
    assert all(one != other for index, one in enumerate(greys) for other in greys[:index])
    for colour in COLOURS.values():
        for ground in ("#ffffff", "#232323"):
            assert contrast(QColor(colour), QColor(ground)) >= 2.9


def test_a_bar_shows_how_far_a_running_job_is(qtbot):
    def width(done):
        model = JobModel()
        progress = {"done": done, "total": 100, "unit": "rows", "rate": 1.0, "eta_s": 3.0}
        model.show_jobs([a_job(1, "running", progress=progress, heartbeat_at=time.time())])
        image = QImage(200, 30, QImage.Format.Format_ARGB32)
        image.fill(QColor("white"))
        option = QStyleOptionViewItem()
        option.rect, option.palette = image.rect(), QPalette()
        painter = QPainter(image)
        StateDelegate().paint(painter, option, model.index(0, 1))
        painter.end()
        row = [image.pixelColor(x, 25).name() for x in range(200)]
        return row.count(COLOURS["running"])

    assert width(0) < width(50) < width(100)
    assert width(100) > 170


def contrast(one, other):
    """Contrast of two colours by WCAG 2, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    """Relative luminance by WCAG 2."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_with_a_real_queue(client, outside, tmp_path, qtbot):
    panel = JobsPanel(client)
    qtbot.addWidget(panel)
    outside.end(outside.submit(samples(tmp_path / "a")), FAILED, "A reason.")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1, timeout=MS)
    panel.select(1)
    panel.resume_action.trigger()
    qtbot.waitUntil(lambda: state_of(client, 1) == "succeeded", timeout=MS)
    assert panel.load_action.isEnabled()
    answer("Delete")
    panel.delete_action.trigger()
    qtbot.waitUntil(lambda: panel.model.rowCount() == 0, timeout=MS)


def test_a_job_gives_its_number_its_folder_its_report_and_its_warnings(stub, panel, enabled, monkeypatch, tmp_path):
    (tmp_path / "flood.tif").touch()
    (tmp_path / "report.json").touch()
    outputs = (Output(str(tmp_path / "flood.tif"), "raster", "A"), Output(str(tmp_path / "report.json"), "table", "B"))
    summary = {"warnings": [f"{tmp_path}/flood.tif is odd."], "files": [f"{tmp_path}/flood.tif"]}
    panel.again = {"flood"}
    stub.show(a_job(7, "succeeded", result=Result(outputs, "Valencia", summary)), a_job(8, "failed", message="No."))
    assert [panel.model.index(row, 0).data() for row in (0, 1)] == [
        "8 · Valencia – flood map",
        "7 · Valencia – flood map",
    ]
    panel.select(8)
    assert "Use these settings again" in enabled() and "Open the folder" not in enabled()
    assert panel.details.text() == "No."
    panel.select(7)
    assert {"Use these settings again", "Open the folder", "Open the report"} <= set(enabled())
    assert panel.details.text() == "⚠ flood.tif is odd."
    opened, asked = [], []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    panel.again_requested.connect(asked.append)
    for action in (panel.folder_action, panel.report_action, panel.again_action):
        action.trigger()
    assert opened == [str(tmp_path), str(tmp_path / "report.json")]
    assert [job.id for job in asked] == [7]
