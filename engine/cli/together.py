"""What torchrun says, in the environment, of the processes that it starts a command as; and how they work together."""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ..jobs.report import JsonReport, Report
from ..jobs.requests import Request
from .running import run, stopping

__all__ = ["processes", "rank", "run_together"]

R = TypeVar("R", bound=Request)


def processes() -> int:
    """How many there are; 1 without torchrun."""
    return int(os.environ.get("WORLD_SIZE", "1")) if "RANK" in os.environ else 1


def rank() -> int:
    """Which of them this is, from 0."""
    return int(os.environ.get("RANK", "0"))


def run_together(
    args: argparse.Namespace,
    request_of: Callable[[argparse.Namespace], R],
    describe: Callable[[dict[str, Any]], str],
    follow: Callable[[R, Report], None],
    folder_of: Callable[[R], Path] = lambda request: Path(request.outputs()["model"]).parent,
) -> int:
    """As one of torchrun's processes: the first does what it would do alone, the others learn along in silence.

    Parameters
    ----------
    args : Namespace
    request_of : callable
        The request; errors of it are told by the first process.
    describe : callable
        See `run`.
    follow : callable
        What the others do.
    folder_of : callable
        Where the request writes; by default beside the model that it makes.
    """
    from ..training.distributed import joined

    with joined(getattr(args, "device", "auto")) as peers:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # torchrun sends it once one fails; what is wrong is told first
        request = request_of(args)
        if peers.rank == 0:
            return run(request, args, folder_of(request), describe)
        with (
            stopping() as stop,
            tempfile.TemporaryDirectory() as working,
            Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        ):
            report = JsonReport(Path(working), nowhere)
            stop.tell(report.cancel)
            follow(request, report)
    return 0
