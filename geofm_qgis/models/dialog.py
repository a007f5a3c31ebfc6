"""The window with all models: what is installed, what the catalogue has, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Optional

from qgis.core import Qgis, QgsApplication
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import QEvent, QPoint, QSize, Qt, QUrl, pyqtSignal
from qgis.PyQt.QtGui import QDesktopServices, QKeySequence, QShowEvent
from qgis.PyQt.QtWidgets import (
    QAction,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSplitter,
    QTextBrowser,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from ..engine.cards.shelf import models_folder
from ..engine.jobs.job import CANCELLED, SUCCEEDED, Job
from ..engine.jobs.requests import (
    ExportModelRequest,
    ImportModelRequest,
    InstallModelRequest,
    Request,
    TrainRequest,
)
from ..environment.inspector import Inspector
from ..environment.python import Inspection, find_engine_python
from ..help import help_button
from ..jobs.client import JobClient
from ..plain_text import as_written
from ..settings import Settings
from ..translation import tr
from ..widgets.layer_or_file import keep_folder, last_folder
from .asking import ConsentDialog, ImportDialog, wants_to_delete
from .refusals import no_delete, no_export, no_import, no_install
from .removal import Removal
from .rows import KINDS, ModelRow, all_rows, rows_with
from .table import ModelTable
from .words import details_html

__all__ = ["ModelsDialog"]

TITLE = "GeoFM"
SIZE = (120, 36)  # in letters and lines
ICON = 16
SECONDS_TOLD = 15


class ModelsDialog(QDialog):
    """Lists the models and does what can be done with the selected one; leaves other windows usable.

    Signals
    -------
    changed()
        A model came or went.
    options_requested()
        The user wants to set up what training and search need.
    told, problem : str
        How a job of this dialog ended, where the dialog is not there to say so itself.
    """

    changed = pyqtSignal()
    options_requested = pyqtSignal()
    told = pyqtSignal(str)
    problem = pyqtSignal(str)

    def __init__(self, client: JobClient, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("GeoFM models"))
        letters = self.fontMetrics()
        self.resize(SIZE[0] * letters.averageCharWidth(), SIZE[1] * letters.lineSpacing())
        self._client = client
        self._rows: tuple[ModelRow, ...] = ()
        self._shown: Optional[ModelRow] = None
        self._mine: set[int] = set()  # jobs that were sent off here
        self._submitting = False
        # Whether the engine has what models need, which is hoped until it was looked at.
        self._learns, self._inspected = True, False
        self._inspecting = ""
        self._inspector = Inspector(self)
        self._inspector.inspected.connect(self._on_inspected)
        self._removal = Removal(self)
        self._removal.finished.connect(self._on_removed)
        self.bar = QgsMessageBar()
        self.table = ModelTable()
        self.details = QTextBrowser()
        self.details.setOpenExternalLinks(True)
        self.details.setAccessibleName(tr("About the selected model"))
        self._make_actions()
        self._lay_out()
        self.table.selectionModel().selectionChanged.connect(self._update)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.table.doubleClicked.connect(lambda: self.install_action.trigger())
        client.jobs_changed.connect(self._show)
        client.job_ended.connect(self._on_ended)
        client.failed.connect(self._on_failure)

    # Making -----------------------------------------------------------------------------------------------------------

    def _make_actions(self) -> None:
        self.install_action = self._action(tr("&Install…"), "mActionAdd", self._install)
        self.cancel_action = self._action(tr("&Cancel"), "mActionStop", self._cancel)
        self.import_action = self._action(tr("I&mport…"), "mActionSharingImport", self._import)
        self.export_action = self._action(tr("&Export…"), "mActionSharingExport", self._export)
        self.folder_action = self._action(tr("Show in &folder"), "mIconFolder", self._show_folder)
        self.delete_action = self._action(tr("&Delete…"), "mActionDeleteSelected", self._delete)
        self.delete_action.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        self.install_action.setShortcuts([QKeySequence(Qt.Key.Key_Return), QKeySequence(Qt.Key.Key_Enter)])
        for action in (self.install_action, self.delete_action):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.table.addAction(action)
        self.actions_in_order = (
            self.install_action,
            self.cancel_action,
            self.import_action,
            self.export_action,
            self.folder_action,
            self.delete_action,
        )

    def _action(self, text: str, icon: str, slot: Callable[[], None]) -> QAction:
        action = QAction(QgsApplication.getThemeIcon(f"/{icon}.svg"), text, self)
        action.triggered.connect(lambda: slot())
        return action

    def _lay_out(self) -> None:
        tools = QToolBar()
        tools.setIconSize(QSize(ICON, ICON))
        tools.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        tools.addActions(self.actions_in_order)
        tools.addWidget(help_button("models"))
        for action in self.actions_in_order:
            tools.widgetForAction(action).setFocusPolicy(Qt.FocusPolicy.TabFocus)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self.table)
        parts.addWidget(self.details)
        parts.setStretchFactor(0, 1)
        parts.setStretchFactor(1, 1)
        parts.setChildrenCollapsible(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        # Return belongs to the selected model, not to the window.
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.addWidget(self.bar)
        layout.addWidget(tools)
        layout.addWidget(self._make_notice())
        layout.addWidget(parts, 1)
        layout.addWidget(buttons)

    def _make_notice(self) -> QWidget:
        self.notice = QWidget()
        icon, text = QLabel(), QLabel()
        icon.setPixmap(QgsApplication.getThemeIcon("mIconWarning.svg").pixmap(QSize(ICON, ICON)))
        words = tr("Models need the packages for training and search, which are not set up yet.")
        text.setText(f'{words} <a href="options">{tr("Set them up in the options")}</a>')
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        kinds = Qt.TextInteractionFlag
        text.setTextInteractionFlags(kinds.LinksAccessibleByMouse | kinds.LinksAccessibleByKeyboard)
        text.linkActivated.connect(lambda _: self.options_requested.emit())
        self.notice_text = text
        row = QHBoxLayout(self.notice)
        row.setContentsMargins(4, 4, 4, 4)
        row.addWidget(icon)
        row.addWidget(text, 1)
        self.notice.hide()
        return self.notice

    # Showing ----------------------------------------------------------------------------------------------------------

    def show_in_front(self) -> None:
        """Bring the window to the front."""
        self.show()
        self.raise_()
        self.activateWindow()

    def showEvent(self, event: QShowEvent) -> None:
        """List what is there by now."""
        super().showEvent(event)
        self.refresh()
        if not (self._inspected and self._learns):
            self.inspect()
        if self.table.current() is None:
            self.table.setCurrentIndex(self.table.models.index(0, 0))
        self.table.setFocus()

    def offer(self, name: str) -> None:
        """Select a model, and ask whether to install it, if it can be."""
        self.table.select(name)
        row = self.table.current()
        if row is not None and row.name == name and not no_install(row, self._learns):
            self._install()

    def changeEvent(self, event: QEvent) -> None:
        """A terminal, another QGIS or the options may have changed things meanwhile."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self.isVisible():
            self.refresh()
            if not self._learns:
                self.inspect()

    def refresh(self) -> None:
        """Look anew which models there are."""
        self._rows = all_rows(Settings().job_home)
        self._show(self._client.jobs)

    def inspect(self) -> None:
        """Look in the background whether the engine has what models need."""
        python = str(find_engine_python() or "")
        if not python:
            self._set_learns(False)
        elif python != self._inspecting:  # it takes a second or two
            self._inspecting = python
            self._inspector.inspect(python)

    def _on_inspected(self, inspection: Inspection) -> None:
        self._inspecting, self._inspected = "", True
        self._set_learns(inspection.problem is None and inspection.learns)

    def _set_learns(self, learns: bool) -> None:
        self._learns = learns
        self.notice.setVisible(not learns)
        self._show(self._client.jobs)

    def _show(self, jobs: tuple[Job, ...]) -> None:
        if self.isVisible():
            self.table.show_rows(rows_with(self._rows, jobs), self._learns)
            self._update()

    def _update(self) -> None:
        row, learns = self.table.current(), self._learns
        exporting = tr("Write the selected model as ONNX, for Deepness and others")
        for action, refusal, tip in (
            (self.install_action, no_install(row, learns), tr("Download the selected model (Enter)")),
            (self.import_action, no_import(learns), tr("Take in an ONNX file or a model's folder")),
            (self.export_action, no_export(row, learns), exporting),
            (self.delete_action, no_delete(row, self._client.jobs), tr("Delete the selected model (Del)")),
        ):
            action.setEnabled(not refusal)
            action.setToolTip(as_written(refusal or tip))
        self.cancel_action.setEnabled(row is not None and row.job is not None and not row.job.cancel_requested_at)
        self.cancel_action.setToolTip(tr("Stop what is being done with the selected model"))
        self.folder_action.setEnabled(row is not None and row.folder is not None)
        self.folder_action.setToolTip(tr("Open the folder of the selected model"))
        if row is None or self._shown is None or _without_job(row) != _without_job(self._shown):
            self.details.setHtml(details_html(row) if row is not None else "")
            self._shown = row

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addActions(self.actions_in_order)
        menu.exec(self.table.viewport().mapToGlobal(place))
        menu.deleteLater()

    # Doing ------------------------------------------------------------------------------------------------------------

    def _install(self) -> None:
        row = self.table.current()
        if row is None or row.entry is None or no_install(row, self._learns):
            return
        folder = models_folder(Settings().job_home) / row.entry.name
        if ConsentDialog(row, folder, self).exec():
            self.submit(InstallModelRequest(row.entry.name))

    def _import(self) -> None:
        row = self.table.current()
        like = row.entry if row is not None and row.folder is None and row.entry and row.entry.by_hand else None
        dialog = ImportDialog({row.name.casefold() for row in self._rows if row.folder is not None}, self, like)
        if dialog.exec():
            self.submit(dialog.request())

    def _export(self) -> None:
        row = self.table.current()
        if row is None or no_export(row, self._learns):
            return
        start = str(Path(last_folder()) / f"{row.name}.onnx")
        path, _ = QFileDialog.getSaveFileName(self, tr("Export as ONNX"), start, tr("ONNX models (*.onnx)"))
        if path:
            keep_folder(path)
            path = path if path.lower().endswith(".onnx") else f"{path}.onnx"
            self.submit(ExportModelRequest(str(row.folder), path))

    def _delete(self) -> None:
        row = self.table.current()
        if row is None or no_delete(row, self._client.jobs):
            return
        if wants_to_delete(row, self):
            self._removal.start(row.name, row.title, Settings().job_home)

    def _cancel(self) -> None:
        row = self.table.current()
        if row is not None and row.job is not None:
            self._client.cancel(row.job.id)

    def _show_folder(self) -> None:
        row = self.table.current()
        if row is not None and row.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(row.folder)))

    def submit(self, request: Request) -> None:
        """Send off a job that installs, imports or exports a model."""
        self._submitting = True
        self._client.submit(request, self._on_submitted)

    # What happened ----------------------------------------------------------------------------------------------------

    def _on_submitted(self, job: Job) -> None:
        self._submitting = False
        self._mine.add(job.id)

    def _on_failure(self, sentence: str) -> None:
        """The main window's bar says it as well, but this one may lie before it."""
        if self._submitting and self.isVisible():
            self._submitting = False
            self._say(sentence, Qgis.MessageLevel.Warning)

    def _on_ended(self, job: Job) -> None:
        mine = job.id in self._mine
        self._mine.discard(job.id)
        if job.kind in (*KINDS, TrainRequest.kind) and job.state == SUCCEEDED:
            self.changed.emit()
            if self.isVisible():
                self.refresh()
        if not mine:
            return
        if job.state == SUCCEEDED and job.result is not None:
            self.table.select(job.result.summary.get("name", ""))
            self._tell(_success_of(job))
        elif job.state != CANCELLED:
            self._complain(tr("Job {number}: {message}").format(number=job.id, message=job.message))

    def _on_removed(self, title: str, problem: str) -> None:
        self.changed.emit()
        self.refresh()
        if problem:
            self._complain(problem)
        else:
            self._tell(tr("“{title}” is deleted.").format(title=title))

    def _tell(self, text: str) -> None:
        if self.isVisible():
            self._say(text, Qgis.MessageLevel.Success)
        else:
            self.told.emit(text)

    def _complain(self, text: str) -> None:
        if self.isVisible():
            self._say(text, Qgis.MessageLevel.Warning)
        else:
            self.problem.emit(text)

    def _say(self, text: str, level: Qgis.MessageLevel) -> None:
        self.bar.pushMessage(as_written(text), level, SECONDS_TOLD if level == Qgis.MessageLevel.Success else 0)


def _without_job(row: ModelRow) -> tuple[object, ...]:
    """What the details say of a model; setting them anew would scroll them to the top."""
    return row.key, row.card, row.folder, row.problem, row.mirror


def _success_of(job: Job) -> str:
    title = job.result.summary.get("title", job.result.group)
    if job.kind == InstallModelRequest.kind:
        return tr("“{title}” is installed.").format(title=title)
    if job.kind == ImportModelRequest.kind:
        return tr("“{title}” is imported.").format(title=title)
    return tr("“{title}” is exported to {path}.").format(title=title, path=job.result.outputs[0].path)
