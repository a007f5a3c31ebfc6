"""What keeps a tab from doing what was asked, told in the tab until the user changes something."""

from __future__ import annotations

import contextlib
from typing import Any, Optional

from qgis.PyQt import sip
from qgis.PyQt.QtCore import pyqtBoundSignal
from qgis.PyQt.QtWidgets import QWidget

from .parts import WarningLabel

__all__ = ["Trouble"]

# Signals by which widgets of Qt, of QGIS and of the panel tell that the user has changed something.
CHANGES = ("changed", "textChanged", "currentIndexChanged", "valueChanged", "toggled", "layerChanged", "fieldChanged")


class Trouble(WarningLabel):
    """One sentence; it goes when anything in the page is changed, since it may not hold any more.

    Parameters
    ----------
    page : QWidget
    """

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._followed: list[tuple[QWidget, Any]] = []
        self.hide()

    def tell(self, text: str) -> None:
        """Say what is wrong, until something changes."""
        self.clear()
        self.show_texts([text])
        for widget in self._page.findChildren(QWidget):
            for name in CHANGES:
                signal = getattr(widget, name, None)
                if widget is not self and isinstance(signal, pyqtBoundSignal):
                    signal.connect(self.clear)
                    self._followed.append((widget, signal))

    def clear(self, *_: object) -> None:
        """Say nothing any more."""
        followed, self._followed = self._followed, []
        for widget, signal in followed:
            if not sip.isdeleted(widget):
                with contextlib.suppress(TypeError):  # it has let go already
                    signal.disconnect(self.clear)
        self.show_texts([])

    def words(self) -> Optional[str]:
        """What is told now."""
        return self.text() or None
