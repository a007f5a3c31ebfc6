"""What the dock and the window ask of every tab."""

from __future__ import annotations

from typing import ClassVar

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QWidget

from ..engine.jobs.job import Job

__all__ = ["TabPage"]


class TabPage(QWidget):
    """A page that sends off jobs and shows what they find.

    Attributes
    ----------
    kinds : tuple of str
        Of the jobs whose results it shows.

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

    problem = pyqtSignal(str)
    submitted = pyqtSignal(int)
    models_requested = pyqtSignal()

    def show_result(self, job: Job) -> None:
        """Show what a job found that succeeded."""
        raise NotImplementedError

    def finding(self, job: Job) -> str:
        """What a job found, in a few words."""
        raise NotImplementedError

    def look_at_models(self) -> None:
        """Models may have come or gone."""

    def close_tools(self) -> None:
        """Take everything off the map canvas, and follow no layer any more."""
