"""The Search tab: an index, words, and the best places as pictures, as a layer and on a histogram."""

from __future__ import annotations

import time
from typing import Any, Optional

from qgis.core import QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from qgis.PyQt.QtWidgets import QApplication, QFrame, QScrollArea, QVBoxLayout, QWidget

from ..engine.errors import GeoFMError, RequestError
from ..engine.jobs.requests import IndexRequest, ScoreMapRequest, SearchRequest
from ..environment.levels import LEARN
from ..jobs.client import JobClient
from ..project.naming import default_folder, file_name, free_path, make_folder
from ..settings import Settings
from ..translation import tr
from ..widgets.parts import TallPage, folded
from ..widgets.tab_page import TabPage
from .build import IndexBuilder
from .filters import SearchFilters
from .grid import HitGrid
from .histogram import ScoreHistogram
from .index import IndexChooser
from .jobs import Answer, SearchJobs
from .layer import HitLayer, save_hits
from .map import HitsOnMap, show_footprints
from .marks import MarksBar
from .outcome import SearchOutcome
from .queries import ASKED, SavedSearch, save, subject_of, title_of
from .query import QueryLine
from .results import ResultBar

__all__ = ["SearchPanel"]

LOW = 600  # pixels
SECONDS_WARM = 240.0  # the engine forgets index and model after five minutes without a question


