"""The documentation that travels with the plugin, as pages for the browser; a checkout shows its own files."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QToolButton

from .translation import tr

__all__ = ["help_button", "help_page", "open_help"]

PLUGIN = Path(__file__).resolve().parent
HOME = "https://github.com/geofm/geofm"


def help_page(name: str) -> QUrl:
    """The address of a page, such as "flood", or "qgis#jobs" for a part of one; the first page for one that is not."""
    page, _, part = name.partition("#")
    files = (PLUGIN / "docs" / f"{page}.html", PLUGIN / "docs" / "qgis.html")
    file = next((file for file in files if file.is_file()), None)
    url = QUrl.fromLocalFile(str(file)) if file is not None else QUrl(f"{HOME}/blob/main/docs/{page}.md")
    if part:
        url.setFragment(part)
    return url


def open_help(name: str) -> None:
    """Open a page in the browser."""
    QDesktopServices.openUrl(help_page(name))


def help_button(name: str) -> QToolButton:
    """A button that opens a page."""
    button = QToolButton()
    button.setIcon(QgsApplication.getThemeIcon("mActionHelpContents.svg"))
    button.setAutoRaise(True)
    button.setToolTip(tr("Open the documentation of this page"))
    button.setAccessibleName(tr("Help"))
    button.clicked.connect(lambda: open_help(name))
    return button
