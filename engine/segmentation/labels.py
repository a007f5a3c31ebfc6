"""Classes from labelled polygons: read, checked, repaired, and burnt into pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..cards.classes import HIGHEST_CLASS, NODATA
from ..cards.colours import colours_for, is_colour
from ..errors import InputError
from ..raster.crs import WGS84
from ..raster.grid import Grid, NoWay
from ..raster.polygon_set import POLYGONS, PolygonSet
from ..raster.specks import LabelledShapes
from ..raster.tangles import refuse_tangled_together
from ..raster.vectors import read_features, refuse_endless, refuse_jumps
from .class_field import check_classes, doubts, in_order, is_whole, keys_of, listed, name_of

__all__ = ["LabelSet", "read_labels"]

NO_CLASS = 254
COLOUR_FIELDS = ("color", "colour")
# Features within a cell of these degrees share one metric projection; 40 km from its centre it is true to 1e-5.
CELL_DEGREES = 0.5
ROUND_CAPS = 16
# Neighbouring outlines that were digitised one after the other never meet to the last digit.
LEAST_OVERLAP_M2 = 1.0

Labels = NDArray[np.uint8]
Geometries = NDArray[Any]


@dataclass(frozen=True, eq=False)
class LabelSet:
    """Polygons with classes; also points, each of which stands for the pixel that it lies in.

    Attributes
    ----------
    classes : tuple of str
        Text is sorted by its characters, numbers by their size; "background" comes first. The index is the class id.
    colors : tuple of str
        '#rrggbb' of each class.
    geometries : array of valid shapely (multi)polygons and points
    ids : uint8 [n]
        The class of each polygon; 254 of a class that was left out.
    crs : CRS
    label : str
        What messages call the layer.
    warnings : tuple of str
        One sentence each.
    """

    classes: tuple[str, ...]
    colors: tuple[str, ...]
    geometries: Geometries
    ids: NDArray[np.uint8]
    crs: CRS
    label: str
    warnings: tuple[str, ...] = ()

    @property
    def polygons(self) -> tuple[int, ...]:
        """Number of polygons of each class."""
        return tuple(np.bincount(self.ids, minlength=len(self.classes))[: len(self.classes)].tolist())

    @property
    def codes(self) -> tuple[int, ...]:
        """The value of each class in maps: its number where all classes are numbers from 0 to 254, else its id."""
        numbers = [int(name) for name in self.classes if is_whole(name) and 0 <= int(name) <= HIGHEST_CLASS]
        return tuple(numbers) if len(numbers) == len(self.classes) else tuple(range(len(self.classes)))

    def of_classes(self, ids: Sequence[int]) -> LabelSet:
        """These classes alone, in this order; polygons of the others still keep them off the ground that both claim."""
        places = np.full(256, NO_CLASS, np.uint8)
        places[list(ids)] = np.arange(len(ids))
        names, colors = (tuple(items[index] for index in ids) for items in (self.classes, self.colors))
        return replace(self, classes=names, colors=colors, ids=places[self.ids])

    def rasterise(self, grid: Grid) -> Labels:
        """Class ids of pixels by their centres; a polygon that holds no centre has the pixel of its inner point.

        Returns
        -------
        uint8 [height, width]
            255 where there is no polygon, or polygons of several classes. The same however a grid is cut.
        """
        values = self._burnt.values_on(grid)
        values[values >= len(self.classes)] = NODATA
        return values

    def over(self, grids: Sequence[Grid], *, learning: bool = True) -> LabelSet:
        """The polygons that touch one of the images; the classes stay as they are.

        Warnings tell of polygons outside, of classes without any, and of the area where classes overlap.

        Parameters
        ----------
        grids : sequence of Grid
        learning : bool
            Whether a model is to learn from them, which takes two classes.

        Raises
        ------
        InputError
            If no polygon touches an image, or, of labels to learn from, those of one class alone.
        """
        inside = np.zeros(len(self.ids), bool)
        for grid in grids:
            inside |= self._touching(grid)
        if not inside.any():
            raise InputError(self._elsewhere(grids[0]))
        kept = replace(self, geometries=self.geometries[inside], ids=self.ids[inside])
        present = np.unique(kept.ids)
        if learning and len(present) == 1:
            raise InputError(
                f"{self.label} has polygons of one class alone ({self.classes[present[0]]}) on the image; label at"
                " least two classes there."
            )
        warnings = list(self.warnings)
        if outside := int((~inside).sum()):
            warnings.append(
                f"{_count(outside, self._noun)} of {self.label} lie{'s' * (outside == 1)} outside the image."
            )
        missing = [name for index, name in enumerate(self.classes) if index not in present]
        if learning and missing:
            warnings.append(f"No polygon of {listed(missing)} lies on the image: the model cannot learn it.")
        if (overlap := kept.overlap_m2()) >= LEAST_OVERLAP_M2:
            warnings.append(
                f"Polygons of different classes overlap on {overlap:,.0f} m²: pixels there are left out; redraw them to"
                " use them."
            )
        if self._noun == "point":
            warnings += kept._sharing(grids[0])
        return replace(kept, warnings=tuple(warnings))

    def windows(self, grid: Grid, side: int) -> Iterator[tuple[int, int, int, int]]:
        """(row, column, height, width) of the windows of `side` pixels, counted from the grid's corner, with polygons.

        Windows at the right and lower edge are smaller.
        """
        shapes = self._in_pixels(grid)
        if not len(shapes):
            return
        left, top, right, bottom = shapely.total_bounds(shapes)
        rows = np.arange(max(int(top // side), 0) * side, min(int(np.ceil(bottom)), grid.height), side)
        columns = np.arange(max(int(left // side), 0) * side, min(int(np.ceil(right)), grid.width), side)
        tree = shapely.STRtree(shapes)
        for row in rows.tolist():
            boxes = shapely.box(columns, np.full_like(columns, row), columns + side, np.full_like(columns, row + side))
            for index in np.unique(tree.query(boxes, predicate="intersects")[0]):
                column = int(columns[index])
                yield row, column, min(side, grid.height - row), min(side, grid.width - column)

    def overlap_m2(self) -> float:
        """Square metres that lie in polygons of two classes."""
        tree = shapely.STRtree(self.geometries)
        one, other = tree.query(self.geometries, predicate="intersects")
        pairs = (one < other) & (self.ids[one] != self.ids[other])
        shared = shapely.intersection(self.geometries[one[pairs]], self.geometries[other[pairs]])
        shared = shared[shapely.area(shared) > 0]
        if not len(shared):
            return 0.0
        # EASE-Grid 2.0 keeps areas.
        return float(shapely.area(PolygonSet(shared, self.crs, self.label).in_crs(CRS.from_epsg(6933))).sum())

    @cached_property
    def _burnt(self) -> LabelledShapes:
        return LabelledShapes(self.geometries, self.crs, self.label, self.ids)

    @property
    def _noun(self) -> str:
        return "polygon" if _are_polygons(self.geometries).any() else "point"

    def _sharing(self, grid: Grid) -> list[str]:
        """A sentence on points that lie in one pixel, if there are any."""
        corners, point = shapely.get_coordinates(self._in_pixels(grid), return_index=True)
        ids, places = self.ids[self._near(grid)][point], np.floor(corners)
        pixels, which = np.unique(places, axis=0, return_inverse=True)
        if len(pixels) == len(places):
            return []
        of_class = np.zeros((len(pixels), len(self.classes)), bool)
        of_class[which.reshape(-1), ids] = True
        contested = int((of_class.sum(axis=1) > 1).sum())
        left_out = f"; {contested} of these hold points of several classes and are left out" if contested else ""
        return [f"{len(places)} points of {self.label} lie in {len(pixels)} pixels, which count once each{left_out}."]

    def _touching(self, grid: Grid) -> NDArray[np.bool_]:
        """Which polygons touch an image."""
        touching = self._near(grid)
        if touching.any():
            near = PolygonSet(self.geometries[touching], self.crs, self.label).on(grid)
            touching[touching] = shapely.intersects(near, shapely.box(*grid.bounds))
        return touching

    def _near(self, grid: Grid) -> NDArray[np.bool_]:
        """Which polygons may touch an image; the others may lie where its coordinate system does not reach."""
        near = np.zeros(len(self.ids), bool)
        try:
            boxes = grid.boxes_in(self.crs)
        except NoWay:
            return near
        x0, y0, x1, y1 = shapely.bounds(self.geometries).T
        for west, south, east, north in boxes:
            near |= (x0 <= east) & (x1 >= west) & (y0 <= north) & (y1 >= south)
        return near

    def _in_pixels(self, grid: Grid) -> Geometries:
        near = self._near(grid)
        to_pixels = ~grid.transform
        scale, origin = (to_pixels.a, to_pixels.e), (to_pixels.c, to_pixels.f)
        moved = PolygonSet(self.geometries[near], self.crs, self.label).on(grid)
        return np.asarray(shapely.transform(moved, lambda xy: xy * scale + origin))

    def _elsewhere(self, grid: Grid) -> str:
        own = shapely.total_bounds(self.geometries)
        noun = self._noun
        text = (
            f"No {noun} of {self.label} lies on the image: the {noun}s extend over {_extent(own)} in"
            f" {_crs_name(self.crs)}, the image over {_extent(grid.bounds)} in {_crs_name(grid.crs)}"
        )
        if not self.crs.is_geographic and (np.abs(own) <= (180, 90, 180, 90)).all():
            return f"{text}; the {noun}s look like degrees: set the layer's true coordinate system (often EPSG:4326)."
        return f"{text}; check the layer's coordinate system, or draw {noun}s on the image."


def read_labels(path: str, class_field: str, *, buffer_m: float | None = None, learning: bool = True) -> LabelSet:
    """Read labelled polygons; features of several parts are as many polygons.

    Parameters
    ----------
    path : str
        A vector file with one layer of polygons (lines and points with `buffer_m`), in any coordinate system; or
        `file|layername=name`, as QGIS names layers.
    class_field : str
        The field with the class of each polygon, as text or numbers (1 and 1.0 are one class).
    buffer_m : float, optional
        Half width in metres to which lines and points are widened.
    learning : bool
        Whether a model is to learn from them, which takes two classes. Where none is, points are taken as they are.

    Raises
    ------
    InputError
        If the file cannot be read or has no CRS, or the field is missing, holds no class, one alone where a model is to
        learn, or more than 254.
    """

    def wanted(fields: Sequence[str]) -> list[str]:
        field = _field(class_field, fields, path)
        return [field, *[name for name in fields if name.lower() in COLOUR_FIELDS and name != field][:1]]

    features = read_features(path, wanted)
    field, *colours = wanted(features.fields)
    warnings: list[str] = []
    keys = keys_of(features.values[field], field, path)
    known = np.array([key is not None for key in keys], bool)
    if skipped := int((~known).sum()):
        warnings.append(f"{_count(skipped, 'feature')} without a value in '{field}' skipped.")
    use = np.flatnonzero(known & ~(shapely.is_missing(features.geometries) | shapely.is_empty(features.geometries)))
    refuse_endless(features.geometries[use], path, features.crs)
    refuse_jumps(features.geometries[use], path, features.crs)
    parts, feature = _parts(features.geometries[use], path)
    shapes = _widened(parts, features.crs, path, buffer_m) if learning else _points_or_polygons(parts, path)
    valid, kept = _repaired(shapes, path, warnings)
    refuse_tangled_together(valid, path)
    owners = use[feature[kept]]
    chosen = [key for key in (keys[index] for index in owners) if key is not None]
    names = in_order({*chosen})
    check_classes(names, field, path, fewest=2 if learning else 1)
    warnings += doubts(names, field) if learning else []
    places = {name: index for index, name in enumerate(names)}
    ids = np.array([places[name_of(key)] for key in chosen], np.uint8)
    given = _given_colours(features.values[colours[0]][owners] if colours else None, ids, len(names))
    return LabelSet(tuple(names), colours_for(names, given), valid, ids, features.crs, path, tuple(warnings))


def _field(wanted: str, fields: Sequence[str], label: str) -> str:
    """The layer's own spelling of a field."""
    if wanted in fields:
        return wanted
    alike = [name for name in fields if name.lower() == wanted.strip().lower()]
    if len(alike) == 1:
        return alike[0]
    held = f"it has {listed(fields)}" if fields else "it has no fields at all"
    raise InputError(f"{label} has no field '{wanted}'; {held}: choose the one that holds the class.")


