"""Tables of classes with a swatch beside each name and bars behind numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

from qgis.PyQt.QtCore import QModelIndex, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPainter, QPixmap, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from ..plain_text import as_written
from .copying import make_copyable

__all__ = ["Bar", "BarTable", "embolden", "swatch"]

BAR, COLOUR = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
SWATCH = 12
LEAST_NAME, LEAST_BAR = 60, 64  # pixels
OPACITY = 120  # of 255: the number over the bar must be read on light and dark ground


class Bar(NamedTuple):
    """A text over a bar of some length, 0 to 1."""

    text: str
    length: float


class BarTable(QTableWidget):
    """One row per class: swatch and name, then texts, of which some stand over bars in the class's colour.

    Parameters
    ----------
    columns : sequence of str
        The headings behind that of the class.
    bar : int
        The column, counted from the class's, that takes what room there is.
    """

    def __init__(self, name: str, columns: Sequence[str], bar: int, parent: Optional[QWidget] = None) -> None:
        super().__init__(0, 1 + len(columns), parent)
        self.setHorizontalHeaderLabels([name, *columns])
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(bar, QHeaderView.ResizeMode.Stretch)
        self._bar = bar
        header.setHighlightSections(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setShowGrid(False)
        self.setItemDelegate(_BarDelegate(self))
        make_copyable(self)

    def show_rows(self, rows: Sequence[tuple[str, Optional[QColor], Sequence[object]]]) -> None:
        """Show (name, colour, cells); a cell is a text, or a `Bar`. A row without a colour sums up the others."""
        self.setRowCount(len(rows))
        for number, (name, colour, cells) in enumerate(rows):
            item = QTableWidgetItem(name)
            item.setIcon(QIcon() if colour is None else swatch(colour))
            item.setToolTip(as_written(name))
            self.setItem(number, 0, item)
            for column, cell in enumerate(cells, 1):
                self.setItem(number, column, _cell(cell, colour))
            if colour is None:
                embolden(self, number)
        height = self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth() + 2
        self.setFixedHeight(height + sum(self.rowHeight(row) for row in range(len(rows))))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Long names give way before the table needs a scroll bar."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._bar == 0:  # the names have all the room
            return
        others = sum(self.columnWidth(column) for column in range(1, self.columnCount()) if column != self._bar)
        room = self.viewport().width() - others - LEAST_BAR
        wanted = max(self.sizeHintForColumn(0), self.horizontalHeader().sectionSizeHint(0))
        self.setColumnWidth(0, max(LEAST_NAME, min(wanted, room)))


def embolden(table: QTableWidget, row: int) -> None:
    """Have a row stand out, such as that of a sum."""
    for column in range(table.columnCount()):
        item = table.item(row, column)
        if item is not None:
            font = item.font()
            font.setBold(True)
            item.setFont(font)


def swatch(colour: QColor, hollow: bool = False) -> QIcon:
    """A small square of a colour; hollow for what a map does not draw."""
    picture = QPixmap(SWATCH, SWATCH)
    picture.fill(Qt.GlobalColor.transparent if hollow else colour)
    if hollow:
        painter = QPainter(picture)
        painter.setPen(QColor(128, 128, 128))
        painter.drawRect(0, 0, SWATCH - 1, SWATCH - 1)
        painter.end()
    return QIcon(picture)


def _cell(cell: object, colour: Optional[QColor]) -> QTableWidgetItem:
    item = QTableWidgetItem(cell.text if isinstance(cell, Bar) else str(cell))
    # Over a bar the text begins where the bar does: in its middle its end would cross it.
    side = Qt.AlignmentFlag.AlignLeft if isinstance(cell, Bar) else Qt.AlignmentFlag.AlignRight
    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    if isinstance(cell, Bar) and colour is not None:
        item.setData(BAR, min(1.0, max(0.0, cell.length)))
        item.setData(COLOUR, colour)
    return item


class _BarDelegate(QStyledItemDelegate):
    """Draws a cell's bar below its text."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        length = index.data(BAR)
        if length is not None:
            place = QRectF(option.rect).adjusted(3, 3, -3, -3)
            place.setWidth(max(1.0, place.width() * length))
            colour = QColor(index.data(COLOUR))
            colour.setAlpha(OPACITY)
            painter.fillRect(place, colour)
        super().paint(painter, option, index)
