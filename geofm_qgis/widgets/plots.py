"""Charts, drawn by pyqtgraph, which is imported when the first one is shown."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Optional

from qgis.PyQt.QtCore import QEvent, QObject, Qt, pyqtSignal
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
ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
KEY_STEP_DB = 0.5


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

    def _add_line(self, graph: Any, plot: Any, colour: QColor, **pen: Any) -> Any:
        """A line across a plot that the mouse moves sideways; `sigPositionChanged` tells."""
        pens = {"pen": graph.mkPen(colour, width=2, **pen), "hoverPen": graph.mkPen(colour, width=4, **pen)}
        line = graph.InfiniteLine(0.0, movable=True, **pens)
        line.setCursor(Qt.CursorShape.SizeHorCursor)
        plot.addItem(line)
        return line

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
    """How often each level of backscatter occurs in the image, and the thresholds below which it may be water.

    The lines are moved together, by the mouse or, where the chart has the keyboard, by the arrow keys.

    Signals
    -------
    moved : float
        The user has moved the lines so many dB away from the thresholds that were shown.
    """

    moved = pyqtSignal(float)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._plot: Optional[Any] = None
        self._levels: dict[str, float] = {}
        self._shift, self._reach = 0.0, 0.0
        self._room = (0.0, 0.0)  # from where to where the chart reaches at least, in dB
        # Kept and filled anew: pyqtgraph stumbles over items that are taken off.
        self._items: dict[str, tuple[Any, Any]] = {}
        self.lines: dict[str, Any] = {}

    def show_thresholds(self, model: dict[str, Any], reach: float = 0.0) -> None:
        """Draw one time of the report's `thresholds`: levels in dB, counts of pixels.

        Parameters
        ----------
        model : dict
        reach : float
            How many dB the lines can be moved either way.
        """
        self._levels = {name: values["threshold_db"] for name, values in model["polarisations"].items()}
        self._reach = reach
        plot = self._ready_plot()
        if plot is None:
            return
        bins = model["histogram_bins_db"]
        drawn = [self._draw(plot, name, values, bins) for name, values in model["polarisations"].items()]
        self._room = min(first for first, _, _ in drawn), max(last for _, last, _ in drawn)
        plot.setYRange(0, max(top for _, _, top in drawn), padding=0.02)
        self.lines = {name: line for name, (_, line) in self._items.items() if name in self._levels}
        for name, items in self._items.items():
            for item in items:
                item.setVisible(name in self._levels)
        self.set_shift(0.0)

    def set_shift(self, shift: float) -> None:
        """Show the thresholds so many dB away from where they were, without telling of it."""
        self._shift = shift
        self._legend.setText("   ".join(_legend(name, level + shift) for name, level in self._levels.items()))
        for name, line in self.lines.items():
            line.blockSignals(True)
            line.setValue(self._levels[name] + shift)
            line.blockSignals(False)
        if self.lines:  # which can lie beside all that the image holds
            levels = [level + shift for level in self._levels.values()]
            self._plot.setXRange(min(self._room[0], *levels), max(self._room[1], *levels), padding=0.02)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys move the lines."""
        if event.type() == QEvent.Type.KeyPress and event.key() in ARROWS and self._reach:
            self._take(self._shift + ARROWS[event.key()] * KEY_STEP_DB)
            return True
        return super().eventFilter(watched, event)

    def _draw(self, plot: Any, name: str, values: dict[str, Any], bins: dict[str, float]) -> tuple[float, float, float]:
        """Fill the curve of one polarisation; from where to where it reaches, and how high."""
        counts = values["histogram"]
        total = sum(counts) or 1
        first, last = _occupied(counts)
        edges = [bins["low"] + bins["width"] * index for index in range(first, last + 2)]
        shares = [100 * count / total for count in counts[first : last + 1]]
        if name not in self._items:
            self._items[name] = self._make(plot, name)
        curve, line = self._items[name]
        curve.setData(edges, shares, stepMode="center", fillLevel=0)
        line.setMovable(bool(self._reach))
        return edges[0], edges[-1], max(shares)

    def _make(self, plot: Any, name: str) -> tuple[Any, Any]:
        """A curve and a line of one polarisation."""
        graph = load_pyqtgraph()
        colour = COLOURS.get(name, COLOURS["VV"])
        fill = QColor(colour)
        fill.setAlpha(FILL_ALPHA)
        curve = plot.plot(x=[0, 1], y=[0], stepMode="center", fillLevel=0, brush=fill, pen=graph.mkPen(colour))
        line = self._add_line(graph, plot, colour, style=Qt.PenStyle.DashLine)
        line.sigPositionChanged.connect(lambda: self._take(float(line.value()) - self._levels[name]))
        return curve, line

    def _take(self, shift: float) -> None:
        self.set_shift(max(-self._reach, min(self._reach, shift)))
        self.moved.emit(self._shift)

    def _ready_plot(self) -> Optional[Any]:
        graph = load_pyqtgraph() if self._plot is None else None
        if self._plot is None and graph is None:
            self._say_missing()
        elif self._plot is None:
            self.layout().addWidget(self._legend)
            self._plot = self._add_plot(graph, HEIGHT, tr("Backscatter (dB)"), tr("Pixels (%)"))
            self._plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._plot.setAccessibleName(tr("Histogram of backscatter, with thresholds"))
            self._plot.installEventFilter(self)
        return self._plot


def _legend(name: str, level: float) -> str:
    text = tr("{band}: water below {level:.1f} dB").format(band=name, level=level)
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
