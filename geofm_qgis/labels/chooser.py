"""Which polygons teach which classes: a layer, its field, its classes, and where to draw new ones."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.core import QgsApplication, QgsFieldProxyModel, QgsMapLayerProxyModel, QgsProject, QgsVectorLayer, QgsWkbTypes
from qgis.gui import QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import (
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..engine.errors import GeoFMError, RequestError
from ..plain_text import PlainLabel, in_name
from ..project.imagery import ImageFacts
from ..project.sources import WEB_PROVIDERS
from ..translation import tr
from ..widgets.layer_or_file import browse_button, keep_folder, last_folder
from ..widgets.lists import fit_into_panel
from ..widgets.parts import narrow_form, quiet
from .class_table import ClassTable
from .counts import LabelCounter, LabelCounts
from .field import likely_class_field
from .layers import (
    CLASS_FIELD,
    all_colours,
    class_colours,
    draw_as,
    is_label_layer,
    labels_source,
    make_label_layer,
    set_classes,
)
from .new_labels import NewLabelsDialog

__all__ = ["LabelChooser"]

Filter = QgsMapLayerProxyModel.Filter
VECTORS = "*.gpkg *.shp *.geojson *.json *.fgb *.kml"
Shape = QgsWkbTypes.GeometryType
SHAPES = (Shape.PolygonGeometry, Shape.LineGeometry, Shape.PointGeometry)


class LabelChooser(QWidget):
    """A layer of polygons (or of lines or points, which are widened), the field with the class, and the classes.

    Signals
    -------
    changed()
        Another layer or field is chosen, or the counts are new.
    drawing_requested : QgsVectorLayer
        The user wants to draw polygons in this layer.
    problem : str
    """

    changed = pyqtSignal()
    drawing_requested = pyqtSignal(object)
    problem = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._images: tuple[ImageFacts, ...] = ()
        self._dressed: Optional[QgsVectorLayer] = None
        self.counts = LabelCounts()
        self.layers = QgsMapLayerComboBox()
        self.layers.setFilters(Filter.HasGeometry)
        self.layers.setExcludedProviders(list(WEB_PROVIDERS))
        self.layers.setAllowEmptyLayer(True, tr("Choose a layer of polygons…"))
        self.layers.setCurrentIndex(0)
        self.layers.setAccessibleName(tr("Layer of labelled polygons"))
        fit_into_panel(self.layers)
        self.new_button = _button(tr("New…"), "mActionNewGeoPackageLayer.svg", tr("Make a new layer to draw labels in"))
        self.browse = browse_button(tr("Choose a file of polygons"))
        self.fields = QgsFieldComboBox()
        self.fields.setFilters(QgsFieldProxyModel.Filter.String | QgsFieldProxyModel.Filter.Numeric)
        self.fields.setAccessibleName(tr("Field with the class"))
        fit_into_panel(self.fields)
        self.buffer_m = QDoubleSpinBox()
        self.buffer_m.setRange(0.1, 10_000)
        self.buffer_m.setValue(10)
        self.buffer_m.setDecimals(1)
        self.buffer_m.setSuffix(tr(" m"))
        self.buffer_m.setToolTip(tr("Lines and points are widened to so many metres on each side."))
        self.table = ClassTable()
        self.add_class = _button(tr("Add a class…"), "symbologyAdd.svg", tr("Add a class to this layer"))
        self.draw = _button(tr("Draw"), "mActionCapturePolygon.svg", tr("Draw polygons of the selected class"))
        self.note = quiet(PlainLabel())
        self.counter = LabelCounter(self)
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.layers, 1)
        row.addWidget(self.browse)
        row.addWidget(self.new_button)
        self._below = QWidget()
        form = narrow_form(self._below)
        form.addRow(tr("Class field"), self.fields)
        self._buffer_label = PlainLabel(tr("Widen by"))
        form.addRow(self._buffer_label, self.buffer_m)
        acts = QHBoxLayout()
        acts.addWidget(self.add_class)
        acts.addWidget(self.draw)
        acts.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._below)
        layout.addWidget(self.table)
        layout.addLayout(acts)
        layout.addWidget(self.note)

    def _connect(self) -> None:
        self.layers.layerChanged.connect(self._on_layer)
        self.fields.fieldChanged.connect(self._on_field)
        self.buffer_m.valueChanged.connect(self._count)
        self.counter.counted.connect(self._on_counted)
        self.table.colour_changed.connect(self._on_colour)
        self.table.chosen.connect(self._on_class)
        self.new_button.clicked.connect(self._new_layer)
        self.browse.clicked.connect(self._browse_file)
        self.add_class.clicked.connect(self._ask_for_class)
        self.draw.clicked.connect(self._on_draw)

    # What is chosen ---------------------------------------------------------------------------------------------------

    def layer(self) -> Optional[QgsVectorLayer]:
        """The layer, if one is chosen."""
        layer = self.layers.currentLayer()
        return layer if isinstance(layer, QgsVectorLayer) and not sip.isdeleted(layer) else None

    def set_layer(self, layer: Optional[QgsVectorLayer]) -> None:
        """Choose a layer, or none."""
        self.layers.setLayer(layer)

    def field(self) -> str:
        """The name of the class field; empty without one."""
        layer = self.layer()
        if layer is not None and is_label_layer(layer):
            return CLASS_FIELD  # the list of fields, which is hidden then, goes back to its first with each new class
        return str(self.fields.currentField())

    def buffer(self) -> Optional[float]:
        """To how many metres lines and points are widened; None for polygons."""
        layer = self.layer()
        polygons = layer is None or layer.geometryType() == QgsWkbTypes.GeometryType.PolygonGeometry
        return None if polygons else self.buffer_m.value()

    def source(self, folder: str) -> str:
        """What the engine can open: a copy in `folder`, with classes and colours.

        Raises
        ------
        GeoFMError
            If nothing is chosen, or the layer cannot be handed over.
        """
        layer = self.layer()
        if layer is None:
            raise RequestError(tr("Choose a layer of labelled polygons first, or make a new one."))
        if not self.field():
            raise RequestError(tr("Choose the field of “{name}” that holds the class.").format(name=layer.name()))
        return labels_source(layer, self.field(), self.colours(), folder)

    def colours(self) -> dict[str, QColor]:
        """All classes with their colours: those of the legend, and those that only the features have."""
        layer = self.layer()
        known = class_colours(layer, self.field()) if layer is not None else {}
        if layer is not None and not is_label_layer(layer):  # an old legend may have classes that are gone
            known = {name: colour for name, colour in known.items() if name in self.counts.classes}
        others = (name for name in sorted(self.counts.classes) if name not in known)
        return all_colours([*known, *others], known)

    def set_images(self, images: tuple[ImageFacts, ...]) -> None:
        """Count pixels of these images."""
        if images != self._images:
            self._images = images
            self._count()

    def close(self) -> bool:
        """Follow no layer any more."""
        self.counter.close()
        return super().close()

    # Following --------------------------------------------------------------------------------------------------------

    def _on_layer(self) -> None:
        layer = self.layer()
        self.counts = LabelCounts()
        self.fields.setLayer(layer)
        if layer is not None:
            self.fields.setField(likely_class_field(layer))
            for signal in (layer.editingStarted, layer.editingStopped):
                signal.connect(self._show)
        self._count()

    def _on_field(self) -> None:
        self.counts = LabelCounts()
        self._count()

    def _count(self) -> None:
        self._show()
        self.counter.follow(self.layer(), self.field(), self._images, self.buffer())

    def _on_counted(self, counts: LabelCounts) -> None:
        self.counts = counts
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        layer = self.layer()
        ours = layer is not None and is_label_layer(layer)
        editing = layer is not None and layer.isEditable()
        self._below.setVisible(layer is not None and not ours)
        for widget in (self._buffer_label, self.buffer_m):
            widget.setVisible(self.buffer() is not None)
        self.table.setVisible(layer is not None)
        self.table.show_classes(self.colours(), self.counts, drawing=editing)
        self.add_class.setVisible(ours)
        self.draw.setVisible(ours and not editing)
        self.note.setVisible(ours and editing)
        chosen = self.table.selected()
        self.note.setText(
            tr("New polygons become “{name}”. Select another class above to draw that one.").format(name=chosen)
            if chosen
            else tr("Select a class above, then draw; without one, each new polygon asks for its class.")
        )

    # Classes and drawing ----------------------------------------------------------------------------------------------

    def _on_colour(self, name: str, colour: QColor) -> None:
        layer = self.layer()
        if layer is not None:
            set_classes(layer, self.field(), {**self.colours(), name: colour})

    def _on_class(self, name: str) -> None:
        layer = self.layer()
        if layer is not None and is_label_layer(layer):
            draw_as(layer, self.field(), name or None)
            self._show()

    def _ask_for_class(self) -> None:
        name, fine = QInputDialog.getText(self, tr("Add a class"), tr("Name of the class"))
        if fine:
            self.add(name)

    def add(self, name: str) -> None:
        """Add a class to a layer that was made here, and draw that one next."""
        layer, name = self.layer(), name.strip()
        if layer is None or not name:
            return
        colours = self.colours()
        if name not in colours:
            set_classes(layer, self.field(), all_colours([*colours, name], colours))
            self._show()
        self.table.select(name)

    def _browse_file(self) -> None:
        kinds = tr("Polygons, lines or points ({endings});;All files (*)").format(endings=VECTORS)
        path, _ = QFileDialog.getOpenFileName(self, tr("Choose a file of polygons"), last_folder(), kinds)
        if path:
            keep_folder(path)
            self.open_file(path)

    def open_file(self, path: str) -> None:
        """Put a file of labels on the map, as QGIS would, and choose it."""
        layer = QgsVectorLayer(path, in_name(Path(path).stem), "ogr")
        if not layer.isValid() or layer.geometryType() not in SHAPES:
            self.problem.emit(tr("{file} holds no polygons, lines or points.").format(file=Path(path).name))
            return
        QgsProject.instance().addMapLayer(layer)
        self.set_layer(layer)

    def _new_layer(self) -> None:
        dialog = NewLabelsDialog(self._images[0].crs if self._images else QgsProject.instance().crs(), self)
        if dialog.exec():
            self.make(dialog)
        dialog.deleteLater()

    def make(self, dialog: NewLabelsDialog) -> None:
        """Make the layer that a dialog describes, and start drawing in it."""
        try:
            layer = make_label_layer(dialog.path(), dialog.crs(), dialog.classes())
        except GeoFMError as error:
            self.problem.emit(str(error))
            return
        QgsProject.instance().addMapLayer(layer)
        self.set_layer(layer)
        for name in [*dialog.classes()][:1]:
            self.table.select(name)
        self.drawing_requested.emit(layer)

    def _on_draw(self) -> None:
        layer = self.layer()
        if layer is not None:
            self.drawing_requested.emit(layer)


def _button(text: str, icon: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setIcon(QgsApplication.getThemeIcon(icon))
    button.setToolTip(tip)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
