"""The curves of a training: losses and the F1 of the validation, with the epoch whose model is kept."""

from __future__ import annotations

import math
from typing import Any, Optional

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QWidget

from ..translation import tr
from ..widgets.plots import Chart, load_pyqtgraph

__all__ = ["TrainingPlot"]

# Names of the metrics that the engine reports, in Okabe and Ito's colours, told apart by everybody.
LOSS, VALIDATION_LOSS, F1, BEST = "loss", "validation loss", "validation F1", "best epoch"
COLOURS = {LOSS: QColor(213, 94, 0), VALIDATION_LOSS: QColor(86, 180, 233), F1: QColor(0, 158, 115)}
HEIGHT = 128
AXIS = 40  # pixels: the axes of both plots stand one below the other


class TrainingPlot(Chart):
    """Two plots with the epochs below them: the F1 of the validation, and the losses."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._points: dict[str, dict[int, float]] = {}
        self._curves: dict[str, Any] = {}
        self._best_lines: list[Any] = []
        self._epochs: list[Any] = []  # axes

    def clear(self) -> None:
        """Forget everything: another training begins."""
        self._points = {}
        for curve in self._curves.values():
            curve.setData([], [])
        for line in self._best_lines:
            line.hide()
        self._legend.setText("")

    def add(self, events: list[dict[str, Any]]) -> bool:
        """Take in events of a job; whether there was a point among them.

        A training that was resumed says some epochs twice: the later ones count. What is no number is no point.
        """
        metrics = (
            event for event in events if event.get("event") == "metric" and event.get("name") in (*COLOURS, BEST)
        )
        news = [event for event in metrics if math.isfinite(event["value"])]
        for event in news:
            self._points.setdefault(event["name"], {})[int(event["step"])] = float(event["value"])
        if news:
            self._draw()
        return bool(news)

    def points(self, name: str) -> list[tuple[int, float]]:
        """A curve's points by epoch."""
        return sorted(self._points.get(name, {}).items())

    def best(self) -> Optional[tuple[int, float]]:
        """The epoch whose model is the best so far, and its F1."""
        told = self.points(BEST)
        if told:  # beside it stands the score by which it was chosen, which is not the F1
            epoch, score = told[-1]
            return epoch, dict(self.points(F1)).get(epoch, score)
        return max(self.points(F1), key=lambda point: point[1], default=None)

    def _draw(self) -> None:
        graph = load_pyqtgraph()
        if graph is None:
            self._say_missing()
            return
        if not self._curves:
            self._make(graph)
        for name, curve in self._curves.items():
            points = self.points(name)
            curve.setData([step for step, _ in points], [value for _, value in points])
        last = max((points[-1][0] for points in map(self.points, self._curves) if points), default=1)
        for axis in self._epochs:
            axis.setTickSpacing(levels=[(_whole_step(last), 0)])
        best = self.best()
        for line in self._best_lines:
            line.setVisible(best is not None)
            if best is not None:
                line.setValue(best[0])
        self._legend.setText(self._words(best))

    def _make(self, graph: Any) -> None:
        self.layout().addWidget(self._legend)
        above = self._add_plot(graph, HEIGHT, "", "")
        below = self._add_plot(graph, HEIGHT + 18, tr("Epoch"), "")
        above.setYRange(0, 1, padding=0.1)  # with less, the numbers at both ends have no room and are left out
        above.getAxis("left").setTicks([[(tick, str(tick)) for tick in (0, 0.5, 1)], []])
        above.getAxis("bottom").setStyle(showValues=False)
        below.setXLink(above)
        for plot in (above, below):
            plot.showGrid(y=True, alpha=0.15)
            plot.getAxis("left").setWidth(AXIS)
            self._epochs.append(plot.getAxis("bottom"))
            line = graph.InfiniteLine(pen=graph.mkPen(COLOURS[F1], width=1, style=Qt.PenStyle.DashLine))
            line.hide()
            plot.addItem(line)
            self._best_lines.append(line)
        for name, colour in COLOURS.items():
            plot = above if name == F1 else below
            self._curves[name] = plot.plot(
                pen=graph.mkPen(colour, width=2), symbol="o", symbolSize=4, symbolBrush=colour, symbolPen=None
            )

    def _words(self, best: Optional[tuple[int, float]]) -> str:
        names = {F1: tr("Validation F1"), LOSS: tr("Training loss"), VALIDATION_LOSS: tr("Validation loss")}
        shown = [
            f'<span style="color: {COLOURS[name].name()}">■</span>&nbsp;{text.replace(" ", "&nbsp;")}'
            for name, text in names.items()
            if self.points(name)
        ]
        best_words = ""
        if best is not None:
            best_words = "<br>┆ " + tr("Best: epoch {epoch}, F1 {f1:.2f}").format(epoch=best[0], f1=best[1])
        return "&nbsp; ".join(shown) + best_words


def _whole_step(epochs: int) -> int:
    """Between ticks: there are no halves of epochs, and at most some ten of them are to be read."""
    step = 10 ** max(0, len(str(epochs)) - 2)
    return next(step * factor for factor in (1, 2, 5, 10) if epochs <= 10 * step * factor)
