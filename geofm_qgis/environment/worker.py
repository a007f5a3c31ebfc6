"""Starts the engine's worker as the settings say."""

from __future__ import annotations

from pathlib import Path

from ..engine.errors import JobError
from ..engine.jobs.launch import ensure_worker, worker_command
from ..engine.jobs.locks import queue_lock
from ..settings import Settings
from ..translation import tr
from .python import find_engine_python
from .surroundings import network_of_qgis

__all__ = ["engine_python", "start_worker"]


def engine_python() -> Path:
    """The Python that the engine runs in.

    Raises
    ------
    JobError
        If none is set up.
    """
    python = find_engine_python()
    if python is None:
        raise JobError(tr("The engine is not set up yet: open Settings > Options > GeoFM and press “Set up”."))
    return python


def start_worker(home: Path) -> None:
    """Start a worker for the queue in `home` unless one serves it; for `JobStore`."""
    if not queue_lock(home).is_held_by_someone():
        ensure_worker(home, worker_command(str(engine_python()), Settings().threads), network_of_qgis())
