"""The area of interest of an algorithm: polygons or a rectangle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
)

from ..translation import tr
from .inputs import check_only_one, extent_source, feature_source
from .parameters import POLYGON, helped

__all__ = ["area_parameters", "area_source", "check_area"]

AOI, EXTENT = "AOI", "EXTENT"


def area_parameters(text: str) -> Iterator[QgsProcessingParameterDefinition]:
    """Both ways to give it; `text` is the first one's help."""
    yield helped(
        QgsProcessingParameterFeatureSource(AOI, tr("Area of interest (polygons)"), [POLYGON], optional=True), text
    )
    yield helped(
        QgsProcessingParameterExtent(EXTENT, tr("Area of interest (extent)"), optional=True),
        tr("A rectangle instead of polygons."),
    )


def check_area(algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any]) -> None:
    """Refuse both at once."""
    check_only_one(algorithm, parameters, AOI, EXTENT)


def area_source(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext, copies: str
) -> Optional[str]:
    """The area as a request holds it; None for all that there is. `copies` is the folder for copies of layers."""
    return extent_source(algorithm, parameters, EXTENT, context) or feature_source(
        algorithm, parameters, AOI, context, copies
    )
