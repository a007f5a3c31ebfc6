"""Which model maps: those on the shelf, of which only the fitting ones can be chosen, and folders elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QStandardItem
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ..engine.cards.card import Card, read_card
from ..engine.cards.fitting import misfit
from ..engine.cards.floods import is_flood_model
from ..engine.cards.shelf import models_folder, shelf
from ..engine.errors import GeoFMError, RequestError
from ..models.model_row import FOLDER, ModelRow
from ..plain_text import PlainLabel, as_written
from ..settings import Settings
from ..translation import tr
from ..widgets.parts import quiet

__all__ = ["ModelChooser"]

SEGMENTATION = "segmentation"


class _Entry(NamedTuple):
    """One model that could be chosen, why it cannot, and whether for the names of the image's bands."""

    title: str
    folder: str
    card: Optional[Card]
    reason: Optional[str]
    of_bands: bool = False


class ModelChooser(QWidget):
    """A list of segmentation models; those that do not fit the image are grey and say why.

    Signals
    -------
    changed()
        Another model is chosen.
    models_requested()
        The user wants to see all models, or to install one.
    """

    changed = pyqtSignal()
    models_requested = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._bands: Optional[tuple[str, ...]] = None
        self._others: list[str] = []  # folders that are not on the shelf
        self.row = ModelRow(tr("Model"))
        self.row.browsed.connect(self.choose)
        self.row.models_requested.connect(self.models_requested)
        self.combo = self.row.combo
        self.about = quiet(PlainLabel())
        self.note_icon, self.note = QLabel(), PlainLabel()
        self.note_icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.note_icon.setPixmap(QgsApplication.getThemeIcon("mIconWarning.svg").pixmap(QSize(16, 16)))
        self.note.setWordWrap(True)
        below = QHBoxLayout()
        below.addWidget(self.note_icon)
        below.addWidget(self.note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.row)
        layout.addWidget(self.about)
        layout.addLayout(below)
        self.combo.currentIndexChanged.connect(self._on_chosen)
        self.refresh()

    def folder(self) -> str:
        """Of the chosen model; empty without one."""
        return self.row.folder()

    def require(self) -> str:
        """The folder of the chosen model.

        Raises
        ------
        RequestError
            If none is chosen, or one that does not fit.
        """
        entry = self._entry(self.folder())
        misfit = entry or next((entry for entry in self._entries if entry.of_bands), None)
        if misfit is None:
            raise RequestError(tr("Choose a model first; the Train tab makes one from labelled polygons."))
        if misfit.reason is not None:
            raise RequestError(misfit.reason, field="bands" if misfit.of_bands else None)
        return misfit.folder

    def choose(self, folder: str) -> None:
        """Choose the model in a folder, on the shelf or elsewhere."""
        self.refresh(folder)

    def set_bands(self, bands: Optional[tuple[str, ...]]) -> None:
        """Offer what fits an image with these bands; None where nobody knows them."""
        if bands != self._bands:
            self._bands = bands
            self.refresh()

    def refresh(self, wanted: Optional[str] = None) -> None:
        """Look anew which models there are; one that was chosen stays so if it is still there and fits."""
        wanted = wanted or self.folder()
        if wanted and wanted not in self._others and Path(wanted).parent != models_folder(Settings().job_home):
            self._others.append(wanted)
        self._entries = self._look()
        model = self.combo.model()
        self.combo.blockSignals(True)
        model.clear()
        for entry in self._entries:
            item = QStandardItem(entry.title)
            item.setData(entry.folder, FOLDER)
            item.setToolTip(as_written(entry.reason or _about(entry.card)))
            item.setEnabled(entry.reason is None)
            model.appendRow(item)
        fitting = [entry.folder for entry in self._entries if entry.reason is None]
        chosen = wanted if self._entry(wanted) is not None else next(iter(fitting), "")
        if chosen not in fitting and wanted != chosen:
            chosen = next(iter(fitting), "")
        folders = [entry.folder for entry in self._entries]
        self.combo.setCurrentIndex(folders.index(chosen) if chosen in folders else -1)
        self.combo.setPlaceholderText(tr("No model fits") if self._entries else tr("No models yet"))
        self.combo.blockSignals(False)
        self._on_chosen()

    def _look(self) -> list[_Entry]:
        entries = []
        for model in shelf(Settings().job_home):
            if model.card is None or model.problem is not None:
                entries.append(
                    _Entry(model.name, str(model.folder), model.card, model.problem or tr("It has no card."))
                )
            elif model.card.task == SEGMENTATION and not (model.built_in and is_flood_model(model.card)):
                entries.append(self._of_card(model.card, str(model.folder)))
        entries += [self._elsewhere(folder) for folder in self._others]
        return sorted(entries, key=lambda entry: (entry.reason is not None, entry.title.casefold()))

    def _elsewhere(self, folder: str) -> _Entry:
        try:
            return self._of_card(read_card(Path(folder)), folder)
        except GeoFMError as error:
            return _Entry(Path(folder).name, folder, None, str(error))

    def _of_card(self, card: Card, folder: str) -> _Entry:
        if card.task != SEGMENTATION:
            return _Entry(card.title, folder, card, tr("“{title}” maps no classes.").format(title=card.title))
        reason = None if self._bands is None else misfit(card, self._bands)
        return _Entry(card.title, folder, card, reason, reason is not None and card.dates == 1)

    def _entry(self, folder: str) -> Optional[_Entry]:
        return next((entry for entry in self._entries if folder and entry.folder == folder), None)

    def _on_chosen(self) -> None:
        entry = self._entry(self.folder())
        self.row.card_button.setEnabled(entry is not None and entry.card is not None)
        self.about.setText(_about(entry.card) if entry is not None else "")
        self.about.setVisible(bool(self.about.text()))
        note = self._note(entry)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.note_icon.setVisible(bool(note))
        self.combo.setToolTip(as_written(entry.folder) if entry is not None else "")
        self.changed.emit()

    def _note(self, entry: Optional[_Entry]) -> str:
        """Why the chosen model does not fit, or why others do not."""
        entries = self._entries if entry is None else [entry]
        reasons = [entry.reason for entry in entries if entry.reason is not None]
        if not reasons:
            none = tr("There is no model yet: train one in the Train tab, or choose a model's folder.")
            return none if entry is None else ""
        cure = tr("If the file calls its bands otherwise, say what they are in Options > Names of bands.")
        cures = [cure] if any(entry.of_bands for entry in entries) else []
        return "\n".join(reasons[:3] + (["…"] if len(reasons) > 3 else []) + cures)


def _about(card: Optional[Card]) -> str:
    """What a card says in a line: its classes and its accuracy."""
    if card is None:
        return ""
    names = [item.name for item in card.classes]
    return tr("{count} classes: {names}").format(
        count=len(names), names=", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    )
