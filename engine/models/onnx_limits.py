"""What a graph may hold, seen before onnxruntime opens it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    import onnx

__all__ = ["MOST_GRAPH_BYTES", "check_graph", "check_model", "tensors"]

MOST_GRAPH_BYTES = 2**31 - 1  # protobuf's own limit
# The largest networks have some 5,000 of each; opening takes time by their square.
MOST_NODES = 10_000
MOST_CONSTANTS = 10_000
SPARSE = "It holds sparse constants, which can grow to any size; export it without."


def check_graph(graph: bytes) -> None:
    """See that a graph is one, and not too large to be opened.

    Raises
    ------
    InputError
        If it is not: one sentence on why.
    """
    import onnx

    try:
        model = onnx.load_model_from_string(graph)
    except Exception as error:  # protobuf's own error, which has no root in the standard library
        raise InputError("The graph cannot be run (it is no ONNX, or damaged); give another model.") from error
    check_model(model)


def check_model(model: onnx.ModelProto) -> None:
    """See that a graph is not too large to be opened.

    Raises
    ------
    InputError
        If it is: one sentence on why.
    """
    functions: Functions = {(function.domain, function.name): function.node for function in model.functions}
    try:
        nodes = _size(model.graph.node, functions, {})
    except RecursionError as error:
        raise InputError("Its functions call each other too deeply; export it without functions.") from error
    bodies = [model.graph.node, *functions.values()]
    graphs = [model.graph, *(graph for body in bodies for graph in _graphs(body))]
    if any(graph.sparse_initializer for graph in graphs):
        raise InputError(SPARSE)
    if nodes > MOST_NODES or sum(len(graph.initializer) for graph in graphs) > MOST_CONSTANTS:
        raise InputError(
            f"It has more than {MOST_NODES:,} operations or {MOST_CONSTANTS:,} constants, which no network needs; give "
            "another model."
        )


def tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """All constants of a graph, those within operations and functions included."""
    bodies = [model.graph.node, *(function.node for function in model.functions)]
    graphs = [model.graph, *(graph for body in bodies for graph in _graphs(body))]
    for graph in graphs:
        yield from graph.initializer
    for nodes in (*(graph.node for graph in graphs), *(function.node for function in model.functions)):
        for attribute in (attribute for node in nodes for attribute in node.attribute):
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


Functions = dict[tuple[str, str], "Iterable[onnx.NodeProto]"]


def _size(nodes: Iterable[onnx.NodeProto], functions: Functions, sizes: dict[tuple[str, str], int]) -> int:
    """How many operations there are once functions stand where they are called; counted no further than the limit."""
    total = 0
    for node in _all(nodes):
        key = (node.domain, node.op_type)
        if key in functions and key not in sizes:
            sizes[key] = MOST_NODES + 1  # until it is known: a function that calls itself has no end
            sizes[key] = _size(functions[key], functions, sizes)
        total += sizes.get(key, 1)
        if total > MOST_NODES:
            break
    return total


def _all(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    """Nodes and those of the graphs in them."""
    for node in nodes:
        _refuse(node)
        yield node
        for graph in _inside(node):
            yield from _all(graph.node)


def _graphs(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.GraphProto]:
    for node in nodes:
        for graph in _inside(node):
            yield graph
            yield from _graphs(graph.node)


def _inside(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _refuse(node: onnx.NodeProto) -> None:
    """What takes memory that onnxruntime does not count."""
    if node.op_type == "StringConcat":
        raise InputError("It joins texts, which no network for images does; give another model.")
    if any(item.HasField("sparse_tensor") or item.sparse_tensors for item in node.attribute):
        raise InputError(SPARSE)
