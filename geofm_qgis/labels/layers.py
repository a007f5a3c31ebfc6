"""Layers of labelled polygons: made for an analyst to draw in, and coloured by class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsDefaultValue,
    QgsEditFormConfig,
    QgsEditorWidgetSetup,
    QgsExpression,
    QgsFeatureRequest,
    QgsFillSymbol,
    QgsProject,
    QgsRendererCategory,
    QgsSymbol,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtGui import QColor

from ..engine.cards import classes as engine_classes
from ..engine.cards.colours import colours_for
from ..engine.errors import GeoFMError
from ..project.sources import vector_source
from ..translation import tr

__all__ = [
    "CLASS_FIELD",
    "LabelError",
    "all_colours",
    "class_colours",
    "class_name",
    "draw_as",
    "is_label_layer",
    "labels_source",
    "make_label_layer",
    "set_classes",
]

CLASS_FIELD = "class"
COLOUR_FIELD = "color"  # as the engine looks for it
STYLE = "geofm"  # the name under which classes and form lie in the file
MARK = "geofm/labels"  # tells the layers that were made here
NO_CLASS = "#9a9a9a"
MOST_COPIED = 1500  # features: QGIS's window waits for it, 0.03 ms for each
FILL = 110  # opacity of 255: the image below must be seen


class LabelError(GeoFMError):
    """A layer of labels cannot be made: the message says why and what to do."""


def make_label_layer(
    path: Path, crs: QgsCoordinateReferenceSystem, classes: Mapping[str, QColor], title: Optional[str] = None
) -> QgsVectorLayer:
    """Write an empty GeoPackage of polygons with a class field, and open it with its classes and their form.

    Parameters
    ----------
    path : Path
        Of a file that is not there yet; its folder is made.
    crs : QgsCoordinateReferenceSystem
    classes : mapping of str to QColor
        In the order of the legend; there may be none yet.
    title : str, optional
        Of the layer. Default: the file's name.

    Raises
    ------
    LabelError
        If it cannot be written.
    """
    # By way of a layer in memory, whose fields are given as text: their types have other names in Qt 6.
    plan = QgsVectorLayer(f"Polygon?field={CLASS_FIELD}:string(254)", path.stem, "memory")
    plan.setCrs(crs)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = path.stem
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_made(path, error.strerror) from error
    if path.exists():
        raise _not_made(path, tr("it is there already"))
    context = QgsProject.instance().transformContext()
    code, reason, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(plan, str(path), context, options)
    layer = QgsVectorLayer(f"{path}|layername={path.stem}", title or path.stem, "ogr")
    if code != QgsVectorFileWriter.WriterError.NoError or not layer.isValid():
        raise _not_made(path, reason)
    layer.setCustomProperty(MARK, True)
    set_classes(layer, CLASS_FIELD, classes)
    return layer


def is_label_layer(layer: QgsVectorLayer) -> bool:
    """Whether `make_label_layer` made it: GeoFM may then change its classes and its form."""
    return bool(layer.customProperty(MARK))


def class_name(value: Any) -> Optional[str]:
    """The class that a field's value stands for; None for NULL and blank text."""
    if value is None or (hasattr(value, "isNull") and value.isNull()):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return engine_classes.class_name(str(value)) or None


def class_colours(layer: QgsVectorLayer, field: str) -> dict[str, QColor]:
    """The classes in the layer's legend with their colours, if it is coloured by this field."""
    renderer = layer.renderer()
    if not isinstance(renderer, QgsCategorizedSymbolRenderer) or renderer.classAttribute().strip('"') != field:
        return {}
    colours = {}
    for category in renderer.categories():
        values = category.value() if isinstance(category.value(), list) else [category.value()]
        for name in filter(None, map(class_name, values)):
            colour = QColor(category.symbol().color())
            colour.setAlpha(255)
            colours[name] = colour
    return colours


