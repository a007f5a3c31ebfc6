"""What the algorithms that run jobs have in common: how QGIS shows what they made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingParameterDefinition,
)
from qgis.PyQt.QtGui import QIcon

from ..engine.jobs.requests import Request
from ..engine.jobs.result import Output, Result
from ..engine.resources import resource
from ..layers import dress
from ..translation import tr

__all__ = ["JobAlgorithm", "absolute", "advanced", "helped"]

# QGIS holds a post-processor in C++ alone, where what Python gave it is lost when the algorithm is gone.
_post_processors: list[_Dresser] = []


class JobAlgorithm(QgsProcessingAlgorithm):
    """Parameters in, a request out, which a job in the queue carries out."""

    def __init__(self) -> None:
        super().__init__()
        self._inputs: dict[str, Any] = {}

    def createInstance(self) -> JobAlgorithm:
        """Called by QGIS for each run."""
        return type(self)()

    def icon(self) -> QIcon:
        """As the toolbox shows it."""
        return QIcon(str(resource("icons/geofm.svg")))

    def paths(
        self, parameters: dict[str, Any], context: QgsProcessingContext, layers: Iterable[str], files: Iterable[str]
    ) -> dict[str, str]:
        """Where the outputs go that are wanted, by the name of their parameter."""
        found = {name: self.parameterAsOutputLayer(parameters, name, context) for name in layers}
        found.update({name: self.parameterAsFileOutput(parameters, name, context) for name in files})
        return {name: path for name, path in found.items() if path}

    def show(
        self, paths: dict[str, str], places: dict[str, str], result: Result, request: Request, context: Any
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
                    details.name = f"{tr(output.name)} ({result.group})"
                    details.forceName = True
                dresser = _Dresser(output, result, request)
                _post_processors.append(dresser)
                details.setPostProcessor(dresser)


class _Dresser(QgsProcessingLayerPostProcessorInterface):
    """Gives a layer that Processing has loaded its style and metadata."""

    def __init__(self, output: Output, result: Result, request: Request) -> None:
        super().__init__()
        self._output, self._result, self._request = output, result, request

    def postProcessLayer(self, layer: Any, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> None:
        """Called by QGIS in the window's thread."""
        dress(layer, self._output, self._result, self._request)
        layer.triggerRepaint()


def absolute(paths: dict[str, str]) -> dict[str, str]:
    """A path may be relative in a script; the worker runs in another folder."""
    return {name: str(Path(path).absolute()) for name, path in paths.items()}


def helped(parameter: QgsProcessingParameterDefinition, text: str) -> QgsProcessingParameterDefinition:
    """The parameter with the text that the dialog shows where the mouse rests on it."""
    parameter.setHelp(text)
    return parameter


def advanced(parameter: QgsProcessingParameterDefinition) -> QgsProcessingParameterDefinition:
    """The parameter, folded away."""
    parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return parameter
