"""The hits as a list: pictures, scores and marks, of which those above a threshold are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from qgis.PyQt.QtCore import QAbstractListModel, QModelIndex, QObject, Qt
from qgis.PyQt.QtGui import QPixmap

from ..plain_text import as_written
from ..translation import metres_text, number_text, tr
from .layer import BAD, GOOD

__all__ = ["HIT", "MARK", "PICTURE", "HitsModel"]

HIT, PICTURE, MARK = (Qt.ItemDataRole.UserRole + number for number in range(3))


class HitsModel(QAbstractListModel):
    """Best first, so that a threshold cuts off the end of the list."""

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._hits: list[dict[str, Any]] = []
        self._pictures: dict[int, QPixmap] = {}  # by row
        self._marks: dict[int, str] = {}
        self._shown = 0
        self._threshold: Optional[float] = None

    def set_hits(self, hits: Sequence[dict[str, Any]]) -> None:
        """Show these hits and no others; their pictures are read when they are first seen, a screenful at a time."""
        self.beginResetModel()
        self._hits = list(hits)
        self._pictures = {}
        self._shown = self._count()
        self.endResetModel()

    def set_threshold(self, score: Optional[float]) -> None:
        """Show hits of at least this score; None shows all."""
        self._threshold = score
        count = self._count()
        if count < self._shown:
            self.beginRemoveRows(QModelIndex(), count, self._shown - 1)
            self._shown = count
            self.endRemoveRows()
        elif count > self._shown:
            self.beginInsertRows(QModelIndex(), self._shown, count - 1)
            self._shown = count
            self.endInsertRows()

    def set_marks(self, marks: dict[int, str]) -> None:
        """Which tiles are 'good' and which 'bad'."""
        self._marks = dict(marks)
        if self._shown:
            self.dataChanged.emit(self.index(0, 0), self.index(self._shown - 1, 0), [MARK])

    def hits(self) -> list[dict[str, Any]]:
        """All hits, also those below the threshold."""
        return self._hits

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else self._shown

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks for."""
        hit = self._hits[index.row()]
        if role == HIT:
            return hit
        if role == PICTURE:
            return self._picture(index.row())
        if role == MARK:
            return self._marks.get(hit["tile"], "")
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(hit)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return tr("{rank}: score {score}").format(rank=hit["rank"], score=number_text(hit["score"], 2))
        return None

    def _picture(self, row: int) -> QPixmap:
        if row not in self._pictures:
            self._pictures[row] = QPixmap(self._hits[row].get("thumbnail") or "")
        return self._pictures[row]

    def _tip(self, hit: dict[str, Any]) -> str:
        side = tr("{side} wide").format(side=metres_text(hit["window_m"]))
        lines = [
            tr("Rank {rank}, score {score}").format(rank=hit["rank"], score=number_text(hit["score"], 2)),
            " · ".join(filter(None, [hit["source"], hit["date"], side])),
        ]
        stale = {
            "missing": tr("The image is gone since it was indexed."),
            "changed": tr("The image has changed since it was indexed."),
        }.get(hit["stale"])
        mark = {GOOD: tr("Marked good."), BAD: tr("Marked bad.")}.get(self._marks.get(hit["tile"], ""))
        return as_written("\n".join([*lines, *filter(None, [stale, mark])]))

    def _count(self) -> int:
        least = self._threshold
        return len(self._hits) if least is None else sum(hit["score"] >= least for hit in self._hits)
