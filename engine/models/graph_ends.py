"""The ends of a graph that others made: how its input and output are laid out, and what gives the output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import onnx

__all__ = ["channels_last", "has_channels_last", "last_operator", "without_argmax"]

# Between the last computation of a network and its output: they change no value.
PASSING = ("Transpose", "Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Clip")
IN_PLACE = ("Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze")  # of these, those that turn no axes around


def forget_traces(model: onnx.ModelProto) -> None:
    """Take out what torch writes of each operator: where in which file, and folder, of this computer it comes from."""
    graphs = [model.graph]
    while graphs:
        graph = graphs.pop()
        for node in (*graph.node, *(node for function in model.functions for node in function.node)):
            node.doc_string = ""
            del node.metadata_props[:]
            for attribute in node.attribute:
                graphs += [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]
        for value in (*graph.input, *graph.output, *graph.value_info, *graph.initializer):
            del value.metadata_props[:]


def last_operator(model: onnx.ModelProto) -> str:
    """The operator that gives the first output, apart from those that change no value; blank if there is none."""
    *_, last = [None, *_backwards(model, PASSING)]
    return last.op_type if last is not None and last.op_type not in PASSING else ""


def without_argmax(model: onnx.ModelProto, rank: int) -> None:
    """Take away the step that makes the number of the best class of the classes' scores, if that is the last.

    Maps are blended from scores, and numbers of classes cannot be. A score tells how sure it is, too.

    Parameters
    ----------
    model : ModelProto
        Is changed.
    rank : int
        Dimensions of the scores; the second is that of the classes.
    """
    nodes = list(_backwards(model, IN_PLACE))
    if not nodes or nodes[-1].op_type != "ArgMax" or len(model.graph.output) != 1:
        return
    given = {attribute.name: attribute.i for attribute in nodes[-1].attribute}
    if given.get("axis", 0) not in (1, 1 - rank) or given.get("select_last_index", 0):
        return
    output = model.graph.output[0]
    output.ClearField("type")  # onnxruntime infers it
    output.name = nodes[-1].input[0]
    for node in nodes:
        model.graph.node.remove(node)


def has_channels_last(shape: Sequence[Any], side: int | None = None) -> bool:
    """Whether an image of this shape is batch, height, width, channels, as Keras has it.

    Parameters
    ----------
    shape : sequence of int, str or None
        Four; only numbers are fixed.
    side : int, optional
        Of the tile, where it is known.
    """
    _, first, second, last = shape
    if not isinstance(last, int) or last == second:
        return False
    if not isinstance(first, int):
        return True
    return first == second and (last < first if side is None else first == side)


def channels_last(what: str, name: str) -> str:
    """What is to be done about it, for an `input` or `output` of a name."""
    return (
        f"Its {what} '{name[:40]}' has the channels last, as Keras has them; export it as batch, channels, height, "
        f"width (tf2onnx: --{what}s-as-nchw {name[:40]})."
    )


def _backwards(model: onnx.ModelProto, passing: Sequence[str]) -> Iterator[onnx.NodeProto]:
    """The nodes that lead to the first output, the last one first, up to the first that is not one of `passing`."""
    makers = {name: node for node in model.graph.node for name in node.output}
    node, left = makers.get(model.graph.output[0].name), len(model.graph.node)
    while node is not None and left:
        yield node
        if node.op_type not in passing or not node.input:
            return
        node, left = makers.get(node.input[0]), left - 1
