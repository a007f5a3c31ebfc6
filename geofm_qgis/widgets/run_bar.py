"""The Run button, which becomes progress with rate, time left and Cancel while the job runs."""

from __future__ import annotations

from typing import Optional

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..engine.jobs.job import RUNNING, Job
from ..jobs.words import fraction_of, state_of, time_left
from ..plain_text import PlainLabel
from ..translation import tr

__all__ = ["RunBar"]

STEPS = 1000
COUNTED = ("epochs", "trees")  # units that are told one by one


class RunBar(QStackedWidget):
    """Run, or the progress of the job that was run.

    Parameters
    ----------
    text : str
        On the Run button.
    stop : str
        On a button that ends the job early and well; without it there is none.
    queues : bool
        Whether another job can be sent off while one is under way.

    Signals
    -------
    run_requested, stop_requested, cancel_requested
    """

    run_requested = pyqtSignal()
    stop_requested = pyqtSignal()
    cancel_requested = pyqtSignal()

    def __init__(self, text: str, stop: str = "", parent: Optional[QWidget] = None, *, queues: bool = True) -> None:
        super().__init__(parent)
        self._stops: set[int] = set()  # jobs that were asked to end early
        self.run = QPushButton(text)
        self.run.setDefault(True)
        self.run.setMinimumHeight(32)
        self.run.clicked.connect(self.run_requested)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.text = PlainLabel()
        self.stop = QPushButton(stop)
        self.stop.clicked.connect(self._on_stop)
        self._job_id: Optional[int] = None
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(self.cancel_requested)
        self.again = QToolButton()
        self.again.setIcon(QgsApplication.getThemeIcon("symbologyAdd.svg"))
        self.again.setToolTip(tr("Queue one more, with what is chosen above; it runs after this one"))
        self.again.setAccessibleName(tr("Queue one more"))
        self.again.clicked.connect(self.run_requested)
        self.again.setVisible(queues)
        self.addWidget(self._run_page())
        self.addWidget(self._progress_page())
        self.currentChanged.connect(lambda _: self.updateGeometry())

    def sizeHint(self) -> QSize:
        """As tall as the page that is seen: the other one would leave an empty strip."""
        return self.currentWidget().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Likewise."""
        return self.currentWidget().minimumSizeHint()

    def _run_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.run)
        return page

    def _progress_page(self) -> QWidget:
        page = QWidget()
        below = QHBoxLayout()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.bar)
        if self.stop.text():  # three beside each other would widen the panel
            layout.addWidget(self.text)
            below.addWidget(self.stop, 1)
        else:
            below.addWidget(self.text, 1)
        below.addWidget(self.again)
        below.addWidget(self.cancel)
        layout.addLayout(below)
        return page

    def show_submitting(self) -> None:
        """Between the click and the job's place in the queue."""
        self.bar.setRange(0, 0)
        self.text.setText(tr("Starting…"))
        for button in (self.cancel, self.stop, self.again):
            button.setEnabled(False)
        self.setCurrentIndex(1)

    def show_job(self, job: Job, more: int = 0) -> None:
        """Follow a job, behind which so many more wait; back to Run when it has ended."""
        if job.ended:
            self.show_run()
            return
        fraction = fraction_of(job)
        if fraction is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, STEPS)
            self.bar.setValue(round(STEPS * fraction))
        self._job_id = job.id
        stops = job.id in self._stops and job.cancel_requested_at is None
        words = tr("Keeping the best…") if stops else _text(job, fraction)
        self.text.setText(words + (" · " + tr("{count} more waiting").format(count=more) if more else ""))
        self.again.setEnabled(True)
        self.cancel.setEnabled(job.cancel_requested_at is None)
        self.stop.setEnabled(job.state == RUNNING and job.cancel_requested_at is None and not stops)
        self.setCurrentIndex(1)

    def show_run(self) -> None:
        """Ready for the next job."""
        self.setCurrentIndex(0)

    def _on_stop(self) -> None:
        if self._job_id is not None:
            self._stops.add(self._job_id)
            self.stop.setEnabled(False)
            self.text.setText(tr("Keeping the best…"))
            self.stop_requested.emit()


def _text(job: Job, fraction: Optional[float]) -> str:
    """How far and how fast, such as "42 % · 3.1 Mpx/s · 20 s left"; or what it waits for."""
    if job.state != RUNNING or job.cancel_requested_at is not None:
        return tr("{state}…").format(state=state_of(job))
    if fraction is None:
        return tr("Starting…")
    parts = [tr("{percent} %").format(percent=int(100 * fraction))]
    if job.progress["unit"] in COUNTED:
        words = tr("{done} of {total} {unit}")
        done, total = round(job.progress["done"]), round(job.progress["total"])
        parts = [words.format(done=done, total=total, unit=tr(job.progress["unit"]))]
    elif job.progress.get("rate"):
        parts.append(tr("{rate:.1f} {unit}/s").format(rate=job.progress["rate"], unit=job.progress["unit"]))
    return " · ".join([*parts, *filter(None, [time_left(job)])])
