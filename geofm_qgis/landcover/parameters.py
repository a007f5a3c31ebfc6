"""The parameters and outputs of "Map land cover", with the help that stands beside each."""

from __future__ import annotations

from collections.abc import Iterator

from qgis.core import (
    QgsProcessingOutputDefinition,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

from ..algorithms.area import area_parameters
from ..algorithms.parameters import DOUBLE, POLYGON, RASTER, advanced, bands_parameter, helped, json_destination
from ..engine.jobs.requests import LandcoverRequest
from ..translation import tr

IMAGE, MODEL = "IMAGE", "MODEL"
MIN_AREA, AUGMENT, BANDS, NAME = "MIN_AREA", "AUGMENT", "BANDS", "NAME"
MAP, POLYGONS, CONFIDENCE, PROBABILITIES, REPORT = "MAP", "POLYGONS", "CONFIDENCE", "PROBABILITIES", "REPORT"
LAYERS = (MAP, POLYGONS, CONFIDENCE, PROBABILITIES)
AREAS, OBSERVED_SHARE = "AREAS", "OBSERVED_SHARE"


def parameters() -> Iterator[QgsProcessingParameterDefinition]:
    """All parameters in the order of the dialog."""
    yield helped(
        QgsProcessingParameterMultipleLayers(IMAGE, tr("Image"), RASTER),
        tr("The image to map: one file with all bands, or its bands apart, or its tiles side by side."),
    )
    yield helped(
        QgsProcessingParameterFile(MODEL, tr("Model"), QgsProcessingParameterFile.Behavior.Folder),
        tr("The folder of a model, or the name of an installed one. The image must have the model's bands."),
    )
    yield from _options()
    yield from _destinations()


def outputs() -> Iterator[QgsProcessingOutputDefinition]:
    """What a model or a script can calculate with."""
    yield QgsProcessingOutputString(AREAS, tr("Areas of the classes as JSON: km2, ha and share"))
    yield QgsProcessingOutputNumber(OBSERVED_SHARE, tr("Share of the area that was observed (0 to 1)"))


def _options() -> Iterator[QgsProcessingParameterDefinition]:
    yield from area_parameters(tr("Only this area is mapped. Without it and without an extent the whole image is."))
    yield helped(
        QgsProcessingParameterNumber(
            MIN_AREA,
            tr("Minimum mapping unit (hectares)"),
            DOUBLE,
            LandcoverRequest.min_area_ha,
            minValue=0.0,
            maxValue=1e6,
        ),
        tr("Smaller patches take the class around them."),
    )
    yield helped(
        QgsProcessingParameterString(NAME, tr("Name of the map"), optional=True),
        tr("Goes into the layers' names and metadata. Default: the name of the first file."),
    )
    yield advanced(
        helped(
            QgsProcessingParameterBoolean(AUGMENT, tr("Average over turned and mirrored images"), False),
            tr("A little better, and about eight times slower."),
        )
    )
    yield advanced(bands_parameter(BANDS))


def _destinations() -> Iterator[QgsProcessingParameterDefinition]:
    yield helped(
        QgsProcessingParameterRasterDestination(MAP, tr("Land cover")),
        tr("A GeoTIFF with the classes' numbers, names and colours; 255 not observed."),
    )
    yield helped(
        QgsProcessingParameterVectorDestination(POLYGONS, tr("Land cover polygons"), POLYGON, None, True, False),
        tr("A GeoPackage: each patch with its class and its area in km² and hectares."),
    )
    for name, title, text in (
        (CONFIDENCE, tr("Confidence (%)"), tr("A GeoTIFF: how likely each pixel's class is to the model.")),
        (PROBABILITIES, tr("Class probabilities (%)"), tr("A GeoTIFF with one band for each class.")),
    ):
        yield helped(QgsProcessingParameterRasterDestination(name, title, None, True, False), text)
    yield json_destination(REPORT, tr("Report"), tr("Areas, classes, the model's card, parameters and warnings."))
