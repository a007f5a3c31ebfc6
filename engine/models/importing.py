"""Takes in ONNX models that others made: those of Deepness, and any whose metadata say what it is for."""

from __future__ import annotations

import colorsys
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..cards.band_names import names_of
from ..cards.card import MOST_CLASSES, Card, ClassSpec, Quantity
from ..cards.tasks import CLASSES, HEADS, QUANTITIES, TASKS, VECTORS, Task
from ..errors import GeoFMError, InputError
from ..files import opened, read_plain
from .deepness import CARD_KEY, Deepness, read_metadata
from .graph_ends import channels_last, has_channels_last, last_operator, without_argmax
from .onnx_library import one_run_at_a_time, trial
from .onnx_limits import MOST_GRAPH_BYTES, check_model, tensors
from .runtime import OnnxRuntime, Session, first_line, is_out_of_memory

if TYPE_CHECKING:
    import onnx

__all__ = ["LARGEST_SAMPLE", "import_onnx"]

Floats = NDArray[np.float32]

LIMITS = "Imported: how it was trained, and how good it is, is not known here."
UNSCALED = "Its file does not say how values are scaled: that, and their units, were taken from the names of its bands."
# Ours, beside Deepness' keys: the task, and a JSON object of what a regression estimates to its units.
TASK_KEY, UNITS_KEY = "geofm_task", "geofm_units"
STATABLE = tuple(task.name for task in TASKS.values() if task.gives in (CLASSES, QUANTITIES))
TILE, OVERLAP = 256, 0.15  # Deepness' own, where a model says nothing
LARGEST_SAMPLE = 512  # side of the tile that a graph of free sides is tried on
NEAR = 0.01  # of the largest value of an embedding: TensorFloat-32 rounds factors to 10 bits
SHARES = ("Softmax", "Sigmoid", "HardSigmoid")  # operators that give them
NUMBERED = (
    "It gives numbers of classes, not a score of each class; export it without its last steps, from the ArgMax on."
)


@dataclass(frozen=True, slots=True)
class _Graph:
    """What is known of a graph after a first look; sides are None where they are free."""

    content: bytes
    channels: int
    side: int | None
    outputs: tuple[str, ...]
    classes: int  # of the first output; 0 where it is free
    last: str  # operator that gives it
    whole: bool  # whether it gives whole numbers


def import_onnx(path: Path, name: str | None, bands: Sequence[str] | None) -> tuple[Card, bytes]:
    """An ONNX file as a model.

    Parameters
    ----------
    path : Path
        From float32[N, C, H, W]. Its metadata follow Deepness: a segmentation model gives [N, K, H, W], a recognition
        model [N, D]. Others state `geofm_task`, one of the table in `cards.tasks`, and `class_names`, or `geofm_units`
        as a JSON object such as {"canopy height": "m"}. Weights in files beside it are taken in.
    name : str, optional
        Default: of the file.
    bands : sequence of str, optional
        In the order of the channels. Needed unless the file was exported by GeoFM or has three channels, which are then
        red, green and blue, as in Deepness.

    Returns
    -------
    Card, bytes
        The graph as one file.

    Raises
    ------
    InputError
        If the file cannot be used as a model: one sentence on why, and what to do.
    """
    path = Path(path)
    try:
        model = _read(path)
        given = {entry.key: entry.value for entry in model.metadata_props}
        said = read_metadata(given)
        if not given and bands is None:
            raise InputError("It has no metadata that say what it is; name its bands in order.")
        if CARD_KEY in given:
            card = _own(given[CARD_KEY], name, bands)
            graph = _look(model, TASKS[card.task])
            return _fitted(card, graph), graph.content
        task = _task(said, given)
        if task.gives == CLASSES and task.exclusive:
            without_argmax(model, task.rank)
        graph = _look(model, task)
        named = _band_names(bands, graph.channels)
        card = _card(name or path.stem, task, said, _quantities(given), named, graph)
        return _settled(card, said, graph), graph.content
    except InputError as error:
        raise InputError(f"{path} cannot be taken as a model: {_lowered(str(error))}") from error


