"""Turns published files into models, once: pickled weights into safetensors, foreign graphs into ours.

What is read is what was looked at when the catalogue was written: files have the hashes that it gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import CARD, Card
from ..cards.catalogue import Entry
from ..errors import GeoFMError, InputError
from .building import sized
from .names import plain_name
from .onnx_library import trial
from .outputs import interpreted, packed
from .published import clean, read_published
from .runtime import OnnxRuntime, first_line
from .store import Shaped, check_tensors, place_folder, write_model

if TYPE_CHECKING:
    import onnx
    from torch import nn

__all__ = ["check_fit", "convert", "golden_of", "placed"]

GOLDEN_SIDE = 64
# Dynamic World, single_image_runner.ipynb: x = (ln(DN * 0.005 + 1) - a) / b per band, then e / (e + 1) with
# e = exp(5 x - 1), which is the logistic function of 5 x - 1. The bands are B2 B3 B4 B5 B6 B7 B8 B11 B12.
DYNAMIC_WORLD_DN = 0.005 * 10_000
# fmt: off
DYNAMIC_WORLD_A = (1.7417268, 1.7261205, 1.6798346, 1.7734969, 2.2891541, 2.3829397, 2.3828940, 2.1952484, 1.5548129)
DYNAMIC_WORLD_B = (2.0232987, 2.0389052, 2.1795928, 2.2890068, 2.6171675, 2.7734186, 2.7578333, 2.7890925, 2.4140535)
# fmt: on


def convert(entry: Entry, file: Path, folder: Path) -> Card:
    """Write the model that an entry of the catalogue describes.

    Parameters
    ----------
    entry : Entry
    file : Path
        Its first published file.
    folder : Path
        The model to write.

    Raises
    ------
    InputError
        If the file holds something else than the entry says.
    OutputError
        If the model cannot be written.
    """
    if entry.convert == "dynamic-world":
        graph = _dynamic_world(file)
        return write_model(folder, entry.card, onnx=graph, golden=golden_of(entry.card, graph))
    # The file's name on this disk is another than its published one.
    kind = "torchscript" if entry.convert == "clip-torchscript" else entry.files[0].name.rpartition(".")[2]
    tensors = clean(read_published(file, entry.files[0].sha256, kind=kind), strip=entry.strip, drop=entry.drop)
    if entry.convert.startswith("clip"):
        from .clip import write_clip

        return write_clip(folder, entry.card, tensors)
    check_fit(entry.card, tensors, file)
    return write_model(folder, entry.card, tensors=tensors)


def placed(entry: Entry, files: Sequence[Path], folder: Path) -> Card:
    """Put the files of a model that is published as it is into its folder.

    Parameters
    ----------
    entry : Entry
    files : sequence of Path
        Its published files, in the entry's order; their hashes have been checked.
    folder : Path
        The model to write.

    Raises
    ------
    InputError
        If they are not the model that the entry names.
    OutputError
        If the model cannot be written.
    """
    contents = {file.name: path.read_bytes() for file, path in zip(entry.files, files, strict=True)}
    card = Card.from_json(contents[CARD].decode("utf-8"))
    if card.name != entry.name or card.weights not in contents:
        raise InputError(f"The published files of {entry.title} are those of another model ({card.name}).")
    place_folder(folder, contents)
    return card


def golden_of(card: Card, graph: bytes, side: int = GOLDEN_SIDE) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One made-up input of a graph, and what it gives for it on the CPU.

    Parameters
    ----------
    card : Card
    graph : bytes
    side : int
        Of the input in pixels, where the graph takes any.

    Raises
    ------
    InputError
        If the graph does not run, or gives other outputs than those of the card.
    """
    runtime = OnnxRuntime(graph)
    side = runtime.side or side
    x = np.random.default_rng(0).uniform(0, 0.5, (1, len(card.bands), side, side)).astype(np.float32)
    try:
        with trial(side):
            made = runtime.run_all(x)
        interpreted(card, made, x)
        return x, packed(made)
    except GeoFMError:
        raise
    except Exception as error:  # onnxruntime's errors have no common root
        raise InputError(f"The graph of {card.title} does not run ({first_line(error)}).") from error


