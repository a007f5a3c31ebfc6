"""What the tabs that send off jobs have in common: which jobs of the queue they follow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsProject
from queue_home import MS, is_open, samples, state_of

from geofm_qgis.engine.jobs.requests import FloodRequest, IndexRequest, LandcoverRequest, Request, TrainRequest
from geofm_qgis.flood.panel import FloodPanel
from geofm_qgis.jobs.client import JobClient
from geofm_qgis.landcover.panel import LandcoverPanel
from geofm_qgis.search.build import IndexBuilder
from geofm_qgis.train.panel import TrainPanel
from geofm_qgis.widgets.work import WorkPanel

pytest_plugins = ("queue_fixtures",)

Submit = Callable[[JobClient, Request], int]


@pytest.fixture
def panels(qgis_canvas: Any, qgis_new_project: None, qtbot: Any) -> Any:
    """Makes all tabs of a client; each with a request that it could have sent off."""
    made: list[WorkPanel] = []

    def make(client: JobClient) -> list[WorkPanel]:
        new = [
            FloodPanel(client, qgis_canvas),
            LandcoverPanel(client, qgis_canvas),
            TrainPanel(client),
            IndexBuilder(client),
        ]
        for panel in new:
            qtbot.addWidget(panel)
        made.extend(new)
        return new

    yield make
    for panel in made:
        panel.close_tools()
    QgsProject.instance().clear()


@pytest.fixture
def submit(qtbot: Any) -> Submit:
    """Queues a request and gives the number of its job."""

    def submit(client: JobClient, request: Request) -> int:
        numbers: list[int] = []
        client.submit(request, lambda job: numbers.append(job.id))
        qtbot.waitUntil(lambda: bool(numbers) and state_of(client, numbers[0]) != "", timeout=MS)
        return numbers[0]

    return submit


def requests_in(folder: Path) -> list[Request]:
    """What each tab could have sent off, in their order; they wait behind another job and are never run."""
    file = str(folder / "image.tif")
    return [
        FloodRequest((file,), mask=str(folder / "flood.tif")),
        LandcoverRequest((file,), "model", map=str(folder / "cover.tif")),
        TrainRequest(((file,),), str(folder / "fields.gpkg"), "class", model=str(folder / "model")),
        IndexRequest(((file,),), str(folder / "index")),
    ]


def test_jobs_that_outlived_an_earlier_qgis_are_followed(
    make_client: Callable[[], JobClient], panels: Any, submit: Submit, qtbot: Any, tmp_path: Path
) -> None:
    first = make_client()
    submit(first, samples(tmp_path / "long", 10_000))
    numbers = [submit(first, request) for request in requests_in(tmp_path)]
    first.close()
    second = make_client()
    for panel, number in zip(panels(second), numbers):
        qtbot.waitUntil(lambda panel=panel: panel.run_bar.currentIndex() == 1, timeout=MS)
        panel.run_bar.cancel.click()
        qtbot.waitUntil(lambda number=number: state_of(second, number) == "cancelled", timeout=MS)
        qtbot.waitUntil(lambda panel=panel: panel.run_bar.currentIndex() == 0, timeout=MS)


def test_jobs_that_others_send_off_later_are_theirs(
    make_client: Callable[[], JobClient], panels: Any, submit: Submit, qtbot: Any, tmp_path: Path
) -> None:
    client = make_client()
    new = panels(client)
    qtbot.waitUntil(lambda: is_open(client), timeout=MS)
    submit(client, samples(tmp_path / "long", 10_000))
    for panel, request in zip(new, requests_in(tmp_path)):
        submit(client, request)
        assert panel.run_bar.currentIndex() == 0
