"""The lattice of roads, fields and airfields: geometry that needs nothing but a pixel's position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .noise import Floats, Hashes, Noise, hash32, layer_seed, uniform

__all__ = ["PARCEL_KINDS", "ParcelMap", "Parcels"]

# Parcels of one kind share their offsets in backscatter and reflectance; enough kinds that neighbours rarely do.
PARCEL_KINDS = 4096

_DISTRICT = 220  # px; roads run along the edges of districts
_ROAD_HALF_WIDTH = 1.0  # px
_AIRFIELD_SHARE = 0.25  # of the districts
_OFFSET = 1 << 15


@dataclass(frozen=True, slots=True)
class ParcelMap:
    """For each pixel: the kind of its parcel, the parcel's score in [0, 1), road, and airfield."""

    kind: NDArray[np.uint16]
    score: Floats
    road: NDArray[np.bool_]
    airfield: NDArray[np.bool_]


class Parcels:
    """Districts of 2 km, bent a little, each cut into parallel strips and those into parcels of 5 to 30 ha."""

    def __init__(self, seed: int) -> None:
        self._seed = layer_seed(seed, "parcels")
        self._bends = (Noise(seed, "bend x", 160, 2), Noise(seed, "bend y", 160, 2))
        angles = np.linspace(0, np.pi, 256, endpoint=False)
        self._cosines, self._sines = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)

    def __call__(self, rows: Floats, columns: Floats) -> ParcelMap:
        """Parcels at all pairs of positions."""
        x = columns[None, :] + 22 * self._bends[0](rows, columns)
        y = rows[:, None] + 22 * self._bends[1](rows, columns)
        across, down = np.floor(x / _DISTRICT), np.floor(y / _DISTRICT)
        x -= (across + np.float32(0.5)) * _DISTRICT
        y -= (down + np.float32(0.5)) * _DISTRICT
        district = hash32(self._seed, across.astype(np.int32) + _OFFSET, down.astype(np.int32) + _OFFSET)
        road = np.maximum(np.abs(x), np.abs(y)) > _DISTRICT / 2 - _ROAD_HALF_WIDTH
        angle = (district & np.uint32(255)).astype(np.intp)
        cosine, sine = self._cosines[angle], self._sines[angle]
        u, v = cosine * x + sine * y, cosine * y - sine * x
        runway = (np.abs(u) < 70) & (np.abs(v) < 5)
        apron = (np.abs(u) < 24) & (v >= 5) & (v < 34)
        has_airfield = uniform(district * np.uint32(0x9E3779B1)) < _AIRFIELD_SHARE
        parcel = self._parcel(district, u, v)
        kind = (parcel & np.uint32(PARCEL_KINDS - 1)).astype(np.uint16)
        return ParcelMap(kind, uniform(parcel), road, (runway | apron) & has_airfield)

    def _parcel(self, district: Hashes, u: Floats, v: Floats) -> Hashes:
        breadth = 26 + (district >> np.uint32(8) & np.uint32(15)).astype(np.float32)
        length = 44 + 3 * (district >> np.uint32(12) & np.uint32(15)).astype(np.float32)
        strip = np.floor(v / breadth).astype(np.int32) + _OFFSET
        offset = uniform(hash32(self._seed + 1, district, strip))
        piece = np.floor(u / length + offset).astype(np.int32) + _OFFSET
        return hash32(self._seed + 2, district, strip, piece)
