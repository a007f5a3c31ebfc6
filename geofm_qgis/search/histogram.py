"""How often each score occurs in the index, and the least score that is shown, to be dragged."""

from __future__ import annotations

import math
from typing import Any, Optional

from qgis.PyQt.QtCore import QLocale, QSignalBlocker, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from ..plain_text import PlainLabel
from ..translation import tr
from ..widgets.parts import quiet
from ..widgets.plots import Chart, load_pyqtgraph

__all__ = ["ScoreHistogram"]

COLOUR, FILL = QColor(0, 114, 178), QColor(0, 114, 178, 70)  # Okabe and Ito's blue
LINE = QColor(213, 94, 0)  # their vermilion
HEIGHT = 116
LOWEST, HIGHEST, STEP = -20.0, 20.0, 0.1


class ScoreHistogram(Chart):
    """Counts of tiles by score, on a scale of powers of ten, with a line that the mouse moves.

    Without pyqtgraph the number below does the same.

    Signals
    -------
    threshold_changed()
        The user has set another threshold, or none any more.
    """

    threshold_changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._plot: Optional[Any] = None
        self._curve: Optional[Any] = None
        self.line: Optional[Any] = None
        self._histogram: dict[str, Any] = {"low": 0.0, "high": 1.0, "counts": []}
        self._lowest_hit = 0.0
        self._is_set, self._low = False, False
        self.number = QDoubleSpinBox()
        self.number.setRange(LOWEST, HIGHEST)
        self.number.setDecimals(2)
        self.number.setSingleStep(STEP)
        self.number.setKeyboardTracking(False)
        self.number.setToolTip(tr("Standard deviations above what the search gives to the average place."))
        self.number.valueChanged.connect(self._on_number)
        self.all = QToolButton()
        self.all.setText(tr("All"))
        self.all.setToolTip(tr("Show all hits"))
        self.all.clicked.connect(lambda: self._take(None))
        self.told = quiet(PlainLabel())
        self.told.setWordWrap(False)
        self.told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._below = QWidget()
        row = QHBoxLayout(self._below)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(PlainLabel(tr("Score from")))
        row.addWidget(self.number)
        row.addWidget(self.all)
        row.addWidget(self.told, 1)
        self.layout().addWidget(self._below)

    def threshold(self) -> Optional[float]:
        """The least score that is shown; None for all hits."""
        return self.number.value() if self._is_set else None

    def set_threshold(self, score: Optional[float]) -> None:
        """Set the line without telling of it."""
        self._is_set = score is not None
        self._show(self._lowest_hit if score is None else score)

    def show_scores(self, histogram: dict[str, Any], hits: list[float]) -> None:
        """Draw the counts of an answer; a threshold that the user has set stays where it is.

        Parameters
        ----------
        histogram : dict
            low, high and counts (of bins of equal width) of the scores of all tiles.
        hits : list of float
            Scores of the hits.
        """
        self._histogram = histogram
        self._lowest_hit = min(hits, default=histogram["high"])
        self._draw()
        if not self._is_set:
            self._show(self._lowest_hit)

    def set_low(self, low: bool) -> None:
        """Whether there is no room for the chart; the number below it does the same."""
        self._low = low
        if self._plot is not None:
            self._plot.setVisible(not low)

    def tell(self, shown: int, hits: int) -> None:
        """Say how many hits the threshold leaves, and how many tiles of the index reach it."""
        locale = QLocale()
        words = tr("{shown} of {hits}").format(shown=locale.toString(shown), hits=locale.toString(hits))
        self.told.setText(words)
        above = self._above(self.number.value())
        total = sum(self._histogram["counts"])
        tip = tr("About {above} of {total} places that were searched reach this score.")
        self.told.setToolTip(tip.format(above=locale.toString(above), total=locale.toString(total)))

    def _above(self, score: float) -> int:
        counts = self._histogram["counts"]
        low, high = self._histogram["low"], self._histogram["high"]
        width = (high - low) / len(counts) if counts and high > low else 1.0
        return sum(count for place, count in enumerate(counts) if low + (place + 0.5) * width >= score)

    # Drawing ----------------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        graph = load_pyqtgraph()
        if graph is None:
            self._say_missing()
            return
        if self._plot is None:
            self._make(graph)
        counts, low, high = (self._histogram[name] for name in ("counts", "low", "high"))
        width = (high - low) / len(counts) if counts and high > low else 1.0
        edges = [low + width * place for place in range(len(counts) + 1)]
        self._curve.setData(edges, [math.log10(1 + count) for count in counts], stepMode="center", fillLevel=0)
        top = math.log10(1 + max(counts, default=1))
        self._plot.getAxis("left").setTicks([[(math.log10(1 + 10**n), _power(n)) for n in range(0, 9, 2)], []])
        self._plot.setXRange(low, max(high, low + 1e-3), padding=0.03)
        self._plot.setYRange(0, top, padding=0.05)

    def _make(self, graph: Any) -> None:
        self._plot = self._add_plot(graph, HEIGHT, tr("Score"), tr("Places"))
        self.layout().insertWidget(0, self._plot)
        self._plot.setVisible(not self._low)
        self._plot.getAxis("bottom").setHeight(34)
        self._curve = self._plot.plot(
            stepMode="center", fillLevel=0, brush=FILL, pen=graph.mkPen(COLOUR), x=[0, 1], y=[0]
        )
        self.line = self._add_line(graph, self._plot, LINE)
        self.line.sigPositionChanged.connect(self._on_line)

    def _show(self, score: float) -> None:
        blocker = QSignalBlocker(self.number)
        self.number.setValue(score)
        del blocker
        if self.line is not None:
            self.line.blockSignals(True)
            self.line.setValue(score)
            self.line.blockSignals(False)

    def _on_line(self) -> None:
        self._take(max(LOWEST, min(HIGHEST, float(self.line.value()))))

    def _on_number(self, score: float) -> None:
        self._take(score)

    def _take(self, score: Optional[float]) -> None:
        self.set_threshold(score)
        self.threshold_changed.emit()


def _power(number: int) -> str:
    return QLocale().toString(10**number)
