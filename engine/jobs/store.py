"""The job database: the only thing that stands between those who ask and those who work."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from .. import __version__
from ..errors import JobError, RequestError
from .database import database_error, open_database
from .events import EventFollower
from .job import CANCELLED, ENDED, INTERRUPTED, QUEUED, RUNNING, SUCCEEDED, Job
from .launch import ensure_worker
from .leftovers import remove_leftovers
from .locks import lane_lock
from .paths import DATABASE, JOBS, STOP, home_folder, prepare_home
from .requests import Request, is_storable
from .result import Result
from .rows import storable, to_job, to_text

__all__ = ["JobStore"]

SECONDS_BETWEEN_LOOKS_FOR_A_WORKER = 1.0


class JobStore:
    """The jobs in one folder, shared by any number of programs; threads may share one object too.

    A write may wait for other writers and for the disk (5 ms is common, seconds are possible), so a window's main
    thread only reads. Use it as a context manager, or call `close`.

    Parameters
    ----------
    home : Path, optional
        Default: `paths.home_folder`.
    start_worker : callable, optional
        Called with the folder when a worker is needed. Default: `launch.ensure_worker`, which uses the Python
        that runs now; QGIS gives one that uses the engine's.

    Raises
    ------
    JobError
        From here and from every method: if the database cannot be used, or the job not be found.
    """

    def __init__(self, home: Path | None = None, start_worker: Callable[[Path], None] = ensure_worker) -> None:
        self.home = prepare_home(home or home_folder())
        self._start_worker = start_worker
        self._mutex = threading.RLock()
        self._connection = open_database(self.home)
        self._file = (self.home / DATABASE).stat()
        self._data_version = 0

    def __enter__(self) -> JobStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; jobs go on."""
        with self._mutex:
            self._connection.close()

    # For those who ask ------------------------------------------------------------------------------------------------

    def submit(self, request: Request) -> Job:
        """Queue a request. Call `ensure_worker`, or `wait`, to have it served.

        Raises
        ------
        RequestError
            If an output's path is relative: the worker runs in another folder. If a name cannot be stored.
        """
        for name, path in request.outputs().items():
            if not Path(path).is_absolute():
                raise RequestError(f"{name} is the relative path '{path}'; a job that is queued needs an absolute one.")
        text = request.to_json()
        if not is_storable(text):
            raise RequestError("The request names a file with characters that are no text; rename that file.")
        with self._write() as database:
            cursor = database.execute(
                "INSERT INTO jobs (kind, lane, request, state, created_at) VALUES (?, ?, ?, ?, ?)",
                (request.kind, request.lane, text, QUEUED, time.time()),
            )
            job_id = int(cursor.lastrowid or 0)
            folder = self.folder(job_id)
            try:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "request.json").write_text(text + "\n", encoding="utf-8")
            except OSError as error:
                raise JobError(f"The job's folder {folder} cannot be written ({error.strerror}).") from error
        return self.get(job_id)

    def ensure_worker(self) -> None:
        """Start a worker unless one serves the queue."""
        self._start_worker(self.home)

    def get(self, job_id: int) -> Job:
        """The job as it is now."""
        rows = self._read("SELECT * FROM jobs WHERE id = ?", job_id)
        if not rows:
            raise JobError(f"There is no job {job_id}; `geofm jobs list` shows all.")
        return rows[0]

    def list(self, states: Sequence[str] | None = None) -> tuple[Job, ...]:
        """All jobs, or those in `states`, in the order in which they were submitted."""
        jobs = self._read("SELECT * FROM jobs ORDER BY id")
        return tuple(job for job in jobs if states is None or job.state in states)

    def active(self) -> tuple[Job, ...]:
        """The jobs that wait or run; quick however many have ended."""
        return self._read("SELECT * FROM jobs WHERE state IN ('queued', 'running') ORDER BY lane, id")

    def folder(self, job_id: int) -> Path:
        """Where a job keeps request.json, log.txt, events.jsonl and checkpoints."""
        return self.home / JOBS / str(job_id)

    def changed(self) -> bool:
        """Whether another connection wrote since the last call of this method; takes microseconds."""
        with self._mutex, self._errors():
            version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        before, self._data_version = self._data_version, version
        return version != before

    def request_cancel(self, job_id: int) -> Job:
        """Cancel a job: at once if it waits, soon if it runs, not at all if it has ended."""
        now = time.time()
        with self._write() as database:
            database.execute(
                "UPDATE jobs SET state = 'cancelled', finished_at = ?, cancel_requested_at = ?, message = 'Cancelled.' "
                "WHERE id = ? AND state = 'queued'",
                (now, now, job_id),
            )
            database.execute(
                "UPDATE jobs SET cancel_requested_at = ? "
                "WHERE id = ? AND state = 'running' AND cancel_requested_at IS NULL",
                (now, job_id),
            )
        return self.get(job_id)

    def ask_to_stop(self, job_id: int) -> Job:
        """Ask a running job to end early, well, with the best that it has; tasks that have no such thing go on."""
        job = self.get(job_id)
        if job.state != RUNNING:
            raise JobError(f"Job {job_id} is {job.state}; only a running job can be asked to stop and keep its best.")
        try:
            (self.folder(job_id) / STOP).touch()
        except OSError as error:
            raise JobError(f"The job's folder {self.folder(job_id)} cannot be written ({error.strerror}).") from error
        return job

    def resume(self, job_id: int) -> Job:
        """Queue an interrupted, failed or cancelled job again; it goes on from its last checkpoint."""
        self.settle()
        with self._write() as database:
            resumed = database.execute(
                "UPDATE jobs SET state = 'queued', cancel_requested_at = NULL, finished_at = NULL, message = NULL "
                "WHERE id = ? AND state IN ('interrupted', 'failed', 'cancelled')",
                (job_id,),
            ).rowcount
        job = self.get(job_id)
        if resumed:
            with contextlib.suppress(OSError):  # who resumes a job wants it whole
                (self.folder(job_id) / STOP).unlink()
        else:
            raise JobError(f"Job {job_id} is {job.state}; only an interrupted, failed or cancelled job can be resumed.")
        return job

    def clear(self, job_ids: Sequence[int] | None = None) -> tuple[int, ...]:
        """Forget jobs that have ended, all of them by default, with their folders; what they wrote elsewhere stays.

        Returns
        -------
        tuple of int
            The jobs that are gone.
        """
        jobs = self.list(ENDED) if job_ids is None else tuple(self.get(job_id) for job_id in job_ids)
        for job in jobs:
            if not job.ended:
                raise JobError(f"Job {job.id} is {job.state}; cancel it before you clear it.")
        with self._write() as database:
            # Somebody may have resumed one of them just now.
            gone = tuple(
                job.id
                for job in jobs
                if database.execute(
                    "DELETE FROM jobs WHERE id = ? AND state NOT IN ('queued', 'running')", (job.id,)
                ).rowcount
            )
        for job_id in gone:
            shutil.rmtree(self.folder(job_id), ignore_errors=True)
        return gone

    def wait(
        self,
        job_id: int,
        on_event: Callable[[dict[str, Any]], None] | None = None,
        timeout: float | None = None,
        poll: float = 0.1,
        *,
        on_poll: Callable[[], None] | None = None,
    ) -> Job:
        """Wait until a job has ended; for code without an event loop, in any thread.

        A worker is started whenever none serves the queue, so waiting survives one that was killed.

        Parameters
        ----------
        job_id : int
        on_event : callable, optional
            Called in this thread with each of the job's events, from its first on: `progress` (`done`, `total`,
            `unit`, `rate`, `eta_s`), `metric` (`name`, `step`, `value`) and `message` (`text`), each with `time`.
        timeout, poll : float
            Seconds.
        on_poll : callable, optional
            Called in this thread at every look, every `poll` seconds, also while the job says nothing: the place to
            see whether a cancel button was pressed. It may use this store. What it raises ends the wait; the job goes
            on.

        Returns
        -------
        Job
            Its `ended` is False if the time was over first.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        follower = EventFollower(self.folder(job_id) / "events.jsonl")
        next_look = time.monotonic()
        with JobStore(self.home, self._start_worker) as own:
            while True:
                # The job first, then its events: so none is missed that came before its end.
                job = own.get(job_id)
                events = follower.read()
                if on_event is not None:
                    for event in events:
                        on_event(event)
                if on_poll is not None:
                    on_poll()
                if job.ended or (deadline is not None and time.monotonic() >= deadline):
                    return job
                if time.monotonic() >= next_look:
                    if not own.is_current():
                        raise JobError(
                            f"The job database in {self.home} was replaced; job {job_id} is not in the new one."
                        )
                    own.settle()  # a full disk, on which no worker can live, is told here
                    own.ensure_worker()
                    next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS_FOR_A_WORKER
                time.sleep(poll)

    def settle(self) -> tuple[Job, ...]:
        """Give every job whose process has died its end: cancelled if that was asked for, interrupted otherwise.

        Whether the process lives is told by its lane's lock: the holder of the lock alone runs jobs of the lane. A
        worker calls this all the time; whoever shows jobs calls it so that a job does not seem to run after a reboot.
        """
        settled = []
        for job in self.active():
            if job.state != RUNNING or lane_lock(self.home, job.lane).is_held_by_someone():
                continue
            with self.frozen(job) as still_running:
                if not still_running:
                    continue
                remove_leftovers(job)
                if job.cancel_requested_at is not None:
                    self.end(job, CANCELLED, "Cancelled.")
                else:
                    self.end(job, INTERRUPTED, "The process that ran the job died; resume the job to go on.")
                settled.append(self.get(job.id))
        return tuple(settled)

    # For those who work -----------------------------------------------------------------------------------------------

    def claim(self, lane: str) -> Job | None:
        """Take the first waiting job of a lane; only the holder of the lane's lock may ask."""
        waiting = "SELECT * FROM jobs WHERE lane = ? AND state = 'queued' ORDER BY id LIMIT 1"
        if not self._read(waiting, lane):
            return None
        now = time.time()
        with self._write() as database:
            jobs = self._read(waiting, lane)
            if not jobs:
                return None
            database.execute(
                "UPDATE jobs SET state = 'running', attempt = attempt + 1, pid = ?, started_at = ?, heartbeat_at = ?, "
                "finished_at = NULL, progress = NULL, message = NULL, engine_version = ? WHERE id = ?",
                (os.getpid(), now, now, __version__, jobs[0].id),
            )
            return self.get(jobs[0].id)

    def mirror(self, job: Job, progress: dict[str, Any] | None = None, message: str | None = None) -> None:
        """Give a sign of life of a job that this process runs, and what there is to show."""
        with self._write() as database:
            database.execute(
                "UPDATE jobs SET heartbeat_at = ?, progress = COALESCE(?, progress), message = COALESCE(?, message) "
                "WHERE id = ? AND attempt = ? AND state = 'running'",
                (
                    time.time(),
                    None if progress is None else json.dumps(progress),
                    storable(message),
                    job.id,
                    job.attempt,
                ),
            )

    def is_wanted(self, job: Job) -> bool:
        """Whether this attempt at a job should go on: it still runs and nobody cancelled it."""
        now = self._read("SELECT * FROM jobs WHERE id = ?", job.id)
        return bool(now) and _same_attempt(now[0], job) and now[0].cancel_requested_at is None

    def end(self, job: Job, state: str, message: str | None = None, result: Result | None = None) -> bool:
        """End this attempt at a job, or a job that still waits; False if it has another state by now."""
        with self._write() as database:
            ended = database.execute(
                "UPDATE jobs SET state = ?, finished_at = ?, pid = NULL, message = COALESCE(?, message), result = ? "
                "WHERE id = ? AND attempt = ? AND state = ?",
                (state, time.time(), storable(message), to_text(result), job.id, job.attempt, job.state),
            ).rowcount
        if ended and state == SUCCEEDED:
            shutil.rmtree(self.folder(job.id) / "checkpoints", ignore_errors=True)
        return bool(ended)

    @contextlib.contextmanager
    def frozen(self, job: Job) -> Iterator[bool]:
        """Hold the database so that nobody else can end or start any job; gives whether this attempt still runs."""
        with self._write():
            jobs = self._read("SELECT * FROM jobs WHERE id = ?", job.id)
            yield bool(jobs) and _same_attempt(jobs[0], job)

    def is_current(self) -> bool:
        """Whether the database file is still the one that was opened, not deleted or set aside since."""
        try:
            return os.path.samestat(self._file, (self.home / DATABASE).stat())
        except OSError:
            return False

    # Inside -----------------------------------------------------------------------------------------------------------

    def _read(self, query: str, *values: object) -> tuple[Job, ...]:
        with self._mutex, self._errors():
            return tuple(to_job(row) for row in self._connection.execute(query, values))

    @contextlib.contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the database's one write lock; an inner one is part of the outer one."""
        with self._mutex, self._errors():
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled it back already
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise database_error(self.home / DATABASE, error) from error


def _same_attempt(now: Job, then: Job) -> bool:
    return now.state == RUNNING and now.attempt == then.attempt
