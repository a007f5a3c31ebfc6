"""ONNX files: weights elsewhere, loops without end, tensors beyond memory, operators of strangers, odd metadata."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper
from small_models import SEGMENTOR, pixelwise

from .place import Case, Cases, Place, Words

__all__ = ["Evil", "cases"]

MANY = 2**31 - 1


def cases(place: Place, source: random.Random) -> Cases:
    """About seventy."""
    for name, (location, more) in _elsewhere(place).items():
        yield Case(f"weights {name}", partial(_external, place, location, more))
    for name, graph in _graphs().items():
        yield Case(f"graph {name}", partial(_taken_in, place, graph))
    for name, values in _metadata(place).items():
        yield Case(f"metadata {name}", partial(_described, place, values))
    for name, make in _files(place, source).items():
        yield Case(f"file {name}", make)


def _import(path: Path) -> Words:
    return ["models", "import", str(path), "--name", "stranger", "--bands", "red,green,blue", "--json"]


def _taken_in(place: Place, graph: Callable[[], bytes]) -> Words:
    return _import(place.write("stranger.onnx", graph()))


# Weights elsewhere ----------------------------------------------------------------------------------------------------


def _elsewhere(place: Place) -> dict[str, tuple[str, dict[str, str]]]:
    def at(location: str, **more: str) -> tuple[str, dict[str, str]]:
        return location, more

    beside = "weights.bin"
    return {
        "above": at("../../notes.txt"),
        "by a whole path": at(str(place.notes)),
        "passwords": at("/etc/passwd"),
        "by a link": at("link.bin"),
        "by a linked folder": at("linked/notes.txt"),
        "in a pipe": at("pipe.bin"),
        "of zeros": at("zeros.bin"),
        "in a folder": at("."),
        "nul": at("weights.bin\0.txt"),
        "backslash": at("..\\..\\notes.txt"),
        "http": at(f"{place.canary}/weights.bin"),
        "share": at("//attacker.invalid/share/weights.bin"),
        "sparse": at("sparse.bin"),
        "sparse in part": at("sparse.bin", offset=str(30 * 2**30), length="36"),
        "offset below zero": at(beside, offset="-1"),
        "offset of words": at(beside, offset="x"),
        "offset beyond": at(beside, offset=str(2**62)),
        "length beyond": at(beside, length=str(2**62)),
        "length below zero": at(beside, length="-1"),
        "missing": at("missing.bin"),
        "nowhere": at(""),
        "controls": at("a\x1b[2J\u202e.bin"),
    }


def _external(place: Place, location: str, more: dict[str, str]) -> Words:
    place.write("weights.bin", bytes(36))
    place.sparse("sparse.bin", 60 * 2**30)
    (place.given / "link.bin").symlink_to(place.notes)
    (place.given / "linked").symlink_to(place.home)
    (place.given / "zeros.bin").symlink_to("/dev/zero")
    os.mkfifo(place.given / "pipe.bin")
    model = ModelProto.FromString(pixelwise(metadata=SEGMENTOR))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **more}.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return _taken_in(place, model.SerializeToString)


# Graphs ---------------------------------------------------------------------------------------------------------------


def _model(
    nodes: Sequence[Any],
    tensors: Sequence[Any] = (),
    *,
    opset: int = 17,
    domain: str = "",
    functions: Sequence[Any] = (),
) -> bytes:
    """A graph from x[batch, 3, 32, 32] to y of the same form."""
    given, made = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3, 32, 32]) for name in "xy")
    graph = helper.make_graph(nodes, "stranger", [given], [made], tensors)
    opsets = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8, functions=functions).SerializeToString())


def _whole(name: str, *values: int) -> Any:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def _added(*nodes: Any, tensors: Sequence[Any] = (), **more: Any) -> Callable[[], bytes]:
    """Nodes that make `much`, of which the mean is added to x."""
    mean = [
        helper.make_node("ReduceMean", ["much"], ["mean"], keepdims=0),
        helper.make_node("Add", ["x", "mean"], ["y"]),
    ]
    return lambda: _model([*nodes, *mean], tensors, **more)


def _loop(times: int, inside: str = "Identity", condition: bool = True) -> Callable[[], bytes]:
    """x goes through the same again and again."""
    own = [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in
           (("i", TensorProto.INT64, []), ("c", TensorProto.BOOL, []), ("v", TensorProto.FLOAT, None))]  # fmt: skip
    out = [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in
           (("c2", TensorProto.BOOL, []), ("v2", TensorProto.FLOAT, None))]  # fmt: skip
    nodes = [helper.make_node("Identity", ["c"], ["c2"])]
    nodes.append(
        helper.make_node("Concat", ["v", "v"], ["v2"], axis=0)
        if inside == "Concat"
        else helper.make_node(inside, ["v"], ["v2"])
    )
    body = helper.make_graph(nodes, "body", own, out)
    tensors = [_whole("times", times), numpy_helper.from_array(np.array(condition), "go")]
    tensors[0].dims[:] = []
    return lambda: _model([helper.make_node("Loop", ["times", "go", "x"], ["y"], body=body)], tensors)


def _filled(*shape: int) -> Callable[[], bytes]:
    return _added(helper.make_node("ConstantOfShape", ["shape"], ["much"]), tensors=[_whole("shape", *shape)])


def _graphs() -> dict[str, Callable[[], bytes]]:
    def operator(name: str, domain: str = "", **attributes: Any) -> Callable[[], bytes]:
        return lambda: _model([helper.make_node(name, ["x"], ["y"], domain=domain, **attributes)], domain=domain)

    def resized(scale: float) -> Callable[[], bytes]:
        scales = numpy_helper.from_array(np.array([1, 1, scale, scale], np.float32), "scales")
        return _added(helper.make_node("Resize", ["x", "", "scales"], ["much"]), tensors=[scales])

    def deep(count: int) -> bytes:
        names = ["x", *(f"v{number}" for number in range(1, count)), "y"]
        return _model([helper.make_node("Identity", [one], [other]) for one, other in pairwise(names)])

    def nested(depth: int) -> bytes:
        made = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
        node = helper.make_node("Identity", ["x"], ["y"])
        for _ in range(depth):
            branch = helper.make_graph([node], "branch", [], made)
            other = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "other", [], made)
            node = helper.make_node("If", ["go"], ["y"], then_branch=branch, else_branch=other)
        return _model([node], [numpy_helper.from_array(np.array(True), "go")])

    tiled = [_whole("times", 1, 1, 20_000, 20_000)]
    padded = [_whole("pads", 0, 0, 0, 0, 0, 0, 40_000, 40_000)]
    function = helper.make_function(
        "own",
        "f",
        ["x"],
        ["y"],
        [helper.make_node("f", ["x"], ["y"], domain="own")],
        [helper.make_opsetid("own", 1), helper.make_opsetid("", 17)],
    )
    lying = ModelProto.FromString(pixelwise(metadata=SEGMENTOR))
    lying.graph.initializer[0].dims[:] = [MANY, MANY]
    return {
        "loop endless": _loop(2**62),
        "loop endless of sines": _loop(2**62, "Sin"),
        "loop that doubles": _loop(60, "Concat"),
        "loop of a billion": _loop(10**9, "Sin"),
        "filled 4 GB": _filled(1_000_000_000),
        "filled 60 GB": _filled(60_000, 250_000),
        "filled 2^62": _filled(2**31, 2**31),
        "filled below zero": _filled(-5),
        "tiled": _added(helper.make_node("Tile", ["x", "times"], ["much"]), tensors=tiled),
        "padded": _added(helper.make_node("Pad", ["x", "pads"], ["much"]), tensors=padded),
        "resized 1,000 times": resized(1_000),
        "resized 1e9 times": resized(1e9),
        "random": _added(helper.make_node("RandomNormal", [], ["much"], shape=[40_000, 40_000])),
        "range": _added(helper.make_node("Range", ["a", "b", "c"], ["much"]), tensors=[numpy_helper.from_array(np.array(v, np.float32), n) for n, v in (("a", 0), ("b", 1e9), ("c", 1))]),
        "operator unknown": operator("Evil"),
        "operator of python": operator("PyOp", "ai.onnx.contrib", module="os", compute="system"),
        "operator of an extension": operator("PyCustomOp", "ai.onnx.contrib"),
        "operator of a library": operator("CustomOpLibrary", "test.customop", library="/tmp/evil.so"),
        "context of a provider": operator("EPContext", "com.microsoft", ep_cache_context="../../notes.txt", embed_mode=0),
        "context of a path": operator("EPContext", "com.microsoft", ep_cache_context="/etc/passwd", embed_mode=0, source="OpenVINOExecutionProvider"),
        "20,000 nodes": lambda: deep(20_000),
        "nested 15 deep": lambda: nested(15),
        "nested 30 deep": lambda: nested(30),
        "function of itself": lambda: _model([helper.make_node("f", ["x"], ["y"], domain="own")], domain="own", functions=[function]),
        "ring": lambda: _model([helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Identity", ["a"], ["b"]), helper.make_node("Identity", ["b"], ["y"])]),
        "lying sizes": lying.SerializeToString,
        "names of controls": lambda: pixelwise(metadata=SEGMENTOR, operator="Conv\x1b[2J\u202e", domain="evil\x1b"),
        "opset of tomorrow": lambda: _model([helper.make_node("Identity", ["x"], ["y"])], opset=9999),
        "3,000,000 channels": lambda: pixelwise(channels=3, classes=3_000_000, metadata=None),
        "tiles of 100,000": lambda: pixelwise(side=100_000, metadata=SEGMENTOR),
        "free sides and tile of 16,384": lambda: pixelwise(side="s", metadata={**SEGMENTOR, "tile_size": 16_384}),
    }  # fmt: skip


# Metadata -------------------------------------------------------------------------------------------------------------


def _metadata(place: Place) -> dict[str, dict[str, str]]:
    names = '{"0": "field", "1": %s, "2": "water"}'
    evil = f'{{"0": __import__("pathlib").Path({str(place.planted)!r}).write_text("x")}}'
    return {
        "code": {"class_names": evil},
        "deep": {"class_names": "[" * 100_000},
        "deep of python": {"class_names": "{0: " + "(" * 5_000 + ")" * 5_000 + "}"},
        "long number": {"resolution": "1" * 1_000_000},
        "nan": {"resolution": "NaN", "seg_thresh": "NaN"},
        "threshold of an object": {"seg_thresh": '{"a": 1}'},
        "threshold of words": {"seg_thresh": '"nan"'},
        "sides endless": {"tile_size": "1e400"},
        "side below zero": {"tile_size": "-5"},
        "million names": {"class_names": "{" + ",".join(f'"{n}": "c{n}"' for n in range(1_000_000)) + "}"},
        "name of html": {"class_names": names % '"<script>x</script><img src=x>"'},
        "name of controls": {"class_names": names % '"a\\u001b[2J\\u202eb"'},
        "name of surrogates": {"class_names": names % '"\\ud800"'},
        "name of a megabyte": {"class_names": names % ('"' + "a" * 1_000_000 + '"')},
        "type of controls": {"model_type": '"a\\u001b[2J"'},
        "card of another": {"geofm_card": '{"mlm:name": "x"}'},
        "card deep": {"geofm_card": '{"a":' * 100_000},
        "card of controls": {"geofm_card": '"\\u001b[2J"'},
        "deviation zero": {"standardization_std": "0"},
        "means endless": {"standardization_mean": "[" + "1e999," * 3 + "1]"},
    }


def _described(place: Place, values: dict[str, str]) -> Words:
    model = ModelProto.FromString(
        pixelwise(metadata={key: value for key, value in SEGMENTOR.items() if key not in values})
    )
    for key, value in values.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    return _taken_in(place, model.SerializeToString)


# Files ----------------------------------------------------------------------------------------------------------------


class Evil:
    """What runs a program when it is read from a pickle."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (self.command,)


