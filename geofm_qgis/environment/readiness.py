"""Whether the engine is there with what a tab needs, and the set-up that brings it: one for all tabs of the panel."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..settings import Settings
from .folders import level_of, python_in, set_up_engine
from .inspector import Inspector
from .levels import CORE, smallest_for
from .python import Inspection, find_engine_python
from .setup import EngineSetup

__all__ = ["Readiness"]


class Readiness(QObject):
    """Looks at the engine's Python without keeping the window waiting; until it is known, all is hoped to be there.

    Attributes
    ----------
    setup : EngineSetup
    problem : str
        Why the Python that there is cannot be used; empty if it can, or is not known yet, or there is none.
    told : str
        How the last set-up ended, if it did not end well.

    Signals
    -------
    changed()
        Something else is known, or the set-up has begun, gone on or ended.
    """

    changed = pyqtSignal()

    def __init__(self, setup: EngineSetup, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.setup, self.problem, self.told = setup, "", ""
        self._seen: Optional[str] = None
        self._learns = True
        self._inspector = Inspector(self)
        self._inspector.inspected.connect(self._on_inspected)
        setup.stepped.connect(lambda *_: self.changed.emit())
        setup.finished.connect(self._on_finished)

    def look(self) -> None:
        """See what there is; one that is no set-up of GeoFM's is run in the background, once."""
        python = str(find_engine_python() or "")
        if python == self._seen:
            return
        self._seen, self.problem = python, ""
        engine = set_up_engine()
        level = level_of(engine) if engine is not None and python == str(python_in(engine)) else None
        if level is not None or not python:
            self._learns = level is not None and level.name != CORE
            self.changed.emit()
        else:
            self._inspector.inspect(python)

    def look_again(self) -> None:
        """The settings have changed, or packages may have come."""
        self._seen = None
        self.look()

    def lacks(self, needs: str) -> bool:
        """Whether it is known that `CORE` or `LEARN` is not there."""
        if self._seen is None:
            return False
        return not self._seen or bool(self.problem) or (needs != CORE and not self._learns)

    def can_set_up(self) -> bool:
        """Whether a set-up would help: one that was chosen by hand, or that make has made, stays in use."""
        engine = set_up_engine()
        ours = str(python_in(engine)) if engine is not None else ""
        return not Settings().engine_python and self._seen in (None, "", ours)

    def set_up(self, needs: str) -> None:
        """Begin to set up the smallest that has what is needed."""
        self.told = ""
        self.setup.start(smallest_for(needs))

    def _on_inspected(self, inspection: Inspection) -> None:
        self.problem, self._learns = inspection.problem or "", inspection.learns
        self.changed.emit()

    def _on_finished(self, ready: bool, sentence: str) -> None:
        self.told = "" if ready else sentence
        self.look_again()
        self.changed.emit()
