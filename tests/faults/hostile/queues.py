"""Job databases with odd rows."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from engine.jobs.requests import FloodRequest
from engine.jobs.store import JobStore

from .place import Case, Cases, Place, Words

__all__ = ["cases"]

COMMANDS = (
    ["jobs", "list"],
    ["jobs", "list", "--json"],
    ["jobs", "show", "1"],
    ["jobs", "cancel", "1"],
    ["jobs", "clear"],
)
INF = float("inf")
VALUES: dict[str, tuple[Any, ...]] = {
    "request": (b"\0\xff", "", "{", "[" * 100_000, '{"kind": "flood"}', '{"kind": "evil\x1b[2J"}', '{"kind": "flood", "post": ["a"], "evil": 1}'),
    "lane": ("../../../home/notes.txt", "a/b", "x" * 300, "", "evil\x1b[2J"),
    "created_at": (INF, -INF, 1e300, "x", b"x"),
    "started_at": (INF, "x", b"x"),
    "finished_at": (INF, "x"),
    "kind": ("\x1b[2J", b"x", "", "x" * 1_000_000),
    "pid": (2**62, -1, "x", 1),
    "attempt": (2**62, "x", -1),
    "progress": ("{", '{"done": "x"}', b"x", '{"done": NaN, "total": 0, "unit": "a\x1b", "rate": null, "eta_s": 1e999}'),
    "message": ("a\x1b[2J\x1b]0;x\x07\u202e", b"\xff", "x" * 5_000_000, "a\nb"),
    "result": ("{", '{"outputs": [5]}', '{"outputs": [{"path": "a\x1b[2J", "kind": "x", "title": 5}], "title": 5, "summary": []}', b"x"),
    "engine_version": ("99\x1b[2J", b"x", "x" * 100_000),
}  # fmt: skip


def cases(place: Place, source: random.Random) -> Cases:
    """About sixty."""
    for column, values in VALUES.items():
        for value in values:
            state = source.choice(("queued", "failed", "succeeded", "interrupted"))
            name = f"{column} = {str(value)[:30]!r}, {state}"
            yield Case(name, partial(_row, place, source.choice(COMMANDS), {column: value, "state": state}))
    for name, statements in STATEMENTS.items():
        yield Case(name, partial(_changed, place, source.choice(COMMANDS[:3]), statements))
    for name, make in _files(place).items():
        yield Case(name, partial(_file, place, make))


def _filled(place: Place) -> Path:
    with JobStore(place.geofm) as store:
        store.submit(
            FloodRequest(post=("a.tif",), mask=str(place.out / "flood.tif"), report=str(place.out / "report.json"))
        )
    return place.geofm / "jobs.sqlite"


def _row(place: Place, command: Words, values: dict[str, Any]) -> Words:
    with sqlite3.connect(_filled(place)) as database:
        assignments = ", ".join(f"{name} = ?" for name in values)
        database.execute(f"UPDATE jobs SET {assignments}", [*values.values()])
    database.close()
    return [*command]


STATEMENTS = {
    "version 0": "PRAGMA user_version = 0",
    "version below 0": "PRAGMA user_version = -5",
    "version of tomorrow": "PRAGMA user_version = 99",
    "newer column": "ALTER TABLE jobs ADD COLUMN priority INTEGER DEFAULT 5",
    "no table": "DROP TABLE jobs",
    "trigger": "CREATE TRIGGER t AFTER UPDATE ON jobs BEGIN SELECT load_extension('/tmp/evil.so'); END",
    "many rows": "INSERT INTO jobs (kind, lane, request, state, created_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT 'flood', 'long', '{}', 'failed', i FROM n",
    "ids endless": "UPDATE jobs SET id = 9223372036854775807",
    "id below 0": "UPDATE jobs SET id = -1",
    "folder elsewhere": "UPDATE jobs SET id = 0",
}  # fmt: skip


def _changed(place: Place, command: Words, statements: str) -> Words:
    database = sqlite3.connect(_filled(place))
    database.executescript(statements)
    database.commit()
    database.close()
    return [*command]


def _files(place: Place) -> dict[str, Callable[[Path], None]]:
    def sparse(path: Path) -> None:
        path.touch()
        os.truncate(path, 60 * 2**30)

    return {
        "zeros": lambda path: path.symlink_to("/dev/zero"),
        "pipe": lambda path: os.mkfifo(path),
        "link": lambda path: path.symlink_to(place.notes),
        "folder": lambda path: path.mkdir(),
        "sparse": sparse,
    }


def _file(place: Place, make: Callable[[Path], None]) -> Words:
    make(place.geofm / "jobs.sqlite")
    return ["jobs", "list"]
