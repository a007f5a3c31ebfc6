"""Trains the image tower against the frozen text tower: one loop, to be read from top to bottom."""

from __future__ import annotations

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
from ...training.packing import load_optimizer, pack, part
from ...training.running_mean import RunningMean
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
    tower = _Tower(lessons, settings, report.checkpoints / state)
    steps = max(1, settings.epochs * len(lessons.pictures) // settings.batch)
    step = tower.resume()
    saved = time.monotonic()
    losses: list[float] = []
    while step < steps and not report.stop_wanted():
        if time.monotonic() - saved >= settings.checkpoint_s:
            tower.save(step)
            saved = time.monotonic()
        try:
            report.check_cancelled()
        except BaseException:
            tower.save(step)
            raise
        losses.append(tower.learn(step, steps))
        step += 1
        report.progress(step, steps, "steps")
        if step % max(1, steps // settings.epochs) == 0 or step == steps:
            report.metric("loss", step, float(np.mean(losses)))
            losses.clear()
    tower.save(step)  # what follows may be broken off as well
    return tower.mean.network


class _Tower:
    """The tower that learns, its mean, and what moves it.

    Parameters
    ----------
    lessons : Lessons
    settings : Settings
    folder : Path
        Of its checkpoints.
    """

    def __init__(self, lessons: Lessons, settings: Settings, folder: Path) -> None:
        self._lessons, self._settings, self._folder = lessons, settings, folder
        with torch.random.fork_rng():
            torch.manual_seed(settings.seed)
            self._network = TileEncoder(lessons.vectors[0].shape[1]).to(memory_format=torch.channels_last)
        self.mean = RunningMean(self._network)
        self._scale = nn.Parameter(torch.tensor(math.log(20.0)))
        decayed = [weight for weight in self._network.parameters() if weight.ndim > 1]
        others = [weight for weight in self._network.parameters() if weight.ndim <= 1]
        self._optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": settings.weight_decay},
                {"params": [*others, self._scale], "weight_decay": 0.0},
            ],
            settings.learning_rate,
        )
        self._choice = _Choice(lessons.centroids(), lessons.masked, lessons.shares().log(), settings.pull)

    def learn(self, step: int, steps: int) -> float:
        """Make one of all steps; its loss."""
        settings = self._settings
        rng = np.random.default_rng((settings.seed, step))
        mixing = step < (1 - settings.plain_share) * steps and rng.random() < settings.mixing_share
        labels, pictures = _batch(self._lessons, settings, mixing, rng)
        for group in self._optimizer.param_groups:
            group["lr"] = settings.learning_rate * _rate(step / steps, settings.warmup_share)
        self._network.train()
        with torch.autocast("cpu", torch.bfloat16):
            vectors = self._network(pictures.tiles.to(memory_format=torch.channels_last))
        words = self._lessons.mixtures(settings.words, rng)
        factor = self._scale.exp().clamp(max=HIGHEST_SCALE)
        first = self._choice.losses(vectors, words, labels, factor)
        second = self._choice.losses(vectors, words, labels[pictures.other], factor)
        loss = (pictures.share * first + (1 - pictures.share) * second).mean()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), 5.0)
        self._optimizer.step()
        self.mean.follow(min(settings.ema_decay, (step + 1) / (step + 11)))
        return loss.item()

    def save(self, step: int) -> None:
        """Write a checkpoint after so many steps."""
        networks = {"network": self._network.state_dict(), "averaged": self.mean.network.state_dict()}
        tensors = {**pack(networks, self._optimizer), "scale": self._scale}
        checkpoints.save(self._folder, checkpoints.State(tensors, {"step": step, **self._facts()}))

    def resume(self) -> int:
        """Steps that were done before; 0 where there is no checkpoint of this very training."""
        found = checkpoints.load_latest(self._folder)
        if found is None or {**found.facts, "step": None} != {"step": None, **self._facts()}:
            return 0
        self._network.load_state_dict(part(found.tensors, "network"))
        self.mean.network.load_state_dict(part(found.tensors, "averaged"))
        with torch.no_grad():
            self._scale.copy_(found.tensors["scale"])
        load_optimizer(self._optimizer, found.tensors)
        return int(found.facts["step"])

    def _facts(self) -> dict[str, object]:
        """What must be the same for a training to go on."""
        return {
            "settings": {**asdict(self._settings), "sides": list(self._settings.sides), "checkpoint_s": None},
            "phrases": [list(phrases) for phrases in self._lessons.phrases],
            "pictures": len(self._lessons.pictures),
        }


def _batch(lessons: Lessons, settings: Settings, mixing: bool, rng: np.random.Generator) -> tuple[Tensor, Mixed]:
    chosen = rng.choice(len(lessons.pictures), settings.batch, p=lessons.weights)
    side = int(rng.choice(settings.sides))
    cut = crops([lessons.pictures[place] for place in chosen], side, settings.smallest_crop, rng)
    tiles = torch.from_numpy(cut).permute(0, 3, 1, 2).float()
    tiles = jittered(turned(tiles, rng), settings.jitter, rng)
    return torch.from_numpy(lessons.labels[chosen]), mixed(tiles, settings.mixing if mixing else None, rng)


@dataclass(frozen=True, slots=True)
class _Choice:
    """The choice among concepts, which the tower is taught to make.

    Attributes
    ----------
    centroids : Tensor, float32[K, D]
    masked : Tensor, bool[K, K]
        See `Lessons`.
    shares : Tensor, float32[K]
        Logarithms of how often concepts are drawn.
    pull : float
    """

    centroids: Tensor
    masked: Tensor
    shares: Tensor
    pull: float

    def losses(self, vectors: Tensor, words: Tensor, labels: Tensor, factor: Tensor) -> Tensor:
        """float32[N]: cross entropy of the choice, and the distance from the right one's mean phrase.

        The logarithms of how often concepts are drawn are added to the logits (Menon et al. 2021): the cosines alone,
        which a search sees, then favour no concept for being frequent.
        """
        logits = (vectors @ words.T * factor + self.shares).masked_fill(self.masked[labels], -1e4)
        choice = F.cross_entropy(logits, labels, reduction="none")
        return choice + self.pull * (1 - (vectors * self.centroids[labels]).sum(1))


def _rate(done: float, warmup: float) -> float:
    """The learning rate's factor at a share of all steps: up in a line, down as half a cosine."""
    if done < warmup:
        return (done + 1e-3) / warmup
    return 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))
