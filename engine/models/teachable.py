"""The weights of a flood model, for a training to begin with, be it a graph that came along or a model made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cards.card import Card
from ..cards.floods import DRY, FLOOD, PERMANENT, TEACHABLE, WATER, flood_classes
from ..errors import InputError
from .onnx_limits import check_graph
from .store import read_tensors, read_weights

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Teachable", "read_teachable"]

# What the graphs hold: dry, permanent water, flood. Where there is no date before, all water is new to them.
GRAPH_ROWS = {DRY: 0, PERMANENT: 1, FLOOD: 2, WATER: 2}


@dataclass(frozen=True)
class Teachable:
    """A flood model's network.

    Attributes
    ----------
    body : mapping of str to Tensor
        Of `NarrowLayers`.
    head_weight, head_bias : Tensor
        float32[K, 12, 1, 1] and float32[K], from its features to the classes.
    rows : mapping of int to int
        Which of these tells what a flood map holds (`cards.floods`).
    parameters : mapping
        Of `NarrowLayers`.
    """

    body: Mapping[str, Tensor]
    head_weight: Tensor
    head_bias: Tensor
    rows: Mapping[int, int]
    parameters: Mapping[str, Any]


def read_teachable(folder: Path, card: Card) -> Teachable:
    """The network of a flood model that `is_teachable`.

    Raises
    ------
    InputError
        If it is damaged.
    """
    try:
        if card.architecture == TEACHABLE:
            tensors = read_tensors(folder, card)
            body = {name.removeprefix("body."): value for name, value in tensors.items() if name.startswith("body.")}
            rows = {code: place for place, code in enumerate(flood_classes(card) or ())}
            parameters = {name: card.parameters[name] for name in ("widths", "normed")}
            return Teachable(body, tensors["head.weight"], tensors["head.bias"], rows, parameters)
        body = _of_graph(read_weights(folder, card))
        head = body.pop("pixel.1.weight"), body.pop("pixel.1.bias")
        return Teachable(body, *head, GRAPH_ROWS, {"widths": card.parameters["network"]["widths"], "normed": False})
    except KeyError as error:
        raise InputError(f"The model in {folder} lacks {error}; install or train it again.") from error


def _of_graph(content: bytes) -> dict[str, Tensor]:
    """The weights of the network in a graph, by their names in torch."""
    import onnx
    import torch

    check_graph(content)
    graph = onnx.load_model_from_string(content).graph
    return {
        item.name.removeprefix("network."): torch.from_numpy(onnx.numpy_helper.to_array(item).copy())
        for item in graph.initializer
        if item.name.startswith("network.")
    }
