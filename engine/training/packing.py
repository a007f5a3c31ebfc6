"""Networks and an optimiser as named tensors, which is how checkpoints hold them, and back."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.optim import Optimizer

__all__ = ["load_optimizer", "pack", "part"]

OPTIMIZER = "optimizer"


def pack(networks: Mapping[str, Mapping[str, Tensor]], optimizer: Optimizer) -> dict[str, Tensor]:
    """All tensors under one roof.

    Parameters
    ----------
    networks : mapping of str to state dict
    optimizer : Optimizer
        Its moments and counts; not its rates.

    Returns
    -------
    dict of str to Tensor
        The tensors themselves, no copies: "network.name", and "optimizer.weight's number.name".
    """
    tensors = {f"{network}.{name}": value for network, values in networks.items() for name, value in values.items()}
    for number, state in optimizer.state_dict()["state"].items():
        there = {name: value for name, value in state.items() if value is not None}  # SGD without momentum has none
        tensors |= {f"{OPTIMIZER}.{number}.{name}": torch.as_tensor(value) for name, value in there.items()}
    return tensors


def part(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The state dict of one of the packed networks."""
    start = f"{name}."
    return {key.removeprefix(start): value for key, value in tensors.items() if key.startswith(start)}


def load_optimizer(optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give an optimiser of the same weights the packed moments; copies of them, since it changes its own in place."""
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in part(tensors, OPTIMIZER).items():
        number, name = key.split(".")
        moments.setdefault(int(number), {})[name] = value.clone()
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
