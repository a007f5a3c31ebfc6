"""Map how well each place fits a phrase, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterRasterDestination,
)

from ..engine.errors import GeoFMError
from ..engine.jobs.requests import ScoreMapRequest
from ..translation import tr
from .base import absolute, helped
from .search_base import QueryAlgorithm, query_parameters
from .waiting import run_job

__all__ = ["MapScores"]

MAP = "MAP"


class MapScores(QueryAlgorithm):
    """Parameters in, a `ScoreMapRequest` out, which a job in the queue carries out."""

    def name(self) -> str:
        """Never changed, since models and scripts hold it."""
        return "scoremap"

    def displayName(self) -> str:
        """As the toolbox shows it."""
        return tr("Score map")

    def shortDescription(self) -> str:
        """Shown where the mouse rests on it."""
        return tr("Maps how well each place of indexed images fits a phrase.")

    def shortHelpString(self) -> str:
        """Shown beside the parameters."""
        return tr(
            "<p>Maps how well each place of indexed images fits a phrase: a heat map.</p>"
            "<p>Scores are standard deviations above what the phrase gives to the index's average place; a cell takes "
            "the mean of the windows over it, of which smaller ones count for more.</p>"
        )

    def initAlgorithm(self, configuration: Optional[dict[str, Any]] = None) -> None:
        """Declare parameters and outputs."""
        for parameter in query_parameters():
            self.addParameter(parameter)
        self.addParameter(
            helped(
                QgsProcessingParameterRasterDestination(MAP, tr("Scores")),
                tr("A GeoTIFF with one band; no data where nothing was indexed."),
            )
        )

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the job; mostly in a task's thread, where no layer is touched."""
        paths = self.paths(parameters, context, (MAP,), ())
        places = absolute(paths)
        try:
            request = ScoreMapRequest(**self._inputs, heat_map=places[MAP])
        except GeoFMError as error:
            raise QgsProcessingException(str(error)) from error
        result = run_job(request, feedback)
        self.show(paths, places, result, request, context)
        return paths
