"""Between rows of the job database and what they stand for.

A row may hold anything: damage that SQLite does not see, or what another program wrote. What no job can have is left
out here, so that one bad row never hides the good ones.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from .job import FAILED, STATES, Job
from .locks import is_plain
from .result import Result

__all__ = ["COLUMNS", "storable", "to_job", "to_text"]

_Value = TypeVar("_Value")

MOST_CHARACTERS = {
    "kind": 80,
    "lane": 80,
    "request": 20_000_000,
    "progress": 10_000,
    "message": 10_000,
    "result": 20_000_000,
    "engine_version": 40,
}
NUMBERS = ("created_at", "started_at", "finished_at", "cancel_requested_at", "heartbeat_at", "attempt", "pid")
# Those that are known here: a newer GeoFM may have added others.
COLUMNS = ", ".join(
    ["id", "state", *NUMBERS, *(f"substr({name}, 1, {most}) AS {name}" for name, most in MOST_CHARACTERS.items())]
)
DAMAGED = "damaged"
# Windows knows no local time after the year 3000.
LAST_SECOND = 32_503_600_000
HIGHEST_COUNT = 2**31 - 1
HIGHEST_NUMBER = 1e15


def to_text(result: Result | None) -> str | None:
    """A result as JSON."""
    return None if result is None else storable(json.dumps(result.to_dict(), ensure_ascii=False))


def storable(text: str | None) -> str | None:
    """A text without what is no Unicode: the name of a file may hold such bytes on Linux."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def to_job(row: sqlite3.Row) -> Job:
    """The job of a row of `COLUMNS`."""
    is_sound = row["state"] in STATES
    return Job(
        id=row["id"],
        kind=_text(row["kind"]) or DAMAGED,
        lane=row["lane"] if is_plain(row["lane"]) else DAMAGED,
        request=_text(row["request"]) or "",
        state=row["state"] if is_sound else FAILED,
        created_at=_time(row["created_at"]) or 0.0,
        started_at=_time(row["started_at"]),
        finished_at=_time(row["finished_at"]),
        cancel_requested_at=_time(row["cancel_requested_at"]),
        heartbeat_at=_time(row["heartbeat_at"]),
        attempt=_count(row["attempt"], 0) or 0,
        pid=_count(row["pid"], 2),
        progress=_unless_damaged(row["progress"], _to_progress),
        message=_text(row["message"]) if is_sound else "The job's row in the database is damaged.",
        result=_unless_damaged(row["result"], Result.from_dict),
        engine_version=_text(row["engine_version"]),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _time(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and 0 <= value <= LAST_SECOND else None


def _count(value: object, least: int) -> int | None:
    return value if isinstance(value, int) and least <= value <= HIGHEST_COUNT else None


def _to_progress(values: dict[str, Any]) -> dict[str, Any]:
    done, total, rate, left = (values[name] for name in ("done", "total", "rate", "eta_s"))
    numbers = [done, total, *(value for value in (rate, left) if value is not None)]
    if not all(abs(value) <= HIGHEST_NUMBER for value in numbers):
        raise ValueError("The progress holds a number that is none.")
    return {"done": done, "total": total, "unit": str(values["unit"]), "rate": rate, "eta_s": left}


def _unless_damaged(text: object, read: Callable[[Any], _Value]) -> _Value | None:
    """What a column holds as JSON; nothing where that is damaged."""
    try:
        return read(json.loads(text)) if isinstance(text, str) else None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
