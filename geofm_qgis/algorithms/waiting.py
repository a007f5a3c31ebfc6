"""Runs a request as a job like any other, for code that has to wait for it: Processing algorithms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingException, QgsProcessingFeedback

from ..engine.errors import GeoFMError
from ..engine.jobs.job import SUCCEEDED
from ..engine.jobs.printable import printable
from ..engine.jobs.requests import Request, SearchRequest
from ..engine.jobs.result import Result
from ..engine.jobs.store import JobStore
from ..environment.worker import start_worker
from ..settings import Settings
from ..translation import tr

__all__ = ["run_job"]

TEXTS = 10  # that tell of progress, over a whole job: the dialog keeps each of them in its log


def run_job(request: Request, feedback: QgsProcessingFeedback) -> Result:
    """Queue a request, tell how it goes, and wait for its end, in any thread and without an event loop.

    Parameters
    ----------
    request : Request
    feedback : QgsProcessingFeedback
        Gets progress, rate, time left and warnings; cancelling it cancels the job.

    Raises
    ------
    QgsProcessingException
        If the job does not succeed, or cannot be run at all.
    """
    try:
        with JobStore(Settings().job_home, start_worker) as store:
            store.ensure_worker()  # first: a job that nobody can run is better refused than left waiting
            ahead = sum(job.lane == request.lane for job in store.active())
            job = store.submit(request)
            teller = _Teller(feedback)
            teller.say_where(job.id, store.folder(job.id), ahead)
            cancel = _Cancel(store, job.id, feedback)
            job = store.wait(job.id, teller.on_event, on_poll=cancel.on_poll)
            if job.lane == SearchRequest.lane:
                store.clear((job.id,))  # the list of jobs does not show it
    except GeoFMError as error:
        raise QgsProcessingException(printable(str(error))) from error
    if job.state != SUCCEEDED or job.result is None:
        words = job.message or tr("Job {number} did not succeed.").format(number=job.id)
        raise QgsProcessingException(printable(words))
    teller.warn_of(job.result.summary.get("warnings", ()))
    return job.result


class _Cancel:
    """Hands a cancelled feedback on to the job, once."""

    def __init__(self, store: JobStore, job_id: int, feedback: QgsProcessingFeedback) -> None:
        self._store, self._job_id, self._feedback = store, job_id, feedback
        self._asked = False

    def on_poll(self) -> None:
        """Called by `JobStore.wait` many times a second."""
        if self._feedback.isCanceled() and not self._asked:
            self._asked = True
            self._store.request_cancel(self._job_id)


class _Teller:
    """Turns a job's events into feedback."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        self._feedback = feedback
        self._next_text = 0.0
        self._told: set[str] = set()

    def say_where(self, job_id: int, folder: Path, ahead: int) -> None:
        """Where details can be found, and whether the job has to wait."""
        text = tr("Job {number} runs in the background; its log is {log}.")
        self._feedback.pushInfo(text.format(number=job_id, log=folder / "log.txt"))
        if ahead:
            self._feedback.pushInfo(tr("Jobs ahead of it in the queue: {count}.").format(count=ahead))

    def on_event(self, event: dict[str, Any]) -> None:
        """Called by `JobStore.wait` with each event."""
        if event.get("event") == "progress":
            self._progress(event)
        elif event.get("event") == "message":
            self.warn_of([event["text"]])

    def warn_of(self, texts: Any) -> None:
        """Tell each text once: what a task says while it runs stands among the warnings of its result again."""
        for text in texts:
            if text not in self._told:
                self._told.add(text)
                self._feedback.pushWarning(printable(text))

    def _progress(self, event: dict[str, Any]) -> None:
        done, total = event["done"], event["total"]
        if not total:
            return
        self._feedback.setProgress(100 * done / total)
        if done / total >= self._next_text and event.get("rate"):
            self._next_text = done / total + 1 / TEXTS
            text = tr("{done:.2f} of {total:.2f} {unit}, {rate:.2f} {unit}/s, {left} left")
            values = {name: event[name] for name in ("done", "total", "unit", "rate")}
            left = _duration(event.get("eta_s") or 0)
            self._feedback.setProgressText(printable(text.format(**values, left=left)))


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
