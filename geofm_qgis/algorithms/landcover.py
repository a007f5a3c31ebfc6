"""Map land cover with a model, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

import json
from typing import Any, Optional

from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback, QgsProcessingUtils

from ..engine.cards.card import read_card
from ..engine.cards.fitting import misfit
from ..engine.cards.shelf import find
from ..engine.errors import GeoFMError, RequestError
from ..engine.jobs.requests import LandcoverRequest
from ..engine.jobs.result import Result
from ..imagery import facts_of, fitting_names, names_from_text
from ..settings import Settings
from ..translation import tr
from . import landcover_parameters as names
from .base import JobAlgorithm, absolute
from .inputs import area_source, check_formats, check_only_one, extent_source, raster_sources
from .waiting import run_job

__all__ = ["MapLandcover"]


class MapLandcover(JobAlgorithm):
    """Parameters in, a `LandcoverRequest` out, which a job in the queue carries out."""

    def name(self) -> str:
        """Never changed, since models and scripts hold it."""
        return "maplandcover"

    def displayName(self) -> str:
        """As the toolbox shows it."""
        return tr("Map land cover")

    def group(self) -> str:
        """The heading in the toolbox."""
        return tr("Land cover")

    def groupId(self) -> str:
        """Never changed."""
        return "landcover"

    def tags(self) -> list[str]:
        """What else one may type into the toolbox to find it."""
        return tr("classification,segmentation,model,inference,predict,lulc,crops,sentinel-2").split(",")

    def shortDescription(self) -> str:
        """Shown where the mouse rests on it."""
        return tr("Maps land cover on an image of any size with a trained model, with the area of each class.")

    def shortHelpString(self) -> str:
        """Shown beside the parameters."""
        return tr(
            "<p>Maps the classes of a model on an image of any size. “Train a land-cover model” makes models from "
            "labelled polygons; models made for Deepness can be imported in GeoFM's panel.</p>"
            "<p>The map holds the classes' numbers, names and colours, and 255 where nothing was observed. Areas are "
            "measured on the ellipsoid.</p>"
            "<p>The work is done by a background job, which Cancel stops. The panel of GeoFM shows it too.</p>"
        )

    def initAlgorithm(self, configuration: Optional[dict[str, Any]] = None) -> None:
        """Declare parameters and outputs."""
        for parameter in names.parameters():
            self.addParameter(parameter)
        for output in names.outputs():
            self.addOutput(output)

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """Whether a run makes sense, and if not, why: before anything starts."""
        try:
            check_only_one(self, parameters, names.AOI, names.EXTENT)
            self._image_and_model(parameters, context)
            check_formats(self, parameters, context)
        except GeoFMError as error:
            return False, str(error)
        return super().checkParameterValues(parameters, context)

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Find the files behind the layers: in the window's thread, to which layers belong."""
        copies = QgsProcessingUtils.generateTempFilename("geofm")
        try:
            check_only_one(self, parameters, names.AOI, names.EXTENT)
            self._inputs = {
                **self._image_and_model(parameters, context),
                "aoi": extent_source(self, parameters, names.EXTENT, context)
                or area_source(self, parameters, names.AOI, context, copies),
            }
        except GeoFMError as error:
            raise QgsProcessingException(str(error)) from error
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the job; mostly in a task's thread, where no layer is touched."""
        paths = self.paths(parameters, context, names.LAYERS, (names.REPORT,))
        places = absolute(paths)
        outputs = {name.lower(): place for name, place in places.items()}
        try:
            request = LandcoverRequest(**self._inputs, **self._options(parameters, context), **outputs)
        except GeoFMError as error:
            raise QgsProcessingException(str(error)) from error
        result = run_job(request, feedback)
        self.show(paths, places, result, request, context)
        return {**paths, names.AREAS: _areas(result), names.OBSERVED_SHARE: result.summary["share_observed"]}

    def _image_and_model(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Both, if the model fits the image."""
        image = raster_sources(self, parameters, names.IMAGE, context)
        model = self.parameterAsString(parameters, names.MODEL, context).strip()
        if not model:
            raise RequestError(tr("“Model” is empty; give a model's folder or the name of an installed one."))
        folder = find(model, Settings().job_home)
        bands = fitting_names(facts_of(image), self._bands(parameters, context))
        reason = misfit(read_card(folder), bands) if bands is not None else None
        if reason is not None:
            raise RequestError(reason)
        return {"image": image, "model": str(folder)}

    def _bands(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Optional[tuple[str, ...]]:
        return names_from_text(self.parameterAsString(parameters, names.BANDS, context))

    def _options(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        return {
            "min_area_ha": self.parameterAsDouble(parameters, names.MIN_AREA, context),
            "augment": self.parameterAsBoolean(parameters, names.AUGMENT, context),
            "bands": self._bands(parameters, context),
            "name": self.parameterAsString(parameters, names.NAME, context).strip() or None,
            "device": Settings().device,
        }


def _areas(result: Result) -> str:
    areas = result.summary["areas"]
    kept = {name: {key: area[key] for key in ("km2", "ha", "share")} for name, area in areas.items()}
    return json.dumps(kept, ensure_ascii=False)
