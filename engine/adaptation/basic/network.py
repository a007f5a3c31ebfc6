"""The basic model's image tower: a residual network small enough for one core."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["TileEncoder"]

MEAN, DEVIATION = 0.42, 0.2  # of the taught pictures, all bands together; bands stay comparable


class TileEncoder(nn.Module):
    """Ten layers: two that halve the side, four residual blocks (He et al. 2016), pooled by mean and maximum.

    Parameters
    ----------
    dimension : int
        Of the vectors.
    widths : sequence of int
        Channels of the first layer and of the four blocks.
    """

    def __init__(self, dimension: int, widths: tuple[int, ...] = (32, 64, 128, 256, 384)) -> None:
        super().__init__()
        first, *rest = widths
        self.stem = nn.Sequential(_Convolution(3, first, 2), nn.ReLU(), _Convolution(first, rest[0], 2), nn.ReLU())
        strides = (1, *[2] * (len(rest) - 1))
        sizes = zip([rest[0], *rest], rest, strides, strict=False)
        self.blocks = nn.Sequential(*(_Block(*size) for size in sizes))
        self.head = nn.Linear(2 * rest[-1], dimension)

    def forward(self, tiles: Tensor) -> Tensor:
        """Unit vectors float32[N, D] of tiles float[N, 3, H, W] in 0..255; sides from 64 pixels make sense."""
        x = self.blocks(self.stem((tiles / 255 - MEAN) / DEVIATION))
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return F.normalize(self.head(pooled).float(), dim=1)


class _Convolution(nn.Sequential):
    """Three by three pixels, with batch norm."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs))


class _Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.path = nn.Sequential(_Convolution(inputs, outputs, stride), nn.ReLU(), _Convolution(outputs, outputs, 1))
        same = stride == 1 and inputs == outputs
        # Mean before the shortcut's projection, as in ResNet-D (He et al. 2019): no pixel is skipped.
        self.shortcut = (
            nn.Identity()
            if same
            else nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True, count_include_pad=False),
                nn.Conv2d(inputs, outputs, 1, bias=False),
                nn.BatchNorm2d(outputs),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        joined: Tensor = F.relu(self.shortcut(x) + self.path(x))
        return joined
