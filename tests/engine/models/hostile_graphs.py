"""Graphs that take all memory or have no end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["BOMBS", "ENDLESS", "TOO_LARGE", "graph"]

ENDS = numpy_helper.from_array(np.array(1, np.float32), "one")
SHAPE = ["batch", 3, "height", "width"]


def graph(
    nodes: Sequence[onnx.NodeProto],
    constants: Sequence[onnx.TensorProto] = (),
    functions: Sequence[onnx.FunctionProto] = (),
    sparse: Sequence[onnx.SparseTensorProto] = (),
) -> onnx.ModelProto:
    """A segmentation model from x to y."""
    given, made = (helper.make_tensor_value_info(name, TensorProto.FLOAT, SHAPE) for name in "xy")
    whole = helper.make_graph(nodes, "hostile", [given], [made], constants, sparse_initializer=sparse)
    opsets = [helper.make_opsetid("", 17), *([helper.make_opsetid("own", 1)] if functions else [])]
    model = helper.make_model(whole, opset_imports=opsets, ir_version=8, functions=functions)
    model.metadata_props.add(key="model_type", value='"Segmentor"')
    return model


def whole(name: str, *numbers: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(numbers, np.int64), name)


def loop(*steps: onnx.NodeProto, start: str = "x") -> list[onnx.NodeProto]:
    """Steps from the value v to the value w, again and again."""
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "vw"]
    flags = [helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("go", "still")]
    number = helper.make_tensor_value_info("number", TensorProto.INT64, [])
    again = helper.make_node("Identity", ["go"], ["still"])
    body = helper.make_graph([again, *steps], "body", [number, flags[0], value[0]], [flags[1], value[1]])
    return [helper.make_node("Loop", ["", "true", start], ["z"], body=body), helper.make_node("Mul", ["x", "z"], ["y"])]


TRUE = numpy_helper.from_array(np.array(True), "true")


def summed(*nodes: onnx.NodeProto) -> list[onnx.NodeProto]:
    """x times the sum of the value big."""
    total = helper.make_node("ReduceSum", ["big"], ["sum"], keepdims=0)
    return [*nodes, total, helper.make_node("Mul", ["x", "sum"], ["y"])]


def _endless() -> onnx.ModelProto:
    return graph(loop(helper.make_node("Mul", ["v", "one"], ["w"])), [TRUE, ENDS])


def _doubling() -> onnx.ModelProto:
    return graph(loop(helper.make_node("Concat", ["v", "v"], ["w"], axis=0)), [TRUE])


def _of_shape(count: int) -> onnx.ModelProto:
    return graph(summed(helper.make_node("ConstantOfShape", ["shape"], ["big"])), [whole("shape", count)])


def _expanded() -> onnx.ModelProto:
    return graph(summed(helper.make_node("Expand", ["one", "shape"], ["big"])), [whole("shape", 10**9), ENDS])


def _padded() -> onnx.ModelProto:
    sides = whole("sides", 0, 0, 0, 0, 0, 0, 0, 2 * 10**7)
    return graph(summed(helper.make_node("Pad", ["x", "sides"], ["big"])), [sides])


def _worked_out_before() -> onnx.ModelProto:
    """Products of constants, which onnxruntime would work out when it opens the graph."""
    side, nodes, last = 14_000, [], "x"
    column = numpy_helper.from_array(np.ones((side, 1), np.float32), "column")
    rows = [numpy_helper.from_array(np.full((1, side), number, np.float32), f"row{number}") for number in range(12)]
    for number in range(12):
        nodes.append(helper.make_node("Add", ["column", f"row{number}"], [f"sum{number}"]))
        nodes.append(helper.make_node("Mul", [f"sum{number}", last], [f"next{number}"]))
        last = f"next{number}"
    nodes.append(helper.make_node("Identity", [last], ["big"]))
    return graph(summed(*nodes), [column, *rows])


def _sparse() -> onnx.ModelProto:
    values = numpy_helper.from_array(np.ones(1, np.float32), "big")
    one = helper.make_sparse_tensor(values, whole("places", 5), [100_000, 100_000])
    return graph(summed(), sparse=[one])


def _chain() -> onnx.ModelProto:
    nodes = [helper.make_node("Relu", ["x" if not n else f"v{n}"], [f"v{n + 1}"]) for n in range(20_000)]
    return graph([*nodes, helper.make_node("Identity", ["v20000"], ["y"])])


def _laughs() -> onnx.ModelProto:
    """Functions that call each other ten times each, eight deep."""
    functions = []
    for level in range(8):
        inner, domain = ("Relu", "") if level == 0 else (f"f{level - 1}", "own")
        steps = [helper.make_node(inner, [f"v{n}"], [f"v{n + 1}"], domain=domain) for n in range(10)]
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
        functions.append(helper.make_function("own", f"f{level}", ["v0"], ["v10"], steps, opsets))
    return graph([helper.make_node("f7", ["x"], ["y"], domain="own")], functions=functions)


ENDLESS: dict[str, Callable[[], onnx.ModelProto]] = {"loop": _endless}
BOMBS: dict[str, Callable[[], onnx.ModelProto]] = {
    "doubling": _doubling,
    "of shape": lambda: _of_shape(10**11),
    "of a smaller shape": lambda: _of_shape(10**9),
    "expanded": _expanded,
    "padded": _padded,
    "worked out before": _worked_out_before,
}
TOO_LARGE: dict[str, Callable[[], onnx.ModelProto]] = {"sparse": _sparse, "chain": _chain, "laughs": _laughs}
