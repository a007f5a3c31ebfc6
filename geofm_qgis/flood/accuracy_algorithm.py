"""Compare a flood map with the truth, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from collections.abc import Iterator

from qgis.core import (
    QgsProcessingOutputNumber,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterRasterLayer,
)

from ..algorithms.accuracy import PREDICTION, TRUTH, AccuracyAlgorithm, known
from ..algorithms.base import About
from ..algorithms.parameters import helped
from ..engine.jobs.requests import EvaluateFloodRequest
from ..engine.jobs.result import Result
from ..translation import tr

__all__ = ["CompareFlood"]

SCORES = ("precision", "recall", "f1", "iou")
PARTS = ("FLOOD", "WATER")


class CompareFlood(AccuracyAlgorithm):
    """Parameters in, an `EvaluateFloodRequest` out, which a job in the queue carries out."""

    request_type = EvaluateFloodRequest

    def about(self) -> About:
        """What the toolbox shows."""
        text = tr(
            "<p>Compares a flood map with a raster of the truth: 0 dry, 1 permanent water, 2 flood, 3 water of unknown "
            "kind. Pixels are pooled over the whole raster; each class is scored by itself, and all water as one.</p>"
            "<p>Pixels that the map has not observed are left out and counted.</p>"
        )
        return About(
            name="compareflood",
            title=tr("Compare a flood map with the truth"),
            group_id="flood",
            group=tr("Flood"),
            tags=tr("accuracy,assessment,validation,confusion,iou,f1"),
            summary=tr("Precision, recall, F1 and IoU of flood and of all water."),
            text=text,
        )

    def asked(self) -> Iterator[QgsProcessingParameterDefinition]:
        """Map and truth."""
        yield helped(QgsProcessingParameterRasterLayer(PREDICTION, tr("Flood map")), tr("One of “Map flood”."))
        told = tr("A raster with the same values; its no data counts for nothing.")
        yield helped(QgsProcessingParameterRasterLayer(TRUTH, tr("Truth")), told)

    def outputs(self) -> Iterator[QgsProcessingOutputNumber]:
        """What a model or a script can calculate with."""
        titles = {"FLOOD": tr("Flood"), "WATER": tr("All water")}
        for part in PARTS:
            for score in SCORES:
                title = tr("{part}: {score} (0 to 1)").format(part=titles[part], score=score)
                yield QgsProcessingOutputNumber(f"{part}_{score.upper()}", title)

    def output_values(self, result: Result) -> dict[str, float]:
        """The scores; one that there is not is no number."""
        summary = result.summary
        parts = {"FLOOD": summary["classes"].get("flood", {}), "WATER": summary["water"]}
        scores = {f"{part}_{score.upper()}": parts[part].get(score) for part in PARTS for score in SCORES}
        return known(scores)
