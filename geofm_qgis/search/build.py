"""Builds an index of images, or puts more into one; a build can pause, and goes on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QLineEdit, QToolButton, QVBoxLayout, QWidget

from ..engine.errors import RequestError
from ..engine.jobs.job import CANCELLED, INTERRUPTED, RUNNING, Job
from ..engine.jobs.requests import IndexRequest
from ..jobs.client import JobClient
from ..settings import Settings
from ..translation import tr
from ..widgets.inputs import DateRow
from ..widgets.parts import BandNames, Section, flat_button, folded, heading, narrow_form
from ..widgets.run_bar import RunBar
from ..widgets.saving import SaveAs
from ..widgets.work import WorkPanel
from .indexes import look_at, metres_of
from .models import EncoderChooser

__all__ = ["IndexBuilder"]

BUILD, ADD, REFRESH, REMOVE = "build", "add", "refresh", "remove"


class IndexBuilder(WorkPanel):
    """Images in, an `IndexRequest` out; follows the job that it has sent off.

    Signals
    -------
    started : str
        The folder of an index that is being built or changed.
    ended : str
        The folder of an index that was built or changed, or whose build paused or failed.
    closed()
        The user wants to see this no longer.
    """

    kinds = (IndexRequest.kind,)

    started = pyqtSignal(str)
    ended = pyqtSignal(str)
    closed = pyqtSignal()

    def __init__(self, client: JobClient, parent: Optional[QWidget] = None) -> None:
        super().__init__(client, RunBar(tr("B&uild the index"), queues=False), parent)
        self._action = BUILD
        self._index = ""  # that images are added to
        self._unwanted: tuple[tuple[str, ...], ...] = ()  # files of images that are to be taken out
        self._running = ""  # the folder that the followed job writes
        self._paused: Optional[int] = None
        self._waits_to_go_on = False
        self.run_bar.cancel.setText(tr("Pause"))
        self.run_bar.cancel.setToolTip(tr("What is done is kept and can be searched; it goes on where it stopped."))
        self.title = heading()
        self.images = DateRow()
        self.one = QCheckBox(tr("The files are parts of one image"))
        self.one.setToolTip(tr("Its bands, or tiles side by side. Otherwise each file is an image of its own."))
        self.model = EncoderChooser()
        self.windows = QLineEdit()
        self.bands = BandNames()
        self.save_as = SaveAs(
            tr("Name of the index"), tr("Index"), tr("The list of indexes shows it, and its folder is called so.")
        )
        self.hide_button = QToolButton()
        self.hide_button.setText(tr("Hide"))
        self.hide_button.setAutoRaise(True)
        self.hide_button.clicked.connect(self.closed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.details = folded(tr("Options"), self._options())
        self.model_part = Section(tr("Model"), self.model)
        hint = tr("Any sensor, scale and coordinate system.")
        self.images_part = Section(tr("Images"), self.images, hint)
        self.all_button = flat_button(tr("Add all loaded images"), "symbologyAdd.svg")
        self.all_button.clicked.connect(self.images.add_loaded)
        for widget in (self.title, self.images_part, self.all_button, self.model_part):
            layout.addWidget(widget)
        for widget in (self.save_as, self.details, self.run_bar, self.hide_button):
            layout.addWidget(widget)
        for signal in (self.images.changed, self.model.combo.currentIndexChanged, self.save_as.name.textChanged):
            signal.connect(self._forget_pause)
        self.build_new()

    def _options(self) -> QWidget:
        page = QWidget()
        form = narrow_form(page)
        self.windows.setPlaceholderText(tr("By model and image"))
        self.windows.setToolTip(tr("Sides of the windows on the ground in metres, such as: 64, 128"))
        form.addRow(self.one)
        form.addRow(tr("Windows (m)"), self.windows)
        form.addRow(tr("Names of bands"), self.bands)
        return page

    # What is to be done -----------------------------------------------------------------------------------------------

    def build_new(self) -> None:
        """A new index from now on."""
        self._choose(BUILD, "")

    def add_to(self, index: str) -> None:
        """More images for an index from now on."""
        self._choose(ADD, index)

    def refresh_index(self, index: str) -> None:
        """Read again what has changed or is damaged, and go on with what was broken off: at once."""
        self._do_at_once(REFRESH, index)

    def remove_images(self, index: str, images: Sequence[tuple[str, ...]]) -> None:
        """Take images out of an index: at once."""
        self._unwanted = tuple(images)
        self._do_at_once(REMOVE, index)

    def _do_at_once(self, action: str, index: str) -> None:
        if self.run_bar.currentIndex():
            self.problem.emit(tr("An index is being built; wait for its end, or pause it."))
            return
        self._choose(action, index)
        self.run()

    def _choose(self, action: str, index: str) -> None:
        self._forget_pause()
        self._action, self._index = action, index
        titles = {
            BUILD: tr("New index"),
            ADD: tr("Images for “{name}”"),
            REFRESH: tr("Changes in “{name}”"),
            REMOVE: tr("Images out of “{name}”"),
        }
        name = look_at(index).name if index else ""
        self.title.setText(titles[action].format(name=name))
        for widget in (self.model_part, self.save_as, self.windows):
            widget.setVisible(action == BUILD)
        for widget in (self.images_part, self.all_button, self.details):
            widget.setVisible(action in (BUILD, ADD))
        self._name_button()

    def request(self) -> IndexRequest:
        """What the widgets say.

        Raises
        ------
        GeoFMError
            If something is missing or cannot be used; the message tells what.
        """
        if self._action == REFRESH:
            return IndexRequest(index=self._index, action=REFRESH, device=Settings().device)
        if self._action == REMOVE:
            return IndexRequest(index=self._index, action=REMOVE, images=self._unwanted)
        files = self.images.sources()
        if not files:
            raise RequestError(tr("Choose images for the index first."))
        images = (files,) if self.one.isChecked() else tuple((file,) for file in files)
        shared = {"images": images, "bands": self.bands.names(), "device": Settings().device}
        if self._action == ADD:
            return IndexRequest(index=self._index, action=ADD, **shared)
        return IndexRequest(
            index=str(self.save_as.new_folder()),
            model=self.model.require(),
            window_m=metres_of(self.windows.text()),
            name=self.save_as.given_name() or self.save_as.file_name(),
            **shared,
        )

    def run(self) -> None:
        """Send the job off, or let the one that paused go on."""
        if self._paused is None:
            super().run()
            return
        self._job_id, self._paused = self._paused, None
        self._waits_to_go_on = True
        self.run_bar.show_submitting()
        self._client.resume(self._job_id)
        self.submitted.emit(self._job_id)

    # Following --------------------------------------------------------------------------------------------------------

    def _on_submitted(self, job: Job) -> None:
        super()._on_submitted(job)
        self._running = str(job.load_request().index)
        self.started.emit(self._running)

    def _on_failure(self, sentence: str) -> None:
        if self._waits_to_go_on:
            self._waits_to_go_on = False
            self._job_id = None
        super()._on_failure(sentence)

    def _follow(self, jobs: tuple[Job, ...]) -> None:
        job = next((job for job in jobs if job.id == self._job_id), None)
        if self._waits_to_go_on:
            if job is not None and job.ended:
                return  # the queue has not heard of it yet
            self._waits_to_go_on = False
        super()._follow(jobs)
        if job is not None and job.ended:
            self._paused = job.id if job.state in (CANCELLED, INTERRUPTED) else None
            self._name_button()
            self.ended.emit(self._running)
        elif job is not None and job.state == RUNNING and job.cancel_requested_at is not None:
            self.run_bar.text.setText(tr("Pausing…"))

    def _take_over(self, job: Job) -> None:
        super()._take_over(job)
        self._running = str(job.load_request().index)
        self.started.emit(self._running)

    def _forget_pause(self, *_: object) -> None:
        self._paused = None
        self._name_button()

    def _name_button(self) -> None:
        if self._paused is not None:
            text = tr("Res&ume")
        else:
            text = {
                BUILD: tr("B&uild the index"),
                ADD: tr("Add the images"),
                REFRESH: tr("Look for chan&ges"),
                REMOVE: tr("Remove the &images"),
            }[self._action]
        self.run_bar.run.setText(text)
