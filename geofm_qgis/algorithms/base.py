"""What all algorithms have in common: the way from parameters to a job, and how QGIS shows what it made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Optional

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingOutputDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProcessingUtils,
)
from qgis.PyQt.QtGui import QIcon

from ..engine.errors import GeoFMError
from ..engine.jobs.printable import printable
from ..engine.jobs.requests import Request
from ..engine.jobs.result import Output, Result
from ..engine.resources import resource
from ..help import help_page
from ..plain_text import as_written, in_name
from ..project.layers import dress
from ..translation import tr
from .declared import check_needs, destination_parameters, option_parameters, values_of
from .inputs import check_formats
from .waiting import run_job

__all__ = ["About", "JobAlgorithm"]

# QGIS holds a post-processor in C++ alone, where what Python gave it is lost when the algorithm is gone.
_post_processors: list[_Dresser] = []


@dataclass(frozen=True)
class About:
    """What the toolbox shows of an algorithm.

    Parameters
    ----------
    name, group_id : str
        Never changed, since models and scripts hold them.
    title, group : str
        Of the algorithm, and the heading above it.
    tags : str
        What else one may type into the toolbox to find it, joined by commas.
    summary : str
        Shown where the mouse rests on it.
    text : str
        HTML, shown beside the parameters.
    """

    name: str
    title: str
    group_id: str
    group: str
    tags: str
    summary: str
    text: str


class JobAlgorithm(QgsProcessingAlgorithm):
    """Parameters in, a request out, which a job in the queue carries out.

    A subclass says what it is (`about`), asks for what the job reads (`asked`), and what that means (`fields`,
    `sources`); options and outputs follow from what the request declares, and together they are the request.

    Attributes
    ----------
    request_type : type of Request
    by_hand : tuple of str
        Fields that are declared, for which the subclass has parameters of its own, or none.
    """

    request_type: ClassVar[type[Request]]
    by_hand: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self._fields: dict[str, Any] = {}

    # What a subclass says ---------------------------------------------------------------------------------------------

    def about(self) -> About:
        """What the toolbox shows."""
        raise NotImplementedError

    def asked(self) -> Iterable[QgsProcessingParameterDefinition]:
        """Parameters of the algorithm's own; they stand first in the dialog."""
        raise NotImplementedError

    def outputs(self) -> Iterable[QgsProcessingOutputDefinition]:
        """What a model or a script can calculate with, beside layers and files."""
        return ()

    def fields(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Fields of the request that can be told, and refused, before anything starts.

        Raises
        ------
        GeoFMError
            If a run makes no sense.
        """
        check_needs(self, self.request_type, parameters, context)
        return values_of(self, self.request_type, parameters, context, self.by_hand)

    def sources(self, parameters: dict[str, Any], context: QgsProcessingContext, copies: str) -> dict[str, Any]:
        """Further fields, of layers that may have to be copied to the folder `copies`.

        Raises
        ------
        GeoFMError
            If a layer cannot be used.
        """
        return {}

    def output_values(self, result: Result) -> dict[str, Any]:
        """The values of `outputs`, by name, from the result of a finished job."""
        return {}

    def paths(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, str]:
        """Where the outputs go that are wanted, by the name of their parameter."""
        paths = {}
        for definition in self.destinationParameterDefinitions():
            if _is_left_out(parameters.get(definition.name()), context):  # QGIS would wait for a layer nevertheless
                continue
            is_layer = definition.type() in ("rasterDestination", "vectorDestination")
            read = self.parameterAsOutputLayer if is_layer else self.parameterAsFileOutput
            paths[definition.name()] = read(parameters, definition.name(), context)
        return {name: path for name, path in paths.items() if path}

    def request(self, fields: dict[str, Any], outputs: dict[str, str]) -> Request:
        """The request with these fields, and these outputs, by name."""
        return self.request_type(**fields, **outputs)

    def typed(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> Optional[str]:
        """What was typed, without blanks around it; None for nothing."""
        return self.parameterAsString(parameters, name, context).strip() or None

    # What QGIS asks ---------------------------------------------------------------------------------------------------

    def createInstance(self) -> JobAlgorithm:
        """Called by QGIS for each run."""
        return type(self)()

    def helpUrl(self) -> str:
        """The page of the documentation, which the dialog's Help opens."""
        return help_page(self.about().group_id).toString()

    def icon(self) -> QIcon:
        """The icon that the toolbox shows."""
        return QIcon(str(resource("icons/geofm.svg")))

    def name(self) -> str:
        """The name for scripts; like the texts below it comes from `about`."""
        return self.about().name

    def displayName(self) -> str:
        """The title."""
        return self.about().title

    def group(self) -> str:
        """The heading in the toolbox."""
        return self.about().group

    def groupId(self) -> str:
        """The heading's name for programs."""
        return self.about().group_id

    def tags(self) -> list[str]:
        """What else one may type into the toolbox to find it."""
        return self.about().tags.split(",")

    def shortDescription(self) -> str:
        """The summary."""
        return self.about().summary

    def shortHelpString(self) -> str:
        """The text beside the parameters."""
        return self.about().text

    def initAlgorithm(self, configuration: Optional[dict[str, Any]] = None) -> None:
        """Declare parameters and outputs."""
        options = option_parameters(self.request_type, self.by_hand)
        for parameter in (*self.asked(), *options, *destination_parameters(self.request_type, self.by_hand)):
            self.addParameter(parameter)
        for output in self.outputs():
            self.addOutput(output)

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """Whether a run makes sense, and if not, why: before anything starts."""
        try:
            self.fields(parameters, context)
            check_formats(self, parameters, context)
        except GeoFMError as error:
            return False, as_written(self.request_type.told(error))
        return super().checkParameterValues(parameters, context)

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Find the files behind the layers: in the window's thread, to which layers belong."""
        copies = QgsProcessingUtils.generateTempFilename("geofm")
        try:
            self._fields = {**self.fields(parameters, context), **self.sources(parameters, context, copies)}
        except GeoFMError as error:
            raise QgsProcessingException(printable(self.request_type.told(error))) from error
        return True

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the job; mostly in a task's thread, where no layer is touched."""
        paths = self.paths(parameters, context)
        # A path may be relative in a script; the worker runs in another folder.
        places = {name: str(Path(path).absolute()) for name, path in paths.items()}
        try:
            request = self.request(self._fields, {name.lower(): place for name, place in places.items()})
        except (GeoFMError, OSError) as error:
            raise QgsProcessingException(printable(str(error))) from error
        result = run_job(request, feedback)
        self._show(paths, places, result, request, context)
        return {**paths, **self.output_values(result)}

    def _show(
        self,
        paths: dict[str, str],
        places: dict[str, str],
        result: Result,
        request: Request,
        context: QgsProcessingContext,
    ) -> None:
        """Have QGIS show the outputs, if it will, as the panel would.

        Parameters
        ----------
        paths, places : dict of str
            As Processing names the outputs, and as the request does, by the name of their parameter.
        result : Result
        request : Request
        context : QgsProcessingContext
        """
        for name, path in paths.items():
            if context.willLoadLayerOnCompletion(path):
                place = places[name]
                output = next(output for output in result.outputs if output.path.partition("|")[0] == place)
                details = context.layerToLoadOnCompletionDetails(path)
                # No name that a user or a model gave.
                if details.name == self.parameterDefinition(name).description():
                    details.name = in_name(f"{tr(output.name)} ({result.group})")
                    details.forceName = True
                dresser = _Dresser(output, result, request)
                _post_processors.append(dresser)
                details.setPostProcessor(dresser)


def _is_left_out(value: Any, context: QgsProcessingContext) -> bool:
    """Whether an output is not wanted; a batch gives one with an empty name."""
    if not isinstance(value, QgsProcessingOutputLayerDefinition):
        return False
    text, _ = value.sink.valueAsString(context.expressionContext(), "")
    return not text.strip()


class _Dresser(QgsProcessingLayerPostProcessorInterface):
    """Gives a layer that Processing has loaded its style and metadata."""

    def __init__(self, output: Output, result: Result, request: Request) -> None:
        super().__init__()
        self._output, self._result, self._request = output, result, request

    def postProcessLayer(self, layer: Any, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> None:
        """Called by QGIS in the window's thread."""
        dress(layer, self._output, self._result, self._request)
        layer.triggerRepaint()
