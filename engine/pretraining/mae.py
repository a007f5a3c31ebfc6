"""The task `pretrain-mae`: from images without labels to an encoder that networks stand on."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .. import __version__
from ..cards.band_names import same_band
from ..cards.card import CARD, BandSpec, Card
from ..cards.shelf import check_name
from ..cpu import threads
from ..errors import InputError, OutputError
from ..jobs.frame import JobFrame
from ..jobs.publishing import names_alone
from ..jobs.report import Report
from ..jobs.requests import PretrainMaeRequest
from ..jobs.requests.pretraining import SIZES, Size
from ..jobs.result import Result
from ..models.architectures.mae import MaskedAutoencoder
from ..models.architectures.vit import POWER, Scaling, VisionTransformer, decibels
from ..models.store import write_model
from ..raster.image import ImageBand
from ..segmentation.examples import Example, robust_specs
from ..training.batches import Batch
from ..training.devices import learning_device
from ..training.distributed import process_group
from ..training.objectives.regression import Regression
from ..training.settings import Settings
from ..training.trainer import Outcome, Trainer
from .sources import Cell, Source, source_of
from .squares import Masked, Squares, parted

__all__ = ["follow", "pretrain"]

LEAST_STEPS = 16
STATISTICS_CELLS, MOST_JUDGED = 64, 256
LICENCE = "yours"


@dataclass(frozen=True)
class _Plan:
    """What is learned from, and how."""

    source: Source
    specs: tuple[BandSpec, ...]
    size: Size
    parameters: dict[str, Any]
    batches: Masked
    judged: list[Batch]
    cells: tuple[int, int]


@dataclass(frozen=True)
class _Learned:
    """What came of it; `trivial` is the loss of drawing the mean of what is hidden."""

    encoder: VisionTransformer
    outcome: Outcome
    trivial: float


def pretrain(request: PretrainMaeRequest, report: Report) -> Result:
    """Pre-train an encoder as a masked autoencoder, and write it as a model that networks can stand on.

    Returns
    -------
    Result
        The summary holds the model's folder, the losses, and the loss of drawing the mean.

    Raises
    ------
    GeoFMError
        If the images cannot be used or the model cannot be written; nothing is left behind then.
    """
    model = Path(str(request.model)).absolute()
    name = check_name(model.name)
    _check_free(model)
    with JobFrame(request, report) as job:
        with job.stage("opening"):
            plan = _plan(request, job, report)
            warnings = plan.source.notes
        job.tell(warnings)
        with job.stage("learning"):
            learned = _learn(plan, request, report)
        with job.stage("writing"):
            card = _card(request, name, plan, learned)
            report.check_cancelled()
            golden = _golden(learned.encoder, len(plan.specs))
            write_model(model, card, tensors=learned.encoder.state_dict(), golden=golden)
        summary = {
            **job.about(),
            "model": str(model),
            "weights": sum(value.numel() for value in learned.encoder.parameters()),
            "metrics": card.metrics,
            "epochs": len(learned.outcome.history),
            "warnings": warnings,
            "seconds": job.seconds,
        }
    return Result(request.written(), card.title, summary)


def follow(request: PretrainMaeRequest, report: Report) -> None:
    """Learn along with the process that runs `pretrain` (`training.distributed.joined`)."""
    with ExitStack() as stack:
        _learn(_plan(request, stack, report), request, report)


def _check_free(model: Path) -> None:
    """A training takes hours, so what stands in its way is told before it."""
    if (model / CARD).is_file():
        raise OutputError(f"{model} is a finished model; delete it, or choose another folder.", field="model")
    if os.path.lexists(model) and not (model.is_dir() and not any(model.iterdir())):
        raise OutputError(f"{model} is there and is no model; choose another folder.", field="model")


def _plan(request: PretrainMaeRequest, stack: ExitStack, report: Report) -> _Plan:
    source = source_of(request, stack)
    size = SIZES[request.size]
    size = replace(size, dim=request.width or size.dim, depth=request.depth or size.depth)
    cells = source.cells(size.image)
    train, held_out = parted(cells, request.seed)
    specs, power = _scaled(source, train, request.seed, report)
    parameters: dict[str, Any] = {
        "bands": [band.name for band in specs],
        **{name: getattr(size, name) for name in ("image", "patch", "dim", "depth", "heads", "head_dim", "mlp")},
        "power": power,
    }
    squares = Squares(source, specs, Scaling(parameters["bands"], power), size.image)
    area = sum(cell.height * cell.width for cell in train) / size.image**2
    steps = max(LEAST_STEPS, math.ceil(area / request.batch))
    batches = Masked(squares, train, size.patch, request.batch, steps, request.seed)
    count = min(MOST_JUDGED, max(request.batch, 4 * len(held_out)))
    judged = batches.held_out(held_out or train, count, report)
    return _Plan(source, specs, size, parameters, batches, judged, (len(train), len(held_out)))


def _scaled(
    source: Source, cells: Sequence[Cell], seed: int, report: Report
) -> tuple[tuple[BandSpec, ...], dict[str, list[float]]]:
    """How bands are normalised, and the power of those that are backscatter which the published statistics are of."""
    power = {band.name: [*known] for band in source.bands if (known := _power(band)) is not None}
    chosen = np.random.default_rng([seed, 10]).permutation(len(cells))[:STATISTICS_CELLS]
    examples = []
    for cell in (cells[index] for index in chosen.tolist()):
        report.check_cancelled()
        examples.append(Example(source.read(cell), np.zeros((cell.height, cell.width), np.uint8)))
    try:
        specs = robust_specs(source.bands, examples, seed)
    except InputError as error:
        raise InputError("A band of the images shows nothing; name the bands, and 'skip' it.", field="bands") from error
    fixed = {name: decibels(mean) for name, (mean, _) in power.items()}
    return (
        tuple(
            BandSpec(spec.name, spec.units, *fixed[spec.name], spec.date) if spec.name in fixed else spec
            for spec in specs
        ),
        power,
    )


def _power(band: ImageBand) -> tuple[float, float] | None:
    """Mean and standard deviation in linear power, of VV and VH in dB."""
    if band.units != "db":
        return None
    return next((known for name, known in POWER.items() if same_band(name, band.name)), None)


def _learn(plan: _Plan, request: PretrainMaeRequest, report: Report) -> _Learned:
    device = learning_device(request.device)
    torch.set_num_threads(max(1, threads() // process_group().local_size))
    dim, depth, heads, mlp = plan.size.decoder
    with torch.random.fork_rng(["cuda"] if device == "cuda" else []):
        torch.manual_seed(request.seed)
        encoder = VisionTransformer(**plan.parameters)
        network = MaskedAutoencoder(encoder, len(plan.specs), dim, depth, heads, mlp=mlp)
    settings = Settings(
        epochs=request.epochs,
        batch=request.batch,
        learning_rate=plan.size.learning_rate,
        weight_decay=plan.size.weight_decay,
        encoder_rate_factor=1.0,
        patience=request.epochs,
        seed=request.seed,
    )
    trainer = Trainer(
        network,
        Regression("l2"),
        plan.batches,
        plan.judged,
        settings,
        device,
        report,
        identity=_identity(request, plan),
        folder="pretraining",
    )
    outcome = trainer.run()
    network.to("cpu").load_state_dict(outcome.state_dict)
    hidden = torch.cat([targets[targets.isfinite()] for _, targets in plan.judged])
    return _Learned(encoder.eval(), outcome, float(hidden.var(correction=0)))


def _identity(request: PretrainMaeRequest, plan: _Plan) -> str:
    """A hash of what is learned from: the files as far as their sizes and times tell, and the squares judged by."""
    files = []
    for path in request.inputs():
        with_status = Path(path.partition("|")[0])
        status = with_status.stat() if with_status.exists() else None
        files.append([path, status and status.st_size, status and status.st_mtime_ns])
    facts = [files, asdict(plan.size), plan.parameters, request.batch, request.seed]
    found = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for (images, _), _targets in plan.judged:
        found.update(np.ascontiguousarray(images.numpy()).data)
    return found.hexdigest()


def _golden(encoder: VisionTransformer, bands: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """An input as the network gets it, of chance, and its tokens."""
    shape = (1, bands, encoder.image, encoder.image)
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    with torch.inference_mode():
        return x, encoder(torch.from_numpy(x)).numpy()


def _card(request: PretrainMaeRequest, name: str, plan: _Plan, learned: _Learned) -> Card:
    best = next(item for item in learned.outcome.history if item["epoch"] == learned.outcome.best_epoch)
    return Card(
        name=name,
        title=request.name or name,
        task="encoder",
        architecture="vit",
        parameters=plan.parameters,
        weights="weights.safetensors",
        sha256="",
        bands=plan.specs,
        gsd_m=plan.source.gsd_m and round(plan.source.gsd_m, 4),
        tile=plan.size.image,
        overlap=0,
        licence=LICENCE,
        source="pre-trained with GeoFM",
        training={
            "way": "masked autoencoder",
            "images": names_alone(request.images or request.data),
            "cells": plan.cells[0],
            "cells_held_out": plan.cells[1],
            "size": request.size,
            "epochs": len(learned.outcome.history),
            "best_epoch": learned.outcome.best_epoch,
            "batch": request.batch,
            "seed": request.seed,
            "software": f"GeoFM {__version__}",
            "python": platform.python_version(),
            "torch": torch.__version__,
        },
        metrics={
            "validation_loss": best["validation loss"],
            "loss_of_the_mean": learned.trivial,
            "training_loss": best["loss"],
        },
        limits="An encoder to train on; what it knows is what the images named here show.",
    )
