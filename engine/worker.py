"""The worker: serves the queue of jobs in the background, with one warm process per lane.

Two programs stand here. The *supervisor* (`python -m engine.worker`, `geofm jobs worker`) watches the job database. It
starts a *lane process* (`--lane long`) when a job waits for one, notices when one dies, and kills one whose job was
cancelled and does not stop. A lane process takes the jobs of its lane one by one and runs them.

Each holds a lock for life: `queue.lock` the supervisor, `lane-<lane>.lock` the lane process. The kernel frees a lock
when its holder dies, and nothing else is ever taken as a proof of life or death. So a killed supervisor does no harm:
the lane process ends its job and leaves, and the next supervisor starts no second one as long as the lock is held.

A job is never run by a mixture of two versions of GeoFM. Where the code on the disk was replaced, nobody takes another
job: lane processes leave, and the supervisor starts that of the new code in its place. Where a job waits that another
installation submitted and this one does not know how to do, supervisor and lane processes leave it the queue as soon as
nothing else waits: who waits for a job starts a worker of his own.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import faulthandler
import json
import os
import subprocess  # nosec B404 # only names the type of a started process
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# First: what is imported later is then known to be of the code that it saw on the disk.
from engine.jobs.code_on_disk import python_now, wait_until_whole, was_replaced

# isort: split
from engine import __version__, tasks
from engine.cpu import run_in_background
from engine.errors import Cancelled, GeoFMError, JobError
from engine.jobs.job import CANCELLED, FAILED, SUCCEEDED, Job
from engine.jobs.job_report import JobReport
from engine.jobs.leftovers import clear, remove_leftovers
from engine.jobs.locks import FileLock, lane_lock, queue_lock
from engine.jobs.logs import keep_short
from engine.jobs.paths import WORKER_LOG, home_folder, prepare_home
from engine.jobs.processes import kill_tree, start_detached
from engine.jobs.requests import LANES, Request, kinds
from engine.jobs.store import JobStore

__all__ = ["Supervisor", "main", "serve_lane"]

WORKER = (sys.executable, "-m", "engine.worker")
IDLE_S = 300.0
GRACE_S = 10.0
SUPERVISOR_POLL_S = 0.1
LANE_POLL_S = 0.02
# Whoever only looks at a lock holds it for microseconds.
LOCK_PATIENCE_S = 1.0
SECONDS_BETWEEN_KILLS = 1.0
SECONDS_BETWEEN_LOOKS_AT_A_LOG = 1.0
MOST_FAILED_STARTS = 3


def main(arguments: Sequence[str] | None = None, command: Sequence[str] | None = None) -> int:
    """Serve the queue until there is nothing to do; at once, and with status 0, if another worker does.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: the program's own.
    command : sequence of str, optional
        What a lane process is started with. Default: this module, in this Python.
    """
    parser = argparse.ArgumentParser(prog="geofm jobs worker", description="Runs the jobs in the queue.")
    parser.add_argument("--lane", choices=LANES, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="cores per job; default: all but one")
    parser.add_argument("--idle-s", type=float, default=IDLE_S, help=argparse.SUPPRESS)
    parser.add_argument("--grace-s", type=float, default=GRACE_S, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    home = prepare_home(home_folder())
    if options.lane:
        run_in_background(options.threads)
        serve_lane(home, options.lane, options.idle_s)
        return 0
    command = [*(command or WORKER), "--threads", str(options.threads)]
    try:
        Supervisor(home, command, options.idle_s, options.grace_s).run()
    except KeyboardInterrupt:
        _say("stopped; a job that runs goes on to its end")
        return 130
    return 0


@dataclass
class _Lane:
    """What the supervisor knows of a lane."""

    process: subprocess.Popen[bytes] | None = None
    started_for: int | None = None
    failed_starts: int = 0


class Supervisor:
    """Watches the queue.

    Parameters
    ----------
    home : Path
    command : sequence of str
        What a lane process is started with; `--lane LANE --idle-s SECONDS` is added.
    idle_s : float
        How long a lane process stays warm after a job, and the supervisor after the last lane process.
    grace_s : float
        How long a cancelled job may take to stop by itself.
    """

    def __init__(self, home: Path, command: Sequence[str], idle_s: float = IDLE_S, grace_s: float = GRACE_S) -> None:
        self._home = home
        self._command = command
        self._idle_s = idle_s
        self._grace_s = grace_s
        self._lanes = {lane: _Lane() for lane in LANES}
        self._kill_at: dict[tuple[int, int], float] = {}
        self._is_outdated = False

    def run(self) -> None:
        """Serve until there is nothing to do; return at once if another supervisor does."""
        lock = queue_lock(self._home)
        if not lock.try_acquire(LOCK_PATIENCE_S):
            return
        _say(f"geofm {__version__} serves {self._home}, process {os.getpid()}")
        with JobStore(self._home) as store:
            busy_at = time.monotonic()
            while store.is_current():
                if self._look(store):
                    busy_at = time.monotonic()
                if self._is_outdated:
                    self._make_way(lock)
                    break
                for_others = store.is_for_others()
                if for_others or time.monotonic() - busy_at > self._idle_s:
                    # Who submitted a job while the lock was held relies on this worker: look once more without it.
                    lock.release()
                    if store.is_for_others():
                        store.leave_to_others()
                        break
                    if not store.active() or not lock.try_acquire(LOCK_PATIENCE_S):
                        break
                time.sleep(SUPERVISOR_POLL_S)
        _say("leaves")

    def _make_way(self, lock: FileLock) -> None:
        """Start the worker of the code that took the place of this one's."""
        _say(f"the code of geofm {__version__} was replaced")
        wait_until_whole()
        lock.release()
        options = ["--idle-s", str(self._idle_s), "--grace-s", str(self._grace_s)]
        with contextlib.suppress(JobError):  # the code is gone, and its Python, too
            start_detached([*self._successor(), *options], self._home)

    def _successor(self) -> list[str]:
        """The command of the worker that takes this one's place."""
        python, *words = self._command
        return [python_now() if python == sys.executable else python, *words]

    def _look(self, store: JobStore) -> bool:
        """Do what there is to do now; whether there is any job or lane process to care for."""
        keep_short(self._home / WORKER_LOG)
        for job in store.settle():
            _say(f"job {job.id} is {job.state}: its process died")
        running = store.running()
        self._kill_if_due(store, [job for job in running if job.cancel_requested_at is not None])
        waits = [self._serve(store, name, lane) for name, lane in self._lanes.items()]
        stranded = store.stranded()
        if (stranded or store.has_foreign()) and not self._see_code():
            for job in stranded:
                store.end(job, FAILED, f"GeoFM {__version__} has no lane '{job.lane}'; resume the job in a newer one.")
        return bool(running) or any(waits) or any(lane.process for lane in self._lanes.values())

    def _see_code(self) -> bool:
        """Whether the code on the disk was replaced; then this worker starts nothing more."""
        self._is_outdated = self._is_outdated or was_replaced()
        return self._is_outdated

    def _kill_if_due(self, store: JobStore, cancelled: Sequence[Job]) -> None:
        now = time.monotonic()  # not the wall clock: a laptop that slept has given the job no time
        before = self._kill_at
        self._kill_at = {}
        for job in cancelled:
            key = (job.id, job.attempt)
            self._kill_at[key] = before.get(key, now + self._grace_s)
            if now < self._kill_at[key]:
                continue
            self._kill_at[key] = now + SECONDS_BETWEEN_KILLS
            # While the database is frozen the process cannot end this job and begin another, and while it holds its
            # lock the process is the one that wrote its number into the row.
            with store.frozen(job) as still_running:
                if still_running and job.pid and lane_lock(self._home, job.lane).is_held_by_someone():
                    _say(f"job {job.id} did not stop in {self._grace_s:.0f} s: process {job.pid} is killed")
                    kill_tree(job.pid)

    def _serve(self, store: JobStore, name: str, lane: _Lane) -> bool:
        """Start a process for a lane if it needs one; whether a job waits for that."""
        status = None
        if lane.process is not None:
            status = lane.process.poll()
            if status is None:
                return False
            lane.process = None
            _say(f"the process for {name} jobs left with status {status}")
        job = store.next(name)
        if status is not None:
            died_early = status != 0 and job is not None and job.id == lane.started_for
            lane.failed_starts = lane.failed_starts + 1 if died_early else 0
        if job is None or lane_lock(self._home, name).is_held_by_someone() or self._see_code():
            return job is not None
        if lane.failed_starts >= MOST_FAILED_STARTS:
            log = self._home / WORKER_LOG
            store.end(job, FAILED, f"The process for {name} jobs dies before it takes a job; {log} says why.")
            lane.failed_starts = 0
            return True
        lane.started_for = job.id
        lane.process = start_detached([*self._command, "--lane", name, "--idle-s", str(self._idle_s)], self._home)
        return True


