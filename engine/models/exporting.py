"""Writes a model as an ONNX file, one that runs in Deepness where it maps classes, and its card as a STAC item."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import Card, read_card
from ..cards.tasks import TASKS, VECTORS
from ..errors import Cancelled, InputError, OutputError
from .building import filled
from .deepness import CARD_KEY, metadata
from .graph_ends import forget_traces
from .outputs import activated, output_kind, packed, threshold
from .runtime import OnnxRuntime, first_line
from .store import read_weights

if TYPE_CHECKING:
    import onnx
    from torch import nn

__all__ = ["OPSET", "export_onnx", "mlm_card"]

Floats = NDArray[np.float32]

# Of 2022: what onnxruntime 1.14 and later run, which is what Deepness asks for.
OPSET = 18
INPUT = "image"
ADDED = "geofm_probabilities"  # a name that no foreign graph has


def export_onnx(folder: Path) -> bytes:
    """The model of a folder as an ONNX file, for Deepness if it is a segmentation model.

    The graph takes float32[N, C, tile, tile], normalised; only N is free. Of a segmentation model it gives
    probabilities float32[N, K, tile, tile], and its metadata are Deepness' keys and the card. Others, which Deepness
    does not know, give what the network gives, by the names of the card's outputs, and have the card alone.

    Raises
    ------
    InputError
        If it gives neither classes nor values, or is damaged.
    OutputError
        If ONNX cannot hold the network, or gives something else than the network itself: by more than the card's
        tolerance.
    """
    folder = Path(folder)
    card = read_card(folder)
    if TASKS[card.task].gives == VECTORS:
        raise InputError(
            f"The model {card.title} is for {card.task}; only models that give classes or values can be exported."
        )
    for_deepness, kept = card.task == "segmentation", None
    if card.weights.endswith(".onnx"):
        content = read_weights(folder, card)
        runtime = OnnxRuntime(content)
        tile = runtime.side or card.tile
        card = replace(card, tile=tile, overlap=min(card.overlap, tile // 2))
        if for_deepness:
            model, reference, kept = _from_graph(content, runtime, card)
        else:
            model, reference = _as_it_is(content, runtime)
    else:
        from .architectures import build

        network = filled(partial(build, card.architecture, card.parameters), folder, card)
        model, reference = _exported(network, card, for_deepness)
    kinds = {head.name: output_kind(card, head) for head in card.outputs}
    output = "probabilities" if for_deepness else kinds if card.heads else kinds[card.task]
    parameters = {"output": output, **({} if kept is None else {"threshold": kept})}
    exported = replace(card, architecture="onnx", parameters=parameters, weights="model.onnx", sha256="")
    forget_traces(model)
    for entry in list(model.metadata_props):
        model.metadata_props.remove(entry)
    for key, value in {**(metadata(exported) if for_deepness else {}), CARD_KEY: exported.to_json()}.items():
        model.metadata_props.add(key=key, value=value)
    graph = bytes(model.SerializeToString())
    _check_parity(graph, reference, card)
    return graph


def mlm_card(card: Card, href: str = "model.onnx") -> dict[str, Any]:
    """A STAC item of the exported model, with the properties of the extension MLM 1.5.

    Parameters
    ----------
    card : Card
    href : str
        Where the ONNX file lies, as seen from the item.
    """
    properties = json.loads(replace(card, weights="model.onnx").to_json())
    extensions = properties.pop("stac_extensions")
    properties = {key: value for key, value in properties.items() if not key.startswith("geofm:")}
    properties["description"] = card.title
    # A model is of no date; STAC then wants a span.
    properties |= {"datetime": None, "start_datetime": "1900-01-01T00:00:00Z", "end_datetime": "9999-12-31T23:59:59Z"}
    if card.licence:
        properties["license"] = card.licence
    if card.attribution:
        properties["attribution"] = card.attribution
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": extensions,
        "id": card.name,
        "geometry": None,
        "properties": properties,
        "links": [],
        "assets": {
            "model": {
                "href": href,
                "type": "application/octet-stream; application=onnx",
                "title": card.title,
                "roles": ["mlm:model"],
                "mlm:artifact_type": "onnx",
            }
        },
    }


def _exported(network: nn.Module, card: Card, for_deepness: bool) -> tuple[onnx.ModelProto, Callable[[Floats], Floats]]:
    """The graph of a torch network, for Deepness with its softmax, and the network as a function of arrays."""
    import torch

    whole = _ordered(network, card, for_deepness).eval()
    names = ["probabilities"] if for_deepness else [head.name for head in card.outputs]

    def reference(x: Floats) -> Floats:
        with torch.inference_mode():
            made = whole(torch.from_numpy(x))
        return packed({name: value.numpy() for name, value in zip(names, made, strict=True)})

    sample = torch.zeros(2, len(card.bands), card.tile, card.tile)
    chatty = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in chatty]
    try:
        for logger in chatty:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch to itself
            program = torch.onnx.export(
                whole,
                (sample,),
                dynamo=True,
                input_names=[INPUT],
                output_names=names,
                dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=1024)},),
                opset_version=OPSET,
                verbose=False,
            )
        if program is None:
            raise OutputError(f"The model {card.title} cannot be written as ONNX.")
        return program.model_proto, reference
    except torch.onnx.errors.OnnxExporterError as error:
        raise OutputError(
            f"The model {card.title} cannot be written as ONNX ({str(error).splitlines()[0]}); train it with another "
            f"network."
        ) from error
    finally:
        for logger, level in zip(chatty, levels, strict=True):
            logger.setLevel(level)


def _ordered(network: nn.Module, card: Card, for_deepness: bool) -> nn.Module:
    import torch
    from torch import Tensor, nn

    class Ordered(nn.Module):
        """Outputs in the card's order. For Deepness, which takes them as they are, the softmax belongs to the graph."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, image: Tensor) -> tuple[Tensor, ...]:
            made = self.network(image)
            if card.heads:
                return tuple(made[head.name] for head in card.heads)
            return (torch.softmax(made, dim=1) if for_deepness else made,)

    return Ordered()


