"""What a task says while it runs as a job."""

from __future__ import annotations

import contextlib
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, JobError
from .events import EventWriter
from .job import Job
from .paths import STOP
from .report import SECONDS_BETWEEN_PROGRESS, Report

if TYPE_CHECKING:
    from .store import JobStore

__all__ = ["JobReport"]

SECONDS_BETWEEN_CHECKS = 0.1
SECONDS_BETWEEN_HEARTBEATS = 2.0


class JobReport(Report):
    """Events go to the job's file; the last progress and message, and a heartbeat, go to its row in the database.

    Used as a context manager: the heartbeat, from a thread of its own, lasts as long as the context.
    """

    def __init__(self, store: JobStore, job: Job) -> None:
        folder = store.folder(job.id)
        super().__init__(folder / "checkpoints")
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        self._stop = folder / STOP
        self._store = store
        self._job = job
        self._events = EventWriter(folder / "events.jsonl")
        self._lock = threading.Lock()
        self._news: dict[str, Any] = {}
        self._last_mirrored = 0.0
        self._last_checked = 0.0
        self._over = threading.Event()
        self._pulse = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> JobReport:
        self._pulse.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._pulse.join()
        self._events.close()

    def send(self, event: dict[str, Any]) -> None:
        self._events.write(event)
        with self._lock:
            if event["event"] == "progress":
                self._news["progress"] = {name: value for name, value in event.items() if name != "event"}
            elif event["event"] == "message":
                self._news["message"] = event["text"]
            due = time.monotonic() - self._last_mirrored >= SECONDS_BETWEEN_PROGRESS
        if due:
            self._mirror()

    def check_cancelled(self) -> None:
        now = time.monotonic()
        if now - self._last_checked < SECONDS_BETWEEN_CHECKS:
            return
        self._last_checked = now
        if not self._store.is_wanted(self._job):
            raise Cancelled("Cancelled.")

    def stop_wanted(self) -> bool:
        return self._stop.exists()

    def _mirror(self) -> None:
        with self._lock:
            news, self._news = self._news, {}
            self._last_mirrored = time.monotonic()
        self._store.mirror(self._job, **news)

    def _beat(self) -> None:
        over = False
        while not over:
            over = self._over.wait(SECONDS_BETWEEN_HEARTBEATS)
            # A beat that cannot be written is only missed; the task itself meets what is wrong.
            with contextlib.suppress(JobError):
                self._mirror()
