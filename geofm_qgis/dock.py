"""The dock: one tab per kind of work, and the jobs."""

from __future__ import annotations

from typing import Optional, Union

from qgis.gui import QgsDockWidget, QgsMapCanvas
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QTabWidget, QWidget

from .engine.errors import GeoFMError
from .flood.panel import FloodPanel
from .jobs.client import JobClient
from .jobs.panel import JobsPanel
from .landcover.panel import LandcoverPanel
from .models.dialog import ModelsDialog
from .search.panel import SearchPanel
from .train.panel import TrainPanel
from .translation import tr
from .widgets.work import WorkPanel

__all__ = ["GeoFMDock"]


Panel = Union[WorkPanel, SearchPanel]
WIDTH = 350  # at least, in pixels: narrower, names of files are cut too short


class GeoFMDock(QgsDockWidget):
    """Kinds of work and the jobs, side by side as tabs; opens the window with the models.

    Signals
    -------
    told, problem : str
        How a job of the models' window ended, for the message bar.
    options_requested()
        The user wants to set up more of the engine.
    """

    told = pyqtSignal(str)
    problem = pyqtSignal(str)
    options_requested = pyqtSignal()

    def __init__(self, client: JobClient, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(tr("GeoFM"), parent)
        self.setObjectName("GeoFMDock")  # by this name QGIS remembers where it was
        self._client = client
        self.models: Optional[ModelsDialog] = None
        self.flood = FloodPanel(client, canvas)
        self.train = TrainPanel(client)
        self.landcover = LandcoverPanel(client, canvas)
        self.search = SearchPanel(client, canvas)
        self.jobs = JobsPanel(client)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setMinimumWidth(WIDTH)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.addTab(self.flood, tr("&Flood"))
        self.tabs.addTab(self.train, tr("&Train"))
        self.tabs.addTab(self.landcover, tr("Land &cover"))
        self.tabs.addTab(self.search, tr("&Search"))
        self.tabs.addTab(self.jobs, tr("&Jobs"))
        self.setWidget(self.tabs)
        self.train.map_requested.connect(self._map_with)
        self.train.models_requested.connect(self.show_models)
        self.landcover.model.models_requested.connect(self.show_models)
        self.search.models_requested.connect(self.show_models)

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The tabs that send off jobs."""
        return self.flood, self.train, self.landcover, self.search

    def panel_of(self, kind: str) -> Optional[Panel]:
        """The tab that shows the results of a kind of job."""
        tabs: dict[str, Panel] = {"flood": self.flood, "train": self.train, "landcover": self.landcover}
        return {**tabs, "index": self.search, "score-map": self.search}.get(kind)

    def show_jobs(self) -> None:
        """Bring the jobs to the front."""
        self.setUserVisible(True)
        self.tabs.setCurrentWidget(self.jobs)

    def show_models(self) -> None:
        """Open the window with the models."""
        if self.models is None:
            self.models = ModelsDialog(self._client, self)
            self.models.changed.connect(self.landcover.model.refresh)
            self.models.changed.connect(self.search.look_at_models)
            self.models.told.connect(self.told)
            self.models.problem.connect(self.problem)
            self.models.options_requested.connect(self.options_requested)
        self.models.show_in_front()

    def look_at_models(self) -> None:
        """The options have changed, and with them perhaps where models lie and what the engine can do."""
        self.landcover.model.refresh()
        self.search.look_at_models()
        if self.models is not None:
            self.models.refresh()
            self.models.inspect()

    def _map_with(self, folder: str) -> None:
        """Over to mapping, with a model and the image that it learned from."""
        self.landcover.map_with(folder, self._training_images())
        self.tabs.setCurrentWidget(self.landcover)

    def _training_images(self) -> tuple[tuple[str, ...], ...]:
        try:
            return self.train.images.dates()
        except GeoFMError:  # one of them is gone; the user chooses another
            return ()
