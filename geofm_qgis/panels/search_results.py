"""What can be done with all hits of an answer."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ..translation import tr
from .parts import quiet

__all__ = ["ResultBar"]

ENDING = ".gpkg"


class ResultBar(QWidget):
    """Buttons for the answer as a whole.

    Signals
    -------
    zoom_requested, save_requested, map_requested
    """

    zoom_requested = pyqtSignal()
    save_requested = pyqtSignal()
    map_requested = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.zoom = _button("", "mActionZoomToLayer", tr("Show all hits on the map"))
        self.save = _button(tr("Save…"), "mActionFileSave", tr("Keep the hits that are shown as a GeoPackage"))
        self.map = _button(tr("Score map"), "mIconRaster", tr("Make a raster of the scores of all places"))
        self.zoom.clicked.connect(self.zoom_requested)
        self.save.clicked.connect(self.save_requested)
        self.map.clicked.connect(self.map_requested)
        self.told = quiet(QLabel())
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.told.hide()
        row = QHBoxLayout()
        for button in (self.zoom, self.save, self.map):
            row.addWidget(button)
        row.addStretch(1)
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


def _button(text: str, icon: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setIcon(QgsApplication.getThemeIcon(f"{icon}.svg"))
    if text:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setToolTip(tip)
    button.setAccessibleName(text or tip)
    return button
