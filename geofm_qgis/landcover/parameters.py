"""What "Map land cover" reads and finds, with the help that stands beside each."""

from __future__ import annotations

from collections.abc import Iterator

from qgis.core import (
    QgsProcessingOutputDefinition,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
)

from ..algorithms.area import area_parameters
from ..algorithms.parameters import RASTER, helped
from ..translation import tr

IMAGE, MODEL = "IMAGE", "MODEL"
AREAS, OBSERVED_SHARE = "AREAS", "OBSERVED_SHARE"


def parameters() -> Iterator[QgsProcessingParameterDefinition]:
    """Image, model and area."""
    yield helped(
        QgsProcessingParameterMultipleLayers(IMAGE, tr("Image"), RASTER),
        tr("The image to map: one file with all bands, or its bands apart, or its tiles side by side."),
    )
    yield helped(
        QgsProcessingParameterFile(MODEL, tr("Model"), QgsProcessingParameterFile.Behavior.Folder),
        tr("The folder of a model, or the name of an installed one. The image must have the model's bands."),
    )
    yield from area_parameters(tr("Only this area is mapped. Without it and without an extent the whole image is."))


def outputs() -> Iterator[QgsProcessingOutputDefinition]:
    """What a model or a script can calculate with."""
    yield QgsProcessingOutputString(AREAS, tr("Areas of the classes as JSON: km2, ha and share"))
    yield QgsProcessingOutputNumber(OBSERVED_SHARE, tr("Share of the area that was observed (0 to 1)"))
