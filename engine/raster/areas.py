"""Areas on the ground: geodesic square metres of pixels, classes and polygons in any coordinate system."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from scipy.interpolate import RectBivariateSpline

from ..errors import InputError
from .grid import Grid

__all__ = ["ClassAreas", "PixelAreas", "mean_pixel_area", "pixel_areas"]

Floats = NDArray[np.float64]

NODES = 65  # per axis, where the area is computed; between them a bicubic spline (1e-6 off across the whole Earth)
DRIFT = 1e-4  # how much the area of a pixel may change within a block that is counted as one
WEIGHT_BITS = 30  # of a block's pixel area as a whole number: whole numbers add up the same in any order
ROWS_AT_ONCE = 64
FAR = 50_000.0  # metres; over this size the area of a polygon is not its plane area times the scale at its centroid


class PixelAreas:
    """The ellipsoidal area of a grid's pixels, in square metres.

    A plane area in the CRS (EPSG:3857 at 60 degrees north: 4 times too large; EPSG:4326: square degrees) is no area on
    the ground. The scale between the two is computed from the surface element of the CRS's own ellipsoid on 65 x 65
    nodes and interpolated; it is within 1e-5 of geodesic polygons.

    Parameters
    ----------
    grid : Grid

    Raises
    ------
    InputError
        If the CRS is not tied to an ellipsoid or the grid reaches beyond where it is defined.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.crs = CRS.from_wkt(grid.crs.to_wkt())
        geodetic = self.crs.geodetic_crs
        if geodetic is None or geodetic.ellipsoid is None:
            raise InputError(
                f"Areas cannot be computed in {self.crs.name}; give the image a coordinate system on Earth."
            )
        self._radians = geodetic.axis_info[0].unit_conversion_factor
        self._semi_axes = geodetic.ellipsoid.semi_major_metre, geodetic.ellipsoid.semi_minor_metre
        self._to_geodetic = Transformer.from_crs(self.crs, geodetic, always_xy=True)
        left, bottom, right, top = grid.bounds
        x, y = np.linspace(left, right, NODES), np.linspace(bottom, top, NODES)
        scale = self._surface(*np.meshgrid(x, y, indexing="ij"))
        if not np.isfinite(scale).all():
            raise InputError(f"The image reaches beyond the part of the Earth that {self.crs.name} can show; clip it.")
        self._scale = RectBivariateSpline(x, y, scale)
        self.largest = float(scale.max()) * self._plane
        steps = np.abs(np.diff(scale, axis=0)).max() / scale.max()
        self._block = int(np.clip(DRIFT / max(steps * (NODES - 1) / grid.width, 1e-12), 1, grid.width))

    @property
    def _plane(self) -> float:
        return abs(float(self.grid.transform.a * self.grid.transform.e))

    @property
    def mean(self) -> float:
        """The mean area of a pixel, square metres."""
        left, bottom, right, top = self.grid.bounds
        return float(self._scale.integral(left, right, bottom, top)) / (self.grid.width * self.grid.height)

    @property
    def column_blocks(self) -> NDArray[np.intp]:
        """int[W]: for each column the block of columns within which, along a row, pixels count as equally large."""
        return np.arange(self.grid.width) // self._block

    def rows(self, start: int, stop: int) -> Floats:
        """float64[stop - start, blocks]: square metres of a pixel in each row and block of columns."""
        edges = np.minimum(np.arange(0, self.grid.width + self._block, self._block), self.grid.width)
        transform = self.grid.transform
        x = transform.c + transform.a * (edges[:-1] + edges[1:]) / 2
        y = transform.f + transform.e * (np.arange(start, stop) + 0.5)
        # The spline wants rising coordinates.
        x_order, y_order = np.argsort(x), np.argsort(y)
        areas = np.empty((y.size, x.size))
        areas[np.ix_(y_order, x_order)] = self._scale(x[x_order], y[y_order]).T * self._plane
        return areas

    def polygons(self, geometries: NDArray[np.object_]) -> Floats:
        """Geodesic square metres of N shapely polygons that lie on the grid, in its CRS.

        A polygon's plane area times the scale at its centroid is exact as far as the scale is linear over it; those
        larger than 50 km are summed along their edges as geodesics, in steps of a hundredth of their size.
        """
        centroids = shapely.centroid(geometries)
        scale = self._scale.ev(shapely.get_x(centroids), shapely.get_y(centroids))
        areas: Floats = shapely.area(geometries) * scale
        left, bottom, right, top = shapely.bounds(geometries).T
        sizes = np.maximum(right - left, top - bottom)
        geod = Geod(a=self._semi_axes[0], b=self._semi_axes[1])
        for index in np.flatnonzero(sizes * np.sqrt(scale) > FAR):
            dense = shapely.segmentize(geometries[index], sizes[index] / 100)
            lonlat = shapely.transform(dense, lambda xy: np.degrees(self._angles(*xy.T)).T)
            areas[index] = abs(geod.geometry_area_perimeter(shapely.geometry.polygon.orient(lonlat))[0])
        return areas

    def _angles(self, x: Floats, y: Floats) -> Floats:
        """[2, ...] longitude and latitude in radians, NaN where the CRS is not defined."""
        angles = np.stack(self._to_geodetic.transform(x, y)) * self._radians
        return np.where(np.isfinite(angles), angles, np.nan)

    def _surface(self, x: Floats, y: Floats) -> Floats:
        """Square metres on the ellipsoid per square unit of the CRS, by central differences in space.

        In space, not in longitude and latitude, so that nothing happens at a pole or at the antimeridian.
        """
        unit = self.crs.axis_info[0].unit_conversion_factor  # to metres or radians
        step = (1e-4 if self.crs.is_geographic else 500.0) / unit
        along_x = self._space(x + step, y) - self._space(x - step, y)
        along_y = self._space(x, y + step) - self._space(x, y - step)
        element: Floats = np.linalg.norm(np.cross(along_x, along_y, axis=0), axis=0) / (2 * step) ** 2
        return element

    def _space(self, x: Floats, y: Floats) -> Floats:
        """[3, ...] Earth-centred metres of points on the ellipsoid."""
        a, b = self._semi_axes
        longitude, latitude = self._angles(x, y)
        normal = a**2 / np.hypot(a * np.cos(latitude), b * np.sin(latitude))
        across = normal * np.cos(latitude)
        return np.stack(
            (across * np.cos(longitude), across * np.sin(longitude), normal * (b / a) ** 2 * np.sin(latitude))
        )