def _as_it_is(content: bytes, runtime: OnnxRuntime) -> tuple[onnx.ModelProto, Callable[[Floats], Floats]]:
    """A graph, and what it should give."""
    import onnx

    return onnx.load_model_from_string(content), lambda x: packed(runtime.run_all(x))


def _from_graph(
    content: bytes, runtime: OnnxRuntime, card: Card
) -> tuple[onnx.ModelProto, Callable[[Floats], Floats], float | None]:
    """A graph with sides fixed to the card's tile and probabilities as output, what it should give, and its threshold.

    Deepness applies the threshold of several classes itself, to what the graph gives; that of a single output becomes
    part of the graph, which then has two.
    """
    import onnx

    model = onnx.load_model_from_string(content)
    kind, stated = output_kind(card), threshold(card)
    graph = model.graph
    fixed = {item.name for item in graph.initializer}
    given = next(item for item in graph.input if item.name not in fixed)
    if given.type.tensor_type.elem_type != onnx.TensorProto.FLOAT:
        raise InputError(
            f"The model {card.title} takes numbers of half precision, which Deepness does not give; export it where it "
            f"was made, with float32 as input."
        )
    channels = runtime.run(_sample(1, card)).shape[1]
    if kind == "logits" and channels > 1:
        _add_softmax(graph)
    elif channels == 1:
        _add_first_class(graph, kind, 0.5 if stated is None else stated)
    # What is known of values between was for free sides.
    del graph.value_info[:]
    for item in (given, graph.output[0]):
        for dimension in item.type.tensor_type.shape.dim[2:4]:
            dimension.dim_value = card.tile

    def reference(x: Floats) -> Floats:
        raw = runtime.run(x)
        return raw if kind == "probabilities" and channels > 1 else activated(raw, kind, stated)

    return model, reference, stated if channels > 1 else None


def _add_softmax(graph: onnx.GraphProto) -> None:
    """Logits to probabilities, by operators that mean the same in every opset from 7 on.

    Before opset 13, a softmax over another axis than the last took all that follow together.
    """
    from onnx import helper

    raw = graph.output[0].name
    graph.node.append(helper.make_node("Transpose", [raw], ["geofm_last"], perm=[0, 2, 3, 1]))
    graph.node.append(helper.make_node("Softmax", ["geofm_last"], ["geofm_shares"], axis=3))
    graph.node.append(helper.make_node("Transpose", ["geofm_shares"], [ADDED], perm=[0, 3, 1, 2]))
    graph.output[0].name = ADDED


def _add_first_class(graph: onnx.GraphProto, kind: str, limit: float) -> None:
    """From one output p to two: (1 - p) limit and p (1 - limit), over their sum."""
    from onnx import helper, numpy_helper

    constants = {
        "geofm_weight": np.array([-limit, 1 - limit], np.float32).reshape(2, 1, 1, 1),
        "geofm_bias": np.array([limit, 0], np.float32),
        "geofm_ones": np.ones((1, 2, 1, 1), np.float32),
    }
    graph.initializer.extend(numpy_helper.from_array(values, name) for name, values in constants.items())
    value = graph.output[0].name
    if kind == "logits":
        graph.node.append(helper.make_node("Sigmoid", [value], ["geofm_second"]))
        value = "geofm_second"
    graph.node.append(helper.make_node("Conv", [value, "geofm_weight", "geofm_bias"], ["geofm_both"]))
    graph.node.append(helper.make_node("Conv", ["geofm_both", "geofm_ones"], ["geofm_sum"]))
    graph.node.append(helper.make_node("Div", ["geofm_both", "geofm_sum"], [ADDED]))
    graph.output[0].name = ADDED
    graph.output[0].type.tensor_type.shape.dim[1].dim_value = 2


def _sample(count: int, card: Card) -> Floats:
    """Tiles as the network gets them."""
    shape = (count, len(card.bands), card.tile, card.tile)
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def _check_parity(graph: bytes, reference: Callable[[Floats], Floats], card: Card) -> None:
    """See that the file gives the probabilities of the model, for one tile and for two where it takes two."""
    try:
        runtime = OnnxRuntime(graph)
        x = _sample(2, card)
        parts = ((packed(runtime.run_all(part)), reference(part)) for part in (x[:1], x))
        difference = max(float(np.abs(made - wanted).max()) for made, wanted in parts)
    except Cancelled:
        raise
    except Exception as error:  # onnxruntime's errors have no common root
        raise OutputError(f"The model {card.title} written as ONNX does not run ({first_line(error)}).") from error
    if not difference <= card.tolerance:
        raise OutputError(
            f"The model {card.title} written as ONNX gives other probabilities than itself (by up to {difference:.2g}, "
            f"allowed are {card.tolerance:.2g}); no file was written: train it with another network."
        )
