"""What all parameters of Processing are made with."""

from __future__ import annotations

from qgis.core import QgsProcessing, QgsProcessingParameterDefinition, QgsProcessingParameterNumber

__all__ = [
    "DOUBLE",
    "POINT",
    "POLYGON",
    "RASTER",
    "WHOLE",
    "advanced",
    "helped",
]

RASTER = QgsProcessing.SourceType.TypeRaster
POLYGON = QgsProcessing.SourceType.TypeVectorPolygon
POINT = QgsProcessing.SourceType.TypeVectorPoint
WHOLE, DOUBLE = QgsProcessingParameterNumber.Type.Integer, QgsProcessingParameterNumber.Type.Double


def helped(parameter: QgsProcessingParameterDefinition, text: str) -> QgsProcessingParameterDefinition:
    """The parameter with the text that the dialog shows where the mouse rests on it."""
    parameter.setHelp(text)
    return parameter


def advanced(parameter: QgsProcessingParameterDefinition) -> QgsProcessingParameterDefinition:
    """The parameter, folded away."""
    parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return parameter
