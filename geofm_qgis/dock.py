"""The dock: one tab per kind of work, and the jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.core import QgsSettings
from qgis.gui import QgsDockWidget, QgsMapCanvas
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QTabWidget, QWidget

from .engine.cards.card import read_card
from .engine.cards.floods import is_flood_model
from .engine.errors import GeoFMError
from .engine.jobs.job import Job
from .environment.readiness import Readiness
from .environment.setup import EngineSetup
from .jobs.client import JobClient
from .jobs.panel import JobsPanel
from .kinds import TABS, load
from .models.dialog import ModelsDialog
from .translation import tr
from .widgets.outcome import Outcome
from .widgets.tab_page import TabPage
from .widgets.wheel import guard_wheel

__all__ = ["GeoFMDock"]


LAST_TAB = "geofm/tab"
WIDTH = 350  # at least, in pixels: narrower, names of files are cut too short
WIDEST = 460  # that themes with wide tabs may ask for


class GeoFMDock(QgsDockWidget):
    """Kinds of work and the jobs, side by side as tabs; opens the window with the models.

    Attributes
    ----------
    pages : list of TabPage
        The tabs that send off jobs; each is an attribute of its name in `TABS`, too.

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

    def __init__(
        self,
        client: JobClient,
        canvas: QgsMapCanvas,
        parent: Optional[QWidget] = None,
        readiness: Optional[Readiness] = None,
    ) -> None:
        super().__init__(tr("GeoFM"), parent)
        self.readiness = readiness or Readiness(EngineSetup(self), self)
        self.setObjectName("GeoFMDock")  # by this name QGIS remembers where it was
        self._client = client
        self.models: Optional[ModelsDialog] = None
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setMinimumWidth(WIDTH)
        self.tabs.setUsesScrollButtons(True)
        self.pages: list[TabPage] = []
        for tab in TABS:
            page = load(tab.page)(client, canvas)
            page.models_requested.connect(self.show_models)
            page.banner.follow(self.readiness)
            page.banner.options_requested.connect(self.options_requested)
            setattr(self, tab.name, page)
            self.pages.append(page)
            self.tabs.addTab(page, tr(tab.title))
        self.jobs = JobsPanel(client)
        self.jobs.again = {page.kinds[0] for page in self.pages if type(page).take_up is not TabPage.take_up}
        self.jobs.again_requested.connect(self._use_again)
        self.tabs.addTab(self.jobs, tr("Jo&bs"))
        self.setWidget(self.tabs)
        guard_wheel(self.tabs)
        self.tabs.setCurrentIndex(_last_tab(self.tabs.count()))
        self.tabs.currentChanged.connect(lambda number: QgsSettings().setValue(LAST_TAB, number))
        self.train.map_requested.connect(self._map_with)

    def showEvent(self, event: QShowEvent) -> None:
        """All tabs have room: those of some themes are wider than others."""
        super().showEvent(event)
        self.tabs.setMinimumWidth(min(max(WIDTH, self.tabs.tabBar().sizeHint().width()), WIDEST))

    def outcome_of(self, kind: str) -> Optional[Outcome]:
        """What shows the results of a kind of job."""
        return next((page.outcome for page in self.pages if kind in page.kinds), None)

    def show_jobs(self) -> None:
        """Bring the jobs to the front."""
        self.setUserVisible(True)
        self.tabs.setCurrentWidget(self.jobs)

    def show_models(self, name: str = "") -> None:
        """Open the window with the models; with a name, offer to install that one."""
        if self.models is None:
            self.models = ModelsDialog(self._client, self)
            for page in self.pages:
                self.models.changed.connect(page.look_at_models)
            self.models.told.connect(self.told)
            self.models.problem.connect(self.problem)
            self.models.options_requested.connect(self.options_requested)
        self.models.show_in_front()
        if name:
            self.models.offer(name)

    def look_at_models(self) -> None:
        """The options have changed, and with them perhaps where models lie and what the engine can do."""
        self.readiness.look_again()
        for page in self.pages:
            page.look_at_models()
        if self.models is not None:
            self.models.refresh()
            self.models.inspect()

    def _use_again(self, job: Job) -> None:
        """Fill the tab of a job with what it was asked to do."""
        page = next(page for page in self.pages if job.kind in page.kinds)
        try:
            page.take_up(job.load_request())
        except GeoFMError as error:
            page.problem.emit(str(error))
        self.tabs.setCurrentWidget(page)

    def _map_with(self, folder: str) -> None:
        """Map with a model: what its tab has chosen, else the images that it learned from."""
        page = self.flood if _maps_floods(folder) else self.landcover
        page.map_with(folder, self._training_images())
        self.tabs.setCurrentWidget(page)
        page.run()

    def _training_images(self) -> tuple[tuple[str, ...], ...]:
        try:
            return self.train.training_images()
        except GeoFMError:  # one of them is gone; the user chooses another
            return ()


def _last_tab(count: int) -> int:
    """The tab that was seen last."""
    try:
        number = int(QgsSettings().value(LAST_TAB, 0))
    except (TypeError, ValueError):  # somebody edited the file
        return 0
    return number if 0 <= number < count else 0


def _maps_floods(folder: str) -> bool:
    """Whether a model is one of floods."""
    try:
        return is_flood_model(read_card(Path(folder)))
    except GeoFMError:  # told where it is to be used
        return False
