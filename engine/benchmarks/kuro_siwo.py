"""The benchmark Kuro Siwo: each model is trained and tested as the paper does it, and kept as soon as it is tested."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ..cards.card import Card, read_card
from ..cards.shelf import find
from ..cpu import threads
from ..datasets.kuro_siwo import open_grd, open_shards
from ..datasets.kuro_siwo.events import SPLITS
from ..datasets.kuro_siwo.folders import Patches
from ..datasets.kuro_siwo.webdataset import Shards
from ..datasets.shards import tars
from ..errors import InputError, OutputError
from ..files import read_plain
from ..jobs.leftovers import remove_parts
from ..jobs.report import Report
from ..jobs.requests import KURO_SIWO_MODELS, KuroSiwoBenchmarkRequest
from ..jobs.requests.benchmarks import Model
from ..jobs.result import Result
from ..mapping import MapJob
from ..models.runtime import has_gpu
from ..raster.sink import atomic
from ..training.distributed import process_group
from .learning import Learned, Plan, learn, matrices
from .plot import draw
from .scores import in_groups
from .table import as_csv, as_markdown

__all__ = ["follow", "run_benchmark"]

RESULT, WEIGHTS, LEARNING = "result.json", "weights.safetensors", "learning"
LONGEST_RESULT = 2**24
REPAIRED = (
    "No softmax, log-softmax or sigmoid stands before the cross-entropy.",
    "The horizon of the cosine is the epochs, not the batches of one.",
    "Metrics are of the pixels of their own epoch and part; none is an average over batches.",
    "ConvLSTM's decoder is fed from the stage below; BIT is tested with its transformer, too.",
    "With a DEM or slope the network is evaluated on it; the slope is in degrees, by the true spacing of pixels.",
    "What was not observed is the mean of its band, not the brightest value (0.15) nor the darkest (0).",
    "Models are kept as tensors, never as pickles, and patches may have any size.",
)


def run_benchmark(request: KuroSiwoBenchmarkRequest, report: Report) -> Result:
    """Train and test models on Kuro Siwo, one after the other; those that were tested before are not done again.

    Returns
    -------
    Result
        The summary holds of each model its figures by class, event and zone, its settings and what was assumed.

    Raises
    ------
    GeoFMError
        If the data cannot be used, or results cannot be written; models that were tested stay in the folder.
    """
    with MapJob(request, report) as job:
        with job.stage("looking for patches"):
            plan, notes = _planned(request)
        job.tell(notes)
        results = []
        for row in _rows(request):
            with job.stage(row.name):
                results.append(_result(row, plan, request, report))
        facts = _facts(plan, results)
        hidden = job.hidden_outputs()
        texts = {"table": as_markdown(results, facts), "figures": as_csv(results)}
        for name, text in texts.items():
            if name in hidden:
                hidden[name].write_text(text, encoding="utf-8")
        if "plot" in hidden:
            hidden["plot"].write_bytes(draw(results))
        summary = {**job.about(), **facts, "results": results, "warnings": notes, "seconds": job.seconds}
        return job.finish(summary, "Benchmark on Kuro Siwo")


def follow(request: KuroSiwoBenchmarkRequest, report: Report) -> None:
    """Learn and test along with the process that runs `run_benchmark`, as another one of its group.

    Raises
    ------
    GeoFMError
        As `run_benchmark` does.
    """
    plan, _ = _planned(request)
    for row in _rows(request):
        _result(row, plan, request, report)


def _rows(request: KuroSiwoBenchmarkRequest) -> list[Model]:
    return [row for name, row in KURO_SIWO_MODELS.items() if not request.model or name in request.model]


def _planned(request: KuroSiwoBenchmarkRequest) -> tuple[Plan, list[str]]:
    """All that is the same for each model, and what there is to say of it."""
    # Before anything is read: what ran in this process before must not decide, since sums depend on it.
    torch.set_num_threads(max(1, threads() // process_group().local_size))
    if request.device == "cuda" and not has_gpu():
        raise InputError("There is no NVIDIA GPU that torch can use; choose the device auto or cpu.", field="device")
    device = "cuda" if has_gpu() and request.device != "cpu" else "cpu"
    parts = {split: _part(request, split) for split in SPLITS}
    folder = Path(request.folder).absolute()
    encoder = _encoder(request.encoder) if request.encoder else None
    plan = Plan(parts, request.epochs, request.batch, request.terrain, request.seed, device, folder, encoder)
    if encoder and not any(plan.start_of(row) for row in _rows(request)):
        raise InputError(
            f"None of the models stands on an encoder such as {encoder[1].title}; choose another encoder or model.",
            field="encoder",
        )
    notes = []
    for split, patches in parts.items():
        left = patches.listing.unusable if isinstance(patches, Patches) else 0
        if left:
            notes.append(f"{left:,} patches of the part {split} are left out: {patches.listing.told()}.")  # type: ignore[union-attr]
    if len(parts["train"]) < request.batch:
        notes.append(f"There are only {len(parts['train']):,} patches to learn from: each step takes all of them.")
    return plan, notes


def _encoder(name: str) -> tuple[Path, Card]:
    folder = find(name)
    card = read_card(folder)
    if card.task != "encoder":
        raise InputError(f"The model {card.title} is for {card.task} and no encoder; choose another.", field="encoder")
    return folder, card


def _part(request: KuroSiwoBenchmarkRequest, split: str) -> Patches | Shards:
    path = Path(request.data)
    in_shards = path.is_dir() and any(tars(folder) for folder in (path, *path.iterdir()) if folder.is_dir())
    opened = open_shards if in_shards else open_grd
    return opened([path], split, skip=request.skip_incomplete, terrain=request.terrain != "none")


def _result(row: Model, plan: Plan, request: KuroSiwoBenchmarkRequest, report: Report) -> dict[str, Any]:
    """What came of a model: as it was kept, or learned and tested now; of the first process alone."""
    group, folder = process_group(), plan.folder / row.name
    identity = _identity(row, plan)
    kept = _kept(folder, identity) if group.rank == 0 else None
    # Folders may lie on a disk of the first process's computer alone.
    if group.broadcast_number(float(kept is not None), torch.device(plan.device)):
        if group.rank == 0:
            report.message(f"{row.title} was tested before: {folder / RESULT}.")
        return kept or {}
    started, learning = time.monotonic(), folder / LEARNING
    if group.rank == 0:
        report.message(f"{row.title} learns.")
        remove_parts([str(folder / WEIGHTS), str(folder / RESULT)])  # of one that was killed while it wrote them
    learned = learn(row, plan, report, identity, learning)
    counted = matrices(learned.network, row, plan, report)
    if group.rank > 0:
        return {}
    result = _told(row, plan, learned, counted, round(time.monotonic() - started, 1))
    _keep(folder, result, learned, identity)
    with suppress(OSError):  # in the way of nothing but room
        shutil.rmtree(learning)
    return result


def _identity(row: Model, plan: Plan) -> str:
    """A hash of what decides how good a model is."""
    start = plan.start_of(row)
    settings = [plan.epochs, plan.batch, plan.terrain, plan.seed, asdict(row), start[1].sha256 if start else None]
    found = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for split in SPLITS:
        for name in plan.parts[split].names:
            found.update(name.encode())
        found.update(b"\0")
    return found.hexdigest()


def _kept(folder: Path, identity: str) -> dict[str, Any] | None:
    """The result in a model's folder; None if it was not tested yet.

    Raises
    ------
    OutputError
        If it is of other settings or data, or damaged: nothing that took days is thrown away.
    """
    path = folder / RESULT
    try:
        kept = json.loads(read_plain(path, LONGEST_RESULT))
        identity_there, result = kept["identity"], kept["result"]
        result["groups"] = in_groups(result["events"], result["zones"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OutputError(f"{path} is damaged; delete it, or choose another folder.", field="folder") from error
    if identity_there != identity:
        raise OutputError(
            f"{path} is of other settings or other patches; choose another folder, or give those settings again.",
            field="folder",
        )
    return dict(result)


def _keep(folder: Path, result: dict[str, Any], learned: Learned, identity: str) -> None:
    """Write weights, then the result that makes them count."""
    from safetensors.torch import save_file

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be made ({error.strerror}); choose another folder.", field="folder"
        ) from error
    with atomic(folder / WEIGHTS) as part:
        save_file({name: value.contiguous() for name, value in learned.network.state_dict().items()}, part)
    without = {name: value for name, value in result.items() if name != "groups"}
    with atomic(folder / RESULT) as part:
        part.write_text(json.dumps({"identity": identity, "result": without}, indent=1), encoding="utf-8")


def _told(row: Model, plan: Plan, learned: Learned, counted: dict[str, Any], seconds: float) -> dict[str, Any]:
    decay = "cosine" if row.decay == "cosine" else "linear"
    of_sgd = f", momentum {row.momentum:g}" if row.optimiser == "sgd" else ""
    weights = f", weight decay {row.weight_decay:g}" if row.weight_decay else ""
    settings = (
        f"{row.optimiser.upper() if row.optimiser == 'sgd' else row.optimiser.title()} at {row.learning_rate:g}{of_sgd}"
        f"{weights}, {decay} over {plan.epochs} epochs, batches of {learned.batch}, {row.dates} dates"
        f"{'' if plan.terrain == 'none' else f' and {plan.terrain}'}, cross-entropy without weights of classes, "
        f"{learned.start}."
    )
    return {
        "model": row.name,
        "title": row.title,
        "settings": settings,
        "assumed": row.assumed,
        "parameters": learned.parameters,
        "architecture": learned.architecture,
        "network": learned.design,
        "best_epoch": learned.best_epoch,
        "epochs": len(learned.history),
        "history": learned.history,
        "seconds": seconds,
        **counted,
        "groups": in_groups(counted["events"], counted["zones"]),
    }


def _facts(plan: Plan, results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is said of all models together."""
    counts = {split: len(patches) for split, patches in plan.parts.items()}
    told = ", ".join(f"{count:,} {words}" for count, words in zip(counts.values(), _WORDS, strict=True))
    assumed = [
        f"Epochs are not stated: {plan.epochs}; the one with the highest mean IoU on the validation events counts.",
        "Without an installed encoder (see Settings) models start from chance. The paper starts U-Net, DeepLabV3+ and "
        "UPerNet from ImageNet or ADE20k and FloodViT from its pre-training; GeoFM fetches no such weights.",
        "Half precision is bfloat16 where the graphics card has it; on a processor all is computed in full.",
        *(f"{result['title']}: {result['assumed']}" for result in results if result["assumed"]),
    ]
    return {
        "data": f"Patches: {told}; figures in per cent, pixels of the test events pooled, code 3 and pixels that are "
        "marked as not valid left out; water is permanent water and flood as one class.",
        "patches": counts,
        "assumed": assumed,
        "repaired": list(REPAIRED),
    }


_WORDS = ("to learn from", "to choose the epoch by", "to test on")
