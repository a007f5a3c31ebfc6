"""What a model is to map: land cover, or floods, which are learned from images after and before."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from ..plain_text import PlainLabel
from ..translation import tr
from ..widgets.parts import quiet

__all__ = ["SubjectChooser"]


class SubjectChooser(QWidget):
    """Land cover or Flood.

    Signals
    -------
    changed()
    """

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.landcover, self.flood = QRadioButton(tr("Land cover")), QRadioButton(tr("Flood"))
        self._group = QButtonGroup(self)
        row = QHBoxLayout()
        for button in (self.landcover, self.flood):
            self._group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        self.hint = quiet(
            PlainLabel(
                tr(
                    "Classes are dry, and flood and permanent water, or water. With images from before, which Best"
                    " alone learns from, the model tells flood from permanent water."
                )
            )
        )
        self.hint.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.hint)
        self.landcover.setChecked(True)
        self.flood.toggled.connect(self._on_toggled)

    def is_flood(self) -> bool:
        """Whether floods are to be mapped."""
        return bool(self.flood.isChecked())

    def set_flood(self, flood: bool) -> None:
        """Choose one of both."""
        (self.flood if flood else self.landcover).setChecked(True)

    def _on_toggled(self, flood: bool) -> None:
        self.hint.setVisible(flood)
        self.changed.emit()
