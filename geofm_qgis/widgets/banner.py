"""What stands on top of a tab as long as the engine, or what the tab needs of it, is missing."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ..environment.levels import CORE, smallest_for
from ..environment.readiness import Readiness
from ..plain_text import PlainLabel
from ..translation import tr

__all__ = ["EngineBanner"]

ICON = 16


class EngineBanner(QFrame):
    """Says what is missing, how large it is and how long it takes, and sets it up in place; hidden without need.

    Parameters
    ----------
    needs : str
        What the tab needs of the engine, `CORE` or `LEARN`.

    Signals
    -------
    options_requested()
        The user wants to choose by hand.
    """

    options_requested = pyqtSignal()

    def __init__(self, needs: str, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._needs = needs
        self._readiness: Optional[Readiness] = None
        self.setFrameShape(QFrame.Shape.StyledPanel)
        icon = QLabel()
        icon.setPixmap(QgsApplication.getThemeIcon("mIconWarning.svg").pixmap(QSize(ICON, ICON)))
        self.text = PlainLabel()
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.set_up = QPushButton()
        self.set_up.clicked.connect(self._start)
        self.options = QPushButton(tr("Options…"))
        self.options.setToolTip(tr("Other sets, such as for a graphics card, a Python of your own, and the log"))
        self.options.clicked.connect(self.options_requested)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.stop = QPushButton(tr("Stop"))
        self.stop.setToolTip(tr("Stop the set-up; what was there before stays in use"))
        self.stop.clicked.connect(self._stop)
        above, below = QHBoxLayout(), QHBoxLayout()
        above.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        above.addWidget(self.text, 1)
        for widget, stretch in ((self.set_up, 1), (self.bar, 1), (self.stop, 0), (self.options, 0)):
            below.addWidget(widget, stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(4)
        layout.addLayout(above)
        layout.addLayout(below)
        self.hide()

    def follow(self, readiness: Readiness) -> None:
        """Show what this knows from now on."""
        self._readiness = readiness
        readiness.changed.connect(self._show)
        self._show()

    def look(self) -> None:
        """See whether something is missing, before the user does anything."""
        if self._readiness is not None:
            self._readiness.look()

    def misses(self) -> bool:
        """Whether something is known to be missing."""
        self.look()
        return self._readiness is not None and self._readiness.lacks(self._needs)

    def blocks(self) -> bool:
        """Whether the tab cannot do its work; the banner then has the keyboard's focus."""
        if not self.misses():
            return False
        self._show()
        (self.set_up if self.set_up.isVisibleTo(self) else self.options).setFocus()
        return True

    def _start(self) -> None:
        if self._readiness is not None:
            self._readiness.set_up(self._needs)
            self._show()

    def _stop(self) -> None:
        if self._readiness is not None:
            self._readiness.setup.cancel()

    def _show(self) -> None:
        readiness = self._readiness
        if readiness is None:
            return
        runs, lacks = readiness.setup.running, readiness.lacks(self._needs)
        self.setVisible(runs or lacks)
        for widget, seen in ((self.bar, runs), (self.stop, runs), (self.set_up, not runs and readiness.can_set_up())):
            widget.setVisible(seen)
        self.set_up.setText(tr("Set up ({cost})").format(cost=smallest_for(self._needs).cost))
        setup = readiness.setup
        if runs:
            self.bar.setRange(0, setup.step_count)
            self.bar.setValue(max(setup.step_number - 1, 0))
            title = setup.step_title or tr("Making ready")
            words = tr("Setting up, step {number} of {count}: {title} …")
            self.text.setText(words.format(number=setup.step_number, count=setup.step_count, title=title))
        elif lacks:
            self.text.setText(readiness.told or readiness.problem or self._missing())

    def _missing(self) -> str:
        if self._needs == CORE or self._readiness is None or self._readiness.lacks(CORE):
            return tr("Maps are made by the engine, a Python of its own beside QGIS. It is not set up yet.")
        return tr("This needs PyTorch and other packages, which are not set up yet. Flood maps work without them.")
