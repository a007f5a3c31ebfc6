"""Map tools that draw a rectangle, a polygon or a point on the canvas, in whatever coordinate system it has."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsGeometry, QgsPointXY, QgsRectangle, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool, QgsRubberBand
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent
from qgis.PyQt.QtWidgets import QApplication

from ..translation import tr

__all__ = ["DrawTool", "PointTool", "PolygonTool", "RectangleTool", "outline_band"]

OUTLINE, HALO, FILL_ALPHA = QColor(214, 40, 108), QColor(255, 255, 255, 220), 12
POINT = 12  # pixels
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
TAKE_BACK = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)


def outline_band(canvas: QgsMapCanvas, colour: QColor = OUTLINE) -> QgsRubberBand:
    """A rubber band for areas: a strong line with a light rim and a slight fill, to be seen on any map.

    A point is a circle of these colours.
    """
    band = QgsRubberBand(canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
    fill = QColor(colour)
    fill.setAlpha(FILL_ALPHA)
    band.setStrokeColor(colour)
    band.setSecondaryStrokeColor(HALO)
    band.setFillColor(fill)
    band.setWidth(2)
    band.setIcon(QgsRubberBand.IconType.ICON_CIRCLE)
    band.setIconSize(POINT)
    return band


class DrawTool(QgsMapTool):
    """Takes the canvas until something is drawn or Esc is pressed, then gives it back to the tool before.

    Signals
    -------
    drawn(QgsGeometry, QgsCoordinateReferenceSystem)
        A polygon or a point in the canvas' coordinate system.
    hint_changed(str)
        What the user can do next.
    ended()
        The canvas is given back, or another tool took it.
    """

    drawn = pyqtSignal(object, object)
    hint_changed = pyqtSignal(str)
    ended = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._map = canvas
        self._band: Optional[QgsRubberBand] = None
        self._previous: Optional[QgsMapTool] = None
        canvas.destinationCrsChanged.connect(self._start_again)

    def is_drawing(self) -> bool:
        """Whether the tool has the canvas."""
        return self._band is not None  # isActive() still says so while the canvas goes over to another tool

    def start(self) -> None:
        """Take the canvas."""
        if self.is_drawing():
            return
        if isinstance(self._map.mapTool(), DrawTool):
            self._map.mapTool().cancel()  # one of the user's own is given back, not one that draws something else
        self._previous = self._map.mapTool()
        self._map.setMapTool(self)
        self._map.installEventFilter(self)
        self._band = outline_band(self._map)
        self.hint_changed.emit(self.hint())

    def cancel(self) -> None:
        """Give the canvas back."""
        if not self.is_drawing():
            return
        previous, self._previous = self._previous, None
        if previous is None or sip.isdeleted(previous):
            self._map.unsetMapTool(self)
        else:
            self._map.setMapTool(previous)

    def close(self) -> None:
        """Give the canvas back for good."""
        self.cancel()
        self._map.destinationCrsChanged.disconnect(self._start_again)
        self.deleteLater()

    def deactivate(self) -> None:
        """Called by the canvas when it goes over to another tool."""
        super().deactivate()
        self.forget()
        if self._band is not None:
            self._map.removeEventFilter(self)
            self._map.scene().removeItem(self._band)
            self._band = None
        self.ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives up."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
            event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep keys from the shortcuts of QGIS: its Backspace deletes the features that are selected."""
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in (*ENTER, *TAKE_BACK, Qt.Key.Key_Escape):
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def hint(self) -> str:
        """What the user can do next; each kind of tool has its own words."""
        return ""

    def forget(self) -> None:
        """Drop what is drawn so far; a kind of tool that collects points does so."""

    def _start_again(self) -> None:
        """What is drawn so far has no meaning in another coordinate system."""
        if self.is_drawing():
            self.forget()
            self._show([])

    def _show(self, ring: list[QgsPointXY]) -> None:
        if self._band is not None:
            self._band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)
            for number, point in enumerate(ring, start=1):
                self._band.addPoint(point, number == len(ring))
        self.hint_changed.emit(self.hint())

    def _finish(self, geometry: QgsGeometry) -> None:
        crs = self._map.mapSettings().destinationCrs()
        self.cancel()
        self.drawn.emit(geometry, crs)


