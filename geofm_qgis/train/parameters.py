"""What "Train a land-cover model" reads and finds, with the help that stands beside each."""

from __future__ import annotations

from collections.abc import Iterator

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputNumber,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
)

from ..algorithms.parameters import RASTER, advanced, helped
from ..engine.jobs.requests.networks import NETWORKS
from ..translation import tr

IMAGES = ("IMAGE", "IMAGE_2", "IMAGE_3", "IMAGE_4", "IMAGE_5")
PRE = ("PRE_1", "PRE_2")
LABELS, CLASS_FIELD, NETWORK, MODEL = "LABELS", "CLASS_FIELD", "NETWORK", "MODEL"
OVERALL_ACCURACY, MACRO_F1 = "OVERALL_ACCURACY", "MACRO_F1"

ANY_GEOMETRY = QgsProcessing.SourceType.TypeVectorAnyGeometry


def parameters() -> Iterator[QgsProcessingParameterDefinition]:
    """Images, polygons, and what Processing asks for in a way of its own."""
    yield from _examples()
    networks = [row.title for row in NETWORKS.values()]
    yield advanced(
        helped(
            # Models and scripts keep the title and not its place; earlier versions counted from "as the preset says".
            QgsProcessingParameterEnum(NETWORK, tr("Network"), networks, optional=True, usesStaticStrings=True),
            tr("What Best builds on the encoder. Default: the preset's own."),
        )
    )
    yield helped(
        QgsProcessingParameterFolderDestination(MODEL, tr("Model"), optional=True, createByDefault=False),
        tr("The folder that becomes the model. Default: among GeoFM's models, where the Land cover tab finds it."),
    )


def outputs() -> Iterator[QgsProcessingOutputNumber]:
    """What a model or a script can calculate with."""
    yield QgsProcessingOutputNumber(OVERALL_ACCURACY, tr("Accuracy on validation pixels (0 to 1)"))
    yield QgsProcessingOutputNumber(MACRO_F1, tr("Mean F1 of the classes (0 to 1)"))


def _examples() -> Iterator[QgsProcessingParameterDefinition]:
    yield helped(
        QgsProcessingParameterMultipleLayers(IMAGES[0], tr("Image"), RASTER),
        tr("The image to learn from: one file with all bands, or its bands apart, or its tiles side by side."),
    )
    for number, name in enumerate(PRE, 1):
        title = tr("Images before, {number}").format(number=number)
        text = tr(
            "An older image of the place of the first one, the newest first, for networks of Best that compare dates. "
            "Where there are other places, leave it empty: they would need one, too."
        )
        yield advanced(helped(QgsProcessingParameterMultipleLayers(name, title, RASTER, optional=True), text))
    for number, name in enumerate(IMAGES[1:], 2):
        title = tr("Image {number}").format(number=number)
        text = tr("Another image of the same bands, where there are several.")
        yield advanced(helped(QgsProcessingParameterMultipleLayers(name, title, RASTER, optional=True), text))
    yield helped(
        QgsProcessingParameterFeatureSource(LABELS, tr("Labelled polygons"), [ANY_GEOMETRY]),
        tr("Polygons that each show one class, in any coordinate system; lines and points with a width."),
    )
    yield helped(
        QgsProcessingParameterField(CLASS_FIELD, tr("Field with the class"), parentLayerParameterName=LABELS),
        tr("Text or numbers. Class numbers of the map follow the sorted names; one called background comes first."),
    )
