"""The images of an index as a layer: one polygon each, with what the index knows of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import geopandas
import numpy as np
import shapely

from ...raster.crs import WGS84, transformer
from ...raster.polygons import write_layer
from ...raster.sink import atomic
from .manifest import Source

__all__ = ["FILE", "LAYER", "write_footprints"]

FILE, LAYER = "footprints.gpkg", "images"
EDGES = 32  # parts of each side of an outline, so that it stays where it is in degrees


def write_footprints(folder: Path, sources: Iterable[Source]) -> None:
    """Write the layer into the index's folder, in WGS84.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    rows = list(sources)
    columns = {
        "source": np.array([source.id for source in rows], np.int32),
        "name": _texts(source.label for source in rows),
        "files": _texts(", ".join(source.files) for source in rows),
        "acquired": _texts(source.acquired for source in rows),
        "gsd_m": np.array([source.gsd_m for source in rows], np.float64),
        "windows_m": _texts(", ".join(f"{side:g}" for side in source.window_m) for source in rows),
        "tiles": np.array([source.tiles for source in rows], np.int64),
        "state": _texts("whole" if source.whole else "unfinished" for source in rows),
    }
    table = geopandas.GeoDataFrame(columns, geometry=[_outline(source) for source in rows], crs="EPSG:4326")
    target = folder / FILE
    with atomic(target) as part:
        write_layer(part, table, layer=LAYER, target=target)


def _outline(source: Source) -> shapely.Polygon:
    grid = source.grid
    left, bottom, right, top = grid.bounds
    ring = shapely.segmentize(shapely.box(left, bottom, right, top), max(right - left, top - bottom) / EDGES)
    way = transformer(grid.crs, WGS84)
    x, y = way.transform(*shapely.get_coordinates(ring).T)
    x = x[0] + (x - x[0] + 180) % 360 - 180  # across the date line
    return shapely.Polygon(np.stack([x, y], axis=1))


def _texts(values: Iterable[str | None]) -> np.ndarray:
    return np.array(list(values), object)
