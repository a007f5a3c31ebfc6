"""The hits as pictures in a grid: click and keys, and how a picture with its score and its mark is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QEvent, QModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPainter, QPalette, QPen, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ..translation import number_text, tr
from .hits_model import HIT, MARK, PICTURE, HitsModel
from .layer import BAD, GOOD

__all__ = ["HitGrid"]

SMALLEST, LARGEST = 86, 160  # sides of a picture in pixels; the engine makes none that is larger
PAD, LINE = 3, 16  # pixels
LEAST = 2 * (SMALLEST + 2 * PAD + LINE) + 4  # height: two rows are always seen
# Okabe and Ito's bluish green and vermilion; each with a sign of its own.
COLOURS = {GOOD: QColor(0, 158, 115), BAD: QColor(213, 94, 0)}
GREYED = 0.35  # opacity of a picture that is marked bad
KEYS = {
    Qt.Key.Key_Plus: GOOD,
    Qt.Key.Key_Equal: GOOD,  # the same key without Shift
    Qt.Key.Key_Minus: BAD,
    Qt.Key.Key_Underscore: BAD,
    Qt.Key.Key_0: "",
    Qt.Key.Key_Backspace: "",
}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class HitGrid(QListView):
    """Pictures of the hits, best first.

    Signals
    -------
    zoom_requested, flash_requested : dict
        A hit that the user clicked, or double-clicked.
    marked : list of dict, str
        Hits, and 'good', 'bad' or '' for no mark.
    like_requested : list of dict
        Others like these are wanted.
    """

    zoom_requested = pyqtSignal(object)
    flash_requested = pyqtSignal(object)
    marked = pyqtSignal(object, str)
    like_requested = pyqtSignal(object)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.hits = HitsModel(self)
        self.setModel(self.hits)
        self.setItemDelegate(_Delegate(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # pictures do not jump when it comes
        self.setMouseTracking(True)
        self.setMinimumHeight(LEAST)
        self._fill_width()
        self.setAccessibleName(tr("Hits"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.clicked.connect(lambda index: self.zoom_requested.emit(index.data(HIT)))
        self.doubleClicked.connect(lambda index: self.flash_requested.emit(index.data(HIT)))

    def chosen(self) -> list[dict[str, Any]]:
        """The hits that are selected, best first."""
        rows = sorted(self.selectionModel().selectedIndexes(), key=lambda index: index.row())
        return [index.data(HIT) for index in rows]

    def choose(self, tile: int) -> None:
        """Select the hit with this number and bring it into view, if it is shown."""
        for row in range(self.hits.rowCount()):
            index = self.hits.index(row, 0)
            if index.data(HIT)["tile"] == tile:
                self.setCurrentIndex(index)
                self.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many pictures side by side as there is room for, and no strip left beside them."""
        self._fill_width()
        super().resizeEvent(event)

    def _fill_width(self) -> None:
        width = self.viewport().width() - 1
        columns = max(1, width // (SMALLEST + 2 * PAD))
        side = max(SMALLEST, min(LARGEST, width // columns - 2 * PAD))
        self.setGridSize(QSize(side + 2 * PAD, side + 2 * PAD + LINE))

    def event(self, event: QEvent) -> bool:
        """Keep the keys for marks from the shortcuts of QGIS."""
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in (*KEYS, *ENTER):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus mark, 0 and Backspace take marks off, Enter zooms."""
        hits = self.chosen()
        if event.key() in KEYS and hits:
            self._mark(hits, KEYS[event.key()])
        elif event.key() in ENTER and hits:
            self.zoom_requested.emit(hits[0])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Let the keys work at once when the focus comes by Tab."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.hits.rowCount():
            self.setCurrentIndex(self.hits.index(0, 0))

    def _mark(self, hits: list[dict[str, Any]], mark: str) -> None:
        """Mark; what has that mark already loses it."""
        marks = {index.data(MARK) for index in self.selectionModel().selectedIndexes()}
        self.marked.emit(hits, "" if marks == {mark} else mark)

    def _show_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if not index.isValid():
            return
        hits = self.chosen() or [index.data(HIT)]
        menu = self.menu_for(hits)
        menu.exec(self.viewport().mapToGlobal(place))
        menu.deleteLater()

    def menu_for(self, hits: list[dict[str, Any]]) -> QMenu:
        """What can be done with some hits."""
        menu = QMenu(self)
        actions: tuple[tuple[str, str, Callable[[], None]], ...] = (
            (tr("&Zoom to it"), "mActionZoomToSelected", lambda: self.zoom_requested.emit(hits[0])),
            (tr("&Flash its outline"), "mActionHighlightFeature", lambda: self.flash_requested.emit(hits[0])),
            (tr("Mark &good (+)"), "mActionAdd", lambda: self._mark(hits, GOOD)),
            (tr("Mark &bad (-)"), "mActionRemove", lambda: self._mark(hits, BAD)),
            (tr("&More like this"), "mActionFilter2", lambda: self.like_requested.emit(hits)),
        )
        for number, (text, icon, act) in enumerate(actions):
            if number == 2:
                menu.addSeparator()
            menu.addAction(QIcon(QgsApplication.getThemeIcon(f"{icon}.svg")), text, act)
        return menu


class _Delegate(QStyledItemDelegate):
    """A picture, its rank and score below, and a sign of its mark."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """All cells are alike."""
        return self.parent().gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Called by the view for each cell that is seen."""
        hit, picture, mark = (index.data(role) for role in (HIT, PICTURE, MARK))
        cell = option.rect
        side = cell.width() - 2 * PAD
        frame = QRect(cell.left() + PAD, cell.top() + PAD, side, side)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, option.palette.color(QPalette.ColorRole.Highlight))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(cell, option.palette.color(QPalette.ColorRole.AlternateBase))
        painter.setOpacity(GREYED if mark == BAD else 1.0)
        if picture is None or picture.isNull():
            painter.setPen(option.palette.color(QPalette.ColorRole.Mid))
            painter.drawRect(frame)
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, tr("The image is gone"))
        else:
            size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
            shown = QRect(QPoint(), size)
            shown.moveCenter(frame.center())
            painter.drawPixmap(shown, picture)
        painter.setOpacity(1.0)
        if mark:
            _draw_mark(painter, QRectF(frame), mark)
        self._write(painter, option, QRect(frame.left(), frame.bottom() + 1, side, LINE), hit)
        painter.restore()

    def _write(self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, hit: dict[str, Any]) -> None:
        role = QPalette.ColorRole.Text
        if option.state & QStyle.StateFlag.State_Selected:
            role = QPalette.ColorRole.HighlightedText
        painter.setPen(option.palette.color(role))
        across = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | across, f"{hit['rank']}" + (" ⚠" if hit["stale"] else ""))
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | across, number_text(hit["score"], 2))


def _draw_mark(painter: QPainter, frame: QRectF, mark: str) -> None:
    """A coloured frame, and a tick or a cross in the corner."""
    colour = COLOURS[mark]
    painter.setPen(QPen(colour, 3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(frame.adjusted(1, 1, -1, -1))
    badge = QRectF(frame.right() - 22, frame.top() + 2, 20, 20)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(badge)
    painter.setPen(QPen(QColor("white"), 2.2))
    at = badge.topLeft()
    strokes = {
        GOOD: (((5, 10.5), (8.5, 14)), ((8.5, 14), (15, 6.5))),
        BAD: (((6, 6), (14, 14)), ((14, 6), (6, 14))),
    }[mark]
    for (x0, y0), (x1, y1) in strokes:
        painter.drawLine(at + QPointF(x0, y0), at + QPointF(x1, y1))
