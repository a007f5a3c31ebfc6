"""Where a model was wrong: polygons with the true and the predicted class, to look at over the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas
import numpy as np
import pandas
import rasterio.features
import shapely
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..raster.areas import pixel_areas
from ..raster.grid import Grid
from ..raster.polygons import write_layer

__all__ = ["FIELDS", "LAYER", "Mistakes"]

LAYER = "errors"
FIELDS = ("truth_id", "truth", "predicted_id", "predicted", "area_ha", "image")
MOST = 200_000  # polygons; nobody looks at more

Labels = NDArray[np.uint8]


class Mistakes:
    """Collects the areas that were mapped wrongly, window by window.

    Parameters
    ----------
    classes : mapping of int to str
        Of each class, in the order of their ids, its value in maps and its name.
    """

    def __init__(self, classes: Mapping[int, str]) -> None:
        self._values, self._names = np.array([*classes], np.int32), np.array([*classes.values()], object)
        self._tables: list[geopandas.GeoDataFrame] = []
        self._crs = ""  # of all of them: that of the first window

    def __len__(self) -> int:
        return sum(map(len, self._tables))

    def add(self, grid: Grid, image: str, truth: Labels, predicted: Labels) -> None:
        """Take in a window: uint8[H, W] class ids, 255 where nothing is to be compared."""
        wrong = (truth != NODATA) & (predicted != NODATA) & (truth != predicted)
        if not wrong.any() or len(self) >= MOST:
            return
        codes = truth.astype(np.int32) * 256 + predicted
        pairs = rasterio.features.shapes(codes, mask=wrong, connectivity=4, transform=grid.transform)
        shapes, values = zip(*((shapely.geometry.shape(outline), int(code)) for outline, code in pairs), strict=True)
        outlines = np.array(shapes, object)
        table = self._table(outlines, values, pixel_areas(grid).polygons(outlines) / 1e4, image, grid.crs.to_wkt())
        self._crs = self._crs or grid.crs.to_wkt()
        self._tables.append(table.to_crs(self._crs))

    def write(self, path: Path) -> None:
        """Write the layer `errors`, with the fields `FIELDS`; it is there even if nothing was wrong.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        nothing = self._table(np.array([], object), [], np.array([]), "", "EPSG:4326")
        write_layer(path, pandas.concat(self._tables) if self._tables else nothing, layer=LAYER)

    def _table(
        self, outlines: NDArray[np.object_], codes: Sequence[int], areas: NDArray[np.float64], image: str, crs: str
    ) -> geopandas.GeoDataFrame:
        truth, predicted = np.divmod(np.array(codes, np.int32), 256)
        columns = (
            *(self._values[truth], self._names[truth], self._values[predicted], self._names[predicted]),
            *(areas, [image] * len(codes)),
        )
        return geopandas.GeoDataFrame(dict(zip(FIELDS, columns, strict=True)), geometry=outlines, crs=crs)