def _read(path: Path) -> onnx.ModelProto:
    """The model with all its weights in memory."""
    import onnx

    try:
        content = read_plain(path, MOST_GRAPH_BYTES)
    except OSError as error:
        raise InputError(f"It cannot be read ({error.strerror}); give an ONNX file.") from error
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's own error, which has no root in the standard library
        raise InputError("It is no ONNX file, or a damaged one; give a file that ends with .onnx.") from error
    if not model.graph.node or not model.graph.input or not model.graph.output:
        raise InputError("It is no ONNX file, or one without a network; give a file that ends with .onnx.")
    check_model(model)
    try:
        _check_beside(model, path.parent)
        onnx.load_external_data_for_model(model, str(path.parent))
    except InputError:
        raise
    except Exception as error:  # missing, outside the folder, or too short: each is an error of its own kind
        raise InputError(
            f"Weights that it keeps in another file are missing or damaged ({first_line(error)}); put all files of the "
            f"model into one folder."
        ) from error
    return model


def _check_beside(model: onnx.ModelProto, folder: Path) -> None:
    """See that weights in other files are in plain ones of this folder, and no more than a graph may hold.

    Raises
    ------
    InputError, ValueError, OSError
        If they are not.
    """
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    left = MOST_GRAPH_BYTES
    for tensor in tensors(model):
        if not uses_external_data(tensor):
            continue
        said = ExternalDataInfo(tensor)
        # Before the disk is asked: on Windows that could be another computer's.
        if any(kind(said.location).anchor or ".." in kind(said.location).parts for kind in (Path, PureWindowsPath)):
            raise ValueError(f"{said.location[:80]} lies outside the model's folder")
        with opened(folder / said.location, sys.maxsize) as (_, size):
            left -= said.length if said.length is not None else size - (said.offset or 0)
        if left < 0:
            raise InputError(f"Its weights in other files are more than {MOST_GRAPH_BYTES:,} bytes; export fewer.")


def _task(said: Deepness, given: Mapping[str, str]) -> Task:
    """What a model is for: as it says, else to make maps of classes."""
    if TASK_KEY in given:
        name = given[TASK_KEY].strip().strip('"')
        if name not in STATABLE:
            raise InputError(f"Its {TASK_KEY} is '{name[:40]}', not one of {', '.join(STATABLE)}; correct it.")
        return TASKS[name]
    return TASKS["recognition" if said.type == "Recognition" else "segmentation"]


def _quantities(given: Mapping[str, str]) -> tuple[Quantity, ...]:
    try:
        stated = json.loads(given.get(UNITS_KEY, "{}"))
        return tuple(Quantity(name, units) for name, units in stated.items())
    except (ValueError, AttributeError, RecursionError) as error:
        raise InputError(f"Its {UNITS_KEY} is no JSON object of names and their units; correct it.") from error


def _look(model: onnx.ModelProto, task: Task) -> _Graph:
    """See that onnxruntime takes the graph, and that it is one image in and the outputs of its task out."""
    try:
        content = bytes(model.SerializeToString())
    except Exception as error:  # protobuf's own error, which has no root in the standard library
        raise InputError(
            f"It is longer than {MOST_GRAPH_BYTES:,} bytes with its weights; export a smaller one."
        ) from error
    one_run_at_a_time()
    try:
        session = Session(content)
    except InputError as error:
        raise InputError(_refusal(model, error)) from error
    inputs, outputs = session.inputs, session.outputs
    names = tuple(output.name for output in outputs)
    if len(inputs) != 1 or (task.gives != HEADS and len(outputs) != 1):
        raise InputError(
            f"It has {len(inputs)} inputs and {len(outputs)} outputs, not one of each; export it anew, or put a card "
            f"of several heads into its metadata ({CARD_KEY})."
        )
    shape = inputs[0].shape
    if inputs[0].type not in ("tensor(float)", "tensor(float16)"):
        raise InputError(f"Its input is of the type {inputs[0].type}, not of floating point; export it anew.")
    if len(shape) != 4:
        raise InputError(
            f"Its input has {len(shape)} dimensions, not batch, channels, height and width; export it anew."
        )
    if has_channels_last(shape):
        raise InputError(channels_last("input", inputs[0].name))
    if not isinstance(shape[1], int):
        raise InputError(
            "The number of channels of its input is not fixed; export it as batch, channels, height, width with a "
            "fixed number of channels."
        )
    sides = {size for size in shape[2:] if isinstance(size, int)}
    if len(sides) > 1:
        raise InputError(f"Its tiles are {shape[3]} x {shape[2]} pixels and not square; export it with equal sides.")
    made = outputs[0].shape
    if task.rank and len(made) != task.rank:
        raise InputError(
            f"Its output has {len(made)} dimensions, and that of a {task.name} model {task.rank}; export it anew, "
            f"or state in its metadata what it is for ({TASK_KEY}: {', '.join(STATABLE)})."
        )
    if task.rank == 4 and has_channels_last(made, next(iter(sides), None)):
        raise InputError(channels_last("output", names[0]))
    classes = made[1] if task.rank and isinstance(made[1], int) else 0
    if task.gives == CLASSES:
        _check_count(classes)
    whole = "float" not in outputs[0].type and "double" not in outputs[0].type
    return _Graph(content, shape[1], next(iter(sides), None), names, classes, last_operator(model), whole)


