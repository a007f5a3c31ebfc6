"""Widgets for the images that a job reads, of one date and of several."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Optional

from qgis.core import (
    QgsApplication,
    QgsMapLayerModel,
    QgsMapLayerProxyModel,
    QgsMimeDataUtils,
    QgsProject,
    QgsRasterLayer,
)
from qgis.gui import QgsCheckableComboBox
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QMimeData, QObject, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QCursor, QDragEnterEvent, QDropEvent, QFont
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..plain_text import PlainLabel, as_written
from ..project.layers import MARK
from ..project.loading import load_images
from ..project.sources import SourceError, existing_file, raster_source
from ..translation import tr
from .layer_or_file import browse_button, keep_folder, last_folder
from .lists import fit_into_panel
from .parts import WarningLabel, flat_button, quiet

__all__ = ["DateRow", "DatesEditor"]

IMAGE_ENDINGS = (".tif", ".tiff", ".zip", ".safe", ".dim", ".vrt", ".img", ".jp2", ".png", ".jpg", ".jpeg")
Filter = QgsMapLayerProxyModel.Filter


class DateRow(QWidget):
    """The images of one date: layers that are checked in a list, and files that are added to it.

    Below them stands what is known of them, and what is odd about them, where somebody tells it.

    Signals
    -------
    changed()
        Other images are chosen.
    """

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._files: list[str] = []
        self._filling = False
        self._followed: list[QgsRasterLayer] = []
        self._chosen: list[str] = []  # ids of layers and paths of files, in the order in which they were checked
        self.combo = QgsCheckableComboBox()
        self.combo.setAccessibleName(tr("Images"))
        self.combo.lineEdit().setAcceptDrops(False)  # the whole row takes them
        fit_into_panel(self.combo)
        self.browse = browse_button(tr("Add image files"))
        self.browse.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(self.browse)
        self.add_files_action = menu.addAction(tr("Add files…"), self._browse_files)
        self.add_folder_action = menu.addAction(tr("Add a product folder (.SAFE)…"), self._browse_folder)
        self.clear_action = menu.addAction(tr("&Choose none"), lambda: self.set_sources([]))
        self.browse.setMenu(menu)
        self.facts, self.notes = quiet(PlainLabel()), WarningLabel()
        self.facts.hide()
        self.notes.hide()
        above = QHBoxLayout()
        above.addWidget(self.combo, 1)
        above.addWidget(self.browse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(above)
        layout.addWidget(self.facts)
        layout.addWidget(self.notes)
        self.setAcceptDrops(True)
        self._layers = QgsMapLayerProxyModel(self)
        self._layers.setFilters(Filter.RasterLayer)
        for signal in (self._layers.rowsInserted, self._layers.rowsRemoved, self._layers.modelReset):
            signal.connect(self._rebuild)
        # The combo's own signal tells of the mouse alone, its model of the keyboard, too.
        self.combo.model().dataChanged.connect(self._on_checked)
        self.browse.clicked.connect(self._browse_files)
        self._popup = self.combo.view().window()
        self._popup.installEventFilter(self)
        self._rebuild()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click beside the open list closes it; under X11 Qt swallows it, elsewhere it does what it was for, too."""
        outside = event.type() == QEvent.Type.MouseButtonPress and not self._popup.geometry().contains(QCursor.pos())
        if watched is self._popup and outside and QApplication.platformName() == "xcb":
            QTimer.singleShot(0, _press_what_is_under_the_mouse)
        return super().eventFilter(watched, event)

    def sources(self) -> tuple[str, ...]:
        """What the engine can open, in the order in which it was chosen; the first file counts for the job's grid.

        Raises
        ------
        SourceError
            If a layer cannot be handed over or a file is gone.
        """
        layers = {layer.id(): layer for layer in self._raster_layers()}
        paths = [raster_source(layers[key]) if key in layers else existing_file(key) for key in self._chosen]
        return tuple(dict.fromkeys(paths))  # parts of one product stand for the same product

    def set_sources(self, paths: Iterable[str]) -> None:
        """Choose these and no others: as layers where they are loaded, else as files."""
        self._chosen = []
        self.add_sources(paths)

    def add_sources(self, paths: Iterable[str]) -> None:
        """Choose these, too."""
        loaded = {source: layer.id() for layer in self._raster_layers() if (source := _source_or_none(layer))}
        self._choose([loaded.get(path, path) for path in paths])

    def add_loaded(self) -> None:
        """Choose all layers of the list, too."""
        self._choose([layer.id() for layer in self._raster_layers()])

    def is_empty(self) -> bool:
        """Whether nothing is chosen."""
        return not self._chosen

    def is_open(self) -> bool:
        """Whether the user chooses from the list right now."""
        return bool(self.combo.view().isVisible())

    def chosen(self) -> tuple[str, ...]:
        """Ids of the layers and paths of the files that are chosen."""
        return tuple(self._chosen)

    def mark_taken(self, keys: Collection[str]) -> None:
        """Show in the list what is chosen for another date."""
        font = QFont(self.combo.font())
        font.setItalic(True)
        for row in range(self.combo.count()):
            taken = self.combo.itemData(row) in keys
            self.combo.setItemData(row, font if taken else None, Qt.ItemDataRole.FontRole)

    def show_facts(self, text: str, more: str = "") -> None:
        """Say what is known of the chosen images; `more` where the mouse rests on it."""
        self.facts.setText(text)
        self.facts.setToolTip(as_written(more))
        self.facts.setVisible(bool(text))

    # Layers and files -------------------------------------------------------------------------------------------------

    def _raster_layers(self) -> list[QgsRasterLayer]:
        indices = (self._layers.index(row, 0) for row in range(self._layers.rowCount()))
        ids = [self._layers.data(index, QgsMapLayerModel.ItemDataRole.LayerIdRole) for index in indices]
        layers = [QgsProject.instance().mapLayer(layer_id) for layer_id in ids]
        loaded = [layer for layer in layers if layer is not None and layer.providerType() == "gdal"]
        return [layer for layer in loaded if not layer.customProperty(MARK)]

    def _choose(self, keys: list[str]) -> None:
        layer_ids = {layer.id() for layer in self._raster_layers()}
        self._files += [key for key in keys if key not in layer_ids and key not in self._files]
        self._chosen = list(dict.fromkeys([*self._chosen, *keys]))
        self._rebuild()
        self.changed.emit()

    def _rebuild(self) -> None:
        """Fill the list anew; what was chosen stays so if it is still there."""
        layers = self._raster_layers()
        self._follow_names(layers)
        items = [(layer.id(), layer.name(), layer.source(), "mIconRaster.svg") for layer in layers]
        items += [(path, Path(path).name, path, "mIconFile.svg") for path in self._files]
        self._filling = True
        self.combo.clear()
        for row, (key, name, source, icon) in enumerate(items):
            state = Qt.CheckState.Checked if key in self._chosen else Qt.CheckState.Unchecked
            self.combo.addItemWithCheckState(name, state, key)
            self.combo.setItemIcon(row, QgsApplication.getThemeIcon(icon))
            self.combo.setItemData(row, as_written(source), Qt.ItemDataRole.ToolTipRole)
        self.combo.setCurrentIndex(-1)  # or the box shows the current item, not what is checked
        self.combo.setDefaultText("")  # only another default text makes it show what is checked now
        self.combo.setDefaultText(tr("Choose images…") if items else tr("Add image files or drop them here"))
        self._filling = False
        known = {key for key, *_ in items}
        if not known.issuperset(self._chosen):
            self._chosen = [key for key in self._chosen if key in known]
            self.changed.emit()
        self._show_tip()

    def _follow_names(self, layers: list[QgsRasterLayer]) -> None:
        """The model of the layers tells of new and removed ones, but not of new names."""
        for layer in self._followed:
            if not sip.isdeleted(layer):
                layer.nameChanged.disconnect(self._rebuild)
        for layer in layers:
            layer.nameChanged.connect(self._rebuild)
        self._followed = layers

    def _on_checked(self) -> None:
        checked = self.combo.checkedItemsData()
        kept = [key for key in self._chosen if key in checked]
        chosen = kept + [key for key in checked if key not in kept]
        if not self._filling and chosen != self._chosen:
            self._chosen = chosen
            self._show_tip()
            self.changed.emit()

    def _show_tip(self) -> None:
        """The list's own text is often too long to be seen."""
        self.combo.setToolTip(as_written("\n".join(self.combo.checkedItems())))

    # Browsing and dropping --------------------------------------------------------------------------------------------

    def _browse_files(self) -> None:
        names = tr(
            "Images (*.tif *.tiff *.zip *.dim *.vrt *.img *.jp2 *.png *.jpg *.jpeg manifest.safe);;All files (*)"
        )
        paths, _ = QFileDialog.getOpenFileNames(self, tr("Add images"), last_folder(), names)
        self._add_browsed(paths)

    def _browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, tr("Add a product folder"), last_folder())
        self._add_browsed([path] if path else [])

    def _add_browsed(self, paths: list[str]) -> None:
        if paths:
            keep_folder(paths[0])
            self.add_files(paths)

    def add_files(self, paths: list[str]) -> None:
        """Choose files, too, and put them on the map as far as QGIS shows them."""
        load_images(paths)
        self.add_sources(paths)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take images and raster layers."""
        if self._dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Choose what is dropped."""
        keys = self._dropped(event.mimeData())
        if keys:
            # The layer panel takes a move as leave to remove its layers.
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            layer_ids = {layer.id() for layer in self._raster_layers()}
            self._choose([key for key in keys if key in layer_ids])
            self.add_files([key for key in keys if key not in layer_ids])

    def _dropped(self, data: QMimeData) -> list[str]:
        """Ids of layers and paths of files."""
        if QgsMimeDataUtils.isUriList(data):
            loaded = {layer.id() for layer in self._raster_layers()}
            uris = [uri for uri in QgsMimeDataUtils.decodeUriList(data) if uri.layerType == "raster"]
            keys = [uri.layerId if uri.layerId in loaded else uri.uri for uri in uris]
            return [key for key in keys if key in loaded or Path(key).exists()]
        paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        paths = [path for path in paths if not Path(path).name.startswith("._")]  # what macOS writes beside files
        return [path for path in paths if Path(path).is_dir() or path.lower().endswith(IMAGE_ENDINGS)]


