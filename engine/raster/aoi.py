"""The area of interest: read from a file, a box or GeoJSON, and brought to a grid."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.crs import CRS
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from ..errors import InputError
from .crs import WGS84, girth
from .grid import TURNS, Bounds, Grid
from .polygon_set import PolygonSet, shifted
from .tangles import refuse_tangled_together
from .vectors import exists, file_of, polygons_of, read_polygons, refuse_endless, refuse_jumps

__all__ = ["Aoi", "file_of", "job_grid", "read_aoi"]

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
NUMBERS = re.compile(r"^[\s\d.,+-]+$")
BOX = re.compile(rf"^\s*({NUMBER})\s*,\s*({NUMBER})\s*,\s*({NUMBER})\s*,\s*({NUMBER})\s*$")

NO_OVERLAP = "The AOI and the image do not overlap; move the AOI, or give the image of that place."
MARGIN = 0.5  # of the image's longer side: enough for whatever a straight edge does between two coordinate systems


class Aoi:
    """An area of interest: one valid polygon or multipolygon with a positive area.

    Parameters
    ----------
    geometry : shapely geometry
    crs : CRS
    label : str
        What messages call it.
    notes : tuple of str
        What must be known of how it was read, one sentence each.

    Raises
    ------
    InputError
        If the geometry is not polygonal, crosses itself, or has no area.
    """

    def __init__(
        self, geometry: BaseGeometry, crs: CRS, label: str = "The AOI", *, notes: tuple[str, ...] = ()
    ) -> None:
        self.geometry, self.crs, self.notes = _checked(np.array([geometry], object), label, crs), crs, notes
        self._polygons = PolygonSet(np.array([self.geometry], object), crs, label)

    def near(self, grid: Grid) -> Aoi:
        """The part of the AOI around a grid: what is far away may have no place in the grid's CRS.

        Raises
        ------
        InputError
            If there is none.
        """
        left, bottom, right, top = grid.bounds_in(self.crs)
        margin = MARGIN * max(right - left, top - bottom)
        around = shapely.box(left - margin, bottom - margin, right + margin, top + margin)
        if shapely.covers(around, self.geometry):
            return self
        turn, parts = girth(self.crs), []
        for times in TURNS if turn else TURNS[:1]:
            # Longitudes may be counted differently: what lies beside the grid is brought to its count.
            moved = shifted(self.geometry, times * (turn or 0))
            parts += list(shapely.get_parts(shapely.intersection(around, moved)))
        part = shapely.union_all([part for part in parts if part.area > 0])  # where it only touches there is no area
        if part.area == 0:
            raise InputError(NO_OVERLAP)
        return Aoi(part, self.crs, notes=self.notes)

    def bounds_on(self, grid: Grid) -> Bounds:
        """(left, bottom, right, top) in a grid's CRS, where the grid counts longitudes.

        Raises
        ------
        InputError
            If the AOI lies where the CRS does not reach.
        """
        left, bottom, right, top = shapely.total_bounds(self._polygons.on(grid))
        return float(left), float(bottom), float(right), float(top)

    def outline_in(self, crs: CRS) -> shapely.MultiPolygon:
        """The AOI in a CRS, valid there.

        Raises
        ------
        InputError
            If the AOI lies where the CRS does not reach.
        """
        return _outline(self._polygons.in_crs(crs))

    def outline_on(self, grid: Grid) -> shapely.MultiPolygon:
        """`outline_in` a grid's CRS, where the grid counts longitudes."""
        return _outline(self._polygons.on(grid))

    def inside(self, grid: Grid) -> NDArray[np.bool_]:
        """bool [height, width]: pixels whose centres lie in the AOI; the same however a grid is cut into bands."""
        return self._polygons.inside(grid)

    def overlaps(self, grid: Grid) -> bool:
        """Whether the AOI and the grid share some area."""
        left, bottom, right, top = grid.bounds
        shapes = self._polygons.on(grid)
        return any(part.area > 0 for part in shapely.clip_by_rect(shapes, left, bottom, right, top))


def read_aoi(text: str) -> Aoi:
    """The AOI that a user gave.

    Parameters
    ----------
    text : str
        A vector file with polygons in any CRS (several are united), as `file|layername=name` where it has several
        layers; `west,south,east,north` in WGS84 degrees, or a
        GeoJSON geometry, feature or feature collection in WGS84 degrees.

    Raises
    ------
    InputError
        If there is no such file, or it holds no area: see `Aoi`.
    """
    if text.lstrip().startswith("{"):
        return _from_geojson(text)
    if box := BOX.match(text):
        return _from_box(*(float(value) for value in box.groups()))
    if ("," in text or NUMBERS.match(text)) and not exists(file_of(text)):
        raise InputError(
            f"The AOI '{text}' is neither a file nor four numbers; give west,south,east,north in WGS84 degrees, or a"
            " vector file."
        )
    polygons = read_polygons(text)
    return Aoi(_checked(polygons.geometries, f"The AOI in {text}", polygons.crs), polygons.crs, notes=polygons.notes)


