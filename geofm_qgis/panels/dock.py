"""The dock: one tab per kind of work, and the jobs."""

from __future__ import annotations

from typing import Optional

from qgis.gui import QgsDockWidget, QgsMapCanvas
from qgis.PyQt.QtWidgets import QTabWidget, QWidget

from ..jobs import JobClient
from ..translation import tr
from .flood import FloodPanel
from .jobs import JobsPanel

__all__ = ["GeoFMDock"]


WIDTH = 350  # at least, in pixels: narrower, names of files are cut too short


class GeoFMDock(QgsDockWidget):
    """Flood and jobs, side by side as tabs."""

    def __init__(self, client: JobClient, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(tr("GeoFM"), parent)
        self.setObjectName("GeoFMDock")  # by this name QGIS remembers where it was
        self.flood = FloodPanel(client, canvas)
        self.jobs = JobsPanel(client)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setMinimumWidth(WIDTH)
        self.tabs.addTab(self.flood, tr("&Flood"))
        self.tabs.addTab(self.jobs, tr("&Jobs"))
        self.setWidget(self.tabs)

    def show_jobs(self) -> None:
        """Bring the jobs to the front."""
        self.setUserVisible(True)
        self.tabs.setCurrentWidget(self.jobs)
