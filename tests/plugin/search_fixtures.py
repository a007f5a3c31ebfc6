"""A model, an image, an index, and a queue whose worker stays warm over all tests of a module."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QSettings, Qt
from queue_home import MS, end_workers_of, is_open
from search_world import write_encoder, write_ground, write_index

from geofm_qgis.jobs.client import JobClient
from geofm_qgis.search.indexes import remember_index
from geofm_qgis.search.panel import SearchPanel


class World(NamedTuple):
    """Where everything is."""

    home: Path
    model: Path
    image: Path
    index: Path


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once; tests that change an index make their own."""
    folder = tmp_path_factory.mktemp("search world")
    home = folder / "home"
    home.mkdir(mode=0o700)
    model = write_encoder(home / "models" / "colours", home)
    image = write_ground(folder / "ground.tif")
    return World(home, model, image, write_index(folder / "ground.index", model, image))


@pytest.fixture(scope="module")
def warm_client(world: World, tmp_path_factory: pytest.TempPathFactory, qgis_app: Any) -> Iterator[JobClient]:
    """A client of a queue of its own; its worker is killed at the end."""
    kind = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    before = Path(QgsSettings().fileName()).parents[1]
    QSettings.setPath(*kind, str(tmp_path_factory.mktemp("settings")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEOFM_HOME", str(world.home))
        client = JobClient()
        client.said = []
        client.failed.connect(client.said.append)
        wait_for(qgis_app, lambda: is_open(client))
        yield client
        client.close()
        end_workers_of(world.home)
    QSettings.setPath(*kind, str(before))


@pytest.fixture
def make_panel(warm_client, qgis_canvas, qgis_new_project, qtbot, world):
    """Opens panels as QGIS does, with the index that was used last."""
    panels = []

    def make(index=world.index):
        QgsSettings().remove("geofm/search")
        if index is not None:
            remember_index(str(index))
        panel = SearchPanel(warm_client, qgis_canvas)
        panel.said = []
        panel.problem.connect(panel.said.append)
        qtbot.addWidget(panel)
        panel.resize(360, 900)
        panels.append(panel)
        return panel

    yield make
    for panel in panels:
        panel.close_tools()


@pytest.fixture
def panel(make_panel):
    return make_panel()


@pytest.fixture
def ask(panel, warm_client, qtbot):
    """Types a line, presses Enter and waits for the answer."""

    def run(line, panel=panel):
        answers = []
        panel.jobs.answered.connect(answers.append)
        panel.query.set_text(line)
        qtbot.keyClick(panel.query.line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: panel.query.bar.isHidden(), timeout=MS)
        panel.jobs.answered.disconnect(answers.append)
        assert answers, (panel.marks.note.text(), warm_client.said)
        return answers[0]

    return run


def wait_for(app: Any, condition: Callable[[], bool]) -> None:
    """Let Qt work until something has come."""
    deadline = time.monotonic() + MS / 1000
    while not condition():
        assert time.monotonic() < deadline, "It did not come."
        app.processEvents()
        time.sleep(0.01)
