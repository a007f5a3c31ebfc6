"""Makes sure that a worker serves the queue."""

from __future__ import annotations

import subprocess  # nosec B404 # only names the type of a started process
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import JobError
from .locks import queue_lock
from .paths import WORKER_LOG
from .processes import start_detached

__all__ = ["ensure_worker", "worker_command"]

# Antivirus software may take this long to look through a Python that was never started before.
START_S = 60.0
SECONDS_BETWEEN_LOOKS = 0.02

# Kept so that those that have ended can be reaped by a starter that lives on, such as QGIS.
_started: list[subprocess.Popen[bytes]] = []


def worker_command(python: str, threads: int = 0) -> tuple[str, ...]:
    """How the engine's Python at `python` starts the worker; 0 threads per job are all cores but one."""
    return (python, "-m", "engine.worker", "--threads", str(threads))


def ensure_worker(
    home: Path, command: Sequence[str] | None = None, environment: Mapping[str, str] | None = None
) -> None:
    """Return at once if a worker serves the queue in `home`; otherwise start one, and return when it does.

    Parameters
    ----------
    home : Path
        As `paths.prepare_home` gave it.
    command : sequence of str, optional
        Default: the worker in the Python that runs now. QGIS must give `worker_command` of the engine's Python.
    environment : mapping of str to str, optional
        Variables for a new worker, where this process has none of the name.

    Raises
    ------
    JobError
        If the worker does not start.
    """
    _started[:] = [process for process in _started if process.poll() is None]
    lock = queue_lock(home)
    if lock.is_held_by_someone():
        return
    process = start_detached(command or worker_command(sys.executable), home, environment)
    _started.append(process)
    deadline = time.monotonic() + START_S
    while not lock.is_held_by_someone():
        status = process.poll()
        if status == 0:
            return  # another worker was faster
        if status is not None or time.monotonic() >= deadline:
            happened = f"did not start in {START_S:.0f} s" if status is None else f"ended at once with status {status}"
            raise JobError(f"The background worker {happened}; {home / WORKER_LOG} says why.")
        time.sleep(SECONDS_BETWEEN_LOOKS)
