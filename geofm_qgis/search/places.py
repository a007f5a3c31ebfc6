"""Places on the ground like which others are wanted: a point or an area."""

from __future__ import annotations

from typing import NamedTuple, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFields,
    QgsGeometry,
    QgsJsonUtils,
    QgsPointXY,
    QgsProject,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QLocale

from ..project.area import Area, AreaError
from ..translation import tr
from .layer import wgs84

__all__ = ["Place", "geometry_of", "place_of"]

SQUARE_METRES_BELOW = 0.01  # km²: smaller areas are told in square metres


class Place(NamedTuple):
    """A point or an area, as a `SearchRequest` takes it.

    Attributes
    ----------
    at : tuple of float, optional
        Longitude and latitude of a point, WGS84 degrees.
    like : str, optional
        A GeoJSON geometry in WGS84.
    """

    at: Optional[tuple[float, ...]] = None
    like: Optional[str] = None

    def __bool__(self) -> bool:
        """Whether a place was chosen."""
        return self.at is not None or self.like is not None

    def geometry(self) -> QgsGeometry:
        """The place as a point or polygon in WGS84 degrees."""
        if self.at is not None:
            return QgsGeometry.fromPointXY(QgsPointXY(*self.at))
        return geometry_of(self.like or "")

    def words(self) -> str:
        """A few words for it, such as "an area of 0.42 km²"."""
        locale = QLocale()
        if self.at is not None:
            lon, lat = (locale.toString(degrees, "f", 4) for degrees in self.at)
            return tr("the place {lon}°, {lat}°").format(lon=lon, lat=lat)
        try:
            km2 = Area(self.geometry(), wgs84()).km2()
        except AreaError:  # another program wrote into the project
            return tr("an area")
        if km2 < SQUARE_METRES_BELOW:
            return tr("an area of {size} m²").format(size=locale.toString(km2 * 1e6, "f", 0))
        return tr("an area of {size} km²").format(size=locale.toString(km2, "f", 2))


def place_of(geometry: QgsGeometry, crs: QgsCoordinateReferenceSystem) -> Place:
    """The place that was drawn on a map.

    Raises
    ------
    AreaError
        If it cannot be used; the message tells why.
    """
    if geometry.type() != QgsWkbTypes.GeometryType.PointGeometry:
        return Place(like=Area(geometry, crs).geojson())
    try:
        point = QgsCoordinateTransform(crs, wgs84(), QgsProject.instance()).transform(geometry.asPoint())
    except QgsCsException:
        point = None
    if point is None or not (abs(point.x()) <= 180 and abs(point.y()) <= 90):
        raise AreaError(tr("There is no place on the Earth where you clicked; click on an image."))
    return Place(at=(round(point.x(), 9), round(point.y(), 9)))


def geometry_of(geojson: str) -> QgsGeometry:
    """What a GeoJSON geometry says; empty if it is none."""
    feature = f'{{"type": "Feature", "properties": {{}}, "geometry": {geojson}}}'
    features = QgsJsonUtils.stringToFeatureList(feature, QgsFields())  # one of geometries alone came with QGIS 3.36
    return features[0].geometry() if features else QgsGeometry()
