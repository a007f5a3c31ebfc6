"""The widget for one raster or polygon layer that a job may read, and what it shares with those for images."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel, QgsSettings, QgsVectorLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QWidget

from ..plain_text import as_written
from ..project.sources import WEB_PROVIDERS, existing_file, raster_source, vector_source
from ..translation import tr
from .lists import fit_into_panel

__all__ = ["LayerOrFile", "browse_button", "keep_folder", "last_folder"]

LAST_FOLDER = "geofm/last_input_folder"
Filter = QgsMapLayerProxyModel.Filter


class LayerOrFile(QWidget):
    """One raster that may be left out: a layer of the project or a file.

    Parameters
    ----------
    polygons : bool
        Take layers and files of polygons, too.

    Signals
    -------
    changed()
        Another layer or file is chosen, or none any more.
    """

    changed = pyqtSignal()

    def __init__(self, polygons: bool = False, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._polygons = polygons
        self._file = ""
        self.combo = QgsMapLayerComboBox()
        self.combo.setFilters(Filter.RasterLayer | Filter.PolygonLayer if polygons else Filter.RasterLayer)
        self.combo.setExcludedProviders(list(WEB_PROVIDERS))
        self.combo.setAllowEmptyLayer(True, tr("None"))
        self.combo.setCurrentIndex(0)
        fit_into_panel(self.combo)
        self.browse = browse_button(tr("Choose a file"))
        self.browse.clicked.connect(self._browse_file)
        self.combo.currentIndexChanged.connect(self._on_chosen)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.combo, 1)
        layout.addWidget(self.browse)

    def source(self, folder: str) -> Optional[str]:
        """What the engine can open; None where nothing is chosen.

        Parameters
        ----------
        folder : str
            Where copies of vector layers go that are no files.

        Raises
        ------
        SourceError
            If the layer cannot be handed over or the file is gone.
        """
        layer = self.combo.currentLayer()
        if isinstance(layer, QgsVectorLayer):
            return vector_source(layer, folder)
        if layer is not None:
            return raster_source(layer)
        return existing_file(self._file) if self._is_file_chosen() else None

    def set_file(self, path: str) -> None:
        """Choose a file."""
        self._file = path
        self.combo.setAdditionalItems([Path(path).name])
        self.combo.setCurrentIndex(self.combo.count() - 1)
        self._on_chosen()

    def set_layer(self, layer: Optional[QgsMapLayer]) -> None:
        """Choose a layer, or None for nothing."""
        self.combo.setLayer(layer)

    def set_source(self, path: Optional[str]) -> None:
        """Choose what a request names: a layer that shows it, or else its file; None for nothing."""
        if path is None:
            self.clear()
            return
        layers = (self.combo.layer(row) for row in range(self.combo.count()))
        shown = next((layer for layer in layers if layer is not None and layer.source() == path), None)
        if shown is not None:
            self.set_layer(shown)
        else:
            self.set_file(path)

    def clear(self) -> None:
        """Choose nothing."""
        self.combo.setCurrentIndex(0)

    def is_empty(self) -> bool:
        """Whether nothing is chosen."""
        return self.combo.currentLayer() is None and not self._is_file_chosen()

    def _on_chosen(self) -> None:
        layer = self.combo.currentLayer()
        self.combo.setToolTip(as_written(self._file if self._is_file_chosen() else layer.source() if layer else ""))
        self.changed.emit()

    def _is_file_chosen(self) -> bool:
        """Files stand below the empty entry and the layers."""
        return bool(self._file) and self.combo.currentIndex() == self.combo.count() - 1

    def _browse_file(self) -> None:
        kinds = tr("Rasters (*.tif *.tiff *.vrt *.img *.nc);;All files (*)")
        if self._polygons:
            kinds = tr("Rasters and polygons (*.tif *.tiff *.vrt *.img *.nc *.gpkg *.shp *.geojson);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self, tr("Choose a file"), last_folder(), kinds)
        if path:
            keep_folder(path)
            self.set_file(path)


def browse_button(tip: str) -> QToolButton:
    """A button with three dots, as QGIS has them beside lists."""
    button = QToolButton()
    button.setText("…")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


def last_folder() -> str:
    """Where the user found the last input; empty at first."""
    return str(QgsSettings().value(LAST_FOLDER, ""))


def keep_folder(path: str) -> None:
    """Start there the next time."""
    QgsSettings().setValue(LAST_FOLDER, str(Path(path).parent))
