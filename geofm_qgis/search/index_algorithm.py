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
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..algorithms.base import About, JobAlgorithm
from ..algorithms.inputs import raster_sources
from ..algorithms.parameters import DOUBLE, RASTER, advanced, bands_parameter, choice, helped
from ..engine.cards.shelf import find
from ..engine.jobs.requests import IndexRequest
from ..engine.jobs.requests.search import DEFAULT_MODEL, HIGHEST_OVERLAP
from ..engine.jobs.result import Result
from ..project.imagery import names_from_text
from ..settings import Settings
from ..translation import tr
from .algorithm_base import INDEX, about_search
from .indexes import metres_of, remember_index

__all__ = ["BuildSearchIndex"]

IMAGES, TOGETHER, ACTION, MODEL = "IMAGES", "TOGETHER", "ACTION", "MODEL"
WINDOWS, OVERLAP, BANDS, NAME = "WINDOWS", "OVERLAP", "BANDS", "NAME"
TILES, IMAGE_COUNT = "TILES", "IMAGE_COUNT"
ACTIONS = ("build", "add", "refresh")


class BuildSearchIndex(JobAlgorithm):
    """Parameters in, an `IndexRequest` out, which a job in the queue carries out."""

    request_type = IndexRequest
    files = (INDEX,)

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

    def inputs(self) -> Iterator[QgsProcessingParameterDefinition]:
        """All parameters in the order of the dialog."""
        yield from _images()
        yield from _settings()
        yield helped(
            QgsProcessingParameterFolderDestination(INDEX, tr("Index")),
            tr("A new or empty folder; for the other two actions the folder of an index."),
        )

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
            "images": (files,) if together else tuple((file,) for file in files),
            "action": action,
            "bands": names_from_text(self.parameterAsString(parameters, BANDS, context)),
            "device": Settings().device,
        }
        if action == "build":
            model = self.typed(parameters, MODEL, context) or DEFAULT_MODEL
            fields |= {
                "model": str(find(model, Settings().job_home)),
                "window_m": metres_of(self.parameterAsString(parameters, WINDOWS, context)),
                "overlap": self.parameterAsDouble(parameters, OVERLAP, context),
                "name": self.typed(parameters, NAME, context),
            }
        IndexRequest(**fields, index="index")  # it says what is wrong
        return fields

    def found(self, result: Result) -> dict[str, Any]:
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
    words = {
        "build": tr("Build a new index"),
        "add": tr("Add to an index"),
        "refresh": tr("Look for changed images in an index"),
    }
    yield choice(ACTION, tr("Action"), ACTIONS, words)


def _settings() -> Iterator[QgsProcessingParameterDefinition]:
    model = QgsProcessingParameterFile(
        MODEL, tr("Model"), QgsProcessingParameterFile.Behavior.Folder, "", DEFAULT_MODEL, True
    )
    yield helped(model, tr("The folder of a model for search, or the name of an installed one; for a new index."))
    yield helped(
        QgsProcessingParameterString(NAME, tr("Name of the index"), optional=True),
        tr("The panel's list shows it. Default: the name of the folder."),
    )
    windows = QgsProcessingParameterString(WINDOWS, tr("Windows (m)"), optional=True)
    yield advanced(helped(windows, tr("Sides on the ground, such as: 64, 128. Default: by model and image.")))
    overlap = QgsProcessingParameterNumber(
        OVERLAP, tr("Overlap of windows"), DOUBLE, IndexRequest.overlap, minValue=0.0, maxValue=HIGHEST_OVERLAP
    )
    yield advanced(helped(overlap, tr("As a share of their side; for a new index.")))
    yield advanced(bands_parameter(BANDS))
