"""Which class covers each pixel, where the water stands, and how high the ground is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .classes import BARE, BEET, BUILT_UP, CEREALS, FOREST, GRASS, MAIZE, SAND_CLASS, TARMAC, WATER
from .noise import Floats, Noise, hash32, layer_seed, normals, uniform
from .parcels import PARCEL_KINDS, ParcelMap, Parcels
from .scene import BLOCK_MOSAIC, SAND, Scene
from .terrain import Relief, Terrain, smooth_step

__all__ = ["DRY", "FLOOD", "PERMANENT", "Ground", "Landscape"]

DRY, PERMANENT, FLOOD = 0, 1, 2

Mask = NDArray[np.bool_]
Classes = NDArray[np.uint8]

_SAMPLES = 384  # positions per axis on which shares are set
_MOSAIC_BLOCK = 16  # px
_RIVER_PART = 0.45  # of the permanent water; the lake is the rest
_TOWN_PART, _FOREST_PART = 0.035, 0.22  # of the area
_TOWN_RISE_M = 1.5  # towns stand on higher ground
_PARCEL_RISE_M = 0.08  # ploughs and ditches raise or lower whole fields a little
_SAND_PART = 0.35  # of the look-alikes that are not tarmac
_BARE_IN_VALLEY = 0.3  # how likely a field there is bare, against the slopes
# Uniform numbers of parcels above which a field that is not bare carries the crop; below all it is grassland.
_CROP_STEPS = ((0.22, CEREALS), (0.58, MAIZE), (0.82, BEET))


@dataclass(frozen=True, slots=True)
class Ground:
    """What the sensors see, for some pixels.

    Attributes
    ----------
    dem : float32[R, C]
        Elevation in m.
    truth : uint8[R, C]
        0 dry, 1 permanent water, 2 flood.
    cover : uint8[R, C]
        Class before the flood, an index into `classes.CLASSES`.
    parcel : uint16[R, C]
        Kind of the parcel, 0 to `parcels.PARCEL_KINDS` - 1.
    """

    dem: Floats
    truth: Classes
    cover: Classes
    parcel: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the thresholds are set on and applied to."""

    relief: Relief
    parcels: ParcelMap
    town: Floats
    forest: Floats
    sand: Floats


