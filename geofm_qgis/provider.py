"""GeoFM in the Processing toolbox."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .engine.resources import resource
from .kinds import TABS, load

__all__ = ["GeoFMProvider"]


class GeoFMProvider(QgsProcessingProvider):
    """The algorithms, and the formats that they can write."""

    def id(self) -> str:
        """Before the colon of an algorithm's name: never changed, since models and scripts hold it."""
        return "geofm"

    def name(self) -> str:
        """The name that the toolbox shows."""
        return "GeoFM"

    def icon(self) -> QIcon:
        """The icon that the toolbox shows."""
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:
        """Where the icon lies."""
        return str(resource("icons/geofm.svg"))

    def loadAlgorithms(self) -> None:
        """Called by QGIS whenever the provider is refreshed."""
        for tab in TABS:
            for name in tab.algorithms:
                self.addAlgorithm(load(name)())

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """What the engine writes: Cloud Optimized GeoTIFF."""
        return ["tif"]

    def supportedOutputVectorLayerExtensions(self) -> list[str]:
        """What the engine writes: GeoPackage."""
        return ["gpkg"]

    def supportsNonFileBasedOutput(self) -> bool:
        """The engine is another process, which cannot write into QGIS's memory."""
        return False
