"""A job's data goes from station to station as docs/architecture.md says, and never back."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from live_queue import Queue

from engine.jobs.locks import queue_lock
from engine.jobs.requests import FloodRequest

ARCHITECTURE = Path(__file__).parents[3] / "docs" / "architecture.md"
FOLLOWED_LANE = Path(__file__).with_name("followed_lane.py")
OUTPUTS = {
    "mask": "flood.tif",
    "polygons": "flood.gpkg",
    "report": "report.json",
    "confidence": "confidence.tif",
    "quicklook": "flood.png",
}


@dataclass(frozen=True)
class Station:
    """A row of the table."""

    module: str
    given: set[str]
    helpers: set[str]


@dataclass(frozen=True)
class Step:
    """One module hands a job's data to another."""

    giver: str
    taker: str
    given: tuple[str, ...]


def stations() -> list[Station]:
    """The engine's stations as the table has them."""
    (section,) = re.findall(
        r"^## The way of a job$(.*?)^## ", ARCHITECTURE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    rows = [[set(re.findall(r"`([^`]+)`", cell)) for cell in line.split("|")[1:4]] for line in section.splitlines()]
    return [Station(*row[0], *row[1:]) for row in rows if len(row) == 3 and any("engine." in name for name in row[0])]


@pytest.fixture(scope="module")
def table() -> list[Station]:
    return stations()


@pytest.fixture
def steps(table: list[Station], make_queue: Callable[..., Queue], small_scene: Path, tmp_path: Path) -> list[Step]:
    """Those of a flood map with all that a request can name, in the order in which they were first taken."""
    dates = [str(small_scene / f"{date}.tif") for date in ("post", "pre1")]
    bounds = "-180,-90,180,90"
    outputs = {name: str(tmp_path / file) for name, file in OUTPUTS.items()}
    request = FloodRequest((dates[0],), ((dates[1],),), dem=str(small_scene / "dem.tif"), aoi=bounds, **outputs)
    queue, notes = make_queue(), tmp_path / "steps.jsonl"
    types = sorted(set().union(*(station.given for station in table)))
    supervisor = queue_lock(queue.home)
    assert supervisor.try_acquire()
    try:
        job = queue.submit(request)
        status = 0
        while queue.get(job.id).finished_at is None and not status:  # a lane leaves where its code is being edited
            lane = subprocess.Popen([sys.executable, FOLLOWED_LANE, queue.home, notes, *types])
            queue.wait_until(lambda lane=lane: queue.get(job.id).finished_at is not None or lane.poll() is not None)
            status = lane.poll() or 0
    finally:
        supervisor.release()
    assert (lane.wait(), queue.get(job.id).state) == (0, "succeeded")
    lines = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    return list(dict.fromkeys(Step(giver, taker, tuple(given)) for giver, taker, given in lines))


def test_the_data_takes_the_way_of_the_table(table: list[Station], steps: list[Step]) -> None:
    order = [station.module for station in table]
    helpers = {helper: station for station in table for helper in station.helpers}
    passed = dict.fromkeys(module for step in steps for module in (step.giver, step.taker))
    assert [module for module in passed if module not in helpers] == order
    assert passed.keys() == {*order, *helpers}
    for station in table:
        assert station.given == {name for step in steps if step.taker == station.module for name in step.given}
    for step in steps:
        if step.taker in helpers:  # they work for their own station alone
            assert step.giver in {helpers[step.taker].module, *helpers[step.taker].helpers}, step
        else:  # forward, never back
            assert order.index(step.giver) < order.index(step.taker), step


def test_the_way_is_short(table: list[Station]) -> None:
    assert len(table) <= 9