class DatesEditor(QWidget):
    """Any number of dates, each with its images; or of images, each with its files.

    Parameters
    ----------
    add_text, remove_text : str
        What the buttons say. Default: that they add and remove a date.

    Signals
    -------
    changed()
        Other images are chosen, or a date is added or removed.
    """

    changed = pyqtSignal()

    def __init__(self, add_text: str = "", remove_text: str = "", parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._remove_text = remove_text or tr("Remove this date")
        self.add_button = flat_button(add_text or tr("Add a date"), "symbologyAdd.svg")
        self.add_button.clicked.connect(lambda: self.add_date())
        self._lines: list[tuple[QWidget, DateRow]] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.add_button)
        self.add_date()

    def rows(self) -> tuple[DateRow, ...]:
        """One row per date, empty ones too."""
        return tuple(row for _, row in self._lines)

    def dates(self) -> tuple[tuple[str, ...], ...]:
        """What the engine can open, per date; rows without images are left out.

        Raises
        ------
        SourceError
            If a layer cannot be handed over or a file is gone.
        """
        return tuple(row.sources() for row in self.rows() if not row.is_empty())

    def set_dates(self, dates: Iterable[Iterable[str]]) -> None:
        """Have these dates and no others, and one empty row where there are none."""
        for row in self.rows():
            self._drop(row)
        for paths in [*dates] or [()]:
            self.add_date().set_sources(paths)
        self.changed.emit()

    def add_date(self) -> DateRow:
        """Add an empty row."""
        row, line = DateRow(), QWidget()
        remove = QToolButton()
        remove.setIcon(QgsApplication.getThemeIcon("symbologyRemove.svg"))
        remove.setToolTip(self._remove_text)
        remove.setAccessibleName(self._remove_text)
        remove.setAutoRaise(True)
        remove.clicked.connect(lambda: self.remove_date(row))
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(row, 1)
        layout.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        self.layout().insertWidget(len(self._lines), line)
        self._lines.append((line, row))
        self.setTabOrder(row.browse, remove)  # as the eye goes: the button below was there first
        self.setTabOrder(remove, self.add_button)
        row.changed.connect(self.changed)
        return row

    def remove_date(self, row: DateRow) -> None:
        """Remove a row with its images."""
        self._drop(row)
        self.changed.emit()

    def _drop(self, row: DateRow) -> None:
        line = next(line for line, other in self._lines if other is row)
        self._lines.remove((line, row))
        row.changed.disconnect(self.changed)
        self.layout().removeWidget(line)
        line.hide()
        line.deleteLater()


def _press_what_is_under_the_mouse() -> None:
    widget = QApplication.widgetAt(QCursor.pos())
    if isinstance(widget, QAbstractButton) and widget.isEnabled():
        widget.click()


def _source_or_none(layer: QgsRasterLayer) -> Optional[str]:
    try:
        return raster_source(layer)
    except SourceError:
        return None
