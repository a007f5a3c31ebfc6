"""Parameters that several algorithms have, and what all parameters are made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..translation import tr

__all__ = [
    "DOUBLE",
    "POLYGON",
    "RASTER",
    "WHOLE",
    "advanced",
    "bands_parameter",
    "choice",
    "helped",
    "json_destination",
]

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


def choice(
    name: str, title: str, values: Iterable[str], words: Mapping[str, str], unset: Optional[str] = None
) -> QgsProcessingParameterDefinition:
    """One of a request's values, by its place among them.

    Parameters
    ----------
    name, title : str
    values : iterable of str
        In the order of the request, to which new ones are only added at the end: models and scripts keep the place.
    words : mapping of str to str
        What people read for each value.
    unset : str, optional
        What they read for none of them, at the first place.
    """
    options = [*([] if unset is None else [unset]), *(words[value] for value in values)]
    return QgsProcessingParameterEnum(name, title, options, defaultValue=0)


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
