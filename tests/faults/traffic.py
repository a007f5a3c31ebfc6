"""Three clients and a terminal on one queue, in processes of their own."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from live_queue import end_workers_of

__all__ = ["CLIENTS", "Traffic"]

CLIENTS = 3
CLIENT = Path(__file__).with_name("traffic_client.py")


class Traffic:
    """Clients that submit jobs for some seconds, while a terminal looks at the jobs and cancels some."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.home = folder / "home"
        self.seconds = seconds
        self.commands = 0
        self.complaints: list[str] = []
        self.cancelled: set[int] = set()
        self._environment = {**os.environ, "GEOFM_HOME": str(self.home)}
        self._over = time.monotonic() + seconds
        self._stopped = False
        self._printed = [folder / f"client{number}.jsonl" for number in range(CLIENTS)]
        self._clients = [self._client(number, path) for number, path in enumerate(self._printed)]
        self._terminal = threading.Thread(target=self._use_terminal, name="terminal", daemon=True)
        self._terminal.start()

    def _client(self, seed: int, path: Path) -> subprocess.Popen[bytes]:
        with path.open("wb") as output:
            words = [sys.executable, str(CLIENT), str(seed), str(self.seconds)]
            return subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self._environment
            )

    def finish(self) -> list[list[dict[str, Any]]]:
        """Wait for all to end; what each client says of its jobs."""
        self._terminal.join()
        for client, path in zip(self._clients, self._printed, strict=True):
            status = client.wait()
            assert status == 0, path.read_text()
        return [[json.loads(line) for line in path.read_text().splitlines()] for path in self._printed]

    def stop(self) -> None:
        """End what still runs."""
        self._stopped = True
        for client in self._clients:
            client.kill()
            client.wait()
        self._terminal.join()
        end_workers_of(self.home)

    def geofm(self, *words: object) -> list[str]:
        """The lines that a command of the terminal prints."""
        command = [sys.executable, "-m", "engine", *map(str, words)]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.commands += 1
        if done.returncode or done.stderr:
            self.complaints.append(f"{words}: {done.stderr}")
        return done.stdout.splitlines()

    def _use_terminal(self) -> None:
        source = random.Random("terminal")
        while time.monotonic() < self._over and not self._stopped:
            rows = [json.loads(line) for line in self.geofm("jobs", "list", "--json")]
            waiting = [row["id"] for row in rows if row["state"] in ("queued", "running")]
            if rows:
                self.geofm("jobs", "show", source.choice(rows)["id"])
            # Only beside jobs that wait is there a worker for sure: one that a command started knows no practice jobs.
            if waiting and source.random() < 0.2:
                job_id = waiting[-1]
                if self.geofm("jobs", "cancel", job_id) != [f"Job {job_id} has already ended (succeeded)."]:
                    self.cancelled.add(job_id)
            time.sleep(source.uniform(0, 1))