def check_fit(card: Card, tensors: Mapping[str, Shaped], file: Path) -> None:
    """See that the network that the card names takes the tensors, all of them and no other.

    Parameters
    ----------
    card : Card
    tensors : mapping of str to Tensor
        Published or converted; their shapes alone are looked at.
    file : Path
        Where they come from, for the message.

    Raises
    ------
    InputError
        If it does not, or there is no such network.
    """
    from .architectures import build

    with sized(tensors, file):
        own = (
            _shape_of(card) if card.architecture in ("timm", "open-clip") else build(card.architecture, card.parameters)
        )
    check_tensors(own.state_dict(), tensors, file)


def _shape_of(card: Card) -> nn.Module:
    """The network of another library that a card names: shapes without numbers."""
    import torch

    try:
        with torch.device("meta"):
            if card.architecture == "open-clip":
                from .clip import build

                return build(card.parameters["model"])
            import timm

            encoder, channels = plain_name(card.parameters["encoder"], "The encoder"), card.parameters["in_channels"]
            network: nn.Module = timm.create_model(encoder, num_classes=0, in_chans=channels)
            return network
    except GeoFMError:
        raise
    except Exception as error:  # the libraries' errors for wrong values have no common root
        raise InputError(
            f"The card's parameters do not describe a network '{card.architecture}' ({first_line(error)}); the card "
            "is damaged or of another version: install the model again."
        ) from error


def _dynamic_world(file: Path) -> bytes:
    """Dynamic World from reflectance [1, 9, H, W] to probabilities [1, 9, H, W]."""
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load(file)
    graph = model.graph
    taken, given = graph.input[0].name, graph.output[0].name

    def constant(name: str, values: list[float]) -> str:
        # Per channel, of [1, C, H, W].
        shape = [1, len(values), 1, 1]
        graph.initializer.append(helper.make_tensor(f"scaling_{name}", TensorProto.FLOAT, shape, values))
        return f"scaling_{name}"

    before = _chain(
        "input",
        taken,
        # Dark pixels of an L2A image may lie below zero, where the logarithm ends.
        ("Relu", []),
        ("Mul", [constant("dn", [DYNAMIC_WORLD_DN])]),
        ("Add", [constant("one", [1.0])]),
        ("Log", []),
        ("Sub", [constant("a", list(DYNAMIC_WORLD_A))]),
        ("Mul", [constant("b", [5.0 / value for value in DYNAMIC_WORLD_B])]),
        ("Sub", [constant("less", [1.0])]),
        ("Sigmoid", []),
        ("Transpose", [], {"perm": [0, 2, 3, 1]}),
    )
    after = _chain(given, "output", ("Transpose", [], {"perm": [0, 3, 1, 2]}), ("Softmax", [], {"axis": 1}))
    nodes = [*before, *graph.node, *after]
    del graph.node[:], graph.input[:], graph.output[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    unused = [item for item in graph.initializer if item.name not in used]
    for item in unused:
        graph.initializer.remove(item)
    shape: list[str | int | None] = [1, len(DYNAMIC_WORLD_A), "height", "width"]
    graph.input.append(helper.make_tensor_value_info("input", TensorProto.FLOAT, shape))
    graph.output.append(helper.make_tensor_value_info("output", TensorProto.FLOAT, shape))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _chain(
    start: str, end: str, *steps: tuple[str, list[str]] | tuple[str, list[str], dict[str, Any]]
) -> list[onnx.NodeProto]:
    """Nodes from the value `start` to the value `end`; a step is an operator, its other inputs, its attributes."""
    from onnx import helper

    nodes, value = [], start
    for number, (operator, others, *attributes) in enumerate(steps):
        name = end if number == len(steps) - 1 else f"scaling_{start}_{number}"
        keywords: dict[str, Any] = attributes[0] if attributes else {}
        nodes.append(helper.make_node(operator, [value, *others], [name], **keywords))
        value = name
    return nodes
