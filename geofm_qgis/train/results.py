"""What a finished training found: how good the model is on polygons that it has not seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ..engine.jobs.result import Result
from ..models.card import ModelCardDialog
from ..plain_text import PlainLabel
from ..translation import number_text, tr
from ..widgets.bars import Bar, BarTable
from ..widgets.outcome import Outcome
from ..widgets.parts import WarningLabel, flat_button, heading, quiet
from ..widgets.warned import warnings_of
from .certainty import FEW, wilson
from .confusion import ConfusionMap

__all__ = ["AccuracyView", "TrainResults"]

MANY = 10_000  # validation pixels, of which the interval is too small to be told


class AccuracyView(QWidget):
    """Confusion matrix and the scores of each class."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.matrix = ConfusionMap()
        self.table = BarTable(tr("Class"), [tr("F1"), tr("Prec."), tr("Rec."), tr("Pixels")], bar=1)
        self.table.setAccessibleName(tr("Accuracy of each class"))
        for column, tip in enumerate(
            (
                tr("Harmonic mean of precision and recall: 1 is perfect"),
                tr("Precision: of what is mapped as this class, the share that is right"),
                tr("Recall: of what is this class, the share that is mapped as such"),
                tr("How many pixels of the class the model was checked on"),
            ),
            1,
        ):
            self.table.horizontalHeaderItem(column).setToolTip(tip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.enlarge_button = flat_button(tr("Confusion matrix"), "mActionZoomIn.svg")
        self.enlarge_button.setToolTip(tr("Show the confusion matrix in a window of its own"))
        self.enlarge_button.clicked.connect(self.matrix.enlarge)
        layout.addWidget(self.table)
        layout.addWidget(self.enlarge_button)
        layout.addWidget(self.matrix)

    def show_summary(self, summary: dict[str, Any]) -> None:
        """Show the validation of a training's `summary`; hidden where there was none."""
        scores = (summary.get("metrics") or {}).get("per_class") or {}
        classes = summary.get("classes", ())
        self.table.show_rows(
            [(item["name"], QColor(item["color"]), _cells(scores.get(item["name"], {}), item)) for item in classes]
        )
        confusion = summary.get("confusion") or ()
        self.matrix.show_matrix([item["name"] for item in classes], confusion)
        validated = any(map(any, confusion))
        for widget in (self.matrix, self.enlarge_button, self.table):
            widget.setVisible(validated)


class TrainResults(Outcome):
    """Shows the result of one training.

    Signals
    -------
    map_requested : str
        The folder of the model that the user wants to map with.
    """

    map_requested = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._folder = ""
        self.title = heading()
        self.accuracy = QLabel()
        self.accuracy.setTextFormat(Qt.TextFormat.RichText)
        self.accuracy.setWordWrap(True)
        self.facts = quiet(PlainLabel())
        self.view = AccuracyView()
        self.warnings = WarningLabel()
        self.map_button = QPushButton(tr("Map with this model"))
        self.map_button.setIcon(QgsApplication.getThemeIcon("mIconRaster.svg"))
        self.map_button.setToolTip(tr("Maps the image that is chosen in the model's tab, else the one it learned from"))
        self.map_button.clicked.connect(lambda: self.map_requested.emit(self._folder))
        self.card_button = QPushButton(tr("Model card…"))
        self.card_button.clicked.connect(self._show_card)
        buttons = QHBoxLayout()
        buttons.addWidget(self.map_button, 1)
        buttons.addWidget(self.card_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.title)
        layout.addLayout(buttons)
        for widget in (self.accuracy, self.facts, self.view, self.warnings):
            layout.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def folder(self) -> str:
        """The folder of the model that is shown."""
        return self._folder

    def fill(self, result: Result) -> None:
        """Show the result of a training job."""
        summary = result.summary
        self._folder = next((output.path for output in result.outputs if output.kind == "model"), "")
        self.map_button.setEnabled(bool(self._folder))
        self.card_button.setEnabled(bool(self._folder))
        self.title.setText(str(summary.get("model") or result.group))
        self.accuracy.setText(accuracy_text(summary))
        self.facts.setText("\n".join(_facts(summary)))
        self.view.show_summary(summary)
        self.warnings.show_texts(warnings_of(result))

    def finding(self, result: Result) -> str:
        """How good the model is."""
        accuracy = (result.summary.get("metrics") or {}).get("overall_accuracy")
        if accuracy is None:
            return tr("a model that nobody could check")
        if accuracy == 1:
            return tr("right on all pixels that it had not seen")
        return tr("right on {share} % of pixels that it had not seen").format(share=number_text(100 * accuracy, 1))

    def message(self, result: Result, name: str) -> str:
        """A model is no map; the layer beside it shows where it was wrong."""
        words = tr("The model “{name}” is ready: {found}. The layer “Validation errors” shows where it is wrong.")
        return words.format(name=name, found=self.finding(result))

    def _show_card(self) -> None:
        ModelCardDialog.open_folder(self._folder, self)


def accuracy_text(summary: dict[str, Any]) -> str:
    """Accuracy in a line of rich text."""
    metrics = summary.get("metrics") or {}
    if metrics.get("overall_accuracy") is None:
        return tr("Not validated: there were too few polygons to keep some apart.")
    share, count = metrics["overall_accuracy"], sum(map(sum, summary.get("confusion") or ()))
    parts = [tr("Accuracy <b>{share} %</b>").format(share=number_text(100 * share, 1))]
    if 0 < count < MANY:
        low, high = (number_text(100 * limit, 0) for limit in wilson(share, count))
        words = tr("({low} to {high} %, of {count} pixels)")
        parts[0] += " " + words.format(low=low, high=high, count=number_text(count, 0))
    if metrics.get("macro_f1") is not None:
        parts.append(tr("mean F1 <b>{f1}</b>").format(f1=number_text(metrics["macro_f1"], 2)))
    return " · ".join(parts)


def _facts(summary: dict[str, Any]) -> Iterator[str]:
    metrics = summary.get("metrics") or {}
    if metrics.get("baseline_accuracy") is not None:
        words = tr("The most common class alone would be right in {share} %.")
        yield words.format(share=number_text(100 * metrics["baseline_accuracy"], 1))
    if summary.get("best_epoch") is not None and summary.get("epochs"):
        yield tr("The model of epoch {best} of {epochs} is kept.").format(
            best=summary["best_epoch"], epochs=summary["epochs"]
        )
    few = [item["name"] for item in summary.get("classes", ()) if 0 < (item.get("validation_pixels") or 0) < FEW]
    if few and metrics.get("overall_accuracy") is not None:
        words = tr("Checked on fewer than {count} pixels, so that F1 and the mean say little: {names}.")
        yield words.format(count=FEW, names=", ".join(few))
    yield from summary.get("notes", ())


def _cells(score: dict[str, Any], item: dict[str, Any]) -> tuple[object, ...]:
    pixels = item.get("validation_pixels")

    def number(name: str) -> str:
        return "–" if score.get(name) is None else number_text(score[name], 2)

    return (
        Bar(number("f1"), float(score.get("f1") or 0.0)),
        number("precision"),
        number("recall"),
        "–" if pixels is None else number_text(pixels, 0),
    )
