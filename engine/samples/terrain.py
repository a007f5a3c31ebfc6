"""The shape of the land: a river's valley with a lake, between hills."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .noise import Floats, Noise, hash32, layer_seed, uniform
from .scene import Scene

__all__ = ["Relief", "Terrain", "smooth_step"]

_LAKE_LEVEL_M = 1.5
_HUMMOCK_M = 0.12  # islands and pools where the flood ends
_RIVER_FALL = 0.002  # m per px along the river


def smooth_step(values: Floats) -> Floats:
    """0 below 0, 1 above 1, smooth between."""
    t = np.clip(values, np.float32(0), np.float32(1))
    return t * t * (3 - 2 * t)


@dataclass(frozen=True, slots=True)
class Relief:
    """At each pixel: distance from the river in px, from the lake's centre in lake radii, from the valley's axis in
    half valley breadths, and height over the river in m."""

    river: Floats
    lake: Floats
    axis: Floats
    height: Floats


class Terrain:
    """Relief as a function of position. Rivers and hills grow with the scene, down to details of about 8 px."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        size = min(scene.width, scene.height)
        self._unit = unit = size / 1024
        seed = scene.seed
        self._course = Noise(seed, "course", 0.16 * scene.width, 3)
        self._meander = Noise(seed, "meander", 75 * unit, _octaves(75 * unit))
        self._ground = Noise(seed, "ground", 170 * unit, _octaves(170 * unit))
        self._hummocks = Noise(seed, "hummocks", 24, 2)
        self._hills = Noise(seed, "hills", 130 * unit, _octaves(130 * unit))
        self._shore = Noise(seed, "shore", 60 * unit, _octaves(60 * unit))
        first, second, side = uniform(hash32(layer_seed(seed, "place"), np.arange(3)))
        self._tilt = float(first - 0.5) * 0.5
        self._lake_column = float(0.2 + 0.6 * second) * scene.width
        sign = 1 if side < 0.5 else -1
        axis = float(self._axis(np.array([self._lake_column], np.float32))[0])
        self._lake_row = min(max(axis + sign * 0.27 * scene.height, 0.13 * scene.height), 0.87 * scene.height)
        # Where nearly all is under water there is no room for hills: no flood climbs them.
        self._hill_m = 70 * (1 - scene.water_share) ** 2

    def _axis(self, columns: Floats) -> Floats:
        """The row of the valley's axis at each column."""
        height, width = self._scene.height, self._scene.width
        bends = self._course(np.zeros(1, np.float32), columns)[0]
        return height * (0.5 + 0.06 * bends + self._tilt * (columns / width - 0.5))  # type: ignore[no-any-return]

    def __call__(self, rows: Floats, columns: Floats) -> Relief:
        """Relief at all pairs of positions."""
        unit = self._unit
        from_axis = rows[:, None] - self._axis(columns)[None, :]
        axis = np.abs(from_axis) / np.float32(0.2 * self._scene.height)
        reach = np.float32(36 * unit)
        offset = from_axis + reach * self._meander(rows, columns)
        steep_down = 1 + reach * self._meander(rows, columns, "rows")
        steep_across = reach * self._meander(rows, columns, "columns")
        river = np.abs(offset) / np.maximum(np.hypot(steep_down, steep_across), np.float32(0.35))
        lake = np.hypot((columns - self._lake_column)[None, :], np.float32(1.4) * (rows - self._lake_row)[:, None])
        lake = lake / np.float32(100 * unit) + np.float32(0.3) * self._shore(rows, columns)
        height = 3 * axis + np.float32(0.7) * np.tanh(river / np.float32(60 * unit)) + self._ground(rows, columns)
        height += np.float32(_HUMMOCK_M) * self._hummocks(rows, columns)
        hills = smooth_step((axis - np.float32(0.8)) * np.float32(0.7))
        hills *= np.maximum(np.float32(1) + np.float32(0.7) * self._hills(rows, columns), np.float32(0))
        height += np.float32(self._hill_m) * hills
        return Relief(river, lake, axis, height)

    def around_lake(self, relief: Relief, radius: float) -> Floats:
        """Heights of `relief` with the lake's bowl in them: level water, and shores that rise from it."""
        if radius <= 0:
            return relief.height
        away = smooth_step((relief.lake - np.float32(radius)) / np.float32(0.8 * radius))
        return np.float32(_LAKE_LEVEL_M) + (relief.height - np.float32(_LAKE_LEVEL_M)) * away

    def sea_level(self, height: Floats, columns: Floats) -> Floats:
        """Heights over the river as elevations in m: the river falls to the east."""
        fall = np.float32(_RIVER_FALL) * (self._scene.width - columns)
        return height + np.float32(120) + fall[None, :]


def _octaves(cell: float) -> int:
    return max(1, round(math.log2(cell / 8)))
