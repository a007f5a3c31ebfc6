"""What the models dialog asks before it does something: consent to a licence, what to import, whether to delete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Optional

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ..engine.cards.card import read_card
from ..engine.cards.catalogue import Entry
from ..engine.cards.shelf import check_name
from ..engine.errors import GeoFMError, RequestError
from ..engine.jobs.requests import ImportModelRequest
from ..plain_text import PlainLabel, as_written, in_html
from ..project.imagery import names_from_text
from ..translation import tr
from ..widgets.layer_or_file import keep_folder, last_folder
from ..widgets.parts import quiet
from ..widgets.wheel import guard_wheel
from .rows import ModelRow
from .words import licence_html, origin_text, size_text

__all__ = ["ConsentDialog", "ImportDialog", "wants_to_delete"]

WIDTH = 480
LONGEST = 16  # letters of a word that a line cannot end in
Button = QDialogButtonBox.StandardButton


class ConsentDialog(QDialog):
    """Shows under which licence a model of the catalogue comes, and from where; accepted only by its own button."""

    def __init__(self, row: ModelRow, folder: Path, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Install a model"))
        self.text = QLabel(_consent_html(row, folder))
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setWordWrap(True)
        self.text.setMinimumWidth(WIDTH)
        self.text.setOpenExternalLinks(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.buttons = QDialogButtonBox()
        self.accept_button = self.buttons.addButton(
            tr("&Accept licence and install"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.accept_button.setAutoDefault(False)
        cancel = self.buttons.addButton(Button.Cancel)
        cancel.setDefault(True)
        cancel.setFocus()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addStretch(1)
        layout.addWidget(self.buttons)
        # Qt reckons with less for rich text than it needs.
        self.resize(WIDTH, layout.totalHeightForWidth(WIDTH))


def _consent_html(row: ModelRow, folder: Path) -> str:
    entry = row.entry
    if entry is None:
        return ""
    lines = (
        (tr("Licence"), licence_html(entry.licence)),
        (tr("Attribution"), in_html(entry.attribution)),
        (tr("Source"), _breakable(entry.card.source)),
        (tr("Limits"), in_html(entry.card.limits)),
        (tr("Size"), in_html(tr("{size} from {origin}").format(size=size_text(entry.size), origin=origin_text(row)))),
        (tr("Goes to"), _breakable(str(folder))),
    )
    table = "".join(
        f'<tr><td style="white-space: nowrap"><b>{name}</b>&nbsp;&nbsp;</td><td>{text}</td></tr>'
        for name, text in lines
        if text
    )
    question = tr("Do you accept the licence? It may ask you to name the makers where you publish results.")
    return f"<h3>{in_html(entry.title)}</h3><p>{in_html(entry.description)}</p><table>{table}</table><p>{question}</p>"


def _breakable(text: str) -> str:
    """HTML with places where a line may end in long words: else paths and revisions would widen the table."""
    parts = re.sub(rf"([/\\]|[^\s/\\]{{{LONGEST}}})(?=\S)", "\\1\u200b", text).split("\u200b")
    return "\u200b".join(map(in_html, parts))


class ImportDialog(QDialog):
    """Asks for an ONNX file or a model's folder, the model's name, and for a file the bands that it wants.

    Parameters
    ----------
    taken : set of str
        Names of installed models, casefolded.
    parent : QWidget, optional
    like : Entry, optional
        A model of the catalogue that is taken in by hand: its weights can be given as well.
    """

    def __init__(self, taken: set[str], parent: Optional[QWidget] = None, like: Optional[Entry] = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Import a model"))
        self.setMinimumWidth(WIDTH)
        self._taken, self._like = taken, like
        self.from_file = QRadioButton(tr("An &ONNX file, such as a model for Deepness"))
        self.from_folder = QRadioButton(tr("The &folder of a GeoFM model"))
        self.from_weights = QRadioButton()
        self.from_weights.setVisible(like is not None)
        if like is not None:
            self.from_weights.setText(tr("&Weights of {title}").format(title=like.title))
        (self.from_file if like is None else self.from_weights).setChecked(True)
        self.path = QgsFileWidget()
        self.path.setDefaultRoot(last_folder())
        self.path.lineEdit().setAccessibleName(tr("File or folder"))
        self.name = QLineEdit()
        self.bands = QLineEdit()
        self.bands.setPlaceholderText(tr("As the file says; else red, green, blue"))
        self.bands.setToolTip(
            tr("Bands that the network takes, in the order of its channels, such as: B02, B03, B04, B08")
        )
        self.sha256 = QLineEdit()
        self.sha256.setPlaceholderText(tr("64 digits, as the page of the file tells them"))
        self.sha256.setToolTip(tr("The file is opened only if it is the one that these digits belong to"))
        self.note = quiet(PlainLabel())
        self.buttons = QDialogButtonBox(Button.Ok | Button.Cancel)
        self.buttons.button(Button.Ok).setText(tr("&Import"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        for button in (self.from_file, self.from_folder, self.from_weights):
            button.toggled.connect(self._on_kind)
        self.sha256.textChanged.connect(self._check)
        self.path.fileChanged.connect(self._check)
        self.name.textChanged.connect(self._check)
        self._on_kind()
        guard_wheel(self)

    def _lay_out(self) -> None:
        form = QFormLayout()
        for text, field, buddy in (
            (tr("&Path"), self.path, self.path.lineEdit()),
            (tr("&Name"), self.name, self.name),
            (tr("&Bands"), self.bands, self.bands),
            (tr("&SHA-256"), self.sha256, self.sha256),
        ):
            if field is self.sha256 and self._like is None:
                continue
            label = QLabel(text)
            label.setBuddy(buddy)
            form.addRow(label, field)
        layout = QVBoxLayout(self)
        layout.addWidget(self.from_file)
        layout.addWidget(self.from_folder)
        layout.addWidget(self.from_weights)
        layout.addLayout(form)
        layout.addWidget(self.note)
        layout.addStretch(1)
        layout.addWidget(self.buttons)

    def request(self) -> ImportModelRequest:
        """What the widgets say.

        Raises
        ------
        GeoFMError
            If something is missing or cannot be used; the message tells what.
        """
        text = self.path.filePath().strip()
        if not text:
            raise RequestError(tr("Choose what to import."))
        path = Path(text).expanduser().absolute()
        if not path.exists():
            raise RequestError(tr("There is no file or folder {path}.").format(path=path))
        like = self._like.name if self._like is not None and self.from_weights.isChecked() else None
        name = self.name.text().strip() or like or self._usual_name(path)
        check_name(name)
        if name.casefold() in self._taken:
            raise RequestError(tr("There is a model “{name}” already; give this one another name.").format(name=name))
        if like is not None:
            return ImportModelRequest(str(path), name, like=like, sha256=self._digits(path))
        bands = None if path.is_dir() else names_from_text(self.bands.text())
        return ImportModelRequest(str(path), name, bands)

    def _digits(self, path: Path) -> Optional[str]:
        """The SHA-256, which files that cannot hold programs do without."""
        text = self.sha256.text().strip()
        if not text and path.suffix.lower() != ".safetensors":
            raise RequestError(tr("Give the SHA-256 of the file, which its page tells."))
        return text or None

    def accept(self) -> None:
        """Close, and start here the next time."""
        keep_folder(self.path.filePath())
        super().accept()

    def _usual_name(self, path: Path) -> str:
        return read_card(path).name if path.is_dir() else path.stem

    def _on_kind(self) -> None:
        file, weights = self.from_file.isChecked(), self.from_weights.isChecked()
        kind = QgsFileWidget.StorageMode
        self.path.setStorageMode(kind.GetFile if file or weights else kind.GetDirectory)
        onnx, published = tr("ONNX models (*.onnx);;All files (*)"), tr("Weights (*.pt *.pth *.bin *.safetensors)")
        self.path.setFilter(onnx if file else published if weights else "")
        title = tr("Choose a file of weights") if weights else tr("Choose a model's folder")
        self.path.setDialogTitle(tr("Choose an ONNX file") if file else title)
        self.bands.setEnabled(file)
        self.sha256.setEnabled(weights)
        self._check()

    def _check(self) -> None:
        try:
            request = self.request()
        except GeoFMError as error:
            self.note.setText(str(error) if self.path.filePath().strip() else "")
            self.buttons.button(Button.Ok).setEnabled(False)
            return
        self.name.setPlaceholderText(request.name or "")
        self.note.setText(_about(Path(request.path), self._like if request.like else None))
        self.buttons.button(Button.Ok).setEnabled(True)


def _about(path: Path, like: Optional[Entry] = None) -> str:
    """What can be told of a model before it is imported."""
    if like is not None:
        return tr("{title}. Licence: {licence}").format(title=like.title, licence=like.licence)
    if not path.is_dir():
        return tr("The file is run once, to see whether it can be used. See to it that its licence lets you use it.")
    card = read_card(path)
    return tr("{title}. Licence: {licence}").format(title=card.title, licence=card.licence or tr("not stated"))


def wants_to_delete(row: ModelRow, parent: QWidget) -> bool:
    """Ask whether an installed model may go."""
    question = tr("Delete the model “{title}”?").format(title=row.title)
    box = QMessageBox(QMessageBox.Icon.Question, tr("Delete a model"), as_written(question), parent=parent)
    again = tr("It can be installed again from the catalogue.")
    gone = tr("Its folder is removed for good: {folder}\nMaps that were made with it stay.").format(folder=row.folder)
    box.setInformativeText(as_written(again if row.entry is not None and row.entry.files else gone))
    delete = box.addButton(tr("&Delete"), QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is delete
