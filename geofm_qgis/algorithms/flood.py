"""Map a flood from Sentinel-1, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from typing import Any, Optional

from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback, QgsProcessingUtils

from ..engine.errors import GeoFMError
from ..engine.jobs.requests.flood import SPECKLE_FILTERS, THRESHOLDS, UNITS, FloodRequest
from ..engine.jobs.result import Result
from ..settings import Settings
from ..translation import tr
from . import flood_parameters as names
from .base import JobAlgorithm, absolute
from .inputs import (
    area_source,
    check_formats,
    check_only_one,
    check_with,
    extent_source,
    map_layer_source,
    raster_sources,
)
from .waiting import run_job

__all__ = ["MapFlood"]


class MapFlood(JobAlgorithm):
    """Parameters in, a `FloodRequest` out, which a job in the queue carries out."""

    # What it is -------------------------------------------------------------------------------------------------------

    def name(self) -> str:
        """Never changed, since models and scripts hold it."""
        return "mapflood"

    def displayName(self) -> str:
        """As the toolbox shows it."""
        return tr("Map flood from Sentinel-1")

    def group(self) -> str:
        """The heading in the toolbox."""
        return tr("Flood")

    def groupId(self) -> str:
        """Never changed."""
        return "flood"

    def tags(self) -> list[str]:
        """What else one may type into the toolbox to find it."""
        return tr("water,inundation,sar,radar,backscatter,vv,vh,change,disaster,copernicus").split(",")

    def shortDescription(self) -> str:
        """Shown where the mouse rests on it."""
        return tr("Maps flood and permanent water from Sentinel-1 backscatter, with their areas.")

    def shortHelpString(self) -> str:
        """Shown beside the parameters."""
        return tr(
            "<p>Maps water from Sentinel-1 backscatter. Images from before the flood, or a layer of permanent water, "
            "tell flood from water that is always there; the more dates before, the better. No training is needed and "
            "nothing is uploaded.</p>"
            "<p>Classes of the map: 0 dry, 1 permanent water, 2 flood, 3 water of unknown kind (where nothing tells 1 "
            "from 2), 255 not observed. Polygons carry their area in km² and hectares, measured on the ellipsoid.</p>"
            "<p>The work is done by a background job, which Cancel stops. The panel of GeoFM shows it too.</p>"
        )

    def initAlgorithm(self, configuration: Optional[dict[str, Any]] = None) -> None:
        """Declare parameters and outputs."""
        for parameter in names.parameters():
            self.addParameter(parameter)
        for output in names.numbers():
            self.addOutput(output)

    # What it does -----------------------------------------------------------------------------------------------------

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """Whether a run makes sense, and if not, why: before anything starts."""
        try:
            self._check(parameters, context)
            self._images(parameters, context)
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
            self._check(parameters, context)
            self._inputs = {
                **self._images(parameters, context),
                "aoi": extent_source(self, parameters, names.EXTENT, context)
                or area_source(self, parameters, names.AOI, context, copies),
                "dem": map_layer_source(self, parameters, names.DEM, context, copies),
                "hand": map_layer_source(self, parameters, names.HAND, context, copies),
                "permanent_water": map_layer_source(self, parameters, names.PERMANENT_WATER, context, copies),
            }
        except GeoFMError as error:
            raise QgsProcessingException(str(error)) from error
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the job; mostly in a task's thread, where no layer is touched."""
        layers = names.MASK, names.POLYGONS, names.CONFIDENCE
        paths = self.paths(parameters, context, layers, (names.REPORT,))
        places = absolute(paths)
        outputs = {name.lower(): place for name, place in places.items()}
        try:
            request = FloodRequest(**self._inputs, **self._options(parameters, context), **outputs)
        except GeoFMError as error:
            raise QgsProcessingException(str(error)) from error
        result = run_job(request, feedback)
        self.show(paths, places, result, request, context)
        return {**paths, **_numbers(result)}

    # Inside -----------------------------------------------------------------------------------------------------------

    def _check(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        check_only_one(self, parameters, names.AOI, names.EXTENT)
        check_with(self, parameters, names.MAX_SLOPE, names.DEM, context)
        check_with(self, parameters, names.MAX_HAND, names.HAND, context)

    def _images(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        dates = [raster_sources(self, parameters, name, context) for name in (names.POST, *names.PRE)]
        return {"post": dates[0], "pre": tuple(date for date in dates[1:] if date)}

    def _options(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        units = self.parameterAsEnum(parameters, names.UNITS, context)
        return {
            "units": UNITS[units - 1] if units else None,
            "speckle_filter": SPECKLE_FILTERS[self.parameterAsEnum(parameters, names.SPECKLE_FILTER, context)],
            "threshold": THRESHOLDS[self.parameterAsEnum(parameters, names.THRESHOLD, context)],
            "min_area_ha": self.parameterAsDouble(parameters, names.MIN_AREA, context),
            "max_slope_deg": self.parameterAsDouble(parameters, names.MAX_SLOPE, context),
            "max_hand_m": self.parameterAsDouble(parameters, names.MAX_HAND, context),
            "event": self.parameterAsString(parameters, names.EVENT, context).strip() or None,
            "device": Settings().device,
        }


def _numbers(result: Result) -> dict[str, float]:
    areas = {area["class_id"]: area["km2"] for area in result.summary["areas"].values()}
    return {
        **{name: areas[number] for name, number in names.CLASS_OF.items()},
        names.OBSERVED_SHARE: result.summary["share_observed"],
    }
