"""Small models in folders, and graphs as others write them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from model_cards import make_card
from onnx import TensorProto, helper

from engine.cards.card import BandSpec, Card, ClassSpec, Head, Quantity
from engine.models.architectures import build
from engine.models.store import write_model

BANDS = (
    BandSpec("B04", "reflectance", 0.1, 0.05),
    BandSpec("B08", "reflectance", 0.3, 0.1),
    BandSpec("VV", "db", -11.0, 4.0),
)
CLASSES = (ClassSpec(0, "field", "#ffcc00"), ClassSpec(1, "forest", "#006600"), ClassSpec(2, "water", "#0000ff"))


def shared_data() -> Path:
    """The folder of real data; skips where there is none."""
    folder = os.environ.get("GEOFM_TEST_DATA")
    if not folder:
        pytest.skip("GEOFM_TEST_DATA does not name the folder of the test data")
    return Path(folder)


def values(count: int, side: int, bands: Sequence[BandSpec] = BANDS, seed: int = 1) -> np.ndarray:
    """Tiles float32[count, C, side, side] of plausible values in the bands' units."""
    noise = np.random.default_rng(seed).standard_normal((count, len(bands), side, side))
    means, stds = (np.array([getattr(band, name) for band in bands])[:, None, None] for name in ("mean", "std"))
    return (means + stds * noise).astype(np.float32)


def put_network(
    folder: Path, network: str = "unet", encoder: str = "tu-mobilenetv3_small_050", *, tile: int = 64, **changes: Any
) -> tuple[Card, torch.nn.Module]:
    """A network of chance in a folder, with its golden output."""
    parameters = {"network": network, "encoder": encoder, "in_channels": len(BANDS), "classes": len(CLASSES)}
    card = make_card(parameters=parameters, bands=BANDS, classes=CLASSES, tile=tile, overlap=16, gsd_m=10.0, **changes)
    return write_network(folder, card)


def write_network(folder: Path, card: Card) -> tuple[Card, torch.nn.Module]:
    """The network that a card describes, with weights of chance."""
    torch.manual_seed(0)
    model = build(card.architecture, card.parameters)
    lively(model)
    model.eval()
    x = np.random.default_rng(2).standard_normal((1, len(card.bands), card.tile, card.tile)).astype(np.float32)
    with torch.inference_mode():
        golden = model(torch.from_numpy(x)).numpy()
    if golden.std() > 50:  # by running statistics that are not its own some networks of chance explode
        lively(model, 5 / float(golden.std()))
        with torch.inference_mode():
            golden = model(torch.from_numpy(x)).numpy()
    return write_model(folder, card, tensors=model.state_dict(), golden=(x, golden)), model


def lively(model: torch.nn.Module, factor: float = 20) -> None:
    """Larger weights in the last layer: those of chance make all classes nearly alike."""
    last = [parameter for parameter in model.parameters() if parameter.ndim == 4][-1]
    with torch.no_grad():
        last.mul_(factor)


def pixelwise(
    channels: int = 3,
    classes: int = 3,
    *,
    side: int | str | None = 32,
    batch: int | str | None = "batch",
    activation: str | None = "Softmax",
    metadata: Mapping[str, Any] | None = None,
    operator: str = "Conv",
    domain: str = "",
    pooled: bool = False,
) -> bytes:
    """A graph of one 1 x 1 convolution, as a foreign program might write it."""
    weight = np.random.default_rng(3).standard_normal((classes, channels, 1, 1)).astype(np.float32)
    nodes = [helper.make_node(operator, ["x", "w"], ["raw"], domain=domain)]
    last = "raw"
    if pooled:
        nodes += [helper.make_node("GlobalAveragePool", [last], ["mean"]), helper.make_node("Flatten", ["mean"], ["y"])]
        last = "y"
    if activation:
        keywords = {"axis": 1} if activation == "Softmax" else {}
        nodes.append(helper.make_node(activation, [last], ["z"], **keywords))
        last = "z"
    shape: list[Any] = [batch, classes] if pooled else [batch, classes, side, side]
    graph = helper.make_graph(
        nodes,
        "foreign",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, channels, side, side])],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, shape)],
        [onnx.numpy_helper.from_array(weight, "w")],
    )
    opsets = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=json.dumps(value))
    return bytes(model.SerializeToString())


def two_heads(channels: int = 3, *, side: int | str | None = 32, metadata: Mapping[str, str] | None = None) -> bytes:
    """A graph of several heads: "cover", three logits a pixel, and "height", two values a tile."""
    random = np.random.default_rng(3)
    weights = {
        "w": random.standard_normal((3, channels, 1, 1)).astype(np.float32),
        "v": random.standard_normal((2, channels, 1, 1)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["cover"]),
        helper.make_node("Conv", ["x", "v"], ["raw"]),
        helper.make_node("GlobalAveragePool", ["raw"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["height"]),
    ]
    made = {"height": ["batch", 2], "cover": ["batch", 3, side, side]}
    graph = helper.make_graph(
        nodes,
        "foreign",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", channels, side, side])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in made.items()],
        [onnx.numpy_helper.from_array(weight, name) for name, weight in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    return bytes(model.SerializeToString())


HEADS = (
    Head("cover", "segmentation", CLASSES),
    Head("height", "regression", quantities=(Quantity("canopy height", "m"), Quantity("canopy cover", "1"))),
)
SEGMENTOR = {
    "model_type": "Segmentor",
    "class_names": {"0": "field", "1": "forest", "2": "water"},
    "resolution": 1000,
    "tile_size": 32,
    "tiles_overlap": 25,
}
