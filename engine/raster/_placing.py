"""Where the files of an image lie: the place of each, and the one grid that holds them all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rasterio.errors import RasterioError

from ..errors import InputError
from ._facts import FileFacts
from ._geocode import TiePointPlace
from ._warp import AffinePlace, Place
from .grid import Grid
from .raster_file import RasterFile

__all__ = ["facts_of", "grid_of", "own_grid", "place_of", "union"]


def facts_of(file: RasterFile, *, sampled: bool = True) -> FileFacts:
    """What a file shows of itself; a product's numbers are not asked."""
    product = file.part.facts
    sample = np.empty((len(file.bands), 0), np.float32) if product or not sampled else file.sample()
    bands = [band - 1 for band in file.bands]
    return FileFacts(
        file.label,
        file.part.name,
        file.descriptions,
        tuple(file.dtypes[band] for band in bands),
        tuple(file.colours[band] for band in bands),
        file.tags,
        sample,
        product,
    )


def place_of(file: RasterFile) -> AffinePlace | TiePointPlace:
    """Where a file's pixels lie.

    Raises
    ------
    InputError
        If the file does not say, or is rotated.
    """
    if file.crs is not None:
        grid_of(file)  # refuses rotated images
        return AffinePlace(file.crs, file.transform)
    if file.tie_points:
        return TiePointPlace(file.tie_points, file.tie_points_crs, (file.height, file.width), file.label)
    raise InputError(f"{file.label} has no coordinate system and no tie points; georeference it first.")


def grid_of(file: RasterFile) -> Grid:
    """The lattice of a file; InputError if it is rotated or has no CRS."""
    try:
        return Grid(file.crs, file.transform, file.width, file.height)
    except InputError as error:
        raise InputError(f"{file.label}: {error}") from error


def own_grid(file: RasterFile, place: Place) -> Grid:
    """The lattice of a file; for images in radar geometry a north-up UTM grid."""
    if isinstance(place, TiePointPlace):
        return place.grid(file.part.facts.spacing if file.part.facts else None)
    return grid_of(file)


def union(grids: Sequence[Grid]) -> Grid:
    """The first grid's lattice, extended over all grids.

    Raises
    ------
    InputError
        If one of them lies where the first one's coordinate system does not reach.
    """
    first = grids[0]
    boxes = [(0.0, 0.0, float(first.width), float(first.height))]
    for grid in grids[1:]:
        try:
            left, bottom, right, top = grid.bounds_in(first.crs)
        except RasterioError as error:
            raise InputError("The files of one date lie too far apart for one image; give them one by one.") from error
        corners = [~first.transform @ corner for corner in ((left, top), (right, bottom))]
        (x0, x1), (y0, y1) = (sorted(values) for values in zip(*corners, strict=True))
        # Edges that fall on pixel edges must not pull in a further row or column through rounding.
        boxes.append((math.floor(x0 + 1e-6), math.floor(y0 + 1e-6), math.ceil(x1 - 1e-6), math.ceil(y1 - 1e-6)))
    column, row, *_ = (int(value) for value in np.min(boxes, axis=0))
    *_, column_stop, row_stop = (int(value) for value in np.max(boxes, axis=0))
    return first.window(row, column, row_stop - row, column_stop - column)