class Landscape:
    """A scene's ground as a function of position.

    The thresholds that give water, towns, forest and look-alikes their shares are set once, on a sample of positions
    that covers the whole scene; so the shares hold for any size without a pass over all pixels.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._terrain = Terrain(scene)
        self._parcels = Parcels(scene.seed)
        self._town = Noise(scene.seed, "town", 42, 2)
        self._forest = Noise(scene.seed, "forest", 90, 4)
        self._sand = Noise(scene.seed, "sand", 36, 3)
        self._parcel_rise = np.float32(_PARCEL_RISE_M) * normals(layer_seed(scene.seed, "parcel rise"), (PARCEL_KINDS,))
        self._mosaic_seed = layer_seed(scene.seed, "mosaic")
        self._set_shares()

    def sample_positions(self) -> tuple[Floats, Floats]:
        """Rows and columns whose pairs stand for the whole scene."""
        return _spread(self._scene.height), _spread(self._scene.width)

    def ground(self, rows: Floats, columns: Floats) -> Ground:
        """The ground at all pairs of positions."""
        parts = self._parts(rows, columns)
        height, truth = self._water(parts, rows, columns)
        cover = self._cover(parts)
        cover[truth == PERMANENT] = WATER
        if self._scene.layout == SAND:
            cover[:] = SAND_CLASS
        return Ground(self._terrain.sea_level(height, columns), truth, cover, parts.parcels.kind)

    def _parts(self, rows: Floats, columns: Floats) -> _Parts:
        relief = self._terrain(rows, columns)
        forest = self._forest(rows, columns) + np.float32(0.9) * smooth_step(relief.axis - np.float32(0.6))
        town, sand = self._town(rows, columns), self._sand(rows, columns)
        return _Parts(relief, self._parcels(rows, columns), town, forest, sand)

    def _water(self, parts: _Parts, rows: Floats, columns: Floats) -> tuple[Floats, Classes]:
        """Height over the river in m, and the truth."""
        height = self._terrain.around_lake(parts.relief, self._lake)
        height = height + np.float32(_TOWN_RISE_M) * smooth_step((parts.town - np.float32(self._town_from)) / 0.3 + 1)
        height += np.take(self._parcel_rise, parts.parcels.kind)
        truth = np.zeros(height.shape, np.uint8)
        if self._scene.layout == BLOCK_MOSAIC:
            chance = self._mosaic(rows, columns)
            truth[chance < self._scene.water] = FLOOD
            truth[chance < self._scene.water * self._scene.permanent_share] = PERMANENT
        else:
            truth[height < self._level] = FLOOD
            truth[self._permanent(parts.relief)] = PERMANENT
        return height, truth

    def _mosaic(self, rows: Floats, columns: Floats) -> Floats:
        down, across = ((axis // _MOSAIC_BLOCK).astype(np.int64) for axis in (rows, columns))
        return uniform(hash32(self._mosaic_seed, down[:, None], across[None, :]))

    def _permanent(self, relief: Relief) -> Mask:
        return (relief.river < self._river) | (relief.lake < self._lake)

    def _cover(self, parts: _Parts) -> Classes:
        score = parts.parcels.score
        cover = np.full(score.shape, GRASS, np.uint8)
        bare = _bare_order(parts) < self._bare
        # Scores that make bare fields say nothing of crops: the crop comes from another part of them.
        crop = np.mod(score * np.float32(16), np.float32(1))
        for step, name in _CROP_STEPS:
            cover[crop >= step] = name
        cover[bare] = BARE
        cover[parts.forest > self._forest_from] = FOREST
        cover[parts.sand > self._sand_from] = SAND_CLASS
        cover[parts.town > self._town_from] = BUILT_UP
        if self._scene.lookalikes > 0:
            cover[parts.parcels.road | parts.parcels.airfield] = TARMAC
        return cover

    def _set_shares(self) -> None:
        rows, columns = self.sample_positions()
        parts = self._parts(rows, columns)
        self._river = self._lake = self._level = -np.inf
        self._sand_from, self._bare = np.inf, 0.0
        self._town_from = _quantile(parts.town, 1 - _TOWN_PART)
        self._forest_from = _quantile(parts.forest, 1 - _FOREST_PART)
        if self._scene.water_share > 0 and self._scene.layout != BLOCK_MOSAIC:
            self._set_water(parts, rows, columns)
        if self._scene.lookalikes > 0:
            self._set_lookalikes(parts, self._water(parts, rows, columns)[1] == DRY)

    def _set_water(self, parts: _Parts, rows: Floats, columns: Floats) -> None:
        permanent = self._scene.water_share * self._scene.permanent_share
        if permanent > 0:
            river = _RIVER_PART * permanent
            self._river = _quantile(parts.relief.river, river)
            land = parts.relief.river >= self._river
            self._lake = _quantile(parts.relief.lake[land], (permanent - river) / (1 - river))
        if permanent < 1:
            height = self._water(parts, rows, columns)[0]
            land = ~self._permanent(parts.relief)
            self._level = _quantile(height[land], (self._scene.water_share - permanent) / (1 - permanent))

    def _set_lookalikes(self, parts: _Parts, dry: Mask) -> None:
        """Sand and bare fields make up what tarmac leaves of the share of look-alikes."""
        if not dry.any():
            return
        cover = self._cover(parts)
        missing = max(self._scene.lookalikes - float(np.mean(cover[dry] == TARMAC)), 0.0)
        eligible = dry & (cover != TARMAC) & (cover != BUILT_UP)
        part = missing * dry.sum() / max(int(eligible.sum()), 1)
        self._sand_from = _quantile(parts.sand[eligible], 1 - _SAND_PART * part)
        fields = eligible & (cover != FOREST) & (parts.sand <= self._sand_from)
        part = (1 - _SAND_PART) * missing * dry.sum() / max(int(fields.sum()), 1)
        self._bare = _quantile(_bare_order(parts)[fields], min(part, 1.0))


def _bare_order(parts: _Parts) -> Floats:
    """The lower, the sooner a field lies bare: seldom in the wet bottom of the valley, where farmers keep meadows."""
    dryness = smooth_step((parts.relief.axis - np.float32(0.25)) * 2)
    return parts.parcels.score / (np.float32(_BARE_IN_VALLEY) + np.float32(1 - _BARE_IN_VALLEY) * dryness)


def _spread(length: int) -> Floats:
    """At most `_SAMPLES` pixel indices, evenly spread over `length`."""
    count = min(length, _SAMPLES)
    return np.floor((np.arange(count) + 0.5) * length / count).astype(np.float32)


def _quantile(values: Floats, share: float) -> float:
    return float(np.quantile(values, min(max(share, 0.0), 1.0))) if values.size else np.inf
