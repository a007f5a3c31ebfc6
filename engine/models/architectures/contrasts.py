"""What a network sees of each pixel at full resolution: fixed sums of the bands' logarithms, and a branch on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .network import Start

__all__ = ["Contrasts", "Detail", "begin", "convolution"]

Floats = NDArray[np.float32]


class Contrasts(nn.Module):
    """x[N, C, H, W], normalised, -> [N, D, H, W]: sums of the bands' logarithms, or of the bands as they are.

    Bands of one image are much alike. What tells crops apart is a small difference between large numbers, which a
    network that starts from chance takes long to find. The sums are found before it learns, and stay.

    Parameters
    ----------
    bands, sums : int
        C and D.
    """

    mean: Tensor
    std: Tensor
    added: Tensor
    logarithms: Tensor
    weights: Tensor
    bias: Tensor

    def __init__(self, bands: int, sums: int) -> None:
        super().__init__()
        for name, start in (("mean", 0.0), ("std", 1.0), ("added", 1.0), ("logarithms", 0.0)):
            self.register_buffer(name, torch.full((1, bands, 1, 1), start))
        self.register_buffer("weights", torch.eye(sums, bands)[:, :, None, None])
        self.register_buffer("bias", torch.zeros(sums))

    def set(
        self, mean: Floats, std: Floats, added: Floats, logarithms: NDArray[np.bool_], weights: Floats, bias: Floats
    ) -> None:
        """Take over how the bands are normalised, and the sums.

        Parameters
        ----------
        mean, std : float32[C]
        added : float32[C]
            What is added before a logarithm is taken.
        logarithms : bool[C]
            Where it is; the other bands are taken as they are.
        weights : float32[D, C]
        bias : float32[D]
            Fewer sums than this module has leave the others at 0.
        """
        whole = np.zeros(self.weights.shape[:2], np.float32), np.zeros(self.bias.shape, np.float32)
        whole[0][: len(weights)], whole[1][: len(bias)] = weights, bias
        values = {
            "mean": mean,
            "std": std,
            "added": added,
            "logarithms": logarithms,
            "weights": whole[0],
            "bias": whole[1],
        }
        for name, value in values.items():
            buffer = getattr(self, name)
            buffer.copy_(torch.as_tensor(np.asarray(value, np.float32)).reshape(buffer.shape))

    def forward(self, x: Tensor) -> Tensor:
        return _exact(self._summed, x)

    def _summed(self, x: Tensor) -> Tensor:
        values = x * self.std + self.mean
        values = torch.where(self.logarithms > 0, (values.clamp(min=0) + self.added).log(), values)
        summed: Tensor = nn.functional.conv2d(values, self.weights, self.bias)
        return summed


class Detail(nn.Module):
    """Logits[N, K, H, W] with the edges of the image: from features [N, F, H, W] and contrasts [N, D, H, W].

    Decoders of image networks end at half or a quarter of the resolution, and fields and roads are a few pixels wide.

    Parameters
    ----------
    features, sums, classes : int
        F, D and K.
    width : int
        Channels of the branch on contrasts.
    """

    def __init__(self, features: int, sums: int, classes: int, width: int = 32) -> None:
        super().__init__()
        self.skip = convolution(sums, width)
        self.join = nn.Sequential(convolution(features + width, 2 * width), nn.Conv2d(2 * width, classes, 1))
        self.pixel = nn.Conv2d(sums, classes, 1)

    def begin(self, weights: Floats, bias: Floats) -> None:
        """Begin as the linear verdict of float32[K, D] and float32[K], to which the rest learns to add.

        Fewer sums than this module has leave the others without a say.
        """
        for start in (*self.join[1].parameters(), *self.pixel.parameters()):
            nn.init.zeros_(start)
        with torch.no_grad():
            self.pixel.weight[:, : weights.shape[1], 0, 0] = torch.from_numpy(weights)
            cast(Tensor, self.pixel.bias)[:] = torch.from_numpy(bias)

    def forward(self, features: Tensor, contrasts: Tensor) -> Tensor:
        added: Tensor = self.join(torch.cat([features, self.skip(contrasts)], dim=1))
        return _exact(self.pixel, contrasts) + added


def begin(contrasts: Contrasts, detail: Detail, start: Start) -> None:
    """Let a network with this branch begin as the linear verdict on its sums."""
    contrasts.set(start.mean, start.std, start.added, start.logarithms, start.sums, start.sums_bias)
    detail.begin(start.verdict, start.verdict_bias)


def _exact(call: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The result in full precision: large numbers are subtracted from each other, and half would leave little."""
    if torch.compiler.is_compiling():  # an exported graph has one precision
        return call(x)
    with torch.autocast(x.device.type, enabled=False):
        return call(x.float())


def convolution(inputs: int, outputs: int) -> nn.Sequential:
    """3 x 3 pixels, normalised over the batch."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )
