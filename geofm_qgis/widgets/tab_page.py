"""What the dock and the window ask of every tab."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Optional

from qgis.gui import QgsCollapsibleGroupBox
from qgis.PyQt.QtCore import QEvent, QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeySequence, QShowEvent
from qgis.PyQt.QtWidgets import QAction, QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from ..engine.jobs.requests import Request
from ..environment.levels import CORE
from ..help import help_button
from .banner import EngineBanner
from .outcome import Outcome
from .parts import Section
from .trouble import Trouble

__all__ = ["TabPage"]

DIGITS = range(1, 10)
COLLAPSE = "collapseButton"  # QGIS's name of the arrow of a box


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
        self._places: list[tuple[QWidget, str]] = []  # sections and folded boxes, with their titles
        for digit in DIGITS:
            keys = QAction(self)
            keys.setShortcut(QKeySequence(f"Alt+{digit}"))
            keys.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.triggered.connect(partial(self._go_to, digit))
            self.addAction(keys)

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
        places = [
            place for place in content.findChildren(QWidget) if isinstance(place, (Section, QgsCollapsibleGroupBox))
        ]
        self._places = [(place, place.title()) for place in places]
        for place, title in self._places:
            if isinstance(place, QgsCollapsibleGroupBox):
                _make_one_stop(place, title)
        content.installEventFilter(self)
        if isinstance(content, QScrollArea):
            content.widget().installEventFilter(self)
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

    # The keyboard -----------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Sections come and go."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._number()
        return super().eventFilter(watched, event)

    def _seen(self) -> list[tuple[QWidget, str]]:
        return [(place, title) for place, title in self._places if place.isVisibleTo(self)]

    def _number(self) -> None:
        """Say by which digit with Alt each section is reached: the letters are those of QGIS's menus."""
        for digit, (place, title) in zip(DIGITS, self._seen()):
            numbered = f"{digit}. {title}"
            if place.title() != numbered:
                place.setTitle(numbered)

    def _go_to(self, digit: int) -> None:
        for place, _ in self._seen()[digit - 1 : digit]:
            self.bring(place)

    def bring(self, place: QWidget) -> None:
        """Bring something into view, unfolded, and give its first field the keyboard."""
        around: Optional[QWidget] = place
        while around is not None and around is not self:
            if isinstance(around, QgsCollapsibleGroupBox):
                around.setCollapsed(False)
            if isinstance(around, QScrollArea):
                around.ensureWidgetVisible(place)
            around = around.parentWidget()
        fields = [child for child in (place, *place.findChildren(QWidget)) if child.objectName() != COLLAPSE]
        reached = (
            child
            for child in fields
            if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isVisibleTo(self) and child.isEnabled()
        )
        next(reached, place).setFocus()

    # What others ask --------------------------------------------------------------------------------------------------

    def take_up(self, request: Request) -> None:
        """Have the widgets say what a job was asked to do; what the page has no widget for stays as it is."""

    def look_at_models(self) -> None:
        """Models may have come or gone."""

    def close_tools(self) -> None:
        """Take everything off the map canvas, and follow no layer any more."""

    def showEvent(self, event: QShowEvent) -> None:
        """What is missing is said before anything is done."""
        super().showEvent(event)
        self._number()
        if self.banner is not None:
            self.banner.look()


def _make_one_stop(box: QgsCollapsibleGroupBox, title: str) -> None:
    """Have Tab stop at the arrow of a folded box alone, not at the box, too."""
    arrow = box.findChild(QToolButton, COLLAPSE)
    if arrow is not None:
        box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        arrow.setAccessibleName(title)
