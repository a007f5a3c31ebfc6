"""The command `geofm` as a user starts it: a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_started: list[subprocess.Popen[str]] = []


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What `--json` printed."""
        return [json.loads(line) for line in self.out.splitlines()]


def start(*words: object, home: Path | None = None) -> subprocess.Popen[str]:
    """Start `geofm` with these words; `home` is the folder of its job queue."""
    return start_python("-m", "engine", *words, home=home)


def start_python(*words: object, home: Path | None = None) -> subprocess.Popen[str]:
    """Start the engine's Python with these words."""
    # A worker that is started in the background is meant to outlive the command.
    environment = {**os.environ, "PYTHONWARNINGS": "error,ignore::ResourceWarning"}
    if home is not None:
        environment["GEOFM_HOME"] = str(home)
    command = [sys.executable, *map(str, words)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    )
    _started.append(process)
    return process


def end(process: subprocess.Popen[str]) -> Done:
    """Wait for a command that `start` started."""
    out, err = process.communicate()
    return Done(process.returncode, out, err)


def suspend(process: subprocess.Popen[str]) -> None:
    """Stop a command until it is continued, and wait until none of its threads does anything any more."""
    os.kill(process.pid, signal.SIGSTOP)
    threads = Path(f"/proc/{process.pid}/task")
    wait_for(lambda: all(_state(thread) == "T" for thread in threads.iterdir()), process)


def _state(thread: Path) -> str:
    return (thread / "stat").read_text().rpartition(")")[2].split()[0]


def kill_leftovers() -> None:
    """End what a test that failed midway has left behind: it would hold files, disks and pipes open."""
    while _started:
        process = _started.pop()
        if process.poll() is None:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def run(*words: object, home: Path | None = None) -> Done:
    """Run `geofm` with these words."""
    return end(start(*words, home=home))


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that must come while a command runs."""
    while not condition():
        assert process.poll() is None, f"The command had ended before: {end(process)}"
        time.sleep(0.002)


def tree(*folders: Path) -> set[Path]:
    """All that lies in some folders, hidden or not."""
    return {path for folder in folders for path in folder.rglob("*")}
