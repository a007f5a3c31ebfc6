"""Sentinel-1 backscatter of a simulated landscape."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .classes import BARE, CLASSES, CROPS, GRASS, WATER, table
from .landscape import PERMANENT, Ground, Landscape, Mask
from .noise import Floats, Noise, layer_seed, normals
from .parcels import PARCEL_KINDS
from .scene import SAND, Scene

__all__ = ["ACQUISITIONS", "POLARISATIONS", "Acquisition", "Radar"]

POLARISATIONS = ("VV", "VH")
MIDDLE_INCIDENCE = 37.5

# Levels of the sand scene, in dB.
_UNIFORM_SAND = (-20.0, -28.0)
# How much a wind-roughened patch rises at its rim and at most, VV; and the part of that in VH.
_ROUGH_RIM_DB, _ROUGH_TOP_DB, _ROUGH_VH_PART = 3.0, 6.5, 0.4
_ROUGH_GROWTH = 8.0  # dB for one standard deviation of the wind field
_ACROSS_FIELDS_DB = 0.8  # of parcels of one crop, on all dates
_BETWEEN_DATES_DB = 0.5  # of a parcel, from date to date
# What farmers and rain do to single parcels between dates: chance, change in VV, change in VH (dB).
_EVENTS = ((0.05, 2.5, 1.5), (0.04, 2.0, 2.0), (0.05, -2.2, -2.8))
# A slope of one degree toward the sensor (it looks east) brightens by so many dB, as areas seen under 37 degrees do.
_DB_PER_DEGREE = 0.2
_TILT_LIMIT = 10.0  # degrees
_COARSE_PART = 0.7  # of the texture: grains of 250 m that VV and VH share; the rest has grains of 60 m
_PIXEL_M = 10.0


class Acquisition(NamedTuple):
    """One date: its file's stem, its day (ISO 8601, UTC), and whether the flood stands then."""

    name: str
    time: str
    flooded: bool


ACQUISITIONS = (
    Acquisition("pre2", "2024-05-06T16:50:00Z", False),
    Acquisition("pre1", "2024-05-18T16:50:00Z", False),
    Acquisition("post", "2024-05-30T16:50:00Z", True),
)


