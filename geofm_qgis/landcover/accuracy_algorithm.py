"""Compare a class map with the truth, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)

from ..algorithms.accuracy import PREDICTION, TRUTH, AccuracyAlgorithm, known
from ..algorithms.base import About
from ..algorithms.parameters import POINT, POLYGON, RASTER, helped
from ..engine.jobs.requests import EvaluateSegmentationRequest
from ..engine.jobs.result import Result
from ..translation import tr

__all__ = ["CompareLandcover"]

CLASS_FIELD = "CLASS_FIELD"
SCORES = {"OVERALL_ACCURACY": "overall_accuracy", "MACRO_F1": "macro_f1", "MEAN_IOU": "miou"}


class CompareLandcover(AccuracyAlgorithm):
    """Parameters in, an `EvaluateSegmentationRequest` out, which a job in the queue carries out."""

    request_type = EvaluateSegmentationRequest

    def about(self) -> About:
        """What the toolbox shows."""
        text = tr(
            "<p>Compares a class raster with a raster of the truth, or with labelled polygons or points, in any "
            "coordinate system. Classes are matched by name where both name them, else by value. Pixels are pooled; a "
            "point is the pixel that it lies in.</p>"
            "<p>Compare with polygons that the model has not learned from.</p>"
        )
        return About(
            name="comparelandcover",
            title=tr("Compare a land-cover map with the truth"),
            group_id="landcover",
            group=tr("Land cover"),
            tags=tr("accuracy,assessment,validation,confusion,iou,f1"),
            summary=tr("Overall accuracy, F1 and IoU of a class map."),
            text=text,
        )

    def asked(self) -> Iterator[QgsProcessingParameterDefinition]:
        """Map and truth."""
        yield helped(QgsProcessingParameterRasterLayer(PREDICTION, tr("Class map")), tr("A raster of classes."))
        yield helped(
            QgsProcessingParameterMapLayer(TRUTH, tr("Truth"), types=[RASTER, POLYGON, POINT]),
            tr("A raster of classes, or polygons or points that each show one class."),
        )
        yield helped(
            QgsProcessingParameterString(CLASS_FIELD, tr("Field with the class"), optional=True),
            tr("Of polygons and points."),
        )

    def outputs(self) -> Iterator[QgsProcessingOutputNumber]:
        """What a model or a script can calculate with."""
        yield QgsProcessingOutputNumber("OVERALL_ACCURACY", tr("Overall accuracy (0 to 1)"))
        yield QgsProcessingOutputNumber("MACRO_F1", tr("Mean F1 of the classes (0 to 1)"))
        yield QgsProcessingOutputNumber("MEAN_IOU", tr("Mean IoU of the classes (0 to 1)"))

    def fields(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Options, and the field of polygons."""
        return {
            **super().fields(parameters, context),
            "class_field": self.typed(parameters, CLASS_FIELD, context),
        }

    def output_values(self, result: Result) -> dict[str, float]:
        """The scores; one that there is not is no number."""
        scores = {name: result.summary[key] for name, key in SCORES.items()}
        return known(scores)
