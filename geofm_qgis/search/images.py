"""Which images are to be taken out of an index."""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path
from typing import Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ..plain_text import PlainLabel, as_written
from ..translation import tr

__all__ = ["ImagesToRemove"]


class ImagesToRemove(QDialog):
    """A list of images with check boxes; those that are gone are checked at first.

    Parameters
    ----------
    name : str
        Of the index.
    images : sequence of tuple of str
        The files of each image.
    gone : set of tuple of str
        Those of which the files are gone.
    """

    def __init__(
        self,
        name: str,
        images: Sequence[tuple[str, ...]],
        gone: Container[tuple[str, ...]] = (),
        parent: Optional[QWidget] = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("ImagesToRemove")
        self.setWindowTitle(tr("Remove images from “{name}”").format(name=name))
        words = PlainLabel(tr("Checked images are found no longer. Their files stay as they are."))
        words.setWordWrap(True)
        self.list = QListWidget()
        for files in images:
            more = tr(" and {count} more files").format(count=len(files) - 1) if len(files) > 1 else ""
            lost = tr(" (gone)") if files in gone else ""
            item = QListWidgetItem(Path(files[0]).name + more + lost)
            item.setData(Qt.ItemDataRole.UserRole, files)
            item.setToolTip(as_written("\n".join(files)))
            item.setCheckState(Qt.CheckState.Checked if lost else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.remove = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.list.itemChanged.connect(self._count)
        layout = QVBoxLayout(self)
        for widget in (words, self.list, self.buttons):
            layout.addWidget(widget)
        self.resize(420, 320)
        self._count()

    def images(self) -> tuple[tuple[str, ...], ...]:
        """The files of each image that is checked."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return tuple(
            tuple(item.data(Qt.ItemDataRole.UserRole)) for item in items if item.checkState() == Qt.CheckState.Checked
        )

    def _count(self) -> None:
        count = len(self.images())
        words = tr("&Remove one image") if count == 1 else tr("&Remove {count} images").format(count=count)
        self.remove.setText(words if count else tr("&Remove"))
        # An index of nothing cannot be searched: that one is taken off the list, or deleted.
        self.remove.setEnabled(0 < count < self.list.count())