class SearchPanel(TabPage):
    """Asks an index, and shows what it answers."""

    kinds = (IndexRequest.kind, ScoreMapRequest.kind)
    needs = LEARN
    help = "search"

    def __init__(self, client: JobClient, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._client = client
        self._answer: Optional[Answer] = None
        self._question: tuple[Any, ...] = ()  # of the answer that is shown, whatever was marked
        self._saved_threshold: Optional[float] = None  # of a saved search whose answer has not come
        self._asked: tuple[Any, ...] = ()  # the query as it stood when it was sent off
        self._warm_until: dict[str, float] = {}  # index -> when the engine may have forgotten it
        self.jobs = SearchJobs(client, self)
        self.layer = HitLayer()
        self.map = HitsOnMap(canvas)
        self.index = IndexChooser()
        self.builder = IndexBuilder(client)
        self.query = QueryLine(canvas)
        self.filters = SearchFilters(canvas)
        self.marks = MarksBar()
        self.histogram = ScoreHistogram()
        self.results = ResultBar()
        self.outcome = SearchOutcome(self)
        self.grid = HitGrid()
        self._lay_out()
        self._connect()
        self.builder.setVisible(not self.index.folder())
        self._show_answer_parts(False)
        self._on_index()

    def _lay_out(self) -> None:
        inside = TallPage()
        layout = QVBoxLayout(inside)
        self.narrow = folded(tr("Where and when"), self.filters)
        for widget in (self.index, self.builder, self.query, self.marks, self.narrow):
            layout.addWidget(widget)
        layout.addWidget(self.results)
        layout.addWidget(self.histogram)
        layout.addWidget(self.grid, 1)
        self._space = QWidget()
        layout.addWidget(self._space, 1)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setWidget(inside)
        self.frame(self.scroll)
        self.builder.banner = self.banner

    def _connect(self) -> None:
        self.outcome.built.connect(self._on_index_built)
        self.outcome.mapped.connect(self.results.tell)
        self.index.changed.connect(self._on_index)
        self.index.build_requested.connect(self._build)
        self.index.add_requested.connect(self._add_images)
        self.index.refresh_requested.connect(self.builder.refresh_index)
        self.index.remove_requested.connect(self.builder.remove_images)
        self.index.footprints_requested.connect(self._show_footprints)
        self.builder.closed.connect(self.builder.hide)
        self.builder.started.connect(lambda _: self.builder.show())
        self.builder.ended.connect(self._on_built)
        self.builder.submitted.connect(self.submitted)
        self.builder.model.models_requested.connect(self.models_requested)
        for part in (self.index, self.builder):
            part.problem.connect(self.problem)
        self.query.asked.connect(self.ask)
        self.query.parts.problem.connect(lambda sentence: self.marks.tell([sentence]))
        self.query.entered.connect(self._warm)
        self.query.save_requested.connect(self._save_search)
        self.query.saved_requested.connect(self.ask_saved)
        self.marks.refine_requested.connect(self.ask)
        self.marks.cleared.connect(lambda: self._set_marks({}))
        self.jobs.opened.connect(self._on_opened)
        self.jobs.not_opened.connect(self._on_not_opened)
        self.jobs.answered.connect(self._on_answer)
        self.jobs.failed.connect(self._on_no_answer)
        self.jobs.busy_changed.connect(self.query.show_busy)
        self.histogram.threshold_changed.connect(self._filter)
        self.grid.zoom_requested.connect(self.map.zoom_to)
        self.grid.flash_requested.connect(self.map.flash)
        self.grid.marked.connect(self._mark)
        self.grid.like_requested.connect(self._more_like)
        self.results.zoom_requested.connect(lambda: self.map.zoom_to_all(self._shown()))
        self.results.save_requested.connect(self._save_layer)
        self.results.map_requested.connect(self._map_scores)

    def showEvent(self, event: QShowEvent) -> None:
        """Find indexes and models that were made meanwhile, and have the engine ready."""
        super().showEvent(event)
        self.index.refresh()
        self.builder.model.refresh()
        self._warm()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a low screen two rows of pictures count for more than the chart: one scroll bar is enough."""
        super().resizeEvent(event)
        self.histogram.set_low(event.size().height() < LOW)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives the map back also while the keyboard is here."""
        if event.key() == Qt.Key.Key_Escape and self.query.parts.is_drawing():
            self.query.parts.stop_drawing()
        else:
            super().keyPressEvent(event)

    def look_at_models(self) -> None:
        """Models came or went."""
        self.builder.model.refresh()
        self._warm_until.clear()
        self.index.refresh()

    def close_tools(self) -> None:
        """Take everything off the map canvas, and forget the answer's files."""
        self.filters.aoi.close_tools()
        self.query.parts.close_tools()
        self.jobs.close()

    # The index --------------------------------------------------------------------------------------------------------

    def _on_index(self) -> None:
        self.query.set_examples(self.index.examples())
        self.query.set_reads_words(True)  # until the engine says otherwise
        for widget in (self.query, self.narrow, self.builder.hide_button):  # without an index, one has to be built
            widget.setVisible(bool(self.index.folder()))
        self.marks.set_marks({})
        self.marks.tell([])
        self._warm()

    def _warm(self) -> None:
        """Have the engine load index and model before the first question."""
        folder = self.index.folder()
        if self.banner is None or self.banner.misses():  # opening would only fail
            return
        if folder and self.isVisible() and time.monotonic() > self._warm_until.get(folder, 0.0):
            self._warm_until[folder] = time.monotonic() + SECONDS_WARM
            self.jobs.open(folder)

    def _on_opened(self, folder: str, facts: dict[str, Any]) -> None:
        if folder == self.index.folder():
            self.index.show_facts(facts)
            self.query.set_reads_words(facts["reads_words"])

    def _on_not_opened(self, folder: str, sentence: str) -> None:
        self._warm_until.pop(folder, None)
        if folder == self.index.folder():
            self.index.show_problem(sentence)

    def _build(self) -> None:
        self.builder.build_new()
        self.builder.show()
        self.scroll.ensureWidgetVisible(self.builder)

    def _add_images(self, folder: str) -> None:
        self.builder.add_to(folder)
        self.builder.show()
        self.scroll.ensureWidgetVisible(self.builder)

    def _on_built(self, folder: str) -> None:
        """A build has ended or paused; what there is can be searched."""
        self._warm_until.pop(folder, None)
        self.index.refresh()
        self._warm()

    def _on_index_built(self, folder: str) -> None:
        """Choose an index that a job has made."""
        self._warm_until.pop(folder, None)
        self.index.choose(folder)
        focus = QApplication.focusWidget()
        at_work = focus is not None and self.isAncestorOf(focus)
        self.builder.hide()
        if at_work:  # the next thing to do is to type
            self.query.line.setFocus()
        self._warm()

    def _show_footprints(self, folder: str) -> None:
        try:
            self.map.zoom_to_layer(show_footprints(folder))
        except GeoFMError as error:
            self.problem.emit(str(error))

    # Asking -----------------------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """Fields of a `SearchRequest` as the widgets stand, without outputs.

        Raises
        ------
        GeoFMError
            If something is missing or cannot be used; the message tells what.
        """
        if not self.index.folder():
            raise RequestError(tr("Build or open an index first."))
        good, bad = self.marks.numbers()
        asked, narrowed = self.query.values(), self.filters.values()
        return {"index": self.index.folder(), **asked, "good": good, "bad": bad, **narrowed}

    def ask(self) -> None:
        """Send the query off, unless the engine is missing."""
        if self.banner is not None and self.banner.blocks():
            return
        if self.query.state() != self._asked:
            self.marks.set_marks({})  # they were about another query
        try:
            self.jobs.ask(**self.values())
        except GeoFMError as error:
            self.marks.tell([str(error)])
            return
        self._asked = self.query.state()

    def ask_saved(self, search: SavedSearch) -> None:
        """Search as a saved search says."""
        if search.index != self.index.folder():
            self.index.choose(search.index)
        self.query.set_query(search.line, search.examples, search.at, search.like or "")
        self._asked = self.query.state()
        self.filters.set_values({name: getattr(search, name) for name in ("date_from", "date_to", "aoi", "top")})
        self.marks.set_marks({**dict.fromkeys(search.good, "good"), **dict.fromkeys(search.bad, "bad")})
        self._saved_threshold = search.threshold
        self.histogram.set_threshold(search.threshold)
        self.ask()

    def _save_search(self, name: str) -> None:
        try:
            values = self.values()
        except GeoFMError as error:
            self.marks.tell([str(error)])
            return
        kept = {key: value for key, value in values.items() if key not in ("texts", "negatives")}
        save(SavedSearch(name, self.query.text(), threshold=self.histogram.threshold(), **kept))

    # The answer -------------------------------------------------------------------------------------------------------

    def _on_answer(self, answer: Answer) -> None:
        self._answer = answer
        self._warm_until[answer.request.index] = time.monotonic() + SECONDS_WARM
        if self._question != _question(answer.request):  # a threshold of other words would hide hits of these
            self.histogram.set_threshold(self._saved_threshold)
            self.results.tell("")
        self._question, self._saved_threshold = _question(answer.request), None
        scores = [hit["score"] for hit in answer.hits]
        self.histogram.show_scores(answer.summary["histogram"], scores)
        self.grid.hits.set_hits(answer.hits)
        self.grid.scrollToTop()
        self.results.title.setText(title_of(answer.request))
        self.layer.show(self.results.title.text(), answer.hits, self.histogram.threshold())
        self._set_marks(self.marks.marks())
        self.marks.tell(answer.summary["warnings"] or ([] if answer.hits else [tr("Nothing was found.")]))
        self._show_answer_parts(True)
        self._filter()
        self.map.come_near(answer.hits)
        QTimer.singleShot(0, self.query.remember)  # writing a setting takes as long as all of this

    def _on_no_answer(self, sentence: str) -> None:
        self._warm_until.pop(self.index.folder(), None)
        self.marks.tell([sentence])

    def _show_answer_parts(self, seen: bool) -> None:
        for widget in (self.results, self.histogram, self.grid):
            widget.setVisible(seen)
        self._space.setVisible(not seen)

    def _filter(self) -> None:
        threshold = self.histogram.threshold()
        self.grid.hits.set_threshold(threshold)
        self.layer.set_threshold(threshold)
        self.histogram.tell(len(self._shown()), len(self.grid.hits.hits()))

    def _shown(self) -> list[dict[str, Any]]:
        return self.grid.hits.hits()[: self.grid.hits.rowCount()]

    # Marks ------------------------------------------------------------------------------------------------------------

    def _mark(self, hits: list[dict[str, Any]], mark: str) -> None:
        marks = self.marks.marks()
        for hit in hits:
            marks.pop(hit["tile"], None)
            if mark:
                marks[hit["tile"]] = mark
        self._set_marks(marks)

    def _set_marks(self, marks: dict[int, str]) -> None:
        self.marks.set_marks(marks)
        self.grid.hits.set_marks(marks)
        self.layer.set_marks(marks)

    def _more_like(self, hits: list[dict[str, Any]]) -> None:
        self.query.set_query("")
        self._asked = self.query.state()
        self._set_marks({hit["tile"]: "good" for hit in hits})
        self.ask()

    # What is kept -----------------------------------------------------------------------------------------------------

    def _save_layer(self) -> None:
        layer = self.layer.layer()
        if layer is None or self._answer is None:
            self.problem.emit(tr("The layer of hits was removed from the project; search again."))
            return
        name = file_name(subject_of(self._answer.request))[:60] or tr("Hits")
        path = self.results.ask_for_file(str(free_path(default_folder() / f"{name}.gpkg")))
        if not path:
            return
        try:
            saved = save_hits(layer, path)
        except GeoFMError as error:
            self.problem.emit(str(error))
            return
        QgsProject.instance().addMapLayer(saved)
        self.results.tell(tr("Saved: {path}").format(path=path))

    def _map_scores(self) -> None:
        """Send off a job that maps the scores of the last answer."""
        if self._answer is None:
            return
        asked, name = self._answer.request, subject_of(self._answer.request) or self.results.title.text()
        try:
            folder = free_path(default_folder() / (file_name(name)[:60] or "Scores"))
            make_folder(folder)
            request = ScoreMapRequest(
                **{field: getattr(asked, field) for field in ASKED},
                name=name[:60],
                heat_map=str(folder / "scores.tif"),
                device=Settings().device,
            )
        except GeoFMError as error:
            self.problem.emit(str(error))
            return
        self._client.submit(request, lambda job: self.submitted.emit(job.id))
        self.results.tell(tr("The score map is being made; it comes as a layer."))


def _question(request: SearchRequest) -> tuple[Any, ...]:
    """What tells one search from another, whose scores mean something else."""
    fields = ("index", "texts", "negatives", "examples", "at", "like")
    return tuple(getattr(request, field) for field in fields)
