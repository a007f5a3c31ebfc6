"""A flood job goes through the plugin as docs/architecture.md says: from the panel to the layers, and never back."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from qgis.core import QgsProject
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtWidgets import QMainWindow
from queue_home import ENGINE_PYTHON, MS
from real_maps import write_scene

from geofm_qgis.dock import GeoFMDock
from geofm_qgis.engine.jobs.job import Job
from geofm_qgis.engine.jobs.requests import Request
from geofm_qgis.engine.jobs.result import Result
from geofm_qgis.jobs.client import JobClient
from geofm_qgis.plugin import GeoFMPlugin
from geofm_qgis.settings import Settings

pytest_plugins = ("queue_fixtures",)

ARCHITECTURE = Path(__file__).resolve().parents[3] / "docs" / "architecture.md"
MOST_STATIONS = 15
PROGRESS = ("geofm_qgis.jobs.client", "geofm_qgis.widgets.work")  # how far a job is goes back, by a signal


def table() -> tuple[list[str], dict[str, str], int]:
    """The plugin's stations in order, whom each is helped by, and how many stations there are with the engine's."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    section = text.partition("\n## The way of a job\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:4] for line in section.splitlines() if line.startswith("| `")]
    names = [re.findall(r"`([^`]+)`", row[0])[0] for row in rows]
    helpers = {name: names[place] for place, row in enumerate(rows) for name in re.findall(r"`([^`]+)`", row[2])}
    return [name for name in names if name.startswith("geofm_qgis.")], helpers, len(names)


class Followed:
    """Notes, in the window's thread, which module of the plugin hands a job's data to which."""

    def __init__(self) -> None:
        self.steps: list[tuple[str | None, str]] = []

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        taker = self._module(frame)
        if event != "call" or taker is None:
            return
        code = frame.f_code
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        values = [frame.f_locals.get(name) for name in names if name != "self"]
        if any(isinstance(value, (Request, Job, Result)) for value in values):
            caller = frame.f_back
            while caller is not None and self._module(caller) is None:
                caller = caller.f_back
            step = (None if caller is None else self._module(caller), taker)
            if step[0] != taker and step not in self.steps:
                self.steps.append(step)

    def _module(self, frame: FrameType) -> str | None:
        name = str(frame.f_globals.get("__name__", ""))
        return name if name.startswith("geofm_qgis.") and ".engine." not in name else None


@pytest.fixture
def window(
    qgis_new_project: None, client: JobClient, qgis_canvas: QgsMapCanvas, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The plugin with its dock, as QGIS's window holds it."""
    monkeypatch.setattr(Settings, "engine_python", str(ENGINE_PYTHON))
    bar, main = QgsMessageBar(), QMainWindow()
    plugin = GeoFMPlugin(
        SimpleNamespace(messageBar=lambda: bar, mainWindow=lambda: main, mapCanvas=lambda: qgis_canvas)
    )
    plugin.dock = GeoFMDock(client, qgis_canvas)
    qtbot.addWidget(plugin.dock)
    client.job_ended.connect(plugin._on_job_ended)
    for page in plugin.dock.pages:
        page.submitted.connect(plugin._asked_for.add)
    yield plugin
    for page in plugin.dock.pages:
        page.close_tools()


def test_the_data_takes_the_way_of_the_table(
    window: GeoFMPlugin, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stations, helpers, count = table()
    assert count <= MOST_STATIONS
    panel, scene = window.dock.flood, write_scene(tmp_path / "scene")
    panel.post.set_sources([str(scene / "post.tif")])
    panel.save_as.folder.setFilePath(str(tmp_path / "maps"))
    followed = Followed()
    sys.setprofile(followed)
    try:
        panel.run()
        qtbot.waitUntil(lambda: bool(QgsProject.instance().mapLayers()), timeout=MS)
    finally:
        sys.setprofile(None)
    passed = dict.fromkeys(module for step in followed.steps for module in step if module is not None)
    assert [module for module in passed if module not in helpers] == stations
    for giver, taker in followed.steps:
        if giver is None or (giver, taker) == PROGRESS:
            continue
        station = helpers.get(giver, giver)
        if taker in helpers:  # they work for their own station alone
            assert station == helpers[taker], (giver, taker)
        else:
            assert stations.index(station) < stations.index(taker), (giver, taker)
