"""What a task may say while it runs."""

from __future__ import annotations

import json
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Optional, TextIO

from ..errors import Cancelled
from .printable import ERASE_LINE, printable

__all__ = ["ConsoleReport", "JsonReport", "PartReport", "QuietReport", "Report"]

SECONDS_BETWEEN_PROGRESS = 0.2


class Report(ABC):
    """The only channel from a running task to whoever waits for it.

    Parameters
    ----------
    checkpoints : Path
        Folder that outlives a crash of the process; a resumed task finds there what it left. The caller makes
        it before the task starts and removes it after a success.
    """

    def __init__(self, checkpoints: Path) -> None:
        self.checkpoints = checkpoints
        self._phase: tuple[float, str] | None = None
        self._started = 0.0
        self._first_done = 0.0
        self._last_done = 0.0
        self._last_sent = 0.0

    @abstractmethod
    def send(self, event: dict[str, Any]) -> None:
        """Hand one event on; `event["event"]` is its kind."""

    @abstractmethod
    def check_cancelled(self) -> None:
        """Raise `Cancelled` if the user asked for it. Tasks call it at least every second or so."""

    def stop_wanted(self) -> bool:
        """Whether the user wants the task to end early, well, with the best that it has; tasks may ask often."""
        return False

    def progress(self, done: float, total: float, unit: str) -> None:
        """Say that `done` of `total` units are finished; the rate and the time left are worked out here."""
        now = time.monotonic()
        if self._phase != (total, unit) or done < self._last_done:
            # A new phase of the task: its rate has nothing to do with that of the phase before.
            self._phase, self._started, self._first_done = (total, unit), now, done
        elif now - self._last_sent < SECONDS_BETWEEN_PROGRESS and done < total:
            return
        self._last_sent, self._last_done = now, done
        seconds = now - self._started
        rate = (done - self._first_done) / seconds if seconds > 0 else None
        left = (total - done) / rate if rate else None
        self.send({"event": "progress", "done": done, "total": total, "unit": unit, "rate": rate, "eta_s": left})

    def metric(self, name: str, step: int, value: float) -> None:
        """Record one point of a curve."""
        self.send({"event": "metric", "name": name, "step": step, "value": value})

    def message(self, text: str) -> None:
        """Tell the user something in one sentence."""
        self.send({"event": "message", "text": text})


class QuietReport(Report):
    """For a task that nobody listens to, and nobody cancels."""

    def send(self, event: dict[str, Any]) -> None:
        pass

    def check_cancelled(self) -> None:
        pass


class PartReport(Report):
    """What a part of a task says: its progress is a share of the whole.

    Parameters
    ----------
    whole : Report
    checkpoints : Path
        Of this part alone.
    number, parts : int
        Which part it is, from 0, of how many.
    quiet : bool
        Leave its messages to whoever uses its result.
    """

    def __init__(self, whole: Report, checkpoints: Path, number: int, parts: int, *, quiet: bool = False) -> None:
        super().__init__(checkpoints)
        self._whole, self._number, self._parts, self._quiet = whole, number, parts, quiet

    def send(self, event: dict[str, Any]) -> None:
        if not (self._quiet and event["event"] == "message"):
            self._whole.send(event)

    def progress(self, done: float, total: float, unit: str) -> None:
        self._whole.progress(self._number * total + done, self._parts * total, unit)

    def check_cancelled(self) -> None:
        self._whole.check_cancelled()

    def stop_wanted(self) -> bool:
        return self._whole.stop_wanted()


class _StreamReport(Report):
    """A report for a task that runs in the terminal's own process; Ctrl+C cancels it."""

    def __init__(self, checkpoints: Path, stream: TextIO) -> None:
        super().__init__(checkpoints)
        self._stream = stream
        self.cancelled = False

    def cancel(self) -> None:
        """Make the next `check_cancelled` raise; safe in a signal handler."""
        self.cancelled = True

    def check_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled("Cancelled.")


class JsonReport(_StreamReport):
    """Events as JSON lines, for programs."""

    def __init__(self, checkpoints: Path, stream: Optional[TextIO] = None) -> None:
        super().__init__(checkpoints, sys.stdout if stream is None else stream)

    def send(self, event: dict[str, Any]) -> None:
        print(json.dumps(event), file=self._stream, flush=True)


class ConsoleReport(_StreamReport):
    """Events as text, for people; progress stays on one line of a terminal and is left out of a log."""

    def __init__(self, checkpoints: Path, stream: Optional[TextIO] = None) -> None:
        super().__init__(checkpoints, sys.stderr if stream is None else stream)

    def send(self, event: dict[str, Any]) -> None:
        is_message, is_terminal = event["event"] == "message", self._stream.isatty()
        if is_terminal and (is_message or event["event"] == "progress"):
            print(ERASE_LINE, end="", file=self._stream)
        if is_message:
            print(printable(event["text"]), file=self._stream, flush=True)
        elif is_terminal and event["event"] == "progress":
            print(printable(progress_text(event)), end="", file=self._stream, flush=True)


def progress_text(event: dict[str, Any]) -> str:
    """One short line for a progress event: share done, rate, time left."""
    share = event["done"] / event["total"] if event["total"] else 1.0
    text = f"{share:4.0%}"
    if event["rate"]:
        text += f"  {event['rate']:.3g} {event['unit']}/s"
    if event["eta_s"] is not None:
        minutes, seconds = divmod(round(event["eta_s"]), 60)
        text += f"  {minutes}:{seconds:02d} left"
    return text
