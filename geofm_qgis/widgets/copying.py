"""Tables whose numbers can be taken elsewhere: copied as text that spreadsheets understand."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QAbstractItemView, QAction, QApplication

from ..translation import tr

__all__ = ["make_copyable", "table_text"]


def make_copyable(view: QAbstractItemView) -> QAction:
    """Let Ctrl+C and the menu of the right button copy the selected rows of a table, or all of them."""
    action = QAction(tr("Copy"), view)
    action.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    action.triggered.connect(lambda: QApplication.clipboard().setText(table_text(view)))
    view.addAction(action)
    if view.contextMenuPolicy() == Qt.ContextMenuPolicy.DefaultContextMenu:
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    return action


def table_text(view: QAbstractItemView) -> str:
    """The headings and the selected rows, or all where none or one is selected: cells between tabs, a row a line."""
    model = view.model()
    chosen = sorted({index.row() for index in view.selectionModel().selectedRows()})
    rows = chosen if len(chosen) > 1 else range(model.rowCount())
    columns = range(model.columnCount())
    head = [model.headerData(column, Qt.Orientation.Horizontal) for column in columns]
    cells = [[model.index(row, column).data() for column in columns] for row in rows]
    return "\n".join("\t".join(_cell(cell) for cell in line) for line in [head, *cells])


def _cell(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""
