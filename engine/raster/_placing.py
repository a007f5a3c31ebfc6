"""Where the files of an image lie: the place of each, and the one grid that holds them all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import shapely

from ..errors import InputError
from ._facts import FileFacts
from ._geocode import TiePointPlace
from ._unreadable import LONGEST_SIDE
from ._warp import AffinePlace, Place
from .crs import crs_name, girth, is_of_a_map
from .grid import TURNS, Grid, NoWay
from .raster_file import RasterFile

__all__ = ["facts_of", "grid_of", "own_grid", "place_of", "refuse_stacked", "same_place", "union"]

# Of the smaller one's extent: files that share more lie over each other, not side by side.
SAME_PLACE = 0.5
TOO_FAR = "The files of one date lie too far apart for one image; give them one by one."
# Of the pixels of all files together, and in all: beyond both, files lie so far apart that one image of them is empty.
MOST_TIMES_LARGER, MOST_PIXELS = 100, 10**8


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
        If the file does not say, is rotated, or says a place that the Earth does not have.
    """
    if file.crs is not None:
        if not is_of_a_map(file.crs):
            raise InputError(
                f"{file.label} has a coordinate system that is no map's ({crs_name(file.crs)}); assign its true one"
                " (gdal_edit.py -a_srs), or georeference it."
            )
        if file.placeless:
            raise InputError(
                f"{file.label} has a coordinate system but does not say where in it its pixels lie; georeference it"
                " first (in QGIS: Layer > Georeferencer)."
            )
        grid_of(file)  # refuses rotated images
        return AffinePlace(file.crs, file.transform)
    if file.tie_points:
        return TiePointPlace(file.tie_points, file.tie_points_crs, (file.height, file.width), file.label)
    raise InputError(f"{file.label} has no coordinate system and no tie points; georeference it first.")


def grid_of(file: RasterFile) -> Grid:
    """The lattice of a file; InputError if it is rotated, has no CRS, or lies beyond the globe."""
    try:
        grid = Grid(file.crs, file.transform, file.width, file.height)
    except InputError as error:
        raise InputError(f"{file.label}: {error}") from error
    if grid.crs.is_geographic and (turn := girth(grid.crs)):
        left, bottom, right, top = grid.bounds
        x, y = abs(grid.transform.a), abs(grid.transform.e)  # pixels may be centred on a pole or on the date line
        if max(-bottom, top) > turn / 4 + y or max(-left, right) > 1.5 * turn + x or right - left > turn + 2 * x:
            raise InputError(
                f"{file.label} has a coordinate system in degrees, but reaches from {left:.6g}, {bottom:.6g} to"
                f" {right:.6g}, {top:.6g}, which is beyond the globe; set its true coordinate system, or georeference"
                " it."
            )
    return grid


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
        If one of them lies where the first one's coordinate system does not reach, or too far away.
    """
    first = grids[0]
    turn = (girth(first.crs) or 0) / abs(first.transform.a)
    column, row, column_stop, row_stop = 0, 0, first.width, first.height
    for grid in grids[1:]:
        try:
            left, bottom, right, top = grid.bounds_in(first.crs)
        except NoWay as error:
            raise InputError(TOO_FAR) from error
        corners = [~first.transform @ corner for corner in ((left, top), (right, bottom))]
        (x0, x1), (y0, y1) = (sorted(values) for values in zip(*corners, strict=True))
        # Longitudes may be counted differently: what lies beside the others is meant.
        shift = min((turn * times for times in TURNS), key=lambda shift: _reach(column, column_stop, x0, x1, shift))
        # Edges that fall on pixel edges must not pull in a further row or column through rounding.
        column = min(column, math.floor(x0 + shift + 1e-6))
        column_stop = max(column_stop, math.ceil(x1 + shift - 1e-6))
        row, row_stop = min(row, math.floor(y0 + 1e-6)), max(row_stop, math.ceil(y1 - 1e-6))
    width, height = column_stop - column, row_stop - row
    most = max(MOST_TIMES_LARGER * sum(grid.width * grid.height for grid in grids), MOST_PIXELS)
    if len(grids) > 1 and (max(width, height) > LONGEST_SIDE or width * height > most):
        raise InputError(TOO_FAR)
    return first.window(row, column, height, width)


def refuse_stacked(grids: Sequence[Grid], labels: Sequence[str]) -> None:
    """See that rasters of one layer lie side by side, not over each other.

    Raises
    ------
    InputError
        If one lies over another for the most part.
    """
    if len(grids) == 1:
        return
    with suppress(NoWay):  # so far apart that they cannot
        boxes = shapely.box(*np.transpose([grid.bounds_in(grids[0].crs) for grid in grids]))
        one, other = shapely.STRtree(boxes).query(boxes, predicate="intersects")
        one, other = one[one < other], other[one < other]
        shared = shapely.area(shapely.intersection(boxes[one], boxes[other]))
        over = shared > SAME_PLACE * np.minimum(shapely.area(boxes[one]), shapely.area(boxes[other]))
        if over.any():
            first, second = (labels[pairs[over][0]] for pairs in (one, other))
            raise InputError(f"{first} and {second} lie over each other; name one of them, or tiles side by side.")


def same_place(one: Grid, other: Grid) -> bool:
    """Whether two files cover the same ground, rather than lie side by side."""
    try:
        boxes = shapely.box(*np.transpose(other.boxes_in(one.crs)))
    except NoWay:
        return False
    own = shapely.box(*one.bounds)
    shared = float(shapely.area(shapely.intersection(own, boxes)).max())
    return shared > SAME_PLACE * min(float(own.area), float(boxes[0].area))


def _reach(start: int, stop: int, x0: float, x1: float, shift: float) -> int:
    """Columns of what holds both spans, the second one shifted, but for a share of rounding."""
    return round(max(stop, x1 + shift) - min(start, x0 + shift))
