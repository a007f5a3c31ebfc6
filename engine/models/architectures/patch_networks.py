"""The small vision transformer and the mixer that the benchmark of land-cover classification compares with.

Papoutsis et al., ISPRS J. 195, 2023, after the examples of Keras. Written from a description of the layers. Both exist
as published, with what is wrong named, and as they were meant.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .network import BaseNetwork, Design

__all__ = ["MlpMixer", "PatchTransformer"]

EPSILON = 1e-6
VARIANTS = {"mixer": (4, 128, 64, 200), "mixer-tiny": (2, 64, 64, 64)}  # blocks, width, of tokens, of channels


class PatchTransformer(BaseNetwork):
    """x[N, C, S, S] -> logits[N, K], a transformer over patches whose outputs all enter the head.

    So most of its parameters lie in the head: 52 of the 55 million of ViT/6 on tiles of 120.

    Parameters
    ----------
    channels, classes : int
    side, patch : int
        Pixels.
    learned : bool
        Whether positions are learned. As published (False) they are one direction times the number of the patch.
    """

    numbers: Tensor
    DIM, DEPTH, HEADS, MLP, DROPOUT, HEAD_DROPOUT, HEAD = 64, 8, 4, 128, 0.1, 0.5, (2048, 1024)

    def __init__(self, channels: int, classes: int, side: int = 120, patch: int = 6, learned: bool = True) -> None:
        super().__init__()
        count = (side // patch) ** 2
        self.side_multiple, self.learned = side, learned
        self.patches = nn.Conv2d(channels, self.DIM, patch, stride=patch)
        self.positions = nn.Parameter(0.02 * torch.randn(count if learned else 1, self.DIM))
        self.blocks = nn.Sequential(*(_Block(self.DIM, self.HEADS, self.MLP, self.DROPOUT) for _ in range(self.DEPTH)))
        self.norm = nn.LayerNorm(self.DIM, eps=EPSILON)
        wide, narrow = self.HEAD
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(self.HEAD_DROPOUT),
            *(nn.Linear(count * self.DIM, wide), nn.GELU(), nn.Dropout(self.HEAD_DROPOUT)),
            *(nn.Linear(wide, narrow), nn.GELU(), nn.Dropout(self.HEAD_DROPOUT)),
            nn.Linear(narrow, classes),
        )
        self.register_buffer("numbers", torch.arange(count, dtype=torch.float32)[:, None], persistent=False)

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        """For a name as 'vit-6'."""
        return {"channels": len(design.bands), "classes": design.classes, "patch": int(network.rpartition("-")[2])}

    @property
    def backbone(self) -> nn.Module:
        return self.blocks

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = tokens + (self.positions if self.learned else self.positions * self.numbers)
        logits: Tensor = self.head(self.norm(self.blocks(tokens)))
        return logits


class _Block(nn.Module):
    """Attention with heads as wide as the whole, and a small network with GELU after both of its layers."""

    def __init__(self, dim: int, heads: int, mlp: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dim = heads, dim
        self.before, self.between = (nn.LayerNorm(dim, eps=EPSILON) for _ in range(2))
        self.qkv = nn.Linear(dim, 3 * heads * dim)
        self.out = nn.Linear(heads * dim, dim)
        self.drop = nn.Dropout(dropout)
        self.mlp = nn.Sequential(
            *(nn.Linear(dim, mlp), nn.GELU(), nn.Dropout(dropout)),
            *(nn.Linear(mlp, dim), nn.GELU(), nn.Dropout(dropout)),
        )

    def forward(self, x: Tensor) -> Tensor:
        count, tokens, _ = x.shape
        q, k, v = self.qkv(self.before(x)).reshape(count, tokens, 3, self.heads, self.dim).permute(2, 0, 3, 1, 4)
        share = self.drop((q @ k.transpose(-2, -1) / self.dim**0.5).softmax(dim=-1))
        x = x + self.out((share @ v).transpose(1, 2).reshape(count, tokens, -1))
        out: Tensor = x + self.mlp(self.between(x))
        return out


class MlpMixer(BaseNetwork):
    """x[N, C, S, S] -> logits[N, K]: layers that mix patches, and layers that mix channels, in turns.

    Tolstikhin et al., "MLP-Mixer", NeurIPS 2021.

    Parameters
    ----------
    channels, classes : int
    side, patch : int
        Pixels.
    blocks, dim, tokens_mlp, channels_mlp : int
    over : {'channels', 'tokens'}
        What is normalised: the channels, or, as published there, the tokens, of which each would get its own scale.
    """

    def __init__(
        self,
        channels: int,
        classes: int,
        side: int = 120,
        patch: int = 12,
        blocks: int = 4,
        dim: int = 128,
        tokens_mlp: int = 64,
        channels_mlp: int = 200,
        over: str = "channels",
    ) -> None:
        super().__init__()
        count = (side // patch) ** 2
        self.side_multiple = side
        self.patches = nn.Conv2d(channels, dim, patch, stride=patch)
        norm = dim if over == "channels" else count
        self.blocks = nn.Sequential(
            *(_Mixing(count, dim, tokens_mlp, channels_mlp, norm, over == "channels") for _ in range(blocks))
        )
        self.norm = nn.LayerNorm(dim, eps=EPSILON)
        self.head = nn.Linear(dim, classes)

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        blocks, dim, tokens, channels = VARIANTS[network]
        sizes = {"blocks": blocks, "dim": dim, "tokens_mlp": tokens, "channels_mlp": channels}
        return {"channels": len(design.bands), "classes": design.classes, **sizes}

    @property
    def backbone(self) -> nn.Module:
        return self.blocks

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.blocks(self.patches(x).flatten(2).transpose(1, 2))
        logits: Tensor = self.head(self.norm(tokens.mean(dim=1)))
        return logits


class _Mixing(nn.Module):
    def __init__(self, count: int, dim: int, tokens: int, channels: int, norm: int, over_channels: bool) -> None:
        super().__init__()
        self.over_channels = over_channels
        self.before, self.between = (nn.LayerNorm(norm, eps=EPSILON) for _ in range(2))
        self.tokens = nn.Sequential(nn.Linear(count, tokens), nn.GELU(), nn.Linear(tokens, count))
        self.channels = nn.Sequential(nn.Linear(dim, channels), nn.GELU(), nn.Linear(channels, dim))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.tokens(self._normal(self.before, x).transpose(1, 2)).transpose(1, 2)
        out: Tensor = x + self.channels(self._normal(self.between, x))
        return out

    def _normal(self, norm: nn.Module, x: Tensor) -> Tensor:
        y: Tensor = norm(x) if self.over_channels else norm(x.transpose(1, 2)).transpose(1, 2)
        return y