def set_classes(layer: QgsVectorLayer, field: str, classes: Mapping[str, QColor]) -> None:
    """Colour a layer by class; one that was made here also offers these classes in its form."""
    kind = layer.geometryType()
    index = layer.fields().indexOf(field)
    numbers = index >= 0 and layer.fields().at(index).isNumeric()
    categories = [
        QgsRendererCategory(float(name) if numbers else name, _symbol(kind, colour), name)
        for name, colour in classes.items()
    ]
    categories.append(QgsRendererCategory("", _symbol(kind, QColor(NO_CLASS)), tr("no class")))
    layer.setRenderer(QgsCategorizedSymbolRenderer(field, categories))
    if is_label_layer(layer) and index >= 0:
        choices = [{name: name} for name in classes]
        layer.setEditorWidgetSetup(index, QgsEditorWidgetSetup("ValueMap", {"map": choices}))
        layer.setFieldAlias(index, tr("Class"))
    layer.triggerRepaint()
    layer.emitStyleChanged()
    if is_label_layer(layer):
        _keep_in_file(layer)


def _keep_in_file(layer: QgsVectorLayer) -> None:
    """Write classes, colours and form into the layer's file, so that another project opens it with them."""
    count, ids, *_ = layer.listStylesInDatabase()
    for number in ids[: max(count, 0)]:  # asked to replace one, QGIS would ask the user
        layer.deleteStyleFromDatabase(number)
    layer.saveStyleToDatabase(STYLE, "", True, "")


def draw_as(layer: QgsVectorLayer, field: str, name: Optional[str]) -> None:
    """Let new polygons be of one class without a question; with None, let the form ask."""
    index = layer.fields().indexOf(field)
    expression = "" if name is None else QgsExpression.quotedString(name)
    layer.setDefaultValueDefinition(index, QgsDefaultValue(expression))
    form = layer.editFormConfig()
    suppress = QgsEditFormConfig.FeatureFormSuppress
    form.setSuppress(suppress.SuppressOff if name is None else suppress.SuppressOn)
    layer.setEditFormConfig(form)


def labels_source(layer: QgsVectorLayer, field: str, colours: Mapping[str, QColor], folder: str) -> str:
    """What the engine can open: a copy with the class of each feature and its colour.

    The copy holds what is drawn but not saved yet, and stays as it was when the model learned from it. Of very many
    features none is made where the layer's file can be handed over: the engine then chooses the colours.

    Raises
    ------
    SourceError
        If there is nothing to copy, or the copy cannot be written.
    """
    if not layer.isValid() or not 0 < layer.featureCount() <= MOST_COPIED:
        return vector_source(layer, folder)  # which says what is wrong, or hands over the file itself if it can
    request = QgsFeatureRequest().setSubsetOfAttributes([field], layer.fields())
    copy = layer.materialize(request)
    copy.setName(layer.name())
    pairs = ", ".join(
        f"{QgsExpression.quotedString(name)}, {QgsExpression.quotedString(colour.name())}"
        for name, colour in colours.items()
    )
    # A field given as text: its type has another name in Qt 6.
    text = QgsVectorLayer(f"Point?field={COLOUR_FIELD}:string(7)", "", "memory").fields().at(0)
    copy.addExpressionField(f"map_get(map({pairs}), trim(to_string({QgsExpression.quotedColumnRef(field)})))", text)
    return vector_source(copy, folder)


def all_colours(names: Iterable[str], known: Mapping[str, QColor]) -> dict[str, QColor]:
    """The colours of all these classes as the engine would choose them where they are not known: water is blue."""
    names = list(names)
    given = [known[name].name() if name in known else None for name in names]
    return {name: QColor(colour) for name, colour in zip(names, colours_for(names, given))}


def _symbol(kind: QgsWkbTypes.GeometryType, colour: QColor) -> QgsSymbol:
    if kind != QgsWkbTypes.GeometryType.PolygonGeometry:
        symbol = QgsSymbol.defaultSymbol(kind)
        symbol.setColor(colour)
        return symbol
    red, green, blue = colour.red(), colour.green(), colour.blue()
    return QgsFillSymbol.createSimple(
        {
            "color": f"{red},{green},{blue},{FILL}",
            "outline_color": f"{red},{green},{blue},255",
            "outline_width": "0.5",
            "joinstyle": "round",
        }
    )


def _not_made(path: Path, reason: str) -> LabelError:
    return LabelError(
        tr("The label layer {path} cannot be made ({reason}); choose another file.").format(path=path, reason=reason)
    )
