"""What a report of a problem should hold: QGIS's versions, and what `geofm doctor` says in the engine's Python."""

from __future__ import annotations

import configparser
import platform
import sys
from pathlib import Path
from typing import Optional

from qgis.core import Qgis
from qgis.PyQt.QtCore import (
    PYQT_VERSION_STR,
    QT_VERSION_STR,
    QObject,
    QProcess,
    QProcessEnvironment,
    QTimer,
    pyqtSignal,
)
from qgis.PyQt.QtGui import QGuiApplication

from .engine import __version__
from .engine.jobs.processes import worker_environment
from .environment.python import find_engine_python
from .settings import Settings
from .translation import tr

__all__ = ["Diagnostics"]

MS_TO_ANSWER = 180_000  # loading torch for the first time takes a minute where antivirus software looks on
MOST_CHARACTERS = 50_000
PLUGIN = Path(__file__).resolve().parent


class Diagnostics(QObject):
    """Puts a text for a report of a problem on the clipboard; it takes a few seconds and never blocks.

    The text is on the clipboard before either signal comes, with whatever could be found out.

    Signals
    -------
    finished : str
        The engine's Python has answered: the whole text.
    failed : str
        It has not: one sentence for the user.
    """

    finished = pyqtSignal(str)
    failed = pyqtSignal(str)

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self._process: Optional[QProcess] = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._give_up)

    @property
    def running(self) -> bool:
        """Whether the engine's Python is being asked."""
        return self._process is not None

    def start(self) -> None:
        """Ask; one of the signals comes in any case. Nothing happens while an earlier question is open."""
        if self.running:
            return
        python = find_engine_python()
        if python is None:
            self._end("", tr("There is no engine's Python yet: press “Set up”, or choose one."))
            return
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.setStandardInputFile(QProcess.nullDevice())
        process.setProcessEnvironment(_environment())
        process.finished.connect(self._answered)
        process.errorOccurred.connect(self._did_not_start)
        self._process = process
        self._patience.start(MS_TO_ANSWER)
        process.start(str(python), ["-m", "engine", "doctor"])

    def close(self) -> None:
        """Stop without a signal, as when the plugin is unloaded."""
        self._patience.stop()
        process, self._process = self._process, None
        if process is not None:
            process.disconnect()
            process.kill()
            process.waitForFinished(1000)
            process.deleteLater()

    def _answered(self, status: int, how: QProcess.ExitStatus) -> None:
        whole = how == QProcess.ExitStatus.NormalExit and status in (0, 1)
        problem = "" if whole else tr("The engine's Python ended with status {status}.").format(status=status)
        self._end(self._take(), problem)

    def _did_not_start(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            program, reason = self._process.program(), self._process.errorString()
            self._take()
            self._end("", tr("{program} does not start ({reason}).").format(program=program, reason=reason))

    def _give_up(self) -> None:
        if self._process is not None:
            self._process.disconnect()
            self._process.kill()
            self._process.waitForFinished(1000)
        self._end(self._take(), tr("The engine's Python gives no answer."))

    def _take(self) -> str:
        """What the process has printed; it is let go."""
        process, self._process = self._process, None
        if process is None:
            return ""
        process.deleteLater()
        return bytes(process.readAll()).decode("utf-8", errors="replace").replace("\r\n", "\n")[-MOST_CHARACTERS:]

    def _end(self, answer: str, problem: str) -> None:
        self._patience.stop()
        text = "\n".join(part.strip() for part in (_about_qgis(), answer, problem) if part.strip()) + "\n"
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(text)
        if problem:
            self.failed.emit(problem)
        else:
            self.finished.emit(text)


def _environment() -> QProcessEnvironment:
    environment = QProcessEnvironment()
    for name, value in worker_environment(Settings().job_home).items():
        environment.insert(name, value)
    return environment


def _about_qgis() -> str:
    settings = Settings()
    rows = {
        "Plugin": f"{_plugin_version()}, engine {__version__}, in {PLUGIN}",
        "QGIS": f"{Qgis.QGIS_VERSION}, Qt {QT_VERSION_STR}, PyQt {PYQT_VERSION_STR}",
        "QGIS's Python": f"{platform.python_version()} at {sys.executable}",
        "QGIS's GDAL": _gdal_version(),
        "Engine's Python": settings.engine_python or f"automatic: {find_engine_python()}",
        "Settings": f"device {settings.device}, threads {settings.threads}, job folder {settings.job_home}",
    }
    return "\n".join(f"{name}: {value}" for name, value in rows.items())


def _plugin_version() -> str:
    metadata = configparser.ConfigParser(interpolation=None)
    # In the staged plugin it lies inside, in a checkout beside.
    metadata.read([PLUGIN.parent / "metadata.txt", PLUGIN / "metadata.txt"], encoding="utf-8")
    return metadata.get("general", "version", fallback="?")


def _gdal_version() -> str:
    try:
        from osgeo import gdal
    except ImportError as error:
        return str(error)
    return str(gdal.VersionInfo("RELEASE_NAME"))
