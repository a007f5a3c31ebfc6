"""What tests of the queue say and look at; `queue_fixtures` makes the queue."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from geofm_qgis.engine.jobs.requests import SamplesRequest
from geofm_qgis.jobs.client import JobClient

ENGINE_PYTHON = Path(__file__).resolve().parents[2] / ".venv" / "engine" / "bin" / "python"
MS = 600_000  # after so long what must come will not: the machine may be busy, and very slow


def is_open(client: JobClient) -> bool:
    """Whether the client has opened its queue."""
    return client._reader is not None


def samples(folder: Path, size: int = 64) -> SamplesRequest:
    """A job that takes about a second; with a size of 10,000 most of a minute."""
    return SamplesRequest(str(folder), width=min(size, 1024), height=size, optical=False)


def state_of(client: JobClient, number: int) -> str:
    """The state of a job as the client sees it; empty if it does not."""
    return next((job.state for job in client.jobs if job.id == number), "")


def workers_of(home: Path) -> list[tuple[int, list[str]]]:
    """Number and command line of each worker process that serves `home`."""
    workers = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if f"GEOFM_HOME={home.resolve()}".encode() in environment and any("worker" in word for word in command):
                workers.append((int(folder.name), command))
    return workers


def kill(number: int) -> None:
    """Kill a worker process and all that it started, and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(number, signal.SIGKILL)
    deadline = time.monotonic() + MS / 1000
    while _lives(number):
        if time.monotonic() > deadline:
            sys.exit(f"Process {number} cannot be killed.")
        time.sleep(0.01)


def end_workers_of(home: Path) -> None:
    """Kill all that serves `home`."""
    while processes := workers_of(home):
        for number, _ in processes:
            kill(number)


def _lives(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
