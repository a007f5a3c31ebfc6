"""Wide residual networks, scaled together in depth, width and side, with attention over channels.

Papoutsis et al., "Benchmarking and scaling of deep learning models for land cover image classification", ISPRS J. 195,
2023. Written from a description of the layers. Departures: the mean of all pixels instead of a pool of 8 x 8 before it,
which dropped the borders of tiles; in Ghost convolutions the cheap half is that of the depthwise convolution, whose
output is thrown away there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from torch import Tensor, cat, nn

from .attention import ATTENTIONS
from .network import BaseNetwork, Design

__all__ = ["FAMILY", "Scaling", "WideResNet", "compound"]

DROPOUT = 0.1
STEM = 16
# Keras's momentum of 0.1 of the running statistics is torch's 0.9.
MOMENTUM = 0.9


@dataclass(frozen=True)
class Scaling:
    """How much deeper, wider and of larger tiles a network is than the base, by factors.

    Attributes
    ----------
    alpha, beta, gamma : float
        Of depth, width and side.
    """

    alpha: float = 1.0
    beta: float = 1.0
    gamma: float = 1.0

    @property
    def side(self) -> int:
        """The side of its tiles in pixels, a multiple of 10."""
        return math.ceil(60 * self.gamma / 10) * 10

    @property
    def blocks(self) -> int:
        """Residual blocks of each of the three stages."""
        return int(((10 * self.alpha - 4) // 6) * self.alpha)

    @property
    def widths(self) -> tuple[int, int, int]:
        """Channels of the three stages, multiples of 4."""
        first, second, third = (_rounded(scale * 2 * self.beta) for scale in (16, 32, 64))
        return first, second, third


def compound(phi: int, alpha: float = 1.2, beta: float = 1.1, gamma: float = 1.15) -> Scaling:
    """The scaling of a compound coefficient: each factor to the power of `phi`."""
    return Scaling(alpha**phi, beta**phi, gamma**phi)


# The coefficients of B1 to B7 are published nowhere. Those of the only configuration that is, (1.4, 1.8), are
# EfficientNet-B4's width and depth, taken as depth and width; so the others are EfficientNet's too, taken alike.
FAMILY = {
    "b0": Scaling(),
    "b1": Scaling(1.0, 1.1, 240 / 224),
    "b2": Scaling(1.1, 1.2, 260 / 224),
    "b3": Scaling(1.2, 1.4, 300 / 224),
    "b4": Scaling(1.4, 1.8, 380 / 224),
    "b5": Scaling(1.6, 2.2, 456 / 224),
    "b6": Scaling(1.8, 2.6, 528 / 224),
    "b7": Scaling(2.0, 3.1, 600 / 224),
}
"""B0 to B7."""


class WideResNet(BaseNetwork):
    """x[N, C, H, W] -> logits[N, K]: what a tile shows.

    Parameters
    ----------
    channels : int
        C.
    classes : int
        K.
    widths : sequence of int
        Channels of the three stages.
    blocks : int
        Residual blocks of each stage.
    attention : {'none', 'eca', 'se', 'cbam', 'coordinate'}
    ghost : bool
        Whether half of each convolution's channels are made cheaply from the other half (Han et al., "GhostNet",
        CVPR 2020).
    """

    side_multiple = 4

    def __init__(
        self,
        channels: int,
        classes: int,
        widths: tuple[int, int, int] = (32, 64, 128),
        blocks: int = 1,
        attention: str = "eca",
        ghost: bool = False,
    ) -> None:
        super().__init__()
        if attention not in ATTENTIONS:
            raise ValueError(f"There is no attention '{attention}'; choose one of {', '.join(ATTENTIONS)}.")
        layers: list[nn.Module] = [nn.Conv2d(channels, STEM, 3, padding=1, bias=False), _norm(STEM), nn.ReLU()]
        width = STEM
        for stage, wider in enumerate(widths):
            layers.append(_Expanding(width, wider, 2 if stage else 1, attention, ghost))
            layers += [_Residual(wider, attention, ghost) for _ in range(blocks - 1)]
            layers += [_norm(wider), nn.ReLU()]
            width = wider
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(width, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Conv1d):
                nn.init.kaiming_normal_(module.weight)

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        """For a name as 'wrn-b4-eca' or 'wrn-b0-ghost-eca'."""
        _, size, *ways = network.split("-")
        scaling = FAMILY[size]
        return {
            "channels": len(design.bands),
            "classes": design.classes,
            "widths": list(scaling.widths),
            "blocks": scaling.blocks,
            "attention": next((way for way in ways if way != "ghost"), "none"),
            "ghost": "ghost" in ways,
        }

    @property
    def backbone(self) -> nn.Module:
        return self.features

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(x).mean(dim=(2, 3)))
        return logits


class _Expanding(nn.Module):
    """The first block of a stage: more channels, and from the second stage on half the side."""

    def __init__(self, channels: int, width: int, stride: int, attention: str, ghost: bool) -> None:
        super().__init__()
        self.first = _convolution(channels, width, 3, stride, ghost)
        self.norm = _norm(width)
        self.second = _convolution(width, width, 3, 1, ghost)
        self.attention = ATTENTIONS[attention](width)
        self.shortcut = _convolution(channels, width, 1, stride, ghost)

    def forward(self, x: Tensor) -> Tensor:
        y = self.attention(self.second(self.norm(self.first(x)).relu()))
        out: Tensor = y + self.shortcut(x)
        return out


class _Residual(nn.Module):
    """A block of normalisation before convolution, with dropout between the two."""

    def __init__(self, width: int, attention: str, ghost: bool) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _norm(width),
            nn.ReLU(),
            _convolution(width, width, 3, 1, ghost),
            nn.Dropout(DROPOUT),
            _norm(width),
            nn.ReLU(),
            _convolution(width, width, 3, 1, ghost),
        )
        self.attention = ATTENTIONS[attention](width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.attention(self.layers(x))
        return out


class _Same(nn.Conv2d):
    """A convolution whose padding is TensorFlow's "same": at stride 2, right and below only where the side is even."""

    def forward(self, x: Tensor) -> Tensor:
        side, stride = self.kernel_size[0], self.stride[0]
        if side == 3 and stride == 2:
            x = nn.functional.pad(x, (x.shape[3] % 2, 1, x.shape[2] % 2, 1))
        elif side == 3:
            x = nn.functional.pad(x, (1, 1, 1, 1))
        return super().forward(x)


class _Ghost(nn.Module):
    """Half of the channels by a convolution, the other half from these by a depthwise one."""

    def __init__(self, channels: int, width: int, side: int, stride: int) -> None:
        super().__init__()
        half = width // 2
        self.primary = _Same(channels, width - half, side, stride, bias=False)
        self.cheap = nn.Sequential(
            nn.Conv2d(width - half, half, 3, padding=1, groups=half, bias=False), _norm(half), nn.ReLU()
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.primary(x)
        return cat([y, self.cheap(y)], dim=1)


def _convolution(channels: int, width: int, side: int, stride: int, ghost: bool) -> nn.Module:
    return _Ghost(channels, width, side, stride) if ghost else _Same(channels, width, side, stride, bias=False)


def _norm(width: int) -> nn.BatchNorm2d:
    """Its scale starts near zero, so that each block starts near the identity."""
    norm = nn.BatchNorm2d(width, momentum=MOMENTUM)
    nn.init.uniform_(norm.weight, -0.05, 0.05)
    return norm


def _rounded(width: float) -> int:
    """The nearest multiple of 4, and not less than nine tenths of the width."""
    nearest = max(4, int(width + 2) // 4 * 4)
    return nearest if nearest >= 0.9 * width else nearest + 4
