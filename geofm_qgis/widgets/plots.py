"""Charts, drawn by pyqtgraph, which is imported when the first one is shown."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Optional

from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtGui import QColor, QShowEvent
from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from ..environment.python import plugin_packages_folder
from ..plain_text import in_html
from ..translation import tr
from .inks import Inks

__all__ = ["BackscatterPlot", "Chart", "load_pyqtgraph"]

# Okabe and Ito's blue and vermilion: told apart by everybody, on light and on dark ground.
COLOURS = {"VV": QColor(0, 114, 178), "VH": QColor(213, 94, 0)}
HEIGHT = 190
USUAL_LINE, ROOM = 16, 12  # pixels: of letters, and around those of an axis
FILL_ALPHA = 70


def load_pyqtgraph() -> Optional[Any]:
    """The library, from QGIS's own Python or the plugin's private folder; None if it is not set up."""
    folder = plugin_packages_folder()
    if folder is not None and str(folder) not in sys.path:
        sys.path.append(str(folder))  # last, so that nothing of QGIS's own is ever hidden
    try:
        return importlib.import_module("pyqtgraph")
    except Exception:  # a library of another age may fail in any way, and charts are not worth an error
        return None


class Chart(QWidget):
    """What charts have in common: a plot in the window's own colours, or a sentence where pyqtgraph is missing."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self._plots: list[Any] = []
        self._inks = Inks(self)
        self._missing: Optional[QLabel] = None
        self._legend = QLabel()
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setWordWrap(True)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a new theme of QGIS."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            for plot in self._plots:
                self._colour(plot)

    def showEvent(self, event: QShowEvent) -> None:
        """A style sheet counts from the first time that a widget is seen."""
        super().showEvent(event)
        for plot in self._plots:
            self._colour(plot)

    def _add_plot(self, graph: Any, height: int, bottom: str, left: str) -> Any:
        """One more plot below the others; without the mouse's zoom, which nobody finds the way back from."""
        if self._missing is not None:  # it was set up meanwhile
            self._missing.hide()
        plot = graph.PlotWidget()
        line = self.fontMetrics().height()
        if bottom:  # in large letters its title would be cut
            plot.getAxis("bottom").setHeight(2 * line + ROOM)
        plot.setFixedHeight(height + max(0, 2 * (line - USUAL_LINE)))
        plot.setMouseEnabled(x=False, y=False)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        for side, text in (("bottom", bottom), ("left", left)):
            if text:
                plot.setLabel(side, text)
        self._colour(plot)
        self._plots.append(plot)
        self.layout().addWidget(plot)
        return plot

    def _colour(self, plot: Any) -> None:
        ink = self._inks.ink()
        plot.setBackground(self._inks.paper())
        for name in ("bottom", "left"):
            axis = plot.getAxis(name)
            axis.setPen(ink)
            axis.setTextPen(ink)
            if axis.labelText:
                axis.setLabel(axis.labelText, color=ink.name())

    def _say_missing(self) -> None:
        if self._missing is None:
            self._missing = QLabel(tr("Charts need pyqtgraph: press “Set up” in Settings > Options > GeoFM."))
            self._missing.setWordWrap(True)
            self.layout().addWidget(self._missing)


class BackscatterPlot(Chart):
    """How often each level of backscatter occurs in the image, and the threshold below which it may be water."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._plot: Optional[Any] = None

    def show_thresholds(self, model: dict[str, Any]) -> None:
        """Draw one time of the report's `thresholds`: levels in dB, counts of pixels."""
        plot = self._ready_plot()
        if plot is None:
            return
        plot.clear()
        self._legend.setText("   ".join(_legend(name, values) for name, values in model["polarisations"].items()))
        bins = model["histogram_bins_db"]
        for name, values in model["polarisations"].items():
            self._draw(plot, name, values, bins)
        plot.autoRange(padding=0.02)

    def _draw(self, plot: Any, name: str, values: dict[str, Any], bins: dict[str, float]) -> None:
        graph = load_pyqtgraph()
        counts = values["histogram"]
        total = sum(counts) or 1
        first, last = _occupied(counts)
        edges = [bins["low"] + bins["width"] * index for index in range(first, last + 2)]
        shares = [100 * count / total for count in counts[first : last + 1]]
        colour = COLOURS.get(name, COLOURS["VV"])
        fill = QColor(colour)
        fill.setAlpha(FILL_ALPHA)
        plot.plot(edges, shares, stepMode="center", fillLevel=0, brush=fill, pen=graph.mkPen(colour))
        line = graph.InfiniteLine(values["threshold_db"], pen=graph.mkPen(colour, width=2, style=Qt.PenStyle.DashLine))
        plot.addItem(line)

    def _ready_plot(self) -> Optional[Any]:
        graph = load_pyqtgraph() if self._plot is None else None
        if self._plot is None and graph is None:
            self._say_missing()
        elif self._plot is None:
            self.layout().addWidget(self._legend)
            self._plot = self._add_plot(graph, HEIGHT, tr("Backscatter (dB)"), tr("Pixels (%)"))
        return self._plot


def _legend(name: str, values: dict[str, Any]) -> str:
    text = tr("{band}: water below {level:.1f} dB").format(band=name, level=values["threshold_db"])
    return f'<span style="color: {COLOURS.get(name, COLOURS["VV"]).name()}">■</span> {in_html(text)}'


def _occupied(counts: list[int]) -> tuple[int, int]:
    """The first and last bin of the middle 99.9 % of the pixels: a few bright roofs would squeeze the rest."""
    total, seen = sum(counts), 0
    first, last = 0, len(counts) - 1
    for index, count in enumerate(counts):
        if seen <= 0.0005 * total < seen + count:
            first = index
        if seen < 0.9995 * total <= seen + count:
            last = index
        seen += count
    return first, last
