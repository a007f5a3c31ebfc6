"""Train a land-cover model, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingUtils,
)

from ..engine.cards.shelf import models_folder
from ..engine.errors import GeoFMError
from ..engine.jobs.paths import prepare_home
from ..engine.jobs.requests import TrainRequest
from ..engine.jobs.requests.landcover import NETWORKS, PRESETS
from ..engine.jobs.result import Result
from ..imagery import names_from_text
from ..labels import class_colours, labels_source
from ..naming import file_name, free_path
from ..settings import Settings
from ..translation import tr
from . import train_parameters as names
from .base import JobAlgorithm, absolute
from .inputs import area_source, check_formats, raster_sources
from .waiting import run_job

__all__ = ["TrainLandcover"]

METRICS = {names.OVERALL_ACCURACY: "overall_accuracy", names.MACRO_F1: "macro_f1"}


class TrainLandcover(JobAlgorithm):
    """Parameters in, a `TrainRequest` out, which a job in the queue carries out."""

    def name(self) -> str:
        """Never changed, since models and scripts hold it."""
        return "trainlandcover"

    def displayName(self) -> str:
        """As the toolbox shows it."""
        return tr("Train a land-cover model")

    def group(self) -> str:
        """The heading in the toolbox."""
        return tr("Land cover")

    def groupId(self) -> str:
        """Never changed."""
        return "landcover"

    def tags(self) -> list[str]:
        """What else one may type into the toolbox to find it."""
        return tr("classification,supervised,segmentation,random forest,u-net,deep learning,lulc,crops").split(",")

    def shortDescription(self) -> str:
        """Shown where the mouse rests on it."""
        return tr("Learns classes from labelled polygons on an image, and tells how good the model is.")

    def shortHelpString(self) -> str:
        """Shown beside the parameters."""
        return tr(
            "<p>Learns land cover from polygons with a class field. A part of the polygons, apart in space from the "
            "others, is kept to check the model on: accuracy and mean F1 are those of pixels that it had not seen.</p>"
            "<p>“Map land cover” maps any image of the same bands with the model. Models can be shared as folders, and "
            "exported for Deepness.</p>"
            "<p>The work is done by a background job, which Cancel stops. The panel of GeoFM shows its curves.</p>"
        )

    def initAlgorithm(self, configuration: Optional[dict[str, Any]] = None) -> None:
        """Declare parameters and outputs."""
        for parameter in names.parameters():
            self.addParameter(parameter)
        for output in names.numbers():
            self.addOutput(output)

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """Whether a run makes sense, and if not, why: before anything starts."""
        try:
            self._images(parameters, context)
            check_formats(self, parameters, context)
        except GeoFMError as error:
            return False, str(error)
        return super().checkParameterValues(parameters, context)

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Find the files behind the layers: in the window's thread, to which layers belong."""
        try:
            source = self.parameterAsSource(parameters, names.LABELS, context)
            self._title = self.parameterAsString(parameters, names.NAME, context).strip()
            self._title = self._title or (source.sourceName() if source is not None else "")
            self._inputs = {
                "images": self._images(parameters, context),
                "labels": self._labels(parameters, context, QgsProcessingUtils.generateTempFilename("geofm")),
            }
        except GeoFMError as error:
            raise QgsProcessingException(str(error)) from error
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the job; mostly in a task's thread, where no layer is touched."""
        paths = self.paths(parameters, context, (names.ERRORS,), (names.MODEL, names.REPORT))
        if names.MODEL not in paths:
            shelf = models_folder(Settings().job_home)
            paths[names.MODEL] = str(free_path(shelf / (file_name(self._title) or tr("Land cover"))))
        places = absolute(paths)
        outputs = {name.lower(): place for name, place in places.items()}
        try:
            request = TrainRequest(**self._inputs, **self._options(parameters, context), **outputs)
            prepare_home(Settings().job_home)  # for its user alone, before the shelf is made in it
            Path(places[names.MODEL]).parent.mkdir(parents=True, exist_ok=True)
        except (GeoFMError, OSError) as error:
            raise QgsProcessingException(str(error)) from error
        result = run_job(request, feedback)
        self.show(paths, places, result, request, context)
        return {**paths, **_numbers(result)}

    def _images(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[tuple[str, ...], ...]:
        images = [raster_sources(self, parameters, name, context) for name in names.IMAGES]
        return tuple(image for image in images if image)

    def _labels(self, parameters: dict[str, Any], context: QgsProcessingContext, copies: str) -> Optional[str]:
        """The polygons, with the colours of their layer's legend if it has one."""
        layer = self.parameterAsVectorLayer(parameters, names.LABELS, context)
        field = self.parameterAsString(parameters, names.CLASS_FIELD, context)
        colours = class_colours(layer, field) if layer is not None else {}
        source = self.parameterAsSource(parameters, names.LABELS, context)
        if not colours or source is None:
            return area_source(self, parameters, names.LABELS, context, copies)
        chosen = source.materialize(QgsFeatureRequest())
        chosen.setName(source.sourceName())
        return labels_source(chosen, field, colours, copies)

    def _options(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        def text(name: str) -> Optional[str]:
            return self.parameterAsString(parameters, name, context).strip() or None

        network = self.parameterAsEnum(parameters, names.NETWORK, context)
        buffer_m = self.parameterAsDouble(parameters, names.BUFFER, context) if text(names.BUFFER) else None
        return {
            "class_field": text(names.CLASS_FIELD) or "",
            "preset": PRESETS[self.parameterAsEnum(parameters, names.PRESET, context)],
            "encoder": text(names.ENCODER),
            "network": NETWORKS[network - 1] if network else None,
            "epochs": self.parameterAsInt(parameters, names.EPOCHS, context) if text(names.EPOCHS) else None,
            "seed": self.parameterAsInt(parameters, names.SEED, context),
            "bands": names_from_text(text(names.BANDS) or ""),
            "buffer_m": buffer_m or None,
            "name": self._title or None,
            "device": Settings().device,
        }


def _numbers(result: Result) -> dict[str, float]:
    """Where there are no validation pixels, there is no number."""
    metrics = result.summary.get("metrics") or {}
    return {name: metrics[key] for name, key in METRICS.items() if metrics.get(key) is not None}
