"""Where the parts of the engine's Python lie, and the stamp that tells a whole one from a leftover."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from ..engine.jobs.paths import home_folder

__all__ = [
    "ENGINE",
    "PACKAGES",
    "STAMP",
    "TOOLS",
    "made_by_make",
    "program_in",
    "python_in",
    "requirements_folder",
    "requirements_hash",
    "set_up_engine",
]

TOOLS, ENGINE, PACKAGES = "tools", "python", "plugin-packages"
STAMP = "set-up-of-requirements"
REQUIREMENTS = ("tools.txt", "core.txt", "plugin.txt")
PLUGIN = Path(__file__).resolve().parents[1]


def requirements_folder() -> Path:
    """The pinned requirement files: inside the staged plugin, or in the checkout beside it."""
    inside = PLUGIN / "requirements"
    return inside if inside.is_dir() else PLUGIN.parent / "requirements"


def requirements_hash() -> str:
    """Changes with every change of a requirement file."""
    files = (requirements_folder() / name for name in REQUIREMENTS)
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def program_in(environment: Path, name: str) -> Path:
    """A program of a virtual environment."""
    return environment / "Scripts" / f"{name}.exe" if sys.platform == "win32" else environment / "bin" / name


def python_in(environment: Path) -> Path:
    """The Python of a virtual environment."""
    return program_in(environment, "python")


def set_up_engine(data: Optional[Path] = None) -> Optional[Path]:
    """The environment that "Set up" made in GeoFM's data folder, if it is whole and of this version of GeoFM."""
    engine = (data or home_folder()) / ENGINE
    try:
        whole = (engine / STAMP).read_text(encoding="utf-8").strip() == requirements_hash()
    except OSError:
        return None
    return engine if whole and python_in(engine).exists() else None


def made_by_make() -> Iterator[Path]:
    """The folders `.venv` of the checkouts that the plugin lies in, nearest first."""
    return (folder / ".venv" for folder in PLUGIN.parents if (folder / ".venv").is_dir())
