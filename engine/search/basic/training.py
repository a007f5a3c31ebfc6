"""Trains the image tower against the frozen text tower: one loop, to be read from top to bottom."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...jobs.report import Report
from ...training import checkpoints
from .augmentation import Mixed, crops, jittered, mixed, turned
from .lessons import Lessons
from .network import TileEncoder

__all__ = ["Settings", "train"]

HIGHEST_SCALE = 60.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How the tower is trained.

    Attributes
    ----------
    epochs : int
        As many pictures are drawn as there are, so many times.
    batch : int
    sides : tuple of int
        Sides of the crops, in pixels; each batch takes one of them.
    smallest_crop : float
        Share of the picture's area.
    jitter : float
        Strength of changes of light and colour.
    mixing : float
        Alpha of mixup.
    mixing_share : float
        Share of the batches that are mixed.
    plain_share : float
        Share of the steps, at the end, in which none is: so few steps would leave the network short of the pictures as
        they are.
    words : float
        Alpha of the mixture of phrases: small draws single phrases, large draws their mean.
    pull : float
        Weight of the cosine to the concept's mean phrase, beside the choice among concepts.
    learning_rate, weight_decay, ema_decay, warmup_share : float
        Of AdamW, the running mean of the weights, and the linear rise of the rate.
    seed : int
    checkpoint_s : float
        Seconds between checkpoints.
    """

    epochs: int = 52
    batch: int = 48
    sides: tuple[int, ...] = (96, 112)
    smallest_crop: float = 0.4
    jitter: float = 0.6
    mixing: float = 0.2
    mixing_share: float = 0.5
    plain_share: float = 0.25
    words: float = 0.5
    pull: float = 1.0
    learning_rate: float = 2.5e-3
    weight_decay: float = 0.05
    ema_decay: float = 0.996
    warmup_share: float = 0.05
    seed: int = 0
    checkpoint_s: float = 60.0


def train(lessons: Lessons, settings: Settings, report: Report, state: str = "encoder") -> nn.Module:
    """The trained tower: the running mean of its weights, in evaluation mode.

    Everything random is drawn anew at each step from (seed, step), so a training that finds its checkpoint in
    `report.checkpoints` goes on as if it had never been stopped.

    Parameters
    ----------
    lessons : Lessons
    settings : Settings
    report : Report
    state : str
        Name of the folder of checkpoints; trainings of the same report need one each.

    Raises
    ------
    Cancelled
        When the report says so; the state was saved before.
    """
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        network = TileEncoder(lessons.vectors[0].shape[1]).to(memory_format=torch.channels_last)
    averaged = copy.deepcopy(network).eval().requires_grad_(False)
    scale = nn.Parameter(torch.tensor(math.log(20.0)))
    decayed = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": [*others, scale], "weight_decay": 0.0}],
        settings.learning_rate,
    )
    parts = {"network": network, "averaged": averaged}
    steps = max(1, settings.epochs * len(lessons.pictures) // settings.batch)
    folder = report.checkpoints / state
    step = _resume(folder, settings, lessons, parts, scale, optimizer)
    centroids, masked, shares = lessons.centroids(), lessons.masked, lessons.shares().log()
    saved = time.monotonic()
    losses: list[float] = []
    while step < steps and not report.stop_wanted():
        if time.monotonic() - saved >= settings.checkpoint_s:
            _save(folder, settings, lessons, step, parts, scale, optimizer)
            saved = time.monotonic()
        try:
            report.check_cancelled()
        except BaseException:
            _save(folder, settings, lessons, step, parts, scale, optimizer)
            raise
        rng = np.random.default_rng((settings.seed, step))
        mixing = step < (1 - settings.plain_share) * steps and rng.random() < settings.mixing_share
        labels, pictures = _batch(lessons, settings, mixing, rng)
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * _rate(step / steps, settings.warmup_share)
        network.train()
        with torch.autocast("cpu", torch.bfloat16):
            vectors = network(pictures.tiles.to(memory_format=torch.channels_last))
        words = lessons.mixtures(settings.words, rng)
        factor = scale.exp().clamp(max=HIGHEST_SCALE)
        first = _losses(vectors, words, centroids, masked, shares, labels, factor, settings.pull)
        second = _losses(vectors, words, centroids, masked, shares, labels[pictures.other], factor, settings.pull)
        loss = (pictures.share * first + (1 - pictures.share) * second).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        step += 1
        _average(averaged, network, min(settings.ema_decay, step / (step + 10)))
        losses.append(loss.item())
        report.progress(step, steps, "steps")
        if step % max(1, steps // settings.epochs) == 0 or step == steps:
            report.metric("loss", step, float(np.mean(losses)))
            losses.clear()
    _save(folder, settings, lessons, step, parts, scale, optimizer)  # what follows may be broken off as well
    return averaged


def _batch(lessons: Lessons, settings: Settings, mixing: bool, rng: np.random.Generator) -> tuple[Tensor, Mixed]:
    chosen = rng.choice(len(lessons.pictures), settings.batch, p=lessons.weights)
    side = int(rng.choice(settings.sides))
    cut = crops([lessons.pictures[place] for place in chosen], side, settings.smallest_crop, rng)
    tiles = torch.from_numpy(cut).permute(0, 3, 1, 2).float()
    tiles = jittered(turned(tiles, rng), settings.jitter, rng)
    return torch.from_numpy(lessons.labels[chosen]), mixed(tiles, settings.mixing if mixing else None, rng)


def _losses(
    vectors: Tensor,
    words: Tensor,
    centroids: Tensor,
    masked: Tensor,
    shares: Tensor,
    labels: Tensor,
    factor: Tensor,
    pull: float,
) -> Tensor:
    """float32[N]: cross entropy of the choice among concepts, and the distance from the right one's mean phrase.

    The logarithms of how often concepts are drawn are added to the logits (Menon et al. 2021): the cosines alone, which
    a search sees, then favour no concept for being frequent.
    """
    logits = (vectors @ words.T * factor + shares).masked_fill(masked[labels], -1e4)
    choice = F.cross_entropy(logits, labels, reduction="none")
    return choice + pull * (1 - (vectors * centroids[labels]).sum(1))


def _rate(done: float, warmup: float) -> float:
    """The learning rate's factor at a share of all steps: up in a line, down as half a cosine."""
    if done < warmup:
        return (done + 1e-3) / warmup
    return 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))


