"""How long the stages of a job take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Clock"]


class Clock:
    """Seconds spent in each stage, by its name."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the body of a `with` block."""
        started = time.perf_counter()
        yield
        self._seconds[name] = round(self._seconds.get(name, 0.0) + time.perf_counter() - started, 3)

    @property
    def seconds(self) -> dict[str, float]:
        """By stage, and in total."""
        return {**self._seconds, "total": round(sum(self._seconds.values()), 3)}
