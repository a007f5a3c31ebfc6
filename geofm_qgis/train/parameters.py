"""The parameters and outputs of "Train a land-cover model", with the help that stands beside each."""

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
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

from ..algorithms.parameters import (
    DOUBLE,
    POLYGON,
    RASTER,
    WHOLE,
    advanced,
    bands_parameter,
    choice,
    helped,
    json_destination,
)
from ..engine.jobs.requests import HIGHEST_SEED
from ..engine.jobs.requests.landcover import LEAST_EPOCHS, MOST_EPOCHS
from ..engine.jobs.requests.networks import NETWORKS, PRESETS
from ..translation import tr

IMAGES = ("IMAGE", "IMAGE_2", "IMAGE_3", "IMAGE_4", "IMAGE_5")
LABELS, CLASS_FIELD, BUFFER = "LABELS", "CLASS_FIELD", "BUFFER"
PRESET, ENCODER, NETWORK, EPOCHS = "PRESET", "ENCODER", "NETWORK", "EPOCHS"
SEED, BANDS, NAME = "SEED", "BANDS", "NAME"
MODEL, ERRORS, REPORT = "MODEL", "ERRORS", "REPORT"
OVERALL_ACCURACY, MACRO_F1 = "OVERALL_ACCURACY", "MACRO_F1"

ANY_GEOMETRY = QgsProcessing.SourceType.TypeVectorAnyGeometry


def parameters() -> Iterator[QgsProcessingParameterDefinition]:
    """All parameters in the order of the dialog."""
    yield from _examples()
    yield from _learning()
    yield from _destinations()


def outputs() -> Iterator[QgsProcessingOutputNumber]:
    """What a model or a script can calculate with."""
    yield QgsProcessingOutputNumber(OVERALL_ACCURACY, tr("Accuracy on validation pixels (0 to 1)"))
    yield QgsProcessingOutputNumber(MACRO_F1, tr("Mean F1 of the classes (0 to 1)"))


def _examples() -> Iterator[QgsProcessingParameterDefinition]:
    yield helped(
        QgsProcessingParameterMultipleLayers(IMAGES[0], tr("Image"), RASTER),
        tr("The image to learn from: one file with all bands, or its bands apart, or its tiles side by side."),
    )
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
    yield advanced(
        helped(
            QgsProcessingParameterNumber(BUFFER, tr("Widen lines and points by (metres)"), DOUBLE, None, True, 0.0),
            tr("Half width of what lines become, and radius of what points become."),
        )
    )


def _learning() -> Iterator[QgsProcessingParameterDefinition]:
    presets = {
        "quick": tr("Quick: a forest on bands, indices and texture"),
        "balanced": tr("Balanced: a pre-trained encoder with a light decoder"),
        "best": tr("Best: a whole network"),
    }
    yield helped(
        choice(PRESET, tr("Way to learn"), PRESETS, presets),
        tr("Quick needs no GPU and some seconds. Best wants many polygons and a GPU."),
    )
    yield helped(
        QgsProcessingParameterString(NAME, tr("Name of the model"), optional=True),
        tr("For people. Default: the name of the label layer."),
    )
    yield advanced(
        helped(
            QgsProcessingParameterString(ENCODER, tr("Encoder"), optional=True),
            tr("An installed encoder for Balanced and Best, or a timm encoder for Best. Default: the preset's own."),
        )
    )
    networks = [row.title for row in NETWORKS.values()]
    yield advanced(
        helped(
            # Models and scripts keep the title and not its place; earlier versions counted from "as the preset says".
            QgsProcessingParameterEnum(NETWORK, tr("Network"), networks, optional=True, usesStaticStrings=True),
            tr("What Best builds on the encoder. Default: the preset's own."),
        )
    )
    values = (
        (EPOCHS, tr("Epochs at most"), None, True, LEAST_EPOCHS, MOST_EPOCHS, tr("Default: the preset's own.")),
        (SEED, tr("Seed"), 0, False, 0, HIGHEST_SEED, tr("The same number gives the same model again.")),
    )
    for name, title, default, optional, low, high, text in values:
        yield advanced(helped(QgsProcessingParameterNumber(name, title, WHOLE, default, optional, low, high), text))
    yield advanced(bands_parameter(BANDS))


def _destinations() -> Iterator[QgsProcessingParameterDefinition]:
    yield helped(
        QgsProcessingParameterFolderDestination(MODEL, tr("Model"), optional=True, createByDefault=False),
        tr("The folder that becomes the model. Default: among GeoFM's models, where the Land cover tab finds it."),
    )
    yield helped(
        QgsProcessingParameterVectorDestination(ERRORS, tr("Validation errors"), POLYGON, None, True, False),
        tr("A GeoPackage: where the model was wrong on polygons that it had not seen, and what it took them for."),
    )
    yield json_destination(REPORT, tr("Report"), tr("Classes, confusion matrix, accuracy, parameters and warnings."))
