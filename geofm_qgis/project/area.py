"""An area on the Earth: checked once, known in the coordinate system it was drawn in and in WGS84."""

from __future__ import annotations

import json
import math

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsDistanceArea,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsUnitTypes,
    QgsWkbTypes,
)

from ..engine.errors import GeoFMError
from ..translation import tr

__all__ = ["Area", "AreaError"]

# A straight line of 1 km leaves the line between its ends in another coordinate system by about 2 cm.
LONGEST_SEGMENT_METRES = 1000.0
MOST_SEGMENTS = 4000
DECIMALS = 9  # of a degree: 0.1 mm
# Of the area's size: what there and back through a coordinate system may differ.
ROUND_TRIP = 1e-5
SQUARE_METRES_PER_KM2 = 1e6
WGS84_ELLIPSOID = "EPSG:7030"

Ring = list[QgsPointXY]


class AreaError(GeoFMError):
    """There is no usable area of interest: the message says why and what to do."""


class Area:
    """A polygon or multipolygon with a place on the Earth.

    Parameters
    ----------
    geometry : QgsGeometry
    crs : QgsCoordinateReferenceSystem

    Attributes
    ----------
    outline : QgsGeometry
        In `crs`, straight and two-dimensional, with long edges divided, so that it keeps its shape elsewhere.

    Raises
    ------
    AreaError
        If it crosses itself, has no area, crosses the date line or a pole, or lies where its coordinate system
        cannot be used.
    """

    def __init__(self, geometry: QgsGeometry, crs: QgsCoordinateReferenceSystem) -> None:
        if not crs.isValid():
            raise AreaError(
                tr("There is no coordinate system to place the area with; set the project's or layer's CRS.")
            )
        self.crs = crs
        plain = _checked(geometry)
        self.outline = plain.densifyByDistance(_longest_segment(plain, crs))
        wgs84 = QgsCoordinateReferenceSystem("EPSG:4326")
        # In WGS84 the edges are straight already, and four corners are easier to read than four thousand.
        self._polygons = _polygons(plain) if crs == wgs84 else _in_wgs84(self.outline, crs, wgs84)
        _require_degrees(self._polygons)

    def geojson(self) -> str:
        """A GeoJSON geometry in WGS84 longitudes and latitudes (RFC 7946)."""
        polygons = [
            [_turned([_rounded(point) for point in ring], outer=not number) for number, ring in enumerate(polygon)]
            for polygon in self._polygons
        ]
        if len(polygons) == 1:
            return json.dumps({"type": "Polygon", "coordinates": polygons[0]})
        return json.dumps({"type": "MultiPolygon", "coordinates": polygons})

    def km2(self) -> float:
        """Size on the project's ellipsoid, or on that of WGS84 where the project has none."""
        project = QgsProject.instance()
        measure = QgsDistanceArea()
        measure.setSourceCrs(self.crs, project.transformContext())
        ellipsoid = project.ellipsoid()
        measure.setEllipsoid(ellipsoid if ellipsoid and ellipsoid != "NONE" else WGS84_ELLIPSOID)
        return float(measure.measureArea(self.outline)) / SQUARE_METRES_PER_KM2


def _checked(geometry: QgsGeometry) -> QgsGeometry:
    if geometry.isNull() or geometry.isEmpty() or geometry.type() != QgsWkbTypes.GeometryType.PolygonGeometry:
        raise AreaError(tr("The area is empty; draw a rectangle or a polygon."))
    plain = QgsGeometry(geometry.constGet().segmentize())
    if not all(math.isfinite(value) for value in _bounds(plain)):
        raise AreaError(tr("The area has corners without finite coordinates; draw it again."))
    if not plain.isGeosValid():
        hull = plain.convexHull()
        if hull.isNull() or hull.area() == 0:
            raise AreaError(tr("The area is empty; draw a rectangle or a polygon."))
        raise AreaError(tr("The outline of the area crosses itself; draw it again."))
    if plain.area() == 0:
        raise AreaError(tr("The area is empty; draw a rectangle or a polygon."))
    return plain


