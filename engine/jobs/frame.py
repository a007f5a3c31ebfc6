"""The frame of a task: its stages with their times, what there is to warn of, and what its report begins with."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from typing import Any

from .. import __version__
from .report import Report
from .requests import Request

__all__ = ["JobFrame"]


class JobFrame(ExitStack):
    """What surrounds the work of a task; what is opened within its `with` block is closed at the end.

    Parameters
    ----------
    request : Request
    report : Report

    Attributes
    ----------
    report : Report
    """

    def __init__(self, request: Request, report: Report) -> None:
        super().__init__()
        self.report = report
        self._seconds: dict[str, float] = {}
        self._request = request
        self._told = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the body of a `with` block, which is not begun where the job was cancelled."""
        self.report.check_cancelled()
        started = time.perf_counter()
        yield
        self._seconds[name] = round(self._seconds.get(name, 0.0) + time.perf_counter() - started, 3)

    @property
    def seconds(self) -> dict[str, float]:
        """Spent in each stage so far, by its name, and in total."""
        return {**self._seconds, "total": round(sum(self._seconds.values()), 3)}

    def tell(self, warnings: Sequence[str]) -> None:
        """Say all that there is to warn of so far, but for what was said before."""
        for warning in warnings[self._told :]:
            self.report.message(warning)
        self._told = len(warnings)

    def about(self) -> dict[str, Any]:
        """What the report begins with."""
        return {
            "software": f"GeoFM {__version__}",
            "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "request": json.loads(self._request.to_json()),
        }
