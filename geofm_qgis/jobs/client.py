"""The queue of jobs as QGIS sees it: reads it often, writes to it in the background, tells both by signals."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Optional

from qgis.core import Qgis, QgsMessageLog
from qgis.PyQt.QtCore import QObject, Qt, QTimer, pyqtSignal

from ..engine.errors import GeoFMError, JobError
from ..engine.jobs.events import EventFollower
from ..engine.jobs.job import Job
from ..engine.jobs.locks import queue_lock
from ..engine.jobs.logs import end_of_log
from ..engine.jobs.paths import JOBS
from ..engine.jobs.requests import Request
from ..engine.jobs.store import JobStore
from ..environment.worker import engine_python, start_worker
from ..settings import Settings
from ..translation import tr

__all__ = ["JobClient"]

# A look costs microseconds while nothing has changed.
MS_BETWEEN_LOOKS, MS_BETWEEN_IDLE_LOOKS = 50, 500
MS_BETWEEN_ROUNDS, MS_AFTER_A_FAILED_ROUND = 1000, 15_000
# How long QGIS may wait at its end for what was asked for just before, such as a job to be submitted.
SECONDS_TO_CLOSE = 10.0
LOG_BYTES = 300_000


class JobClient(QObject):
    """Submits jobs and tells what becomes of them.

    The window's thread only reads, on a connection of its own: `PRAGMA data_version` every `MS_BETWEEN_LOOKS`, and
    the active jobs when it changed. Everything that may wait for another program or the disk runs in one background
    thread: opening, writing, starting the worker, and reading all jobs (45 ms for 300 of them).

    Signals
    -------
    jobs_changed : tuple of Job
        All jobs in the order in which they were submitted, whenever anything about them changed.
    job_ended : Job
        Once for each job that ended, also for those that ended while QGIS was closed.
    failed : str
        One sentence for the message bar.
    """

    jobs_changed = pyqtSignal(object)
    job_ended = pyqtSignal(object)
    failed = pyqtSignal(str)
    _came_back = pyqtSignal(object)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._home = Settings().job_home
        self._jobs: dict[int, Job] = {}
        self._told: dict[int, Optional[float]] = {}
        self._reader: Optional[JobStore] = None
        self._lost = False
        # These two are the background thread's alone.
        self._writer: Optional[JobStore] = None
        self._writer_home = self._home
        self._last_complaint = ""
        self._listing = False
        self._round: Optional[Future[None]] = None
        self._background: Optional[ThreadPoolExecutor] = ThreadPoolExecutor(1, thread_name_prefix="GeoFM jobs")
        self._came_back.connect(self._receive, Qt.ConnectionType.QueuedConnection)
        self._looks = QTimer(self)
        self._looks.timeout.connect(self._look)
        self._rounds = QTimer(self)
        self._rounds.timeout.connect(self._make_round)
        self._do(self._open)
        self._looks.start(MS_BETWEEN_IDLE_LOOKS)
        self._rounds.start(MS_BETWEEN_ROUNDS)

    # For the panels ---------------------------------------------------------------------------------------------------

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs as they were last seen, in the order in which they were submitted."""
        return tuple(self._jobs[number] for number in sorted(self._jobs))

    @property
    def folder(self) -> Path:
        """The folder of the queue."""
        return self._home

    def submit(
        self,
        request: Request,
        on_submitted: Optional[Callable[[Job], None]] = None,
        on_refused: Optional[Callable[[], None]] = None,
    ) -> None:
        """Queue a request and see to it that it is served.

        Parameters
        ----------
        request : Request
        on_submitted : callable, optional
            Gets the job.
        on_refused : callable, optional
            Called instead of `failed` telling why there is none: for what nobody has asked for by name.
        """

        def work() -> None:
            try:
                queue()
            except GeoFMError:
                if on_refused is None:
                    raise
                self._later(on_refused)

        def queue() -> None:
            store = self._store()
            if not queue_lock(store.home).is_held_by_someone():
                engine_python()  # a job that nobody can run is better refused than left waiting
            home, job = self._writer_home, store.submit(request)
            self._later(functools.partial(self._submitted, job, home, on_submitted))
            store.ensure_worker()

        self._do(work)

    def cancel(self, job_id: int) -> None:
        """Cancel a job: at once if it waits, soon if it runs."""
        self._write(lambda store: store.request_cancel(job_id))

    def stop_early(self, job_id: int) -> None:
        """Let a running job end early, well, with the best that it has."""
        self._write(lambda store: store.ask_to_stop(job_id))

    def resume(self, job_id: int) -> None:
        """Let a job that did not succeed go on from its last checkpoint."""

        def work(store: JobStore) -> None:
            store.resume(job_id)
            store.ensure_worker()

        self._write(work)

    def delete(self, job_ids: Iterable[int]) -> None:
        """Forget jobs that have ended; the files that they wrote stay."""
        numbers = tuple(job_ids)
        self._write(lambda store: store.clear(numbers))

    def log(self, job_id: int) -> str:
        """What the job's process printed, at most the last 300 kB; empty if nothing."""
        store = self._reader
        return "" if store is None else end_of_log(store.folder(job_id) / "log.txt", LOG_BYTES)

    def follower(self, job_id: int) -> EventFollower:
        """What reads the events of a job, for `read_events`."""
        return EventFollower(self._home / JOBS / str(job_id) / "events.jsonl")

    def read_events(self, follower: EventFollower, on_events: Callable[[list[dict[str, Any]]], None]) -> None:
        """Read in the background what a job has said since the last time; `on_events` gets it, also if it is nothing.

        Progress, metrics and messages are dictionaries as `JobStore.wait` describes them. A day of training says some
        megabytes.
        """
        self._do(lambda: self._later(functools.partial(on_events, follower.read())))

    def reopen(self) -> None:
        """Go over to the folder that the settings name by now."""
        self._forget_reader()
        self._home = Settings().job_home
        self._show({})
        self._do(self._open)

    def close(self) -> None:
        """Let go of the queue, after what was asked for is written; jobs go on."""
        background, self._background = self._background, None
        if background is None:
            return
        self._looks.stop()
        self._rounds.stop()
        if self._round is not None:
            self._round.cancel()
        last = background.submit(self._close_writer)
        background.shutdown(wait=False)
        wait((last,), SECONDS_TO_CLOSE)
        self._came_back.disconnect()
        self._forget_reader()

    # In the window's thread -------------------------------------------------------------------------------------------

    def _do(self, work: Callable[[], None]) -> Optional[Future[None]]:
        if self._background is None:
            return None
        return self._background.submit(self._guarded, work)

    def _write(self, work: Callable[[JobStore], Any]) -> None:
        def do() -> None:
            work(self._store())
            self._later(self._read_all)

        self._do(do)

    def _receive(self, what: Callable[[], None]) -> None:
        what()

    def _submitted(self, job: Job, home: Path, on_submitted: Optional[Callable[[Job], None]]) -> None:
        if on_submitted is not None:
            on_submitted(job)  # first: the job may have ended meanwhile, and whoever asked for it wants to know
        if home == self._home:
            self._refresh({**self._jobs, job.id: job})

    def _look(self) -> None:
        if self._reader is None:
            return
        try:
            changed = self._reader.changed()
        except JobError as error:
            self._lose(str(error))
            return
        if changed:
            waiting = set(self._active_ids())
            self._refresh(dict(self._jobs))
            if not waiting or waiting != set(self._active_ids()):
                self._read_all()

    def _active_ids(self) -> tuple[int, ...]:
        return tuple(job.id for job in self._jobs.values() if not job.ended)

    def _refresh(self, jobs: dict[int, Job]) -> None:
        """Bring jobs up to date by reading the active ones alone: however many have ended, that is quick."""
        if self._reader is None:
            return
        try:
            active = {job.id: job for job in self._reader.active()}
        except JobError as error:
            self._lose(str(error))
            return
        for number in [job.id for job in jobs.values() if not job.ended and job.id not in active]:
            try:
                jobs[number] = self._reader.get(number)
            except JobError:  # noqa: PERF203 - deleted meanwhile
                del jobs[number]
        self._show({**jobs, **active})

    def _show(self, jobs: dict[int, Job]) -> None:
        changed = jobs != self._jobs
        self._jobs = jobs
        active = any(not job.ended for job in jobs.values())
        interval = MS_BETWEEN_LOOKS if active else MS_BETWEEN_IDLE_LOOKS
        if self._looks.interval() != interval:
            self._looks.setInterval(interval)
        if changed:
            self.jobs_changed.emit(self.jobs)
            self._tell_ends()

    def _tell_ends(self) -> None:
        ends = {job.id: job.finished_at if job.ended else None for job in self._jobs.values()}
        news = [number for number, end in ends.items() if end is not None and self._told.get(number) != end]
        self._told = ends
        if not news:
            return
        _remember(self._home, max(ends[number] or 0.0 for number in news))
        for number in sorted(news, key=lambda number: ends[number] or 0.0):
            if number in self._jobs:
                self.job_ended.emit(self._jobs[number])

    def _read_all(self) -> None:
        if self._listing or self._reader is None:
            return
        self._listing = True
        known = dict(self._jobs)

        def work() -> None:
            try:
                jobs = _all_jobs(self._store(), known)
            except BaseException:
                self._later(self._listing_failed)
                raise
            self._later(functools.partial(self._listed, jobs))

        self._do(work)

    def _listed(self, jobs: dict[int, Job]) -> None:
        self._listing = False
        self._refresh(jobs)

    def _listing_failed(self) -> None:
        self._listing = False

    def _make_round(self) -> None:
        """See to it that active jobs are served and dead ones end, as `JobStore.wait` does."""
        if self._round is not None and not self._round.done():
            return
        if self._reader is None:
            if self._lost:
                self._rounds.setInterval(MS_AFTER_A_FAILED_ROUND)
                self._round = self._do(self._try_again)
        elif not self._reader.is_current():  # somebody deleted the folder, or the database was damaged and set aside
            self.reopen()
        elif self._active_ids():
            self._rounds.setInterval(MS_BETWEEN_ROUNDS)
            self._round = self._do(self._serve)

    def _lose(self, sentence: str) -> None:
        """Stop looking until the queue can be opened anew."""
        self._forget_reader()
        self._lost = True
        self.failed.emit(sentence)

    def _forget_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _opened(self, reader: JobStore, jobs: dict[int, Job], home: Path) -> None:
        if home != self._home:  # the settings have changed meanwhile
            reader.close()
            return
        self._forget_reader()
        self._reader = reader
        self._listing = False
        self._told = _told_before(home, jobs.values())
        self._refresh(jobs)

    # In the background thread -----------------------------------------------------------------------------------------

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except GeoFMError as error:
            self._later(functools.partial(self.failed.emit, str(error)))
        except Exception as error:  # whatever it is, the user must not wait for nothing
            QgsMessageLog.logMessage(traceback.format_exc(), "GeoFM", Qgis.MessageLevel.Critical)
            sentence = tr("Something unexpected happened ({error}); the log tab “GeoFM” has the details.")
            self._later(functools.partial(self.failed.emit, sentence.format(error=error)))

    def _later(self, what: Callable[[], None]) -> None:
        """Have something done in the window's thread."""
        if self._background is not None:
            self._came_back.emit(what)

    def _store(self) -> JobStore:
        """The connection to write with; opens both if one is missing, or if the folder or its database was replaced."""
        if self._writer is None or self._lost or self._writer_home != self._home or not self._writer.is_current():
            self._open()
        if self._writer is None:
            raise JobError(tr("The job database cannot be opened."))
        return self._writer

    def _open(self) -> None:
        home, self._lost = self._home, True
        self._close_writer()
        writer = JobStore(home, start_worker)
        self._writer, self._writer_home = writer, home
        writer.settle()
        jobs = _all_jobs(writer, {})
        reader = JobStore(home, start_worker)
        self._lost = False
        self._later(functools.partial(self._opened, reader, jobs, home))

    def _try_again(self) -> None:
        try:
            self._open()
        except GeoFMError:  # that it is lost was told already
            self._lost = True

    def _close_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _serve(self) -> None:
        try:
            store = self._store()
            store.settle()
            if store.active():
                store.ensure_worker()
        except GeoFMError as error:
            self._later(functools.partial(self._rounds.setInterval, MS_AFTER_A_FAILED_ROUND))
            if str(error) != self._last_complaint:
                self._last_complaint = str(error)
                raise
        else:
            self._last_complaint = ""


def _all_jobs(store: JobStore, known: dict[int, Job]) -> dict[int, Job]:
    """All jobs; those that have not changed are the same objects as in `known`, so that comparing them is quick."""
    jobs = {}
    for job in store.list():
        before = known.get(job.id)
        jobs[job.id] = before if before is not None and _same_end(before, job) else job
    return jobs


def _same_end(before: Job, job: Job) -> bool:
    return before.ended and job.ended and (before.attempt, before.finished_at) == (job.attempt, job.finished_at)


def _told_before(home: Path, jobs: Iterable[Job]) -> dict[int, Optional[float]]:
    """The ends that an earlier QGIS told; all so far where this queue is shown for the first time."""
    ends = {job.id: job.finished_at for job in jobs if job.ended and job.finished_at is not None}
    until = Settings().told_until(home)
    if until is None:
        Settings().set_told_until(home, max(ends.values(), default=0.0))
        return dict(ends)
    return {number: end for number, end in ends.items() if end <= until}


def _remember(home: Path, time: float) -> None:
    if time > (Settings().told_until(home) or 0.0):
        Settings().set_told_until(home, time)
