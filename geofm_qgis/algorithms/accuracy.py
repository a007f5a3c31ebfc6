"""What algorithms that compare a map with the truth have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from qgis.core import QgsProcessingContext

from .base import JobAlgorithm
from .inputs import map_layer_source

__all__ = ["PREDICTION", "TRUTH", "AccuracyAlgorithm", "known"]

PREDICTION, TRUTH = "PREDICTION", "TRUTH"


class AccuracyAlgorithm(JobAlgorithm):
    """A map and the truth in, numbers out."""

    def sources(self, parameters: dict[str, Any], context: QgsProcessingContext, copies: str) -> dict[str, Any]:
        """The files of both."""
        return {name.lower(): map_layer_source(self, parameters, name, context, copies) for name in (PREDICTION, TRUTH)}


def known(scores: Mapping[str, Optional[float]]) -> dict[str, float]:
    """The scores that there are: one of nothing is no number."""
    return {name: value for name, value in scores.items() if value is not None}
