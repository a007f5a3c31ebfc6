"""A narrow U-Net that does most of its work at half the resolution: the network of the flood models that come along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ...cards.card import MOST_BANDS, MOST_CLASSES
from .network import BaseNetwork, Design

__all__ = ["BRIGHT", "FEATURES", "WIDTHS", "NarrowLayers", "NarrowUnet"]

WIDTHS = (16, 24, 40, 64, 96)
# What stands for a date before that is not there, in standard deviations: as bright as land hardly is, so that all
# water is new. Zero would be what was not observed.
BRIGHT = 2.5
EDGE = 8  # channels that a pixel has of what is around it, beside its own values
FEATURES = 12  # of a pixel, from which its class is told
MOST_WIDTH = 1024
FIRST, LAST = "stem.0.0", "pixel.0.0"  # the convolutions that see the bands


class NarrowLayers(nn.Module):
    """x[N, C, H, W], normalised, 0 where not observed -> features[N, 12, H, W]; H and W multiples of 32.

    Speckle is alike in neighbouring pixels, so a convolution over 4 x 4 of them, at every second, sees all that there
    is to see of context; the class of the pixel itself is decided at full resolution, by its own values and those of
    its neighbours. A U-Net of Ronneberger et al. (2015) otherwise.

    Parameters
    ----------
    in_channels : int
    widths : sequence of int
        Channels at a half, a quarter ... of the resolution.
    normed : bool
        Whether convolutions are followed by batch normalisation; a released network holds it within its convolutions.
    """

    def __init__(self, in_channels: int, widths: Sequence[int] = WIDTHS, *, normed: bool = True) -> None:
        super().__init__()

        def unit(inputs: int, outputs: int, side: int = 3, stride: int = 1) -> nn.Sequential:
            convolution = nn.Conv2d(inputs, outputs, side, stride, 1, bias=not normed)
            return nn.Sequential(
                convolution, nn.BatchNorm2d(outputs) if normed else nn.Identity(), nn.ReLU(inplace=True)
            )

        self.stem = nn.Sequential(unit(in_channels, widths[0], 4, 2), unit(widths[0], widths[0]))
        self.down = nn.ModuleList(
            nn.Sequential(unit(above, below, 3, 2), unit(below, below)) for above, below in pairwise(widths)
        )
        self.up = nn.ModuleList(
            nn.Sequential(unit(above + below, above), unit(above, above)) for above, below in pairwise(widths)
        )
        self.spread = nn.ConvTranspose2d(widths[0], EDGE, 2, 2)
        self.pixel = nn.Sequential(unit(EDGE + in_channels, FEATURES))

    def forward(self, x: Tensor) -> Tensor:
        """What the class of each pixel is told from."""
        if self.training:  # convolutions on CPUs learn a quarter faster so
            x = x.contiguous(memory_format=torch.channels_last)
        levels = [self.stem(x)]
        for down in self.down:
            levels.append(down(levels[-1]))
        features = levels.pop()
        for up in reversed(self.up):
            larger = nn.functional.interpolate(features, scale_factor=2.0, mode="nearest")
            features = up(torch.cat([larger, levels.pop()], dim=1))
        found: Tensor = self.pixel(torch.cat([self.spread(features), x], dim=1))
        return found


class NarrowUnet(BaseNetwork):
    """The narrow U-Net, to be taught from chance or from a flood model; several dates are more bands to it.

    Parameters
    ----------
    channels, classes : int
    widths : sequence of int
    normed : bool
        See `NarrowLayers`.
    """

    side_multiple = 32

    def __init__(self, channels: int, classes: int, widths: Sequence[int] = WIDTHS, *, normed: bool = True) -> None:
        super().__init__()
        if not (1 <= channels <= MOST_BANDS and 1 <= classes <= MOST_CLASSES):
            raise ValueError(f"A network of {channels} channels and {classes} classes cannot be made.")
        if len(widths) != len(WIDTHS) or not all(1 <= width <= MOST_WIDTH for width in widths):
            raise ValueError(f"Its widths are {len(WIDTHS)} numbers of 1 to {MOST_WIDTH}.")
        self.body = NarrowLayers(channels, widths, normed=normed)
        self.head = nn.Conv2d(FEATURES, classes, 1)
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    @classmethod
    def parameters_for(cls, network: str, design: Design) -> dict[str, Any]:
        """Of a model that it begins with its widths, and its norms as that holds them."""
        given = design.encoder
        return {
            "channels": len(design.bands),
            "classes": design.classes,
            "widths": list(given.get("widths", WIDTHS)),
            "normed": bool(given.get("normed", True)),
        }

    @property
    def backbone(self) -> nn.Module:
        return self.body

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.body(x))
        return logits

    def load_encoder(self, weights: Mapping[str, Tensor], from_bands: Sequence[str], to_bands: Sequence[str]) -> None:
        """Take the weights of a model of other bands: the second VV is that of the second date, and so on.

        A band that it does not know begins without weight. What it saw beside its bands was bright all over
        (`BRIGHT`), and of its bands that are not here nothing was to be seen.
        """
        taken = dict(weights)
        known, wanted = _numbered(from_bands), _numbered(to_bands)
        for name, before in ((FIRST, 0), (LAST, EDGE)):
            own = taken.get(f"{name}.weight")
            if own is None or own.ndim != 4 or own.shape[1] < before + len(known):
                continue  # of another encoder, as is said below
            bands, beyond = own[:, before : before + len(known)], own[:, before + len(known) :]
            chosen = [bands[:, known.index(band)] if band in known else torch.zeros_like(own[:, 0]) for band in wanted]
            taken[f"{name}.weight"] = torch.cat([own[:, :before], torch.stack(chosen, dim=1)], dim=1)
            if f"{name}.bias" in taken:
                taken[f"{name}.bias"] = taken[f"{name}.bias"] + BRIGHT * beyond.sum(dim=(1, 2, 3))
        super().load_encoder(taken, from_bands, to_bands)

    def load_head(self, weights: Tensor, bias: Tensor, rows: Sequence[int]) -> None:
        """Tell the classes from the features as another network does, of which they are these rows."""
        with torch.no_grad():
            self.head.weight.copy_(weights[list(rows)])
            self.head.bias.copy_(bias[list(rows)])  # type: ignore[union-attr]


def _numbered(bands: Sequence[str]) -> list[tuple[str, int]]:
    """Each band with how many of its name stand before it."""
    names = [band.casefold() for band in bands]
    return [(name, names[:place].count(name)) for place, name in enumerate(names)]
