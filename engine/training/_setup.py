"""What the trainer sets up before its loop, and what it asks of torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from .settings import Settings

__all__ = ["groups", "is_out_of_memory", "precision", "seed"]


def groups(network: nn.Module, settings: Settings) -> list[dict[str, Any]]:
    """Weights by rate (encoder, the rest) and by decay (matrices and kernels, the rest)."""
    offered = getattr(network, "encoder_parameters", None)
    encoder = {id(weight) for weight in offered()} if offered else set()
    found: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for weight in network.parameters():
        if weight.requires_grad:
            found.setdefault((id(weight) in encoder, weight.ndim > 1), []).append(weight)
    return [
        {
            "params": weights,
            "factor": settings.encoder_rate_factor if encodes else 1.0,
            "weight_decay": settings.weight_decay if decays else 0.0,
        }
        for (encodes, decays), weights in found.items()
    ]


def precision(asked: str, device: torch.device) -> torch.dtype:
    """The type that the network computes in; see `Settings`."""
    if asked == "auto":
        if device.type != "cuda":
            return torch.float32
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[asked]


def seed(*numbers: int) -> int:
    """One seed of several numbers."""
    return int(np.random.SeedSequence(list(numbers)).generate_state(1, np.uint64)[0] >> 1)


def is_out_of_memory(error: BaseException) -> bool:
    """CUDA has a class for it; the CPU's allocator and the libraries only say so."""
    text = str(error)
    said = ("out of memory", "not enough memory", "can't allocate memory", "ALLOC_FAILED")
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(words in text for words in said)
