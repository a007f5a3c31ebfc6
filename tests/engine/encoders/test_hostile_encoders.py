"""Search models of strangers: wrong values in their cards and graphs end in one sentence."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import safetensors.numpy
from onnx import TensorProto, helper, numpy_helper

from engine.cards.card import CARD
from engine.encoders import load_encoder
from engine.errors import InputError
from engine.models import onnx_library
from engine.resources import resource

CONTEXT = 77


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A model whose card is another."""
    path = folder / CARD
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values["geofm:parameters"])
    values["geofm:sha256"] = hashlib.sha256((folder / values["geofm:weights"]).read_bytes()).hexdigest()
    path.write_text(json.dumps(values), encoding="utf-8")
    return folder


def pooling(name: str, kind: int, shape: list[Any], *, endless: bool = False) -> bytes:
    """A tower from its input to the unit vector [1, 0]."""
    zeros = numpy_helper.from_array(np.zeros((1, 2), np.float32), "zeros")
    unit = numpy_helper.from_array(np.array([[1, 0]], np.float32), "unit")
    axes = numpy_helper.from_array(np.arange(1, len(shape), dtype=np.int64), "axes")
    last = numpy_helper.from_array(np.array([1], np.int64), "last")
    true = numpy_helper.from_array(np.array(True), "true")
    nodes = [
        helper.make_node("Cast", [name], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["numbers", "axes"], ["sums"], keepdims=0),
        helper.make_node("Unsqueeze", ["sums", "last"], ["column"]),
        helper.make_node("MatMul", ["column", "zeros"], ["nothing"]),
        helper.make_node("Add", ["nothing", "unit"], ["v0"]),
    ]
    if endless:
        value = [helper.make_tensor_value_info(each, TensorProto.FLOAT, None) for each in ("v", "w")]
        flags = [helper.make_tensor_value_info(each, TensorProto.BOOL, []) for each in ("go", "still")]
        number = helper.make_tensor_value_info("number", TensorProto.INT64, [])
        steps = [helper.make_node("Identity", ["go"], ["still"]), helper.make_node("Neg", ["v"], ["w"])]
        body = helper.make_graph(steps, "body", [number, flags[0], value[0]], [flags[1], value[1]])
        nodes.append(helper.make_node("Loop", ["", "true", "v0"], ["vectors"], body=body))
    else:
        nodes.append(helper.make_node("Identity", ["v0"], ["vectors"]))
    given = helper.make_tensor_value_info(name, kind, shape)
    made = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", 2])
    graph = helper.make_graph(nodes, "tower", [given], [made], [zeros, unit, axes, last, true])
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    )


@pytest.fixture
def basic(tmp_path: Path) -> Path:
    """The model that comes with GeoFM, as a stranger may have changed it."""
    shutil.copytree(resource("models") / "geofm-basic", tmp_path / "basic")
    return tmp_path / "basic"


@pytest.fixture
def clip(basic: Path) -> Path:
    """A CLIP of two graphs that give one vector for all."""
    return towers(basic)


def towers(folder: Path, *, endless: bool = False) -> Path:
    (folder / "model.onnx").write_bytes(pooling("tiles", TensorProto.FLOAT, ["batch", 3, 128, 128]))
    text = pooling("tokens", TensorProto.INT32, ["batch", CONTEXT], endless=endless)
    (folder / "text.onnx").write_bytes(text)
    golden = {"input": np.ones((1, 3, 128, 128), np.float32), "output": np.array([[1, 0]], np.float32)}
    (folder / "golden.safetensors").write_bytes(safetensors.numpy.save(golden))
    path = folder / CARD
    values = json.loads(path.read_text(encoding="utf-8"))
    values["mlm:architecture"] = "open-clip-onnx"
    values["geofm:parameters"] = {
        "dimension": 2,
        "tokenizer": {"kind": "clip-bpe", "context_length": CONTEXT},
        "golden_text": {"phrase": "a river", "vector": [1.0, 0.0]},
        "text": {"file": "text.onnx", "sha256": hashlib.sha256(text).hexdigest()},
    }
    path.write_text(json.dumps(values), encoding="utf-8")
    return changed(folder, lambda parameters: None)


@pytest.mark.parametrize("name", ["dimension", "text", "concepts", "known"])
@pytest.mark.parametrize("value", [None, [], {}, "nan", -1, 1000, [[1]], {"threshold": "nan", "softness": 0}])
def test_wrong_values_in_the_card_of_a_basic_model(basic: Path, name: str, value: Any) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+\.$"):
        load_encoder(str(changed(basic, lambda parameters: parameters.update({name: value}))))


@pytest.mark.parametrize("name", ["dimension", "tokenizer", "golden_text", "text"])
@pytest.mark.parametrize("value", [None, [], {}, "nan", -1, 1000, [[1]], {"kind": "clip-bpe", "context_length": 10**6}])
def test_wrong_values_in_the_card_of_a_clip(clip: Path, name: str, value: Any) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+\.\)?$"):
        load_encoder(str(changed(clip, lambda parameters: parameters.update({name: value}))), device="cpu")


def test_graphs_of_a_clip_are_tried(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder(str(clip), device="cpu")
    assert encoder.texts(["a river"]).tolist() == [[1, 0]]
    monkeypatch.setattr(onnx_library, "LONGEST_TRIAL_S", 0.5)
    with pytest.raises(InputError, match="was ended"):
        load_encoder(str(towers(clip, endless=True)), device="cpu")


def test_a_graph_with_other_inputs(basic: Path) -> None:
    model = onnx.load_model_from_string(pooling("others", TensorProto.FLOAT, ["batch", 3, 128, 128]))
    (basic / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match="gives another vector"):
        load_encoder(str(changed(basic, lambda parameters: None)))
