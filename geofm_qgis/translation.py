"""Every text that a user sees goes through `tr`."""

from qgis.PyQt.QtCore import QCoreApplication

__all__ = ["tr"]


def tr(text: str) -> str:
    """The text in the language of QGIS; English where no translation is there."""
    return QCoreApplication.translate("GeoFM", text)
