"""A job queue in a folder of its own, with workers that do not outlive their test."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from engine.jobs.locks import lane_lock, queue_lock
from engine.jobs.requests import LANES
from engine.jobs.store import JobStore


class Queue(JobStore):
    """A store with what only a test asks for."""

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that must come."""
        while not condition():
            time.sleep(0.01)

    def supervisor(self) -> int:
        """The process that serves this queue."""
        found: list[int] = []

        def one() -> bool:
            # For a moment there may be two: what the supervisor starts has its command line until it becomes its own.
            found[:] = [pid for pid, command in workers_of(self.home) if "--lane" not in command]
            return len(found) == 1

        self.wait_until(one)
        return found[0]

    def processes(self, lane: str) -> list[int]:
        """The processes of a lane."""
        return [pid for pid, command in workers_of(self.home) if lane in command]

    def deserted(self) -> bool:
        """Whether no process of any kind holds a lock."""
        locks = [queue_lock(self.home), *(lane_lock(self.home, lane) for lane in LANES)]
        return not any(lock.is_held_by_someone() for lock in locks)


def workers_of(home: Path) -> list[tuple[int, list[str]]]:
    """Number and command line of each supervisor and lane process that serves `home`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if f"GEOFM_HOME={home}".encode() in environment and any("worker" in word for word in command):
                found.append((int(folder.name), command))
    return found


def end_workers_of(home: Path) -> None:
    """Kill all that serves `home`, and wait until it is gone."""
    while processes := workers_of(home.resolve()):
        for pid, _ in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        time.sleep(0.01)
