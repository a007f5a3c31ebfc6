"""BIT: two dates told in a few words each, by a transformer on what a ResNet-18 makes of them.

Chen, Qi and Shi, "Remote sensing image change detection with transformers", IEEE TGRS 2021: `pos_s4` of its repository,
and the same without words and transformer (`base_resnet18`). Written from a description of the layers; those that
nothing is read from are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from .dated import DatedNetwork
from .network import Design

__all__ = ["Bit"]

WIDTH, WORDS = 32, 4
MLP_WIDTH, HEADS = 64, 8


class Bit(DatedNetwork):
    """x[N, 2*C, H, W] -> logits[N, K, H, W], H and W multiples of 8.

    Parameters
    ----------
    network : {'bit', 'bit-base'}
        With words and a transformer on three stages of the ResNet, or four stages and no more.
    channels, classes
        See `DatedNetwork`; two dates.
    decoder_depth : int
        Blocks in which pixels look at the words of their date.
    head_width : int
        Of each head of attention there.
    """

    side_multiple = 8

    def __init__(
        self,
        network: str,
        channels: Sequence[Sequence[int]],
        classes: int,
        decoder_depth: int = 1,
        head_width: int = 64,
    ) -> None:
        super().__init__(channels, classes, dates=2)
        if network not in ("bit", "bit-base"):
            raise ValueError(f"There is no network '{network}'; choose bit or bit-base.")
        if not (1 <= decoder_depth <= 64 and 1 <= head_width <= 1024):
            raise ValueError(f"A decoder of {decoder_depth} blocks with heads of {head_width} cannot be made.")
        stages = 3 if network == "bit" else 4
        self.encoder = _resnet18(self.bands, stages)
        self.narrow = nn.Conv2d(64 * 2 ** (stages - 1), WIDTH, 3, padding=1)
        self.words = _Words(decoder_depth, head_width) if network == "bit" else None
        self.head = nn.Sequential(
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False),
            nn.BatchNorm2d(WIDTH),
            nn.ReLU(),
            nn.Conv2d(WIDTH, classes, 3, padding=1),
        )
        self.apply(_begin)

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        return {"network": network, **super().parameters_for(network, design)}

    @property
    def backbone(self) -> nn.Module:
        return self.encoder

    def forward(self, x: Tensor) -> Tensor:
        after, before = (self._features(image) for image in self.apart(x))
        if self.words is not None:
            before, after = self.words(before, after)
        difference = nn.functional.interpolate((before - after).abs(), scale_factor=4.0, mode="bilinear")
        logits: Tensor = self.head(difference)
        return logits

    def _features(self, image: Tensor) -> Tensor:
        """[N, 32, H / 4, W / 4]."""
        features: Tensor = self.narrow(nn.functional.interpolate(self.encoder(image), scale_factor=2.0, mode="nearest"))
        return features


class _Words(nn.Module):
    """Features of two dates [N, C, h, w] -> the same, after their pixels have looked at the words of both."""

    def __init__(self, depth: int, head_width: int) -> None:
        super().__init__()
        self.choose = nn.Conv2d(WIDTH, WORDS, 1, bias=False)
        self.positions = nn.Parameter(torch.randn(1, 2 * WORDS, WIDTH))
        self.encode = _Block(64)
        self.decode = nn.ModuleList(_Block(head_width) for _ in range(depth))

    def forward(self, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        words = torch.cat([self._said(before), self._said(after)], dim=1) + self.positions
        old, new = self.encode(words, words).chunk(2, dim=1)
        return self._seen(before, old), self._seen(after, new)

    def _said(self, features: Tensor) -> Tensor:
        """The words of a date, [N, 4, C]: means of its pixels, each with weights of its own."""
        weights = self.choose(features).flatten(2).softmax(dim=-1)
        return torch.einsum("nwp,ncp->nwc", weights, features.flatten(2))

    def _seen(self, features: Tensor, words: Tensor) -> Tensor:
        pixels = features.flatten(2).transpose(1, 2)
        for block in self.decode:
            pixels = block(pixels, words)
        return pixels.transpose(1, 2).reshape(features.shape)


class _Block(nn.Module):
    """x[N, P, C] looks at y[N, Q, C], both normalised alike; then a small network on each."""

    def __init__(self, head_width: int) -> None:
        super().__init__()
        inner = HEADS * head_width
        self.norm, self.norm_mlp = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.key, self.value = (nn.Linear(WIDTH, inner, bias=False) for _ in range(3))
        self.out = nn.Linear(inner, WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, MLP_WIDTH), nn.GELU(), nn.Linear(MLP_WIDTH, WIDTH))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        asking, asked = self.norm(x), self.norm(y)
        parts = self.query(asking), self.key(asked), self.value(asked)
        query, key, value = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in parts)
        seen = nn.functional.scaled_dot_product_attention(query, key, value, scale=WIDTH**-0.5)
        x = x + cast(Tensor, self.out(seen.transpose(1, 2).flatten(2)))
        return x + cast(Tensor, self.mlp(self.norm_mlp(x)))


def _resnet18(bands: int, stages: int) -> nn.Sequential:
    """The first stages of a ResNet-18; from the third on they keep the stride of the second, which is 8."""
    from torchvision.models import resnet18

    whole = resnet18()
    for layer in (whole.layer3, whole.layer4):
        layer[0].conv1.stride = layer[0].downsample[0].stride = (1, 1)
    stem = nn.Conv2d(bands, 64, 7, stride=2, padding=3, bias=False)
    layers = (whole.layer1, whole.layer2, whole.layer3, whole.layer4)
    return nn.Sequential(stem, whole.bn1, whole.relu, whole.maxpool, *layers[:stages])


def _begin(module: nn.Module) -> None:
    """As the published code begins: all from chance."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
