"""The optimiser of a training: groups of weights with their rates and decay, and the schedule of the rate."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from .settings import Settings

__all__ = ["make_optimiser", "schedule"]

OPTIMISERS: dict[str, Any] = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": torch.optim.SGD}


def make_optimiser(network: nn.Module, objective: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    """The optimiser of all weights that require a gradient, in groups that say their `factor` of the rate.

    Weights are grouped by rate (encoder, the rest) and by decay (matrices and kernels, the rest).

    Raises
    ------
    ValueError
        If there is no such optimiser.
    """
    if settings.optimiser not in OPTIMISERS:
        raise ValueError(f"There is no optimiser {settings.optimiser}; choose one of {', '.join(OPTIMISERS)}.")
    everywhere = settings.optimiser != "adamw"  # the others' decay is a term of the loss, over all weights
    offered = getattr(network, "encoder_parameters", None)
    encoder = {id(weight) for weight in offered()} if offered else set()
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for weight in network.parameters():
        groups.setdefault((id(weight) in encoder, weight.ndim > 1), []).append(weight)
    groups.setdefault((False, False), []).extend(objective.parameters())
    described: list[dict[str, Any]] = [
        {
            "params": [weight for weight in weights if weight.requires_grad],
            "factor": settings.encoder_rate_factor if encodes else 1.0,
            "weight_decay": settings.weight_decay if decays or everywhere else 0.0,
        }
        for (encodes, decays), weights in groups.items()
    ]
    groups_with_weights = [group for group in described if group["params"]]
    if settings.optimiser == "sgd":
        return torch.optim.SGD(groups_with_weights, settings.learning_rate, settings.momentum)
    optimiser: torch.optim.Optimizer = OPTIMISERS[settings.optimiser](groups_with_weights, settings.learning_rate)
    return optimiser


def schedule(settings: Settings, step: int, steps: int) -> float:
    """The share of the rate at one of all steps, from 0.

    Linear warm-up, then half a cosine to zero (Loshchilov and Hutter 2017), or as `decay` says.

    Raises
    ------
    ValueError
        If there is no such decay.
    """
    warm = settings.warmup_share * steps
    if step >= warm:
        if settings.decay == "cosine":
            return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))
        epoch = step * settings.epochs // steps
        if settings.decay == "epochs: cosine":
            return 0.5 * (1 + math.cos(math.pi * epoch / settings.epochs))
        if settings.decay == "epochs: linear":
            return 1 - epoch / (settings.epochs + 1)
        raise ValueError(f"There is no decay {settings.decay}.")
    if settings.warmup_start is None:
        return (step + 1) / (warm + 1)
    return settings.warmup_start + step / warm
