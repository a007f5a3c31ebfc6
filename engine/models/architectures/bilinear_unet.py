"""The U-Net of the tutorial on label-efficient learning: early and late fusion of sensors, and several tasks at once.

Mommert, "Label-efficient deep learning in remote sensing", IADF school 2023. Written from a description of the layers,
with the mean over pixels before the linear head, which would else be tied to tiles of 120 x 120.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .network import BaseNetwork, Design

__all__ = ["BilinearUnet", "FusedUnet"]

WIDTHS = (64, 128, 256, 512, 512)
WIDTH = WIDTHS[0]  # channels of its output


class BilinearUnet(nn.Module):
    """x[N, C, H, W] -> features[N, 64, H, W], H and W multiples of 16."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.down = nn.ModuleList()
        for width in WIDTHS:
            self.down.append(_unit(channels, width, width))
            channels = width
        self.up = nn.ModuleList()
        for skip, out in zip(WIDTHS[-2::-1], (256, 128, 64, 64), strict=True):
            self.up.append(_unit(channels + skip, (channels + skip) // 2, out))
            channels = out

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for unit in self.down:
            x = unit(nn.functional.max_pool2d(x, 2) if skips else x)
            skips.append(x)
        for unit, skip in zip(self.up, skips[-2::-1], strict=True):
            wide = nn.functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
            x = unit(torch.cat([skip, wide], dim=1))
        return x


class FusedUnet(BaseNetwork):
    """x[N, C, H, W] -> logits: of each pixel, of the tile, or of both by the names of heads.

    Parameters
    ----------
    sensors : sequence of sequence of int
        The channels that each sensor has. Those of one sensor are looked at together; several have a U-Net each, whose
        features are joined (late fusion). Early fusion is one sensor that has all channels.
    heads : mapping of str to (str, int)
        Name to what is told and how many values of it: 'pixels' of each pixel, 'tile' of the whole.
    """

    side_multiple = 16

    def __init__(self, sensors: Sequence[Sequence[int]], heads: Mapping[str, tuple[str, int]]) -> None:
        super().__init__()
        self.sensors = [list(channels) for channels in sensors]
        self.branches = nn.ModuleList(BilinearUnet(len(channels)) for channels in self.sensors)
        width = WIDTH * len(self.sensors)
        self.heads = nn.ModuleDict(
            {
                name: nn.Conv2d(width, count, 1) if of == "pixels" else _TileHead(width, count)
                for name, (of, count) in heads.items()
            }
        )

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        """For 'tutorial-unet', one sensor and one map of classes."""
        return {"sensors": [list(range(len(design.bands)))], "heads": {"output": ("pixels", design.classes)}}

    @property
    def backbone(self) -> nn.Module:
        return self.branches

    def features(self, x: Tensor) -> Tensor:
        """Float[N, 64 * sensors, H, W]."""
        return torch.cat([branch(x[:, own]) for branch, own in zip(self.branches, self.sensors, strict=True)], dim=1)

    def forward(self, x: Tensor) -> Any:
        features = self.features(x)
        told = {name: head(features) for name, head in self.heads.items()}
        return told if len(told) > 1 else next(iter(told.values()))


class _TileHead(nn.Module):
    """float[N, C, H, W] -> float[N, K]."""

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.linear = nn.Linear(width, count)

    def forward(self, features: Tensor) -> Tensor:
        told: Tensor = self.linear(self.drop(features.mean(dim=(2, 3))))
        return told


def _unit(channels: int, middle: int, width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in ((channels, middle), (middle, width)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)
