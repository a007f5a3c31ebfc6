"""The confusion matrix as a heat map: what was mapped as what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from qgis.PyQt.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from qgis.PyQt.QtWidgets import (
    QAction,
    QApplication,
    QDialog,
    QPushButton,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from ..plain_text import as_written
from ..translation import number_text, tr
from ..widgets.inks import Inks

__all__ = ["ConfusionMap", "short_number"]

RIGHT, WRONG = QColor(0, 158, 115), QColor(213, 94, 0)  # Okabe and Ito's
LEAST_CELL, BEST_CELL = 24, 44
LONGEST_NAME = 14  # letters
SMALLER = 0.85  # names and numbers, in terms of the panel's letters
LEAST_POINTS = 6.0  # smaller numbers are left out; the mouse still tells them
GAP = 4


class ConfusionMap(QWidget):
    """Rows are what the polygons say, columns what the model says; colours are shares of a row.

    The diagonal, which is right, is green; what is wrong is orange; each cell also holds its count of pixels.
    """

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._counts: tuple[tuple[int, ...], ...] = ()
        self._large = False  # in a window of its own, which it fills
        self._inks = Inks(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Confusion matrix"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        copy = QAction(tr("Copy as a table"), self)
        copy.triggered.connect(self.copy)
        self.addAction(copy)

    def show_matrix(self, names: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Show counts of pixels: one row per true class, one column per mapped class, in the order of the names."""
        self._names = tuple(names)
        self._counts = tuple(tuple(int(count) for count in row) for row in counts)
        described = (self.sentence(row, column) for row in range(len(names)) for column in range(len(names)))
        self.setAccessibleDescription("\n".join(filter(None, described)))
        self.updateGeometry()
        self.update()

    def sentence(self, row: int, column: int) -> str:
        """One cell in words; empty for one without pixels."""
        count, total = self._counts[row][column], sum(self._counts[row])
        if not count:
            return ""
        words = tr("{truth}: mapped as {mapped} in {count} pixels ({share} %)")
        share = number_text(100 * count / total, 1)
        return words.format(
            truth=self._names[row], mapped=self._names[column], count=number_text(count, 0), share=share
        )

    # Geometry ---------------------------------------------------------------------------------------------------------

    def hasHeightForWidth(self) -> bool:
        return not self._large

    def heightForWidth(self, width: int) -> int:
        """Cells are square as long as there is room."""
        return self._above() + len(self._names) * self._cell(width) + self._below()

    def sizeHint(self) -> QSize:
        width = self._left() + len(self._names) * BEST_CELL + GAP
        return QSize(width, self._above() + len(self._names) * BEST_CELL + self._below())

    def minimumSizeHint(self) -> QSize:
        width = self._left() + len(self._names) * LEAST_CELL + GAP
        if self._large:
            return QSize(width, self._above() + len(self._names) * LEAST_CELL + self._below())
        return QSize(min(width, 280), self.heightForWidth(width))

    def _font(self) -> QFont:
        font = self.font()
        font.setPointSizeF(max(LEAST_POINTS, (1.0 if self._large else SMALLER) * font.pointSizeF()))
        return font

    def _number_font(self) -> Optional[QFont]:
        """One for all cells, so that the longest number fits; None where it would be too small to read."""
        font, room = self._font(), self._cell(self.width()) - 4
        texts = {short_number(count) for row in self._counts for count in row}
        needed = max((QFontMetrics(font).horizontalAdvance(text) for text in texts), default=0)
        if needed > room:
            font.setPointSizeF(font.pointSizeF() * room / needed)
        return font if font.pointSizeF() >= LEAST_POINTS else None

    def _letters(self) -> QFontMetrics:
        return QFontMetrics(self._font())

    def _left(self) -> int:
        letters = self._letters()
        longest = max((letters.horizontalAdvance(self._short(name)) for name in self._names), default=0)
        return letters.height() + longest + 2 * GAP

    def _above(self) -> int:
        letters = self._letters()
        longest = max((letters.horizontalAdvance(self._short(name)) for name in self._names), default=0)
        return letters.height() + longest + 2 * GAP

    def _below(self) -> int:
        return GAP

    def _cell(self, width: int) -> int:
        count = len(self._names) or 1
        across = (width - self._left() - GAP) // count
        if self._large:
            return max(LEAST_CELL, min(across, (self.height() - self._above() - self._below()) // count))
        return max(8, min(BEST_CELL, across))

    def _short(self, name: str) -> str:
        return name if self._large or len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"

    def _rect(self, row: int, column: int) -> QRect:
        cell = self._cell(self.width())
        return QRect(self._left() + column * cell, self._above() + row * cell, cell, cell)

    def _at(self, place: QPoint) -> Optional[tuple[int, int]]:
        cell = self._cell(self.width())
        column, row = (place.x() - self._left()) // cell, (place.y() - self._above()) // cell
        inside = 0 <= row < len(self._names) and 0 <= column < len(self._names)
        return (row, column) if inside else None

    # Drawing ----------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all of it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        ink = self._inks.ink()
        painter.setFont(self._font())
        self._draw_names(painter, ink)
        for row in range(len(self._names)):
            for column in range(len(self._names)):
                self._draw_cell(painter, row, column, ink)

    def _draw_names(self, painter: QPainter, ink: QColor) -> None:
        letters, cell = self._letters(), self._cell(self.width())
        left, above = self._left(), self._above()
        painter.setPen(ink)
        for index, name in enumerate(self._names):
            beside = QRect(letters.height() + GAP, above + index * cell, left - letters.height() - 2 * GAP, cell)
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._short(name))
            painter.save()
            painter.translate(left + index * cell, above - GAP)
            painter.rotate(-90)
            over = QRect(0, 0, above - letters.height() - GAP, cell)
            painter.drawText(over, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._short(name))
            painter.restore()
        quiet = QColor(ink)
        quiet.setAlphaF(0.65)
        painter.setPen(quiet)
        width = len(self._names) * cell
        painter.drawText(QRect(left, 0, width, letters.height()), Qt.AlignmentFlag.AlignCenter, tr("Mapped as"))
        painter.save()
        painter.translate(0, above + width)
        painter.rotate(-90)
        painter.drawText(QRect(0, 0, width, letters.height()), Qt.AlignmentFlag.AlignCenter, tr("Polygons say"))
        painter.restore()

    def _draw_cell(self, painter: QPainter, row: int, column: int, ink: QColor) -> None:
        count, total = self._counts[row][column], sum(self._counts[row])
        place = QRectF(self._rect(row, column)).adjusted(0.5, 0.5, -0.5, -0.5)
        paper = self._inks.paper()
        share = count / total if total else 0.0
        colour = _mix(paper, RIGHT if row == column else WRONG, _strength(share))
        painter.fillRect(place, colour)
        if not count:
            return
        font = self._number_font()
        if font is None:
            return
        painter.setFont(font)
        painter.setPen(QColor("white") if _lightness(colour) < 0.5 else QColor("black"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, short_number(count))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open it in a window of its own."""
        self.enlarge()

    def enlarge(self) -> QDialog:
        """Show the matrix in a window that can be made as large as one likes."""
        dialog = QDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(tr("Confusion matrix"))
        large = ConfusionMap()
        large.fill_window()
        large.show_matrix(self._names, self._counts)
        copy = QPushButton(tr("Copy as a table"))
        copy.clicked.connect(large.copy)
        layout = QVBoxLayout(dialog)
        layout.addWidget(large, 1)
        layout.addWidget(copy, 0, Qt.AlignmentFlag.AlignRight)
        dialog.resize(large.sizeHint() + QSize(24, 64))
        dialog.show()
        return dialog

    def fill_window(self) -> None:
        """Grow with the window, with whole names."""
        self._large = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def copy(self) -> None:
        """Put names and counts on the clipboard, for a spreadsheet."""
        rows = [["", *self._names], *([name, *map(str, row)] for name, row in zip(self._names, self._counts))]
        QApplication.clipboard().setText("\n".join("\t".join(row) for row in rows))

    def event(self, event: QEvent) -> bool:
        """Tell of the cell below the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._at(event.pos())
            QToolTip.showText(event.globalPos(), as_written(self.sentence(*place)) if place else "", self)
            return True
        return super().event(event)


def short_number(count: int) -> str:
    """A count in few letters, such as 960, 1.2k, 35k or 4M."""
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if count >= limit:
            value = count / limit
            return f"{number_text(value, 0 if value >= 9.95 else 1)}{unit}"
    return str(count)


def _strength(share: float) -> float:
    """Of a cell's colour: that a hundredth is wrong should be seen, too."""
    return 0.0 if share == 0 else 0.12 + 0.88 * share**0.7


def _mix(paper: QColor, colour: QColor, share: float) -> QColor:
    parts = zip(paper.getRgbF()[:3], colour.getRgbF()[:3])
    return QColor.fromRgbF(*(a + (b - a) * share for a, b in parts))


def _lightness(colour: QColor) -> float:
    red, green, blue = colour.getRgbF()[:3]
    return 0.299 * red + 0.587 * green + 0.114 * blue
