"""Search an index by text, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterVectorDestination,
)

from ..engine.errors import GeoFMError
from ..engine.jobs.requests import SearchRequest
from ..engine.jobs.requests.search import MOST_HITS
from ..translation import tr
from .base import absolute, helped
from .search_base import QueryAlgorithm, query_parameters
from .waiting import run_job

__all__ = ["SearchByText"]

TOP, THRESHOLD = "TOP", "THRESHOLD"
HITS, TABLE = "HITS", "TABLE"
FOUND, BEST_SCORE = "FOUND", "BEST_SCORE"
POLYGON = QgsProcessing.SourceType.TypeVectorPolygon
WHOLE, DOUBLE = QgsProcessingParameterNumber.Type.Integer, QgsProcessingParameterNumber.Type.Double


class SearchByText(QueryAlgorithm):
    """Parameters in, a `SearchRequest` out, which a job in the queue carries out."""

    def name(self) -> str:
        """Never changed, since models and scripts hold it."""
        return "searchbytext"

    def displayName(self) -> str:
        """As the toolbox shows it."""
        return tr("Search by text")

    def shortDescription(self) -> str:
        """Shown where the mouse rests on it."""
        return tr("Finds the places of indexed images that fit a phrase best, without training.")

    def shortHelpString(self) -> str:
        """Shown beside the parameters."""
        return tr(
            "<p>Finds the places of indexed images that fit a phrase best, as polygons with rank and score.</p>"
            "<p>Scores are standard deviations above what the phrase gives to the index's average place, so that a "
            "score means the same for every search.</p>"
            "<p>A warning tells where the phrase is not among what a basic model was taught.</p>"
        )

    def initAlgorithm(self, configuration: Optional[dict[str, Any]] = None) -> None:
        """Declare parameters and outputs."""
        for parameter in query_parameters():
            self.addParameter(parameter)
        self.addParameter(
            helped(
                QgsProcessingParameterNumber(
                    TOP, tr("Most hits"), WHOLE, SearchRequest.top, minValue=1, maxValue=MOST_HITS
                ),
                tr("How many of the best places are brought at most."),
            )
        )
        self.addParameter(
            helped(
                QgsProcessingParameterNumber(THRESHOLD, tr("Lowest score"), DOUBLE, optional=True),
                tr("Places that fit less are left out."),
            )
        )
        self.addParameter(
            helped(
                QgsProcessingParameterVectorDestination(HITS, tr("Hits"), POLYGON),
                tr("A GeoPackage: each place with rank, score, image and date."),
            )
        )
        table = QgsProcessingParameterFileDestination(
            TABLE, tr("Table of hits"), tr("JSON files (*.json)"), optional=True, createByDefault=False
        )
        self.addParameter(helped(table, tr("The hits, and how often each score occurs.")))
        self.addOutput(QgsProcessingOutputNumber(FOUND, tr("Number of hits")))
        self.addOutput(QgsProcessingOutputNumber(BEST_SCORE, tr("Score of the best hit")))

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the job; mostly in a task's thread, where no layer is touched."""
        paths = self.paths(parameters, context, (HITS,), (TABLE,))
        places = absolute(paths)
        given = parameters.get(THRESHOLD) not in (None, "")
        try:
            request = SearchRequest(
                **self._inputs,
                top=self.parameterAsInt(parameters, TOP, context),
                threshold=self.parameterAsDouble(parameters, THRESHOLD, context) if given else None,
                **{name.lower(): place for name, place in places.items()},
            )
        except GeoFMError as error:
            raise QgsProcessingException(str(error)) from error
        result = run_job(request, feedback)
        self.show(paths, places, result, request, context)
        hits = result.summary["hits"]
        return {**paths, FOUND: result.summary["found"], **({BEST_SCORE: hits[0]["score"]} if hits else {})}
