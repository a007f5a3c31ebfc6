"""What all tabs that send off jobs have in common."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Optional

from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import (
    QAbstractSpinBox,
    QAction,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import GeoFMError
from ..engine.jobs.job import Job
from ..engine.jobs.requests import Request, kinds
from ..jobs.client import JobClient
from ..project.naming import make_folder
from ..settings import Settings
from ..translation import tr
from .options import OptionsForm
from .outcome import Outcome
from .parts import TallPage
from .run_bar import RunBar
from .tab_page import TabPage

__all__ = ["WorkPanel"]


class WorkPanel(TabPage):
    """Widgets in, a request out; follows the job that it has sent off.

    A subclass makes its widgets, hands them to `lay_out`, and gives `request`.

    Attributes
    ----------
    kinds : tuple of str
        The first is that of its requests. A job of this kind that outlived an earlier QGIS is followed as if this one
        had sent it off.
    """

    def __init__(self, client: JobClient, run_bar: RunBar, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._client = client
        self._job_id: Optional[int] = None
        self._waiting: list[int] = []  # jobs of this tab that were sent off while the followed one was under way
        self._seen_jobs = False
        self._started = time.time()
        self._left: Optional[tuple[int, Optional[QWidget]]] = None  # view and keyboard when the job was sent off
        self._to_results = QTimer(self)
        self._to_results.setSingleShot(True)
        self._to_results.timeout.connect(self._show_results)
        self.run_bar = run_bar
        self.run_bar.run_requested.connect(self.run)
        self.run_bar.cancel_requested.connect(self._cancel)
        client.jobs_changed.connect(self._on_jobs)
        client.failed.connect(self._on_failure)

    def lay_out(self, *contents: QWidget, outcome: Outcome) -> None:
        """Put the widgets one below the other, and the results in a box that shows itself with the first of them.

        Parameters
        ----------
        *contents : QWidget
        outcome : Outcome
        """
        if isinstance(options := getattr(self, "options", None), OptionsForm):
            options.set_state(Settings().last_options(self.kinds[0]))
        self.outcome = outcome
        outcome.shown.connect(self.open_results)
        inside = TallPage()
        layout = QVBoxLayout(inside)
        for widget in contents:
            layout.addWidget(widget)
        self.result_box = QgsCollapsibleGroupBox(tr("Result"))
        self.result_box.setScrollOnExpand(False)  # `_show_results` decides
        QVBoxLayout(self.result_box).addWidget(outcome)
        self.result_box.hide()
        layout.addWidget(self.result_box)
        layout.addStretch(1)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scroll.setWidget(inside)
        self.frame(self.scroll, self.run_bar)
        # When the button that had the keyboard is hidden.
        self.submitted.connect(lambda _: QTimer.singleShot(0, self._remember_place))
        # Within the page alone: the letters of Alt belong to QGIS's menus.
        keys = QAction(self)
        keys.setShortcut(QKeySequence("Ctrl+Return"))
        keys.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.triggered.connect(self.run_bar.run.click)
        self.addAction(keys)
        self.run_bar.run.setToolTip(keys.shortcut().toString(QKeySequence.SequenceFormat.NativeText))

    def request(self) -> Request:
        """What the widgets say.

        Raises
        ------
        GeoFMError
            If something is missing or cannot be used; the message tells what.
        """
        raise NotImplementedError

    def run(self) -> None:
        """Send off the job that the widgets say, and remember their options."""
        if self._send(self.request) and isinstance(options := getattr(self, "options", None), OptionsForm):
            Settings().set_last_options(self.kinds[0], options.remembered())

    def _send(self, asked: Callable[[], Request]) -> bool:
        """Send a job off, unless the engine is missing; behind another one that is under way it waits.

        Parameters
        ----------
        asked : callable
            Gives the request, or raises a `GeoFMError` that tells what is missing.
        """
        if self.banner is not None and self.banner.blocks():
            return False
        try:
            request = asked()
            for folder in {Path(path).parent for path in request.outputs().values()}:
                make_folder(folder)
        except GeoFMError as error:
            self.show_field(error.field)  # first: what unfolds is a change, too
            self.problem.emit(kinds()[self.kinds[0]].told(error))
            return False
        if self._job_id is None:
            self.run_bar.show_submitting()
        self._client.submit(request, self._on_submitted)
        return True

    def _remember_place(self) -> None:
        self._left = self._place()

    def _place(self) -> tuple[int, Optional[QWidget]]:
        """What is in view, and the field that is typed in; lists get the keyboard by themselves when a button goes."""
        focus = QApplication.focusWidget()
        of_list = focus is not None and isinstance(focus.parentWidget(), QComboBox)
        types = isinstance(focus, (QLineEdit, QAbstractSpinBox)) and not of_list and self.scroll.isAncestorOf(focus)
        return self.scroll.verticalScrollBar().value(), focus if types else None

    def field_widget(self, field: str) -> Optional[QWidget]:
        """What the user says a field of the request by; None where the page has none."""
        options = getattr(self, "options", None)
        place = getattr(options, "widgets", {}).get(field) or getattr(self, field, None)
        return place if isinstance(place, QWidget) else None

    def show_field(self, field: Optional[str]) -> None:
        """Bring what mends a problem into view, unfolded, and give it the keyboard."""
        place = self.field_widget(field) if field else None
        if place is not None:
            self.bring(place)

    def show_job(self, job: Job) -> None:
        """Show how far the followed job is."""
        self.run_bar.show_job(job, len(self._waiting))

    def open_results(self) -> None:
        """Unfold the results and bring them into view."""
        self.result_box.show()
        self.result_box.setCollapsed(False)
        self._to_results.start(0)

    def _show_results(self) -> None:
        """When the page has found its height: that of a folded box would bring too little into view.

        Who has gone on with the inputs meanwhile keeps them in view; the message says that there is a result.
        """
        left, self._left = self._left, None
        if left is not None and self.isVisible() and left != self._place():
            return
        self.scroll.widget().updateGeometry()
        self.scroll.ensureWidgetVisible(self.result_box)
        self.scroll.horizontalScrollBar().setValue(0)

    def _on_submitted(self, job: Job) -> None:
        self.submitted.emit(job.id)
        if self._job_id is None:
            self._job_id = job.id
            self.show_job(job)
        else:
            self._waiting.append(job.id)

    def _on_failure(self, _: str) -> None:
        if self._job_id is None:
            self.run_bar.show_run()

    def _cancel(self) -> None:
        if self._job_id is not None:
            self._client.cancel(self._job_id)

    def _on_jobs(self, jobs: tuple[Job, ...]) -> None:
        if self._job_id is None and not self._seen_jobs:
            # Those that come later are of other windows, or of Processing.
            earlier = (job for job in jobs if job.kind == self.kinds[0] and job.created_at < self._started)
            inherited = next((job for job in earlier if not job.ended), None)
            if inherited is not None:
                self._take_over(inherited)
        self._seen_jobs = True
        self._follow(jobs)

    def _take_over(self, job: Job) -> None:
        """Follow a job that outlived an earlier QGIS."""
        self._job_id = job.id

    def _follow(self, jobs: tuple[Job, ...]) -> None:
        if self._job_id is None:
            return
        active = {job.id: job for job in jobs if not job.ended}
        self._waiting = [number for number in self._waiting if number in active]
        if self._job_id in active:
            self.show_job(active[self._job_id])
            return
        self._job_id = self._waiting.pop(0) if self._waiting else None
        if self._job_id is None:
            self.run_bar.show_run()
        else:
            self._take_over(active[self._job_id])
            self.show_job(active[self._job_id])
