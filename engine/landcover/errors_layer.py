"""Where a model was wrong: polygons with the true and the predicted class, to look at over the image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio.features
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.crs import CRS

from ..raster.areas import pixel_areas
from ..raster.grid import Grid
from ..raster.polygons import GEOMETRY, write_layer
from .labels import UNLABELLED

__all__ = ["FIELDS", "LAYER", "Mistakes"]

LAYER = "errors"
FIELDS = ("truth_id", "truth", "predicted_id", "predicted", "area_ha", "image")
MOST = 200_000  # polygons; nobody looks at more

Labels = NDArray[np.uint8]


class Mistakes:
    """Collects the areas that were mapped wrongly, window by window.

    Parameters
    ----------
    names : sequence of str
        Of the classes.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._crs: CRS | None = None  # of the layer: that of the first window
        self._shapes: list[shapely.Polygon] = []
        self._rows: list[tuple[int, int, float, str]] = []

    def __len__(self) -> int:
        return len(self._shapes)

    def add(self, grid: Grid, image: str, truth: Labels, found: Labels) -> None:
        """Take in a window: uint8[H, W] class ids, 255 where nothing is to be compared."""
        self._crs = self._crs or grid.crs
        wrong = (truth != UNLABELLED) & (found != UNLABELLED) & (truth != found)
        if not wrong.any() or len(self) >= MOST:
            return
        codes = truth.astype(np.int32) * 256 + found
        pairs = rasterio.features.shapes(codes, mask=wrong, connectivity=4, transform=grid.transform)
        shapes, values = zip(*((shapely.geometry.shape(outline), int(code)) for outline, code in pairs), strict=True)
        outlines = np.array(shapes, object)
        areas = pixel_areas(grid).polygons(outlines) / 1e4
        self._shapes += self._moved(outlines, grid.crs).tolist()
        self._rows += [(code // 256, code % 256, float(area), image) for code, area in zip(values, areas, strict=True)]

    def write(self, path: Path) -> None:
        """Write the layer `errors`, with the fields `FIELDS`; it is there even if nothing was wrong.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        truth = np.array([row[0] for row in self._rows], np.int32)
        found = np.array([row[1] for row in self._rows], np.int32)
        columns: tuple[NDArray[Any], ...] = (
            truth,
            self._names_of(truth),
            found,
            self._names_of(found),
            np.array([row[2] for row in self._rows], np.float64),
            np.array([row[3] for row in self._rows], object),
        )
        table = {GEOMETRY: np.array(self._shapes, object), **dict(zip(FIELDS, columns, strict=True))}
        write_layer(path, table, self._crs or CRS.from_epsg(4326), layer=LAYER)

    def _moved(self, outlines: NDArray[np.object_], crs: CRS) -> NDArray[np.object_]:
        if crs == self._crs or self._crs is None:
            return outlines
        way = Transformer.from_crs(crs.to_wkt(), self._crs.to_wkt(), always_xy=True)
        moved: NDArray[np.object_] = shapely.transform(outlines, lambda xy: np.stack(way.transform(*xy.T), axis=1))
        return moved

    def _names_of(self, ids: NDArray[np.int32]) -> NDArray[np.object_]:
        return np.array([self._names[index] for index in ids], object)
