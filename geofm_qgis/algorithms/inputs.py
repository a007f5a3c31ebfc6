"""From parameters of Processing to what a request holds: files, and areas as GeoJSON."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeatureRequest,
    QgsMapLayer,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterDefinition,
    QgsRasterLayer,
    QgsVectorLayer,
)

from ..engine.errors import RequestError
from ..project.sources import raster_source, vector_source
from ..translation import tr

__all__ = [
    "check_formats",
    "check_only_one",
    "check_with",
    "extent_source",
    "feature_source",
    "map_layer_source",
    "raster_sources",
]

Parameters = dict[str, Any]
OPTIONAL = QgsProcessingParameterDefinition.Flag.FlagOptional


def check_only_one(algorithm: QgsProcessingAlgorithm, parameters: Parameters, one: str, other: str) -> None:
    """Refuse two parameters that say the same thing in two ways."""
    if _is_given(parameters, one) and _is_given(parameters, other):
        raise RequestError(
            tr("“{one}” and “{other}” cannot both be given; leave one of them empty.").format(
                one=_label(algorithm, one), other=_label(algorithm, other)
            )
        )


def check_with(
    algorithm: QgsProcessingAlgorithm, parameters: Parameters, name: str, needed: str, context: QgsProcessingContext
) -> None:
    """Refuse a number that differs from its default where the layer that it is about is missing."""
    if _is_given(parameters, needed):
        return
    default = algorithm.parameterDefinition(name).defaultValue()
    labels = {"name": _label(algorithm, name), "needed": _label(algorithm, needed)}
    if default is None:
        if algorithm.parameterAsString(parameters, name, context).strip():
            text = tr("“{name}” has no effect without “{needed}”; give that layer, or leave the number out.")
            raise RequestError(text.format(**labels))
    # As a number: `qgis_process` hands over texts.
    elif algorithm.parameterAsDouble(parameters, name, context) != default:
        text = tr("“{name}” has no effect without “{needed}”; give that layer, or leave the number at {default}.")
        raise RequestError(text.format(**labels, default=default))


def check_formats(algorithm: QgsProcessingAlgorithm, parameters: Parameters, context: QgsProcessingContext) -> None:
    """Refuse outputs that the provider cannot write: QGIS's dialog asks this, a script does not."""
    for definition in algorithm.destinationParameterDefinitions():
        value = parameters.get(definition.name())
        if algorithm.provider() is not None and value:
            fine, reason = algorithm.provider().isSupportedOutputValue(value, definition, context)
            if not fine:
                raise RequestError(reason)


def raster_sources(
    algorithm: QgsProcessingAlgorithm, parameters: Parameters, name: str, context: QgsProcessingContext
) -> tuple[str, ...]:
    """The files of a parameter of several raster layers; none if it is optional and empty.

    Raises
    ------
    GeoFMError
        If one of them cannot be used; QGIS itself would leave it out without a word.
    """
    value = parameters.get(name)
    items = value if isinstance(value, (list, tuple)) else [value] if _is_given(parameters, name) else []
    sources = []
    for item in items:
        layers = algorithm.parameterAsLayerList({name: [item]}, name, context)
        if not layers or not all(isinstance(layer, QgsRasterLayer) for layer in layers):
            raise _unusable(algorithm, name, item)
        sources += [raster_source(layer) for layer in layers]
    if not sources and not algorithm.parameterDefinition(name).flags() & OPTIONAL:
        raise RequestError(tr("“{label}” is empty; choose at least one image.").format(label=_label(algorithm, name)))
    return tuple(sources)


def map_layer_source(
    algorithm: QgsProcessingAlgorithm, parameters: Parameters, name: str, context: QgsProcessingContext, copies: str
) -> Optional[str]:
    """The file of a raster or vector layer, None if it is not given; `copies` is the folder for copies."""
    if not _is_given(parameters, name):
        return None
    layer = algorithm.parameterAsLayer(parameters, name, context)
    if isinstance(layer, QgsRasterLayer):
        return raster_source(layer)
    if isinstance(layer, QgsVectorLayer):
        return vector_source(layer, copies)
    raise _unusable(algorithm, name, parameters[name])


def feature_source(
    algorithm: QgsProcessingAlgorithm, parameters: Parameters, name: str, context: QgsProcessingContext, copies: str
) -> Optional[str]:
    """The file of a feature source, None if it is not given; a copy of the selected or filtered features alone."""
    if not _is_given(parameters, name):
        return None
    source = algorithm.parameterAsSource(parameters, name, context)
    if source is None:
        raise _unusable(algorithm, name, parameters[name])
    if isinstance(parameters[name], QgsProcessingFeatureSourceDefinition):
        layer = source.materialize(QgsFeatureRequest())
        layer.setName(source.sourceName())
    else:
        layer = algorithm.parameterAsVectorLayer(parameters, name, context)
    return vector_source(layer, copies)


def extent_source(
    algorithm: QgsProcessingAlgorithm, parameters: Parameters, name: str, context: QgsProcessingContext
) -> Optional[str]:
    """A rectangle as GeoJSON in WGS84 degrees, with enough corners to be one in its own CRS too."""
    if not _is_given(parameters, name):
        return None
    wgs84 = QgsCoordinateReferenceSystem("EPSG:4326")
    outline = algorithm.parameterAsExtentGeometry(parameters, name, context, wgs84)
    if outline.isEmpty():
        raise _unusable(algorithm, name, parameters[name])
    return outline.asJson(9)


def _is_given(parameters: Parameters, name: str) -> bool:
    """Whether a parameter has a value of its own."""
    value = parameters.get(name)
    return value is not None and not (isinstance(value, (str, list, tuple)) and not value)


def _label(algorithm: QgsProcessingAlgorithm, name: str) -> str:
    return algorithm.parameterDefinition(name).description()


def _unusable(algorithm: QgsProcessingAlgorithm, name: str, value: Any) -> RequestError:
    shown = value.name() if isinstance(value, QgsMapLayer) else value
    return RequestError(
        tr("“{label}”: {value} is not there or cannot be read; choose another one.").format(
            label=_label(algorithm, name), value=shown
        )
    )
