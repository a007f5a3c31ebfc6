"""What a picture from above may look like as well: crops, turns, mirrors, light, mixtures."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

__all__ = ["Mixed", "crops", "jittered", "mixed", "turned"]


def crops(
    pictures: list[npt.NDArray[np.uint8]], side: int, smallest: float, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """A random part of each picture at a common side: uint8[N, side, side, 3].

    Parts cover from `smallest` to all of the area, with sides in a ratio of 3:4 to 4:3 (Szegedy et al. 2015).
    """
    out = np.empty((len(pictures), side, side, 3), np.uint8)
    for place, picture in zip(out, pictures, strict=True):
        height, width = picture.shape[:2]
        area = rng.uniform(smallest, 1) * height * width
        ratio = np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3)))
        tall, wide = min(height, round((area / ratio) ** 0.5)), min(width, round((area * ratio) ** 0.5))
        top, left = rng.integers(height - tall + 1), rng.integers(width - wide + 1)
        part = picture[top : top + tall, left : left + wide]
        method = cv2.INTER_AREA if min(tall, wide) >= side else cv2.INTER_LINEAR
        cv2.resize(part, (side, side), dst=place, interpolation=method)
    return out


def turned(tiles: Tensor, rng: np.random.Generator) -> Tensor:
    """Each tile of [N, C, S, S] in one of the eight ways a square can lie."""
    ways = torch.from_numpy(rng.integers(0, 8, len(tiles)))
    out = tiles.clone()
    for way in range(1, 8):
        chosen = ways == way
        if chosen.any():
            part = torch.rot90(tiles[chosen], way % 4, (2, 3))
            out[chosen] = part.flip(3) if way >= 4 else part
    return out


def jittered(tiles: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    """Tiles float[N, 3, S, S] in 0..255 under another light: brightness, contrast, saturation, colour cast, grey."""
    size = (len(tiles), 1, 1, 1)

    def factors(spread: float, shape: tuple[int, ...] = size) -> Tensor:
        return torch.from_numpy(np.exp(rng.normal(0, spread * strength, shape)).astype(np.float32))

    grey = tiles.mean(1, keepdim=True)
    colourless = torch.from_numpy((rng.random(size) < 0.1 * strength).astype(np.float32))
    saturation = factors(0.35) * (1 - colourless)
    tiles = grey + (tiles - grey) * saturation
    tiles = tiles * factors(0.08, (len(tiles), 3, 1, 1))
    mean = tiles.mean((1, 2, 3), keepdim=True)
    tiles = mean * factors(0.25) + (tiles - mean) * factors(0.25)
    return tiles.clamp_(0, 255)


@dataclass(frozen=True, slots=True)
class Mixed:
    """Tiles float[N, 3, S, S] of which the share of the first is `share` float[N], of another, at `other`, the rest."""

    tiles: Tensor
    other: Tensor
    share: Tensor


def mixed(tiles: Tensor, alpha: float | None, rng: np.random.Generator) -> Mixed:
    """Mixup (Zhang et al. 2018) of the tiles of a batch with each other; without an alpha each stays as it is."""
    count = len(tiles)
    if alpha is None:
        return Mixed(tiles, torch.arange(count), torch.ones(count))
    other = torch.from_numpy(rng.permutation(count))
    share = torch.from_numpy(rng.beta(alpha, alpha, count).astype(np.float32))
    share = torch.maximum(share, 1 - share)
    weight = share[:, None, None, None]
    return Mixed(tiles * weight + tiles[other] * (1 - weight), other, share)
