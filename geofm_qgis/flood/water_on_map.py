"""The water of a view, drawn over the map at whatever threshold is asked for."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Mapping
from typing import Any, Optional

from qgis.core import QgsCoordinateReferenceSystem, QgsPointXY, QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QRectF
from qgis.PyQt.QtGui import QColor, QImage, QPainter, QTransform

__all__ = ["COMES", "GOES", "STAYS", "STEPS", "STEP_DB", "WaterOnMap", "WaterView"]

STEP_DB, STEPS = 0.5, 12  # as engine/flood/viewing.py counts
# Okabe and Ito's blue, vermilion and yellow.
STAYS, COMES, GOES = QColor(0, 114, 178, 110), QColor(213, 94, 0, 200), QColor(240, 228, 66, 200)
MOST_PIXELS = 4_000_000


class WaterView:
    """From which threshold on each pixel of a view is water.

    Parameters
    ----------
    crs : QgsCoordinateReferenceSystem
    summary : mapping
        Of the engine's answer.

    Raises
    ------
    ValueError, LookupError, TypeError
        If it is none.
    """

    def __init__(self, crs: QgsCoordinateReferenceSystem, summary: Mapping[str, Any]) -> None:
        self.crs, self.rectangle = crs, QgsRectangle(*summary["bounds"])
        width, height = int(summary["width"]), int(summary["height"])
        if not 0 < width * height <= MOST_PIXELS:
            raise ValueError("The view has no size that can be.")
        try:
            self._levels = zlib.decompressobj().decompress(base64.b64decode(summary["levels"]), width * height)
        except (zlib.error, binascii.Error) as error:
            raise ValueError(str(error)) from error
        if len(self._levels) != width * height:
            raise ValueError("The view is cut off.")
        self._width = width
        # A copy, since an image does not keep the bytes that it is made of.
        self.image = QImage(self._levels, width, height, width, QImage.Format.Format_Indexed8).copy()
        self.image.setColorTable([0] * 256)

    def colour(self, shift: float) -> None:
        """Colour what is water at thresholds that are so many dB brighter, what came by that, and what went."""
        last = STEPS + step_at(shift)
        levels = range(2 * STEPS + 1)
        colours = [
            (STAYS if level <= STEPS else COMES) if level <= last else GOES if level <= STEPS else QColor(0, 0, 0, 0)
            for level in levels
        ]
        clear = [QColor(0, 0, 0, 0)] * (256 - len(colours))
        self.image.setColorTable([colour.rgba() for colour in (*colours, *clear)])

    def needs(self, point: QgsPointXY) -> Optional[float]:
        """By how many dB thresholds must be brighter for a place to be water; None where the view does not show it.

        Infinite where no threshold of the view makes it water.
        """
        box = self.rectangle
        if not box.contains(point):
            return None
        height = len(self._levels) // self._width
        column = int((point.x() - box.xMinimum()) / box.width() * self._width)
        row = int((box.yMaximum() - point.y()) / box.height() * height)
        level = self._levels[min(row, height - 1) * self._width + min(column, self._width - 1)]
        return (level - STEPS) * STEP_DB if level <= 2 * STEPS else math.inf


def step_at(shift: float) -> int:
    """The step of the view that thresholds so many dB brighter have reached."""
    return max(-STEPS, min(STEPS, math.floor(shift / STEP_DB + 1e-6)))


class WaterOnMap(QgsMapCanvasItem):
    """Draws a view, in place, while the map is in the view's coordinate system.

    It is no layer: the project stays as it is, and another threshold is another table of colours.
    """

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._map = canvas
        self.view: Optional[WaterView] = None

    def show_view(self, view: Optional[WaterView]) -> None:
        """Draw this one from now on; None for nothing."""
        self.view = view
        self.update()

    def boundingRect(self) -> QRectF:
        """The whole map."""
        return QRectF(0, 0, self._map.width(), self._map.height())

    def updatePosition(self) -> None:
        """Called when the map has moved."""
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Called by the canvas."""
        view = self.view
        if view is None or view.crs != self._map.mapSettings().destinationCrs():
            return
        box, image = view.rectangle, view.image
        corner, right, below = (
            self.toCanvasCoordinates(QgsPointXY(x, y))
            for x, y in (
                (box.xMinimum(), box.yMaximum()),
                (box.xMaximum(), box.yMaximum()),
                (box.xMinimum(), box.yMinimum()),
            )
        )
        across, down = (right - corner) / image.width(), (below - corner) / image.height()
        painter.save()
        painter.setTransform(QTransform(across.x(), across.y(), down.x(), down.y(), corner.x(), corner.y()), True)
        painter.drawImage(0, 0, image)
        painter.restore()
