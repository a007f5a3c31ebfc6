"""Has the engine look at images before a map is asked for: only the newest question counts."""

from __future__ import annotations

import functools
from typing import Optional

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..engine.jobs.job import SUCCEEDED, Job
from ..engine.jobs.requests import LookRequest
from ..jobs.client import JobClient

__all__ = ["ImageLooks"]


class ImageLooks(QObject):
    """Asks by jobs that leave no trace in the list of jobs; where the engine cannot look, nothing is said.

    Signals
    -------
    seen : LookRequest, dict
        What was asked, and the summary of the answer.
    """

    seen = pyqtSignal(object, object)

    def __init__(self, client: JobClient, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._client = client
        self._question: Optional[LookRequest] = None
        self._mine: dict[int, LookRequest] = {}  # those whose jobs have not ended
        self._open = True
        client.job_ended.connect(self._on_end)

    def ask(self, request: LookRequest) -> None:
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

    def _sent(self, request: LookRequest, job: Job) -> None:
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
