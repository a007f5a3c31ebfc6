"""The parameters and outputs of "Map flood from Sentinel-1", with the help that stands beside each."""

from __future__ import annotations

from collections.abc import Iterator

from qgis.core import (
    QgsProcessingOutputNumber,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

from ..algorithms.area import area_parameters
from ..algorithms.parameters import DOUBLE, POLYGON, RASTER, advanced, choice, helped, json_destination
from ..engine.jobs.requests import FloodRequest
from ..engine.jobs.requests import flood as choices
from ..translation import tr

POST = "POST"
PRE = ("PRE_1", "PRE_2", "PRE_3", "PRE_4", "PRE_5")
SHOWN_DATES = 2  # of those before; the others are folded away
DEM, HAND, PERMANENT_WATER = "DEM", "HAND", "PERMANENT_WATER"
UNITS, SPECKLE_FILTER, THRESHOLD = "UNITS", "SPECKLE_FILTER", "THRESHOLD"
MIN_AREA, MAX_SLOPE, MAX_HAND = "MIN_AREA", "MAX_SLOPE", "MAX_HAND"
EVENT = "EVENT"
MASK, POLYGONS, CONFIDENCE, REPORT = "MASK", "POLYGONS", "CONFIDENCE", "REPORT"
FLOOD_KM2, PERMANENT_KM2, UNKNOWN_KM2 = "FLOOD_KM2", "PERMANENT_KM2", "UNKNOWN_KM2"
OBSERVED_SHARE = "OBSERVED_SHARE"
CLASS_OF = {PERMANENT_KM2: 1, FLOOD_KM2: 2, UNKNOWN_KM2: 3}  # pixel values, as in engine/flood/classes.py


def parameters() -> Iterator[QgsProcessingParameterDefinition]:
    """All parameters in the order of the dialog."""
    yield from _images()
    yield from _place()
    yield from _method()
    yield from _destinations()


def outputs() -> Iterator[QgsProcessingOutputNumber]:
    """What a model or a script can calculate with."""
    yield QgsProcessingOutputNumber(FLOOD_KM2, tr("Flood (km²)"))
    yield QgsProcessingOutputNumber(PERMANENT_KM2, tr("Permanent water (km²)"))
    yield QgsProcessingOutputNumber(UNKNOWN_KM2, tr("Water of unknown kind (km²)"))
    yield QgsProcessingOutputNumber(OBSERVED_SHARE, tr("Share of the area that was observed (0 to 1)"))


def _images() -> Iterator[QgsProcessingParameterDefinition]:
    yield helped(
        QgsProcessingParameterMultipleLayers(POST, tr("After the flood"), RASTER),
        tr(
            "The Sentinel-1 images of the date after (or during) the flood: VV and VH in one file or apart, tiles side "
            "by side. The map gets the pixels of the first one."
        ),
    )
    for number, name in enumerate(PRE, 1):
        title = tr("Before the flood, date {number}").format(number=number)
        parameter = helped(
            QgsProcessingParameterMultipleLayers(name, title, RASTER, optional=True),
            tr("The images of one date before the flood, best from the same orbit. The more dates, the better."),
        )
        yield parameter if number <= SHOWN_DATES else advanced(parameter)


def _place() -> Iterator[QgsProcessingParameterDefinition]:
    yield from area_parameters(tr("Only this area is mapped. Without it and without an extent the whole image is."))
    yield helped(
        QgsProcessingParameterRasterLayer(DEM, tr("Elevation (DEM)"), optional=True),
        tr("Heights in metres: steep slopes, dark in radar shadow, are then never water."),
    )
    yield helped(
        QgsProcessingParameterMapLayer(PERMANENT_WATER, tr("Permanent water"), optional=True, types=[RASTER, POLYGON]),
        tr("Polygons, or a raster that holds 1 where there is always water. Tells flood from permanent water."),
    )
    yield advanced(
        helped(
            QgsProcessingParameterRasterLayer(HAND, tr("Height above the nearest drainage (HAND)"), optional=True),
            tr("In metres: ground far above the rivers is then never water."),
        )
    )
    yield helped(
        QgsProcessingParameterString(EVENT, tr("Name of the event"), optional=True),
        tr("Goes into the layers' names and metadata. Default: the name of the first image."),
    )


def _method() -> Iterator[QgsProcessingParameterDefinition]:
    units = {
        "db": tr("Decibels"),
        "power": tr("Linear power"),
        "amplitude": tr("Amplitude"),
        "display": tr("8-bit display product"),
    }
    filters = {"median": tr("Median"), "lee": tr("Lee"), "refined-lee": tr("Refined Lee"), "none": tr("None")}
    thresholds = {"otsu": tr("Otsu"), "kittler-illingworth": tr("Kittler-Illingworth")}
    yield advanced(
        helped(
            choice(UNITS, tr("Units of the images"), choices.UNITS, units, tr("As the files say")),
            tr("Only needed where the files are silent or wrong."),
        )
    )
    yield advanced(
        helped(
            choice(SPECKLE_FILTER, tr("Speckle filter"), choices.SPECKLE_FILTERS, filters),
            tr("Median is quick and keeps edges; Refined Lee is finest."),
        )
    )
    yield advanced(
        helped(
            choice(THRESHOLD, tr("Threshold"), choices.THRESHOLDS, thresholds),
            tr("How the cut between water and land is found in backscatter."),
        )
    )
    values = (
        (MIN_AREA, tr("Smallest water body (hectares)"), FloodRequest.min_area_ha, 0.0, 1e6, tr("Smaller ones go.")),
        (MAX_SLOPE, tr("Steepest water (degrees)"), FloodRequest.max_slope_deg, 0.1, 90.0, tr("Needs a DEM.")),
        (MAX_HAND, tr("Highest water (metres)"), FloodRequest.max_hand_m, 0.1, 1e4, tr("Needs a HAND raster.")),
    )
    for name, title, default, low, high, text in values:
        yield advanced(helped(QgsProcessingParameterNumber(name, title, DOUBLE, default, False, low, high), text))


def _destinations() -> Iterator[QgsProcessingParameterDefinition]:
    yield helped(
        QgsProcessingParameterRasterDestination(MASK, tr("Flood map")),
        tr("A GeoTIFF: 0 dry, 1 permanent water, 2 flood, 3 water of unknown kind, 255 not observed."),
    )
    yield helped(
        QgsProcessingParameterVectorDestination(POLYGONS, tr("Flood polygons"), POLYGON, optional=True),
        tr("A GeoPackage: each polygon with its class and its area in km² and hectares."),
    )
    yield helped(
        QgsProcessingParameterRasterDestination(CONFIDENCE, tr("Confidence (%)"), optional=True, createByDefault=False),
        tr("A GeoTIFF: how far the evidence speaks for each pixel's class. It is no calibrated probability."),
    )
    yield json_destination(REPORT, tr("Report"), tr("Areas, thresholds, histograms, dates, parameters and warnings."))