def job_grid(scene_grid: Grid, aoi: Aoi | None) -> Grid:
    """The part of a scene's grid that an AOI touches, on the scene's own pixels; the whole grid without an AOI.

    Raises
    ------
    InputError
        If they do not overlap.
    """
    if aoi is None:
        return scene_grid
    grid = scene_grid.clip(aoi.bounds_on(scene_grid))
    if grid is None or not aoi.overlaps(grid):
        raise InputError(NO_OVERLAP)
    return grid


def _from_box(west: float, south: float, east: float, north: float) -> Aoi:
    if not _on_globe(west, south, east, north):
        raise InputError("The AOI's box is not in degrees; give west,south,east,north in WGS84 degrees.")
    if west == east or south == north:
        raise InputError("The AOI's box has no area; give west,south,east,north.")
    if south > north or (west - east > 0 and west - east <= 180):
        raise InputError("The AOI's box is turned round; give west,south,east,north.")
    # One across the date line, as 179,-18,-179,-17, goes on beyond it.
    return Aoi(shapely.box(west, south, east + 360 * (west > east), north), WGS84)


def _on_globe(west: float, south: float, east: float, north: float) -> bool:
    """Whether degrees lie on the globe; longitudes may be counted from -180, from 0, or on beyond 180."""
    turned = max(abs(west), abs(east), east - west) <= 360
    return turned and max(abs(south), abs(north)) <= 90


def _from_geojson(text: str) -> Aoi:
    try:
        value = json.loads(text)
        geometries = np.array([shape(item) for item in _geometries(value)], object)
    except (
        *(ValueError, KeyError, TypeError, AttributeError, IndexError),
        *(RecursionError, shapely.errors.ShapelyError),
    ) as error:
        raise InputError("The AOI is not a GeoJSON polygon; give a geometry or a feature in WGS84 degrees.") from error
    polygons, notes = polygons_of(geometries, "The AOI")
    refuse_endless(polygons, "The AOI", WGS84)
    refuse_jumps(polygons, "The AOI", WGS84)
    aoi = Aoi(_checked(polygons, "The AOI", WGS84), WGS84, notes=notes)
    if not _on_globe(*aoi.geometry.bounds):
        raise InputError("The AOI's GeoJSON is not in degrees; give WGS84 longitudes and latitudes.")
    return aoi


def _geometries(value: Any) -> list[Any]:
    """The geometries of a GeoJSON object; features without one are left out."""
    if value["type"] == "FeatureCollection":
        return [item for feature in value["features"] for item in _geometries(feature)]
    if value["type"] == "Feature":
        return [value["geometry"]] if value["geometry"] else []
    return [value]


def _outline(shapes: NDArray[Any]) -> shapely.MultiPolygon:
    # Valid polygons may come to touch themselves when their corners move.
    whole = shapely.union_all(shapely.make_valid(shapes))
    return shapely.MultiPolygon([part for part in shapely.get_parts(whole) if part.area > 0])


def _checked(geometries: NDArray[Any], label: str, crs: CRS) -> BaseGeometry:
    """The union of polygons that are each valid, as one geometry without heights."""
    geometries = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    if not len(geometries):
        raise InputError(f"{label} is empty; draw a polygon.")
    refuse_endless(geometries, label, crs)
    # Of the hull: the two halves of a bow tie cancel each other in its own area.
    if not (shapely.area(shapely.convex_hull(geometries)) > 0).any():
        raise InputError(f"{label} has no area; draw a polygon around the place.")
    invalid = geometries[~shapely.is_valid(geometries)]
    if len(invalid):
        reason, _, where = shapely.is_valid_reason(invalid[0]).partition("[")
        place = f" near {', '.join(where.rstrip(']').split())}" if where else ""
        crosses = "crosses itself" if "intersection" in reason.lower() else f"is not valid ({reason.lower()})"
        raise InputError(f"{label} {crosses}{place}; repair it (in QGIS: Fix geometries) or draw it again.")
    refuse_tangled_together(geometries, label)
    united: BaseGeometry = shapely.union_all(shapely.force_2d(geometries))
    return united
