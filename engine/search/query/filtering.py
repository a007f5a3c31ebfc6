"""Which tiles a search looks at: filters come before the ranking, so that they hide nothing."""

from __future__ import annotations

from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ...errors import InputError
from ...raster.aoi import Aoi, read_aoi
from ...raster.crs import WGS84
from ...raster.grid import TURNS
from ...raster.polygon_set import shifted
from ..index.store import Index

__all__ = ["choose", "in_degrees", "inside"]


def choose(
    index: Index, aoi: str | None, date_from: str | None, date_to: str | None
) -> tuple[NDArray[np.int64] | None, list[str]]:
    """Positions of the tiles within an area and a span of days, rising (None for all), and what must be said of it.

    A tile is within an area if its centre is, or if it holds the middle of an area that is smaller than it is.

    Raises
    ------
    InputError
        If no tile is left.
    """
    notes: list[str] = []
    chosen: NDArray[np.int64] | None = None
    if date_from or date_to:
        chosen, notes = _within_days(index, date_from, date_to)
    if aoi is not None:
        within = inside(index, in_degrees(read_aoi(aoi)))
        if not len(within):
            raise InputError("The AOI and the images of the index do not overlap; move the AOI, or add images there.")
        chosen = within if chosen is None else np.intersect1d(chosen, within, assume_unique=True)
        if not len(chosen):
            raise InputError("No image of these days lies in the AOI; give other days or another AOI.")
    return chosen, notes


def in_degrees(aoi: Aoi) -> BaseGeometry:
    """An area in WGS84 degrees."""
    return aoi.outline_in(WGS84)


def inside(index: Index, area: BaseGeometry) -> NDArray[np.int64]:
    """Positions of the tiles within an area in WGS84 degrees, rising; those around its middle if no centre is in it."""
    columns = index.columns
    area = _as_counted(area)
    west, south, east, north = area.bounds
    # Images may count on beyond 180.
    lon = np.where(np.abs(columns.lon) > 180, np.remainder(columns.lon + 180, 360) - 180, columns.lon)
    near = np.flatnonzero((lon >= west) & (lon <= east) & (columns.lat >= south) & (columns.lat <= north))
    if not area.equals(shapely.box(west, south, east, north)):
        shapely.prepare(area)
        near = near[shapely.contains_xy(area, lon[near], columns.lat[near])]
    return near if len(near) else around(index, area.representative_point())


def _as_counted(area: BaseGeometry) -> BaseGeometry:
    """An area in WGS84 degrees whose longitudes go from -180 to 180."""
    globe = shapely.box(-180, -90, 180, 90)
    if globe.covers(area):
        return area
    turned = [shifted(area, times * 360.0) for times in TURNS]
    return shapely.union_all(shapely.intersection(turned, globe))


def around(index: Index, point: shapely.Point) -> NDArray[np.int64]:
    """Positions of the tiles that hold a point in WGS84 degrees, rising."""
    positions = []
    for piece in index.pieces:
        tiles = piece.tiles
        east = (point.x - tiles["west"]) % 360 <= tiles["east"] - tiles["west"]  # also across the date line
        north = (tiles["south"] <= point.y) & (point.y <= tiles["north"])
        positions.append(np.flatnonzero(east & north) + piece.offset)
    return np.concatenate(positions) if positions else np.zeros(0, np.int64)


def _within_days(index: Index, date_from: str | None, date_to: str | None) -> tuple[NDArray[np.int64], list[str]]:
    first, last = date.fromisoformat(date_from or "0001-01-01"), date.fromisoformat(date_to or "9999-12-31")
    days = {
        number: source.acquired and date.fromisoformat(source.acquired[:10]) for number, source in index.sources.items()
    }
    wanted = [number for number, day in days.items() if day and first <= day <= last]
    undated = [number for number, day in days.items() if not day]
    notes = [f"{len(undated)} images of the index have no date and were left out."] if undated else []
    chosen = np.flatnonzero(np.isin(index.columns.source, wanted))
    if not len(chosen):
        raise InputError("The index holds no image of these days; give other days.")
    return chosen, notes
