"""The job database: the only thing that stands between those who ask and those who work."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from .. import __version__
from ..errors import JobError, RequestError
from .connection import JobConnection
from .events import EventFollower
from .job import CANCELLED, FAILED, INTERRUPTED, QUEUED, RUNNING, SUCCEEDED, Job
from .launch import ensure_worker
from .leftovers import remove_leftovers
from .locks import lane_lock
from .paths import JOBS, STOP, home_folder
from .requests import LANES, MOST_WHOLE, Request, is_storable
from .result import Result
from .rows import storable, to_text

__all__ = ["JobStore"]

SECONDS_BETWEEN_LOOKS_FOR_A_WORKER = 1.0
# Jobs that are read at once.
MOST_LISTED, MOST_RUNNING = 2000, 1000
ACTIVE = "state IN ('queued', 'running')"
RUN = f"id IN (SELECT id FROM jobs WHERE state = 'running' LIMIT {MOST_RUNNING})"  # nosec B608 # a number of ours
FOREIGN = "is_foreign(lane, request, engine_version)"


class JobStore(JobConnection):
    """The jobs in one folder, shared by any number of programs; threads may share one object too.

    A write may wait for other writers and for the disk (5 ms is common, seconds are possible), so a window's main
    thread only reads. Use it as a context manager, or call `close`. A bad row of the database does no harm to others:
    what cannot be read of a job is left out.

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
        super().__init__(home or home_folder())
        self._start_worker = start_worker

    def __enter__(self) -> JobStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

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
                "INSERT INTO jobs (kind, lane, request, state, created_at, engine_version) VALUES (?, ?, ?, ?, ?, ?)",
                (request.kind, request.lane, text, QUEUED, time.time(), __version__),
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
        """Start a worker unless one serves the queue, or would leave it to another GeoFM at once."""
        if not self.is_for_others():
            self._start_worker(self.home)

    def get(self, job_id: int) -> Job:
        """The job as it is now."""
        jobs = self._read("id = ?", job_id) if abs(job_id) < MOST_WHOLE else ()
        if not jobs:
            raise JobError(f"There is no job {job_id}; `geofm jobs list` shows all.")
        return jobs[0]

    def list(self, states: Sequence[str] | None = None) -> tuple[Job, ...]:
        """The newest 2,000 jobs and those that run, or those of them in `states`, in the order of their numbers."""
        newest = f"id IN (SELECT id FROM jobs ORDER BY id DESC LIMIT {MOST_LISTED})"  # nosec B608 # a number of ours
        jobs = self._read(f"{newest} OR {RUN} ORDER BY id")
        return tuple(job for job in jobs if states is None or job.state in states)

    def active(self) -> tuple[Job, ...]:
        """The newest 2,000 jobs that wait and those that run; quick however many have ended."""
        waiting = "SELECT id FROM jobs WHERE state = 'queued' ORDER BY id DESC"
        newest = f"id IN ({waiting} LIMIT {MOST_LISTED})"
        return self._read(f"{newest} OR {RUN} ORDER BY lane, id")

    def running(self) -> tuple[Job, ...]:
        """The jobs that run, or did so when their process died."""
        return self._read(RUN)

    def folder(self, job_id: int) -> Path:
        """Where a job keeps request.json, log.txt, events.jsonl and checkpoints."""
        return self.home / JOBS / str(job_id)

    def request_cancel(self, job_id: int) -> Job:
        """Cancel a job: at once if it waits, soon if it runs, not at all if it has ended."""
        with self._write() as database:
            job = self.get(job_id)
            if job.state == QUEUED:
                self.end(job, CANCELLED, "Cancelled.")
            if not job.ended and job.cancel_requested_at is None:
                database.execute("UPDATE jobs SET cancel_requested_at = ? WHERE id = ?", (time.time(), job_id))
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
            job = self.get(job_id)
            if job.state not in (INTERRUPTED, FAILED, CANCELLED):
                raise JobError(
                    f"Job {job_id} is {job.state}; only an interrupted, failed or cancelled job can be resumed."
                )
            database.execute(
                "UPDATE jobs SET state = 'queued', cancel_requested_at = NULL, finished_at = NULL, message = NULL "
                "WHERE id = ?",
                (job_id,),
            )
            resumed = self.get(job_id)
        with contextlib.suppress(OSError):  # who resumes a job wants it whole
            (self.folder(job_id) / STOP).unlink()
        return resumed

    def clear(self, job_ids: Sequence[int] | None = None) -> tuple[int, ...]:
        """Forget jobs that have ended, all of them by default, with their folders; what they wrote elsewhere stays.

        Returns
        -------
        tuple of int
            The jobs that are gone.
        """
        for job in () if job_ids is None else map(self.get, job_ids):
            if not job.ended:
                raise JobError(f"Job {job.id} is {job.state}; cancel it before you clear it.")
        with self._write() as database:
            # Somebody may have resumed one of them just now.
            rows = database.execute(f"SELECT id FROM jobs WHERE NOT {ACTIVE} ORDER BY id")  # nosec B608 # a text of ours
            ended = {number for (number,) in rows}
            gone = tuple(sorted(ended if job_ids is None else ended.intersection(job_ids)))
            database.executemany("DELETE FROM jobs WHERE id = ?", [(number,) for number in gone])
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
                    if job.is_foreign:
                        raise JobError(_waits_for(job))
                    own.settle()  # a full disk, on which no worker can live, is told here
                    own.ensure_worker()
                    next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS_FOR_A_WORKER
                time.sleep(poll)

    def settle(self) -> tuple[Job, ...]:
        """Give every job whose process has died its end: cancelled if that was asked for, interrupted otherwise.

        Whether the process lives is told by its lane's lock: the holder of the lock alone runs jobs of the lane. A
        worker calls this all the time; whoever shows jobs calls it so that a job does not seem to run after a reboot.
        """
        running = self.running()
        dead = {lane for lane in {job.lane for job in running} if not lane_lock(self.home, lane).is_held_by_someone()}
        if not dead:
            return ()
        with self._write():
            return tuple(self.get(job.id) for job in running if job.lane in dead and self._bury(job))

    def _bury(self, job: Job) -> bool:
        """End a job whose process died, unless somebody else has."""
        if not self._is_running(job):
            return False
        remove_leftovers(job)
        if job.cancel_requested_at is not None:
            return self.end(job, CANCELLED, "Cancelled.")
        return self.end(job, INTERRUPTED, "The process that ran the job died; resume the job to go on.")

    # For those who work -----------------------------------------------------------------------------------------------

    def next(self, lane: str) -> Job | None:
        """The first waiting job of a lane that this GeoFM can do."""
        jobs = self._read(f"state = 'queued' AND lane = ? AND NOT {FOREIGN} ORDER BY id LIMIT 1", lane)
        return jobs[0] if jobs else None

    def claim(self, lane: str) -> Job | None:
        """Take the next job of a lane; only the holder of the lane's lock may ask."""
        now = time.time()
        with self._write() as database:
            job = self.next(lane)
            if job is None:
                return None
            database.execute(
                "UPDATE jobs SET state = 'running', attempt = ?, pid = ?, started_at = ?, heartbeat_at = ?, "
                "finished_at = NULL, progress = NULL, message = NULL, engine_version = ? WHERE id = ?",
                (job.attempt + 1, os.getpid(), now, now, __version__, job.id),
            )
            return self.get(job.id)

    def put_back(self, job: Job) -> None:
        """Let a job that this process runs wait for the next one."""
        with self._write() as database:
            if self._is_running(job):
                database.execute("UPDATE jobs SET state = 'queued', pid = NULL, message = NULL WHERE id = ?", (job.id,))

    def stranded(self) -> tuple[Job, ...]:
        """Waiting jobs of lanes that no GeoFM is known to have."""
        marks = ", ".join("?" * len(LANES))
        return self._read(f"state = 'queued' AND lane NOT IN ({marks}) AND NOT {FOREIGN} LIMIT ?", *LANES, MOST_RUNNING)

    def has_foreign(self) -> bool:
        """Whether a job waits that another GeoFM submitted and that this one does not know how to do."""
        return bool(self._read(f"state = 'queued' AND engine_version <> ? AND {FOREIGN} LIMIT 1", __version__))

    def is_for_others(self) -> bool:
        """Whether there is such a job, and none that this GeoFM must see to."""
        mine = f"(state = 'queued' AND NOT {FOREIGN}) OR (state = 'running' AND cancel_requested_at IS NOT NULL)"
        return self.has_foreign() and not self._read(f"{mine} LIMIT 1")

    def leave_to_others(self) -> None:
        """Write on the jobs that wait for another GeoFM what they wait for."""
        with self._write() as database:
            for job in self._read(f"state = 'queued' AND engine_version <> ? AND {FOREIGN}", __version__):
                database.execute("UPDATE jobs SET message = ? WHERE id = ?", (_waits_for(job), job.id))

    def mirror(self, job: Job, progress: dict[str, Any] | None = None, message: str | None = None) -> None:
        """Give a sign of life of a job that this process runs, and what there is to show."""
        values = (time.time(), None if progress is None else json.dumps(progress), storable(message), job.id)
        with self._write() as database:
            if self._is_running(job):
                database.execute(
                    "UPDATE jobs SET heartbeat_at = ?, progress = COALESCE(?, progress), "
                    "message = COALESCE(?, message) WHERE id = ?",
                    values,
                )

    def is_wanted(self, job: Job) -> bool:
        """Whether this attempt at a job should go on: it still runs and nobody cancelled it."""
        now = self._read("id = ?", job.id)
        return bool(now) and _runs(now[0], job) and now[0].cancel_requested_at is None

    def end(self, job: Job, state: str, message: str | None = None, result: Result | None = None) -> bool:
        """End this attempt at a job, or a job that still waits; False if it has another state by now."""
        values = (state, time.time(), storable(message), to_text(result), job.id)
        with self._write() as database:
            now = self._read("id = ?", job.id)
            if not now or (now[0].attempt, now[0].state) != (job.attempt, job.state):
                return False
            database.execute(
                "UPDATE jobs SET state = ?, finished_at = ?, pid = NULL, message = COALESCE(?, message), result = ? "
                "WHERE id = ?",
                values,
            )
        if state == SUCCEEDED:
            shutil.rmtree(self.folder(job.id) / "checkpoints", ignore_errors=True)
        return True

    @contextlib.contextmanager
    def frozen(self, job: Job) -> Iterator[bool]:
        """Hold the database so that nobody else can end or start any job; gives whether this attempt still runs."""
        with self._write():
            yield self._is_running(job)

    def _is_running(self, job: Job) -> bool:
        """Whether this attempt at a job runs."""
        now = self._read("id = ?", job.id)
        return bool(now) and _runs(now[0], job)


def _runs(now: Job, then: Job) -> bool:
    return now.state == RUNNING and now.attempt == then.attempt


def _waits_for(job: Job) -> str:
    return (
        f"The job waits for GeoFM {job.engine_version}, which submitted it: GeoFM {__version__} does not know all that "
        "it asks for."
    )
