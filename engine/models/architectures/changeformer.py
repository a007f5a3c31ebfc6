"""ChangeFormer V6: a hierarchical transformer on two dates, compared at four scales.

Bandara and Patel, "A transformer-based siamese network for change detection", IGARSS 2022. Written from a description
of the layers. The heads that only training at several scales reads are left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .dated import DatedNetwork

__all__ = ["ChangeFormer"]

WIDTHS, DEPTHS, HEADS, REDUCTIONS = (64, 128, 320, 512), (3, 3, 4, 3), (1, 2, 4, 8), (8, 4, 2, 1)
DROPOUT = DROP_PATH = 0.1


class ChangeFormer(DatedNetwork):
    """x[N, 2*C, H, W] -> logits[N, K, H, W], H and W multiples of 32.

    Parameters
    ----------
    channels, classes
        See `DatedNetwork`; two dates.
    width : int
        Of the decoder.
    widths, depths : sequence of int
        Of the four stages of the encoder: numbers of a token, and blocks.
    """

    side_multiple = 32

    def __init__(
        self,
        channels: Sequence[Sequence[int]],
        classes: int,
        width: int = 256,
        widths: Sequence[int] = WIDTHS,
        depths: Sequence[int] = DEPTHS,
    ) -> None:
        super().__init__(channels, classes, dates=2)
        if not all(8 <= own <= 4096 for own in (width, *widths)) or not all(1 <= depth <= 64 for depth in depths):
            raise ValueError(f"Stages of {list(depths)} blocks with tokens of {list(widths)} numbers cannot be made.")
        self.encoder = _Encoder(self.bands, widths, depths)
        # Of the scales from fine to coarse.
        self.narrow = nn.ModuleList(nn.Conv2d(own, width, 1) for own in widths)
        self.differences = nn.ModuleList(_difference(width) for _ in widths)
        self.fuse = nn.Sequential(nn.Conv2d(len(widths) * width, width, 1), nn.BatchNorm2d(width))
        self.finer = nn.Sequential(
            *(
                layer
                for _ in range(2)
                for layer in (nn.ConvTranspose2d(width, width, 4, stride=2, padding=1), _Residual(width))
            )
        )
        self.head = nn.Conv2d(width, classes, 3, padding=1)
        for module in self.modules():
            _begin(module)

    @property
    def backbone(self) -> nn.Module:
        return self.encoder

    def forward(self, x: Tensor) -> Tensor:
        after, before = (self.encoder(image) for image in self.apart(x))
        scales: list[Tensor] = []  # from coarse to fine
        parts = [*zip(self.narrow, self.differences, before, after, strict=True)]
        for narrow, difference, old, new in reversed(parts):
            found = difference(torch.cat([narrow(old), narrow(new)], dim=1))
            if scales:
                found = found + nn.functional.interpolate(scales[-1], scale_factor=2.0, mode="bilinear")
            scales.append(found)
        size = scales[-1].shape[2:]
        whole = [nn.functional.interpolate(scale, size, mode="bilinear") for scale in scales[:-1]]
        logits: Tensor = self.head(self.finer(self.fuse(torch.cat([*whole, scales[-1]], dim=1))))
        return logits


class _Encoder(nn.Module):
    """An image -> features at a quarter, an eighth, a 16th and a 32nd of its sides."""

    def __init__(self, bands: int, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        self.stages, inputs = nn.ModuleList(), bands
        rates = [DROP_PATH * block / max(sum(depths) - 1, 1) for block in range(sum(depths))]
        for index, (width, depth, heads, reduction) in enumerate(zip(widths, depths, HEADS, REDUCTIONS, strict=True)):
            own, rates = rates[:depth], rates[depth:]
            self.stages.append(_Stage(inputs, width, 2 if index else 4, heads, reduction, own))
            inputs = width

    def forward(self, image: Tensor) -> list[Tensor]:
        found = []
        for stage in self.stages:
            image = stage(image)
            found.append(image)
        return found


class _Stage(nn.Module):
    """Overlapping patches, then blocks: [N, C, h, w] -> [N, D, h / stride, w / stride]."""

    def __init__(
        self, inputs: int, width: int, stride: int, heads: int, reduction: int, drop_path: Sequence[float]
    ) -> None:
        super().__init__()
        self.embed = nn.Conv2d(inputs, width, 7, stride=stride, padding=3)
        self.norm_patches = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(_Block(width, heads, reduction, rate) for rate in drop_path)
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        patches = self.embed(x)
        size = patches.shape[2:]
        tokens = self.norm_patches(patches.flatten(2).transpose(1, 2))
        for block in self.blocks:
            tokens = block(tokens, size)
        return _on_lattice(self.norm(tokens), size)


class _Block(nn.Module):
    """Attention on a coarser lattice, and a small network with a depthwise convolution; each may be left out."""

    def __init__(self, width: int, heads: int, reduction: int, drop_path: float) -> None:
        super().__init__()
        self.heads, self.drop_path = heads, drop_path
        self.norm, self.norm_mlp = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.query, self.keys_values, self.out = (nn.Linear(width, size) for size in (width, 2 * width, width))
        self.reduce = nn.Conv2d(width, width, reduction, stride=reduction) if reduction > 1 else None
        self.norm_reduced = nn.LayerNorm(width) if reduction > 1 else None
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.mix = nn.Conv2d(4 * width, 4 * width, 3, padding=1, groups=4 * width)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, tokens: Tensor, size: torch.Size) -> Tensor:
        tokens = tokens + self._kept(self._attention(self.norm(tokens), size))
        wide = _on_lattice(self.widen(self.norm_mlp(tokens)), size)
        wide = nn.functional.gelu(self.mix(wide).flatten(2).transpose(1, 2))
        return tokens + self._kept(self.dropout(self.narrow(self.dropout(wide))))

    def _attention(self, tokens: Tensor, size: torch.Size) -> Tensor:
        fewer = tokens
        if self.reduce is not None and self.norm_reduced is not None:
            fewer = self.reduce(_on_lattice(tokens, size)).flatten(2).transpose(1, 2)
            fewer = self.norm_reduced(fewer)
        parts = self.query(tokens), *self.keys_values(fewer).chunk(2, dim=-1)
        query, key, value = (_heads(part, self.heads) for part in parts)
        rate = DROPOUT if self.training else 0.0
        seen = nn.functional.scaled_dot_product_attention(query, key, value, dropout_p=rate)
        found: Tensor = self.dropout(self.out(seen.transpose(1, 2).flatten(2)))
        return found

    def _kept(self, x: Tensor) -> Tensor:
        """Stochastic depth: of some samples nothing, of the others so much more."""
        if not self.training or not self.drop_path:
            return x
        kept = x.new_empty(len(x), 1, 1).bernoulli_(1 - self.drop_path)
        return x * kept / (1 - self.drop_path)


def _on_lattice(tokens: Tensor, size: torch.Size) -> Tensor:
    """[N, h * w, C] -> [N, C, h, w]."""
    return tokens.transpose(1, 2).reshape(tokens.shape[0], tokens.shape[2], *size)


def _heads(x: Tensor, count: int) -> Tensor:
    """[N, P, C] -> [N, heads, P, C / heads]."""
    return x.reshape(x.shape[0], x.shape[1], count, x.shape[2] // count).transpose(1, 2)


class _Residual(nn.Module):
    """What two convolutions make, a tenth of it, is added."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = x + 0.1 * self.layers(x)
        return found


def _difference(width: int) -> nn.Sequential:
    """What it means that two dates have these features, one after the other."""
    return nn.Sequential(
        nn.Conv2d(2 * width, width, 3, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(width),
        nn.Conv2d(width, width, 3, padding=1),
        nn.ReLU(),
    )


def _begin(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Conv2d):
        fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels // module.groups
        nn.init.normal_(module.weight, 0.0, math.sqrt(2 / fan_out))
        if module.bias is not None:
            nn.init.zeros_(module.bias)
