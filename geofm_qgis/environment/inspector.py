"""Looks at the engine's Python without keeping the window waiting."""

from __future__ import annotations

import contextlib
import threading

from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal

from .python import Inspection, inspect_python

__all__ = ["Inspector"]


class Inspector(QObject):
    """Looks at a Python in a thread; only what it finds out about the last one is told.

    Signals
    -------
    inspected : Inspection
    """

    inspected = pyqtSignal(object)
    _found = pyqtSignal(str, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._path = ""
        self._found.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def inspect(self, path: str) -> None:
        """Tell what was found by `inspected`; an empty path only ends an earlier wait."""
        self._path = path
        if path:
            threading.Thread(target=self._look, args=(path,), name="GeoFM inspection", daemon=True).start()

    def _look(self, path: str) -> None:
        inspection = inspect_python(path)
        with contextlib.suppress(RuntimeError):  # whoever asked is gone
            self._found.emit(path, inspection)

    def _tell(self, path: str, inspection: Inspection) -> None:
        if path == self._path:
            self.inspected.emit(inspection)
