"""Random moments in the life of a flood job."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from live_queue import Queue

__all__ = ["Moment", "wait_until"]


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    while not condition():
        time.sleep(0.005)


@dataclass(frozen=True)
class Moment:
    """When something happens: so long after this share of the way was told; before any word of it if None."""

    share: float | None
    seconds: float

    @classmethod
    def draw(cls, source: random.Random) -> Moment:
        """One out of five before the first progress, while the process starts and imports."""
        early = source.random() < 0.2
        share, seconds = source.uniform(0, 1.05), source.random()
        return cls(None, 2 * seconds) if early else cls(min(share, 1.0), 0.25 * seconds)

    def of_command(self, process: subprocess.Popen[str]) -> None:
        """Wait for it in a command with `--json`, or until that has ended."""
        if self.share is not None:
            for line in process.stdout or ():
                event = json.loads(line)
                if event["event"] == "progress" and event["done"] >= self.share * event["total"]:
                    break
        time.sleep(self.seconds)

    def of_job(self, queue: Queue, job_id: int) -> None:
        """Wait for it in the present attempt at a queued job, or until that has ended."""

        def come() -> bool:
            job = queue.get(job_id)
            done = job.progress or {"done": -1, "total": 1}
            return job.ended or done["done"] >= (self.share or 0) * done["total"]

        if self.share is not None:
            wait_until(come)
        time.sleep(self.seconds)
