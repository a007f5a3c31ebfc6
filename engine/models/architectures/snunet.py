"""SNUNet-CD with ECAM: a nested U-Net on two dates, whose four outputs are weighed by channel attention.

Fang, Li, Shao and Li, "SNUNet-CD: a densely connected siamese network for change detection of VHR images", IEEE GRSL
2021. Written from a description of the layers.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .dated import DatedNetwork

__all__ = ["SnuNet"]

LEVELS = 5


class SnuNet(DatedNetwork):
    """x[N, 2*C, H, W] -> logits[N, K, H, W], H and W multiples of 16.

    Both dates go down the levels but the last; that one, and all that is brought up, is of the newer date.

    Parameters
    ----------
    channels, classes
        See `DatedNetwork`; two dates.
    width : int
        Filters of the finest level, a multiple of 16; each coarser level has twice as many.
    """

    side_multiple = 2 ** (LEVELS - 1)

    def __init__(self, channels: Sequence[Sequence[int]], classes: int, width: int = 32) -> None:
        super().__init__(channels, classes, dates=2)
        if width % 16 or not 16 <= width <= 256:
            raise ValueError(f"Its width cannot be {width}; choose a multiple of 16 up to 256.")
        widths = [width * 2**level for level in range(LEVELS)]
        self.encoder = nn.ModuleList(
            _Block(inputs, outputs) for inputs, outputs in zip([self.bands, *widths], widths, strict=False)
        )
        self.ups, self.nested = nn.ModuleDict(), nn.ModuleDict()
        for level, step in _nodes():
            own, below = widths[level], widths[level + 1]
            self.ups[f"{level}_{step}"] = nn.ConvTranspose2d(below, below, 2, stride=2)
            self.nested[f"{level}_{step}"] = _Block((step + 1) * own + below, own)
        self.within, self.among = _ChannelAttention(width, ratio=4), _ChannelAttention(4 * width, ratio=16)
        self.head = nn.Conv2d(4 * width, classes, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    @property
    def backbone(self) -> nn.Module:
        return self.encoder

    def forward(self, x: Tensor) -> Tensor:
        after, before = self.apart(x)
        new, old = self._down(after, LEVELS), self._down(before, LEVELS - 1)
        # Of each level the older date, the newer one, and what was brought up so far.
        known = [[earlier, later] for earlier, later in zip([*old, new[-1]], new, strict=True)]
        for level, step in _nodes():
            up = self.ups[f"{level}_{step}"](known[level + 1][step])
            known[level].append(self.nested[f"{level}_{step}"](torch.cat([*known[level], up], dim=1)))
        outputs = known[0][2:]
        together = torch.cat(outputs, dim=1)
        shares = self.within(torch.stack(outputs).sum(dim=0)).repeat(1, len(outputs), 1, 1)
        logits: Tensor = self.head(self.among(together) * (together + shares))
        return logits

    def _down(self, image: Tensor, levels: int) -> list[Tensor]:
        """What each level makes of an image, the finest first."""
        found: list[Tensor] = []
        for block in list(self.encoder)[:levels]:
            image = block(nn.functional.max_pool2d(image, 2) if found else image)
            found.append(image)
        return found


def _nodes() -> list[tuple[int, int]]:
    """The nested nodes by level and step, from 1, each after those that it stands on."""
    return [(level, step) for step in range(1, LEVELS) for level in range(LEVELS - step)]


class _Block(nn.Module):
    """Two convolutions; the first one's result is added to the second's."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.rest = nn.Sequential(
            nn.BatchNorm2d(outputs), nn.ReLU(), nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        identity = self.enter(x)
        return torch.relu(self.rest(identity) + identity)


class _ChannelAttention(nn.Module):
    """x[N, C, H, W] -> how much each channel counts, [N, C, 1, 1], within 0 and 1."""

    def __init__(self, channels: int, ratio: int) -> None:
        super().__init__()
        self.weigh = nn.Sequential(
            nn.Conv2d(channels, channels // ratio, 1, bias=False),
            nn.ReLU(),
            nn.Conv2d(channels // ratio, channels, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        mean, most = x.mean(dim=(2, 3), keepdim=True), x.amax(dim=(2, 3), keepdim=True)
        return torch.sigmoid(self.weigh(mean) + self.weigh(most))
