"""The table of the models dialog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from qgis.PyQt.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTreeView

from ..engine.jobs.job import INTERRUPTED, SUCCEEDED
from ..jobs.model import JOB, StateDelegate, state_icon
from ..plain_text import as_written
from ..translation import tr
from .rows import ModelRow
from .words import bands_text, size_text, state_text, task_text

__all__ = ["ModelTable", "ModelsModel"]

TITLE, STATE, TASK, BANDS, LICENCE, SIZE = range(6)
ICON = 16
# What the columns but the first must have room for.
SAMPLES = {
    STATE: "00 % · 0 min left",
    TASK: "Finds by words",
    BANDS: "red, green, blue",
    LICENCE: "Research use only",
    SIZE: "00.0 MB",
}


class ModelsModel(QAbstractTableModel):
    """Rows of models; a change of their values alone keeps selection and place."""

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ModelRow, ...] = ()
        self._learns = True

    def show_rows(self, rows: Sequence[ModelRow], learns: bool) -> bool:
        """Show these rows; tells whether they are others than before, so that the view has lost its selection."""
        others = [row.key for row in rows] != [row.key for row in self._rows]
        changed = tuple(rows) != self._rows or learns != self._learns
        if others:
            self.beginResetModel()
        self._rows, self._learns = tuple(rows), learns
        if others:
            self.endResetModel()
        elif changed:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, SIZE))
        return others

    def row_at(self, index: QModelIndex) -> Optional[ModelRow]:
        """The model of a row of the table."""
        return self._rows[index.row()] if index.isValid() else None

    def find(self, key: tuple[str, int]) -> QModelIndex:
        """Where a model stands, if it is there."""
        numbers = (number for number, row in enumerate(self._rows) if row.key == key)
        return self.index(next(numbers, -1), TITLE)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else SIZE + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("Model"), tr("State"), tr("For"), tr("Bands"), tr("Licence"), tr("Size"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section == SIZE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks for; `JOB` gives the job that does something with the model."""
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_written(_tool_tip(row, column))
        if role == Qt.ItemDataRole.DecorationRole and column == STATE:
            return _icon(row)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == SIZE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return row.job if role == JOB else None

    def _text(self, row: ModelRow, column: int) -> str:
        return (
            row.title,
            state_text(row, self._learns),
            task_text(row.card),
            bands_text(row.card),
            row.card.licence if row.card else "",
            size_text(row.size),
        )[column]


def _tool_tip(row: ModelRow, column: int) -> str:
    if column == STATE and row.problem:
        return row.problem
    if column == BANDS and row.card is not None:
        return ", ".join(band.name for band in row.card.bands)
    return f"{row.title} ({row.name})" if column == TITLE else ""


def _icon(row: ModelRow) -> Any:
    if row.job is not None:
        return state_icon(row.job.state)
    if row.folder is not None:
        return state_icon(INTERRUPTED if row.problem else SUCCEEDED)
    return None


class ModelTable(QTreeView):
    """The view of a `ModelsModel`: one row at a time, names as wide as there is room."""

    def __init__(self) -> None:
        super().__init__()
        self.models = ModelsModel(self)
        self.setModel(self.models)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setAlternatingRowColors(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegateForColumn(STATE, StateDelegate(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(tr("Models"))
        header, letters = self.header(), self.fontMetrics()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(TITLE, QHeaderView.ResizeMode.Stretch)
        for column, sample in SAMPLES.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            more = 2 * ICON if column == STATE else ICON
            self.setColumnWidth(column, letters.horizontalAdvance(sample) + more)

    def current(self) -> Optional[ModelRow]:
        """The selected model."""
        chosen = self.selectionModel().selectedRows()
        return self.models.row_at(chosen[0]) if chosen else None

    def show_rows(self, rows: Sequence[ModelRow], learns: bool) -> None:
        """Show these rows; the one that was selected stays so if it is still there."""
        before = self.current()
        if self.models.show_rows(rows, learns):
            index = self.models.find(before.key) if before is not None else QModelIndex()
            self.setCurrentIndex(index if index.isValid() else self.models.index(0, TITLE))

    def select(self, name: str) -> None:
        """Select a model by its name."""
        index = self.models.find((name.casefold(), 0))
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