class Radar:
    """Backscatter of one scene on its three dates."""

    def __init__(self, scene: Scene, landscape: Landscape) -> None:
        self._scene = scene
        seed = scene.seed
        self._means = [table([c.vv for c in CLASSES]), table([c.vh for c in CLASSES])]
        if scene.layout == SAND:
            self._means = [np.full(len(CLASSES), level, np.float32) for level in _UNIFORM_SAND]
        self._slopes = [table([c.slope[p] for c in CLASSES]) for p in range(2)]
        self._textures = [table([c.texture[p] for c in CLASSES]) for p in range(2)]
        self._coarse = Noise(seed, "texture", 10)
        self._fine = [Noise(seed, f"fine texture {p}", 2.5) for p in POLARISATIONS]
        self._waves = [Noise(seed, f"waves {a.name}", 24, 3) for a in ACQUISITIONS]
        self._winds = [Noise(seed, f"wind {a.name}", 60, 3) for a in ACQUISITIONS]
        self._parcel_offsets = _parcel_offsets(seed)
        self._wind_from = self._set_winds(landscape)

    def _set_winds(self, landscape: Landscape) -> list[float]:
        rows, columns = landscape.sample_positions()
        truth = landscape.ground(rows, columns).truth
        levels = []
        for acquisition, wind in zip(ACQUISITIONS, self._winds, strict=True):
            water = _water(truth, acquisition)
            over_water = wind(rows, columns)[water] if water.any() else np.zeros(1, np.float32)
            levels.append(float(np.quantile(over_water, 1 - self._scene.roughened)))
        return levels

    def backscatter(self, ground: Ground, rows: Floats, columns: Floats) -> Floats:
        """Sigma nought in dB without speckle.

        Returns
        -------
        float32[3, 2, R, C]
            Dates in the order of `ACQUISITIONS`, then VV and VH.
        """
        near, far = self._scene.incidence
        incidence = np.float32(near - MIDDLE_INCIDENCE) + columns * np.float32((far - near) / (self._scene.width - 1))
        land = self._land(ground, rows, columns, incidence)
        farmed = np.isin(ground.cover, (GRASS, BARE, *CROPS))
        result = np.empty((len(ACQUISITIONS), *land.shape), np.float32)
        for date, acquisition in enumerate(ACQUISITIONS):
            result[date] = land + np.take(self._parcel_offsets[date], ground.parcel, axis=1) * farmed
            water = _water(ground.truth, acquisition)
            if water.any():
                np.copyto(result[date], self._surface(date, rows, columns, incidence), where=water)
        result += np.float32(self._scene.shift_db)
        return result

    def _land(self, ground: Ground, rows: Floats, columns: Floats, incidence: Floats) -> Floats:
        """float32[2, R, C]: what stays the same from date to date, in dB."""
        tilt = np.degrees(np.arctan(np.gradient(ground.dem, columns, axis=1) / np.float32(_PIXEL_M)))
        tilt = np.float32(_DB_PER_DEGREE) * np.clip(tilt, -_TILT_LIMIT, _TILT_LIMIT)
        coarse = np.float32(_COARSE_PART) * self._coarse(rows, columns)
        land = np.empty((2, *ground.cover.shape), np.float32)
        for p, fine in enumerate(self._fine):
            texture = coarse + np.float32(np.sqrt(1 - _COARSE_PART**2)) * fine(rows, columns)
            land[p] = np.take(self._textures[p], ground.cover) * texture + tilt
            land[p] += np.take(self._means[p], ground.cover) + np.take(self._slopes[p], ground.cover) * incidence
        return land

    def _surface(self, date: int, rows: Floats, columns: Floats, incidence: Floats) -> Floats:
        """float32[2, R, C]: water, wherever it may stand, in dB."""
        waves = self._waves[date](rows, columns)
        beyond = self._winds[date](rows, columns) - np.float32(self._wind_from[date])
        rough = np.clip(_ROUGH_RIM_DB + _ROUGH_GROWTH * beyond, 0, _ROUGH_TOP_DB).astype(np.float32)
        surface = np.empty((2, *waves.shape), np.float32)
        for p, part in enumerate((1.0, _ROUGH_VH_PART)):
            smooth = self._means[p][WATER] + self._slopes[p][WATER] * incidence + self._textures[p][WATER] * waves
            surface[p] = smooth + rough * np.float32(part)
        return surface

    def speckled(self, decibels: Floats, block: int) -> Floats:
        """Linear power with multiplicative gamma speckle, independent per date, polarisation and pixel."""
        source = np.random.Generator(np.random.SFC64([layer_seed(self._scene.seed, "speckle"), block]))
        power: Floats = np.exp(decibels * np.float32(np.log(10) / 10))
        power *= source.standard_gamma(self._scene.looks, decibels.shape, dtype=np.float32)
        power /= np.float32(self._scene.looks)
        return power


def _water(truth: NDArray[np.uint8], acquisition: Acquisition) -> Mask:
    return truth >= PERMANENT if acquisition.flooded else truth == PERMANENT


def _parcel_offsets(seed: int) -> NDArray[np.float32]:
    """float32[3, 2, PARCEL_KINDS]: what sets a parcel apart from its class on each date, in dB."""
    seed = layer_seed(seed, "parcel offsets")
    lasting = _ACROSS_FIELDS_DB * normals(seed, (PARCEL_KINDS,))
    offsets = lasting + _BETWEEN_DATES_DB * normals(seed + 1, (len(ACQUISITIONS), 2, PARCEL_KINDS))
    chance = np.random.Generator(np.random.SFC64(seed + 2)).random((len(ACQUISITIONS), PARCEL_KINDS))
    start = 0.0
    for share, vv, vh in _EVENTS:
        happens = (chance >= start) & (chance < start + share)
        offsets += happens[:, None, :] * np.array([vv, vh], np.float32)[None, :, None]
        start += share
    return offsets.astype(np.float32)
