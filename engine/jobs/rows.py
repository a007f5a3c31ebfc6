"""Between rows of the job database and what they stand for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from .job import Job
from .result import Result

__all__ = ["storable", "to_job", "to_text"]

_Value = TypeVar("_Value")


def to_text(result: Result | None) -> str | None:
    """A result as JSON."""
    return None if result is None else storable(json.dumps(result.to_dict(), ensure_ascii=False))


def storable(text: str | None) -> str | None:
    """A text without what is no Unicode: the name of a file may hold such bytes on Linux."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def to_job(row: sqlite3.Row) -> Job:
    """The job of a row."""
    values = dict(row)
    values["progress"] = _unless_damaged(values["progress"], _to_progress)
    values["result"] = _unless_damaged(values["result"], Result.from_dict)
    return Job(**values)


def _to_progress(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("done", "total", "unit", "rate", "eta_s")}


def _unless_damaged(text: str | None, read: Callable[[dict[str, Any]], _Value]) -> _Value | None:
    """What a column holds as JSON; nothing where damage that SQLite does not see has spoilt it."""
    try:
        return None if text is None else read(json.loads(text))
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
