"""The recipe of the basic model: how its image tower is trained against the frozen text tower."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...jobs.report import Report
from ...training.batches import Batch
from ...training.objectives.concepts import ConceptChoice
from ...training.settings import Settings
from ...training.trainer import Trainer
from .augmentation import crops, jittered, mixed, turned
from .dataset import ConceptDataset
from .network import TileEncoder

__all__ = ["Recipe", "train"]


@dataclass(frozen=True, slots=True)
class Recipe:
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
    mixup_alpha : float
    mixup_share : float
        Share of the batches that are mixed.
    plain_share : float
        Share of the steps, at the end, in which none is: so few steps would leave the network short of the pictures as
        they are.
    phrase_alpha : float
        Of the mixture of phrases: small draws single phrases, large draws their mean.
    distance_weight : float
        Of the cosine to the concept's mean phrase, beside the choice among concepts.
    learning_rate, weight_decay, ema_decay, warmup_share, seed, checkpoint_s
        See `training.settings.Settings`.
    """

    epochs: int = 52
    batch: int = 48
    sides: tuple[int, ...] = (96, 112)
    smallest_crop: float = 0.4
    jitter: float = 0.6
    mixup_alpha: float = 0.2
    mixup_share: float = 0.5
    plain_share: float = 0.25
    phrase_alpha: float = 0.5
    distance_weight: float = 1.0
    learning_rate: float = 2.5e-3
    weight_decay: float = 0.05
    ema_decay: float = 0.996
    warmup_share: float = 0.05
    seed: int = 0
    checkpoint_s: float = 60.0


def train(dataset: ConceptDataset, recipe: Recipe, report: Report, folder: str = "encoder") -> nn.Module:
    """The trained tower: the moving average of its weights, in evaluation mode.

    Parameters
    ----------
    dataset : ConceptDataset
    recipe : Recipe
    report : Report
    folder : str
        Of the checkpoints; trainings of the same report need one each.

    Raises
    ------
    Cancelled
        When the report says so; the state was saved before.
    """
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network = TileEncoder(dataset.vectors[0].shape[1])
    objective = ConceptChoice(dataset.centroids(), dataset.masked, dataset.frequencies(), recipe.distance_weight)
    batches = _Crops(dataset, recipe)
    settings = Settings(
        epochs=recipe.epochs,
        steps=batches.total,
        batch=recipe.batch,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        warmup_share=recipe.warmup_share,
        warmup_start=1e-3 / recipe.warmup_share,
        clip=5.0,
        ema_decay=recipe.ema_decay,
        ema_warmup=10,
        checkpoint_s=recipe.checkpoint_s,
        seed=recipe.seed,
        precision="bf16",
    )
    identity = _identity(dataset, recipe)
    trainer = Trainer(network, objective, batches, (), settings, "cpu", report, identity=identity, folder=folder)
    network.load_state_dict(trainer.run().state_dict)
    return network.eval().requires_grad_(False)


class _Crops:
    """Crops of pictures that are drawn by their weights, with phrases for all concepts; see `training.Batches`."""

    def __init__(self, dataset: ConceptDataset, recipe: Recipe) -> None:
        self._dataset, self._recipe = dataset, recipe
        self.total = max(1, recipe.epochs * len(dataset.pictures) // recipe.batch)
        self.steps = math.ceil(self.total / recipe.epochs)

    def batch(self, epoch: int, step: int) -> Batch:
        """Tiles float32[N, 3, S, S] in 0..255, and targets as `ConceptChoice` wants them."""
        dataset, recipe = self._dataset, self._recipe
        number = (epoch - 1) * self.steps + step
        rng = np.random.default_rng((recipe.seed, number))
        mixing = number < (1 - recipe.plain_share) * self.total and rng.random() < recipe.mixup_share
        chosen = rng.choice(len(dataset.pictures), recipe.batch, p=dataset.weights)
        side = int(rng.choice(recipe.sides))
        cut = crops([dataset.pictures[place] for place in chosen], side, recipe.smallest_crop, rng)
        tiles = torch.from_numpy(cut).permute(0, 3, 1, 2).float()
        pictures = mixed(jittered(turned(tiles, rng), recipe.jitter, rng), recipe.mixup_alpha if mixing else None, rng)
        words: Tensor = dataset.mixtures(recipe.phrase_alpha, rng)
        labels = torch.from_numpy(dataset.labels[chosen])
        targets = {
            "labels": labels,
            "other": labels[pictures.other],
            "share": pictures.share,
            "words": words.expand(len(labels), *words.shape),
        }
        return pictures.tiles, targets


def _identity(dataset: ConceptDataset, recipe: Recipe) -> str:
    """A hash of all that is learned from."""
    facts: list[Any] = [asdict(recipe) | {"checkpoint_s": None}, dataset.phrases]
    digest = hashlib.sha256(json.dumps(facts).encode())
    for array in (*dataset.pictures, dataset.labels, dataset.weights):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
