"""Loads the plugin into QGIS's window and takes it out again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Optional

from qgis.core import Qgis, QgsApplication, QgsMessageLog, QgsVectorLayer
from qgis.gui import QgisInterface, QgsMessageBarItem
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction, QPushButton

from .dock import GeoFMDock
from .engine.errors import GeoFMError
from .engine.jobs.job import FAILED, INTERRUPTED, SUCCEEDED, Job
from .engine.jobs.requests import SearchRequest
from .engine.resources import resource
from .environment.levels import CORE
from .environment.readiness import Readiness
from .jobs.client import JobClient
from .jobs.status import StatusWidget
from .messages import Messages
from .options_page import PAGE, OptionsFactory
from .plain_text import in_html
from .project.layers import LayerError, add_result, group_extent, outputs_for_map
from .provider import GeoFMProvider
from .settings import Settings
from .translation import install_translator, tr

__all__ = ["GeoFMPlugin"]

TITLE = "GeoFM"
SHORTCUT = "Ctrl+Alt+G"  # opens and closes the panel; QGIS's own settings change it
# Causes of messages: the next one of a cause takes the place of the one before.
QUEUE, SETUP, MODELS, JOBS, LAYERS, DIAGNOSTICS = "queue", "set-up", "models", "jobs", "layers", "diagnostics"


class GeoFMPlugin:
    """What QGIS holds of the plugin; `initGui` and `unload` undo each other exactly."""

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        self._started = time.time()
        self._asked_for: set[int] = set()  # jobs whose layers this window shows as soon as they are there
        self._offers: list[tuple[QgsMessageBarItem, Callable[[], None]]] = []
        self._messages = Messages(iface)
        self._translator = install_translator()
        self.provider: Optional[GeoFMProvider] = None
        self.client: Optional[JobClient] = None

    def initProcessing(self) -> None:
        """Called instead of `initGui` by `qgis_process`, and by `initGui`."""
        self.provider = GeoFMProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:
        """Add provider, dock, toolbar button, menu entry, status-bar widget and options page."""
        self.initProcessing()
        window = self._iface.mainWindow()
        self.client = JobClient(parent=window)
        self.client.job_ended.connect(self._on_job_ended)
        self.client.failed.connect(self._on_refused)
        self.options = OptionsFactory()
        self.readiness = Readiness(self.options.setup, window)
        self.dock = GeoFMDock(self.client, self._iface.mapCanvas(), window, self.readiness)
        for page in self.dock.pages:
            page.problem.connect(lambda text: self._log(text, Qgis.MessageLevel.Warning))  # the page shows it
            page.submitted.connect(self._on_submitted)
        self.dock.train.labels.drawing_requested.connect(self._draw_in)
        self.dock.jobs.load_requested.connect(self._load)
        self.dock.jobs.resumed.connect(self._asked_for.add)
        self.dock.told.connect(lambda text: self._tell(text, MODELS))
        self.dock.problem.connect(lambda text: self._warn(text, MODELS))
        self.dock.options_requested.connect(lambda: self._iface.showOptionsDialog(window, PAGE))
        self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.dock.hide()
        self.action = QAction(QIcon(str(resource("icons/geofm.svg"))), TITLE, window)
        self.action.setObjectName("GeoFMAction")
        self.action.setToolTip(tr("Map floods and land cover, train models, and search images"))
        self._iface.registerMainWindowAction(self.action, SHORTCUT)
        self.dock.setToggleVisibilityAction(self.action)
        self._iface.addToolBarIcon(self.action)
        self._iface.addPluginToRasterMenu(TITLE, self.action)
        self.models_action = QAction(tr("GeoFM &models…"), window)
        self.models_action.setObjectName("GeoFMModelsAction")
        self.models_action.triggered.connect(lambda: self.dock.show_models())
        self._iface.addPluginToRasterMenu(TITLE, self.models_action)
        self.status = StatusWidget(self.client)
        self.status.clicked.connect(self.dock.show_jobs)
        self._iface.statusBarIface().addPermanentWidget(self.status)
        self.options.changed.connect(self._on_options)
        self.options.changed.connect(self.dock.look_at_models)
        self.options.setup.finished.connect(self._on_setup)
        self.options.diagnostics.finished.connect(self._on_diagnostics)
        self.options.diagnostics.failed.connect(lambda text: self._warn(text, DIAGNOSTICS))
        self._iface.registerOptionsWidgetFactory(self.options)

    def unload(self) -> None:
        """Take everything out again; jobs go on."""
        if self.client is not None:
            self._unload_window()
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator = None

    def _unload_window(self) -> None:
        for page in self.dock.pages:
            page.close_tools()
        for item, _ in self._offers:
            if not sip.isdeleted(item):
                self._iface.messageBar().popWidget(item)
        self._offers.clear()
        self._messages.close()
        self._iface.unregisterMainWindowAction(self.action)
        self._iface.unregisterOptionsWidgetFactory(self.options)
        self.options.close()
        self._iface.statusBarIface().removeWidget(self.status)
        for action in (self.action, self.models_action):
            self._iface.removePluginRasterMenu(TITLE, action)
        self._iface.removeToolBarIcon(self.action)
        self._iface.removeDockWidget(self.dock)
        for widget in (self.status, self.dock, self.action, self.models_action):
            widget.deleteLater()
        self.client.close()
        self.client.deleteLater()
        self.client = None

    def _on_options(self) -> None:
        if self.client is not None and self.client.folder != Settings().job_home:
            self.client.reopen()

    def _on_setup(self, ready: bool, sentence: str) -> None:
        """The set-up goes on when the dialog is closed, so its end is told here."""
        if ready:
            for cause in (SETUP, QUEUE):  # that it failed before, and that jobs were refused, holds no longer
                self._messages.clear(cause)
            self._tell(sentence, SETUP)
        else:
            self._warn(sentence, SETUP)

    def _on_diagnostics(self, text: str) -> None:
        self._log(text, Qgis.MessageLevel.Info)
        told = tr("The diagnostics are on the clipboard, and in the log tab “GeoFM”.")
        self._messages.tell(told, DIAGNOSTICS)

    # What jobs bring --------------------------------------------------------------------------------------------------

    def _on_refused(self, text: str) -> None:
        """The queue takes nothing; where the engine is missing, the tab says so."""
        if self.readiness.lacks(CORE):
            self._log(text, Qgis.MessageLevel.Warning)
        else:
            self._warn(text, QUEUE)

    def _on_submitted(self, number: int) -> None:
        """What kept a job from the queue is mended."""
        self._asked_for.add(number)
        self._messages.clear(QUEUE)

    def _on_job_ended(self, job: Job) -> None:
        if job.lane == SearchRequest.lane:  # whoever asked shows the answer, and it has no worth later
            return
        asked_for, inherited = job.id in self._asked_for, job.created_at < self._started
        self._asked_for.discard(job.id)
        self._messages.clear(f"{JOBS} {job.kind}")  # the last of its kind is what counts
        if job.state == SUCCEEDED and (asked_for or (inherited and not _has_layers(job))):
            self._load(job)
        elif job.state == SUCCEEDED and inherited:
            self._offer(job)
        elif job.state in (FAILED, INTERRUPTED) and (asked_for or inherited):
            told = tr("Job {number}: {message}").format(number=job.id, message=job.message)
            self._warn(told, f"{JOBS} {job.kind}")

    def _offer(self, job: Job) -> None:
        """A job of an earlier QGIS has ended: its layers come if they are wanted."""
        bar = self._iface.messageBar()
        item = bar.createMessage(TITLE, in_html(tr("“{name}” is finished.").format(name=job.result.group)))
        button = QPushButton(tr("Add the layers"))

        def accept() -> None:
            self._offers.remove(offer)
            bar.popWidget(item)
            self._load(job)

        # Kept here, because item, button and this function only hold each other: Python would clear them all away.
        offer = (item, accept)
        self._offers.append(offer)
        button.clicked.connect(accept)
        item.layout().addWidget(button)
        bar.pushWidget(item, Qgis.MessageLevel.Success)

    def _load(self, job: Job) -> None:
        self._messages.clear(LAYERS)
        outcome = self.dock.outcome_of(job.kind)
        if outcome is not None:
            outcome.show_result(job.result)
        for warning in job.result.summary.get("warnings", ()):
            self._log(warning, Qgis.MessageLevel.Warning)
        if not _has_layers(job):
            self._tell(tr("“{name}” is finished.").format(name=job.result.group))
            return
        canvas = self._iface.mapCanvas()
        empty = not canvas.layers()
        try:
            group = add_result(job.result, job.load_request())
        except LayerError as error:
            group = error.group
            self._warn(str(error), LAYERS)
        except GeoFMError as error:
            group = None
            self._warn(str(error), LAYERS)
        if group is None:
            return
        if empty:
            canvas.setReferencedExtent(group_extent(group))
        if outcome is None:
            self._tell(tr("“{name}” is on the map.").format(name=group.name()))
        else:
            self._tell(outcome.message(job.result, group.name()))

    def _draw_in(self, layer: QgsVectorLayer) -> None:
        """Let the user draw polygons in a layer."""
        self._iface.setActiveLayer(layer)
        if layer.isEditable() or layer.startEditing():
            self._iface.actionAddFeature().trigger()
        else:
            self._warn(tr("“{name}” cannot be edited; make a new label layer.").format(name=layer.name()), LAYERS)

    def _tell(self, text: str, cause: str = "told") -> None:
        self._messages.tell(text, cause)
        self._log(text, Qgis.MessageLevel.Info)

    def _warn(self, text: str, cause: str = "") -> None:
        self._messages.warn(text, cause)
        self._log(text, Qgis.MessageLevel.Warning)

    def _log(self, text: str, level: Qgis.MessageLevel) -> None:
        QgsMessageLog.logMessage(in_html(text), TITLE, level, notifyUser=False)


def _has_layers(job: Job) -> bool:
    return bool(outputs_for_map(job.result))
