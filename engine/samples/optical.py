"""Sentinel-2 reflectance of a simulated landscape, on a clear day before the flood."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .classes import CLASSES, OPTICAL_BANDS, table
from .landscape import Ground
from .noise import Floats, Noise, layer_seed, normals
from .parcels import PARCEL_KINDS
from .scene import Scene

__all__ = ["OPTICAL_TIME", "Optical"]

OPTICAL_TIME = "2024-05-20T10:05:00Z"

_PARCEL_SPREAD = 0.07  # relative, of parcels of one class
_GREENNESS_SPREAD = 0.08  # relative; raises the near infrared while it lowers red
_NOISE_SPREAD = 0.03  # relative, of each pixel and band
_REFLECTANCE_SCALE = 10_000
# How the bands answer to more green matter.
_GREENNESS = (-0.6, 0.1, -1.0, 0.2, 0.7, 1.0, 1.0, 1.0, -0.3, -0.7)


class Optical:
    """Surface reflectance of one scene."""

    def __init__(self, scene: Scene) -> None:
        seed = scene.seed
        self._speckle_seed = layer_seed(seed, "optical noise")
        self._brightness = (Noise(seed, "brightness", 12), Noise(seed, "fine brightness", 2.5))
        self._greenness = Noise(seed, "greenness", 20, 3)
        self._parcels = 1 + _PARCEL_SPREAD * normals(layer_seed(seed, "parcel brightness"), (PARCEL_KINDS,))
        self._means = [table([c.reflectance[band] for c in CLASSES]) for band in range(len(OPTICAL_BANDS))]
        self._spreads = table([c.spread for c in CLASSES])

    def reflectance(self, ground: Ground, rows: Floats, columns: Floats, block: int) -> NDArray[np.uint16]:
        """uint16[10, R, C]: reflectance times 10,000 in the bands of `OPTICAL_BANDS`."""
        source = np.random.Generator(np.random.SFC64([self._speckle_seed, block]))
        coarse, fine = (noise(rows, columns) for noise in self._brightness)
        texture = np.float32(0.6) * coarse + np.float32(0.8) * fine
        factor = 1 + np.take(self._spreads, ground.cover) * texture
        factor *= np.take(self._parcels, ground.parcel)
        green = np.float32(_GREENNESS_SPREAD) * self._greenness(rows, columns)
        result = np.empty((len(OPTICAL_BANDS), len(rows), len(columns)), np.uint16)
        for band, answer in enumerate(_GREENNESS):
            values = np.take(self._means[band], ground.cover) * factor * (1 + np.float32(answer) * green)
            noise = source.standard_normal(values.shape, dtype=np.float32)
            values *= 1 + np.float32(_NOISE_SPREAD) * noise
            result[band] = np.clip(values * _REFLECTANCE_SCALE, 1, 65_535)
        return result
