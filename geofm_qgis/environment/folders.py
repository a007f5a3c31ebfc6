"""Where the parts of the engine's Python lie, and the stamp that tells a whole one from a leftover."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from ..engine.jobs.paths import home_folder
from .levels import Level, named

__all__ = [
    "ENGINE",
    "PACKAGES",
    "STAMP",
    "TOOLS",
    "level_of",
    "made_by_make",
    "program_in",
    "python_in",
    "requirements_folder",
    "set_up_engine",
    "stamp_of",
]

TOOLS, ENGINE, PACKAGES = "tools", "python", "plugin-packages"
STAMP = "set-up-of-requirements"
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


def set_up_engine(data: Optional[Path] = None) -> Optional[Path]:
    """The environment that "Set up" made in GeoFM's data folder, if it is whole and of this version of GeoFM."""
    engine = (data or home_folder()) / ENGINE
    return engine if level_of(engine) is not None and python_in(engine).exists() else None


def level_of(engine: Path) -> Optional[Level]:
    """The level to which "Set up" made an environment; None if it is not whole, or of another version of GeoFM."""
    try:
        stamp = (engine / STAMP).read_text(encoding="utf-8")
    except OSError:
        return None
    level = named(stamp.partition(" ")[0])
    return level if stamp == stamp_of(level) else None


def made_by_make() -> Iterator[Path]:
    """The folders `.venv` of the checkouts that the plugin lies in, nearest first."""
    return (folder / ".venv" for folder in PLUGIN.parents if (folder / ".venv").is_dir())
