"""Search an index by text, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qgis.core import QgsProcessingOutputDefinition, QgsProcessingOutputNumber

from ..algorithms.base import About
from ..engine.jobs.requests import SearchRequest
from ..engine.jobs.result import Result
from ..translation import tr
from .algorithm_base import QueryAlgorithm, about_search

__all__ = ["SearchByText"]

FOUND, BEST_SCORE = "FOUND", "BEST_SCORE"


class SearchByText(QueryAlgorithm):
    """Parameters in, a `SearchRequest` out, which a job in the queue carries out."""

    request_type = SearchRequest
    by_hand = ("heat_map",)  # another algorithm makes it

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

    def outputs(self) -> Iterable[QgsProcessingOutputDefinition]:
        """What a model or a script can calculate with."""
        return (
            QgsProcessingOutputNumber(FOUND, tr("Number of hits")),
            QgsProcessingOutputNumber(BEST_SCORE, tr("Score of the best hit")),
        )

    def output_values(self, result: Result) -> dict[str, Any]:
        """How many hits there are, and the score of the best, if there is one."""
        hits = result.summary["hits"]
        return {FOUND: result.summary["found"], **({BEST_SCORE: hits[0]["score"]} if hits else {})}
