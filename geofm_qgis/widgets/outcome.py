"""What a finished job found, in the tab of its kind."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ..engine.jobs.result import Result
from ..translation import tr

__all__ = ["Outcome"]


class Outcome(QWidget):
    """Shows the result of a job; a subclass fills its widgets and says it in a few words.

    Signals
    -------
    shown()
        There is a result to look at.
    """

    shown = pyqtSignal()

    def show_result(self, result: Result) -> None:
        """Show the result of a job that succeeded."""
        self.fill(result)
        self.shown.emit()

    def fill(self, result: Result) -> None:
        """Put a result into the widgets."""
        raise NotImplementedError

    def finding(self, result: Result) -> str:
        """What was found, in a few words."""
        raise NotImplementedError

    def message(self, result: Result, name: str) -> str:
        """What is said when layers of this name are on the map."""
        return tr("“{name}” is on the map: {found}.").format(name=name, found=self.finding(result))
