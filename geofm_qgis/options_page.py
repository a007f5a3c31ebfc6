"""The page "GeoFM" in Settings > Options."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from qgis.gui import QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from .diagnostics import Diagnostics
from .engine.errors import JobError
from .engine.jobs.job import FAILED, RUNNING, SUCCEEDED
from .engine.jobs.paths import home_folder, prepare_home
from .engine.resources import resource
from .environment.folders import level_of, set_up_engine
from .environment.inspector import Inspector
from .environment.levels import levels, named
from .environment.python import Inspection, find_engine_python
from .environment.setup import EngineSetup
from .help import help_button
from .jobs.log_dialog import LogView
from .jobs.model import state_icon
from .plain_text import PlainLabel
from .settings import Settings
from .translation import tr
from .widgets.wheel import guard_wheel

__all__ = ["PAGE", "OptionsFactory", "OptionsPage"]

PAGE = "geofm_options"  # the name by which QGIS opens the dialog at this page

ICON = 16
MOST_THREADS = 256
LOG_LINES = 9


class OptionsFactory(QgsOptionsWidgetFactory):
    """Makes the page when the dialog opens, and keeps a set-up going when it closes.

    Signals
    -------
    changed
        Settings were stored, or the engine was set up.
    """

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setTitle("GeoFM")
        self.setup = EngineSetup(self)
        self.setup.finished.connect(lambda ready, sentence: self.changed.emit())
        self.setup.tidy()
        self.diagnostics = Diagnostics(self)

    def icon(self) -> QIcon:
        """The plugin's icon."""
        return QIcon(str(resource("icons/geofm.svg")))

    def createWidget(self, parent: Optional[QWidget] = None) -> QgsOptionsPageWidget:
        """Called by QGIS each time the dialog opens."""
        page = OptionsPage(self.setup, parent)
        page.changed.connect(self.changed)
        page.diagnostics_button.clicked.connect(self.diagnostics.start)
        page.follow_diagnostics(self.diagnostics)
        return page

    def close(self) -> None:
        """Stop a set-up that is under way, as when the plugin is unloaded."""
        self.setup.close()
        self.diagnostics.close()


