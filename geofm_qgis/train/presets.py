"""Three ways to learn, each with what it needs and about how long it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QButtonGroup, QGridLayout, QLabel, QRadioButton, QSizePolicy, QWidget

from ..engine.cards.catalogue import CATALOGUE
from ..engine.jobs.requests.networks import PRESETS
from ..jobs.words import span
from ..plain_text import PlainLabel, in_html
from ..translation import tr
from ..widgets.parts import quiet

__all__ = ["PresetChooser"]


class PresetChooser(QWidget):
    """Quick, Balanced, Best.

    Signals
    -------
    changed()
    models_requested : str
        The user wants to install what the chosen preset needs: the name of a model.
    """

    changed = pyqtSignal()
    models_requested = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        words = {
            "quick": (tr("&Quick"), tr("A forest on each pixel's bands, indices and texture. Needs no GPU.")),
            "balanced": (tr("Balanced"), tr("A pre-trained encoder with a light decoder. Good with few polygons.")),
            "best": (
                tr("Best"),
                tr("A whole network, which sees shapes too. Wants many polygons, best a GPU."),
            ),
        }
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QRadioButton] = {}
        self.times: dict[str, QLabel] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(0)
        layout.setColumnStretch(0, 1)
        for row, preset in enumerate(PRESETS):
            title, text = words[preset]
            button, note, time = QRadioButton(title), quiet(PlainLabel(text)), quiet(PlainLabel())
            time.setWordWrap(False)
            time.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            button.setAccessibleDescription(text)
            note.setContentsMargins(22, 0, 0, 4)
            self._group.addButton(button, row)
            self.buttons[preset], self.times[preset] = button, time
            layout.addWidget(button, 2 * row, 0)
            layout.addWidget(time, 2 * row, 1)
            layout.addWidget(note, 2 * row + 1, 0, 1, 2)
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.RichText)
        self.note.setWordWrap(True)
        self._missing = ""  # the name of an encoder
        self.note.linkActivated.connect(lambda _: self.models_requested.emit(self._missing))
        self.note.hide()
        layout.addWidget(self.note, 2 * len(PRESETS), 0, 1, 2)
        self.buttons["quick"].setChecked(True)
        self._group.buttonClicked.connect(lambda _: self.changed.emit())

    def preset(self) -> str:
        """The one that is chosen, as a request names it."""
        return tuple(PRESETS)[self._group.checkedId()]

    def set_dates(self, dates: int) -> None:
        """Offer those that learn from images of so many dates."""
        for name, button in self.buttons.items():
            fits = dates == 1 or name == "best"
            button.setEnabled(fits)
            button.setToolTip("" if fits else tr("Images of several dates are for Best."))
        if dates > 1 and self.preset() != "best":
            self.set_preset("best")

    def title(self) -> str:
        """The name of the chosen one, for people."""
        return self.buttons[self.preset()].text().replace("&", "")

    def say_missing(self, encoder: Optional[str]) -> None:
        """Tell that an encoder has to be installed first; None: nothing is missing."""
        self._missing = encoder or ""
        known = next((entry.title for entry in CATALOGUE if entry.name == encoder), encoder or "")
        words = tr("⚠ Needs the encoder {name}: <a href='models'>install it…</a>")
        self.note.setText(words.format(name=in_html(known)))
        self.note.setVisible(encoder is not None)

    def set_preset(self, preset: str) -> None:
        """Choose a preset by its name."""
        self.buttons[preset].setChecked(True)
        self.changed.emit()

    def show_estimates(self, seconds: Mapping[str, Optional[float]]) -> None:
        """Show about how long each would take; None where that is not known."""
        for preset, label in self.times.items():
            known = seconds.get(preset)
            # Networks end sooner where nothing gets better any more.
            words = tr("about {time}") if PRESETS[preset].epochs is None else tr("up to {time}")
            label.setText("" if known is None else words.format(time=span(known)))
