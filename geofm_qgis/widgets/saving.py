"""How a result is called and which folder it goes to."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.core import QgsProject
from qgis.gui import QgsCollapsibleGroupBox, QgsFileWidget
from qgis.PyQt.QtWidgets import QFormLayout, QLineEdit, QWidget

from ..project.naming import default_folder, file_name, free_path
from ..translation import tr

__all__ = ["SaveAs"]


class SaveAs(QgsCollapsibleGroupBox):
    """The name of what comes out, and the folder that holds a new folder for each run.

    Parameters
    ----------
    label, tip : str
        Of the name.
    standard : str
        The folder's name where the user gives none.
    """

    def __init__(self, label: str, standard: str, tip: str, parent: Optional[QWidget] = None) -> None:
        super().__init__(tr("Save as"), parent)
        self._standard = standard
        self.name = QLineEdit()
        self.name.setPlaceholderText(standard)
        self.name.setToolTip(tip)
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.setToolTip(tr("Each run gets a folder of its own in here. Default: beside the project."))
        form = QFormLayout(self)
        form.addRow(label, self.name)
        form.addRow(tr("Folder"), self.folder)
        self._show_default()
        project = QgsProject.instance()
        project.homePathChanged.connect(self._show_default)
        project.projectSaved.connect(self._show_default)  # the other one is silent when a project gets its first file

    def given_name(self) -> Optional[str]:
        """The name that the user gave."""
        return self.name.text().strip() or None

    def set_standard(self, standard: str) -> None:
        """Another name for where the user gives none."""
        self._standard = standard
        self.name.setPlaceholderText(standard)

    def file_name(self) -> str:
        """The name, as file systems take it."""
        return file_name(self.name.text()) or file_name(self._standard) or "GeoFM"

    def new_folder(self) -> Path:
        """A folder that is not there yet."""
        base = Path(self.folder.filePath().strip() or default_folder()).expanduser().absolute()
        return free_path(base / self.file_name())

    def _show_default(self) -> None:
        self.folder.lineEdit().setPlaceholderText(str(default_folder()))