def _bounds(geometry: QgsGeometry) -> tuple[float, float, float, float]:
    box = geometry.boundingBox()
    return box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()


def _longest_segment(geometry: QgsGeometry, crs: QgsCoordinateReferenceSystem) -> float:
    """In units of the coordinate system; of large areas the number of corners stays bounded."""
    unit = QgsUnitTypes.fromUnitToUnitFactor(QgsUnitTypes.DistanceUnit.DistanceMeters, crs.mapUnits())
    box = geometry.boundingBox()
    return float(max(LONGEST_SEGMENT_METRES * unit, 2 * (box.width() + box.height()) / MOST_SEGMENTS))


def _in_wgs84(
    outline: QgsGeometry, crs: QgsCoordinateReferenceSystem, wgs84: QgsCoordinateReferenceSystem
) -> list[list[Ring]]:
    moved, back = QgsGeometry(outline), QgsGeometry()
    try:
        there = moved.transform(QgsCoordinateTransform(crs, wgs84, QgsProject.instance()))
        back = QgsGeometry(moved)
        again = back.transform(QgsCoordinateTransform(wgs84, crs, QgsProject.instance()))
    except QgsCsException as error:
        raise _beyond(crs) from error
    box = outline.boundingBox()
    tolerance = ROUND_TRIP * max(box.width(), box.height())
    success = QgsGeometry.OperationResult.Success
    if there != success or again != success or not _are_near(outline, back, tolerance):
        raise _beyond(crs)
    polygons = _polygons(moved)
    # Corners are close together, so no longitude can differ much from the next, unless it starts again at -180.
    if any(abs(a.x() - b.x()) > 180 for polygon in polygons for ring in polygon for a, b in zip(ring, ring[1:])):
        raise _across_date_line()
    # Rings may come to touch each other by the last digit of a coordinate.
    return polygons if moved.isGeosValid() else _polygons(moved.makeValid())


def _are_near(first: QgsGeometry, second: QgsGeometry, tolerance: float) -> bool:
    corners = zip(first.vertices(), second.vertices())
    return all(a.distance(b) <= tolerance for a, b in corners)  # not so for NaN and infinity


def _polygons(geometry: QgsGeometry) -> list[list[Ring]]:
    """All polygons in a geometry or collection; a ring is closed, the first one of a polygon is its outer one."""
    parts = [
        part for part in geometry.asGeometryCollection() if part.type() == QgsWkbTypes.GeometryType.PolygonGeometry
    ]
    return [
        polygon for part in parts for polygon in (part.asMultiPolygon() if part.isMultipart() else [part.asPolygon()])
    ]


def _require_degrees(polygons: list[list[Ring]]) -> None:
    slack = 10**-DECIMALS
    corners = (point for polygon in polygons for point in polygon[0])
    if any(abs(point.x()) > 180 + slack or abs(point.y()) > 90 + slack for point in corners):
        raise _across_date_line()


def _rounded(point: QgsPointXY) -> list[float]:
    return [round(point.x(), DECIMALS), round(point.y(), DECIMALS)]


def _turned(ring: list[list[float]], outer: bool) -> list[list[float]]:
    """A ring in RFC 7946's direction: outer ones counterclockwise, holes clockwise."""
    x0, y0 = ring[0]  # near the ring, lest digits cancel
    doubled = sum((a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0) for a, b in zip(ring, ring[1:]))
    return ring if (doubled > 0) == outer else ring[::-1]


def _beyond(crs: QgsCoordinateReferenceSystem) -> AreaError:
    message = tr("The area reaches beyond what {crs} can show; draw a smaller one.")
    return AreaError(message.format(crs=crs.authid() or crs.description()))


def _across_date_line() -> AreaError:
    return AreaError(tr("The area crosses the date line or a pole; map the parts on each side of it one by one."))
