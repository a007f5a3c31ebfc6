"""How many polygons and pixels each class has, counted a little at a time so that the window is never blocked."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Optional

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProject,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..project.imagery import ImageFacts
from .layers import class_name

__all__ = ["ClassCount", "LabelCounter", "LabelCounts"]

SECONDS_AT_ONCE = 0.008
MS_AFTER_A_CHANGE = 300  # while somebody draws, changes come one after another
MOST_CLASSES = 300


@dataclass
class ClassCount:
    """Of one class: polygons, and pixels of the images that they cover (about; None without an image)."""

    polygons: int = 0
    pixels: Optional[float] = None


@dataclass
class LabelCounts:
    """What was found in a layer.

    Attributes
    ----------
    classes : dict of str to ClassCount
    unnamed : int
        Features without a class.
    outside : int
        Features that touch no image.
    too_many : bool
        There are more than `MOST_CLASSES`; the count ended there.
    """

    classes: dict[str, ClassCount] = field(default_factory=dict)
    unnamed: int = 0
    outside: int = 0
    too_many: bool = False


class LabelCounter(QObject):
    """Counts a layer's classes in the window's own thread, for a few milliseconds at a time, and again after changes.

    Signals
    -------
    counted : LabelCounts
    """

    counted = pyqtSignal(object)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._layer: Optional[QgsVectorLayer] = None
        self._field = ""
        self._images: tuple[ImageFacts, ...] = ()
        self._buffer_m: Optional[float] = None
        self._steps: Optional[Generator[None, None, LabelCounts]] = None
        self._work = QTimer(self)
        self._work.timeout.connect(self._go_on)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._begin)

    def follow(
        self,
        layer: Optional[QgsVectorLayer],
        field_name: str,
        images: Sequence[ImageFacts],
        buffer_m: Optional[float] = None,
    ) -> None:
        """Count this, and again whenever the layer's features change."""
        if layer is not self._layer:
            self._let_go()
            self._layer = layer
            if layer is not None:
                for signal in _changes(layer):
                    signal.connect(self._on_change)
        self._field, self._images, self._buffer_m = field_name, tuple(images), buffer_m
        self._begin()

    def close(self) -> None:
        """Follow nothing any more."""
        self._stop()
        self._let_go()

    def _let_go(self) -> None:
        layer, self._layer = self._layer, None
        if layer is not None and not sip.isdeleted(layer):
            for signal in _changes(layer):
                signal.disconnect(self._on_change)

    def _on_change(self) -> None:
        self._later.start(MS_AFTER_A_CHANGE)

    def _stop(self) -> None:
        self._later.stop()
        self._work.stop()
        self._steps = None

    def _begin(self) -> None:
        self._stop()
        layer = self._layer
        if layer is None or sip.isdeleted(layer) or layer.fields().indexOf(self._field) < 0:
            self.counted.emit(LabelCounts())
            return
        self._steps = _count(layer, self._field, self._images, self._buffer_m)
        self._work.start(0)

    def _go_on(self) -> None:
        until = time.monotonic() + SECONDS_AT_ONCE
        steps = self._steps
        if steps is None or self._layer is None or sip.isdeleted(self._layer):
            self._stop()
            return
        try:
            while time.monotonic() < until:
                next(steps)
        except StopIteration as end:
            self._stop()
            self.counted.emit(end.value)


def _changes(layer: QgsVectorLayer) -> tuple[object, ...]:
    return (
        layer.featureAdded,
        layer.featuresDeleted,
        layer.geometryChanged,
        layer.attributeValueChanged,
        layer.dataChanged,
        layer.editingStopped,
        layer.afterRollBack,
        layer.subsetStringChanged,
    )


def _count(
    layer: QgsVectorLayer, name: str, images: tuple[ImageFacts, ...], buffer_m: Optional[float]
) -> Generator[None, None, LabelCounts]:
    counts = LabelCounts()
    context = QgsProject.instance().transformContext()
    ways = [(image, QgsCoordinateTransform(layer.crs(), image.crs, context)) for image in images]
    request = QgsFeatureRequest().setSubsetOfAttributes([name], layer.fields())
    widen = buffer_m if layer.geometryType() != QgsWkbTypes.GeometryType.PolygonGeometry else None
    for feature in layer.getFeatures(request):
        yield
        label = class_name(feature[name])
        if label is None:
            counts.unnamed += 1
            continue
        if label not in counts.classes:
            if len(counts.classes) == MOST_CLASSES:
                counts.too_many = True
                break
            counts.classes[label] = ClassCount(pixels=0.0 if images else None)
        count = counts.classes[label]
        for part in _parts(feature):
            yield
            pixels = [_pixels(part, image, way, widen) for image, way in ways]
            if images and not any(pixels):
                counts.outside += 1
                continue
            count.polygons += 1
            if images:
                count.pixels = (count.pixels or 0.0) + sum(pixels)
    return counts


def _parts(feature: QgsFeature) -> list[QgsGeometry]:
    """The single shapes of a feature, which are as many polygons; one without a shape is one that lies nowhere."""
    shape = feature.geometry()
    return shape.asGeometryCollection() if shape.isMultipart() and not shape.isEmpty() else [shape]


def _pixels(part: QgsGeometry, image: ImageFacts, way: QgsCoordinateTransform, widen: Optional[float]) -> float:
    """About how many pixels of an image a shape covers."""
    shape = QgsGeometry(part)
    if shape.isEmpty():
        return 0.0
    try:
        shape.transform(way)
    except QgsCsException:
        return 0.0
    if widen:
        unit = QgsUnitTypes.fromUnitToUnitFactor(QgsUnitTypes.DistanceUnit.DistanceMeters, image.crs.mapUnits())
        shape = shape.buffer(widen * unit, 6)
    box = shape.boundingBox()
    if not box.intersects(image.extent):
        return 0.0
    if not image.extent.contains(box):
        shape = shape.intersection(QgsGeometry.fromRect(image.extent))
    return max(0.0, float(shape.area())) / image.pixel_area