@lru_cache(maxsize=2)
def pixel_areas(grid: Grid) -> PixelAreas:
    """Those of a grid, made once: a map asks for them three times, and small maps are made within half a second."""
    return PixelAreas(grid)


class ClassAreas:
    """Counts the pixels and the square metres of classes while a class raster passes by in row bands.

    Parameters
    ----------
    grid : Grid
    classes : sequence of int
        Pixel values, 0 to 255; others are left out.

    Notes
    -----
    Pixels are counted per row and block of columns, and the counts weighted with whole numbers: the sums do not depend
    on how the rows come in bands.
    """

    def __init__(self, grid: Grid, classes: Sequence[int]) -> None:
        self.classes = tuple(classes)
        self._areas = pixel_areas(grid)
        self._blocks = self._areas.column_blocks * (len(self.classes) + 1)
        self._codes = np.full(256, len(self.classes), np.intp)
        self._codes[list(self.classes)] = range(len(self.classes))
        self._counts = np.zeros(len(self.classes) + 1, np.int64)
        self._weights = [0] * (len(self.classes) + 1)

    def add(self, row: int, values: NDArray[np.uint8]) -> None:
        """Count rows `row` and on: uint8[H, W]."""
        for start in range(0, values.shape[0], ROWS_AT_ONCE):
            self._add(row + start, values[start : start + ROWS_AT_ONCE])

    def _add(self, row: int, values: NDArray[np.uint8]) -> None:
        rows, kinds = values.shape[0], len(self.classes) + 1
        blocks = self._blocks[-1] // kinds + 1
        cells = self._codes[values]
        cells += self._blocks
        cells += (np.arange(rows) * (blocks * kinds))[:, np.newaxis]
        counts = np.bincount(cells.ravel(), minlength=rows * blocks * kinds).reshape(rows, blocks, kinds)
        areas = self._areas.rows(row, row + rows) / self._areas.largest
        weights = np.rint(areas * 2**WEIGHT_BITS).astype(np.int64)
        self._counts += counts.sum((0, 1))
        for kind, weight in enumerate(np.einsum("rbk,rb->k", counts, weights)):
            self._weights[kind] += int(weight)  # of any size, as Python's own

    @property
    def pixels(self) -> dict[int, int]:
        """Pixels by class."""
        return {value: int(count) for value, count in zip(self.classes, self._counts, strict=False)}

    @property
    def square_metres(self) -> dict[int, float]:
        """Geodesic square metres by class."""
        unit = self._areas.largest / 2**WEIGHT_BITS
        return {value: weight * unit for value, weight in zip(self.classes, self._weights, strict=False)}


def mean_pixel_area(grid: Grid) -> float:
    """The mean area of the grid's pixels on the ground, square metres."""
    return pixel_areas(grid).mean
