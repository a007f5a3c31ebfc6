"""The flood networks: as they learn, and as they are released."""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ...models.architectures.narrow_unet import BRIGHT, FEATURES, WIDTHS, NarrowLayers

__all__ = ["NarrowUNet", "Released"]

PICTURE = 2  # the channel that is 1 where the images are pictures, else 0


class NarrowUNet(NarrowLayers):
    """x[N, C, H, W], normalised, 0 where not observed -> logits[N, K, H, W]; H and W multiples of 32.

    Parameters
    ----------
    in_channels, classes : int
    widths : tuple of int
    """

    def __init__(self, in_channels: int, classes: int, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__(in_channels, widths)
        self.pixel.append(nn.Conv2d(FEATURES, classes, 1))


class Released(nn.Module):
    """A trained network for inference: norms within their convolutions, probabilities true at a temperature.

    x[N, C, H, W] -> logits[N, K, H, W]: dry land, permanent water and flood. A network of two dates takes the planes of
    one if `one_date`: the other is then bright all over, and its classes are dry land and water of any kind.

    Parameters
    ----------
    network : NarrowUNet
    one_date : bool
    temperature : float
        By which logits are divided.
    lean : float
        What is added before to the flood's logit in pairs of pictures.
    """

    def __init__(
        self, network: NarrowUNet, *, one_date: bool = False, temperature: float = 1.0, lean: float = 0.0
    ) -> None:
        super().__init__()
        self.network, self.one_date, self.temperature, self.lean = _fused(network), one_date, temperature, lean

    def forward(self, x: Tensor) -> Tensor:
        if self.one_date:
            x = torch.cat([x, torch.full_like(x[:, :2], BRIGHT)], dim=1)
        logits: Tensor = self.network(x)
        if self.one_date:
            logits = torch.cat([logits[:, :1], logits[:, 1:].logsumexp(dim=1, keepdim=True)], dim=1)
        elif self.lean:
            flood = logits[:, 2:] + self.lean * x[:, PICTURE : PICTURE + 1]
            logits = torch.cat([logits[:, :2], flood], dim=1)
        return logits / self.temperature


def _fused(network: NarrowUNet) -> NarrowUNet:
    network = copy.deepcopy(network).eval()
    for module in list(network.modules()):
        if isinstance(module, nn.Sequential) and len(module) == 3 and isinstance(module[1], nn.BatchNorm2d):
            module[0] = fuse_conv_bn_eval(cast(nn.Conv2d, module[0]), module[1])
            module[1] = nn.Identity()
    return network
