"""A narrow U-Net that does most of its work at half the resolution."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

__all__ = ["BRIGHT", "WIDTHS", "NarrowUNet", "Released"]

WIDTHS = (16, 24, 40, 64, 96)
# What stands for a date before that is not there, in standard deviations: as bright as land hardly is, so that all
# water is new. Zero would be what was not observed.
BRIGHT = 2.5
EDGE = 8  # channels that a pixel has of what is around it, beside its own values


class NarrowUNet(nn.Module):
    """x[N, C, H, W], normalised, 0 where not observed -> logits[N, K, H, W]; H and W multiples of 32.

    Speckle is alike in neighbouring pixels, so a convolution over 4 x 4 of them, at every second, sees all that there
    is to see of context; the class of the pixel itself is decided at full resolution, by its own values and those of
    its neighbours. A U-Net of Ronneberger et al. (2015) otherwise.

    Parameters
    ----------
    in_channels, classes : int
    widths : tuple of int
        Channels at a half, a quarter ... of the resolution.
    """

    def __init__(self, in_channels: int, classes: int, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.stem = nn.Sequential(_unit(in_channels, widths[0], 4, 2), _unit(widths[0], widths[0]))
        self.down = nn.ModuleList(
            nn.Sequential(_unit(above, below, 3, 2), _unit(below, below)) for above, below in pairwise(widths)
        )
        self.up = nn.ModuleList(
            nn.Sequential(_unit(above + below, above), _unit(above, above)) for above, below in pairwise(widths)
        )
        self.spread = nn.ConvTranspose2d(widths[0], EDGE, 2, 2)
        self.pixel = nn.Sequential(_unit(EDGE + in_channels, 12), nn.Conv2d(12, classes, 1))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:  # convolutions on CPUs learn a quarter faster so
            x = x.contiguous(memory_format=torch.channels_last)
        levels = [self.stem(x)]
        for down in self.down:
            levels.append(down(levels[-1]))
        features = levels.pop()
        for up in reversed(self.up):
            larger = nn.functional.interpolate(features, scale_factor=2.0, mode="nearest")
            features = up(torch.cat([larger, levels.pop()], dim=1))
        logits: Tensor = self.pixel(torch.cat([self.spread(features), x], dim=1))
        return logits


def _unit(inputs: int, outputs: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, side, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Released(nn.Module):
    """A trained network for inference: norms within their convolutions, probabilities true at a temperature.

    x[N, C, H, W] -> logits[N, K, H, W]. A network of two dates takes the planes of one if `one_date`: the other is then
    bright all over, and its classes are dry land and water of any kind.

    Parameters
    ----------
    network : NarrowUNet
    one_date : bool
    temperature : float
        By which logits are divided.
    """

    def __init__(self, network: NarrowUNet, *, one_date: bool = False, temperature: float = 1.0) -> None:
        super().__init__()
        self.network, self.one_date, self.temperature = _fused(network), one_date, temperature

    def forward(self, x: Tensor) -> Tensor:
        if self.one_date:
            x = torch.cat([x, torch.full_like(x[:, :2], BRIGHT)], dim=1)
        logits: Tensor = self.network(x)
        if self.one_date:
            logits = torch.cat([logits[:, :1], logits[:, 1:].logsumexp(dim=1, keepdim=True)], dim=1)
        return logits / self.temperature


def _fused(network: NarrowUNet) -> NarrowUNet:
    network = copy.deepcopy(network).eval()
    for module in list(network.modules()):
        if isinstance(module, nn.Sequential) and len(module) == 3 and isinstance(module[1], nn.BatchNorm2d):
            module[0] = fuse_conv_bn_eval(cast(nn.Conv2d, module[0]), module[1])
            module[1] = nn.Identity()
    return network
