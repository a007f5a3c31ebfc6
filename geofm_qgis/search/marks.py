"""What the user marked, what to do with it, and what is to be said of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from ..plain_text import PlainLabel, as_written
from ..translation import tr
from .layer import BAD, GOOD

__all__ = ["MarksBar"]

MOST_NOTES = 3
ICON = 16


class MarksBar(QWidget):
    """Counts the marks, offers to search with them, and shows warnings; hidden without either.

    Signals
    -------
    refine_requested()
        Search again with the marks.
    cleared()
        Take all marks off.
    """

    refine_requested = pyqtSignal()
    cleared = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._marks: dict[int, str] = {}
        self.count = PlainLabel()
        self.refine = QPushButton(tr("Search a&gain"))
        self.refine.setToolTip(
            tr("Search with the marks; from about five on, the search learns from them what you mean.")
        )
        self.refine.clicked.connect(self.refine_requested)
        self.clear = QToolButton()
        self.clear.setText(tr("Clear"))
        self.clear.setToolTip(tr("Take all marks off"))
        self.clear.setAutoRaise(True)
        self.clear.clicked.connect(self.cleared)
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.count, 1)
        row.addWidget(self.refine)
        row.addWidget(self.clear)
        self._notes = QWidget()
        self.icon, self.note = QLabel(), PlainLabel()
        self.icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.icon.setPixmap(QgsApplication.getThemeIcon("mIconWarning.svg").pixmap(QSize(ICON, ICON)))
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        below = QHBoxLayout(self._notes)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.icon)
        below.addWidget(self.note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self._notes)
        layout.addWidget(self._row)
        self.tell([])
        self.set_marks({})

    def marks(self) -> dict[int, str]:
        """'good' or 'bad' by the tile's number."""
        return dict(self._marks)

    def numbers(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The tiles that are good, and those that are bad."""
        good, bad = (tuple(tile for tile, mark in self._marks.items() if mark == which) for which in (GOOD, BAD))
        return good, bad

    def set_marks(self, marks: dict[int, str]) -> None:
        """Have these marks and no others."""
        self._marks = dict(marks)
        good, bad = self.numbers()
        self.count.setText(tr("{good} good, {bad} bad").format(good=len(good), bad=len(bad)))
        self.refine.setEnabled(bool(good) or bool(bad))
        self._row.setVisible(bool(marks))

    def tell(self, notes: Sequence[str]) -> None:
        """Say what is amiss; nothing if all is well."""
        shown = [*notes[:MOST_NOTES], *(["…"] if len(notes) > MOST_NOTES else [])]
        self.note.setText("\n".join(shown))
        self.note.setToolTip(as_written("\n".join(notes)))
        self._notes.setVisible(bool(notes))