class OptionsPage(QgsOptionsPageWidget):
    """Engine, queue and device.

    Signals
    -------
    changed
        Settings were stored.
    """

    changed = pyqtSignal()

    def __init__(self, setup: EngineSetup, parent: Optional[QWidget] = None) -> None:
        super().__init__(parent)
        self.setObjectName(PAGE)
        self._setup = setup
        self._inspector = Inspector(self)
        self._inspector.inspected.connect(self._show_inspection)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._make_engine())
        layout.addWidget(self._make_jobs())
        layout.addStretch(1)
        self._fill()
        self._connect_setup()
        guard_wheel(self)
        self.python.fileChanged.connect(self._inspect)
        self._inspect()

    # What QGIS calls --------------------------------------------------------------------------------------------------

    def isValid(self) -> bool:
        """Whether the settings can be stored; says below the field why not."""
        problem = self._folder_problem()
        self.folder_problem.setText(problem)
        self.folder_problem.setVisible(bool(problem))
        return not problem

    def apply(self) -> None:
        """Store the settings; QGIS calls this when OK is pressed, and before 3.26 without asking `isValid`."""
        settings = Settings()
        settings.engine_python = self.python.filePath().strip()
        if self.isValid():
            settings.job_folder = self.folder.filePath().strip()
        settings.device = self.device.currentData()
        settings.threads = self.threads.value()
        self.changed.emit()

    def helpKey(self) -> str:
        """No chapter of QGIS's own manual."""
        return ""

    # Making -----------------------------------------------------------------------------------------------------------

    def _make_engine(self) -> QGroupBox:
        box = QGroupBox(tr("Engine"))
        intro = QLabel(
            tr(
                "Maps are computed in the background by a Python of their own, apart from QGIS. “Set up” makes one in "
                "your data folder. Flood maps need little; training and search need PyTorch and take longer to set up."
            )
        )
        intro.setWordWrap(True)
        self.python = QgsFileWidget()
        self.python.setStorageMode(QgsFileWidget.StorageMode.GetFile)
        self.python.setDialogTitle(tr("Choose the engine's Python"))
        self.python.lineEdit().setAccessibleName(tr("The engine's Python"))
        self.status_icon, self.status = QLabel(), PlainLabel()
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        status = QHBoxLayout()
        status.addWidget(self.status_icon, 0, Qt.AlignmentFlag.AlignTop)
        status.addWidget(self.status, 1, Qt.AlignmentFlag.AlignTop)
        label = QLabel(tr("&Python"))
        label.setBuddy(self.python.lineEdit())
        form = QFormLayout()
        form.addRow(label, self.python)
        layout = QVBoxLayout(box)
        layout.addWidget(intro)
        layout.addLayout(form)
        layout.addLayout(status)
        setup_row = self._make_setup_row()
        layout.addWidget(self.level)
        layout.addLayout(setup_row)
        layout.addWidget(self.step)
        self.log = LogView()
        self.log.setAccessibleName(tr("Log of the set-up"))
        self.log.setFixedHeight(LOG_LINES * self.log.fontMetrics().lineSpacing())
        layout.addWidget(self.log)
        return box

    def _make_setup_row(self) -> QHBoxLayout:
        self.setup_button = QPushButton(tr("&Set up"))
        self.setup_button.clicked.connect(self._start_setup)
        self.level = QComboBox()
        self.level.setAccessibleName(tr("What to set up"))
        for level in levels():
            self.level.addItem(level.title, level.name)
        self._mark_level()
        self.cancel_button = QPushButton(tr("S&top the set-up"))
        self.cancel_button.clicked.connect(self._setup.cancel)
        self.setup_bar = QProgressBar()
        self.setup_bar.setTextVisible(False)
        self.setup_bar.setMaximumWidth(140)
        self.step = PlainLabel()
        self.step.setWordWrap(True)
        row = QHBoxLayout()
        for widget in (self.setup_button, self.cancel_button, self.setup_bar):
            row.addWidget(widget)
        row.addStretch(1)
        self.diagnostics_button = QPushButton(tr("Copy &diagnostics"))
        self.diagnostics_button.setToolTip(
            tr("Checks versions, folders, memory and queue, maps a small scene, and copies what it finds as text.")
        )
        row.addWidget(self.diagnostics_button)
        row.addWidget(help_button("qgis#install"))
        return row

    def _mark_level(self) -> None:
        """Choose the set that is there, and say so in the list."""
        engine = set_up_engine()
        made = level_of(engine) if engine is not None else None
        for row, level in enumerate(levels()):
            own = made is not None and level.name == made.name
            self.level.setItemText(row, tr("{title} – set up").format(title=level.title) if own else level.title)
            if own:
                self.level.setCurrentIndex(row)

    def _make_jobs(self) -> QGroupBox:
        box = QGroupBox(tr("Jobs"))
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.setDialogTitle(tr("Choose the folder for the queue of jobs"))
        self.folder.lineEdit().setPlaceholderText(str(home_folder()))
        self.folder.lineEdit().setAccessibleName(tr("Folder of the jobs"))
        self.folder.setToolTip(
            tr("Where the queue, logs and unfinished work are kept: a folder of its own on a local disk")
        )
        self.folder_problem = PlainLabel()
        self.folder_problem.setWordWrap(True)
        self.folder_problem.hide()
        self.device = QComboBox()
        for text, value in (
            (tr("Automatic: the graphics card where there is one"), "auto"),
            (tr("Processor only"), "cpu"),
            (tr("NVIDIA graphics card"), "cuda"),
        ):
            self.device.addItem(text, value)
        self.device.setToolTip(tr("Where models run; mapping floods without a model always uses the processor"))
        self.threads = QSpinBox()
        self.threads.setRange(0, MOST_THREADS)
        self.threads.setSpecialValueText(tr("All but one"))
        self.threads.setToolTip(tr("How many processor cores a job may use; counts after five minutes without a job"))
        form = QFormLayout(box)
        label = QLabel(tr("&Folder"))
        label.setBuddy(self.folder.lineEdit())
        form.addRow(label, self.folder)
        form.addRow("", self.folder_problem)
        form.addRow(tr("&Device"), self.device)
        form.addRow(tr("Processor co&res"), self.threads)
        return box

    def _fill(self) -> None:
        settings = Settings()
        self.python.setFilePath(settings.engine_python)
        self.folder.setFilePath(settings.job_folder)
        self.device.setCurrentIndex(self.device.findData(settings.device))
        self.threads.setValue(settings.threads)

    # The engine's Python ----------------------------------------------------------------------------------------------

    def _inspect(self) -> None:
        default = find_engine_python(chosen="")
        automatic = tr("Automatic: {path}").format(path=default) if default else tr("Automatic: none found")
        self.python.lineEdit().setPlaceholderText(automatic)
        if self._setup.running and default is None:
            self._say(RUNNING, tr("It is being set up; the dialog can be closed meanwhile."))
            self._inspector.inspect("")
            return
        path = self.python.filePath().strip() or str(default or "")
        if path:
            self._say(RUNNING, tr("Looking at {path} …").format(path=path))
        else:
            self._say(FAILED, tr("There is none yet: press “Set up”, or choose one that has GeoFM's packages."))
        self._inspector.inspect(path)

    def _show_inspection(self, inspection: Inspection) -> None:
        if inspection.problem:
            self._say(FAILED, inspection.problem)
        elif inspection.learns:
            self._say(SUCCEEDED, tr("Python {version} with all packages: ready").format(version=inspection.version))
        else:
            text = tr("Python {version}: ready for flood maps; packages for training and search are not set up")
            self._say(SUCCEEDED, text.format(version=inspection.version))

    def _say(self, state: str, text: str) -> None:
        self.status_icon.setPixmap(state_icon(state).pixmap(ICON, ICON))
        self.status.setText(text)

    # Set-up -----------------------------------------------------------------------------------------------------------

    def _connect_setup(self) -> None:
        self._setup.log.connect(self.log.append_text)
        self._setup.stepped.connect(self._show_step)
        self._setup.finished.connect(self._setup_finished)
        self.log.append_text(self._setup.text)
        self._show_step(self._setup.step_number, self._setup.step_count, self._setup.step_title)
        self._show_running(self._setup.running)

    def _start_setup(self) -> None:
        self.log.clear()
        self._show_running(True)
        self.cancel_button.setFocus()  # else it goes to the next button that is there
        self._setup.start(named(self.level.currentData()))
        if self._setup.running:
            self._inspect()

    def _show_running(self, running: bool) -> None:
        self.setup_button.setEnabled(not running)
        self.level.setEnabled(not running)
        self.cancel_button.setVisible(running)
        self.setup_bar.setVisible(running)
        self.step.setVisible(bool(self.step.text()))
        self.log.setVisible(bool(self._setup.text) or running)

    def _show_step(self, number: int, count: int, title: str) -> None:
        self.setup_bar.setRange(0, count)
        self.setup_bar.setValue(number - 1)
        words = tr("{title} … (step {number} of {count}; {cost} in all)")
        cost = self._setup.level.cost
        self.step.setText(words.format(title=title, number=number, count=count, cost=cost) if title else "")
        self.step.setVisible(bool(title))

    def _setup_finished(self, ready: bool, sentence: str) -> None:
        self.step.setText(sentence)
        self._show_running(False)
        if ready:
            self.python.setFilePath("")
            self._mark_level()
        self._inspect()

    def follow_diagnostics(self, diagnostics: Diagnostics) -> None:
        """Say here what becomes of them: the message bar lies behind the dialog."""
        diagnostics.finished.connect(self._on_diagnostics)
        diagnostics.failed.connect(self._tell)
        self.diagnostics_button.clicked.connect(lambda: self._tell(tr("Looking at the engine …")))

    def _on_diagnostics(self, _: str) -> None:
        self._tell(tr("The diagnostics are on the clipboard."))

    def _tell(self, text: str) -> None:
        if not self._setup.running:
            self.step.setText(text)
            self.step.show()

    def _folder_problem(self) -> str:
        folder = self.folder.filePath().strip()
        if not folder:
            return ""
        if not Path(folder).expanduser().is_absolute():
            return tr("Give the folder's whole path.")
        try:
            prepare_home(Path(folder))
        except JobError as error:
            return str(error)
        return ""
