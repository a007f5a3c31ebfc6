"""The jobs as a table, newest first, and how a cell with progress is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QObject, QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QIcon, QPainter, QPalette, QPen, QPixmap
from qgis.PyQt.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ..engine.jobs.job import CANCELLED, FAILED, INTERRUPTED, QUEUED, RUNNING, SUCCEEDED, Job
from ..plain_text import as_written
from ..translation import tr
from .words import fraction_of, full_moment, moment, progress_text, span, state_of, title_of

__all__ = ["JOB", "JobModel", "StateDelegate", "state_icon"]

WHAT, STATE, WHEN = range(3)
JOB = Qt.ItemDataRole.UserRole

# Readable on white and on dark grey (contrast of 3 and more on both), and each with a sign of its own.
COLOURS = {
    QUEUED: "#808890",
    RUNNING: "#2f86d6",
    SUCCEEDED: "#2e9a58",
    FAILED: "#d9483f",
    CANCELLED: "#808890",
    INTERRUPTED: "#c77c02",
}
# Strokes on a field of 16 by 16.
SIGNS: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    QUEUED: (((8, 4.5), (8, 8), (10.5, 9.5)),),
    RUNNING: (((6.5, 5), (11, 8), (6.5, 11), (6.5, 5)),),
    SUCCEEDED: (((4.8, 8.3), (7, 10.5), (11.2, 5.8)),),
    FAILED: (((5.5, 5.5), (10.5, 10.5)), ((10.5, 5.5), (5.5, 10.5))),
    CANCELLED: (((5, 8), (11, 8)),),
    INTERRUPTED: (((8, 4.3), (8, 8.6)), ((8, 11.3), (8, 11.4))),
}
ICON = 16
BAR = 4


class JobModel(QAbstractTableModel):
    """Rows stay the same rows while jobs change, so that a view keeps its selection and its place."""

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []
        self._titles: dict[int, tuple[object, str]] = {}

    def show_jobs(self, jobs: Sequence[Job]) -> None:
        """Show these jobs, given in the order in which they were submitted."""
        wanted = {job.id: job for job in jobs}
        for row in reversed(range(len(self._jobs))):
            if self._jobs[row].id not in wanted:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._jobs[row]
                self.endRemoveRows()
        for row, job in enumerate(reversed(jobs)):
            if row < len(self._jobs) and self._jobs[row].id == job.id:
                self._change(row, job)
            else:
                self.beginInsertRows(QModelIndex(), row, row)
                self._jobs.insert(row, job)
                self.endInsertRows()

    def _change(self, row: int, job: Job) -> None:
        if self._jobs[row] is job or self._jobs[row] == job:
            return
        self._jobs[row] = job
        self.dataChanged.emit(self.index(row, 0), self.index(row, WHEN))

    def job_at(self, index: QModelIndex) -> Job:
        """The job of a row."""
        return self._jobs[index.row()]

    def row_of(self, job_id: int) -> Optional[int]:
        """The row of a job, if it is there."""
        return next((row for row, job in enumerate(self._jobs) if job.id == job_id), None)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._jobs)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else WHEN + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("Job"), tr("State"), tr("When"))[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks for; `JOB` gives the job itself."""
        job = self._jobs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(job, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tool_tip(job, self._title(job))
        if role == Qt.ItemDataRole.DecorationRole and index.column() == STATE:
            return state_icon(job.state)
        return job if role == JOB else None

    def _text(self, job: Job, column: int) -> str:
        if column == WHAT:
            return f"{job.id} · {self._title(job)}"
        if column == STATE:
            return state_of(job)
        return moment(job.finished_at or job.started_at or job.created_at)

    def _title(self, job: Job) -> str:
        # Requests are JSON and long; a view asks for titles at every repaint.
        key = (job.request, job.result is None)
        if self._titles.get(job.id, (None, ""))[0] != key:
            self._titles[job.id] = (key, title_of(job))
        return self._titles[job.id][1]


def _tool_tip(job: Job, title: str) -> str:
    lines = [title, tr("Job {number}, submitted {when}").format(number=job.id, when=full_moment(job.created_at))]
    if job.started_at is not None and job.finished_at is not None and job.finished_at >= job.started_at:
        lines.append(tr("Took {time}").format(time=span(job.finished_at - job.started_at)))
    if job.message:
        lines.append(job.message)
    return as_written("\n".join(lines))


class StateDelegate(QStyledItemDelegate):
    """Draws the state with, for a running job, percentage, time left and a bar below."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw the cell as the style does, then the bar over it."""
        job = index.data(JOB)
        super().paint(painter, option, index)
        if job is None or job.state != RUNNING:
            return
        place = QRectF(option.rect).adjusted(6, 0, -6, -3)
        place.setTop(place.bottom() - BAR)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        groove = option.palette.color(role)
        groove.setAlpha(45)
        filled = option.palette.color(role) if chosen else QColor(COLOURS[RUNNING])
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(groove)
        painter.drawRoundedRect(place, BAR / 2, BAR / 2)
        place.setWidth(max(BAR, place.width() * (fraction_of(job) or 0.0)))
        painter.setBrush(filled)
        painter.drawRoundedRect(place, BAR / 2, BAR / 2)
        painter.restore()

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().initStyleOption(option, index)
        job = index.data(JOB)
        if job is not None and job.state == RUNNING:
            if job.cancel_requested_at is None and job.silent_s() is None:
                option.text = progress_text(job)
            option.displayAlignment = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Room for the bar, also where there is none yet: rows must not jump when a job starts."""
        size = super().sizeHint(option, index)
        return QSize(size.width(), max(size.height(), ICON) + 2 * BAR)


_icons: dict[str, QIcon] = {}


def state_icon(state: str) -> QIcon:
    """A disc in the colour of the state with a sign on it, so that nobody must tell states by colour alone."""
    if state not in _icons:
        _icons[state] = _draw_icon(state)
    return _icons[state]


def _draw_icon(state: str) -> QIcon:
    ratio = QApplication.instance().devicePixelRatio()
    picture = QPixmap(round(ICON * ratio), round(ICON * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(COLOURS[state]))
    painter.drawEllipse(QRectF(1, 1, 14, 14))
    pen = QPen(QColor("white"), 1.8)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    for line in SIGNS[state]:
        for (x1, y1), (x2, y2) in zip(line, line[1:]):
            painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))
    painter.end()
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)  # a style would tint it, and the colour means something
    return icon
