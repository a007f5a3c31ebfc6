"""Build a search index, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..engine.cards.shelf import find
from ..engine.errors import GeoFMError
from ..engine.jobs.requests import IndexRequest
from ..engine.jobs.requests.search import DEFAULT_MODEL, HIGHEST_OVERLAP
from ..imagery import names_from_text
from ..search_indexes import metres_of, remember_index
from ..settings import Settings
from ..translation import tr
from .base import advanced, helped
from .inputs import raster_sources
from .search_base import INDEX, SearchAlgorithm
from .train_parameters import bands_parameter
from .waiting import run_job

__all__ = ["BuildSearchIndex"]

IMAGES, TOGETHER, ACTION, MODEL = "IMAGES", "TOGETHER", "ACTION", "MODEL"
WINDOWS, OVERLAP, BANDS, NAME = "WINDOWS", "OVERLAP", "BANDS", "NAME"
TILES, IMAGE_COUNT = "TILES", "IMAGE_COUNT"
ACTIONS = ("build", "add", "refresh")
RASTER = QgsProcessing.SourceType.TypeRaster
DOUBLE = QgsProcessingParameterNumber.Type.Double


class BuildSearchIndex(SearchAlgorithm):
    """Parameters in, an `IndexRequest` out, which a job in the queue carries out."""

    def name(self) -> str:
        """Never changed, since models and scripts hold it."""
        return "buildsearchindex"

    def displayName(self) -> str:
        """As the toolbox shows it."""
        return tr("Build a search index")

    def shortDescription(self) -> str:
        """Shown where the mouse rests on it."""
        return tr("Makes images searchable by text, or adds images to an index.")

    def shortHelpString(self) -> str:
        """Shown beside the parameters."""
        return tr(
            "<p>Cuts images into windows on the ground and keeps what a model sees in each, so that “Search by text” "
            "answers at once. Images of any resolution, sensor and coordinate system go side by side.</p>"
            "<p>A run that was cancelled goes on where it stopped when the same is asked again.</p>"
            "<p>The work is done by a background job, which Cancel stops. The panel of GeoFM shows it too.</p>"
        )

    def initAlgorithm(self, configuration: Optional[dict[str, Any]] = None) -> None:
        """Declare parameters and outputs."""
        self._add_images()
        self._add_settings()
        self.addParameter(
            helped(
                QgsProcessingParameterFolderDestination(INDEX, tr("Index")),
                tr("A new or empty folder; for the other two actions the folder of an index."),
            )
        )
        self.addOutput(QgsProcessingOutputNumber(TILES, tr("Number of places that can be searched")))
        self.addOutput(QgsProcessingOutputNumber(IMAGE_COUNT, tr("Number of images in the index")))

    def _add_images(self) -> None:
        self.addParameter(
            helped(
                QgsProcessingParameterMultipleLayers(IMAGES, tr("Images"), RASTER, optional=True),
                tr("Each is an image of its own. Looking for changes needs none: all of the index are looked at."),
            )
        )
        self.addParameter(
            helped(
                QgsProcessingParameterBoolean(TOGETHER, tr("The files are parts of one image"), False),
                tr("Its bands, or tiles side by side."),
            )
        )
        words = [tr("Build a new index"), tr("Add to an index"), tr("Look for changed images in an index")]
        self.addParameter(QgsProcessingParameterEnum(ACTION, tr("Action"), words, False, 0))

    def _add_settings(self) -> None:
        model = QgsProcessingParameterFile(
            MODEL, tr("Model"), QgsProcessingParameterFile.Behavior.Folder, "", DEFAULT_MODEL, True
        )
        self.addParameter(
            helped(model, tr("The folder of a model for search, or the name of an installed one; for a new index."))
        )
        self.addParameter(
            helped(
                QgsProcessingParameterString(NAME, tr("Name of the index"), optional=True),
                tr("The panel's list shows it. Default: the name of the folder."),
            )
        )
        windows = QgsProcessingParameterString(WINDOWS, tr("Windows (m)"), optional=True)
        self.addParameter(
            advanced(helped(windows, tr("Sides on the ground, such as: 64, 128. Default: by model and image.")))
        )
        overlap = QgsProcessingParameterNumber(
            OVERLAP, tr("Overlap of windows"), DOUBLE, IndexRequest.overlap, minValue=0.0, maxValue=HIGHEST_OVERLAP
        )
        self.addParameter(advanced(helped(overlap, tr("As a share of their side; for a new index."))))
        self.addParameter(advanced(bands_parameter(BANDS)))

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """Whether a run makes sense, and if not, why: before anything starts."""
        try:
            self._request(parameters, context, "index")
        except GeoFMError as error:
            return False, str(error)
        return super().checkParameterValues(parameters, context)

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Find the files behind the layers: in the window's thread, to which layers belong."""
        folder = str(Path(self.parameterAsString(parameters, INDEX, context)).absolute())
        try:
            self._inputs = {"request": self._request(parameters, context, folder)}
        except GeoFMError as error:
            raise QgsProcessingException(str(error)) from error
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the job; mostly in a task's thread, where no layer is touched."""
        result = run_job(self._inputs["request"], feedback)
        folder = result.summary["index"]
        remember_index(folder)
        return {INDEX: folder, TILES: result.summary["tiles"], IMAGE_COUNT: result.summary["images"]}

    def _request(self, parameters: dict[str, Any], context: QgsProcessingContext, folder: str) -> IndexRequest:
        action = ACTIONS[self.parameterAsEnum(parameters, ACTION, context)]
        files = raster_sources(self, parameters, IMAGES, context)
        images = (files,) if files and self.parameterAsBoolean(parameters, TOGETHER, context) else None
        new = {}
        if action == "build":
            model = self.parameterAsString(parameters, MODEL, context).strip() or DEFAULT_MODEL
            new = {
                "model": str(find(model, Settings().job_home)),
                "window_m": metres_of(self.parameterAsString(parameters, WINDOWS, context)),
                "overlap": self.parameterAsDouble(parameters, OVERLAP, context),
                "name": self.parameterAsString(parameters, NAME, context).strip() or None,
            }
        return IndexRequest(
            images=images or tuple((file,) for file in files),
            index=folder,
            action=action,
            bands=names_from_text(self.parameterAsString(parameters, BANDS, context)),
            device=Settings().device,
            **new,
        )
