"""Places on the map that are flood, or are not, and the threshold that tells them apart best."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, Optional

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
)
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from ..plain_text import PlainLabel
from ..translation import tr
from ..widgets.maptools import PointTool, outline_band
from ..widgets.parts import quiet
from .water_on_map import STEP_DB, STEPS, WaterView

__all__ = ["FloodMarks", "best_shift", "errors_at"]

# Okabe and Ito's sky blue and orange, with an icon's rim on any ground.
COLOURS = {True: QColor(86, 180, 233), False: QColor(230, 159, 0)}


class _Mark(NamedTuple):
    """A place, whether it is flood, and by how many dB thresholds must be brighter for it to be water."""

    point: QgsGeometry
    crs: QgsCoordinateReferenceSystem
    wet: bool
    needs: Optional[float]


def errors_at(shift: float, wet: Sequence[float], dry: Sequence[float]) -> int:
    """How many marks thresholds that are so many dB brighter get wrong.

    Parameters
    ----------
    shift : float
    wet, dry : sequence of float
        By how many dB thresholds must be brighter for each mark to be water; infinite for never.
    """
    return sum(need > shift for need in wet) + sum(need <= shift for need in dry)


def best_shift(wet: Sequence[float], dry: Sequence[float], home: float = 0.0) -> float:
    """The shift of thresholds that gets the fewest marks wrong; of several the one nearest to `home`."""
    shifts = [step * STEP_DB for step in range(-STEPS, STEPS + 1)]
    return min(shifts, key=lambda shift: (errors_at(shift, wet, dry), abs(shift - home), shift))


class FloodMarks(QWidget):
    """Two tools that put marks on the map, and a button that takes all off.

    Parameters
    ----------
    canvas : QgsMapCanvas

    Signals
    -------
    wanted()
        The user is about to mark: the view is needed.
    changed()
        Other marks, or the view tells more of them.
    problem : str
        Why nothing can be marked.
    """

    wanted = pyqtSignal()
    changed = pyqtSignal()
    problem = pyqtSignal(str)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._marks: list[_Mark] = []
        self._bands: list[QgsRubberBand] = []
        self._view: Optional[WaterView] = None
        self.buttons = {True: QToolButton(), False: QToolButton()}
        self._tools = {True: PointTool(canvas), False: PointTool(canvas)}
        words = {
            True: (
                tr("Flood"),
                tr("Mark places on the map that are flood: the threshold turns so that they are water"),
            ),
            False: (tr("Not flood"), tr("Mark places that are no flood: the threshold turns so that they stay dry")),
        }
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(PlainLabel(tr("Mark:")))
        for wet, button in self.buttons.items():
            button.setText(words[wet][0])
            button.setToolTip(words[wet][1])
            button.setCheckable(True)
            button.clicked.connect(partial(self._on_button, wet))
            row.addWidget(button)
            tool = self._tools[wet]
            tool.drawn.connect(partial(self._add, wet))
            tool.ended.connect(self._show_tools)
        self.clear_button = QToolButton()
        self.clear_button.setText(tr("Clear"))
        self.clear_button.setToolTip(tr("Take all marks off"))
        self.clear_button.setAutoRaise(True)
        self.clear_button.clicked.connect(self.clear)
        row.addWidget(self.clear_button)
        row.addStretch(1)
        self.told = quiet(PlainLabel())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.told)
        canvas.destinationCrsChanged.connect(self._draw)
        self._show()

    def needs(self) -> tuple[list[float], list[float]]:
        """By how many dB thresholds must be brighter for each mark of flood to be water, and for each that is none."""
        known = [(mark.wet, mark.needs) for mark in self._marks if mark.needs is not None]
        wet, dry = ([need for is_wet, need in known if is_wet == kind] for kind in (True, False))
        return wet, dry

    def set_view(self, view: Optional[WaterView]) -> None:
        """Look in this view at the marks of which nothing is known yet; the others stay what they were."""
        self._view = view
        seen = [self._seen(mark) if mark.needs is None else mark for mark in self._marks]
        news, self._marks = seen != self._marks, seen
        if news:
            self.changed.emit()

    def tell(self, text: str) -> None:
        """Say how the marks are told apart."""
        self.told.setText(text)
        self.told.setVisible(bool(text))

    def clear(self) -> None:
        """Take all marks off."""
        self.stop_drawing()
        self._marks = []
        self._show()
        self.changed.emit()

    def stop_drawing(self) -> None:
        """Give the map back."""
        for tool in self._tools.values():
            tool.cancel()

    def close_tools(self) -> None:
        """Take everything off the map canvas."""
        if not self._tools:
            return
        self._canvas.destinationCrsChanged.disconnect(self._draw)
        for tool in self._tools.values():
            tool.close()
        self._tools, self._marks = {}, []
        self._draw()

    def _on_button(self, wet: bool) -> None:
        tool = self._tools[wet]
        if tool.is_drawing():
            tool.cancel()
        elif self._canvas.mapSettings().destinationCrs().isValid():
            tool.start()
            self.wanted.emit()
        else:
            self.problem.emit(tr("The project has no coordinate system yet; load an image first."))
        self._show_tools()

    def _add(self, wet: bool, point: QgsGeometry, crs: QgsCoordinateReferenceSystem) -> None:
        self._marks.append(self._seen(_Mark(point, crs, wet, None)))
        self._tools[wet].start()  # for the next one; Esc ends it
        self._show_tools()
        self._show()
        self.changed.emit()

    def _seen(self, mark: _Mark) -> _Mark:
        view = self._view
        if view is None:
            return mark
        try:
            place = QgsCoordinateTransform(mark.crs, view.crs, QgsProject.instance()).transform(mark.point.asPoint())
        except QgsCsException:
            return mark
        needs = view.needs(QgsPointXY(place))
        return mark if needs is None else mark._replace(needs=needs)

    def _show_tools(self) -> None:
        for wet, tool in self._tools.items():
            self.buttons[wet].setChecked(tool.is_drawing())

    def _show(self) -> None:
        self.clear_button.setVisible(bool(self._marks))
        self.tell("")
        self._draw()

    def _draw(self) -> None:
        for band in self._bands:
            self._canvas.scene().removeItem(band)
        self._bands = []
        for mark in self._marks:
            band = outline_band(self._canvas, COLOURS[mark.wet])
            if not mark.wet:
                band.setIcon(QgsRubberBand.IconType.ICON_X)
            band.setWidth(3)
            try:
                band.setToGeometry(mark.point, mark.crs)
            except QgsCsException:  # the map cannot show the place; it stays what it is
                band.reset()
            self._bands.append(band)
