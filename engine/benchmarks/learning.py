"""How one model of the benchmark Kuro Siwo learns and is tested, on the trainer and the objective of all networks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..cards.card import Card
from ..cards.classes import NODATA
from ..datasets.kuro_siwo.folders import Patches
from ..datasets.kuro_siwo.webdataset import Shards
from ..errors import InputError
from ..jobs.report import Report
from ..jobs.requests.benchmarks import Model
from ..jobs.requests.networks import ALL_NETWORKS
from ..models.architectures import network_class
from ..models.architectures.network import BaseNetwork, Design
from ..models.building import outline, sized
from ..models.store import read_tensors
from ..training.distributed import process_group
from ..training.objectives.segmentation import Segmentation, combine
from ..training.settings import Settings
from ..training.trainer import Trainer
from .patches import PatchBatches, bands_of, in_batches
from .scores import CLASSES, figures_of

__all__ = ["Learned", "Plan", "learn", "matrices"]

JUDGED = 32  # patches that go through a network at once where it does not learn
GSD_M = 10.0


@dataclass(frozen=True)
class Plan:
    """What is the same for all models.

    Attributes
    ----------
    parts : mapping of str to Patches
        By "train", "val" and "test".
    epochs, batch, seed : int
    terrain : {'none', 'dem', 'slope'}
    device : {'cpu', 'cuda'}
    folder : Path
        Where models are kept.
    encoder : (Path, Card), optional
        What those models start from that can stand on it.
    """

    parts: Mapping[str, Patches | Shards]
    epochs: int
    batch: int
    terrain: str
    seed: int
    device: str
    folder: Path
    encoder: tuple[Path, Card] | None

    def start_of(self, row: Model) -> tuple[Path, Card] | None:
        """The installed encoder, if a model can stand on it; None for those that start from chance."""
        if self.encoder is None or self.encoder[1].architecture not in ALL_NETWORKS[row.network].encoders:
            return None
        own = self.encoder[1].parameters.get("encoder", "")
        return self.encoder if own == row.encoder else None


@dataclass(frozen=True)
class Learned:
    """A model that has learned, with the weights of its best epoch.

    Attributes
    ----------
    network : nn.Module
    architecture : str
    design : dict
        From which `architectures.build` makes it again.
    parameters : int
        Numbers that learn.
    batch : int
        Patches of a step.
    start : str
        What it began with.
    best_epoch : int
    history : list of dict
        See `training.trainer.Outcome`.
    """

    network: nn.Module
    architecture: str
    design: dict[str, Any]
    parameters: int
    batch: int
    start: str
    best_epoch: int
    history: list[dict[str, float]]


def learn(row: Model, plan: Plan, report: Report, identity: str, folder: Path) -> Learned:
    """Teach a model on the training events; the epoch with the highest mean IoU on the validation events counts.

    Parameters
    ----------
    row : Model
    plan : Plan
    report : Report
    identity : str
        Of settings and data: a checkpoint of others is not gone on with.
    folder : Path
        Of checkpoints, which outlive this process.

    Raises
    ------
    Cancelled
        When the report says so; the state was saved before.
    InputError
        If a patch cannot be read, or the network cannot be built.
    """
    network, design = _network(row, plan)
    batches = PatchBatches(plan.parts["train"], row.dates, plan.terrain, plan.batch, plan.seed)
    each = math.ceil(batches.size / process_group().size)
    settings = Settings(
        epochs=plan.epochs,
        batch=each,
        learning_rate=row.learning_rate,
        encoder_rate_factor=1.0,
        optimiser=row.optimiser,
        momentum=row.momentum,
        weight_decay=row.weight_decay,
        decay=f"epochs: {row.decay}",
        warmup_share=0.0,
        clip=math.inf,
        ema_decay=0.0,
        patience=plan.epochs,
        seed=plan.seed,
    )

    def judge(current: nn.Module) -> dict[str, float]:
        return _judged(current, row, plan, report)

    loss = Segmentation(combine({"ce": 1.0}))
    outcome = Trainer(
        network, loss, batches, judge, settings, plan.device, report, identity=identity, folder=str(folder)
    ).run()
    network.load_state_dict(outcome.state_dict)
    learning = sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
    architecture = ALL_NETWORKS[row.network].architecture
    begun = plan.start_of(row)
    start = "from chance" if begun is None else f"from the encoder {begun[1].title}"
    return Learned(network, architecture, design, learning, batches.size, start, outcome.best_epoch, outcome.history)


def matrices(network: nn.Module, row: Model, plan: Plan, report: Report) -> dict[str, Any]:
    """Confusion matrices over the test events, by activation and by climate zone; each process counts its share.

    Returns
    -------
    dict
        "events" and "zones": rows are the truth, by the activation's number and the zone's ("0" where nobody tells).
    """
    patches, group = plan.parts["test"], process_group()
    device = torch.device(plan.device)
    actids = sorted({patches.actid(place) for place in range(len(patches))})
    zones = list(range(4))
    counts = torch.zeros(len(actids) + len(zones), len(CLASSES) ** 2, dtype=torch.int64, device=device)
    places = list(range(*group.share_of(len(patches))))
    for part, found in _counted(network, row, plan, patches, places, report):
        for place, matrix in zip(part, found, strict=True):
            counts[actids.index(patches.actid(place))] += matrix
            counts[len(actids) + (patches.zone(place) or 0)] += matrix
        if group.rank == 0:
            report.progress(part[-1] + 1 - places[0], len(places), "patches")
    group.all_reduce_sum([counts])
    tables = counts.reshape(-1, len(CLASSES), len(CLASSES)).cpu().tolist()
    by_zone = dict(zip(map(str, zones), tables[len(actids) :], strict=True))
    return {
        "events": dict(zip(map(str, actids), tables, strict=False)),
        "zones": {zone: table for zone, table in by_zone.items() if any(map(any, table))},
    }


def _network(row: Model, plan: Plan) -> tuple[BaseNetwork, dict[str, Any]]:
    """A model from chance, always the same of a seed, and the parameters of its class."""
    network, side = ALL_NETWORKS[row.network], plan.parts["train"].inputs["radar"].side or 0
    kind = network_class(network)
    names, dates = bands_of(row.dates, plan.terrain)
    start = plan.start_of(row)
    encoder = dict(start[1].parameters) if start else {"encoder": row.encoder} if row.encoder else {}
    design = Design(names, len(CLASSES), encoder, contrasts=0, month=0, gsd_m=GSD_M, dates=dates)
    parameters = kind.parameters_for(network.name, design)
    if "encoder" in row.parameters:
        shape = start[1].parameters if start else row.parameters["encoder"]
        # Its input is scaled already.
        parameters["encoder"] = {**parameters["encoder"], **shape, "bands": list(names), "image": side, "power": {}}
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(["cuda"] if plan.device == "cuda" else []))
        torch.manual_seed(plan.seed)
        if start:
            stack.enter_context(sized(outline(*start), start[0]))
        made = kind(**parameters)
    if start:
        made.load_encoder(read_tensors(*start), [band.name for band in start[1].bands], names)
    if side % made.side_multiple:
        raise InputError(
            f"{row.title} takes patches whose sides are multiples of {made.side_multiple} pixels, and these have "
            f"{side}; leave it out of the models.",
            field="model",
        )
    return made, parameters


def _judged(network: nn.Module, row: Model, plan: Plan, report: Report) -> dict[str, float]:
    patches = plan.parts["val"]
    total = torch.zeros(len(CLASSES) ** 2, dtype=torch.int64)
    for _, found in _counted(network, row, plan, patches, range(len(patches)), report):
        total += found.sum(0).cpu()
    figures = figures_of(total.reshape(len(CLASSES), len(CLASSES)).numpy())
    shown = {f"validation F1 {name}": told["f1"] for name, told in figures["classes"].items()}
    return {
        "score": figures["miou"],
        "validation mIoU": figures["miou"],
        **{name: value for name, value in shown.items() if value is not None},
    }


def _counted(
    network: nn.Module, row: Model, plan: Plan, patches: Patches | Shards, places: Sequence[int], report: Report
) -> Iterator[tuple[Sequence[int], Tensor]]:
    """Confusion matrices int64 [N, 9] of the patches at some places, a batch at a time, with these places."""
    device = torch.device(plan.device)
    network = network.eval().to(device)
    for part, images, labels in in_batches(patches, places, row.dates, plan.terrain, JUDGED):
        report.check_cancelled()
        with torch.inference_mode():
            logits = network(torch.nan_to_num(images.to(device), nan=0.0))
            yield part, _matrices(labels.to(device), logits.argmax(dim=1))


def _matrices(truth: Tensor, prediction: Tensor) -> Tensor:
    """int64 [N, K * K], rows the truth; pixels of class 255 count for nothing."""
    size = len(CLASSES) ** 2 + 1
    pairs = torch.where(truth == NODATA, size - 1, truth.long() * len(CLASSES) + prediction)
    shifted = pairs.flatten(1) + torch.arange(len(pairs), device=pairs.device)[:, None] * size
    return torch.bincount(shifted.flatten(), minlength=len(pairs) * size).reshape(-1, size)[:, :-1]
