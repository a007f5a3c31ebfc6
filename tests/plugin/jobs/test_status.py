"""The widget in the status bar."""

from __future__ import annotations

import time

import pytest
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QMainWindow
from queue_home import MS, samples, state_of
from test_jobs_panel import NOW, StubClient, a_job

from geofm_qgis.jobs.status import StatusWidget

pytest_plugins = ("queue_fixtures",)

HALF = {"done": 50, "total": 100, "unit": "rows", "rate": 1.0, "eta_s": 170.0}


@pytest.fixture
def stub():
    """A client without a queue."""
    return StubClient()


@pytest.fixture
def widget(stub, qtbot):
    """The widget in the status bar of a window."""
    window = QMainWindow()
    widget = StatusWidget(stub)
    window.statusBar().addPermanentWidget(widget)
    qtbot.addWidget(window)
    window.show()
    widget.window_of_test = window  # as long as the widget lives
    return widget


def test_it_is_there_while_jobs_wait_or_run(stub, widget):
    assert not widget.isVisible()
    stub.show(a_job(1, "failed"), a_job(2))
    assert widget.isVisible()
    assert (widget.name.text(), widget.time.text()) == ("Valencia – flood map", "Waiting")
    assert widget.bar.maximum() > 0
    stub.show(a_job(1, "failed"), a_job(2, "failed"))
    assert not widget.isVisible()


def test_the_running_job_is_shown_with_its_progress(stub, widget):
    running = a_job(2, "running", event="Thessaly", progress=HALF, message="Reads.", heartbeat_at=time.time())
    stub.show(a_job(1), running, a_job(3))
    assert widget.name.text() == "Thessaly – flood map"
    assert widget.bar.value() * 2 == widget.bar.maximum()
    assert widget.time.text() == "3 min left"
    assert "Reads." in widget.toolTip() and "2 more" in widget.toolTip()
    stub.show(a_job(2, "running"))
    assert widget.bar.maximum() == 0, "a bar that only moves while nothing is known"


def test_a_job_is_cancelled_once(stub, widget, qtbot):
    clicks = []
    widget.clicked.connect(lambda: clicks.append(True))
    stub.show(a_job(1, "running", progress=HALF))
    for _ in range(2):
        qtbot.mouseClick(widget.cancel_button, Qt.MouseButton.LeftButton)
    assert stub.asked == [("cancel", 1)]
    stub.show(a_job(1, "running", progress=HALF, cancel_requested_at=NOW))
    assert widget.time.text() == "Cancelling"
    assert not widget.cancel_button.isEnabled()
    assert clicks == []


def test_clicks_and_keys_open_the_dock(stub, widget, qtbot):
    stub.show(a_job(1, "running"))
    with qtbot.waitSignal(widget.clicked):
        qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(widget.clicked):
        qtbot.mouseClick(widget.bar, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(widget.clicked):
        qtbot.keyClick(widget, Qt.Key.Key_Return)


def test_with_a_real_queue(client, tmp_path, qtbot):
    widget = StatusWidget(client)
    qtbot.addWidget(widget)
    client.submit(samples(tmp_path / "scene", 10_000))
    qtbot.waitUntil(lambda: state_of(client, 1) == "running" and widget.bar.value() > 0, timeout=MS)
    assert widget.name.text() == "scene – sample scenes"
    widget.cancel_button.click()
    qtbot.waitUntil(lambda: widget.isHidden(), timeout=MS)
