"""Train a land-cover model, in the Processing toolbox, in batch, in models and with `qgis_process`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsFeatureRequest, QgsProcessingContext

from ..algorithms.base import About, JobAlgorithm
from ..algorithms.declared import parameter_name
from ..algorithms.inputs import feature_source, raster_sources
from ..engine.cards.shelf import models_folder
from ..engine.errors import RequestError
from ..engine.jobs.paths import prepare_home
from ..engine.jobs.requests import Request, TrainRequest
from ..engine.jobs.requests.networks import NETWORKS
from ..engine.jobs.result import Result
from ..labels.layers import class_colours, labels_source
from ..plain_text import as_written
from ..project.naming import file_name, free_path
from ..settings import Settings
from ..translation import tr
from . import parameters as names

__all__ = ["TrainLandcover"]

METRICS = {names.OVERALL_ACCURACY: "overall_accuracy", names.MACRO_F1: "macro_f1"}


class TrainLandcover(JobAlgorithm):
    """Parameters in, a `TrainRequest` out, which a job in the queue carries out."""

    asked, outputs = staticmethod(names.parameters), staticmethod(names.outputs)
    request_type = TrainRequest
    by_hand = ("network", "model")

    def about(self) -> About:
        """What the toolbox shows."""
        text = tr(
            "<p>Learns land cover from polygons with a class field. A part of the polygons, apart in space from the "
            "others, is kept to check the model on: accuracy and mean F1 are those of pixels that it had not seen.</p>"
            "<p>“Map land cover” maps any image of the same bands with the model. Models can be shared as folders, and "
            "exported for Deepness.</p>"
            "<p>The work is done by a background job, which Cancel stops. The panel of GeoFM shows its curves.</p>"
        )
        return About(
            name="trainlandcover",
            title=tr("Train a land-cover model"),
            group_id="landcover",
            group=tr("Land cover"),
            tags=tr("classification,supervised,segmentation,random forest,u-net,deep learning,lulc,crops"),
            summary=tr("Learns classes from labelled polygons on an image, and tells how good the model is."),
            text=text,
        )

    def fields(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Images and options."""

        fields = super().fields(parameters, context)
        for field in ("encoder", "epochs"):
            if fields["preset"] == "quick" and fields[field] is not None:
                label = self.parameterDefinition(parameter_name(TrainRequest, field)).description()
                raise RequestError(tr("“{label}” is for Balanced and Best; leave it empty.").format(label=label))
        first, *others = [raster_sources(self, parameters, name, context) for name in names.IMAGES]
        before = [date for name in names.PRE if (date := raster_sources(self, parameters, name, context))]
        if before and fields["preset"] != "best":
            label = self.parameterDefinition(names.PRE[0]).description()
            raise RequestError(tr("“{label}” is for Best; leave it empty.").format(label=label))
        places = [place for place in others if place]
        return {
            **fields,
            "images": (first, *before, *places),
            "dates": (*range(len(before) + 1), *(0 for _ in places)) if before else (),
            "class_field": self.typed(parameters, names.CLASS_FIELD, context) or "",
            "network": self._network(parameters, context),
            "buffer_m": fields["buffer_m"] or None,
        }

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """As all algorithms; QGIS itself takes a network by its title alone."""
        try:
            network = self._network(parameters, context)
        except RequestError as error:
            return False, as_written(str(error))
        title = NETWORKS[network].title if network else None
        return super().checkParameterValues({**parameters, names.NETWORK: title}, context)

    def sources(self, parameters: dict[str, Any], context: QgsProcessingContext, copies: str) -> dict[str, Any]:
        """The polygons, and the name of the model, which may be that of their layer."""
        source = self.parameterAsSource(parameters, names.LABELS, context)
        title = source.sourceName() if source is not None else ""
        return {
            "name": self.typed(parameters, parameter_name(TrainRequest, "name"), context) or title or None,
            "labels": self._labels(parameters, context, copies),
        }

    def paths(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, str]:
        """The outputs, with a model of the shelf where no folder is given."""
        paths = super().paths(parameters, context)
        if names.MODEL not in paths:
            name = file_name(self._fields["name"] or "") or tr("Land cover")
            paths[names.MODEL] = str(free_path(models_folder(Settings().job_home) / name))
        return paths

    def request(self, fields: dict[str, Any], outputs: dict[str, str]) -> Request:
        """Fields and outputs together; the folder of the model's folder is made."""
        request = super().request(fields, outputs)
        prepare_home(Settings().job_home)  # for its user alone, before the shelf is made in it
        Path(outputs[names.MODEL.lower()]).parent.mkdir(parents=True, exist_ok=True)
        return request

    def output_values(self, result: Result) -> dict[str, float]:
        """Accuracy; where there are no validation pixels, there is no number."""
        metrics = result.summary.get("metrics") or {}
        return {name: metrics[key] for name, key in METRICS.items() if metrics.get(key) is not None}

    def _network(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Optional[str]:
        """The name of the network that is asked for: by title or name, or by its place as earlier versions kept it."""
        asked = self.typed(parameters, names.NETWORK, context)
        if asked in (None, "0"):
            return None
        for place, row in enumerate(NETWORKS.values(), 1):
            if asked.casefold() in (row.title.casefold(), row.name, str(place)):
                return row.name
        titles = ", ".join(row.title for row in NETWORKS.values())
        raise RequestError(
            tr("There is no network “{name}”; choose one of {titles}.").format(name=asked, titles=titles)
        )

    def _labels(self, parameters: dict[str, Any], context: QgsProcessingContext, copies: str) -> Optional[str]:
        """The polygons, with the colours of their layer's legend if it has one."""
        layer = self.parameterAsVectorLayer(parameters, names.LABELS, context)
        field = self.parameterAsString(parameters, names.CLASS_FIELD, context)
        colours = class_colours(layer, field) if layer is not None else {}
        source = self.parameterAsSource(parameters, names.LABELS, context)
        if not colours or source is None:
            return feature_source(self, parameters, names.LABELS, context, copies)
        chosen = source.materialize(QgsFeatureRequest())
        chosen.setName(source.sourceName())
        return labels_source(chosen, field, colours, copies)
