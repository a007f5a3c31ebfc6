"""Finds the engine's Python and looks whether it is complete."""

from __future__ import annotations

import json
import subprocess  # nosec B404 # runs the engine's Python, without a shell
import sys
from pathlib import Path
from typing import NamedTuple, Optional

from ..settings import Settings
from ..translation import tr
from .folders import PACKAGES, made_by_make, python_in, set_up, set_up_engine
from .surroundings import clean_environment

__all__ = ["Inspection", "find_engine_python", "inspect_python", "plugin_packages_folder"]

OLDEST = (3, 11)
PROBE = Path(__file__).with_name("probe.py")
# Antivirus software may look through every library when it is loaded for the first time.
PROBE_S = 120.0


class Inspection(NamedTuple):
    """What was found out about a Python: its version, one sentence on what is wrong, if anything is, and whether the
    packages for training and search are there too."""

    version: str
    problem: Optional[str]
    learns: bool = False


def find_engine_python(chosen: Optional[str] = None) -> Optional[Path]:
    """The Python chosen in the settings, or the one that make made, or the one that "Set up" made; None without any.

    One that was chosen by hand is taken as it is: if it is gone, the user should hear so instead of getting another.

    Parameters
    ----------
    chosen : str, optional
        Used instead of the one in the settings; empty: what would be used without a choice.
    """
    chosen = Settings().engine_python if chosen is None else chosen
    if chosen:
        return Path(chosen).expanduser()
    made = (python_in(folder / "engine") for folder in made_by_make())
    for python in made:
        if python.exists():
            return python
    engine = set_up_engine()
    return python_in(engine) if engine is not None else None


def plugin_packages_folder() -> Optional[Path]:
    """The folder to import pyqtgraph from, if it was set up."""
    folders = [folder / PACKAGES for folder in made_by_make()]
    made = set_up()
    if made is not None:
        folders.append(made / PACKAGES)
    return next((folder for folder in folders if folder.is_dir()), None)


def inspect_python(path: str) -> Inspection:
    """Run the Python at `path` to see its version and its packages; takes seconds, so call it in a thread."""
    if not Path(path).is_file():
        return Inspection("", tr("There is no file {path}.").format(path=path))
    command = [path, "-I", str(PROBE)]
    hidden = subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0
    try:
        done = subprocess.run(  # nosec B603 # no shell, our own script
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=PROBE_S,
            env=clean_environment(),
            creationflags=hidden,
        )
        printed = json.loads(done.stdout.splitlines()[-1])
        version = tuple(printed["version"])
    except subprocess.TimeoutExpired:
        return Inspection("", tr("{path} gives no answer.").format(path=path))
    except (OSError, ValueError, LookupError, TypeError):
        return Inspection("", tr("{path} does not run as a Python; choose its program file.").format(path=path))
    return Inspection(".".join(map(str, version)), _problem_of(version, printed["missing"]), not printed["absent"])


def _problem_of(version: tuple[int, ...], missing: dict[str, str]) -> Optional[str]:
    if version < OLDEST:
        return tr("This is Python {version}; GeoFM needs 3.11 or newer.").format(version=".".join(map(str, version)))
    if not missing:
        return None
    names = ", ".join(missing)
    if all("No module named" in reason for reason in missing.values()):
        return tr("Packages are missing: {names}; press “Set up”, or choose another Python.").format(names=names)
    return tr("Packages cannot be loaded: {names} ({reason}).").format(names=names, reason=next(iter(missing.values())))
