"""Whether GeoFM's code, or the Python that it runs in, was replaced since this process started.

A plugin is upgraded in place, under a worker that is warm: what that imported then would not fit what it has imported.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["python_now", "wait_until_whole", "was_replaced"]

PACKAGE = Path(__file__).resolve().parents[1]
# Written into an environment by the set-up of one that took its place: the path of that one's Python.
REPLACED_BY = Path(sys.prefix) / "replaced-by"
# Between two files of a plugin that is being unpacked less time passes.
QUIET_S = 1.0


def was_replaced() -> bool:
    """Whether the code is another than when this module was imported, or its Python; takes some milliseconds."""
    return REPLACED_BY.exists() or _code() != _AT_START


def python_now() -> str:
    """The Python to go on with: this one, or the one that took its place."""
    try:
        return REPLACED_BY.read_text(encoding="utf-8").strip() or sys.executable
    except OSError:
        return sys.executable


def wait_until_whole() -> None:
    """Wait until nobody has changed the code for a while: a plugin is unpacked file by file."""
    before = None
    while (now := _code()) != before:
        before = now
        time.sleep(QUIET_S)


def _code() -> dict[str, tuple[int, ...]]:
    """Size and times of each module of the package."""
    return {entry.path: _marks(entry) for entry in _modules(PACKAGE)}


def _modules(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    yield entry
                elif entry.is_dir() and entry.name != "__pycache__":
                    yield from _modules(entry.path)
    except OSError:  # it is being removed at this moment
        return


def _marks(entry: os.DirEntry[str]) -> tuple[int, ...]:
    try:
        status = entry.stat()
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


_AT_START = _code()
