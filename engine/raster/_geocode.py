"""Geocoding of images in radar geometry by their tie points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import Geod
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from scipy.interpolate import RBFInterpolator

from ..errors import InputError
from .crs import WGS84, transformer
from .grid import Grid

__all__ = ["TiePointPlace"]

Doubles = NDArray[np.float64]
# The equations of a thin plate spline are dense: thousands of points would take gigabytes.
MOST_POINTS = 1000


class TiePointPlace:
    """A raster without a transform that is tied to the ground at some points.

    A thin plate spline runs through every tie point: Sentinel-1's 10 by 21 points follow the bend of the orbit and
    of the range direction, which a polynomial of low order misses by tens of metres at the edges.

    Parameters
    ----------
    points : sequence of GroundControlPoint
        Pixel and line counted from the raster's upper left corner.
    crs : CRS
        Of the points.
    shape : (int, int)
        Height and width of the raster.

    Raises
    ------
    InputError
        If there are fewer than four points, or they lie on one line.
    """

    crs = WGS84

    def __init__(self, points: Sequence[GroundControlPoint], crs: CRS, shape: tuple[int, int], label: str) -> None:
        self._label = label
        self._shape = shape
        step = -(-len(points) // MOST_POINTS)
        table = np.array([(point.x, point.y, point.col, point.row) for point in points[::step]], np.float64)
        if len(table) < 4:
            raise InputError(f"{label} has no coordinate system and too few tie points; georeference it first.")
        if crs != WGS84:
            to_degrees = transformer(crs, WGS84)
            table[:, 0], table[:, 1] = to_degrees.transform(table[:, 0], table[:, 1])
        self._longitude, self._latitude = float(table[0, 0]), float(table[:, 1].mean())
        self._pixels = table[:, 2:]
        self._plane = self._flat(table[:, 0], table[:, 1])
        try:
            self._to_pixels = RBFInterpolator(self._plane, self._pixels, kernel="thin_plate_spline", degree=1)
            self._to_plane = RBFInterpolator(self._pixels, self._plane, kernel="thin_plate_spline", degree=1)
        except (np.linalg.LinAlgError, ValueError) as error:
            message = f"The tie points of {label} lie on one line or on each other; georeference it anew."
            raise InputError(message) from error

    def pixels(self, x: Doubles, y: Doubles) -> tuple[Doubles, Doubles]:
        """(column, row) of longitudes and latitudes, counted from the upper left corner of the first pixel."""
        flat = self._flat(x, y)
        pixels = np.full(flat.shape, np.nan)
        reachable = np.isfinite(flat).all(axis=1)
        if reachable.any():
            pixels[reachable] = self._to_pixels(flat[reachable])
        return pixels[:, 0], pixels[:, 1]

    def grid(self, spacing: float | None) -> Grid:
        """A north-up UTM grid around the raster, with pixels of `spacing` metres (default: as the tie points say)."""
        height, width = self._shape
        spacing = spacing or self._spacing()
        down, across = np.linspace(0, height, 33), np.linspace(0, width, 33)
        edge = [(column, row) for column in across for row in (0, height)]
        edge += [(column, row) for row in down for column in (0, width)]
        longitudes, latitudes = self._degrees(np.array(edge, np.float64))
        middle_longitude, middle_latitude = float(np.median(longitudes)), float(np.median(latitudes))
        zone = math.floor((middle_longitude + 180) % 360 / 6) + 1
        crs = CRS.from_epsg((32600 if middle_latitude >= 0 else 32700) + zone)
        xs, ys = transformer(WGS84, crs).transform(longitudes, latitudes)
        if not (np.isfinite(xs).all() and np.isfinite(ys).all()):
            raise InputError(f"The tie points of {self._label} do not lie on the Earth; georeference it anew.")
        left, top = math.floor(min(xs) / spacing), math.ceil(max(ys) / spacing)
        columns, rows = math.ceil(max(xs) / spacing) - left, top - math.floor(min(ys) / spacing)
        return Grid(crs, Affine(spacing, 0, left * spacing, 0, -spacing, top * spacing), columns, rows)

    def _flat(self, longitude: Doubles, latitude: Doubles) -> Doubles:
        """Degrees as distances that are about equal in both directions: [n, 2]."""
        with np.errstate(invalid="ignore"):
            east = np.remainder(longitude - self._longitude + 180, 360) - 180
        return np.stack([east * math.cos(math.radians(self._latitude)), latitude - self._latitude], axis=1)

    def _degrees(self, pixels: Doubles) -> tuple[Doubles, Doubles]:
        flat = self._to_plane(pixels)
        longitude = flat[:, 0] / math.cos(math.radians(self._latitude)) + self._longitude
        return np.remainder(longitude + 180, 360) - 180, flat[:, 1] + self._latitude

    def _spacing(self) -> float:
        """Metres between pixels in the raster's middle, to two figures."""
        height, width = self._shape
        middle = np.array([width / 2, height / 2])
        longitude, latitude = self._degrees(np.add(middle, [(0, 0), (1, 0), (0, 1)]))
        _, _, metres = Geod(ellps="WGS84").inv(longitude[[0, 0]], latitude[[0, 0]], longitude[1:], latitude[1:])
        shorter = float(min(metres))
        if shorter <= 0:
            raise InputError(f"The tie points of {self._label} lie on each other; georeference it anew.")
        return round(shorter, 1 - math.floor(math.log10(shorter)))
