"""The task `train`: from images and labelled polygons to a model with its card, metrics and errors."""

from __future__ import annotations

import platform
import re
import unicodedata
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..cards.card import CARD, Card, ClassSpec
from ..errors import OutputError
from ..jobs.frame import JobFrame
from ..jobs.publishing import names_alone, write_report
from ..jobs.report import Report
from ..jobs.requests import TrainRequest
from ..jobs.requests.networks import PRESETS
from ..jobs.result import Result
from ..models.store import place_folder, write_model
from ..raster.sink import atomic, check_writable
from ..training.metrics import ConfusionMatrix
from .errors_layer import Mistakes
from .examples import Examples, normalised
from .learned import Learned
from .summary import card_facts
from .validating import figures, validate

__all__ = ["follow", "train"]

GOLDEN_SIDE = 64
LICENCE = "yours"
Learn = Callable[[Examples, TrainRequest, Report], Learned]


def train(request: TrainRequest, report: Report) -> Result:
    """Learn land cover from labelled polygons.

    Parameters
    ----------
    request : TrainRequest
    report : Report
        Networks leave checkpoints in its folder and go on from there.

    Returns
    -------
    Result
        The summary holds the classes, the confusion matrix and metrics of the validation pixels, the card, warnings
        and timings.

    Raises
    ------
    GeoFMError
        If the inputs cannot be used or the outputs cannot be written; nothing is left behind then.

    Notes
    -----
    All presets take the same way: images and labels are opened and split in space, one part is learned from, the other
    is predicted as a map is and compared. Quick then learns once more, from all polygons; networks keep the best epoch.
    The metrics are those of the held-out part in both cases.
    """
    model = Path(str(request.model)).absolute()
    inside = _check_outputs(request, model)
    with JobFrame(request, report) as job:
        with job.stage("opening"):
            examples = job.enter_context(Examples(request, PRESETS[request.preset].split_side))
            examples.leave_out_unseen(report)
        job.tell(examples.warnings)
        with job.stage("learning"):
            learned = _learner(request)(examples, request, report)
        with job.stage("validation"):
            args = learned.specs, learned.predict, learned.tiling, report
            confusion, mistakes = validate(examples, examples.split.validation, *args)
        if learned.refit is not None:
            with job.stage("learning from all polygons"):
                learned = learned.refit()
        warnings = [*examples.warnings, *learned.warnings]
        job.tell(warnings)
        with job.stage("writing"):
            folder = report.checkpoints / "model"
            card = _card(request, model, examples, learned, confusion)
            golden = _golden(examples, learned)
            card = write_model(folder, card, tensors=learned.tensors, onnx=learned.onnx, golden=golden)
        summary = _summary(job, request, examples, learned, confusion, card, warnings)
        paths = _staged(request, folder, inside, job)
        report.check_cancelled()  # the last chance: the outputs appear next
        _publish(folder, model, paths, summary, mistakes)
    outputs = (replace(output, name=card.title) if output.kind == "model" else output for output in request.written())
    return Result(tuple(outputs), request.name or f"Training {card.title}", summary)


def follow(request: TrainRequest, report: Report) -> None:
    """Learn along with the process that runs `train`, as another one of its group (`training.distributed.joined`).

    The first process alone validates and writes.

    Raises
    ------
    GeoFMError
        As `train` does.
    """
    with Examples(request, PRESETS[request.preset].split_side) as examples:
        examples.leave_out_unseen(report)
        _learner(request)(examples, request, report)


def _learner(request: TrainRequest) -> Learn:
    """The function that learns; torch is imported only for those that need it."""
    learn: Learn = import_module(f".{PRESETS[request.preset].learner}", __package__).learn
    return learn


def _check_outputs(request: TrainRequest, model: Path) -> dict[str, str]:
    """See that all outputs can be written; returns the names of those that lie in the model's folder.

    They become part of it: a folder appears at once, with all that it holds.
    """
    if model.exists() and not (model.is_dir() and (not any(model.iterdir()) or (model / CARD).is_file())):
        raise OutputError(f"{model} is there and is no model, so it is not replaced; choose another folder.")
    check_writable(model.with_name(f"{model.name}.json") if model.is_dir() else model)
    inside = {}
    for name, path in request.outputs().items():
        if name != "model" and Path(path).absolute().parent == model:
            inside[name] = Path(path).name
        elif name != "model":
            check_writable(path)
    return inside


