"""Faults that are done to GeoFM on purpose; the fixtures are those of the engine's tests."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENGINE = HERE.parent / "engine"
HANG_S = 1200  # some tests of the full version kill for minutes
sys.path[:0] = [str(folder) for folder in (ENGINE, ENGINE / "flood", ENGINE / "jobs", HERE)]

import counts  # noqa: E402 - found by the path above
from results import Outcome, request_of  # noqa: E402
from traffic import Traffic  # noqa: E402

from engine.jobs.report import QuietReport  # noqa: E402
from engine.samples import Scene, write_scene  # noqa: E402

# Two conftest.py cannot have one name.
_description = importlib.util.spec_from_file_location("engine_fixtures", ENGINE / "conftest.py")
_shared = importlib.util.module_from_spec(_description)
_description.loader.exec_module(_shared)

small_scene = _shared.small_scene
no_command_outlives_its_test = _shared.no_command_outlives_its_test
geofm = _shared.geofm
home = _shared.home
worker_program = _shared.worker_program
make_queue = _shared.make_queue
queue = _shared.queue
tmpfs = _shared.tmpfs


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated flood with checkpoints in its first pass, and so narrow that it takes about a second to map."""
    folder = tmp_path_factory.mktemp("scene")
    write_scene(Scene(seed=3, width=256, height=1536), folder, QuietReport(folder), optical=False)
    return folder


@pytest.fixture(scope="session")
def unbroken(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What a run that nobody disturbs makes of the scene."""
    request = request_of(scene, tmp_path_factory.mktemp("unbroken"))
    return Outcome.undisturbed(request, tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="session")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traffic]:
    """Three clients and a terminal on one queue."""
    traffic = Traffic(tmp_path_factory.mktemp("traffic"), counts.scaled(10.0, 600.0))
    try:
        yield traffic
    finally:
        traffic.stop()


@pytest.fixture(autouse=True, scope="session")
def traffic_from_the_beginning(request: pytest.FixtureRequest) -> None:
    """It takes its time, in which the other tests run."""
    if any("traffic" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("traffic")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.timeout(HANG_S))
    items.sort(key=lambda item: "traffic" in getattr(item, "fixturenames", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if counts.lines():
        terminalreporter.section(f"faults ({'full' if counts.FULL else 'short'})")
        for line in counts.lines():
            terminalreporter.write_line(line)
