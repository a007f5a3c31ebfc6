"""The classes of a label layer: their colours, how many polygons and pixels each has, and what speaks against them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from qgis.gui import QgsColorButton
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..plain_text import PlainLabel, as_written
from ..translation import number_text, tr
from .counts import MOST_CLASSES, ClassCount, LabelCounts

__all__ = ["FEWEST_POLYGONS", "ClassTable", "label_warnings"]

# With fewer, the engine keeps none of a class for validation.
FEWEST_POLYGONS = 3
COLOUR, NAME, POLYGONS, PIXELS = range(4)
ROWS_SHOWN = 12
BUTTON = (26, 20)


class ClassTable(QWidget):
    """One row per class.

    Signals
    -------
    colour_changed : str, QColor
        The user gave a class another colour.
    chosen : str
        The user selected a class; empty: none.
    """

    colour_changed = pyqtSignal(str, QColor)
    chosen = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self._buttons: list[QgsColorButton] = []
        self.table = QTableWidget(0, 4)
        self.table.setHorizontalHeaderLabels(["", tr("Class"), tr("Polygons"), tr("Pixels")])
        self.table.horizontalHeaderItem(PIXELS).setToolTip(tr("About how many pixels of the images the polygons cover"))
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(COLOUR, QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        self.table.setColumnWidth(COLOUR, BUTTON[0] + 8)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setAccessibleName(tr("Classes"))
        self.warnings = PlainLabel()
        self.warnings.setWordWrap(True)
        self.warnings.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addWidget(self.warnings)
        self.table.itemSelectionChanged.connect(lambda: self.chosen.emit(self.selected() or ""))
        self.show_classes({}, LabelCounts())

    def selected(self) -> Optional[str]:
        """The class of the selected row."""
        rows = self.table.selectionModel().selectedRows()
        return self._names[rows[0].row()] if rows else None

    def select(self, name: str) -> None:
        """Select the row of a class."""
        if name in self._names:
            self.table.selectRow(self._names.index(name))

    def show_classes(self, colours: Mapping[str, QColor], counts: LabelCounts, drawing: bool = False) -> None:
        """Show all classes of `colours` with their counts.

        Parameters
        ----------
        colours : mapping of str to QColor
        counts : LabelCounts
        drawing : bool
            Somebody is drawing these polygons: that there are few is no news.
        """
        kept = self.selected()
        self.table.blockSignals(True)
        if list(colours) != self._names:
            self._names, self._buttons = list(colours), []
            self.table.clearContents()
            self.table.setRowCount(len(self._names))
            for row, name in enumerate(self._names):
                self._add_row(row, name)
            if kept in self._names:
                self.table.selectRow(self._names.index(kept))
        for row, name in enumerate(self._names):
            button = self._buttons[row]
            button.blockSignals(True)
            button.setColor(colours[name])
            button.blockSignals(False)
            self._show_counts(row, counts.classes.get(name, ClassCount()))
        self.table.blockSignals(False)
        if kept != self.selected():
            self.chosen.emit(self.selected() or "")
        self._fit_height()
        warnings = label_warnings(counts, drawing)
        self.warnings.setText("\n".join(f"⚠ {text}" for text in warnings))
        self.warnings.setVisible(bool(warnings))
        self.table.setVisible(bool(self._names))

    def _add_row(self, row: int, name: str) -> None:
        button = QgsColorButton()
        button.setFixedSize(*BUTTON)
        button.setShowMenu(False)
        button.setColorDialogTitle(tr("Colour of “{name}”").format(name=name))
        button.setToolTip(as_written(tr("Choose the colour of “{name}”").format(name=name)))
        button.setAccessibleName(tr("Colour of “{name}”").format(name=name))
        button.colorChanged.connect(lambda colour, name=name: self.colour_changed.emit(name, colour))
        middle = QWidget()
        layout = QHBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        self.table.setCellWidget(row, COLOUR, middle)
        self._buttons.append(button)
        item = QTableWidgetItem(name)
        item.setToolTip(as_written(name))
        self.table.setItem(row, NAME, item)
        for column in (POLYGONS, PIXELS):
            number = QTableWidgetItem()
            number.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, column, number)

    def _show_counts(self, row: int, count: ClassCount) -> None:
        few = count.polygons < FEWEST_POLYGONS
        polygons = self.table.item(row, POLYGONS)
        polygons.setText(f"⚠ {count.polygons}" if few else number_text(count.polygons, 0))
        polygons.setToolTip(_few_text(count.polygons) if few else "")
        pixels = self.table.item(row, PIXELS)
        pixels.setText("–" if count.pixels is None else f"≈ {number_text(round(count.pixels), 0)}")

    def _fit_height(self) -> None:
        rows = min(ROWS_SHOWN, len(self._names))
        height = self.table.horizontalHeader().sizeHint().height() + 2 * self.table.frameWidth()
        self.table.setFixedHeight(height + sum(self.table.rowHeight(row) for row in range(rows)))


def label_warnings(counts: LabelCounts, drawing: bool = False) -> list[str]:
    """What an analyst should know of these labels before a model learns from them."""
    warnings = []
    if counts.too_many:
        warnings.append(tr("The field has more than {count} values; is it the class?").format(count=MOST_CLASSES))
    elif len(counts.classes) == 1 and not drawing:
        warnings.append(tr("There is one class alone; a model needs at least two to tell apart."))
    few = [name for name, count in counts.classes.items() if count.polygons < FEWEST_POLYGONS]
    if few and not counts.too_many and not drawing:
        warnings.append(
            tr("Too few polygons to check the model on: {names}. Draw at least {count} of each class.").format(
                names=", ".join(few[:5]) + (" …" if len(few) > 5 else ""), count=FEWEST_POLYGONS
            )
        )
    if counts.unnamed:
        warnings.append(tr("Polygons without a class, which are left out: {count}.").format(count=counts.unnamed))
    if counts.outside:
        warnings.append(tr("Polygons outside the images, which are left out: {count}.").format(count=counts.outside))
    return warnings


def _few_text(count: int) -> str:
    if count == 0:
        return tr("No polygons yet")
    return tr("Too few polygons to check the model on this class; draw at least {count}.").format(count=FEWEST_POLYGONS)
