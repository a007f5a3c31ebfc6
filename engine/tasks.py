"""Runs what a request asks: the function that its kind names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from engine.errors import JobError
from engine.jobs.report import Report
from engine.jobs.requests import Request
from engine.jobs.result import Result
from engine.packages import LEARN

__all__ = ["find", "run"]


def run(request: Request, report: Report) -> Result:
    """Do what `request` asks, in this process.

    Raises
    ------
    GeoFMError
        If the task cannot be done; `Cancelled` if `report` said so.
    """
    from engine.models.onnx_library import watched  # brings numpy, which the supervisor and other commands do without

    task = find(request)
    report.check_cancelled()  # imports take a second or two
    # A cancel reaches a graph that runs, too.
    with _remedy_for_missing_packages(), watched(report.check_cancelled):
        return task(request, report)


def find(request: Request) -> Callable[[Any, Report], Result]:
    """The function that does what `request` asks, with all that it needs imported.

    Raises
    ------
    JobError
        If a package is missing.
    """
    module, _, name = request.task.partition(":")
    with _remedy_for_missing_packages():
        task: Callable[[Any, Report], Result] = getattr(import_module(module), name)
    return task


@contextmanager
def _remedy_for_missing_packages() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in LEARN:
            raise
        raise JobError(
            f"The package {error.name} is not set up, which training, land cover and search need: in QGIS choose them "
            "in Settings > Options > GeoFM and press “Set up”; in a checkout run `make learn`."
        ) from error
