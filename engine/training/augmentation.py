"""Random changes to chips that leave what they show true, made where the network runs, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..cards.card import BandSpec
from ..cards.classes import NODATA

__all__ = ["Augmentation"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What is changed, and by how much at most. Each part is off at its neutral value; all are by default modest.

    Parameters
    ----------
    bands : sequence of BandSpec
        Units decide what is physical: bands in dB get speckle and an offset (a gain in power), reflectance and display
        values a gain and an offset, values of unknown meaning the same about their mean. `std` and `mean` say how the
        images were normalised.
    dihedral : bool
        The eight rotations by right angles and reflections: seen from above, all are as likely.
    zoom : float
        Chips are enlarged or reduced by up to this factor (1.25: 0.8 to 1.25 times), about a random point; what then
        comes in from outside is neither observed nor labelled. 1 is off.
    shift : float
        Chips are cropped anew by up to this share of their side each way, likewise. 0 is off.
    gain, offset : float
        Each band of each chip is multiplied by 1 ± gain and moved by ± offset standard deviations; uniform. 0 is off.
        Stands for haze, sun and calibration.
    looks : float
        SAR bands are multiplied, in linear power, by a gamma variate of mean 1 and variance 1 / looks, the law of
        multi-looked speckle (Goodman 1976), in half of the chips. 0 is off.
    drop : float
        Each band of each chip is left out (set to its mean, as what was not observed) with this probability; at least
        one band stays. 0 is off.
    """

    bands: Sequence[BandSpec]
    dihedral: bool = True
    zoom: float = 1.25
    shift: float = 0.0
    gain: float = 0.1
    offset: float = 0.1
    looks: float = 16.0
    drop: float = 0.0

    def __call__(self, images: Tensor, labels: Tensor, seed: Sequence[int]) -> tuple[Tensor, Tensor]:
        """A changed batch.

        Parameters
        ----------
        images : Tensor, float32[N, C, S, S]
            Normalised; NaN where not observed. Consumed.
        labels : Tensor, uint8[N, S, S]
        seed : sequence of int
            Decides everything random: on one kind of device the same seed gives the same batch.
        """
        source = np.random.default_rng(list(seed))
        generator = torch.Generator(images.device).manual_seed(int(source.integers(2**62)))
        if self.dihedral:
            images, labels = _turned(images, labels, source.integers(8, size=len(images)))
        if self.zoom > 1 or self.shift > 0:
            images, labels = self._resampled(images, labels, source)
        images = self._recalibrated(images, source)
        if self.looks > 0:
            images = self._speckled(images, source, generator)
        if self.drop > 0:
            images = self._without_bands(images, source)
        return images, labels

    def _resampled(self, images: Tensor, labels: Tensor, source: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Half of the chips, by bilinear interpolation; their labels by the nearest pixel."""
        chosen = np.flatnonzero(source.random(len(images)) < 0.5)
        factor = np.exp(source.uniform(-log(self.zoom), log(self.zoom), len(chosen)))
        # Positions run from -1 to 1 across a chip. Enlarged, the part that is left may lie anywhere within it.
        room = np.maximum(0, 1 - 1 / factor) + 2 * self.shift
        centre = source.uniform(-1, 1, (len(chosen), 2)) * room[:, None]
        if not len(chosen):
            return images, labels
        theta = np.zeros((len(chosen), 2, 3), np.float32)
        theta[:, 0, 0] = theta[:, 1, 1] = 1 / factor
        theta[:, :, 2] = centre
        index = torch.from_numpy(chosen).to(images.device)
        part = images[index]
        positions = functional.affine_grid(torch.from_numpy(theta).to(images), list(part.shape), align_corners=False)
        outside = (positions.abs() > 1).any(dim=3)
        drawn = functional.grid_sample(part, positions, "bilinear", "border", align_corners=False)
        images[index] = drawn.masked_fill_(outside[:, None], torch.nan)
        nearest = functional.grid_sample(
            labels[index, None].float(), positions, "nearest", "border", align_corners=False
        )
        labels = labels.clone()
        labels[index] = nearest[:, 0].to(labels.dtype).masked_fill_(outside, NODATA)
        return images, labels

    def _recalibrated(self, images: Tensor, source: np.random.Generator) -> Tensor:
        """x std + mean -> (x std + mean) gain + offset std, normalised again."""
        shape = (len(images), len(self.bands))
        gain = 1 + source.uniform(-self.gain, self.gain, shape)
        offset = source.uniform(-self.offset, self.offset, shape)
        if not (self.gain or self.offset):
            return images
        gain[:, [band.units == "db" for band in self.bands]] = 1
        # Zero means nothing there in reflectance and display values only; "dn" may be metres or kelvins.
        level = [band.mean / band.std if band.units in ("reflectance", "display") else 0.0 for band in self.bands]
        offset += (gain - 1) * np.array(level)
        return torch.addcmul(_planes(offset, images), images, _planes(gain, images))

    def _speckled(self, images: Tensor, source: np.random.Generator, generator: torch.Generator) -> Tensor:
        """A factor in power is a term in dB: 10 log10 of it."""
        radar = [index for index, band in enumerate(self.bands) if band.units == "db"]
        chosen = np.flatnonzero(source.random(len(images)) < 0.5)
        if not (radar and len(chosen)):
            return images
        rows = torch.from_numpy(chosen).to(images.device)[:, None]
        columns = torch.tensor(radar, device=images.device)[None]
        part = images[rows, columns]
        factors = torch._standard_gamma(torch.full_like(part, self.looks), generator=generator) / self.looks
        std = torch.tensor([self.bands[index].std for index in radar], device=images.device)
        images[rows, columns] = part + 10 * factors.log10() / std[:, None, None]
        return images

    def _without_bands(self, images: Tensor, source: np.random.Generator) -> Tensor:
        dropped = source.random((len(images), len(self.bands))) < self.drop
        kept = source.integers(len(self.bands), size=len(images))
        dropped[np.arange(len(images)), kept] = False
        mask = torch.from_numpy(dropped).to(images.device)
        return images.masked_fill_(mask[:, :, None, None], 0.0)


def _turned(images: Tensor, labels: Tensor, elements: np.ndarray) -> tuple[Tensor, Tensor]:
    """Each chip by its element of the dihedral group: bit 0 transposes, bit 1 flips rows, bit 2 columns."""
    images, labels = images.clone(), labels.clone()
    for element in np.unique(elements):
        index = torch.from_numpy(np.flatnonzero(elements == element)).to(images.device)
        flips = [dim for bit, dim in ((2, -2), (4, -1)) if element & bit]
        for batch in (images, labels):
            part = batch[index]
            batch[index] = (part.transpose(-2, -1) if element & 1 else part).flip(flips)
    return images, labels


def _planes(values: np.ndarray, like: Tensor) -> Tensor:
    """float[N, C] as [N, C, 1, 1] beside `like`."""
    return torch.from_numpy(values).to(like)[:, :, None, None]
