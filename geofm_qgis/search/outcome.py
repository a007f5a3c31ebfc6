"""What a finished job of the Search tab found: an index to ask, or a map of scores."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal

from ..engine.jobs.result import Result
from ..translation import number_text, tr
from ..widgets.outcome import Outcome
from ..widgets.warned import warnings_of

__all__ = ["SearchOutcome"]


class SearchOutcome(Outcome):
    """Has no widgets of its own: an index goes into the list of indexes.

    Signals
    -------
    built : str
        The folder of an index.
    mapped : str
        A map of scores is there, and what there is to say of it.
    """

    built = pyqtSignal(str)
    mapped = pyqtSignal(str)

    def fill(self, result: Result) -> None:
        """An index can be asked now."""
        if _is_index(result):
            self.built.emit(result.summary["index"])
        else:
            self.mapped.emit("\n".join(warnings_of(result)))

    def finding(self, result: Result) -> str:
        """How much can be searched, or what the map shows."""
        if not _is_index(result):
            return tr("how well each place fits")
        return tr("{tiles} places can be searched").format(tiles=number_text(result.summary["tiles"], 0))


def _is_index(result: Result) -> bool:
    return any(output.kind == "index" for output in result.outputs)