def _are_polygons(geometries: Geometries) -> NDArray[np.bool_]:
    return np.isin(shapely.get_type_id(geometries), POLYGONS)


def _parts(geometries: Geometries, label: str) -> tuple[Geometries, NDArray[np.intp]]:
    """The single polygons, lines and points of features, and which feature each is of.

    A feature of many parts, as dissolving makes them, is as many places on the ground.
    """
    if (shapely.get_type_id(geometries) == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        raise InputError(f"{label} holds collections of shapes; split them (in QGIS: Multipart to singleparts).")
    parts, feature = shapely.get_parts(geometries, return_index=True)
    filled = ~shapely.is_empty(parts)
    return parts[filled], feature[filled]


def _points_or_polygons(geometries: Geometries, label: str) -> Geometries:
    if not (_are_polygons(geometries) | _are_points(geometries)).all():
        raise InputError(f"{label} holds lines, which cover no pixels; give polygons or points.")
    return geometries


def _are_points(geometries: Geometries) -> NDArray[np.bool_]:
    return np.asarray(shapely.get_type_id(geometries) == shapely.GeometryType.POINT)


def _widened(geometries: Geometries, crs: CRS, label: str, buffer_m: float | None) -> Geometries:
    """Polygons as they are; lines and points as polygons of their surroundings."""
    thin = ~_are_polygons(geometries)
    if not thin.any():
        return geometries
    if buffer_m is None:
        raise InputError(
            f"{label} holds lines or points; give the metres around them that belong to the class, or draw polygons.",
            field="buffer_m",
        )
    result = geometries.copy()
    result[thin] = _buffered(PolygonSet(geometries[thin], crs, label), buffer_m)
    return result


def _buffered(shapes: PolygonSet, metres: float) -> Geometries:
    """Shapes widened on the ground, in their own CRS."""
    degrees = WGS84
    lonlat = shapes.in_crs(degrees)
    centres = shapely.get_coordinates(shapely.centroid(lonlat))
    cells = np.round(centres / CELL_DEGREES) * CELL_DEGREES
    result = np.empty(len(lonlat), object)
    for longitude, latitude in np.unique(cells, axis=0):
        here = (cells == (longitude, latitude)).all(axis=1)
        local = CRS.from_string(f"+proj=aeqd +lon_0={longitude} +lat_0={latitude} +datum=WGS84 +units=m")
        flat = PolygonSet(lonlat[here], degrees, shapes.label).in_crs(local)
        wide = shapely.buffer(flat, metres, quad_segs=ROUND_CAPS)
        result[here] = PolygonSet(wide, local, shapes.label).in_crs(shapes.crs)
    return result


def _repaired(geometries: Geometries, label: str, warnings: list[str]) -> tuple[Geometries, NDArray[np.bool_]]:
    """Points, and valid polygons with an area, and which of those given they are."""
    broken = ~shapely.is_valid(geometries)
    fixed = geometries.copy()
    if broken.any():
        fixed[broken] = shapely.make_valid(geometries[broken], method="structure", keep_collapsed=False)
        warnings.append(f"{_count(int(broken.sum()), 'invalid polygon')} of {label} repaired.")
    kept = (shapely.area(fixed) > 0) | _are_points(fixed)
    if empty := int((~kept).sum()):
        warnings.append(f"{_count(empty, 'polygon')} of {label} without an area skipped.")
    return fixed[kept], kept


def _given_colours(values: NDArray[Any] | None, ids: NDArray[np.uint8], classes: int) -> list[str | None]:
    """The colour that most polygons of a class name, where one does."""
    colours: list[str | None] = [None] * classes
    if values is not None:
        for index in range(classes):
            named = Counter(str(value) for value in values[ids == index] if is_colour(value))
            colours[index] = named.most_common(1)[0][0] if named else None
    return colours


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _extent(bounds: Iterable[float]) -> str:
    left, bottom, right, top = (float(value) for value in bounds)
    return f"x {left:.6g} to {right:.6g}, y {bottom:.6g} to {top:.6g}"


def _crs_name(crs: CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else "its own coordinate system"