def _staged(request: TrainRequest, folder: Path, inside: dict[str, str], stack: ExitStack) -> dict[str, Path]:
    """Where report and errors are written: into the model's folder, or beside their places until the stack ends."""
    beside = {name: path for name, path in request.outputs().items() if name != "model" and name not in inside}
    return {
        **{name: stack.enter_context(atomic(path)) for name, path in beside.items()},
        **{name: folder / file for name, file in inside.items()},
    }


def _publish(folder: Path, model: Path, paths: dict[str, Path], summary: dict[str, Any], mistakes: Mistakes) -> None:
    """Write report and errors, and let the model appear."""
    if "report" in paths:
        write_report(paths["report"], summary)
    if "errors" in paths:
        mistakes.write(paths["errors"])
    place_folder(model, {path.name: path.read_bytes() for path in sorted(folder.iterdir())})


def _card(request: TrainRequest, model: Path, examples: Examples, learned: Learned, confusion: ConfusionMatrix) -> Card:
    labels = examples.labels
    return Card(
        name=_plain_name(model.name),
        title=request.name or model.name,
        task="segmentation",
        architecture=learned.architecture,
        parameters=learned.parameters,
        weights="model.onnx" if learned.onnx is not None else "weights.safetensors",
        sha256="",
        bands=learned.specs,
        classes=tuple(ClassSpec(*item) for item in zip(labels.codes, labels.classes, labels.colors, strict=True)),
        gsd_m=round(examples.gsd_m, 4),
        tile=learned.tiling.side,
        overlap=learned.tiling.overlap,
        licence=LICENCE,
        source="trained with GeoFM",
        training={
            "labels": names_alone(request.labels),
            "class_field": request.class_field,
            "images": names_alone(request.images),
            "acquired": [image.acquired and image.acquired.isoformat() for image in examples.images],
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "preset": request.preset,
            "seed": request.seed,
            "polygons": dict(zip(labels.classes, labels.polygons, strict=True)),
            "pixels": dict(zip(labels.classes, _pixels(examples)[0], strict=True)),
            "validation_pixels": dict(zip(labels.classes, _pixels(examples)[1], strict=True)),
            "software": f"GeoFM {__version__}",
            "python": platform.python_version(),
            "numpy": np.__version__,
            **learned.facts,
        },
        metrics=figures(confusion, labels.classes),
        limits=(
            "Learned from the images and polygons named here: expect less of other seasons, sensors and landscapes, "
            "and of classes with few polygons."
        ),
    )


def _golden(examples: Examples, learned: Learned) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Pixels as the network gets them, from the first labelled window, and what it makes of them."""
    place = examples.places(GOLDEN_SIDE, 0)[0]
    values = np.nan_to_num(normalised(examples.read(place, examples.labels).image, learned.specs), nan=0.0)
    image = np.zeros((1, len(learned.specs), GOLDEN_SIDE, GOLDEN_SIDE), np.float32)
    image[0, :, : values.shape[1], : values.shape[2]] = values
    return image, learned.raw(image)


def _summary(
    job: JobFrame,
    request: TrainRequest,
    examples: Examples,
    learned: Learned,
    confusion: ConfusionMatrix,
    card: Card,
    warnings: list[str],
) -> dict[str, Any]:
    pixels = _pixels(examples)
    return {
        **job.about(),
        "preset": request.preset,
        "model": card.title,
        "classes": [
            {
                "id": item.value,
                "name": item.name,
                "color": item.color,
                "polygons": examples.labels.polygons[index],
                "pixels": pixels[0][index],
                "validation_pixels": pixels[1][index],
            }
            for index, item in enumerate(card.classes)
        ],
        "confusion": confusion.matrix.tolist(),
        "metrics": card.metrics,
        "best_epoch": learned.best_epoch,
        "epochs": learned.epochs,
        "card": card_facts(card),
        "notes": learned.notes,
        "warnings": warnings,
        "seconds": job.seconds,
    }


def _pixels(examples: Examples) -> list[list[int]]:
    """Of training and of validation, by class."""
    counts: list[list[int]] = examples.split.pixels.tolist()
    return counts


def _plain_name(text: str) -> str:
    """A name for programs: Latin letters, digits and hyphens."""
    latin = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^0-9A-Za-z_.-]+", "-", latin).strip("-.") or "model"
