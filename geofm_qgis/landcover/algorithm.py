"""Map land cover with a model, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import QgsProcessingContext

from ..algorithms.area import area_source, check_area
from ..algorithms.base import About, JobAlgorithm
from ..algorithms.inputs import raster_sources
from ..engine.cards.card import read_card
from ..engine.cards.fitting import misfit
from ..engine.cards.shelf import find
from ..engine.errors import RequestError
from ..engine.jobs.requests import LandcoverRequest
from ..engine.jobs.result import Result
from ..project.imagery import facts_of, fitting_names
from ..settings import Settings
from ..translation import tr
from . import parameters as names

__all__ = ["MapLandcover"]


class MapLandcover(JobAlgorithm):
    """Parameters in, a `LandcoverRequest` out, which a job in the queue carries out."""

    asked, outputs = staticmethod(names.parameters), staticmethod(names.outputs)
    request_type = LandcoverRequest

    def about(self) -> About:
        """What the toolbox shows."""
        text = tr(
            "<p>Maps the classes of a model on an image of any size. “Train a land-cover model” makes models from "
            "labelled polygons; models made for Deepness can be imported in GeoFM's panel.</p>"
            "<p>The map holds the classes' numbers, names and colours, and 255 where nothing was observed. Areas are "
            "measured on the ellipsoid.</p>"
            "<p>The work is done by a background job, which Cancel stops. The panel of GeoFM shows it too.</p>"
        )
        return About(
            name="maplandcover",
            title=tr("Map land cover"),
            group_id="landcover",
            group=tr("Land cover"),
            tags=tr("classification,segmentation,model,inference,predict,lulc,crops,sentinel-2"),
            summary=tr("Maps land cover on an image of any size with a trained model, with the area of each class."),
            text=text,
        )

    def fields(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Image, model and options, if the model fits the image."""
        check_area(self, parameters)
        image = raster_sources(self, parameters, names.IMAGE, context)
        model = self.typed(parameters, names.MODEL, context)
        if model is None:
            raise RequestError(tr("“Model” is empty; give a model's folder or the name of an installed one."))
        folder = find(model, Settings().job_home)
        fields = super().fields(parameters, context)
        held = fitting_names(facts_of(image), fields["bands"])
        reason = misfit(read_card(folder), held) if held is not None else None
        if reason is not None:
            raise RequestError(reason)
        return {**fields, "image": image, "model": str(folder)}

    def sources(self, parameters: dict[str, Any], context: QgsProcessingContext, copies: str) -> dict[str, Any]:
        """The area."""
        return {"aoi": area_source(self, parameters, context, copies)}

    def output_values(self, result: Result) -> dict[str, Any]:
        """The classes' areas, and how much was observed."""
        areas = result.summary["areas"]
        kept = {name: {key: area[key] for key in ("km2", "ha", "share")} for name, area in areas.items()}
        return {
            names.AREAS: json.dumps(kept, ensure_ascii=False),
            names.OBSERVED_SHARE: result.summary["share_observed"],
        }
