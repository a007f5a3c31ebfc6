"""The running job in QGIS's status bar."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QMouseEvent
from qgis.PyQt.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QToolButton, QWidget

from ..engine.jobs.job import RUNNING, Job
from ..engine.jobs.requests import SearchRequest
from ..plain_text import PlainLabel, as_written
from ..translation import tr
from .client import JobClient
from .words import fraction_of, state_of, time_left, title_of

__all__ = ["StatusWidget"]

BAR_WIDTH, NAME_WIDTH, ICON = 110, 220, 14


class StatusWidget(QWidget):
    """Name, progress and time left of the job that runs, or else of the next that waits; hidden without any.

    Signals
    -------
    clicked
        The user wants to see more.
    """

    clicked = pyqtSignal()

    def __init__(self, client: JobClient, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self._client = client
        self._job: Optional[Job] = None
        self.name = PlainLabel()
        self.bar = QProgressBar()
        self.bar.setFixedWidth(BAR_WIDTH)
        self.bar.setMaximumHeight(self.fontMetrics().height())
        self.time = PlainLabel()
        self.cancel_button = QToolButton()
        self.cancel_button.setIcon(QgsApplication.getThemeIcon("/mTaskCancel.svg"))
        self.cancel_button.setIconSize(QSize(ICON, ICON))
        self.cancel_button.setAutoRaise(True)
        self.cancel_button.setToolTip(tr("Cancel this job"))
        self.cancel_button.setAccessibleName(tr("Cancel this job"))
        self.cancel_button.clicked.connect(self._cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.name, self.bar, self.time, self.cancel_button):
            layout.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.cancel_button.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()
        client.jobs_changed.connect(self._show)
        self._show(client.jobs)

    def _show(self, jobs: tuple[Job, ...]) -> None:
        shown = [job for job in jobs if not job.ended and job.lane != SearchRequest.lane]
        active = sorted(shown, key=lambda job: (job.state != RUNNING, job.id))
        self._job = active[0] if active else None
        if self._job is not None:
            self._show_job(self._job, len(active) - 1)
        self.setVisible(self._job is not None)

    def _show_job(self, job: Job, more: int) -> None:
        title = title_of(job)
        self.name.setText(self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, NAME_WIDTH))
        fraction = fraction_of(job)
        if fraction is None and job.state == RUNNING:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(int(1000 * (fraction or 0.0)))
        self.time.setText(time_left(job) or state_of(job))
        self.cancel_button.setEnabled(job.cancel_requested_at is None)
        lines = [title, job.message or state_of(job)]
        if more:
            lines.append(tr("{count} more waiting or running").format(count=more))
        lines.append(tr("Click to see the jobs"))
        self.setToolTip(as_written("\n".join(lines)))
        self.setAccessibleName(", ".join([title, self.time.text()]))

    def _cancel(self) -> None:
        if self._job is not None:
            self.cancel_button.setEnabled(False)
            self._client.cancel(self._job.id)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
