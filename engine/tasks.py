"""The table of tasks: which function does the jobs of which kind."""

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

__all__ = ["TASKS", "find", "run"]

# Kind of request -> module:function(request, report) -> Result. Modules are imported when first used.
TASKS = {
    "flood": "engine.flood.mapping:map_flood",
    "train": "engine.segmentation.training:train",
    "landcover": "engine.landcover.mapping:map_landcover",
    "install-model": "engine.models.shelving:install",
    "import-model": "engine.models.shelving:take_in",
    "export-model": "engine.models.shelving:give_out",
    "index": "engine.search.index.building:build_index",
    "open-index": "engine.search.query.opening:open_for_search",
    "search": "engine.search.query.searching:search",
    "score-map": "engine.search.query.searching:search",
    "samples": "engine.samples.writing:write_samples",
}


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
        If there is none, or if a package is missing.
    """
    if request.kind not in TASKS:
        raise JobError(f"This GeoFM has no task for requests of kind '{request.kind}'.")
    module, _, name = TASKS[request.kind].partition(":")
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
