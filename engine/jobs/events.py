"""The events of a job: JSON lines in a file that one process writes and any number follow."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from ..errors import JobError

__all__ = ["EventFollower", "EventWriter"]


class EventWriter:
    """Appends events to a file; threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file = path.open("ab", buffering=0)
        if self._file.tell() and not _ends_with_newline(path):
            # The process that wrote before was killed in mid-line; readers skip what it left.
            self._file.write(b"\n")

    def write(self, event: dict[str, Any]) -> None:
        """Append `event` with the time, in seconds since 1970."""
        line = json.dumps({**event, "time": round(time.time(), 3)}, ensure_ascii=False) + "\n"
        try:
            with self._lock:
                self._file.write(line.encode("utf-8", "replace"))
        except OSError as error:
            raise JobError(f"The job cannot write to {self._path} ({error.strerror}).") from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class EventFollower:
    """Reads the events of a file that another process may still be writing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0

    def read(self) -> list[dict[str, Any]]:
        """The events that were written since the last call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._position)
                data = file.read()
        except FileNotFoundError:
            return []
        whole, newline, _ = data.rpartition(b"\n")
        self._position += len(whole) + len(newline)
        return [event for event in map(_parse, whole.split(b"\n")) if event]


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _parse(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}
