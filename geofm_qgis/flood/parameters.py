"""What "Map flood from Sentinel-1" reads and finds, with the help that stands beside each."""

from __future__ import annotations

from collections.abc import Iterator

from qgis.core import (
    QgsProcessingOutputNumber,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterLayer,
)

from ..algorithms.area import area_parameters
from ..algorithms.parameters import POLYGON, RASTER, advanced, helped
from ..translation import tr

POST = "POST"
PRE = ("PRE_1", "PRE_2", "PRE_3", "PRE_4", "PRE_5")
SHOWN_DATES = 2  # of those before; the others are folded away
DEM, HAND, PERMANENT_WATER = "DEM", "HAND", "PERMANENT_WATER"
FLOOD_KM2, PERMANENT_KM2, UNKNOWN_KM2 = "FLOOD_KM2", "PERMANENT_KM2", "UNKNOWN_KM2"
OBSERVED_SHARE = "OBSERVED_SHARE"
BOTH_KM2, FIRST_KM2, SECOND_KM2 = "BOTH_KM2", "FIRST_KM2", "SECOND_KM2"
AGREEMENT_OF = {BOTH_KM2: 1, FIRST_KM2: 2, SECOND_KM2: 3}  # pixel values, as in engine/flood/agreement.py
CLASS_OF = {PERMANENT_KM2: 1, FLOOD_KM2: 2, UNKNOWN_KM2: 3}  # pixel values, as in engine/flood/classes.py


def parameters() -> Iterator[QgsProcessingParameterDefinition]:
    """Images and layers of the ground."""
    yield from _images()
    yield from _place()


def outputs() -> Iterator[QgsProcessingOutputNumber]:
    """What a model or a script can calculate with."""
    yield QgsProcessingOutputNumber(FLOOD_KM2, tr("Flood (km²)"))
    yield QgsProcessingOutputNumber(PERMANENT_KM2, tr("Permanent water (km²)"))
    yield QgsProcessingOutputNumber(UNKNOWN_KM2, tr("Water of unknown kind (km²)"))
    yield QgsProcessingOutputNumber(BOTH_KM2, tr("Flood by both methods (km²), where two are compared"))
    yield QgsProcessingOutputNumber(FIRST_KM2, tr("Flood by the first method alone (km²)"))
    yield QgsProcessingOutputNumber(SECOND_KM2, tr("Flood by the second method alone (km²)"))
    yield QgsProcessingOutputNumber(OBSERVED_SHARE, tr("Share of the area that was observed (0 to 1)"))


def _images() -> Iterator[QgsProcessingParameterDefinition]:
    yield helped(
        QgsProcessingParameterMultipleLayers(POST, tr("After the flood"), RASTER),
        tr(
            "The Sentinel-1 images of the date after (or during) the flood: VV and VH in one file or apart, tiles side "
            "by side. The map gets the pixels of the first one. Of images of several dates the newest is taken, and "
            "the others are before the flood."
        ),
    )
    for number, name in enumerate(PRE, 1):
        title = tr("Before the flood, date {number}").format(number=number)
        parameter = helped(
            QgsProcessingParameterMultipleLayers(name, title, RASTER, optional=True),
            tr(
                "The images of one date before the flood, best from the same orbit; those of several dates are sorted "
                "by date. The more dates, the better."
            ),
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
        tr(
            "Polygons, or a raster that holds 1, or the values that are told, where there is always water. Tells flood "
            "from permanent water."
        ),
    )
    yield advanced(
        helped(
            QgsProcessingParameterRasterLayer(HAND, tr("Height above the nearest drainage (HAND)"), optional=True),
            tr("In metres: ground far above the rivers is then never water."),
        )
    )
