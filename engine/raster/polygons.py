"""Turns a class raster into polygons: a GeoPackage layer with the class and the geodesic area of each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # what GDAL's algorithms raise through rasterio
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.windows import Window

from ..errors import InputError
from ._ogr import pyogrio
from .areas import PixelAreas, pixel_areas
from .grid import Grid
from .sink import CACHE_BYTES, atomic, output_error
from .smoothing import Junctions, smoothed
from .stream import READ_ROWS, bands

__all__ = ["FIELDS", "add_outline", "write_layer", "write_polygons"]

# Older programs, QGIS 3.22 among them, warn about newer versions of the format; nothing of those is needed.
GEOPACKAGE = {"VERSION": "1.2"}
Rings = Sequence[Sequence[tuple[float, float]]]  # the outer one first, each closed

FIELDS = ("class_id", "class", "area_km2", "area_ha")
# Corners of the polygons that are held at a time, as Python's numbers (130 bytes a corner) and as shapely's.
CORNERS = 250_000


def write_polygons(
    raster: str | os.PathLike[str],
    path: str | os.PathLike[str],
    classes: Mapping[int, str],
    *,
    layer: str,
    metadata: Mapping[str, str] | None = None,
    smooth: bool = False,
    origin: Mapping[str, str | None] | None = None,
    percent: Path | None = None,
) -> int:
    """Write the areas of some classes of a class raster as polygons.

    Parameters
    ----------
    raster : path-like
        A raster whose first band is uint8.
    path : path-like
        The GeoPackage to write; it appears whole or not at all.
    classes : mapping of int to str
        The pixel values to take, 0 to 255, and the names they get; pixels of other values are left out.
    layer : str
        Its name; in the raster's CRS, with `FIELDS` (geodesic areas); there even if no pixel is of a class asked for.
    metadata : mapping of str to str, optional
        Goes into the layer's metadata.
    smooth : bool
        Cut the corners of pixels (`smoothing.smoothed`); areas are then those of the smooth outlines.
    origin : mapping of str to str, optional
        Further fields, whose text is the same for all polygons; None where it is not known.
    percent : Path, optional
        A uint8 raster on the same pixels, per cent, 255 for none: the mean of each polygon goes into the field
        `confidence`.

    Returns
    -------
    int
        The number of polygons.

    Raises
    ------
    InputError
        If the raster cannot be read.
    OutputError
        If the GeoPackage cannot be written.

    Notes
    -----
    Pixels that share only a corner lie in two polygons: as one polygon they would make a ring that touches itself, and
    that is not valid. GDAL reads the raster row by row and keeps the outlines of all polygons; memory grows with these.
    """
    source, target = Path(raster), Path(path)
    grid, pixels = _survey(source, classes)
    areas = pixel_areas(grid)
    count = 0
    junctions = Junctions(source, grid, sorted(classes)) if smooth else None
    with atomic(target) as part:
        for batch in _batches(_polygons(source, classes)):
            traced = [rings for rings, _ in batch]
            outlines = _outlines(traced)
            pixels -= int(np.rint(shapely.area(outlines) / abs(grid.transform.a * grid.transform.e)).sum())
            further: dict[str, Any] = dict(origin or {})
            if percent is not None:
                further["confidence"] = _means(percent, outlines, grid)
            if junctions is not None:
                outlines = _outlines(smoothed(traced, grid.transform, junctions))
            values = np.array([value for _, value in batch], dtype=np.int32)
            table = _table(outlines, values, classes, areas, grid.crs).assign(**further)
            write_layer(part, table, layer=layer, append=part.exists(), metadata=metadata, target=target)
            count += len(batch)
        if pixels:
            # rasterio passes over a failure in the middle of GDAL's polygonizing in silence.
            raise InputError(f"{source} cannot be made into polygons: {pixels} pixels of it were lost; write it again.")
    return count


def add_outline(path: str | os.PathLike[str], outline: shapely.MultiPolygon, crs: CRS, *, layer: str) -> None:
    """Add a layer of one feature without fields to a GeoPackage that nobody else sees yet.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    table = geopandas.GeoDataFrame(geometry=[outline], crs=crs.to_wkt())
    write_layer(Path(path), table, layer=layer, geometry_type="MultiPolygon")