class RectangleTool(DrawTool):
    """A rectangle along the axes of the map: drag it, or click two corners."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._corner: Optional[QgsPointXY] = None
        super().__init__(canvas)

    def hint(self) -> str:
        """What the user can do next."""
        if self._corner is None:
            return tr("Drag a rectangle on the map, or click two corners. Esc cancels.")
        return tr("Click the opposite corner. Esc cancels.")

    def forget(self) -> None:
        """Drop the first corner."""
        self._corner = None

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:
        """Set the first corner."""
        if event.button() == Qt.MouseButton.LeftButton and self._corner is None:
            self._corner = event.mapPoint()

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:
        """Show the rectangle up to the pointer."""
        if self._corner is not None:
            self._show(self._rectangle(event).asPolygon()[0][:4])

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        """Set the other corner, unless this was the click on the first one."""
        if event.button() != Qt.MouseButton.LeftButton or self._corner is None:
            return
        step = event.pixelPoint() - self.toCanvasCoordinates(self._corner)
        if step.manhattanLength() >= QApplication.startDragDistance() and step.x() and step.y():
            self._finish(self._rectangle(event))
        else:
            self.hint_changed.emit(self.hint())

    def _rectangle(self, event: QgsMapMouseEvent) -> QgsGeometry:
        return QgsGeometry.fromRect(QgsRectangle(self._corner, event.mapPoint()))


class PolygonTool(DrawTool):
    """A polygon, corner by corner; right click, double click or Enter finishes it."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._corners: list[QgsPointXY] = []
        self._finishing = False
        super().__init__(canvas)

    def hint(self) -> str:
        """What the user can do next."""
        if not self._corners:
            return tr("Click the first corner on the map. Esc cancels.")
        if len(self._corners) < 3:
            return tr("Click the next corner. Backspace takes the last one back, Esc cancels.")
        return tr("Click further corners; a right click, a double click or Enter finishes.")

    def forget(self) -> None:
        """Drop all corners."""
        self._corners = []
        self._finishing = False

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:
        """Add a corner."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._add(event.mapPoint())

    def canvasDoubleClickEvent(self, event: QgsMapMouseEvent) -> None:
        """Finish as soon as the button is up: the tool before would take that release for a click of its own."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        # The second press of two quick clicks at different places comes as a double click, too.
        self._add(event.mapPoint())
        self._finishing = True

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        """Finish after a double click or by the right button."""
        if self._finishing or event.button() == Qt.MouseButton.RightButton:
            self._finishing = False
            self._close_ring()

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:
        """Show the polygon up to the pointer."""
        if self._corners:
            self._show([*self._corners, event.mapPoint()])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter finishes, Backspace takes the last corner back, Esc gives up."""
        if event.key() in ENTER:
            self._close_ring()
        elif event.key() in TAKE_BACK:
            self._corners = self._corners[:-1]
            self._show(self._corners)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _add(self, point: QgsPointXY) -> None:
        if not self._corners or point != self._corners[-1]:
            self._corners.append(point)
        self._show(self._corners)

    def _close_ring(self) -> None:
        if len(self._corners) >= 3:
            self._finish(QgsGeometry.fromPolygonXY([[*self._corners, self._corners[0]]]))


class PointTool(DrawTool):
    """A point: one click."""

    def hint(self) -> str:
        """What the user can do next."""
        return tr("Click the place on the map. Esc cancels.")

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        """Take the point as the button goes up: the tool before would take a later release for a click of its own."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._finish(QgsGeometry.fromPointXY(event.mapPoint()))
