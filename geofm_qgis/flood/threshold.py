"""The threshold of a map under the hand: dragged in its histogram, seen on the map at once, turned by marks."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsCoordinateReferenceSystem
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QSignalBlocker, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import GeoFMError
from ..engine.jobs.requests import BY_HAND, FloodRequest, Request, WaterViewRequest, from_json
from ..engine.jobs.result import Result
from ..jobs.client import JobClient
from ..plain_text import PlainLabel, in_html
from ..translation import tr
from ..widgets.parts import quiet
from ..widgets.plots import KEY_STEP_DB, BackscatterPlot
from .looks import ImageLooks
from .marks import FloodMarks, best_shift, errors_at
from .water_on_map import COMES, GOES, STAYS, STEP_DB, STEPS, WaterOnMap, WaterView

__all__ = ["ThresholdTool"]

REACH_DB = STEP_DB * STEPS
MS_UNTIL_THE_MAP_RESTS = 300
MOST_SIDE = 4096  # pixels of a view


class ThresholdTool(QWidget):
    """The histogram of a map's image, whose thresholds can be moved, and what would be water then.

    VV and VH are moved together, since water is judged by both. The engine looks at what the map shows; one answer
    serves all thresholds, so that dragging is only another colouring.

    Parameters
    ----------
    client : JobClient
    canvas : QgsMapCanvas

    Signals
    -------
    map_again_requested : FloodRequest
        The map that is shown, asked for anew with the thresholds chosen; its outputs are still those of the old one.
    """

    map_again_requested = pyqtSignal(object)

    def __init__(self, client: JobClient, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._request: Optional[FloodRequest] = None
        self._report = ""
        self._levels: dict[str, float] = {}
        self._shift, self._home = 0.0, 0.0
        self._shown_once = False  # the view, since there is this result
        self._crs = QgsCoordinateReferenceSystem()  # of the view that was asked for last
        self._water: Optional[WaterOnMap] = None
        self.plot = BackscatterPlot()
        self.plot.moved.connect(self._take)
        self.numbers: dict[str, QDoubleSpinBox] = {}
        self.found = QToolButton()
        self.found.setText(tr("As found"))
        self.found.setAutoRaise(True)
        self.found.setToolTip(tr("Back to the thresholds that were found in the image"))
        self.found.clicked.connect(lambda: self._take(self._home))
        self.preview = QCheckBox(tr("Show water on the map"))
        self.preview.setToolTip(
            tr("What would be water at these thresholds, by all rules of the map, as fine as the view")
        )
        self.preview.toggled.connect(self._on_preview)
        self.told = quiet(PlainLabel())
        self.told.hide()
        self.colours = quiet(QLabel())
        self.marks = FloodMarks(canvas)
        self.marks.wanted.connect(lambda: self.preview.setChecked(True))
        self.marks.changed.connect(self._turn)
        self.marks.problem.connect(self._say)
        self.again = QPushButton(tr("Map again with these"))
        self.again.setToolTip(
            tr("The same images and options with these thresholds; the map gets a folder and layers of its own")
        )
        self.again.clicked.connect(self._ask_again)
        self._looks = ImageLooks(client, self)
        self._looks.seen.connect(self._on_seen)
        self._looks.failed.connect(lambda _, text: self._say(text))
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(MS_UNTIL_THE_MAP_RESTS)
        self._rest.timeout.connect(self._look)
        self._lay_out()

    def _lay_out(self) -> None:
        self._row = QHBoxLayout()
        self._hand = QWidget()
        below = QVBoxLayout(self._hand)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        below.addLayout(self._row)
        for widget in (self.preview, self.colours, self.marks, self.told):
            below.addWidget(widget)
        last = QHBoxLayout()
        last.addWidget(self.again, 1)
        last.addWidget(self.found)
        below.addLayout(last)
        words = tr("{stays}: stays, {comes}: becomes water, {goes}: goes")
        self.colours.setTextFormat(Qt.TextFormat.RichText)
        self.colours.setText(in_html(words).format(**_blots()))
        self.colours.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        layout.addWidget(self._hand)

    # What is shown ----------------------------------------------------------------------------------------------------

    def show_result(self, result: Result) -> None:
        """Show the histogram of a map; it has none if a network made it."""
        self.marks.clear()
        self.preview.setChecked(False)
        self._shown_once = False
        model = result.summary["thresholds"].get("after")
        self.setVisible(model is not None)
        if model is None:
            return
        bands = model["polarisations"]
        self._levels = {name: values["threshold_db"] for name, values in bands.items()}
        last = [*bands.values()][-1]
        self._home = last.get("found_db", last["threshold_db"]) - last["threshold_db"]
        self._request, self._report = _asked(result), _report_of(result)
        can = self._request is not None and set(bands) <= set(BY_HAND.values())
        self._hand.setVisible(can)
        self.plot.show_thresholds(model, REACH_DB if can else 0.0)
        self.preview.setEnabled(bool(self._report))
        self.marks.setEnabled(bool(self._report))
        self._make_numbers()
        self._set(0.0)

    def shift(self) -> float:
        """By how many dB the thresholds are brighter than those of the map."""
        return self._shift

    def close_tools(self) -> None:
        """Take everything off the map canvas."""
        self.preview.setChecked(False)
        self.marks.close_tools()
        self._looks.close()

    def _make_numbers(self) -> None:
        while self._row.count():
            item = self._row.takeAt(0).widget()
            item.hide()
            item.deleteLater()
        self.numbers = {}
        for name, level in self._levels.items():
            number = QDoubleSpinBox()
            number.setDecimals(1)
            number.setRange(level - REACH_DB, level + REACH_DB)
            number.setSingleStep(KEY_STEP_DB)
            number.setSuffix(" dB")
            number.setKeyboardTracking(False)
            number.setToolTip(tr("Darker than this may be water. VV and VH are moved together."))
            number.setAccessibleName(tr("{band} threshold").format(band=name))
            number.valueChanged.connect(partial(self._on_number, name))
            self.numbers[name] = number
            self._row.addWidget(PlainLabel(name))
            self._row.addWidget(number, 1)
        chain = [self.plot, *self.numbers.values(), self.preview]  # Tab follows the eye
        for first, second in zip(chain, chain[1:]):
            self.setTabOrder(first, second)

    # The thresholds ---------------------------------------------------------------------------------------------------

    def _on_number(self, name: str, value: float) -> None:
        self._take(value - self._levels[name])

    def _take(self, shift: float) -> None:
        """What the user chose."""
        self._set(shift)
        self._tell_errors()
        if not self._shown_once and self.preview.isEnabled():
            self.preview.setChecked(True)

    def _turn(self) -> None:
        """Have the marks choose."""
        wet, dry = self.marks.needs()
        if wet or dry:
            self._set(best_shift(wet, dry, self._home))
        self._tell_errors()

    def _set(self, shift: float) -> None:
        self._shift = max(-REACH_DB, min(REACH_DB, shift))
        self.plot.set_shift(self._shift)
        for name, number in self.numbers.items():
            blocker = QSignalBlocker(number)
            number.setValue(self._levels[name] + self._shift)
            del blocker
        self.again.setEnabled(abs(self._shift) > 1e-6)
        if self._water is not None and self._water.view is not None:
            self._water.view.colour(self._shift)
            self._water.update()

    def _tell_errors(self) -> None:
        wet, dry = self.marks.needs()
        count = len(wet) + len(dry)
        right = count - errors_at(self._shift, wet, dry)
        words = tr("{right} of {count} marks are as they should be.")
        self.marks.tell(words.format(right=right, count=count) if count else "")

    def _ask_again(self) -> None:
        if self._request is None:
            return
        chosen = {f"{name.lower()}_threshold_db": level + self._shift for name, level in self._levels.items()}
        values = json.loads(self._request.to_json())
        values.update({field: round(value, 2) for field, value in chosen.items()})
        self.map_again_requested.emit(from_json(json.dumps(values)))

    def _say(self, text: str) -> None:
        self.told.setText(text)
        self.told.setVisible(bool(text))

    # The map ----------------------------------------------------------------------------------------------------------

    def _on_preview(self, wanted: bool) -> None:
        self.colours.setVisible(wanted)
        self._say("")
        if wanted:
            self._shown_once = True
            self._water = WaterOnMap(self._canvas)
            self._canvas.extentsChanged.connect(self._on_moved)
            self._canvas.destinationCrsChanged.connect(self._on_moved)
            self._look()
            return
        self._rest.stop()
        self._looks.forget()
        self._canvas.extentsChanged.disconnect(self._on_moved)
        self._canvas.destinationCrsChanged.disconnect(self._on_moved)
        self._canvas.scene().removeItem(self._water)
        self._water = None
        self.marks.set_view(None)

    def _on_moved(self) -> None:
        self._rest.start()

    def _look(self) -> None:
        """Have the engine look at what the map shows."""
        settings = self._canvas.mapSettings()
        crs, box, size = settings.destinationCrs(), settings.visibleExtent(), settings.outputSize()
        bounds = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
        sides = (min(max(side, 1), MOST_SIDE) for side in (size.width(), size.height()))
        try:
            request = WaterViewRequest(self._report, crs.authid() or crs.toWkt(), bounds, *sides)
        except GeoFMError as error:
            self._say(str(error))
            return
        self._crs = crs
        self._say(tr("Looking at the image…"))
        self._looks.ask(request)

    def _on_seen(self, request: Request, summary: dict[str, Any]) -> None:
        if self._water is None:
            return
        try:
            view = WaterView(self._crs, summary)
        except (ValueError, LookupError, TypeError):
            self._say(tr("The engine's answer cannot be read; move the map to ask again."))
            return
        self._say("")
        view.colour(self._shift)
        self._water.show_view(view)
        self.marks.set_view(view)


def _blots() -> dict[str, str]:
    """Names of the colours on the map, each after a blot of it."""
    named = {"stays": (STAYS, tr("blue")), "comes": (COMES, tr("orange")), "goes": (GOES, tr("yellow"))}
    return {name: f'<span style="color: {colour.name()}">■</span> {word}' for name, (colour, word) in named.items()}


def _asked(result: Result) -> Optional[FloodRequest]:
    """What the map was asked to be; None where that cannot be asked for again."""
    try:
        request = from_json(json.dumps(result.summary["request"]))
    except (LookupError, TypeError, ValueError, GeoFMError):
        return None
    return request if isinstance(request, FloodRequest) else None


def _report_of(result: Result) -> str:
    """The map's report; empty where none was written."""
    return next((output.path for output in result.outputs if output.kind == "table" and Path(output.path).name), "")
