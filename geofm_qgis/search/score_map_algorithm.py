"""Map how well each place fits a phrase, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qgis.core import QgsProcessingParameterDefinition, QgsProcessingParameterRasterDestination

from ..algorithms.base import About
from ..algorithms.parameters import helped
from ..engine.jobs.requests import ScoreMapRequest
from ..translation import tr
from .algorithm_base import QueryAlgorithm, about_search

__all__ = ["MapScores"]

MAP = "MAP"


class MapScores(QueryAlgorithm):
    """Parameters in, a `ScoreMapRequest` out, which a job in the queue carries out."""

    request_type = ScoreMapRequest
    by_hand = ("top", "threshold", *ScoreMapRequest.destinations())

    def about(self) -> About:
        """What the toolbox shows."""
        text = tr(
            "<p>Maps how well each place of indexed images fits a phrase: a heat map.</p>"
            "<p>Scores are standard deviations above what the phrase gives to the index's average place; a cell takes "
            "the mean of the windows over it, of which smaller ones count for more.</p>"
        )
        return about_search(
            "scoremap",
            tr("Score map"),
            tr("Maps how well each place of indexed images fits a phrase."),
            text,
        )

    def asked(self) -> Iterator[QgsProcessingParameterDefinition]:
        """A question, and the raster under the name that models and scripts hold."""
        yield from super().asked()
        scores = ScoreMapRequest.destinations()["heat_map"]
        yield helped(QgsProcessingParameterRasterDestination(MAP, tr(scores.title)), tr(scores.help))

    def request(self, fields: dict[str, Any], outputs: dict[str, str]) -> ScoreMapRequest:
        """The map is a request's heat map."""
        return ScoreMapRequest(**fields, heat_map=outputs[MAP.lower()])
