"""The dialog that makes a layer to draw labelled polygons in."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.core import QgsCoordinateReferenceSystem
from qgis.gui import QgsColorButton, QgsFileWidget, QgsProjectionSelectionWidget
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..plain_text import PlainLabel
from ..project.naming import default_folder, free_path
from ..translation import tr
from ..widgets.parts import flat_button
from ..widgets.wheel import guard_wheel
from .layers import all_colours

__all__ = ["NewLabelsDialog"]

SIZE = (440, 460)


class NewLabelsDialog(QDialog):
    """Asks for the file, the coordinate system and the first classes of a new layer of labels."""

    def __init__(self, crs: QgsCoordinateReferenceSystem, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setObjectName("NewLabels")
        self.setWindowTitle(tr("New label layer"))
        self.resize(*SIZE)
        self._chosen: set[int] = set()  # rows whose colour the user chose
        self.file = QgsFileWidget()
        self.file.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        self.file.setFilter(tr("GeoPackage (*.gpkg)"))
        self.file.setFilePath(str(free_path(default_folder() / "labels.gpkg")))
        self.place = QgsProjectionSelectionWidget()
        self.place.setCrs(crs)
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels(["", tr("Class")])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(0, 36)
        self.table.setAccessibleName(tr("Classes of the new layer"))
        self.add_button = flat_button(tr("Add a class"), "symbologyAdd.svg")
        self.add_button.clicked.connect(lambda: self.add_class(""))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow(tr("File"), self.file)
        form.addRow(tr("Coordinate system"), self.place)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(PlainLabel(tr("The classes that you will draw; more can be added later:")))
        layout.addWidget(self.table, 1)
        layout.addWidget(self.add_button)
        layout.addWidget(self.buttons)
        for name in ("", ""):
            self.add_class(name)
        self.table.itemChanged.connect(self._on_named)
        self.file.fileChanged.connect(self._check)
        self.place.crsChanged.connect(self._check)
        self._check()
        guard_wheel(self)

    def add_class(self, name: str) -> None:
        """Add a row for a class, ready to be named."""
        row = self.table.rowCount()
        self.table.insertRow(row)
        button = QgsColorButton()
        taken = {str(other): self._colour(other) for other in range(row)}
        button.setColor(all_colours([*taken, str(row)], taken)[str(row)])
        button.setColorDialogTitle(tr("Colour of the class"))
        button.setAccessibleName(tr("Colour of the class"))
        button.setShowMenu(False)
        button.colorChanged.connect(lambda _, row=row: self._chosen.add(row))
        self.table.setCellWidget(row, 0, button)
        self.table.setItem(row, 1, QTableWidgetItem(name))
        if self.isVisible():
            self.table.setCurrentCell(row, 1)
            self.table.editItem(self.table.item(row, 1))

    def classes(self) -> dict[str, QColor]:
        """The classes that have a name."""
        rows = ((self.table.item(row, 1).text().strip(), self._colour(row)) for row in range(self.table.rowCount()))
        return {name: colour for name, colour in rows if name}

    def crs(self) -> QgsCoordinateReferenceSystem:
        """The coordinate system of the layer."""
        return self.place.crs()

    def path(self) -> Path:
        """The file, with the ending that its format has."""
        path = Path(self.file.filePath().strip()).expanduser()
        path = path if path.suffix.lower() == ".gpkg" else path.with_name(f"{path.name}.gpkg")
        return path.absolute()

    def _colour(self, row: int) -> QColor:
        return QColor(self.table.cellWidget(row, 0).color())

    def _on_named(self, item: QTableWidgetItem) -> None:
        """A class whose colour nobody chose yet gets the one that maps usually show it in."""
        row, name = item.row(), item.text().strip()
        if row not in self._chosen and name:
            others = {f"{other} ": self._colour(other) for other in range(self.table.rowCount()) if other != row}
            button = self.table.cellWidget(row, 0)
            button.blockSignals(True)
            button.setColor(all_colours([*others, name], others)[name])
            button.blockSignals(False)

    def _check(self) -> None:
        fine = bool(self.file.filePath().strip()) and self.crs().isValid()
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(fine)
