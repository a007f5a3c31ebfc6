"""Parameters of Processing that follow from what a request declares: names, limits, defaults, help, and outputs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import PurePath
from typing import Any, get_args, get_origin

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

from ..engine.jobs.requests import UNITS, Destination, Option, Request
from ..project.imagery import names_from_text
from ..settings import Settings
from ..translation import tr
from .inputs import check_with
from .parameters import DOUBLE, POLYGON, WHOLE, advanced, helped

__all__ = ["check_needs", "destination_parameters", "option_parameters", "parameter_name", "values_of"]

Parameters = dict[str, Any]


def parameter_name(request: type[Request], field: str) -> str:
    """As models and scripts hold it: the field in capitals, without the unit that its name ends with."""
    option = request.options().get(field)
    unit = f"_{option.unit}" if option is not None and option.unit else ""
    return (field[: -len(unit)] if unit and field.endswith(unit) else field).upper()


def option_parameters(request: type[Request], but: Collection[str] = ()) -> Iterator[QgsProcessingParameterDefinition]:
    """A parameter for each option that is no setting of QGIS's, without those in `but`."""
    for field, option in request.options().items():
        if field not in but and option.role != "setting":
            parameter = helped(_parameter(request, field, option), tr(option.help))
            yield parameter if option.usual else advanced(parameter)


def _parameter(request: type[Request], field: str, option: Option) -> QgsProcessingParameterDefinition:
    name, default, kind = parameter_name(request, field), request.default(field), request.field_type(field)
    unit = tr(UNITS[option.unit]) if option.unit else ""
    title = f"{tr(option.title)} ({unit})" if unit else tr(option.title)
    if kind is bool:
        return QgsProcessingParameterBoolean(name, title, default)
    if get_origin(kind) is tuple or (kind is str and option.choices is None):
        return QgsProcessingParameterString(name, title, optional=True)
    if option.choices is not None:
        words = [*([tr(option.unset)] if default is None else []), *map(tr, option.choices.values())]
        return QgsProcessingParameterEnum(name, title, words, defaultValue=_place(option, default))
    lowest = -1e300 if option.low is None else option.low
    # Processing knows no number that must be more than another.
    lowest += 0.1 if option.above and default is not None else 0
    highest = 1e300 if option.high is None else option.high
    number = WHOLE if option.whole else DOUBLE
    return QgsProcessingParameterNumber(name, title, number, default, default is None, lowest, highest)


def _place(option: Option, default: Any) -> int:
    return 0 if default is None else tuple(option.choices).index(default)


def values_of(
    algorithm: QgsProcessingAlgorithm,
    request: type[Request],
    parameters: Parameters,
    context: QgsProcessingContext,
    but: Collection[str] = (),
) -> dict[str, Any]:
    """The fields of a request that are options, without those in `but`."""
    asked = {field: option for field, option in request.options().items() if field not in but}
    values: dict[str, Any] = {field: Settings().device for field, option in asked.items() if option.role == "setting"}
    for field, option in asked.items():
        if field not in values:
            values[field] = _value(algorithm, request, field, option, parameters, context)
    return values


def _value(
    algorithm: QgsProcessingAlgorithm,
    request: type[Request],
    field: str,
    option: Option,
    parameters: Parameters,
    context: QgsProcessingContext,
) -> Any:
    name, default, kind = parameter_name(request, field), request.default(field), request.field_type(field)
    if kind is bool:
        return algorithm.parameterAsBoolean(parameters, name, context)
    if get_origin(kind) is not tuple and option.choices is not None:
        values = [*([None] if default is None else []), *option.choices]
        return values[algorithm.parameterAsEnum(parameters, name, context)]
    typed = algorithm.parameterAsString(parameters, name, context).strip()
    if get_origin(kind) is tuple:
        texts = names_from_text(typed)
        return default if texts is None else tuple(map(get_args(kind)[0], texts))
    if kind is str:
        return typed or None
    if not typed and default is None:
        return None
    read = algorithm.parameterAsInt if option.whole else algorithm.parameterAsDouble
    return read(parameters, name, context)


def check_needs(
    algorithm: QgsProcessingAlgorithm, request: type[Request], parameters: Parameters, context: QgsProcessingContext
) -> None:
    """Refuse an option that was changed without the input that it is about."""
    for field, option in request.options().items():
        if option.needs:
            check_with(algorithm, parameters, parameter_name(request, field), option.needs.upper(), context)


def destination_parameters(
    request: type[Request], but: Collection[str] = ()
) -> Iterator[QgsProcessingParameterDefinition]:
    """A parameter for each output, without those in `but`; the first must be given if it is always written."""
    for place, (field, item) in enumerate(request.destinations().items()):
        if field not in but:
            yield helped(_destination(field.upper(), item, optional=place > 0 or not item.wanted), tr(item.help))


def _destination(name: str, item: Destination, *, optional: bool) -> QgsProcessingParameterDefinition:
    title, suffix = tr(item.title), PurePath(item.file).suffix
    if item.kind == "raster":
        return QgsProcessingParameterRasterDestination(name, title, None, optional, item.wanted)
    if item.kind == "vector":
        return QgsProcessingParameterVectorDestination(name, title, POLYGON, None, optional, item.wanted)
    # Other files are written only where they are asked for.
    if not suffix:
        return QgsProcessingParameterFolderDestination(name, title, None, optional, not optional)
    kind = tr("{format} files (*{suffix})").format(format=suffix[1:].upper(), suffix=suffix)
    return QgsProcessingParameterFileDestination(name, title, kind, None, optional, not optional)
