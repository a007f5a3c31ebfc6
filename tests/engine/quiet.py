"""A report that nobody reads."""

from __future__ import annotations

from typing import Any

from engine.jobs.report import Report


class Quiet(Report):
    """Says nothing."""

    def send(self, event: dict[str, Any]) -> None:
        pass

    def check_cancelled(self) -> None:
        pass
