"""Where set-ups and their parts lie, and the stamp that tells a whole one from a leftover.

Each run of "Set up" makes a folder of its own, named by its time, and stamps it when all of it has been tried out. The
newest one with this version's stamp is in use. So whatever ends a set-up leaves the one before as it is, and nothing is
renamed: environments hold their own paths, and Windows renames no folder of a running program.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from ..engine.jobs.paths import home_folder
from .levels import Level, named

__all__ = [
    "ENGINE",
    "PACKAGES",
    "TOOLS",
    "level_of",
    "made_by_make",
    "new_setup",
    "program_in",
    "put_in_use",
    "python_in",
    "requirements_folder",
    "retire",
    "set_up",
    "set_up_engine",
    "setups",
]

SETUPS = "engines"
TOOLS, ENGINE, PACKAGES = "tools", "python", "plugin-packages"
STAMP = "set-up-of-requirements"
# Tells the worker that runs in an environment to hand over, after its job, to one in the Python that this file names.
REPLACED = "replaced-by"
PLUGIN = Path(__file__).resolve().parents[1]


def requirements_folder() -> Path:
    """The pinned requirement files: inside the staged plugin, or in the checkout beside it."""
    inside = PLUGIN / "requirements"
    return inside if inside.is_dir() else PLUGIN.parent / "requirements"


def requirements_hash(level: Level) -> str:
    """Changes with every change of a requirement file of a level."""
    files = (requirements_folder() / name for name in level.files)
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def stamp_of(level: Level) -> str:
    """What the stamp says when a level is set up."""
    return f"{level.name} {requirements_hash(level)}\n"


def program_in(environment: Path, name: str) -> Path:
    """A program of a virtual environment."""
    return environment / "Scripts" / f"{name}.exe" if sys.platform == "win32" else environment / "bin" / name


def python_in(environment: Path) -> Path:
    """The Python of a virtual environment."""
    return program_in(environment, "python")


def setups(data: Path) -> tuple[Path, ...]:
    """The folders of all set-ups, whole or not, newest first; last the data folder, which once held the only one."""
    made = [folder for folder in (data / SETUPS).glob("*") if folder.name.isdecimal()]
    return (*sorted(made, key=lambda folder: int(folder.name), reverse=True), data)


def new_setup(data: Path) -> Path:
    """Make the folder of a new set-up, for its user alone; newer than all others also where a clock was set back."""
    (data / SETUPS).mkdir(mode=0o700, exist_ok=True)
    newest, *others = setups(data)
    folder = data / SETUPS / str(max(int(time.time()), int(newest.name) + 1 if others else 0))
    folder.mkdir(mode=0o700)
    return folder


def set_up(data: Optional[Path] = None) -> Optional[Path]:
    """The folder of the set-up in use: the newest that is whole and of this version of GeoFM."""
    return next((folder for folder in setups(data or home_folder()) if level_of(folder / ENGINE) is not None), None)


def set_up_engine(data: Optional[Path] = None) -> Optional[Path]:
    """The environment of the set-up in use."""
    folder = set_up(data)
    return folder / ENGINE if folder is not None else None


def level_of(engine: Path) -> Optional[Level]:
    """The level to which "Set up" made an environment; None if it is not whole, or of another version of GeoFM."""
    try:
        stamp = (engine / STAMP).read_text(encoding="utf-8")
    except OSError:
        return None
    level = named(stamp.partition(" ")[0])
    return level if stamp == stamp_of(level) and python_in(engine).exists() else None


def put_in_use(data: Path, folder: Path, level: Level) -> None:
    """Stamp a set-up that is whole; the moment in which its stamp appears is that of the change.

    Raises
    ------
    OSError
        If the stamp cannot be written.
    """
    before = set_up_engine(data)
    fresh = folder / ENGINE / f".{STAMP}"
    fresh.write_text(stamp_of(level), encoding="utf-8")
    fresh.replace(folder / ENGINE / STAMP)
    if before is not None:
        with contextlib.suppress(OSError):  # a worker that is not told leaves when it has been idle
            (before / REPLACED).write_text(str(python_in(folder / ENGINE)), encoding="utf-8")


def retire(data: Path, at_work: bool) -> tuple[Path, ...]:
    """The folders that can be removed; to be called by the holder of the lock on set-ups.

    They are what set-ups left that did not come to their end, and those older than the one in use, which lose their
    stamps here.

    Parameters
    ----------
    data : Path
        GeoFM's data folder.
    at_work : bool
        A worker may run in an older environment, so those stay.
    """
    every, current = setups(data), set_up(data)
    older = every[every.index(current) + 1 :] if current is not None and not at_work else ()
    unused: list[Path] = []
    for folder in every:
        stamp = folder / ENGINE / STAMP
        if folder in older or not stamp.exists():
            stamp.unlink(missing_ok=True)
            parts = [data / name for name in (ENGINE, PACKAGES, TOOLS)] if folder == data else [folder]
            unused += [part for part in parts if part.exists()]
    return tuple(unused)


def made_by_make() -> Iterator[Path]:
    """The folders `.venv` of the checkouts that the plugin lies in, nearest first."""
    return (folder / ".venv" for folder in PLUGIN.parents if (folder / ".venv").is_dir())
