"""The tasks of the shelf: install a model of the catalogue, take one in, give one out as ONNX."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..cards.card import CARD, Card, read_card
from ..cards.catalogue import Entry, entry
from ..cards.shelf import check_name, find, models_folder, shelf
from ..cards.tasks import TASKS, VECTORS
from ..errors import InputError, OutputError
from ..files import opened, read_plain
from ..jobs.leftovers import remove_parts
from ..jobs.paths import home_folder, prepare_home
from ..jobs.report import Report
from ..jobs.requests import ExportModelRequest, ImportModelRequest, InstallModelRequest
from ..jobs.result import Output, Result
from ..raster.sink import atomic
from ..transfer.download import fetch
from .building import outline
from .conversion import check_fit, convert, golden_of, placed
from .onnx_library import one_run_at_a_time, watched
from .onnx_limits import MOST_GRAPH_BYTES
from .published import clean, read_published
from .runtime import Session, open_runtime, tried
from .store import (
    START,
    golden_bytes,
    place_folder,
    read_golden,
    read_weights,
    refuse_pickle,
    write_model,
)

__all__ = ["export_model", "import_model", "install"]

COMPANIONS = (".onnx", ".safetensors", ".json", ".gpkg", ".txt", ".md")
MOST_COMPANION_BYTES = 256 * 2**20  # all that are no graph together


def install(request: InstallModelRequest, report: Report) -> Result:
    """Download a model of the catalogue, or take it from the mirror, and put it on the shelf.

    A model that is there already and whole stays as it is.

    Raises
    ------
    InputError
        If the catalogue has no such model, or its files cannot be had.
    OutputError
        If it cannot be written.
    """
    began = time.monotonic()
    item = entry(request.name)
    folder = _user_models() / item.name
    if _is_whole(folder):
        report.message(f"{item.title} is installed already.")
        return _result(folder, read_card(folder), began)
    item.require_files()
    remove_parts([str(folder)])
    files = [fetch(item, file, report) for file in item.files]
    report.check_cancelled()
    report.message(f"Preparing {item.title}.")
    card = placed(item, files, folder) if item.convert == "folder" else convert(item, files[0], folder)
    for file in files:
        file.unlink(missing_ok=True)
    return _result(folder, card, began)


def import_model(request: ImportModelRequest, report: Report) -> Result:
    """Put a model on the shelf: a model's folder as a copy, an ONNX file, or weights of a model of the catalogue.

    Raises
    ------
    InputError
        If it is no model, or one that cannot be used; or the name is taken or cannot be a folder's.
    OutputError
        If it cannot be written.
    """
    began = time.monotonic()
    path = Path(request.path).expanduser().absolute()
    if not path.exists():
        raise InputError(f"There is no file or folder {path}; give a model's folder or an ONNX file.")
    with watched(report.check_cancelled):
        if request.like is not None:
            folder, card = _from_weights(path, entry(request.like), request, report)
        elif path.is_dir():
            folder, card = _copy(path, request, report)
        else:
            folder, card = _from_onnx(path, request, report)
    return _result(folder, card, began)


def export_model(request: ExportModelRequest, report: Report) -> Result:
    """Write a model as an ONNX file with the metadata that Deepness reads, and its MLM card beside it.

    Raises
    ------
    InputError
        If there is no such model, or it has no network that ONNX can hold.
    OutputError
        If a file cannot be written.
    """
    from .exporting import export_onnx, mlm_card

    began = time.monotonic()
    target = Path(request.onnx or "").absolute()
    if target.suffix.lower() != ".onnx":
        raise OutputError(f"{target} does not end with .onnx; name a file that does, so that programs know what it is.")
    folder = find(request.model)
    card = read_card(folder)
    report.message(f"Exporting {card.title}.")
    graph = export_onnx(folder)
    report.check_cancelled()
    beside = target.with_suffix(".json")
    text = json.dumps(mlm_card(card, target.name), indent=2, ensure_ascii=False)
    with atomic(beside) as card_part, atomic(target) as part:
        part.write_bytes(graph)
        card_part.write_text(text, encoding="utf-8")
    outputs = (Output(str(target), "model", f"{card.title} (ONNX)"), Output(str(beside), "table", "Model card"))
    return Result(outputs, card.title, _summary(card, began))


def _user_models() -> Path:
    """The folder of the user's models, within a home that only the user can read."""
    prepare_home(home_folder())
    return models_folder()


def _is_whole(folder: Path) -> bool:
    with suppress(InputError):
        card = read_card(folder)
        read_weights(folder, card)
        return True
    return False


