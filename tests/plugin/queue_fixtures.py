"""A queue of a test's own, with real workers that do not outlive it, and QGIS's settings as they were before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QSettings
from queue_home import MS, end_workers_of, is_open

from geofm_qgis.engine.jobs.store import JobStore
from geofm_qgis.jobs.client import JobClient


@pytest.fixture
def clean_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """QGIS's settings in a file of the test's own: even two runs of the tests at once do not meet."""
    kind = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    before = Path(QgsSettings().fileName()).parents[1]
    QSettings.setPath(*kind, str(tmp_path_factory.mktemp("settings")))
    yield
    QSettings.setPath(*kind, str(before))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_settings: None) -> Iterator[Path]:
    """The folder of the queue, not made yet; its workers are killed at the end."""
    home = tmp_path / "my home"
    monkeypatch.setenv("GEOFM_HOME", str(home))
    yield home
    end_workers_of(home)


@pytest.fixture
def make_client(home: Path) -> Iterator[Callable[[], JobClient]]:
    """Opens a client as QGIS's start does; its `said` collects what it had to complain about."""
    clients = []

    def make() -> JobClient:
        client = JobClient()
        client.said = []
        client.failed.connect(client.said.append)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[[], JobClient], qtbot: Any) -> JobClient:
    """A client that has opened its queue."""
    client = make_client()
    qtbot.waitUntil(lambda: is_open(client), timeout=MS)
    return client


@pytest.fixture
def outside(home: Path) -> Iterator[JobStore]:
    """The queue as another program sees it, which starts no worker."""
    with JobStore(home, lambda home: None) as store:
        yield store
