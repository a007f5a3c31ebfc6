"""Polygons: reading them, and burning them into the pixels of a grid, window by window."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.exceptions import ProjError
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.features import rasterize

from ..errors import InputError
from ._warp import anchored
from .grid import Grid

__all__ = ["PolygonSet", "read_polygons"]

# A straight line over 1 km leaves the line between its ends in another CRS by about 2 cm.
LONGEST_SEGMENT_METRES = 1000.0
METRES_PER_DEGREE = 111_320.0
# Blocks of the lattice in pixels, and how many are kept for the next row band: 32 MB, two rows of 64,000 pixels.
BLOCK, MOST_BLOCKS = 256, 512
POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
# QGIS names a layer inside a file like this.
QGIS_LAYER = re.compile(r"\|layername=([^|]+)", re.IGNORECASE)


class PolygonSet:
    """Polygons with a CRS, that can be asked for their pixels on any grid.

    Parameters
    ----------
    polygons : array of shapely geometries
    crs : CRS
    label : str
        What messages call them.
    """

    def __init__(self, polygons: NDArray[Any], crs: CRS, label: str) -> None:
        self.polygons, self.crs, self.label = polygons, crs, label
        self._lattice: tuple[CRS, Affine] | None = None
        self._tree = shapely.STRtree([])
        self._blocks: dict[tuple[int, int], NDArray[np.bool_]] = {}

    def in_crs(self, crs: CRS) -> NDArray[Any]:
        """The polygons in another CRS, with long edges divided first so that they stay where they are.

        Raises
        ------
        InputError
            If they lie where that CRS does not reach.
        """
        if crs == self.crs:
            return self.polygons
        unit = 1 / METRES_PER_DEGREE if self.crs.is_geographic else 1 / self.crs.linear_units_factor[1]
        divided = shapely.segmentize(self.polygons, LONGEST_SEGMENT_METRES * unit)
        way = Transformer.from_crs(self.crs.to_wkt(), crs.to_wkt(), always_xy=True)

        def moved(corners: NDArray[np.float64]) -> NDArray[np.float64]:
            x, y = way.transform(corners[:, 0], corners[:, 1], errcheck=True)
            return np.stack([x, y], axis=1)

        try:
            return np.asarray(shapely.transform(divided, moved))
        except ProjError as error:
            raise InputError(f"{self.label} lies where the image's coordinate system does not reach.") from error

    def inside(self, grid: Grid) -> NDArray[np.bool_]:
        """bool [height, width]: pixels whose centres lie in a polygon; the same however a grid is cut into bands."""
        frame, row, column = anchored(grid)
        if self._lattice != (grid.crs, frame):
            self._lattice, self._blocks = (grid.crs, frame), {}
            self._tree = shapely.STRtree(self._in_pixels(grid.crs, frame))
        out = np.zeros(grid.shape, bool)
        for top in range(row // BLOCK * BLOCK, row + grid.height, BLOCK):
            for left in range(column // BLOCK * BLOCK, column + grid.width, BLOCK):
                rows = slice(max(top, row), min(top + BLOCK, row + grid.height))
                columns = slice(max(left, column), min(left + BLOCK, column + grid.width))
                out[rows.start - row : rows.stop - row, columns.start - column : columns.stop - column] = self._block(
                    top, left
                )[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        return out

    def _in_pixels(self, crs: CRS, frame: Affine) -> NDArray[Any]:
        """The polygons in the lattice's pixels, to six digits: more would be rounding."""
        to_pixels = ~frame
        scale, origin = (to_pixels.a, to_pixels.e), (to_pixels.c, to_pixels.f)
        return np.asarray(shapely.transform(self.in_crs(crs), lambda xy: np.round(xy * scale + origin, 6)))

    def _block(self, row: int, column: int) -> NDArray[np.bool_]:
        """One block of the lattice. Whole blocks are burnt, so that an edge through a pixel's centre falls one way."""
        if (row, column) not in self._blocks:
            window = (column - 2, row - 2, column + BLOCK + 2, row + BLOCK + 2)
            near = self._tree.geometries.take(self._tree.query(shapely.box(*window)))
            # Long coastlines are cut to the window, with a margin that keeps the cut's own edges out of it.
            shapes = [shape for shape in shapely.clip_by_rect(near, *window) if shape.area > 0]
            burnt = np.zeros((BLOCK, BLOCK), np.uint8)
            if shapes:
                rasterize(shapes, out=burnt, transform=Affine.translation(column, row))
            if len(self._blocks) >= MOST_BLOCKS:
                self._blocks.clear()
            self._blocks[row, column] = burnt.astype(bool)
        return self._blocks[row, column]


def read_polygons(text: str) -> tuple[NDArray[Any], CRS, str]:
    """(geometries, CRS, label) of a vector file; QGIS's `file|layername=name` chooses a layer.

    Raises
    ------
    InputError
        If the file is missing, is no vector file, has no CRS, or holds anything but polygons.
    """
    path = text.partition("|")[0]
    label = Path(path).name
    if not path.startswith("/vsi") and not Path(path).exists():
        raise InputError(f"{path} does not exist; check the path.")
    chosen = QGIS_LAYER.search(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as that M values are dropped
            layers = pyogrio.list_layers(path)
            layer = chosen[1] if chosen else _polygon_layer(layers)
            information, _, shapes, _ = pyogrio.raw.read(path, layer=layer, columns=[], force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError) as error:
        raise InputError(f"{label} is not a vector file that can be read, or it is damaged.") from error
    geometries = np.asarray(shapely.from_wkb(shapes if shapes is not None else [], on_invalid="warn"), object)
    geometries = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    if not len(geometries):
        raise InputError(f"{label} holds no polygons.")
    if not np.isin(shapely.get_type_id(geometries), POLYGONS).all():
        raise InputError(f"{label} holds lines, points or collections; give polygons.")
    return geometries, _crs(information["crs"], label), label


def _polygon_layer(layers: NDArray[Any]) -> str:
    """The first layer of polygons; the first layer at all where there is none."""
    names = [name for name, kind in layers if kind is not None and "Polygon" in kind]
    return str((names or [name for name, _ in layers])[0])


def _crs(text: str | None, label: str) -> CRS:
    if not text:
        raise InputError(f"{label} has no coordinate system; set it (in QGIS: Layer > Layer CRS) and save it again.")
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise InputError(f"{label} has a coordinate system that is not known; save it in another one.") from error