@torch.no_grad()
def _average(averaged: nn.Module, network: nn.Module, decay: float) -> None:
    for mean, now in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(now, 1 - decay)
        else:
            mean.copy_(now)


def _facts(settings: Settings, lessons: Lessons) -> dict[str, object]:
    """What must be the same for a training to go on."""
    return {
        "settings": {**asdict(settings), "sides": list(settings.sides), "checkpoint_s": None},
        "phrases": [list(phrases) for phrases in lessons.phrases],
        "pictures": len(lessons.pictures),
    }


def _save(
    folder: Path,
    settings: Settings,
    lessons: Lessons,
    step: int,
    parts: dict[str, TileEncoder],
    scale: Tensor,
    optimizer: torch.optim.Optimizer,
) -> None:
    tensors = {
        f"{part}.{name}": tensor for part, network in parts.items() for name, tensor in network.state_dict().items()
    }
    tensors["scale"] = scale
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in state.items()}
    checkpoints.save(folder, checkpoints.State(tensors, {"step": step, **_facts(settings, lessons)}))


def _resume(
    folder: Path,
    settings: Settings,
    lessons: Lessons,
    parts: dict[str, TileEncoder],
    scale: nn.Parameter,
    optimizer: torch.optim.Optimizer,
) -> int:
    """Steps that were done before; 0 where there is no checkpoint of this very training."""
    found = checkpoints.load_latest(folder)
    if found is None or {**found.facts, "step": None} != {"step": None, **_facts(settings, lessons)}:
        return 0
    for part, network in parts.items():
        own = {
            name.removeprefix(f"{part}."): tensor
            for name, tensor in found.tensors.items()
            if name.startswith(f"{part}.")
        }
        network.load_state_dict(own)
    with torch.no_grad():
        scale.copy_(found.tensors["scale"])
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in found.tensors.items():
        if name.startswith("optimizer."):
            _, number, key = name.split(".")
            state.setdefault(int(number), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return int(found.facts["step"])
