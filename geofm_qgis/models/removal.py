"""Takes models off the shelf without keeping the window waiting: weights may be large, and antivirus slow."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal

from ..engine.cards.shelf import remove
from ..engine.errors import GeoFMError

__all__ = ["Removal"]


class Removal(QObject):
    """Removes models in a thread.

    Signals
    -------
    finished : str, str
        The model's title, and one sentence on why it could not be removed; empty if it is gone.
    """

    finished = pyqtSignal(str, str)
    _ended = pyqtSignal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._ended.connect(self.finished, Qt.ConnectionType.QueuedConnection)

    def start(self, name: str, title: str, home: Path) -> None:
        """Remove the model of that name from the shelf of a folder of GeoFM's."""
        threading.Thread(target=self._remove, args=(name, title, home), name="GeoFM removal", daemon=True).start()

    def _remove(self, name: str, title: str, home: Path) -> None:
        problem = ""
        try:
            remove(name, home)
        except GeoFMError as error:
            problem = str(error)
        with contextlib.suppress(RuntimeError):  # the dialog is gone
            self._ended.emit(title, problem)