def _copy(path: Path, request: ImportModelRequest, report: Report) -> tuple[Path, Card]:
    if request.bands is not None:
        raise InputError(f"The model in {path} names its bands itself; leave the bands out.")
    card = read_card(path)
    folder = _free_place(request.name or card.name)
    report.message(f"Copying {card.title}.")
    if card.weights.endswith(".onnx"):
        one_run_at_a_time()
    _check_usable(path, card)
    read_golden(path, card)  # raises if it is damaged
    content = read_weights(path, card)
    card = replace(card, name=folder.name)
    files = {**_companions(path, card, report), card.weights: content, CARD: card.to_json().encode()}
    place_folder(folder, files)
    return folder, card


def _check_usable(folder: Path, card: Card) -> None:
    """See that a model is what its card says: weights that its network takes, and the outputs of its task."""
    if TASKS[card.task].gives != VECTORS:
        tried(open_runtime(folder, card, "cpu"), card)
    elif card.weights.endswith(".onnx"):
        Session(read_weights(folder, card))
    else:
        check_fit(card, outline(folder, card), folder)


def _companions(path: Path, card: Card, report: Report) -> dict[str, bytes]:
    """Files beside the weights: golden outputs, an encoder's second graph, the report of a training."""
    files: dict[str, bytes] = {}
    left = {".onnx": MOST_GRAPH_BYTES, ".safetensors": golden_bytes(card)}
    for file in sorted(path.iterdir()):
        kind = file.suffix if file.suffix in left else ""
        if (
            file.suffix not in COMPANIONS
            or file.is_dir()
            or file.name.startswith(".")
            or file.name in (CARD, card.weights)
        ):
            continue
        report.check_cancelled()
        try:
            files[file.name] = read_plain(file, left.setdefault(kind, MOST_COMPANION_BYTES), inside=True)
        except OSError as error:
            raise InputError(f"{file} cannot be read ({error.strerror}); see to the file.") from error
        left[kind] -= len(files[file.name])
        refuse_pickle(file, files[file.name][:START])
    return files


def _from_onnx(path: Path, request: ImportModelRequest, report: Report) -> tuple[Path, Card]:
    try:
        with opened(path, MOST_GRAPH_BYTES) as (file, _):
            refuse_pickle(path, file.read(START))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a model's folder or an ONNX file.") from error
    if path.suffix.lower() == ".safetensors":
        raise InputError(f"{path} holds weights without a card; give the folder that has both, or an ONNX file.")
    folder = _free_place(request.name or path.stem)
    from .importing import LARGEST_SAMPLE, import_onnx

    report.message(f"Checking {path.name}.")
    card, graph = import_onnx(path, request.name, request.bands)
    card = replace(card, name=folder.name)
    report.message(f"It takes {', '.join(f'{band.name} ({band.units})' for band in card.bands)}.")
    report.check_cancelled()
    golden = golden_of(card, graph, min(card.tile, LARGEST_SAMPLE))
    return folder, write_model(folder, card, onnx=graph, golden=golden)


def _from_weights(path: Path, like: Entry, request: ImportModelRequest, report: Report) -> tuple[Path, Card]:
    if like.card.architecture != "open-clip":
        raise InputError(f"{like.title} is no CLIP, and of other models weights alone are not taken in; install it.")
    folder = _free_place(request.name or like.name)
    from .clip import write_clip

    report.message(f"Reading {path.name} as {like.title}.")
    tensors = clean(read_published(path, request.sha256), strip=("module.",))
    report.check_cancelled()
    return folder, write_clip(folder, replace(like.card, name=folder.name), tensors)


def _free_place(name: str) -> Path:
    """Where a model of that name goes; it must not hide or replace another model."""
    check_name(name)
    taken = next((model for model in shelf() if model.name.casefold() == name.casefold()), None)
    if taken is not None:
        raise InputError(f"There is a model {taken.name} already; choose another name, or delete that one first.")
    folder = _user_models() / name
    remove_parts([str(folder)])
    return folder


def _result(folder: Path, card: Card, began: float) -> Result:
    return Result((Output(str(folder), "model", card.title),), card.title, _summary(card, began))


def _summary(card: Card, began: float) -> dict[str, Any]:
    return {
        "name": card.name,
        "title": card.title,
        "task": card.task,
        "licence": card.licence,
        "attribution": card.attribution,
        "bands": [*card.band_names],
        "dates": card.dates,
        "seconds": {"all": round(time.monotonic() - began, 3)},
    }
