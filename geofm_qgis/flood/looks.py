"""Has the engine look at images, before a map is asked for and after it is made: only the newest question counts."""

from __future__ import annotations

import functools
from typing import Optional

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..engine.jobs.job import FAILED, INTERRUPTED, SUCCEEDED, Job
from ..engine.jobs.requests import Request
from ..jobs.client import JobClient
from ..translation import tr

__all__ = ["ImageLooks"]


class ImageLooks(QObject):
    """Asks by jobs that leave no trace in the list of jobs.

    Signals
    -------
    seen : Request, dict
        What was asked, and the summary of the answer.
    failed : Request, str
        What was asked, and why there is no answer.
    """

    seen = pyqtSignal(object, object)
    failed = pyqtSignal(object, str)

    def __init__(self, client: JobClient, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._client = client
        self._question: Optional[Request] = None
        self._mine: dict[int, Request] = {}  # those whose jobs have not ended
        self._open = True
        client.job_ended.connect(self._on_end)

    def ask(self, request: Request) -> None:
        """Look at some images; what was asked before and is not answered yet is forgotten."""
        for number in self._mine:
            self._client.cancel(number)
        self._question = request
        self._client.submit(request, functools.partial(self._sent, request), self._on_refused)

    def forget(self) -> None:
        """Want no answer any more."""
        self._question = None

    def close(self) -> None:
        """Forget everything."""
        if not self._open:
            return
        self._open = False
        self._client.job_ended.disconnect(self._on_end)
        for number in self._mine:
            self._client.cancel(number)
        self._mine, self._question = {}, None

    def _sent(self, request: Request, job: Job) -> None:
        self._mine[job.id] = request
        if request is not self._question:
            self._client.cancel(job.id)

    def _on_refused(self) -> None:
        self._question = None

    def _on_end(self, job: Job) -> None:
        request = self._mine.pop(job.id, None)
        if request is None:
            return
        self._client.delete([job.id])
        if request is self._question:
            self._question = None
            if job.state == SUCCEEDED and job.result is not None:
                self.seen.emit(request, job.result.summary)
            elif job.state in (FAILED, INTERRUPTED):
                self.failed.emit(request, job.message or tr("The engine could not look at the images."))
