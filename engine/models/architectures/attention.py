"""Attention over the channels of a convolution's output, in the five ways that scaled wide residual networks compare.

Each takes x[N, C, H, W] and gives x weighted, of the same shape. They stand at the end of a residual block, before the
addition. Written from the descriptions in Papoutsis et al., "Benchmarking and scaling of deep learning models for land
cover image classification", ISPRS J. 195, 2023, and in the works named at each.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

__all__ = [
    "ATTENTIONS",
    "ConvolutionalBlockAttention",
    "CoordinateAttention",
    "EfficientChannelAttention",
    "SqueezeExcitation",
]

REDUCTION = 16
SPATIAL_KERNEL = 7


class EfficientChannelAttention(nn.Module):
    """Wang et al., "ECA-Net", CVPR 2020: neighbouring channels weigh each other, by a convolution along them.

    Its kernel grows with the logarithm of the number of channels. Other than in timm's, the convolution has a bias.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        side = int(abs((math.log2(channels) + 1) / 2))
        side += 1 - side % 2
        self.convolution = nn.Conv1d(1, 1, side, padding=side // 2)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(dim=(2, 3)).unsqueeze(1)
        weights: Tensor = self.convolution(mean).sigmoid()
        return x * weights.squeeze(1)[:, :, None, None]


class SqueezeExcitation(nn.Module):
    """Hu et al., "Squeeze-and-excitation networks", CVPR 2018, with a sixteenth of the channels between."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // REDUCTION, 1)
        self.excite = nn.Conv2d(channels // REDUCTION, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = nn.functional.silu(self.squeeze(x.mean(dim=(2, 3), keepdim=True)))
        weights: Tensor = self.excite(y).sigmoid()
        return x * weights


class ConvolutionalBlockAttention(nn.Module):
    """Woo et al., "CBAM", ECCV 2018: channels are weighed by their means and peaks, then pixels by theirs."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // REDUCTION, 1)
        self.excite = nn.Conv2d(channels // REDUCTION, channels, 1)
        self.spatial = nn.Conv2d(2, 1, SPATIAL_KERNEL, padding=SPATIAL_KERNEL // 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        pooled = (x.mean(dim=(2, 3), keepdim=True), x.amax(dim=(2, 3), keepdim=True))
        mean, peak = (self.excite(self.squeeze(values).relu()) for values in pooled)
        x = x * (mean + peak).sigmoid()
        of_pixels = torch.cat([x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)], dim=1)
        weights: Tensor = self.spatial(of_pixels).sigmoid()
        return x * weights


class CoordinateAttention(nn.Module):
    """Hou, Zhou and Feng, "Coordinate attention for efficient mobile network design", CVPR 2021."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        width = max(8, channels // 32)
        self.squeeze = nn.Conv2d(channels, width, 1)
        self.norm = nn.BatchNorm2d(width)
        self.rows, self.columns = (nn.Conv2d(width, channels, 1) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        down, across = x.mean(dim=3, keepdim=True), x.mean(dim=2, keepdim=True).transpose(2, 3)
        y = nn.functional.hardswish(self.norm(self.squeeze(torch.cat([down, across], dim=2))))
        rows, columns = torch.split(y, [height, width], dim=2)
        weighted: Tensor = x * self.rows(rows).sigmoid() * self.columns(columns.transpose(2, 3)).sigmoid()
        return weighted


def _none(_: int) -> nn.Module:
    return nn.Identity()


ATTENTIONS: dict[str, Callable[[int], nn.Module]] = {
    "none": _none,
    "eca": EfficientChannelAttention,
    "se": SqueezeExcitation,
    "cbam": ConvolutionalBlockAttention,
    "coordinate": CoordinateAttention,
}
"""Name to the module for so many channels."""
