"""Sends queries to the engine and brings back their answers: only the newest question counts."""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple, Optional

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..engine.jobs.job import FAILED, INTERRUPTED, SUCCEEDED, Job
from ..engine.jobs.requests import OpenIndexRequest, SearchRequest
from ..jobs.client import JobClient
from ..settings import Settings
from ..translation import tr

__all__ = ["Answer", "SearchJobs"]

TABLE, THUMBNAILS = "hits.json", "thumbnails"


class Answer(NamedTuple):
    """What a search found.

    Attributes
    ----------
    request : SearchRequest
    hits : list of dict
        All hits, best first: rank, tile, score, source, date, window_m, polygon (corners in WGS84 degrees), path,
        thumbnail (a file, or empty), stale and more.
    summary : dict
        The result's: query, model, tiles, histogram, warnings and more.
    folder : Path
        Where its files lie until the next answer.
    """

    request: SearchRequest
    hits: list[dict[str, Any]]
    summary: dict[str, Any]
    folder: Path


class SearchJobs(QObject):
    """Opens indexes and asks them, by jobs that leave no trace in the list of jobs.

    Signals
    -------
    opened : str, dict
        An index's folder and what the engine tells of it; the next query is quick.
    answered : Answer
    not_opened : str, str
        An index's folder and why it cannot be searched.
    failed : str
        Why a query is not answered.
    busy_changed : bool
        Whether a question waits for its answer.
    """

    opened = pyqtSignal(str, object)
    answered = pyqtSignal(object)
    not_opened = pyqtSignal(str, str)
    failed = pyqtSignal(str)
    busy_changed = pyqtSignal(bool)

    def __init__(self, client: JobClient, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._client = client
        self._folder: Optional[Path] = None
        self._number = 0  # of the newest question
        self._question: Optional[SearchRequest] = None
        self._mine: dict[int, Any] = {}  # job -> the request, of questions and openings that have not ended
        self._shown: Optional[Path] = None
        self._started = time.time()
        client.job_ended.connect(self._on_end)
        client.failed.connect(self._on_refused)

    def open(self, folder: str) -> None:
        """Load an index and its model, so that the first query is quick, too."""
        request = OpenIndexRequest(index=folder, device=Settings().device)
        self._client.submit(request, functools.partial(self._sent, request))

    def ask(self, **values: Any) -> None:
        """Send a query; what was asked before and is not answered yet is forgotten.

        Parameters
        ----------
        **values
            Fields of a `SearchRequest` that are no outputs.

        Raises
        ------
        RequestError
            If it cannot be a query; the message tells why.
        """
        self._number += 1
        folder = self._new_folder()
        request = SearchRequest(
            **values, device=Settings().device, table=str(folder / TABLE), thumbnails=str(folder / THUMBNAILS)
        )
        folder.mkdir()
        for number, other in self._mine.items():
            if isinstance(other, SearchRequest):
                self._client.cancel(number)
        self._question = request
        self.busy_changed.emit(True)
        self._client.submit(request, functools.partial(self._sent, request))

    def close(self) -> None:
        """Forget everything, and remove the files of the last answer."""
        self._client.job_ended.disconnect(self._on_end)
        self._client.failed.disconnect(self._on_refused)
        for number in self._mine:
            self._client.cancel(number)
        self._mine = {}
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    # Inside -----------------------------------------------------------------------------------------------------------

    def _new_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="geofm-search-"))
        return self._folder / str(self._number)

    def _sent(self, request: Any, job: Job) -> None:
        self._mine[job.id] = request
        if isinstance(request, SearchRequest) and request is not self._question:
            self._client.cancel(job.id)

    def _on_refused(self, _: str) -> None:
        """The queue told why; a question that is in no queue is answered by nobody."""
        if self._question is not None and self._question not in self._mine.values():
            self._settle()

    def _on_end(self, job: Job) -> None:
        request = self._mine.pop(job.id, None)
        if request is None:
            if job.lane == SearchRequest.lane and (job.finished_at or self._started) < self._started:
                self._client.delete([job.id])  # QGIS was closed before the answer came
            return
        self._client.delete([job.id])
        if isinstance(request, OpenIndexRequest):
            self._on_opened(request, job)
            return
        if request is not self._question:
            shutil.rmtree(Path(request.table).parent, ignore_errors=True)
            return
        self._settle()
        if job.state == SUCCEEDED and job.result is not None:
            self._on_answer(request, job)
        elif job.state in (FAILED, INTERRUPTED):
            self.failed.emit(job.message or tr("The search did not succeed."))

    def _on_opened(self, request: OpenIndexRequest, job: Job) -> None:
        if job.state == SUCCEEDED and job.result is not None:
            self.opened.emit(request.index, job.result.summary)
        elif job.state in (FAILED, INTERRUPTED):
            self.not_opened.emit(request.index, job.message or tr("The index cannot be opened."))

    def _on_answer(self, request: SearchRequest, job: Job) -> None:
        folder = Path(request.table).parent
        try:
            hits = json.loads(Path(request.table).read_text(encoding="utf-8"))["hits"]
        except (OSError, ValueError, KeyError) as error:
            self.failed.emit(tr("The answer cannot be read ({error}); search again.").format(error=error))
            return
        self.answered.emit(Answer(request, hits, job.result.summary, folder))
        if self._shown is not None:
            shutil.rmtree(self._shown, ignore_errors=True)
        self._shown = folder

    def _settle(self) -> None:
        self._question = None
        self.busy_changed.emit(False)
