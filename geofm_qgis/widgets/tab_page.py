"""What the dock and the window ask of every tab."""

from __future__ import annotations

from typing import ClassVar, Optional

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QShowEvent
from qgis.PyQt.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ..engine.jobs.requests import Request
from ..environment.levels import CORE
from ..help import help_button
from .banner import EngineBanner
from .outcome import Outcome
from .trouble import Trouble

__all__ = ["TabPage"]


class TabPage(QWidget):
    """A page that sends off jobs and shows what they find.

    Attributes
    ----------
    kinds : tuple of str
        Of the jobs whose results it shows.
    needs : str
        What it needs of the engine: `CORE` or `LEARN`.
    help : str
        The page of the documentation that is about it.
    outcome : Outcome
        Shows them.
    banner : EngineBanner, optional
        On top of it, where the page has one.

    Signals
    -------
    problem : str
        Why something cannot be done; the page shows it.
    submitted : int
        The number of a job that was sent off.
    models_requested : str
        The user wants to install a model of this name, or any where it is empty.
    """

    kinds: ClassVar[tuple[str, ...]]
    needs: ClassVar[str] = CORE
    help: ClassVar[str] = "qgis"
    outcome: Outcome

    problem = pyqtSignal(str)
    submitted = pyqtSignal(int)
    models_requested = pyqtSignal(str)

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.banner: Optional[EngineBanner] = None

    def frame(self, content: QWidget, below: Optional[QWidget] = None) -> None:
        """Lay out the page: what is missing of the engine, the content, what went wrong, and what stands below.

        Parameters
        ----------
        content : QWidget
            Takes all room that there is.
        below : QWidget, optional
            Has a button for help at its side.
        """
        self.banner, self.trouble = EngineBanner(self.needs, self), Trouble(self)
        self.problem.connect(self.trouble.tell)
        self.submitted.connect(self.trouble.clear)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 6, 6)
        outer.addWidget(self.banner)
        outer.addWidget(content, 1)
        outer.addWidget(self.trouble)
        if below is not None:
            row = QHBoxLayout()
            row.addWidget(below, 1)
            row.addWidget(help_button(self.help), 0, Qt.AlignmentFlag.AlignBottom)
            outer.addLayout(row)

    def take_up(self, request: Request) -> None:
        """Have the widgets say what a job was asked to do; what the page has no widget for stays as it is."""

    def look_at_models(self) -> None:
        """Models may have come or gone."""

    def close_tools(self) -> None:
        """Take everything off the map canvas, and follow no layer any more."""

    def showEvent(self, event: QShowEvent) -> None:
        """What is missing is said before anything is done."""
        super().showEvent(event)
        if self.banner is not None:
            self.banner.look()
