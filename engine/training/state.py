"""All that a training is at one moment, to be copied and put back: networks, optimiser and a few numbers."""

from __future__ import annotations

import copy
import hashlib
import json
import math
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor, nn

from .checkpoints import Checkpoint
from .packing import load_optimizer, pack, part
from .settings import Settings

__all__ = ["Progress", "TrainingState"]


@dataclass
class Progress:
    """Where a training stands, beside its tensors; goes into checkpoints as JSON.

    Parameters
    ----------
    micro : int
        Samples that go through the network at once.
    epoch, step : int
        The epoch that is under way, from 1, and how many of its steps are done.
    sums : list of float
        Of the terms of the loss in these steps.
    rate_factor : float
        What setbacks have left of the learning rate.
    setbacks : int
    best_epoch, best_score
        0 and minus infinity before the first epoch has ended.
    stopped : bool
        By the user.
    history : list of dict
        See `Outcome`.
    """

    micro: int
    epoch: int = 1
    step: int = 0
    sums: list[float] = field(default_factory=list)
    rate_factor: float = 1.0
    setbacks: int = 0
    best_epoch: int = 0
    best_score: float = -math.inf
    stopped: bool = False
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass
class TrainingState:
    """Everything that decides how a training goes on.

    Parameters
    ----------
    network, ema : nn.Module
        The one that learns, and the moving average of its weights.
    objective : nn.Module
        It may have weights that learn, too.
    optimiser : Optimizer
    scaler : GradScaler
    progress : Progress
    best : dict of str to Tensor
        The averaged weights of the best epoch, on the CPU; empty before the first has ended.
    """

    network: nn.Module
    ema: nn.Module
    objective: nn.Module
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    progress: Progress
    best: dict[str, Tensor] = field(default_factory=dict)

    def snapshot(self) -> Checkpoint:
        """A copy on the CPU."""
        networks = {
            "network": self.network.state_dict(),
            "ema": self.ema.state_dict(),
            "objective": self.objective.state_dict(),
            "best": self.best,
        }
        tensors = pack(networks, self.optimiser)
        facts = {"progress": copy.deepcopy(asdict(self.progress)), "scaler": self.scaler.state_dict()}
        return Checkpoint({name: value.detach().to("cpu", copy=True) for name, value in tensors.items()}, facts)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Become what the copy was taken of; `progress` is another object then."""
        self.network.load_state_dict(part(checkpoint.tensors, "network"))
        self.ema.load_state_dict(part(checkpoint.tensors, "ema"))
        self.objective.load_state_dict(part(checkpoint.tensors, "objective"))
        self.best = part(checkpoint.tensors, "best")
        load_optimizer(self.optimiser, checkpoint.tensors)
        if checkpoint.facts["scaler"]:
            self.scaler.load_state_dict(checkpoint.facts["scaler"])
        self.progress = Progress(**copy.deepcopy(checkpoint.facts["progress"]))

    def fingerprint(self, settings: Settings, steps: int, identity: str) -> str:
        """Of what has to be the same for a copy to fit: settings, shapes, steps of an epoch, the data's identity."""
        values = {name: value for name, value in asdict(settings).items() if name != "checkpoint_s"}
        shapes = [
            {name: list(value.shape) for name, value in module.state_dict().items()}
            for module in (self.network, self.objective)
        ]
        learning = [len(group["params"]) for group in self.optimiser.param_groups]
        text = json.dumps([values, shapes, learning, steps, identity])
        return hashlib.sha256(text.encode()).hexdigest()
