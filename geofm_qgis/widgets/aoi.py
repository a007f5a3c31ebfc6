"""The area of interest: chosen in the panel, drawn on the map, handed over as GeoJSON."""

from __future__ import annotations

import contextlib
from typing import Optional

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsFields,
    QgsGeometry,
    QgsJsonUtils,
    QgsMapLayer,
    QgsMapLayerProxyModel,
    QgsPointXY,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas, QgsMapLayerComboBox, QgsRubberBand
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ..plain_text import PlainLabel
from ..project.area import Area, AreaError
from ..project.imagery import ImageFacts
from ..translation import area_text, number_text, tr
from .lists import fit_into_panel
from .maptools import DrawTool, PolygonTool, RectangleTool, outline_band

__all__ = ["AoiChooser"]

IMAGE, LAYER, VIEW, RECTANGLE, POLYGON, SELECTION = "image", "layer", "view", "rectangle", "polygon", "selection"
MANY = 10_000_000  # pixels, which are told in millions
Filter = QgsMapLayerProxyModel.Filter


class AoiChooser(QWidget):
    """Lets the analyst choose the area of interest and shows it on the map.

    Parameters
    ----------
    canvas : QgsMapCanvas
        Where areas are drawn and shown.

    Signals
    -------
    changed()
        Another area is chosen, or none any more.
    """

    changed = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._area: Optional[Area] = None
        self._image = ""  # how large the whole of it is
        self._problem = ""
        self._watched: Optional[QgsVectorLayer] = None
        self._band: Optional[QgsRubberBand] = None
        self._tools: dict[str, DrawTool] = {RECTANGLE: RectangleTool(canvas), POLYGON: PolygonTool(canvas)}
        self._make_widgets()
        self._lay_out()
        self._connect()
        self._refresh()

    # What is chosen ---------------------------------------------------------------------------------------------------

    def geojson(self) -> Optional[str]:
        """A GeoJSON Polygon or MultiPolygon in WGS84 longitudes and latitudes; None for the whole image.

        Raises
        ------
        AreaError
            If an area is to be used but none is there: the whole image must not be mapped by mistake.
        """
        if self.mode() == IMAGE:
            return None
        if self._area is None:
            raise AreaError(self._problem or self._missing())
        return self._area.geojson()

    def mode(self) -> str:
        """How the area is chosen: 'image', 'layer', 'view', 'rectangle', 'polygon' or 'selection'."""
        return str(self.modes.currentData())

    def set_mode(self, mode: str) -> None:
        """Choose as the user does in the list."""
        self.modes.setCurrentIndex(self.modes.findData(mode))
        self._on_mode()

    def set_geometry(self, geometry: QgsGeometry, crs: QgsCoordinateReferenceSystem) -> None:
        """Take a polygon; what is wrong with it is shown, and raised by `geojson`."""
        self._stop_drawing()
        if self.mode() not in (RECTANGLE, POLYGON):
            self._watch(None)
            self.modes.setCurrentIndex(self.modes.findData(POLYGON))
        self._take(geometry, crs)

    def set_geojson(self, text: Optional[str]) -> None:
        """Take the area of a request, if it is one of the panel; else the whole image."""
        feature = f'{{"type": "Feature", "properties": {{}}, "geometry": {text}}}'
        features = QgsJsonUtils.stringToFeatureList(feature, QgsFields()) if (text or "").startswith("{") else []
        if features:
            self.set_geometry(features[0].geometry(), QgsCoordinateReferenceSystem("EPSG:4326"))
        else:
            self.clear()

    def set_image(self, facts: Optional[ImageFacts]) -> None:
        """Say how large the whole image is; None where nobody knows."""
        self._image = "" if facts is None else _size_of(facts)
        self._refresh()

    def clear(self) -> None:
        """Back to the whole image."""
        self.set_mode(IMAGE)

    def close_tools(self) -> None:
        """Take everything off the canvas: the outline, and the tools with what they draw."""
        if not self._tools:
            return
        for tool in self._tools.values():
            tool.close()
        self._tools = {}
        if self._band is not None:
            self._canvas.scene().removeItem(self._band)
            self._band = None
        self._watch(None)
        self._canvas.destinationCrsChanged.disconnect(self._show_on_map)

    # Looks ------------------------------------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.modes = QComboBox()
        for mode, text, icon in (
            (IMAGE, tr("Whole image"), "mIconRaster.svg"),
            (LAYER, tr("Extent of a layer"), "mActionZoomToLayer.svg"),
            (VIEW, tr("Map canvas extent"), "mActionZoomFullExtent.svg"),
            (RECTANGLE, tr("Rectangle drawn on the map"), "mActionAddBasicRectangle.svg"),
            (POLYGON, tr("Polygon drawn on the map"), "mActionCapturePolygon.svg"),
            (SELECTION, tr("Selected features"), "mActionSelectRectangle.svg"),
        ):
            self.modes.addItem(QgsApplication.getThemeIcon(icon), text, mode)
        self.modes.setAccessibleName(tr("Area of interest"))
        fit_into_panel(self.modes)
        self.act = QToolButton()
        self.act.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.layers = QgsMapLayerComboBox()
        fit_into_panel(self.layers)
        self.layers.setAccessibleName(tr("Layer of the area of interest"))
        self.note_icon, self.note, self.size = QLabel(), PlainLabel(), PlainLabel()
        self.note_icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.note.setWordWrap(True)
        self.size.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.clear_button = QToolButton()
        self.clear_button.setText(tr("Clear"))
        self.clear_button.setToolTip(tr("Map the whole image again"))
        self.clear_button.setIcon(QgsApplication.getThemeIcon("mIconClearText.svg"))
        self.clear_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.clear_button.setAutoRaise(True)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(_row(self.modes, self.act, stretch=self.modes))
        layout.addWidget(self.layers)
        layout.addLayout(_row(self.note_icon, self.note, stretch=self.note))
        layout.addLayout(_row(self.size, self.clear_button, stretch=self.size))

    def _connect(self) -> None:
        self.modes.activated.connect(self._on_mode)
        self.act.clicked.connect(self._on_act)
        self.layers.layerChanged.connect(self._on_layer)
        self.clear_button.clicked.connect(self.clear)
        self._canvas.destinationCrsChanged.connect(self._show_on_map)
        for tool in self._tools.values():
            tool.drawn.connect(self._take)
            tool.hint_changed.connect(self.note.setText)
            tool.ended.connect(self._refresh)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc ends drawing also while the keyboard is still here."""
        if event.key() == Qt.Key.Key_Escape and self._is_drawing():
            self._stop_drawing()
        else:
            super().keyPressEvent(event)

    # Choosing ---------------------------------------------------------------------------------------------------------

    def _on_mode(self) -> None:
        self._stop_drawing()
        self._watch(None)
        self._area, self._problem = None, ""
        mode = self.mode()
        if mode in (LAYER, SELECTION):
            self._offer_layers(Filter.PolygonLayer if mode == SELECTION else Filter.HasGeometry | Filter.RasterLayer)
            self._on_layer()
        elif mode == VIEW:
            self._take_view()
        else:
            self._settle()
            if mode in self._tools:
                self._draw()

    def _on_act(self) -> None:
        if self._is_drawing():
            self._stop_drawing()
        elif self.mode() == VIEW:
            self._take_view()
        else:
            self._draw()

    def _offer_layers(self, kinds: QgsMapLayerProxyModel.Filter) -> None:
        self.layers.blockSignals(True)
        self.layers.setFilters(kinds)
        self.layers.setLayer(self._canvas.currentLayer() or self.layers.currentLayer())
        if self.layers.currentLayer() is None and self.layers.count():
            self.layers.setCurrentIndex(0)
        self.layers.blockSignals(False)

    def _on_layer(self) -> None:
        layer = self.layers.currentLayer()
        if self.mode() == LAYER:
            self._take_extent(layer)
        elif self.mode() == SELECTION:
            self._watch(layer)
            self._take_selection()

    def _watch(self, layer: Optional[QgsVectorLayer]) -> None:
        """Follow the selection of one layer."""
        if self._watched is not None and not sip.isdeleted(self._watched):
            self._watched.selectionChanged.disconnect(self._take_selection)
        self._watched = layer
        if layer is not None:
            layer.selectionChanged.connect(self._take_selection)

    def _draw(self) -> None:
        if not self._canvas.mapSettings().destinationCrs().isValid():
            self._refuse(tr("The project has no coordinate system to draw in; set one (Project > Properties > CRS)."))
            return
        self._problem = ""
        self._tools[self.mode()].start()
        self._refresh()

    def _is_drawing(self) -> bool:
        return any(tool.is_drawing() for tool in self._tools.values())

    def _stop_drawing(self) -> None:
        for tool in self._tools.values():
            tool.cancel()

    def _missing(self) -> str:
        """What to do where there is no area yet."""
        if self.mode() in (LAYER, SELECTION) and self.layers.currentLayer() is None:
            return tr("No such layer is loaded; load one, or draw the area.")
        return {
            RECTANGLE: tr("Press Draw, then drag a rectangle on the map."),
            POLYGON: tr("Press Draw, then click the corners of the area on the map."),
            SELECTION: tr("Select polygons of this layer on the map; together they are the area."),
        }.get(self.mode(), tr("Choose the area of interest first."))

    # Taking -----------------------------------------------------------------------------------------------------------

    def _take_extent(self, layer: Optional[QgsMapLayer]) -> None:
        if layer is None:
            self._refuse("")
        elif layer.extent().isEmpty():
            self._refuse(tr("“{name}” is empty; choose another layer.").format(name=layer.name()))
        else:
            self._take(QgsGeometry.fromRect(layer.extent()), layer.crs())

    def _take_view(self) -> None:
        settings = self._canvas.mapSettings()
        corners = [QgsPointXY(corner) for corner in settings.visiblePolygon()]
        self._take(QgsGeometry.fromPolygonXY([corners]), settings.destinationCrs())

    def _take_selection(self) -> None:
        layer = self.layers.currentLayer()
        if layer is None or not layer.selectedFeatureCount():
            self._refuse("")
            return
        shapes = [feature.geometry() for feature in layer.selectedFeatures() if feature.hasGeometry()]
        crossed = [shape for shape in shapes if not shape.isGeosValid()]
        united = QgsGeometry.unaryUnion([shape if shape.isGeosValid() else shape.makeValid() for shape in shapes])
        parts = [
            part for part in united.asGeometryCollection() if part.type() == QgsWkbTypes.GeometryType.PolygonGeometry
        ]
        self._take(QgsGeometry.collectGeometry(parts), layer.crs())
        if crossed and self._area:
            self._problem = tr("Selected outlines that cross themselves were repaired; check the area on the map.")
            self._settle()

    def _take(self, geometry: QgsGeometry, crs: QgsCoordinateReferenceSystem) -> None:
        try:
            self._area, self._problem = Area(geometry, crs), ""
        except AreaError as error:
            self._area, self._problem = None, str(error)
        self._settle()

    def _refuse(self, problem: str) -> None:
        self._area, self._problem = None, problem
        self._settle()

    # Showing ----------------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        self._refresh()
        self._show_on_map()
        self.changed.emit()

    def _refresh(self) -> None:
        mode, drawing = self.mode(), self._is_drawing()
        self.layers.setVisible(mode in (LAYER, SELECTION))
        self.act.setVisible(mode in (VIEW, RECTANGLE, POLYGON))
        self.act.setText(tr("Cancel") if drawing else tr("Update") if mode == VIEW else tr("Draw"))
        self.act.setIcon(QgsApplication.getThemeIcon(_act_icon(mode, drawing)))
        self.act.setToolTip(_act_tip(mode, drawing))
        if not drawing:
            needs_area = mode != IMAGE and self._area is None
            self.note.setText(self._problem or (self._missing() if needs_area else ""))
        icon = QgsApplication.getThemeIcon("mIconWarning.svg" if self._problem else "mIconInfo.svg")
        self.note_icon.setPixmap(icon.pixmap(QSize(16, 16)))
        self.note.setVisible(bool(self.note.text()))
        self.note_icon.setVisible(bool(self.note.text()))
        whole = self._image if mode == IMAGE else ""
        self.size.setText(area_text(1e6 * self._area.km2()) if self._area else whole)
        self.size.setVisible(bool(self.size.text()))
        self.clear_button.setVisible(self._area is not None)

    def _show_on_map(self) -> None:
        if self._area is None:
            if self._band is not None:
                self._band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)
            return
        if self._band is None:
            self._band = outline_band(self._canvas)
        try:
            self._band.setToGeometry(self._area.outline, self._area.crs)
        except QgsCsException:  # the map cannot show the place; the area stays what it is
            self._band.reset(QgsWkbTypes.GeometryType.PolygonGeometry)


def _size_of(facts: ImageFacts) -> str:
    """Of a whole image: its area, where its place on the Earth is known, and its pixels."""
    count = facts.extent.area() / facts.pixel_area if facts.pixel_area else 0.0
    pixels = tr("{count} Mpx") if count >= MANY else tr("{count} pixels")
    words = [pixels.format(count=number_text(count / 1e6 if count >= MANY else count, 0))]
    with contextlib.suppress(AreaError):  # it has no place, or goes around the Earth
        words.insert(0, area_text(1e6 * Area(QgsGeometry.fromRect(facts.extent), facts.crs).km2()))
    return " · ".join(words)


def _row(*widgets: QWidget, stretch: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget, int(widget is stretch))
    return row


def _act_icon(mode: str, drawing: bool) -> str:
    if drawing:
        return "mActionCancelEdits.svg"
    return {VIEW: "mActionRefresh.svg", RECTANGLE: "mActionAddBasicRectangle.svg"}.get(
        mode, "mActionCapturePolygon.svg"
    )


def _act_tip(mode: str, drawing: bool) -> str:
    if drawing:
        return tr("Stop drawing")
    return tr("Take what the map shows now") if mode == VIEW else tr("Draw the area on the map")
