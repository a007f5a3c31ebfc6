"""Which model an index is built with: those on the shelf that search can use."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from ..engine.cards.card import Card, read_card
from ..engine.cards.catalogue import CATALOGUE, Entry
from ..engine.cards.searching import reads_words, unsearchable
from ..engine.cards.shelf import models_folder, shelf
from ..engine.errors import GeoFMError, RequestError
from ..models.words import size_text
from ..plain_text import PlainLabel, as_written
from ..settings import Settings
from ..translation import tr
from ..widgets.layer_or_file import browse_button
from ..widgets.lists import fit_into_panel
from ..widgets.parts import quiet
from .indexes import BASIC, concepts_of

__all__ = ["EncoderChooser", "basic_words"]


class EncoderChooser(QWidget):
    """A list of models for search; "basic" stands beside those that know a short list of things.

    Signals
    -------
    models_requested : str
        The user wants to install a model: the name of one that can be had.
    """

    models_requested = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._others: list[str] = []  # folders that are not on the shelf
        self._cards: dict[str, Card] = {}
        self.combo = QComboBox()
        self.combo.setAccessibleName(tr("Model for search"))
        fit_into_panel(self.combo)
        self.browse = browse_button(tr("Choose a model's folder"))
        self.browse.clicked.connect(self._browse)
        self.models = QToolButton()
        self.models.setIcon(QgsApplication.getThemeIcon("mActionAdd.svg"))
        self.models.setToolTip(tr("Install models…"))
        self.models.setAccessibleName(tr("Install models…"))
        self.models.clicked.connect(lambda: self.models_requested.emit(smallest().name))
        self.about = quiet(PlainLabel())
        row = QHBoxLayout()
        row.addWidget(self.combo, 1)
        row.addWidget(self.models)
        row.addWidget(self.browse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.about)
        self.combo.currentIndexChanged.connect(self._show_about)
        self.refresh()

    def folder(self) -> str:
        """Of the chosen model; empty without one."""
        return str(self.combo.currentData() or "")

    def require(self) -> str:
        """The folder of the chosen model.

        Raises
        ------
        RequestError
            If there is none.
        """
        if not self.folder():
            raise RequestError(tr("There is no model for search yet; install one, or choose a model's folder."))
        return self.folder()

    def choose(self, folder: str) -> None:
        """Choose the model in a folder.

        Raises
        ------
        GeoFMError
            If it is none for search.
        """
        card = read_card(Path(folder))
        fault = unsearchable(card)
        if fault:
            raise RequestError(fault)
        if folder not in self._others:
            self._others.append(folder)
        self.refresh(folder)

    def refresh(self, wanted: str = "") -> None:
        """Look anew which models there are; the chosen one stays so."""
        wanted = wanted or self.folder()
        self._cards = {
            str(model.folder): model.card
            for model in shelf(Settings().job_home)
            if model.card is not None and model.problem is None and unsearchable(model.card) is None
        }
        for folder in self._others:
            try:
                self._cards.setdefault(folder, read_card(Path(folder)))
            except GeoFMError:  # noqa: PERF203 - it is gone, and no longer offered
                continue
        self.combo.blockSignals(True)
        self.combo.clear()
        for folder, card in sorted(self._cards.items(), key=lambda item: (item[1].title or item[1].name).casefold()):
            self.combo.addItem(_title(card), folder)
        self.combo.setEnabled(bool(self._cards))
        if not self._cards:
            self.combo.addItem(tr("No models for search yet"))  # Qt 5.15 shows no placeholder
        self.combo.setCurrentIndex(max(self.combo.findData(wanted), 0))
        self.combo.blockSignals(False)
        self._show_about()

    def _show_about(self) -> None:
        card = self._cards.get(self.folder())
        if card is None:
            words = tr(
                "Install a model to search with: “+” offers {title} ({size}). The small “GeoFM basic” was taught with "
                "pictures for research only, so it does not come with the plugin: a checkout of GeoFM has it, and "
                "Import… takes its folder."
            )
            self.about.setText(words.format(title=smallest().title, size=size_text(smallest().size)))
        else:
            self.about.setText(basic_words(card) if reads_words(card) else tr("It finds by example, place and marks."))
        self.about.setToolTip(as_written(card.limits) if card is not None else "")
        self.about.setVisible(bool(self.about.text()))

    def _browse(self) -> None:
        start = str(models_folder(Settings().job_home))
        folder = QFileDialog.getExistingDirectory(self, tr("Choose a model's folder"), start)
        if folder:
            try:
                self.choose(folder)
            except GeoFMError as error:
                self.about.setText(str(error))
                self.about.show()


def smallest() -> Entry:
    """The smallest model of the catalogue that reads words and can be downloaded."""
    entries = [entry for entry in CATALOGUE if entry.downloadable and entry.task == "dual-encoder"]
    return min(entries, key=lambda entry: entry.size)


def _title(card: Card) -> str:
    title = card.title or card.name
    if not reads_words(card):
        return tr("{title} (reads no words)").format(title=title)
    plain = card.architecture == BASIC and "basic" not in title.casefold()
    return tr("{title} (basic)").format(title=title) if plain else title


def basic_words(card: Optional[Card]) -> str:
    """What a basic model knows, in a sentence; empty for others."""
    if card is None or card.architecture != BASIC:
        return ""
    names = concepts_of(card)
    words = tr("Basic: it knows {count} things ({names}) and other words for them, nothing else.")
    return words.format(count=len(names), names=", ".join(names))
