"""Parameters that several algorithms have, and what all parameters are made with."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..translation import tr

__all__ = ["DOUBLE", "POLYGON", "RASTER", "WHOLE", "advanced", "bands_parameter", "helped", "json_destination"]

RASTER = QgsProcessing.SourceType.TypeRaster
POLYGON = QgsProcessing.SourceType.TypeVectorPolygon
WHOLE, DOUBLE = QgsProcessingParameterNumber.Type.Integer, QgsProcessingParameterNumber.Type.Double


def helped(parameter: QgsProcessingParameterDefinition, text: str) -> QgsProcessingParameterDefinition:
    """The parameter with the text that the dialog shows where the mouse rests on it."""
    parameter.setHelp(text)
    return parameter


def advanced(parameter: QgsProcessingParameterDefinition) -> QgsProcessingParameterDefinition:
    """The parameter, folded away."""
    parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return parameter


def bands_parameter(name: str) -> QgsProcessingParameterDefinition:
    """Names of bands, for files that name none, or wrong ones."""
    return helped(
        QgsProcessingParameterString(name, tr("Names of the bands"), optional=True),
        tr("In the order of the file, divided by commas, where the files name none; “skip” leaves one out."),
    )


def json_destination(name: str, title: str, text: str) -> QgsProcessingParameterDefinition:
    """A JSON file, written only where it is asked for."""
    kind = tr("JSON files (*.json)")
    return helped(QgsProcessingParameterFileDestination(name, title, kind, None, True, False), text)
