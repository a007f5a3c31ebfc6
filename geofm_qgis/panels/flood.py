"""The Flood tab: images from after and before, an area, Run, and what was found."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsProject
from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget, QgsMapCanvas
from qgis.PyQt.QtCore import QStandardPaths, pyqtSignal
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtWidgets import QFormLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from ..aoi import AoiChooser
from ..engine.errors import GeoFMError, OutputError, RequestError
from ..engine.jobs.job import Job
from ..engine.jobs.requests import FloodRequest
from ..jobs import JobClient
from ..settings import Settings
from ..translation import tr
from .flood_options import FloodOptions
from .inputs import DateRow, DatesEditor, LayerOrFile
from .results import FloodResults
from .run_bar import RunBar

__all__ = ["FloodPanel"]

# What Windows, the strictest of the file systems, does not take in a name.
NOT_IN_A_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')


class FloodPanel(QWidget):
    """Widgets in, a `FloodRequest` out; follows the job that it has sent off."""

    problem = pyqtSignal(str)
    submitted = pyqtSignal(int)

    def __init__(self, client: JobClient, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._client = client
        self._job_id: Optional[int] = None
        self.post = DateRow()
        self.pre = DatesEditor()
        self.aoi = AoiChooser(canvas)
        self.dem = LayerOrFile()
        self.permanent_water = LayerOrFile(polygons=True)
        self.options = FloodOptions()
        self.event = QLineEdit()
        self.folder = QgsFileWidget()
        self.run_bar = RunBar(tr("&Map the flood"))
        self.results = FloodResults()
        self._lay_out()
        self._connect()

    # Looks ------------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.event.setPlaceholderText(tr("Flood"))
        self.event.setToolTip(tr("Names the layer group and the folder of the results."))
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self._show_default_folder()
        self.folder.setToolTip(tr("Each map gets a folder of its own in here. Default: beside the project."))
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.addWidget(_section(tr("After the flood"), self.post, tr("One image, or the files of one date.")))
        layout.addWidget(
            _section(
                tr("Before the flood"),
                self.pre,
                tr("Optional, the more dates the better: they tell flood from water that is always there."),
            )
        )
        layout.addWidget(_section(tr("Area"), self.aoi))
        layout.addWidget(self._ground())
        layout.addWidget(_folded(tr("Options"), self.options))
        layout.addWidget(self._output())
        self.result_box = QgsCollapsibleGroupBox(tr("Result"))
        QVBoxLayout(self.result_box).addWidget(self.results)
        self.result_box.hide()
        layout.addWidget(self.result_box)
        layout.addStretch(1)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 6, 6)
        outer.addWidget(self.scroll, 1)
        outer.addWidget(self.run_bar)

    def _show_default_folder(self) -> None:
        self.folder.lineEdit().setPlaceholderText(str(default_folder()))

    def _ground(self) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.dem.setToolTip(tr("Heights in metres: steep slopes, dark in radar shadow, are then never water."))
        self.permanent_water.setToolTip(tr("Polygons, or a raster that holds 1 where there is always water."))
        form.addRow(tr("Elevation (DEM)"), self.dem)
        form.addRow(tr("Permanent water"), self.permanent_water)
        return _folded(tr("Terrain and known water"), page)

    def _output(self) -> QWidget:
        box = QgsCollapsibleGroupBox(tr("Save as"))
        form = QFormLayout(box)
        form.addRow(tr("Name of the event"), self.event)
        form.addRow(tr("Folder"), self.folder)
        return box

    def _connect(self) -> None:
        self.run_bar.run_requested.connect(self.run)
        self.run_bar.cancel_requested.connect(self._cancel)
        self._client.jobs_changed.connect(self._follow)
        self._client.failed.connect(self._on_failure)
        QgsProject.instance().homePathChanged.connect(self._show_default_folder)

    # Run --------------------------------------------------------------------------------------------------------------

    def request(self) -> FloodRequest:
        """What the widgets say.

        Raises
        ------
        GeoFMError
            If something is missing or cannot be used; the message tells what.
        """
        post = self.post.sources()
        if not post:
            raise RequestError(tr("Choose the image from after the flood first."))
        folder = self._new_folder()
        copies = str(folder)
        outputs = {"mask": "flood.tif", "polygons": "flood.gpkg", "report": "report.json"}
        if self.options.confidence.isChecked():
            outputs["confidence"] = "confidence.tif"
        values: dict[str, Any] = {
            "post": post,
            "pre": self.pre.dates(),
            "aoi": self.aoi.geojson(),
            "dem": self.dem.source(copies),
            "permanent_water": self.permanent_water.source(copies),
            "device": Settings().device,
            "event": self.event.text().strip() or None,
        }
        return FloodRequest(
            **values, **self.options.values(copies), **{name: str(folder / file) for name, file in outputs.items()}
        )

    def run(self) -> None:
        """Send the job off."""
        try:
            request = self.request()
            _make_folder(Path(request.outputs()["mask"]).parent)
        except GeoFMError as error:
            self.problem.emit(str(error))
            return
        self._job_id = None
        self.run_bar.show_submitting()
        self._client.submit(request, self._on_submitted)

    def _new_folder(self) -> Path:
        base = Path(self.folder.filePath().strip() or default_folder()).expanduser().absolute()
        words = NOT_IN_A_NAME.sub(" ", self.event.text()).split()
        name = " ".join(words).strip(" .") or tr("Flood")
        folder, number = base / name, 2
        while os.path.lexists(folder):
            folder, number = base / f"{name} {number}", number + 1
        return folder

    def _on_submitted(self, job: Job) -> None:
        self._job_id = job.id
        self.submitted.emit(job.id)
        self.run_bar.show_job(job)

    def _on_failure(self, _: str) -> None:
        if self._job_id is None:
            self.run_bar.show_run()

    def _cancel(self) -> None:
        if self._job_id is not None:
            self._client.cancel(self._job_id)

    def _follow(self, jobs: tuple[Job, ...]) -> None:
        if self._job_id is None:
            return
        job = next((job for job in jobs if job.id == self._job_id), None)
        if job is None or job.ended:
            self._job_id = None
            self.run_bar.show_run()
        else:
            self.run_bar.show_job(job)

    # Results ----------------------------------------------------------------------------------------------------------

    def show_result(self, job: Job) -> None:
        """Show areas and histogram of a flood job that succeeded."""
        if job.result is None:
            return
        self.results.show_summary(job.result.group, job.result.summary)
        self.result_box.setTitle(tr("Result"))
        self.result_box.show()
        self.result_box.setCollapsed(False)
        self.scroll.ensureWidgetVisible(self.result_box)

    def close_tools(self) -> None:
        """Take everything off the map canvas."""
        self.aoi.close_tools()


def default_folder() -> Path:
    """Beside the project, or in the user's documents where the project has no file yet."""
    home = QgsProject.instance().homePath()
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(home) / "geofm" if home else Path(documents) / "GeoFM"


def _make_folder(folder: Path) -> None:
    """Take the folder's name before another job of the queue does."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            tr("The folder {folder} cannot be made ({reason}); choose another one under “Save as”.").format(
                folder=folder, reason=error.strerror
            )
        ) from error


def _section(title: str, content: QWidget, hint: str = "") -> QWidget:
    section = QWidget()
    layout = QVBoxLayout(section)
    layout.setContentsMargins(0, 0, 0, 4)
    layout.setSpacing(2)
    heading = QLabel(f"<b>{title}</b>")
    layout.addWidget(heading)
    if hint:
        below = QLabel(hint)
        below.setWordWrap(True)
        quiet = below.palette()
        ink = quiet.color(QPalette.ColorRole.WindowText)
        ink.setAlphaF(0.65)
        quiet.setColor(QPalette.ColorRole.WindowText, ink)
        below.setPalette(quiet)
        layout.addWidget(below)
    layout.addWidget(content)
    return section


def _folded(title: str, content: QWidget) -> QgsCollapsibleGroupBox:
    box = QgsCollapsibleGroupBox(title)
    QVBoxLayout(box).addWidget(content)
    box.setCollapsed(True)
    return box
