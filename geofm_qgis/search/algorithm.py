"""Search an index by text, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingOutputDefinition,
    QgsProcessingOutputNumber,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterNumber,
    QgsProcessingParameterVectorDestination,
)

from ..algorithms.base import About
from ..algorithms.parameters import DOUBLE, POLYGON, WHOLE, helped, json_destination
from ..engine.jobs.requests import SearchRequest
from ..engine.jobs.requests.search import MOST_HITS
from ..engine.jobs.result import Result
from ..translation import tr
from .algorithm_base import QueryAlgorithm, about_search, query_parameters

__all__ = ["SearchByText"]

TOP, THRESHOLD = "TOP", "THRESHOLD"
HITS, TABLE = "HITS", "TABLE"
FOUND, BEST_SCORE = "FOUND", "BEST_SCORE"


class SearchByText(QueryAlgorithm):
    """Parameters in, a `SearchRequest` out, which a job in the queue carries out."""

    request_type = SearchRequest
    layers = (HITS,)
    files = (TABLE,)

    def about(self) -> About:
        """What the toolbox shows."""
        text = tr(
            "<p>Finds the places of indexed images that fit a phrase best, as polygons with rank and score.</p>"
            "<p>Scores are standard deviations above what the phrase gives to the index's average place, so that a "
            "score means the same for every search.</p>"
            "<p>A warning tells where the phrase is not among what a basic model was taught.</p>"
        )
        return about_search(
            "searchbytext",
            tr("Search by text"),
            tr("Finds the places of indexed images that fit a phrase best, without training."),
            text,
        )

    def inputs(self) -> Iterator[QgsProcessingParameterDefinition]:
        """All parameters in the order of the dialog."""
        yield from query_parameters()
        yield helped(
            QgsProcessingParameterNumber(
                TOP, tr("Most hits"), WHOLE, SearchRequest.top, minValue=1, maxValue=MOST_HITS
            ),
            tr("How many of the best places are brought at most."),
        )
        yield helped(
            QgsProcessingParameterNumber(THRESHOLD, tr("Lowest score"), DOUBLE, optional=True),
            tr("Places that fit less are left out."),
        )
        yield helped(
            QgsProcessingParameterVectorDestination(HITS, tr("Hits"), POLYGON),
            tr("A GeoPackage: each place with rank, score, image and date."),
        )
        yield json_destination(TABLE, tr("Table of hits"), tr("The hits, and how often each score occurs."))

    def outputs(self) -> Iterable[QgsProcessingOutputDefinition]:
        """What a model or a script can calculate with."""
        return (
            QgsProcessingOutputNumber(FOUND, tr("Number of hits")),
            QgsProcessingOutputNumber(BEST_SCORE, tr("Score of the best hit")),
        )

    def fields(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """The question, and how many hits of which score."""
        given = parameters.get(THRESHOLD) not in (None, "")
        return {
            **super().fields(parameters, context),
            "top": self.parameterAsInt(parameters, TOP, context),
            "threshold": self.parameterAsDouble(parameters, THRESHOLD, context) if given else None,
        }

    def found(self, result: Result) -> dict[str, Any]:
        """How many hits there are, and the score of the best, if there is one."""
        hits = result.summary["hits"]
        return {FOUND: result.summary["found"], **({BEST_SCORE: hits[0]["score"]} if hits else {})}
