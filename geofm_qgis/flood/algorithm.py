"""Map a flood from Sentinel-1, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingContext

from ..algorithms.area import area_source, check_area
from ..algorithms.base import About, JobAlgorithm
from ..algorithms.inputs import map_layer_source, raster_sources
from ..engine.jobs.requests import FloodRequest
from ..engine.jobs.result import Result
from ..translation import tr
from . import parameters as names

__all__ = ["MapFlood"]


class MapFlood(JobAlgorithm):
    """Parameters in, a `FloodRequest` out, which a job in the queue carries out."""

    asked, outputs = staticmethod(names.parameters), staticmethod(names.outputs)
    request_type = FloodRequest

    def about(self) -> About:
        """What the toolbox shows."""
        text = tr(
            "<p>Maps water from Sentinel-1 backscatter. Images from before the flood, or a layer of permanent water, "
            "tell flood from water that is always there; the more dates before, the better. No training is needed and "
            "nothing is uploaded.</p>"
            "<p>Classes of the map: 0 dry, 1 permanent water, 2 flood, 3 water of unknown kind (where nothing tells 1 "
            "from 2), 255 not observed. Polygons carry their area in km² and hectares, measured on the ellipsoid.</p>"
            "<p>The work is done by a background job, which Cancel stops. The panel of GeoFM shows it too.</p>"
        )
        return About(
            name="mapflood",
            title=tr("Map flood from Sentinel-1"),
            group_id="flood",
            group=tr("Flood"),
            tags=tr("water,inundation,sar,radar,backscatter,vv,vh,change,disaster,copernicus"),
            summary=tr("Maps flood and permanent water from Sentinel-1 backscatter, with their areas."),
            text=text,
        )

    def fields(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Images and options."""
        check_area(self, parameters)
        dates = [raster_sources(self, parameters, name, context) for name in (names.POST, *names.PRE)]
        before = tuple(date for date in dates[1:] if date)
        return {**super().fields(parameters, context), "post": dates[0], "pre": before}

    def sources(self, parameters: dict[str, Any], context: QgsProcessingContext, copies: str) -> dict[str, Any]:
        """The area, and layers of the ground."""
        return {
            "aoi": area_source(self, parameters, context, copies),
            "dem": map_layer_source(self, parameters, names.DEM, context, copies),
            "hand": map_layer_source(self, parameters, names.HAND, context, copies),
            "permanent_water": map_layer_source(self, parameters, names.PERMANENT_WATER, context, copies),
        }

    def output_values(self, result: Result) -> dict[str, float]:
        """Areas, and how much was observed."""
        areas = {area["class_id"]: area["km2"] for area in result.summary["areas"].values()}
        two = {area["class_id"]: area["km2"] for area in result.summary.get("agreement", {}).get("areas", {}).values()}
        return {
            **{name: two[number] for name, number in names.AGREEMENT_OF.items() if two},
            **{name: areas[number] for name, number in names.CLASS_OF.items()},
            names.OBSERVED_SHARE: result.summary["share_observed"],
        }
