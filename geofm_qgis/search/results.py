"""What an answer is to, and what can be done with all of its hits."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ..plain_text import PlainLabel
from ..translation import tr
from ..widgets.parts import heading, quiet

__all__ = ["ResultBar"]

ENDING = ".gpkg"


class ResultBar(QWidget):
    """A title and buttons for the answer as a whole.

    Signals
    -------
    zoom_requested, save_requested, map_requested
    """

    zoom_requested = pyqtSignal()
    save_requested = pyqtSignal()
    map_requested = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.title = heading()
        self.zoom = _button("mActionZoomToLayer", tr("Show all hits on the map"))
        self.save = _button("mActionFileSave", tr("Save the hits that are shown as a GeoPackage"))
        self.map = _button("mIconRaster", tr("Score map: make a raster of the scores of all places"))
        self.zoom.clicked.connect(self.zoom_requested)
        self.save.clicked.connect(self.save_requested)
        self.map.clicked.connect(self.map_requested)
        self.told = quiet(PlainLabel())
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.told.hide()
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.title, 1)
        for button in (self.zoom, self.save, self.map):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.told)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def ask_for_file(self, path: str) -> str:
        """Where the layer is to go; empty if nowhere."""
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save the hits"), path, tr("GeoPackage (*.gpkg)"))
        return chosen if not chosen or chosen.lower().endswith(ENDING) else chosen + ENDING

    def tell(self, text: str) -> None:
        """Say what was done."""
        self.told.setText(text)
        self.told.setVisible(bool(text))


def _button(icon: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(QgsApplication.getThemeIcon(f"{icon}.svg"))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button