def _check_count(classes: int) -> None:
    if classes > MOST_CLASSES:
        raise InputError(f"It has {classes} classes; at most {MOST_CLASSES} can be mapped.")


def _refusal(model: onnx.ModelProto, error: InputError) -> str:
    import onnx

    # Names that are no UTF-8 come as bytes.
    foreign = sorted({str(node.domain) for node in model.graph.node} - {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
    known = {schema.name for schema in onnx.defs.get_all_schemas()}
    unknown = sorted({str(node.op_type) for node in model.graph.node if not node.domain and node.op_type not in known})
    if foreign or unknown:
        return f"It uses operators that onnxruntime does not have ({', '.join(unknown + foreign)}); export it without."
    cause = error.__cause__ or error
    return f"onnxruntime does not take it ({first_line(cause)}); export it anew, for ONNX opset 18 or lower."


def _band_names(bands: Sequence[str] | None, channels: int) -> tuple[str, ...]:
    if bands is None:
        if channels != 3:
            raise InputError(f"It does not name its {channels} bands; name them in order.")
        return ("red", "green", "blue")
    if len(bands) != channels:
        raise InputError(f"{len(bands)} bands were named, and it takes {channels}; name that many in order.")
    return tuple(names_of(bands))


def _own(text: str, name: str | None, bands: Sequence[str] | None) -> Card:
    """The card of a model that GeoFM exported."""
    if bands is not None:
        raise InputError("It names its bands itself; leave the bands out.")
    card = Card.from_json(text)
    return replace(card, name=name or card.name, architecture="onnx", weights="model.onnx", sha256="")


def _fitted(card: Card, graph: _Graph) -> Card:
    """A card of GeoFM's, with the tile of the graph that holds it."""
    names = {head.name for head in card.heads} or {*graph.outputs}
    wrong = not card.heads and graph.classes not in (0, card.channels)
    if wrong or names != {*graph.outputs} or len(card.bands) != graph.channels:
        raise InputError("The card in it is of another network; export the model again.")
    tile = graph.side or card.tile
    return replace(card, tile=tile, overlap=min(card.overlap, tile // 2))


def _card(
    name: str, task: Task, said: Deepness, quantities: tuple[Quantity, ...], bands: tuple[str, ...], graph: _Graph
) -> Card:
    """A card from the metadata; the classes are settled after a trial."""
    tile = graph.side or said.tile or TILE
    share = OVERLAP if said.overlap is None else said.overlap
    if task.gives == QUANTITIES and (not quantities or graph.classes not in (0, len(quantities))):
        raise InputError(
            f"It is for {task.name}, and its metadata do not name each value with its units; state them as "
            f'{UNITS_KEY}, such as {{"canopy height": "m"}}.'
        )
    return Card(
        name=name,
        title=re.sub(r"[_-]+", " ", name),
        task=task.name,
        architecture="onnx",
        parameters={},
        weights="model.onnx",
        sha256="",
        bands=said.band_specs(bands),
        classes=_classes(said.names, graph.classes or len(said.names) or 1, task) if task.gives == CLASSES else (),
        quantities=quantities if task.gives == QUANTITIES else (),
        gsd_m=said.resolution_m,
        tile=tile,
        overlap=min(int(share * tile), tile // 2),
        limits=LIMITS if said.stated else f"{LIMITS} {UNSCALED}",
    )


def _settled(card: Card, said: Deepness, graph: _Graph) -> Card:
    """What only a trial shows: whether the graph runs, how many classes it has, and whether it gives probabilities."""
    runtime = OnnxRuntime(graph.content)
    parameters: dict[str, Any]
    side = graph.side or min(card.tile, LARGEST_SAMPLE)
    x = np.random.default_rng(0).standard_normal((1, len(card.bands), side, side)).astype(np.float32)
    try:
        with trial():
            made = runtime.run(x)
    except GeoFMError:
        raise
    except Exception as error:  # onnxruntime's errors have no common root
        if is_out_of_memory(error):
            raise InputError(
                f"It takes too much memory for a tile of {side} x {side} pixels; export it for smaller tiles."
            ) from error
        raise InputError(
            f"It does not run on a tile of {side} x {side} pixels ({first_line(error)}); export it with fixed sides, "
            f"or state its tile_size."
        ) from error
    task = TASKS[card.task]
    if made.ndim != task.rank or not made.size > 0:
        raise InputError(f"Its output is of the shape {list(made.shape)}, not as it says itself; export it anew.")
    if not np.isfinite(made).all():
        raise InputError("It gives values that are not finite; export it anew.")
    if made.ndim == 4 and has_channels_last(made.shape, side):
        raise InputError(channels_last("output", graph.outputs[0]))
    if made.shape[2:] not in ((), x.shape[2:]):
        raise InputError(
            f"Its map of a tile of {side} pixels is {made.shape[3]} x {made.shape[2]} pixels; export it with an "
            f"output as large as the input."
        )
    if task.gives != CLASSES:
        # Values have any size, so what another device may be off goes by theirs.
        card = replace(card, tolerance=max(card.tolerance, NEAR * float(np.abs(made).max())))
        vectors = task.gives == VECTORS
        parameters = {"output": "embedding", "dimension": made.shape[1]} if vectors else {"output": "values"}
        return replace(card, parameters=parameters)
    _check_count(made.shape[1])
    if task.exclusive and made.shape[1] == 1 and _is_numbered(made, graph, len(said.names)):
        raise InputError(NUMBERED)
    parameters = {"output": _kind(made, graph.last, task)}
    if said.threshold is not None and parameters["output"] == "probabilities":
        parameters["threshold"] = said.threshold
    return replace(card, parameters=parameters, classes=_classes(said.names, made.shape[1], task))


def _is_numbered(made: Floats, graph: _Graph, names: int) -> bool:
    """Whether a single channel holds the number of a class and no score; a mask of zeros and ones is both."""
    whole = graph.whole or bool((made == np.rint(made)).all())
    return whole and graph.last not in SHARES and (bool(made.max() > 1) or names > 2 or (graph.whole and not names))


def _kind(made: Floats, last: str, task: Task) -> str:
    """Whether outputs are probabilities: by the operator that makes them, else by their sums."""
    within = bool((made >= 0).all() and (made <= 1 + 1e-4).all())
    if last in SHARES:
        return "probabilities" if within else "logits"
    if made.shape[1] == 1 and within and {0.0, 1.0} == {*np.unique(made).tolist()}:
        return "probabilities"
    whole = task.exclusive and bool(np.abs(made.sum(axis=1) - 1).max() < 1e-3)
    return "probabilities" if within and whole else "logits"


def _classes(names: Sequence[str], outputs: int, task: Task) -> tuple[ClassSpec, ...]:
    """Named and coloured; one output means two classes where one excludes the other, and a single name the second's."""
    count = max(outputs, 2) if task.exclusive else outputs
    if len(names) > count:
        what = "one output, which tells two classes apart" if outputs == 1 else f"{outputs} outputs"
        raise InputError(
            f"It names {len(names)} classes and has {what}; correct its class_names, or export it with an output for "
            "each class."
        )
    if outputs == 1 and len(names) == 1 and task.exclusive:
        names = ("background", *names)
    labels: list[str] = []
    for value in range(count):
        label = names[value] if value < len(names) else f"class {value}"
        labels.append(label if label not in labels else f"{label} ({value})")
    return tuple(ClassSpec(value, label, _colour(value)) for value, label in enumerate(labels))


def _colour(value: int) -> str:
    """Hues a golden section of the circle apart, so that neighbours differ; class 0 is often the background."""
    if value == 0:
        return "#bdbdbd"
    red, green, blue = colorsys.hsv_to_rgb(value * 0.618034 % 1, 0.65, 0.55 + 0.35 * (value % 2))
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:] if sentence.startswith(("It ", "Its ", "The ", "Weights ")) else sentence
