"""Starting processes that outlive their starter, and ending one together with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess  # nosec B404 # starts this package's own modules, without a shell
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import JobError
from .logs import keep_short
from .paths import WORKER_LOG

__all__ = ["kill_tree", "start_detached", "worker_environment"]

# What QGIS sets for its own libraries would make the engine's load the wrong data files or the wrong libraries.
FOREIGN = ("PYTHON", "PROJ_", "GDAL_", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_", "__PYVENV_LAUNCHER__")


def start_detached(
    command: Sequence[str], home: Path, more: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `command` so that neither the end of this process nor Ctrl+C in its terminal reaches it.

    Its stdin is the null device: on Windows a thread that waits on a piped stdin makes the first `import numpy` hang
    (numpy issue 24290). What it prints goes to the worker's log in `home`. Its environment gets the variables of `more`
    that it has not yet.
    """
    log = home / WORKER_LOG
    keep_short(log)
    try:
        with log.open("ab") as output:
            environment = {**(more or {}), **worker_environment(home)}
            return _start(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=home, env=environment)
    except OSError as error:
        raise JobError(
            f"The background worker cannot be started with {command[0]} ({error.strerror}); "
            "check that the engine's Python is installed."
        ) from error


def _start(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    if sys.platform != "win32":
        # A session of its own is also what lets `kill_tree` end everything that the process starts.
        return subprocess.Popen(command, start_new_session=True, **options)  # nosec B603 # no shell, our own command
    # An own, hidden console: without any (DETACHED_PROCESS) each program that the process starts would open a window.
    flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    try:
        outside = flags | subprocess.CREATE_BREAKAWAY_FROM_JOB
        return subprocess.Popen(command, creationflags=outside, **options)  # nosec B603 # no shell, our own command
    except PermissionError:
        # The job object that this process belongs to lets nobody out.
        return subprocess.Popen(command, creationflags=flags, **options)  # nosec B603 # no shell, our own command


def kill_tree(pid: int) -> None:
    """End a process that `start_detached` started, and all that it started, at once."""
    if sys.platform == "win32":
        taskkill = str(Path(os.environ["SYSTEMROOT"]) / "System32" / "taskkill.exe")
        command = [taskkill, "/F", "/T", "/PID", str(pid)]
        hidden = subprocess.CREATE_NO_WINDOW
        subprocess.run(command, creationflags=hidden, capture_output=True)  # nosec B603 # Windows' own program
        return
    try:
        # A process that a person started in a terminal leads no group: then only itself must die.
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def worker_environment(home: Path) -> dict[str, str]:
    """What the worker, or another program of the engine, is started with: nothing of QGIS, all of the user's."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment.update(GEOFM_HOME=str(home), PYTHONSAFEPATH="1", PYTHONUTF8="1", PYTHONNOUSERSITE="1")
    root = _import_root()
    if root is not None:
        environment["PYTHONPATH"] = str(root)
    return environment


def _import_root() -> Path | None:
    """The folder to import `engine` from if it is not installed: so starter and worker are of one version.

    An installed engine's folder must not go there: all that is installed would hide the standard library.
    """
    root = Path(__file__).resolve().parents[2]
    return None if root.name in ("site-packages", "dist-packages") else root