def _files(place: Place, source: random.Random) -> dict[str, Callable[[], Words]]:
    evil = pickle.dumps(Evil(f"touch {place.planted}"))
    sound = pixelwise(metadata=SEGMENTOR)

    def named(name: str, content: bytes) -> Callable[[], Words]:
        return lambda: _import(place.write(name, content))

    def linked(target: str) -> Words:
        (place.given / "stranger.onnx").symlink_to(target)
        return _import(place.given / "stranger.onnx")

    def pipe() -> Words:
        os.mkfifo(place.given / "stranger.onnx")
        return _import(place.given / "stranger.onnx")

    def garbled(seed: int) -> bytes:
        own = random.Random(f"graph {seed}")
        data = bytearray(sound)
        for _ in range(own.choice((1, 5, 30))):
            data[own.randrange(len(data))] = own.randrange(256)
        return bytes(data)

    return {
        "pickle": named("stranger.onnx", evil),
        "pickle of safetensors": named("stranger.safetensors", evil),
        "pickle of torch": named("stranger.pt", evil),
        "zeros": partial(linked, "/dev/zero"),
        "noise": partial(linked, "/dev/urandom"),
        "pipe": pipe,
        "sparse": lambda: _import(place.sparse("stranger.onnx", 60 * 2**30, sound)),
        "empty": named("stranger.onnx", b""),
        "name of controls": named("a\x1b[2J\u202e.onnx", b"nothing"),
        **{f"garbled {seed}": named("stranger.onnx", garbled(seed)) for seed in source.sample(range(1000), 8)},
    }
