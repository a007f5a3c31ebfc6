"""Makes the engine's Python, as the button "Set up" asks for."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Optional

from qgis.PyQt.QtCore import QObject, QProcess, QProcessEnvironment, pyqtSignal

from ..engine.errors import GeoFMError
from ..engine.jobs.locks import FileLock, lane_lock, queue_lock
from ..engine.jobs.paths import home_folder, prepare_home
from ..engine.jobs.requests import LANES
from ..settings import Settings
from ..translation import tr
from .folders import ENGINE, new_setup, put_in_use, python_in, requirements_folder, retire, set_up
from .levels import Level, levels
from .remedies import remedy_for
from .steps import Step, removal, steps_of_setup
from .surroundings import clean_environment, network_of_qgis, own_python

__all__ = ["EngineSetup"]

# A remedy is looked for in what the failed step printed last.
MOST_REMEMBERED = 20_000


class EngineSetup(QObject):
    """Runs the steps one after another without blocking; one set-up at a time, also among several QGIS.

    It outlives the page that shows it; `text` is the log so far. The new set-up is made beside the one in use, which
    goes on to be used, also by a worker at its job, until all steps of the new one are done (`folders`). So it stays as
    it is if the new one is cancelled or fails.

    Signals
    -------
    log : str
        A piece of what the programs print, with its line ends.
    stepped : int, int, str
        Number of the step that begins, from 1; how many there are; its title.
    finished : bool, str
        Whether the engine's Python is ready, and one sentence for the user.
    """

    log = pyqtSignal(str)
    stepped = pyqtSignal(int, int, str)
    finished = pyqtSignal(bool, str)

    def __init__(self, parent: Optional[QObject] = None, data: Optional[Path] = None) -> None:
        super().__init__(parent)
        self._data = data or home_folder()
        self._folder = self._data
        self._python = Path()
        self._lock: Optional[FileLock] = None
        self._level = levels()[0]
        self._steps: tuple[Step, ...] = ()
        self._at = 0
        self._printed = ""
        self._ending: Optional[str] = None
        self._process: Optional[QProcess] = None
        self.text = ""
        self.step_number, self.step_count, self.step_title = 0, 0, ""
        self.log.connect(self._keep)

    @property
    def running(self) -> bool:
        """Whether a set-up is under way."""
        return self._lock is not None

    @property
    def level(self) -> Level:
        """What is being set up, or was last."""
        return self._level

    @property
    def engine_python(self) -> Path:
        """The Python that this set-up makes."""
        return python_in(self._folder / ENGINE)

    def start(self, level: Optional[Level] = None) -> None:
        """Begin; `finished` comes in any case, soon if something is in the way. Default: the smallest level."""
        if self.running:
            return
        self._level = level or levels()[0]
        self.text, self._ending = "", None
        try:
            unused = self._prepare()
        except GeoFMError as error:
            self._finish(False, str(error))
            return
        except OSError as error:
            self._finish(False, remedy_for(str(error)) or str(error))
            return
        steps = steps_of_setup(self._python, self._folder, requirements_folder(), self._level)
        self._steps = (removal(self._python, unused), *steps) if unused else steps
        self._at = 0
        self._run(self._steps[0])

    def tidy(self) -> None:
        """Remove in the background what nobody uses any more; for the start of QGIS, since a worker may take long."""
        lock = FileLock(self._data / "setup.lock")
        try:
            if not self._data.is_dir() or not lock.try_acquire():
                return
            unused = retire(self._data, _engine_is_at_work(self._data))
        except (GeoFMError, OSError):
            return  # another time
        finally:
            lock.release()
        threading.Thread(target=_remove, args=(unused,), name="GeoFM tidying", daemon=True).start()

    def cancel(self) -> None:
        """Stop, and remove what was made; `finished` comes when that is done."""
        if self.running and self._ending is None:
            self._ending = tr("The set-up was cancelled.")
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """Stop at once, as when QGIS closes; what was made has no stamp, so the next set-up removes it."""
        process, self._process = self._process, None
        if process is not None:
            process.disconnect()
            process.kill()
            process.waitForFinished(1000)
        self._release()

    def _prepare(self) -> tuple[Path, ...]:
        """Make the place for the new set-up; what can be removed first."""
        self._data = prepare_home(self._data)
        lock = FileLock(self._data / "setup.lock")
        if not lock.try_acquire(0.1):
            raise GeoFMError(tr("Another QGIS is setting up the engine; wait until it is done."))
        self._lock = lock
        python = own_python()
        if python is None:
            raise GeoFMError(tr("QGIS's own Python was not found: choose a Python that has GeoFM's packages above."))
        self._python = python
        free = shutil.disk_usage(self._data).free
        if free < self._level.needed_bytes:
            raise GeoFMError(
                tr(
                    "There is too little space in {folder}: setting up takes {size} GB, and {free} GB are free; free "
                    "some, then try again."
                ).format(folder=self._data, size=self._level.needed_bytes // 10**9, free=free // 10**9)
            )
        unused = retire(self._data, _engine_is_at_work(self._data))
        self._folder = new_setup(self._data)
        return unused

    def _run(self, step: Step) -> None:
        self._printed = ""
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.setStandardInputFile(QProcess.nullDevice())
        process.setProcessEnvironment(_environment(self._data))
        process.setWorkingDirectory(str(step.folder or self._data))
        process.readyRead.connect(self._read)
        process.finished.connect(self._step_finished)
        process.errorOccurred.connect(self._step_did_not_start)
        self._process = process
        if self._ending is None:
            self.step_number, self.step_count, self.step_title = self._at + 1, len(self._steps), step.title
            self.stepped.emit(self.step_number, self.step_count, self.step_title)
        self.log.emit(f"— {step.title}\n")
        process.start(str(step.program), list(step.arguments))

    def _read(self) -> None:
        if self._process is not None:
            text = bytes(self._process.readAll()).decode("utf-8", errors="replace").replace("\r\n", "\n")
            self._printed = (self._printed + text)[-MOST_REMEMBERED:]
            self.log.emit(text)

    def _step_did_not_start(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            reason = f"{self._process.program()}: {self._process.errorString()}"
            self._printed = reason
            self.log.emit(reason + "\n")
            self._step_ended(ok=False)

    def _step_finished(self, status: int, how: QProcess.ExitStatus) -> None:
        self._read()
        self._step_ended(ok=status == 0 and how == QProcess.ExitStatus.NormalExit)

    def _step_ended(self, ok: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.deleteLater()
        if self._ending is not None:
            self._end_badly()
        elif not ok:
            self._ending = remedy_for(self._printed) or tr("“{step}” failed; the log tells why.").format(
                step=self._steps[self._at].title
            )
            self._end_badly()
        elif self._at + 1 < len(self._steps):
            self._at += 1
            self._run(self._steps[self._at])
        else:
            self._end_well()

    def _end_well(self) -> None:
        try:
            put_in_use(self._data, self._folder, self._level)
        except OSError as error:
            self._ending = remedy_for(str(error)) or str(error)
            self._end_badly()
            return
        self._finish(True, tr("The engine is ready."))

    def _end_badly(self) -> None:
        """Remove what was made, in a process too, and then tell; what cannot be removed has no stamp."""
        if self._at >= 0:
            self._at = -1
            self._run(removal(self._python, (self._folder,)))
        else:
            self._finish(False, self._ending or "")

    def _keep(self, text: str) -> None:
        self.text += text

    def _finish(self, ready: bool, sentence: str) -> None:
        self._release()
        if not ready and set_up(self._data) is not None:
            sentence += " " + tr("The engine that was set up before is kept and goes on working.")
        self.step_number, self.step_count, self.step_title = 0, 0, ""
        self.log.emit(sentence + "\n")
        self.finished.emit(ready, sentence)

    def _release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()


def _engine_is_at_work(data: Path) -> bool:
    homes = {home for home in (data, Settings().job_home) if home.is_dir()}
    locks = [lock for home in homes for lock in (queue_lock(home), *(lane_lock(home, lane) for lane in LANES))]
    return any(lock.is_held_by_someone() for lock in locks)


def _remove(folders: tuple[Path, ...]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(data: Path) -> QProcessEnvironment:
    environment = QProcessEnvironment()
    for name, value in {**network_of_qgis(), **clean_environment()}.items():
        environment.insert(name, value)
    # A Python that uv brings lies with the rest, so that removing one folder removes everything.
    environment.insert("UV_PYTHON_INSTALL_DIR", str(data / "pythons"))
    # Companies put the certificates of their proxies in the system's store.
    environment.insert("UV_SYSTEM_CERTS", "1")
    environment.insert("UV_HTTP_TIMEOUT", "120")
    environment.insert("UV_NO_PROGRESS", "1")
    environment.insert("NO_COLOR", "1")
    return environment