def serve_lane(home: Path, lane: str, idle_s: float = IDLE_S) -> None:
    """Run the jobs of a lane one by one, until none came for `idle_s` seconds or no supervisor lives."""
    lock = lane_lock(home, lane)
    if not lock.try_acquire(LOCK_PATIENCE_S):
        return
    faulthandler.enable()  # a crash in native code leaves its stack in the job's log
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    supervisor = queue_lock(home)
    with JobStore(home) as store:
        idle_since = time.monotonic()
        # Without a supervisor nobody would notice this process's death or kill it: then it takes no further job.
        while supervisor.is_held_by_someone() and store.is_current() and time.monotonic() - idle_since < idle_s:
            if store.next(lane) is None:
                if store.changed() and store.is_for_others():
                    break
                time.sleep(LANE_POLL_S)
            elif was_replaced():
                break
            elif (job := store.claim(lane)) is not None:
                _run_job(store, job)
                idle_since = time.monotonic()


def _run_job(store: JobStore, job: Job) -> None:
    state, message, result = SUCCEEDED, None, None
    # The log is closed before the job ends, so whoever sees the end finds it whole.
    with _output_to(store.folder(job.id) / "log.txt"):
        _say(f"job {job.id}, attempt {job.attempt}: geofm {__version__}, process {os.getpid()}")
        try:
            if job.attempt > 1:
                remove_leftovers(job)
            request = job.load_request()
            with JobReport(store, job) as report:
                tasks.find(request)
                if was_replaced():  # while that was imported
                    _put_back(store, job)
                    return
                result = tasks.run(request, report)
            json.dumps(result.to_dict())  # a summary that is no JSON is the task's error, not the worker's
        except Cancelled:
            state, message = CANCELLED, "Cancelled."
        except GeoFMError as error:
            _print_trace()
            state, message = FAILED, kinds().get(job.kind, Request).told(error)
        except (Exception, SystemExit):
            _print_trace()
            if was_replaced():  # what it needed is gone, or does not fit
                _put_back(store, job)
                return
            state = FAILED
            message = f"The job failed unexpectedly; its log has the details (geofm jobs show {job.id})."
    try:
        store.end(job, state, message, result if state == SUCCEEDED else None)
    except JobError:
        # The disk is full, perhaps of this job's own working files: that its end is known matters more.
        clear(store.folder(job.id) / "checkpoints")
        store.end(job, state, message, result if state == SUCCEEDED else None)


