"""FC-Siam-conc and FC-Siam-diff: two dates through one encoder, compared at every scale.

Daudt, Le Saux and Boulch, "Fully convolutional siamese networks for change detection", ICIP 2018. Written from a
description of the layers, without the logarithm of a softmax at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn

from .dated import DatedNetwork
from .network import Design

__all__ = ["FcSiam"]

# Widths of the units of each stage.
ENCODER: tuple[tuple[int, ...], ...] = ((16, 16), (32, 32), (64, 64, 64), (128, 128, 128))
DECODER: tuple[tuple[int, ...], ...] = ((128, 128, 64), (64, 64, 32), (32, 16), (16,))
DROPOUT = 0.2


class FcSiam(DatedNetwork):
    """x[N, 2*C, H, W] -> logits[N, K, H, W], H and W multiples of 16.

    The decoder goes up from the newer date; at each scale it gets what the encoder made of both dates, or how far the
    two differ.

    Parameters
    ----------
    network : {'fc-siam-conc', 'fc-siam-diff'}
    channels, classes
        See `DatedNetwork`; two dates.
    """

    side_multiple = 16

    def __init__(self, network: str, channels: Sequence[Sequence[int]], classes: int) -> None:
        super().__init__(channels, classes, dates=2)
        if network not in ("fc-siam-conc", "fc-siam-diff"):
            raise ValueError(f"There is no network '{network}'; choose fc-siam-conc or fc-siam-diff.")
        self.differs = network == "fc-siam-diff"
        self.encoder, width = nn.ModuleList(), self.bands
        for widths in ENCODER:
            self.encoder.append(_units(nn.Conv2d, (width, *widths)))
            width = widths[-1]
        self.ups, self.decoder = nn.ModuleList(), nn.ModuleList()
        for skip, widths in zip(reversed(ENCODER), DECODER, strict=True):
            self.ups.append(nn.ConvTranspose2d(width, width, 3, stride=2, padding=1, output_padding=1))
            self.decoder.append(_units(nn.ConvTranspose2d, (width + skip[-1] * (1 if self.differs else 2), *widths)))
            width = widths[-1]
        self.head = nn.ConvTranspose2d(width, classes, 3, padding=1)

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        return {"network": network, **super().parameters_for(network, design)}

    @property
    def backbone(self) -> nn.Module:
        return self.encoder

    def forward(self, x: Tensor) -> Tensor:
        after, before = (self._scales(image) for image in self.apart(x))
        y = nn.functional.max_pool2d(after[-1], 2)
        for up, units, old, new in zip(self.ups, self.decoder, reversed(before), reversed(after), strict=True):
            y = units(torch.cat([up(y), (old - new).abs()] if self.differs else [up(y), old, new], dim=1))
        logits: Tensor = self.head(y)
        return logits

    def _scales(self, image: Tensor) -> list[Tensor]:
        """What each stage of the encoder gives, the finest first."""
        found: list[Tensor] = []
        for stage in self.encoder:
            image = stage(nn.functional.max_pool2d(image, 2) if found else image)
            found.append(image)
        return found


def _units(convolution: type[nn.Conv2d] | type[nn.ConvTranspose2d], widths: Sequence[int]) -> nn.Sequential:
    """Convolutions of 3 x 3 pixels with normalisation and dropout of whole planes."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [
            cast(nn.Module, convolution(inputs, outputs, 3, padding=1)),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Dropout2d(DROPOUT),
        ]
    return nn.Sequential(*layers)
