"""A list of models with what belongs beside it: the chosen model's card, a folder elsewhere, and all models."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QStandardItemModel
from qgis.PyQt.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QToolButton, QWidget

from ..engine.cards.shelf import models_folder
from ..settings import Settings
from ..translation import tr
from ..widgets.layer_or_file import browse_button
from ..widgets.lists import fit_into_panel
from .card import ModelCardDialog

__all__ = ["FOLDER", "ModelRow"]

FOLDER = Qt.ItemDataRole.UserRole  # of an item of the list


class ModelRow(QWidget):
    """The list, which its owner fills, and the buttons.

    Signals
    -------
    browsed(folder)
        The user chose a model's folder elsewhere.
    models_requested()
        The user wants to see all models, or to install one.
    """

    browsed = pyqtSignal(str)
    models_requested = pyqtSignal()

    def __init__(self, name: str, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.combo = QComboBox()
        self.combo.setModel(QStandardItemModel(self.combo))
        self.combo.setAccessibleName(name)
        fit_into_panel(self.combo)
        self.card_button = _button("mActionPropertiesWidget.svg", tr("Show the model's card"))
        self.card_button.clicked.connect(self._show_card)
        self.browse = browse_button(tr("Choose a model's folder"))
        self.browse.clicked.connect(self._browse)
        self.models_button = _button("mActionOptions.svg", tr("Install, import and delete models"))
        self.models_button.clicked.connect(self.models_requested)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.combo, 1)
        for button in (self.card_button, self.browse, self.models_button):
            layout.addWidget(button)

    def folder(self) -> str:
        """Of what is chosen; empty without a model."""
        return str(self.combo.currentData(FOLDER) or "")

    def _show_card(self) -> None:
        ModelCardDialog.open_folder(self.folder(), self)

    def _browse(self) -> None:
        start = str(models_folder(Settings().job_home))
        folder = QFileDialog.getExistingDirectory(self, tr("Choose a model's folder"), start)
        if folder:
            self.browsed.emit(folder)


def _button(icon: str, text: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(QgsApplication.getThemeIcon(icon))
    button.setToolTip(text)
    button.setAccessibleName(text)
    return button
