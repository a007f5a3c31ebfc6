"""Examples beside the words of a query: image files, and a place drawn on the map; each can be seen and taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsApplication, QgsCoordinateReferenceSystem, QgsCsException, QgsGeometry
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ..plain_text import PlainLabel, as_written
from ..project.area import AreaError
from ..translation import tr
from ..widgets.layer_or_file import keep_folder, last_folder
from ..widgets.maptools import DrawTool, PointTool, RectangleTool, outline_band
from ..widgets.parts import quiet
from .layer import wgs84
from .places import Place, place_of

__all__ = ["EXAMPLE_ENDINGS", "QueryParts"]

EXAMPLE_ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2", ".bmp")
BLUE = QColor(0, 114, 178)  # Okabe and Ito's: neither the colour of the area that is searched nor one of a hit's
ICON = 16
LONGEST = 38  # characters of a chip


class QueryParts(QWidget):
    """Buttons that add an example, and a chip for each that there is.

    Parameters
    ----------
    canvas : QgsMapCanvas
        Where places are drawn and shown.

    Signals
    -------
    added()
        The user gave another example: the search can begin.
    changed()
        Other examples.
    problem : str
        Why what was drawn cannot be used.
    """

    added = pyqtSignal()
    changed = pyqtSignal()
    problem = pyqtSignal(str)

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._images: tuple[str, ...] = ()
        self._place = Place()
        self._band: Optional[QgsRubberBand] = None
        self.image = _button(
            tr("Image…"), "mActionAddImage", tr("Search by an example: an image file, which can also be dropped here")
        )
        self.area = _button(
            tr("Area"), "mActionAddBasicRectangle", tr("Search for more like an area: draw a rectangle on the map")
        )
        self.point = _button(
            tr("Place"), "mActionCapturePoint", tr("Search for more like a place: click it on the map")
        )
        self._tools: dict[QToolButton, DrawTool] = {self.area: RectangleTool(canvas), self.point: PointTool(canvas)}
        self.hint = quiet(PlainLabel())
        self.hint.hide()
        self._chips = QVBoxLayout()
        self._chips.setSpacing(2)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(2)
        label = quiet(PlainLabel(tr("More like:")))
        label.setWordWrap(False)
        for widget in (label, self.image, self.area, self.point):
            row.addWidget(widget)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.hint)
        layout.addLayout(self._chips)

    def _connect(self) -> None:
        self.image.clicked.connect(self._browse)
        for button, tool in self._tools.items():
            button.setCheckable(True)
            button.clicked.connect(partial(self._draw, button))
            tool.drawn.connect(self._take)
            tool.hint_changed.connect(self.hint.setText)
            tool.ended.connect(self._show_tools)
        self._canvas.destinationCrsChanged.connect(self._show_on_map)

    # What there is ----------------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """Fields of a `SearchRequest`."""
        return {"examples": self._images, "at": self._place.at, "like": self._place.like}

    def set_values(self, examples: Iterable[str] = (), at: Optional[tuple[float, ...]] = None, like: str = "") -> None:
        """Have these examples and no others."""
        self.stop_drawing()
        self._images, self._place = tuple(dict.fromkeys(examples)), Place(at, like or None)
        self._show()

    def is_empty(self) -> bool:
        """Whether the query has no examples."""
        return not self._images and not self._place

    def add_images(self, paths: Iterable[str]) -> None:
        """Take image files as examples, too, and search."""
        self._images = tuple(dict.fromkeys([*self._images, *paths]))
        self._show()
        self.added.emit()

    # The map ----------------------------------------------------------------------------------------------------------

    def is_drawing(self) -> bool:
        """Whether the map waits for a rectangle or a click."""
        return any(tool.is_drawing() for tool in self._tools.values())

    def stop_drawing(self) -> None:
        """Give the map back."""
        for tool in self._tools.values():
            tool.cancel()

    def close_tools(self) -> None:
        """Take everything off the map canvas."""
        if not self._tools:
            return
        for tool in self._tools.values():
            tool.close()
        self._tools = {}
        if self._band is not None:
            self._canvas.scene().removeItem(self._band)
            self._band = None
        self._canvas.destinationCrsChanged.disconnect(self._show_on_map)

    def _draw(self, button: QToolButton) -> None:
        wanted = not self._tools[button].is_drawing()
        self.stop_drawing()
        if wanted and self._canvas.mapSettings().destinationCrs().isValid():
            self._tools[button].start()
        elif wanted:
            self.problem.emit(tr("The project has no coordinate system yet; load an image first."))
        self._show_tools()

    def _take(self, geometry: QgsGeometry, crs: QgsCoordinateReferenceSystem) -> None:
        try:
            self._place = place_of(geometry, crs)
        except AreaError as error:
            self.problem.emit(str(error))
            return
        self._show()
        self.added.emit()

    def _show_tools(self) -> None:
        for button, tool in self._tools.items():
            button.setChecked(tool.is_drawing())
        self.hint.setVisible(self.is_drawing())

    def _show_on_map(self) -> None:
        if not self._place:
            if self._band is not None:
                self._band.reset()
            return
        if self._band is None:
            self._band = outline_band(self._canvas, BLUE)
        self._band.reset()
        try:
            self._band.setToGeometry(self._place.geometry(), wgs84())
        except QgsCsException:  # the map cannot show the place; it stays what it is
            self._band.reset()

    # Chips ------------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        while self._chips.count():
            chip = self._chips.takeAt(0).widget()
            chip.hide()
            chip.deleteLater()
        for path in self._images:
            words = tr("like {name}").format(name=Path(path).name)
            self._add_chip(words, path, "mActionAddImage", partial(self._drop_image, path))
        if self._place:
            words = tr("like {place}").format(place=self._place.words())
            icon = "mActionCapturePoint" if self._place.at is not None else "mActionAddBasicRectangle"
            self._add_chip(words, tr("The blue outline on the map"), icon, self._drop_place)
        self._show_on_map()
        self.changed.emit()

    def _add_chip(self, words: str, tip: str, icon: str, remove: Callable[[], None]) -> None:
        chip = Chip(words, tip, icon)
        chip.cross.clicked.connect(lambda: remove())
        before = self.chips()
        self._chips.addWidget(chip, 0, Qt.AlignmentFlag.AlignLeft)
        self.setTabOrder(before[-1].cross if before else self.point, chip.cross)

    def chips(self) -> list[Chip]:
        """One for each example, images first."""
        return [self._chips.itemAt(number).widget() for number in range(self._chips.count())]

    def _drop_image(self, path: str) -> None:
        self._images = tuple(other for other in self._images if other != path)
        self._show()

    def _drop_place(self) -> None:
        self._place = Place()
        self._show()

    def _browse(self) -> None:
        kinds = tr("Images ({endings});;All files (*)").format(endings=" ".join(f"*{end}" for end in EXAMPLE_ENDINGS))
        paths, _ = QFileDialog.getOpenFileNames(self, tr("Search by example images"), last_folder(), kinds)
        if paths:
            keep_folder(paths[0])
            self.add_images(paths)


class Chip(QFrame):
    """One example: what it is, and a cross that takes it away."""

    def __init__(self, words: str, tip: str, icon: str, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        picture = QLabel()
        picture.setPixmap(QgsApplication.getThemeIcon(f"{icon}.svg").pixmap(QSize(ICON, ICON)))
        half = LONGEST // 2
        self.text = PlainLabel(words if len(words) <= LONGEST else f"{words[:half]}…{words[-half:]}")
        self.setToolTip(as_written(tip))
        self.cross = QToolButton()
        self.cross.setIcon(QgsApplication.getThemeIcon("mIconCloseTab.svg"))
        self.cross.setIconSize(QSize(ICON - 4, ICON - 4))
        self.cross.setAutoRaise(True)
        self.cross.setToolTip(tr("Search without it"))
        self.cross.setAccessibleName(tr("Search without: {words}").format(words=words))
        row = QHBoxLayout(self)
        row.setContentsMargins(5, 1, 1, 1)
        row.setSpacing(4)
        for widget in (picture, self.text, self.cross):
            row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)


def _button(text: str, icon: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setIcon(QgsApplication.getThemeIcon(f"{icon}.svg"))
    button.setIconSize(QSize(ICON, ICON))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setAutoRaise(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button
