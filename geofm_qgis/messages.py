"""Messages in QGIS's bar: one for each cause, gone when the cause is."""

from __future__ import annotations

from qgis.core import Qgis
from qgis.gui import QgisInterface, QgsMessageBar, QgsMessageBarItem, QgsMessageViewer
from qgis.PyQt import sip
from qgis.PyQt.QtWidgets import QPushButton

from .engine.jobs.printable import printable
from .plain_text import in_html
from .translation import tr

__all__ = ["Messages"]

TITLE = "GeoFM"
SECONDS_TOLD = 15
LONGEST = 90  # characters: the bar has one line in a small window, and cuts a second one


class Messages:
    """Pushes what is told into the bar, and takes it out again.

    Parameters
    ----------
    iface : QgisInterface
        Whose bar it is; without a window, under `qgis_process`, nothing is told.
    """

    def __init__(self, iface: QgisInterface) -> None:
        self._iface = iface
        self._shown: dict[str, QgsMessageBarItem] = {}
        # Kept here, because item, button and function only hold each other: Python would clear them all away.
        self._kept: list[object] = []

    def tell(self, text: str, cause: str) -> None:
        """Something went well; it is said for a while."""
        self._push(text, cause, Qgis.MessageLevel.Success)

    def warn(self, text: str, cause: str) -> None:
        """Something went wrong; it is said until the user closes it, or `clear` is called with its cause."""
        self._push(text, cause, Qgis.MessageLevel.Warning)

    def clear(self, cause: str) -> None:
        """What was said for this cause holds no longer."""
        item = self._shown.pop(cause, None)
        if item is not None and not sip.isdeleted(item):
            self._bar().popWidget(item)

    def close(self) -> None:
        """Take out all of it."""
        for cause in [*self._shown]:
            self.clear(cause)

    def _bar(self) -> QgsMessageBar:
        return self._iface.messageBar()

    def _push(self, text: str, cause: str, level: Qgis.MessageLevel) -> None:
        self.clear(cause)
        self._shown = {name: item for name, item in self._shown.items() if not sip.isdeleted(item)}
        item = self._bar().createMessage(TITLE, in_html(_short(text)))
        if len(text) > LONGEST:
            button = QPushButton(tr("Show all"))

            def show() -> None:
                self._show_all(text)

            button.clicked.connect(show)
            self._kept = [*self._kept[-8:], (item, show)]
            item.layout().addWidget(button)
        self._shown[cause] = item
        self._bar().pushWidget(item, level, SECONDS_TOLD if level == Qgis.MessageLevel.Success else 0)

    def _show_all(self, text: str) -> None:
        viewer = QgsMessageViewer(self._bar().window())
        viewer.setTitle(TITLE)
        viewer.setMessageAsPlainText(printable(text, keep="\n"))
        viewer.showMessage(False)


def _short(text: str) -> str:
    """As much of a text as one line has room for, up to the end of a word."""
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rsplit(" ", 1)[0].rstrip(",;:. ") + " …"
