"""`geofm jobs`: the queue as seen from a terminal."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, JobError, RequestError
from ..jobs.logs import end_of_log
from ..jobs.report import ConsoleReport, progress_text
from . import options
from .tables import aligned, named

if TYPE_CHECKING:
    from ..jobs.job import Job
    from ..jobs.store import JobStore

__all__ = ["add_parser", "wait_for"]

COLUMNS = ("ID", "STATE", "KIND", "PROGRESS", "CREATED", "MESSAGE", "OUTPUT")
LOG_LINES_SHOWN, LOG_BYTES_READ = 20, 100_000
MOST_THREADS = 1024


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `jobs` and what stands below it."""
    parser = subparsers.add_parser("jobs", help="see and steer the jobs in the queue")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    listing = commands.add_parser("list", help="the newest 2,000 jobs and those that run, oldest first")
    listing.add_argument("--json", action="store_true", help="one JSON object per job and line")
    listing.set_defaults(run=_list)

    show = commands.add_parser("show", help="one job in full")
    show.add_argument("id", type=int)
    show.add_argument("--json", action="store_true", help="as one JSON object")
    show.set_defaults(run=_show)

    cancel = commands.add_parser("cancel", help="stop a job; nothing half-written stays")
    cancel.add_argument("id", type=int)
    cancel.set_defaults(run=_cancel)

    stop = commands.add_parser("stop", help="let a training end early and keep the best model")
    stop.add_argument("id", type=int)
    stop.set_defaults(run=_stop)

    resume = commands.add_parser("resume", help="go on with an interrupted, failed or cancelled job")
    resume.add_argument("id", type=int)
    resume.add_argument("--wait", action="store_true", help="until it has ended")
    resume.set_defaults(run=_resume)

    clear = commands.add_parser("clear", help="forget jobs that have ended; the files that they wrote stay")
    clear.add_argument("id", type=int, nargs="*", help="default: all that have ended")
    clear.set_defaults(run=_clear)

    worker = commands.add_parser("worker", help="serve the queue from this terminal, until there is nothing to do")
    cores = options.whole_number(
        "a whole number of cores, or 0 for all but one", lambda value: 0 <= value <= MOST_THREADS
    )
    worker.add_argument("--threads", type=cores, default=0, metavar="N", help="cores per job; default: all but one")
    worker.set_defaults(run=_worker)


def wait_for(store: JobStore, job_id: int, on_event: Callable[[dict[str, Any]], None]) -> Job:
    """Wait until a job has succeeded, and hand its events on.

    Raises
    ------
    Cancelled
        If somebody cancels the job, or if Ctrl+C ends the wait (then the job goes on).
    JobError
        If it ends in another way.
    """
    try:
        job = store.wait(job_id, on_event)
    except KeyboardInterrupt:
        raise Cancelled(f"Job {job_id} goes on in the background; `geofm jobs cancel {job_id}` stops it.") from None
    if job.state == "cancelled":
        raise Cancelled(f"Job {job_id} was cancelled.")
    if job.state != "succeeded":
        raise JobError(f"Job {job_id} {job.state}: {job.message}")
    return job


def _open() -> JobStore:
    from ..jobs.store import JobStore

    return JobStore()


def _list(args: argparse.Namespace) -> int:
    with _open() as store:
        store.settle()
        jobs = store.list()
    if args.json:
        for job in jobs:
            print(_to_json(job))
    elif jobs:
        print(_table([_row(job) for job in jobs]))
    else:
        print("There are no jobs.")
    return 0


def _show(args: argparse.Namespace) -> int:
    with _open() as store:
        store.settle()
        job = store.get(args.id)
        log = store.folder(job.id) / "log.txt"
    if args.json:
        print(_to_json(job))
        return 0
    for name, value in _details(job, log):
        print(named(name, value, 10))
    if job.state in ("failed", "interrupted") and log.exists():
        lines = end_of_log(log, LOG_BYTES_READ).splitlines()
        print("\n" + "\n".join(lines[-LOG_LINES_SHOWN:]))
    return 0


def _cancel(args: argparse.Namespace) -> int:
    with _open() as store:
        store.settle()
        before = store.get(args.id)
        job = store.request_cancel(args.id)
        if not job.ended:
            store.ensure_worker()  # the one who kills a job that does not stop
            print(f"Job {job.id} is stopping.")
        elif before.ended:
            print(f"Job {job.id} has already ended ({job.state}).")
        else:
            print(f"Job {job.id} is {job.state}.")
    return 0


def _stop(args: argparse.Namespace) -> int:
    with _open() as store:
        store.settle()
        job = store.ask_to_stop(args.id)
    print(f"Job {job.id} is asked to stop and keep the best it has.")
    return 0


def _resume(args: argparse.Namespace) -> int:
    with _open() as store:
        job = store.resume(args.id)
        store.ensure_worker()
        print(f"Job {job.id} is {job.state} again.")
        if args.wait:
            wait_for(store, job.id, ConsoleReport(store.folder(job.id)).send)
            print(f"\nJob {job.id} succeeded.")
    return 0


def _clear(args: argparse.Namespace) -> int:
    with _open() as store:
        store.settle()
        gone = store.clear(args.id or None)
    print(f"Cleared {len(gone)} job{'' if len(gone) == 1 else 's'}.")
    return 0


def _worker(args: argparse.Namespace) -> int:
    from ..worker import main

    return main(["--threads", str(args.threads)])


def _to_json(job: Job) -> str:
    return json.dumps(job.to_dict(), ensure_ascii=False)


def _row(job: Job) -> tuple[str, ...]:
    progress = progress_text(job.progress) if job.progress and not job.ended else ""
    return (str(job.id), job.state, job.kind, progress.strip(), _local(job.created_at), _message(job), _output(job))


def _output(job: Job) -> str:
    """The file that a job writes or has written, or the folder of several."""
    paths: list[str] = []
    if job.result is not None:
        paths = [output.path for output in job.result.outputs]
    else:
        with suppress(RequestError):  # of another version of GeoFM
            request = job.load_request()
            paths = [*request.outputs().values()] or [getattr(request, "folder", "")]
    files = {path.partition("|")[0] for path in paths}
    if len(files) < 2:
        return "".join(files)
    with suppress(ValueError):  # on different drives
        return os.path.commonpath(files)
    return paths[0]


def _message(job: Job) -> str:
    silent = job.silent_s()
    if silent is not None:
        return f"no sign of life for {silent:.0f} s"
    if job.state == "running" and job.cancel_requested_at is not None:
        return "stopping"
    return " ".join((job.message or "").split())


def _details(job: Job, log: Path) -> list[tuple[str, object]]:
    times = {"created": job.created_at, "started": job.started_at, "finished": job.finished_at}
    rows: list[tuple[str, object]] = [("job", job.id), ("kind", job.kind), ("state", job.state)]
    rows += [(name, _local(value)) for name, value in times.items() if value is not None]
    rows.append(("attempts", job.attempt))
    if job.progress:
        rows.append(("progress", progress_text(job.progress).strip()))
    if _message(job):
        rows.append(("message", _message(job)))
    rows += [("output", output.path) for output in (job.result.outputs if job.result else ())]
    return [*rows, ("request", job.request), ("log", log)]


def _local(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Rows under `COLUMNS`, as wide as needed; in a terminal the last column is cut at its edge."""
    lines = aligned([COLUMNS, *rows])
    if sys.stdout.isatty():
        edge = shutil.get_terminal_size().columns
        lines = [line if len(line) <= edge else line[: edge - 1] + "…" for line in lines]
    return "\n".join(lines)
