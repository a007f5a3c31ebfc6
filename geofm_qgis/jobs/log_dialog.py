"""The log of one job, which the window follows while the job writes it."""

from __future__ import annotations

from typing import Optional

from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtGui import QFontDatabase, QTextCursor
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from ..engine.jobs.job import Job
from ..translation import tr
from .client import JobClient
from .words import title_of

__all__ = ["LogDialog", "LogView"]

OVERLAP = 4000  # characters by which the new end of a log is joined to the old one
MS_BETWEEN_READS = 500
SIZE = (760, 460)


class LogView(QPlainTextEdit):
    """Text to read and copy; stays at its end while text is added, unless the reader scrolled away."""

    def __init__(self, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def append_text(self, text: str) -> None:
        """Add `text` at the end."""
        bar = self.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)
        if follows:
            bar.setValue(bar.maximum())


class LogDialog(QDialog):
    """Shows what a job's process printed; does not keep other windows from being used."""

    def __init__(self, client: JobClient, job: Job, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Log of job {number} – {title}").format(number=job.id, title=title_of(job)))
        self.resize(*SIZE)
        self._client, self._number, self._shown = client, job.id, ""
        self.view = LogView()
        self.view.setPlaceholderText(tr("The job has printed nothing yet."))
        self.view.setAccessibleName(tr("Log"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.view)
        layout.addWidget(buttons)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.read)
        self._timer.start(MS_BETWEEN_READS)
        self.read()

    def read(self) -> None:
        """Show what came since the last time."""
        text = self._client.log(self._number)
        if text == self._shown:
            return
        # Of a long log only the end is read, so what is shown already may begin before it.
        known = text.rfind(self._shown[-OVERLAP:]) if self._shown else -1
        if known < 0:
            self.view.clear()
            self.view.append_text(text)
        else:
            self.view.append_text(text[known + len(self._shown[-OVERLAP:]) :])
        self._shown = text