def write_layer(
    path: Path,
    table: geopandas.GeoDataFrame,
    *,
    layer: str,
    geometry_type: str = "Polygon",
    append: bool = False,
    metadata: Mapping[str, str] | None = None,
    target: Path | None = None,
) -> None:
    """Write features to a GeoPackage that nobody else sees yet.

    Parameters
    ----------
    path : Path
    table : GeoDataFrame
        Its index is left out.
    layer : str
        Made, unless features are appended.
    geometry_type : str
    append : bool
    metadata : mapping of str to str, optional
        Of a new layer.
    target : Path, optional
        The file that `path` will become, for messages.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        pyogrio.write_dataframe(
            table,
            path,
            layer=layer,
            driver="GPKG",
            geometry_type=geometry_type,
            dataset_options=None if path.exists() else GEOPACKAGE,
            append=append,
            layer_metadata=dict(metadata) if metadata and not append else None,
        )
    except RuntimeError as error:  # the root of pyogrio's errors
        raise output_error(target or path, error) from error


def _survey(source: Path, classes: Mapping[int, str]) -> tuple[Grid, int]:
    """The raster's grid and how many of its pixels are of the classes."""
    try:
        with rasterio.open(source) as dataset:
            grid = Grid(dataset.crs, dataset.transform, dataset.width, dataset.height)
            pixels = 0
            for band in bands(grid, READ_ROWS):
                values = dataset.read(1, window=Window(0, band.start, grid.width, band.stop - band.start))
                pixels += int(np.bincount(values.ravel(), minlength=256)[list(classes)].sum())
            return grid, pixels
    except RasterioError as error:
        raise InputError(f"{source} cannot be read to make polygons of it: {error}.") from error


def _polygons(source: Path, classes: Mapping[int, str]) -> Iterator[tuple[Rings, float]]:
    """Each polygon of the classes and its pixel value."""
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), rasterio.open(source) as dataset:
            image = rasterio.band(dataset, 1)
            # A band that masks itself leaves out what is 0, mostly the background with all its holes. Masking whatever
            # else is not wanted, by a virtual raster, takes twice as long as tracing all of it.
            mask = None if 0 in classes else image
            for polygon, value in rasterio.features.shapes(image, mask=mask, connectivity=4):
                if value in classes:
                    yield polygon["coordinates"], value
    except (RasterioError, CPLE_BaseError) as error:
        raise InputError(f"{source} cannot be read to make polygons of it: {error}.") from error


def _batches(polygons: Iterable[tuple[Rings, float]]) -> Iterator[list[tuple[Rings, float]]]:
    """Polygons, until they have many corners, together; of none an empty list, which makes the layer."""
    batch: list[tuple[Rings, float]] = []
    corners = 0
    for rings, value in polygons:
        if corners >= CORNERS:
            yield batch
            batch, corners = [], 0
        batch.append((rings, value))
        corners += sum(map(len, rings))
    yield batch


def _means(percent: Path, outlines: NDArray[np.object_], grid: Grid) -> NDArray[np.float64]:
    """The mean of a raster's pixels in each polygon, to a tenth, NaN where all are 255; its rows pass by once."""
    sums, counts = np.zeros(len(outlines) + 1), np.zeros(len(outlines) + 1)
    heights = (shapely.bounds(outlines)[:, [1, 3]] - grid.transform.f) / grid.transform.e
    first, last = heights.min(axis=1), heights.max(axis=1)
    with rasterio.open(percent) as dataset:
        for band in bands(grid, READ_ROWS):
            here = np.flatnonzero((first < band.stop) & (last > band.start))
            if not here.size:
                continue
            part = grid.rows(band.start, band.stop)
            numbered = zip(outlines[here], (here + 1).tolist(), strict=True)
            of = rasterio.features.rasterize(numbered, part.shape, transform=part.transform, dtype=np.int32)
            values = dataset.read(1, window=Window(0, band.start, grid.width, part.height))
            of[values == 255] = 0
            sums += np.bincount(of.ravel(), values.ravel(), len(sums))
            counts += np.bincount(of.ravel(), minlength=len(counts))
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float64] = np.round(sums[1:] / counts[1:], 1)
    return means


def _outlines(polygons: Sequence[Rings]) -> NDArray[np.object_]:
    """Shapely polygons, made all at once: one by one takes as long as finding them."""
    rings = [ring for polygon in polygons for ring in polygon]
    corners = np.array([corner for ring in rings for corner in ring]).reshape(-1, 2)
    ring_ends = np.cumsum([0, *(len(ring) for ring in rings)])
    polygon_ends = np.cumsum([0, *(len(polygon) for polygon in polygons)])
    outlines: NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, corners, (ring_ends, polygon_ends)
    )
    return outlines


def rounded_areas(square_metres: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Square metres in km² and in hectares, to a hundredth of a square metre: more digits fill tables."""
    return np.round(square_metres / 1e6, 8), np.round(square_metres / 1e4, 6)


def _table(
    outlines: NDArray[np.object_], values: NDArray[np.int32], classes: Mapping[int, str], areas: PixelAreas, crs: CRS
) -> geopandas.GeoDataFrame:
    square_metres = areas.polygons(outlines)
    names = np.array([classes[value] for value in values], dtype=object)
    columns = dict(zip(FIELDS, (values, names, *rounded_areas(square_metres)), strict=True))
    return geopandas.GeoDataFrame(columns, geometry=outlines, crs=crs.to_wkt())
