"""The Train tab: images, labelled polygons, a way to learn, Start, its curves, and how good the model is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Optional

from qgis.gui import QgsCollapsibleGroupBox, QgsMapCanvas
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ..engine.cards.floods import codes_of
from ..engine.cards.shelf import models_folder
from ..engine.errors import GeoFMError, RequestError
from ..engine.jobs.events import EventFollower
from ..engine.jobs.job import RUNNING, Job
from ..engine.jobs.requests import Request, TrainRequest
from ..environment.levels import LEARN
from ..flood.images import FloodImages
from ..jobs.client import JobClient
from ..jobs.estimates import seconds_of_training
from ..labels.chooser import LabelChooser
from ..project.imagery import ImageFacts, facts_of
from ..project.naming import free_path
from ..settings import Settings
from ..translation import tr
from ..widgets.inputs import DatesEditor
from ..widgets.parts import Section, folded
from ..widgets.run_bar import RunBar
from ..widgets.saving import SaveAs
from ..widgets.work import WorkPanel
from .options import TrainOptions
from .plot import TrainingPlot
from .presets import PresetChooser
from .results import TrainResults
from .subject import SubjectChooser

__all__ = ["TrainPanel"]

MS_BETWEEN_READS = 300
MOST_NAMED = 6


class TrainPanel(WorkPanel):
    """Widgets in, a `TrainRequest` out; draws the curves of the job that it has sent off.

    Signals
    -------
    map_requested : str
        The folder of a model to map with.
    """

    kinds = (TrainRequest.kind,)
    needs = LEARN
    help = "landcover"

    map_requested = pyqtSignal(str)

    def __init__(
        self, client: JobClient, canvas: Optional[QgsMapCanvas] = None, parent: Optional[QWidget] = None
    ) -> None:
        super().__init__(client, RunBar(tr("Start trainin&g"), tr("Stop and &keep the best")), parent)
        self._follower: Optional[EventFollower] = None
        self._reading = False
        self.subject = SubjectChooser()
        self.images = DatesEditor(tr("Add an image"), tr("Remove this image"))
        self.floods = FloodImages(client, dict)
        self.labels = LabelChooser()
        self.presets = PresetChooser()
        self.options = TrainOptions()
        self.save_as = SaveAs(
            tr("Name of the model"), tr("Land cover"), tr("The Land cover tab offers the model by this name.")
        )
        self.plot = TrainingPlot()
        self.curves = QgsCollapsibleGroupBox(tr("Training"))
        QVBoxLayout(self.curves).addWidget(self.plot)
        self.curves.hide()
        hint = tr("One line each; bands apart and tiles side by side go together.")
        self._images = Section(tr("Images"), self.images, hint)
        self.floods.hide()
        self.lay_out(
            Section(tr("What to map"), self.subject),
            self._images,
            self.floods,
            Section(tr("Labelled polygons"), self.labels),
            Section(tr("Way to learn"), self.presets),
            folded(tr("Options"), self.options),
            self.save_as,
            self.curves,
            outcome=TrainResults(),
        )
        self._reads = QTimer(self)
        self._reads.timeout.connect(self._read)
        self.subject.changed.connect(self._on_subject)
        self.images.changed.connect(self._on_images)
        self.floods.seen.connect(lambda _: self._on_images())
        self.labels.changed.connect(self._estimate)
        self.labels.problem.connect(self.problem)
        self.presets.changed.connect(self._on_preset)
        self.presets.models_requested.connect(self.models_requested)
        self.options.encoder.currentTextChanged.connect(lambda _: self._check_encoder())
        self.options.epochs.valueChanged.connect(lambda _: self._estimate())
        self.run_bar.stop_requested.connect(self._stop)
        self.outcome.map_requested.connect(self.map_requested)

    # Run --------------------------------------------------------------------------------------------------------------

    def request(self) -> TrainRequest:
        """What the widgets say.

        Raises
        ------
        GeoFMError
            If something is missing or cannot be used; the message tells what.
        """
        images, flood = self.training_images(), self.subject.is_flood()
        if not images:
            raise RequestError(tr("Choose an image to learn from first."))
        classes = [*self.labels.counts.classes]
        if flood and classes and codes_of(classes) is None:
            raise RequestError(
                tr(
                    "A flood model has the classes dry, and flood and permanent water, or water; here they are {names}:"
                    " rename them, or choose “Land cover”."
                ).format(names=", ".join(classes[:MOST_NAMED]))
            )
        if missing := self.options.missing_encoder():
            raise RequestError(
                tr(
                    "“Balanced” needs the encoder {name}, which is not installed: install it, or choose “Quick”."
                ).format(name=missing)
            )
        folder, model = self.save_as.new_folder(), self._new_model()
        values: dict[str, Any] = {
            "images": images,
            "dates": tuple(range(len(images))) if flood and len(images) > 1 else (),
            "class_field": self.labels.field(),
            "labels": self.labels.source(str(folder)),
            "buffer_m": self.labels.buffer(),
            "preset": self.presets.preset(),
            "device": Settings().device,
            "name": self._title_of(model),
            "model": str(model),
        }
        return TrainRequest(**values, **self.options.values(), **TrainRequest.files_in(str(folder)))

    def run(self) -> None:
        """Send the job off, unless nothing could be learned."""
        if self._job_id is None:
            self.plot.clear()
        super().run()

    def _usual_name(self) -> str:
        layer = self.labels.layer()
        subject = tr("Flood") if self.subject.is_flood() else tr("Land cover")
        return f"{layer.name() if layer is not None else subject} {self.presets.title()}"

    def _title_of(self, model: Path) -> str:
        """The model's name with the number of its folder: two of one name could not be told apart in a list."""
        return (self.save_as.given_name() or self._usual_name()) + model.name[len(self.save_as.file_name()) :]

    def _new_model(self) -> Path:
        """A folder of the shelf that neither a model nor a waiting job has taken."""
        taken = {_model_of(job) for job in self._client.jobs if not job.ended}
        shelf, name = models_folder(Settings().job_home), self.save_as.file_name()
        path, number = free_path(shelf / name), 2
        while str(path) in taken:
            path, number = free_path(shelf / f"{name} {number}"), number + 1
        return path

    def _stop(self) -> None:
        if self._job_id is not None:
            self._client.stop_early(self._job_id)

    def take_up(self, request: Request) -> None:
        """Have the widgets say what a job was asked to do; the labels are those that are chosen now."""
        if isinstance(request, TrainRequest):
            self.subject.set_flood(bool(request.dates))
            if request.dates:
                after, *before = request.places()[0]
                self.floods.pre.set_dates(before)
                self.floods.post.set_sources(after)
            else:
                self.images.set_dates(request.images)
            self.presets.set_preset(request.preset)
            self.options.set_request(request)
            self.options.encoder.setCurrentText(request.encoder or "")
            self.options.network.setCurrentIndex(max(self.options.network.findData(request.network), 0))

    # What is chosen ---------------------------------------------------------------------------------------------------

    def facts(self) -> tuple[ImageFacts, ...]:
        """Of the images that QGIS can open."""
        try:
            images = self.training_images()
        except GeoFMError:  # told when the job is to be sent off
            return ()
        # Labels lie on the image from after a flood; those before show the same ground.
        per_image = [facts_of(image) for image in (images[:1] if self.subject.is_flood() else images)]
        return tuple(facts for facts in per_image if facts is not None)

    def training_images(self) -> tuple[tuple[str, ...], ...]:
        """What is learned from: images of places, or of the dates of a flood, the one after it first.

        Raises
        ------
        GeoFMError
            If one cannot be handed over.
        """
        return self.floods.dates() if self.subject.is_flood() else self.images.dates()

    def _on_subject(self) -> None:
        """Images of places, or those of one flood."""
        self._images.setVisible(not self.subject.is_flood())
        self.floods.setVisible(self.subject.is_flood())
        self._on_images()

    def _on_images(self) -> None:
        dates = self.floods.count() if self.subject.is_flood() else 1
        self.presets.set_dates(dates)
        self.options.set_dates(dates)
        self._on_preset()
        self.labels.set_images(self.facts())
        self._estimate()

    def _on_preset(self) -> None:
        self.options.set_preset(self.presets.preset())
        self._check_encoder()
        self._estimate()

    def _check_encoder(self) -> None:
        self.presets.say_missing(self.options.missing_encoder())

    def showEvent(self, event: QShowEvent) -> None:
        """Find the encoders that were installed meanwhile."""
        super().showEvent(event)
        self._on_preset()

    def _estimate(self) -> None:
        self.save_as.set_standard(self._usual_name())
        epochs = self.options.epochs.value() or None
        self.presets.show_estimates(seconds_of_training(self.labels.counts, self.facts(), self._client.jobs, epochs))

    # Following --------------------------------------------------------------------------------------------------------

    def show_job(self, job: Job) -> None:
        """Show how far the job is, and its curves from the start."""
        super().show_job(job)
        if self._follower is None:
            self.plot.clear()
            self._follower = self._client.follower(job.id)
            self._reads.start(MS_BETWEEN_READS)
        if job.state == RUNNING and not self.curves.isVisibleTo(self):
            self._read()

    def _take_over(self, job: Job) -> None:
        super()._take_over(job)
        self._end_reading()

    def _follow(self, jobs: tuple[Job, ...]) -> None:
        super()._follow(jobs)
        if self._job_id is None:
            self._end_reading()

    def _end_reading(self) -> None:
        """Read what the job said last."""
        if self._follower is not None:
            self._reads.stop()
            self._read()
            self._follower = None

    def _read(self) -> None:
        if self._follower is not None and not self._reading:
            self._reading = True
            self._client.read_events(self._follower, self._on_events)

    def _on_events(self, events: list[dict[str, Any]]) -> None:
        self._reading = False
        if self.plot.add(events) and not self.curves.isVisibleTo(self):
            self.curves.show()
            self.curves.setCollapsed(False)
            QTimer.singleShot(0, lambda: self.scroll.ensureWidgetVisible(self.curves))

    def close_tools(self) -> None:
        """Follow no layer any more."""
        self._reads.stop()
        self.labels.close()
        self.floods.close_tools()


def _model_of(job: Job) -> str:
    try:
        return str(json.loads(job.request).get("model"))
    except (ValueError, AttributeError):
        return ""
