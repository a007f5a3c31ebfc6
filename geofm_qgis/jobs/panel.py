"""The tab with all jobs of the queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QPoint, QSize, Qt, QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDesktopServices, QIcon, QKeySequence, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QAction,
    QFrame,
    QHeaderView,
    QMenu,
    QMessageBox,
    QStackedLayout,
    QToolBar,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from ..engine.jobs.job import CANCELLED, FAILED, INTERRUPTED, SUCCEEDED, Job
from ..engine.jobs.requests import SearchRequest
from ..help import help_button
from ..plain_text import PlainLabel, as_written
from ..translation import tr
from ..widgets.copying import make_copyable
from ..widgets.warned import warnings_of
from .client import JobClient
from .log_dialog import LogDialog
from .model import STATE, WHAT, WHEN, JobModel, StateDelegate
from .words import title_of

__all__ = ["JobsPanel"]

# What the columns must have room for.
STATE_SAMPLE, WHEN_SAMPLE = "00 % · 00 min left", "00 May"
ICON = 16
REPORTS, REPORT_FILES = (".html", ".json"), ("report.html", "report.json")
# Letters; a narrower panel leaves things out.
NARROW, NARROWEST = 52, 44


class JobsPanel(QWidget):
    """Lists the jobs, newest first, and does what can be done with those that are selected.

    Signals
    -------
    load_requested : Job
        The user wants the layers of a job that succeeded.
    resumed : int
        The number of a job that the user wants to go on.
    again_requested : Job
        The user wants to have the settings of a job in its tab.

    Attributes
    ----------
    again : set of str
        Kinds of jobs whose settings a tab can have.
    """

    load_requested = pyqtSignal(object)
    resumed = pyqtSignal(int)
    again_requested = pyqtSignal(object)

    def __init__(self, client: JobClient, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._client = client
        self.again: set[str] = set()
        self.model = JobModel(self)
        self.view = self._make_view()
        self._make_actions()
        self.details = PlainLabel()
        self.details.setWordWrap(True)
        self.details.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.details.setContentsMargins(4, 2, 4, 4)
        self.details.setAccessibleName(tr("What the selected job says"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._bar = self._make_bar()
        layout.addWidget(self._bar)
        layout.addWidget(self._make_middle(), 1)
        layout.addWidget(self.details)
        self.view.selectionModel().selectionChanged.connect(self._update)
        client.jobs_changed.connect(self._show)
        self._show(client.jobs)

    # Making -----------------------------------------------------------------------------------------------------------

    def _make_view(self) -> QTreeView:
        view = QTreeView()
        view.setModel(self.model)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setAlternatingRowColors(True)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setTextElideMode(Qt.TextElideMode.ElideRight)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setItemDelegateForColumn(STATE, StateDelegate(view))
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.doubleClicked.connect(lambda: self.load_action.trigger())
        view.setAccessibleName(tr("Jobs"))
        header, letters = view.header(), view.fontMetrics()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(WHAT, QHeaderView.ResizeMode.Stretch)
        for column, sample, more in ((STATE, STATE_SAMPLE, 2 * ICON), (WHEN, WHEN_SAMPLE, ICON)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            view.setColumnWidth(column, letters.horizontalAdvance(sample) + more)
        return view

    def _make_actions(self) -> None:
        self.load_action = self._action(tr("&Load layers"), "mActionAddLayer", self._load)
        self.cancel_action = self._action(tr("&Cancel"), "mActionStop", self._cancel)
        self.resume_action = self._action(tr("&Resume"), "mActionPlay", self._resume)
        self.log_action = self._action(tr("Show lo&g"), "mMessageLog", self._show_log)
        self.delete_action = self._action(tr("&Delete…"), "mActionDeleteSelected", self._delete)
        self.again_action = self._action(tr("&Use these settings again"), "mActionEditCopy", self._again)
        self.folder_action = self._action(tr("Open the &folder"), "mIconFolder", self._open_folder)
        self.report_action = self._action(tr("Open the re&port"), "mActionOpenTable", self._open_report)
        self.again_action.setToolTip(tr("Fill the tab of this job with its images and options"))
        self.folder_action.setToolTip(tr("Open the folder with the results of this job"))
        self.report_action.setToolTip(tr("Open the report of this job: areas, thresholds, warnings and more"))
        self.load_action.setToolTip(tr("Put the results of the selected jobs on the map again (Enter)"))
        self.cancel_action.setToolTip(tr("Stop the selected jobs"))
        self.resume_action.setToolTip(tr("Let the selected jobs go on where they stopped"))
        self.log_action.setToolTip(tr("Show what the job's program printed"))
        self.delete_action.setToolTip(tr("Take the selected jobs off the list (Del); the maps that they made stay"))
        self.delete_action.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        self.load_action.setShortcuts([QKeySequence(Qt.Key.Key_Return), QKeySequence(Qt.Key.Key_Enter)])
        make_copyable(self.view)
        for action in (self.load_action, self.delete_action):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.view.addAction(action)
        self.actions_in_order = (
            self.load_action,
            self.cancel_action,
            self.resume_action,
            self.again_action,
            self.folder_action,
            self.report_action,
            self.log_action,
            self.delete_action,
        )

    def _action(self, text: str, icon: str, slot: Callable[[], None]) -> QAction:
        action = QAction(_icon(icon), text, self)
        action.triggered.connect(lambda: slot())
        return action

    def _make_bar(self) -> QToolBar:
        bar = QToolBar()
        bar.setIconSize(QSize(ICON, ICON))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.addActions(self.actions_in_order)
        bar.addWidget(help_button("qgis#jobs"))
        for action in self.actions_in_order:
            button = bar.widgetForAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            if action in self.actions_in_order[3:]:
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        return bar

    def _make_middle(self) -> QWidget:
        middle = QWidget()
        self._empty = PlainLabel(tr("No jobs yet.\nMaps that you run appear here, also those of other QGIS windows."))
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._stack = QStackedLayout(middle)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        return middle

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow dock names matter more than the words on the buttons."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW * self.fontMetrics().averageCharWidth()
        self.view.setColumnHidden(WHEN, self.width() < NARROWEST * self.fontMetrics().averageCharWidth())
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if narrow else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for action in (self.cancel_action, self.resume_action):
            self._bar.widgetForAction(action).setToolButtonStyle(style)

    # Showing ----------------------------------------------------------------------------------------------------------

    @property
    def selected(self) -> tuple[Job, ...]:
        """The selected jobs, in the order of the list."""
        rows = sorted(self.view.selectionModel().selectedRows(), key=lambda index: index.row())
        return tuple(self.model.job_at(index) for index in rows)

    def select(self, job_id: int) -> None:
        """Select one job and show its row."""
        row = self.model.row_of(job_id)
        if row is not None:
            self.view.setCurrentIndex(self.model.index(row, WHAT))

    def _show(self, jobs: tuple[Job, ...]) -> None:
        jobs = tuple(job for job in jobs if job.lane != SearchRequest.lane)  # the Search tab shows what those find
        self.model.show_jobs(jobs)
        self._stack.setCurrentWidget(self.view if jobs else self._empty)
        self._update()

    def _update(self) -> None:
        jobs = self.selected
        states = {job.state for job in jobs}
        self.load_action.setEnabled(any(job.state == SUCCEEDED and job.result is not None for job in jobs))
        self.cancel_action.setEnabled(any(_can_be_cancelled(job) for job in jobs))
        self.resume_action.setEnabled(bool(states & {INTERRUPTED, FAILED, CANCELLED}))
        self.log_action.setEnabled(len(jobs) == 1)
        self.delete_action.setEnabled(any(job.ended for job in jobs))
        one = jobs[0] if len(jobs) == 1 else None
        self.again_action.setEnabled(one is not None and one.kind in self.again)
        self.folder_action.setEnabled(one is not None and _folder_of(one) is not None)
        self.report_action.setEnabled(one is not None and _report_of(one) is not None)
        text = "" if one is None else _said_of(one)
        self.details.setText(text)
        self.details.setVisible(bool(text))

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addActions(self.actions_in_order)
        menu.exec(self.view.viewport().mapToGlobal(place))
        menu.deleteLater()

    # Doing ------------------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        # The newest is loaded last, so that it lies on top.
        for job in reversed(self.selected):
            if job.state == SUCCEEDED and job.result is not None:
                self.load_requested.emit(job)

    def _cancel(self) -> None:
        for job in self.selected:
            if _can_be_cancelled(job):
                self._client.cancel(job.id)

    def _resume(self) -> None:
        for job in reversed(self.selected):
            if job.state in (INTERRUPTED, FAILED, CANCELLED):
                self._client.resume(job.id)
                self.resumed.emit(job.id)

    def _again(self) -> None:
        for job in self.selected[:1]:
            self.again_requested.emit(job)

    def _open_folder(self) -> None:
        for job in self.selected[:1]:
            _open(_folder_of(job))

    def _open_report(self) -> None:
        for job in self.selected[:1]:
            _open(_report_of(job))

    def _show_log(self) -> None:
        for job in self.selected[:1]:
            LogDialog(self._client, job, self).show()

    def _delete(self) -> None:
        jobs = [job for job in self.selected if job.ended]
        if not jobs:
            return
        if len(jobs) == 1:
            question = tr("Take “{title}” off the list?").format(title=title_of(jobs[0]))
        else:
            question = tr("Take {count} jobs off the list?").format(count=len(jobs))
        box = QMessageBox(QMessageBox.Icon.Question, tr("Delete jobs"), as_written(question), parent=self)
        box.setInformativeText(tr("The maps that were made stay where they are; logs and unfinished work are removed."))
        delete = box.addButton(tr("&Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        if box.clickedButton() is delete:
            self._client.delete([job.id for job in jobs])


def _said_of(job: Job) -> str:
    """Why a job did not succeed; of one that did, its warnings."""
    if job.state != SUCCEEDED:
        return job.message or ""
    return "\n".join(f"⚠ {text}" for text in warnings_of(job.result)) if job.result is not None else ""


def _files_of(job: Job) -> list[Path]:
    """What a job wrote and is still there."""
    paths = [Path(output.path.partition("|")[0]) for output in job.result.outputs] if job.result is not None else []
    return [path for path in paths if path.exists()]


def _folder_of(job: Job) -> Optional[Path]:
    """Where its results are."""
    return next((path if path.is_dir() else path.parent for path in _files_of(job)), None)


def _report_of(job: Job) -> Optional[Path]:
    """One for people, or else the table of all that is known."""
    reports = [path for path in _files_of(job) if path.suffix in REPORTS]
    folder = _folder_of(job)
    reports += [folder / name for name in REPORT_FILES] if folder is not None else []
    return next((path for path in sorted(reports, key=lambda path: path.suffix) if path.is_file()), None)


def _open(path: Optional[Path]) -> None:
    if path is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _can_be_cancelled(job: Job) -> bool:
    return not job.ended and job.cancel_requested_at is None


def _icon(name: str) -> QIcon:
    return QgsApplication.getThemeIcon(f"/{name}.svg")
