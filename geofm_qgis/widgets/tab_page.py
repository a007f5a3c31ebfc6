"""What the dock and the window ask of every tab."""

from __future__ import annotations

from typing import ClassVar

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from .outcome import Outcome

__all__ = ["TabPage"]


class TabPage(QWidget):
    """A page that sends off jobs and shows what they find.

    Attributes
    ----------
    kinds : tuple of str
        Of the jobs whose results it shows.
    outcome : Outcome
        Shows them.

    Signals
    -------
    problem : str
        Why something cannot be done.
    submitted : int
        The number of a job that was sent off.
    models_requested()
        The user wants to install models.
    """

    kinds: ClassVar[tuple[str, ...]]
    outcome: Outcome

    problem = pyqtSignal(str)
    submitted = pyqtSignal(int)
    models_requested = pyqtSignal()

    def look_at_models(self) -> None:
        """Models may have come or gone."""

    def close_tools(self) -> None:
        """Take everything off the map canvas, and follow no layer any more."""
