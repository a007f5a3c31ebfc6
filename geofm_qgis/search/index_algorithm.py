"""Build a search index, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputDefinition,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
)

from ..algorithms.base import About, JobAlgorithm
from ..algorithms.inputs import raster_sources
from ..algorithms.parameters import RASTER, advanced, helped
from ..engine.cards.shelf import find
from ..engine.jobs.requests import IndexRequest
from ..engine.jobs.requests.search import DEFAULT_MODEL
from ..engine.jobs.result import Result
from ..settings import Settings
from ..translation import tr
from .algorithm_base import INDEX, about_search
from .indexes import metres_of, remember_index

__all__ = ["BuildSearchIndex"]

IMAGES, TOGETHER, ACTION, MODEL = "IMAGES", "TOGETHER", "ACTION", "MODEL"
WINDOWS = "WINDOWS"
TILES, IMAGE_COUNT = "TILES", "IMAGE_COUNT"
ACTIONS = ("build", "add", "refresh")


class BuildSearchIndex(JobAlgorithm):
    """Parameters in, an `IndexRequest` out, which a job in the queue carries out."""

    request_type = IndexRequest
    by_hand = ("action", "window_m", "index")

    def about(self) -> About:
        """What the toolbox shows."""
        text = tr(
            "<p>Cuts images into windows on the ground and keeps what a model sees in each, so that “Search by text” "
            "answers at once. Images of any resolution, sensor and coordinate system go side by side.</p>"
            "<p>A run that was cancelled goes on where it stopped when the same is asked again.</p>"
            "<p>The work is done by a background job, which Cancel stops. The panel of GeoFM shows it too.</p>"
        )
        return about_search(
            "buildsearchindex",
            tr("Build a search index"),
            tr("Makes images searchable by text, or adds images to an index."),
            text,
        )

    def asked(self) -> Iterator[QgsProcessingParameterDefinition]:
        """Images, what is to happen with them, and a new index's model."""
        yield from _images()
        yield from _settings()
        index = IndexRequest.destinations()["index"]
        yield helped(QgsProcessingParameterFolderDestination(INDEX, tr(index.title)), tr(index.help))

    def outputs(self) -> Iterable[QgsProcessingOutputDefinition]:
        """What a model or a script can calculate with."""
        return (
            QgsProcessingOutputNumber(TILES, tr("Number of places that can be searched")),
            QgsProcessingOutputNumber(IMAGE_COUNT, tr("Number of images in the index")),
        )

    def fields(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """All but the index."""
        action = ACTIONS[self.parameterAsEnum(parameters, ACTION, context)]
        files = raster_sources(self, parameters, IMAGES, context)
        together = files and self.parameterAsBoolean(parameters, TOGETHER, context)
        fields = {
            **super().fields(parameters, context),
            "images": (files,) if together else tuple((file,) for file in files),
            "action": action,
        }
        if action == "build":
            model = self.typed(parameters, MODEL, context) or DEFAULT_MODEL
            fields["model"] = str(find(model, Settings().job_home))
            fields["window_m"] = metres_of(self.parameterAsString(parameters, WINDOWS, context))
        else:
            # An index keeps its own.
            fields = {name: value for name, value in fields.items() if name not in ("overlap", "name")}
        IndexRequest(**fields, index="index")  # it says what is wrong
        return fields

    def output_values(self, result: Result) -> dict[str, Any]:
        """How much can be searched, and where."""
        summary = result.summary
        return {INDEX: summary["index"], TILES: summary["tiles"], IMAGE_COUNT: summary["images"]}

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the job, and have the panel list the index."""
        done = super().processAlgorithm(parameters, context, feedback)
        remember_index(done[INDEX])
        return done


def _images() -> Iterator[QgsProcessingParameterDefinition]:
    yield helped(
        QgsProcessingParameterMultipleLayers(IMAGES, tr("Images"), RASTER, optional=True),
        tr("Each is an image of its own. Looking for changes needs none: all of the index are looked at."),
    )
    yield helped(
        QgsProcessingParameterBoolean(TOGETHER, tr("The files are parts of one image"), False),
        tr("Its bands, or tiles side by side."),
    )
    action = IndexRequest.options()["action"]
    words = [tr(action.choices[name]) for name in ACTIONS]
    yield helped(QgsProcessingParameterEnum(ACTION, tr(action.title), words, defaultValue=0), tr(action.help))


def _settings() -> Iterator[QgsProcessingParameterDefinition]:
    model = QgsProcessingParameterFile(
        MODEL, tr("Model"), QgsProcessingParameterFile.Behavior.Folder, "", DEFAULT_MODEL, True
    )
    yield helped(model, tr("The folder of a model for search, or the name of an installed one; for a new index."))
    windows = QgsProcessingParameterString(WINDOWS, tr("Windows (m)"), optional=True)
    yield advanced(helped(windows, tr(IndexRequest.options()["window_m"].help)))
