"""How a flood is mapped: without weights, or with a network of the shelf, and what a second method is compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, Optional

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtGui import QStandardItem, QStandardItemModel
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ..engine.cards.card import Card, read_card
from ..engine.cards.floods import flood_misfit, input_kind, is_flood_model, recommended_for
from ..engine.cards.shelf import models_folder, shelf
from ..engine.errors import GeoFMError, RequestError
from ..engine.jobs.requests import WITHOUT_WEIGHTS
from ..models.model_row import FOLDER, ModelRow
from ..plain_text import PlainLabel, as_written
from ..settings import Settings
from ..translation import number_text, tr
from ..widgets.lists import fit_into_panel
from ..widgets.parts import WarningLabel, quiet

__all__ = ["Images", "MethodChooser"]

WEIGHTS_FREE, NOTHING = "", "none"


class Images(NamedTuple):
    """What is known of the chosen images.

    Attributes
    ----------
    polarisations : tuple of str
        Those of all dates; those that there can be where nobody knows.
    dates : int
        That after the flood included.
    display : bool
        Whether they are 8-bit pictures.
    """

    polarisations: tuple[str, ...] = ("VV", "VH")
    dates: int = 1
    display: bool = False


class _Method(NamedTuple):
    """A model that maps floods, and why it cannot map this one."""

    title: str
    folder: str
    card: Optional[Card]
    reason: Optional[str]
    recommended: bool


class MethodChooser(QWidget):
    """A list of methods: what each needs and how good it was; what does not fit the images is grey and says why.

    Signals
    -------
    changed()
        Another method is chosen.
    models_requested()
        The user wants to see all models, or to install one.
    """

    changed = pyqtSignal()
    models_requested = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._images = Images()
        self._others: list[str] = []  # folders that are not on the shelf
        self._methods: list[_Method] = []
        self.row = ModelRow(tr("Method"))
        self.row.browsed.connect(self.choose)
        self.row.models_requested.connect(self.models_requested)
        self.combo, self.other = self.row.combo, QComboBox()
        self.other.setModel(QStandardItemModel(self.other))
        self.other.setAccessibleName(tr("Compare with"))
        fit_into_panel(self.other)
        self.about, self.advice = quiet(PlainLabel()), quiet(PlainLabel())
        self.note = WarningLabel()
        self.other.setToolTip(
            tr("Maps the flood by a second method, too, and shows where both have it, one, or the other.")
        )
        below = QHBoxLayout()
        below.addWidget(QLabel(tr("Compare with")))
        below.addWidget(self.other, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.row, self.about, self.advice, self.note):
            layout.addWidget(widget)
        layout.addLayout(below)
        self.combo.currentIndexChanged.connect(self._on_chosen)
        self.other.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.refresh()

    def folder(self) -> str:
        """Of the chosen model; empty for the method without weights."""
        return self.row.folder()

    def values(self) -> dict[str, Any]:
        """Fields of the request.

        Raises
        ------
        RequestError
            If the model cannot map these images.
        """
        method = self._method(self.folder())
        if method is not None and method.reason is not None:
            raise RequestError(method.reason)
        other = self.other.currentData(FOLDER)
        return {
            "model": self.folder() or None,
            "compare_with": None if other in (None, NOTHING) else other or WITHOUT_WEIGHTS,
        }

    def choose(self, folder: str) -> None:
        """Choose the model in a folder, on the shelf or elsewhere."""
        self.refresh(folder)

    def set_values(self, model: Optional[str], compare_with: Optional[str]) -> None:
        """Choose what a request says."""
        self.refresh(model or WEIGHTS_FREE)
        wanted = {None: NOTHING, WITHOUT_WEIGHTS: WEIGHTS_FREE}.get(compare_with, compare_with)
        self.other.setCurrentIndex(max(self.other.findData(wanted, FOLDER), 0))

    def set_images(self, images: Images) -> None:
        """Offer what fits these images."""
        if images != self._images:
            self._images = images
            self.refresh()

    def refresh(self, wanted: Optional[str] = None) -> None:
        """Look anew which models there are; what was chosen stays so as long as it is there."""
        wanted = self.folder() if wanted is None else wanted
        if wanted and wanted not in self._others and Path(wanted).parent != models_folder(Settings().job_home):
            self._others.append(wanted)
        self._methods = self._look()
        self._fill(self.combo, [(WEIGHTS_FREE, tr("Without weights"))], wanted)
        beside = [(NOTHING, tr("Nothing")), (WEIGHTS_FREE, tr("Without weights"))]
        chosen = self.other.currentData(FOLDER)
        self._fill(self.other, beside, NOTHING if chosen is None else str(chosen))
        self._on_chosen()

    def _fill(self, combo: QComboBox, first: list[tuple[str, str]], wanted: str) -> None:
        model = combo.model()
        combo.blockSignals(True)
        model.clear()
        for folder, title in first:
            item = QStandardItem(title)
            item.setData(folder, FOLDER)
            model.appendRow(item)
        for method in self._methods:
            title = tr("{title} (recommended)").format(title=method.title) if method.recommended else method.title
            item = QStandardItem(title)
            item.setData(method.folder, FOLDER)
            item.setToolTip(as_written(method.reason or _how_good(method.card)))
            item.setEnabled(method.reason is None)
            model.appendRow(item)
        folders = [model.item(place).data(FOLDER) for place in range(model.rowCount())]
        combo.setCurrentIndex(folders.index(wanted) if wanted in folders else 0)
        combo.blockSignals(False)

    def _look(self) -> list[_Method]:
        models = [model for model in shelf(Settings().job_home) if model.card is not None and model.problem is None]
        found = [self._of_card(model.card, str(model.folder)) for model in models if is_flood_model(model.card)]
        known = {method.folder for method in found}
        found += [self._elsewhere(folder) for folder in self._others if folder not in known]
        return sorted(found, key=lambda method: (method.reason is not None, not method.recommended, method.title))

    def _elsewhere(self, folder: str) -> _Method:
        try:
            return self._of_card(read_card(Path(folder)), folder)
        except GeoFMError as error:
            return _Method(Path(folder).name, folder, None, str(error), False)

    def _of_card(self, card: Card, folder: str) -> _Method:
        images = self._images
        misfit = flood_misfit(card, images.polarisations, images.dates, display=images.display)
        good = misfit is None and recommended_for(card).get(input_kind(images.dates, display=images.display), False)
        return _Method(card.title, folder, card, None if misfit is None else misfit[0], good)

    def _method(self, folder: str) -> Optional[_Method]:
        return next((method for method in self._methods if folder and method.folder == folder), None)

    def _on_chosen(self) -> None:
        method = self._method(self.folder())
        card = None if method is None else method.card
        self.row.card_button.setEnabled(card is not None)
        needs = tr("Thresholds and change: needs no training and no graphics card; any number of dates.")
        self.about.setText(f"{_needs(card)}\n{_how_good(card)}".strip() if card is not None else needs)
        better = next((other for other in self._methods if other.recommended), None)
        advise = better is not None and better is not method
        self.advice.setText(
            tr("For these images {title} did better: {figures}").format(
                title=better.title, figures=_how_good(better.card, self._images)
            )
            if advise
            else ""
        )
        self.advice.setVisible(bool(advise))
        self.note.show_texts([method.reason] if method is not None and method.reason else [])
        self.changed.emit()


def _needs(card: Card) -> str:
    """What a model needs of the images."""
    bands = ", ".join(dict.fromkeys(band.name for band in card.bands if band.name in ("VV", "VH")))
    if card.dates == 1:
        return tr("Needs {bands} of one date.").format(bands=bands)
    return tr("Needs {bands} of {count} dates: after the flood and before it.").format(bands=bands, count=card.dates)


def _how_good(card: Optional[Card], images: Optional[Images] = None) -> str:
    """What the card tells of its figures beside those without weights; of these images alone, if given."""
    table = card.metrics.get("inputs") if card is not None else None
    parts = []
    for kind, row in table.items() if card is not None and isinstance(table, dict) else ():
        figures = [row.get(name) for name in ("model", "weights_free")] if isinstance(row, dict) else [None]
        meant = images is None or kind == input_kind(images.dates, display=images.display)
        if meant and all(isinstance(figure, (int, float)) for figure in figures):
            own, free = (number_text(figure, 2) for figure in figures)
            words = tr("{kind}: {measure} {own}, without weights {free}")
            parts.append(words.format(kind=kind, measure=row.get("measure", ""), own=own, free=free))
    return "; ".join(parts)