def _put_back(store: JobStore, job: Job) -> None:
    _say(f"the code of geofm {__version__} was replaced: the job waits for that of the new one")
    store.put_back(job)


@contextlib.contextmanager
def _output_to(path: Path) -> Iterator[None]:
    """Send what this process and its native code print to the end of a file; on a full disk it may get lost."""
    _flush()
    kept = [(descriptor, os.dup(descriptor)) for descriptor in (1, 2)]
    try:
        with contextlib.suppress(OSError), path.open("ab") as log:
            for descriptor, _ in kept:
                os.dup2(log.fileno(), descriptor)
        with _kept_short(path):
            yield
    finally:
        _flush()
        for descriptor, copy in kept:
            os.dup2(copy, descriptor)
            os.close(copy)


@contextlib.contextmanager
def _kept_short(log: Path) -> Iterator[None]:
    """Look after the length of a log, which native code may fill with warnings by the million."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(SECONDS_BETWEEN_LOOKS_AT_A_LOG):
            keep_short(log)

    looker = threading.Thread(target=look, name="log", daemon=True)
    looker.start()
    try:
        yield
    finally:
        over.set()
        looker.join()
        keep_short(log)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    # What native code printed may wait in the buffers of the C library, and would end in the next job's log.
    ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None).fflush(None)


def _print_trace() -> None:
    with contextlib.suppress(OSError):
        traceback.print_exc()


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        print(time.strftime("%Y-%m-%d %H:%M:%S"), text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
