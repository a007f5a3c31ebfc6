"""What "Set up" does, as programs to run one after another."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Optional

from ..translation import tr
from .folders import ENGINE, PACKAGES, TOOLS, program_in, python_in
from .levels import CORE, Level, pinned

__all__ = ["Step", "removal", "steps_of_setup"]

PROBE = Path(__file__).with_name("probe.py")
# Folders are removed in a process of their own: half a gigabyte of small files takes seconds.
REMOVE = "import os, shutil, sys; [shutil.rmtree(path) for path in sys.argv[1:] if os.path.isdir(path)]"


class Step(NamedTuple):
    """A program to run: what it does in words, its file, its arguments, and the folder to run it in."""

    title: str
    program: Path
    arguments: tuple[str, ...]
    folder: Optional[Path] = None


def removal(python: Path, data: Path) -> Step:
    """Removes everything that a set-up makes."""
    paths = tuple(str(data / name) for name in (ENGINE, PACKAGES, TOOLS))
    return Step(tr("Removing what an earlier set-up left"), python, ("-I", "-c", REMOVE, *paths))


def steps_of_setup(python: Path, data: Path, requirements: Path, level: Level) -> tuple[Step, ...]:
    """All steps.

    Requirement files are named without their folder, in which the step runs: uv splits some paths at spaces.

    Parameters
    ----------
    python : Path
        Any Python with `venv`: it makes the environment of the tools, which make the engine's.
    data : Path
        GeoFM's data folder.
    requirements : Path
        The folder of the requirement files.
    level : Level
    """
    tools, engine = data / TOOLS, data / ENGINE
    uv, engine_python = program_in(tools, "uv"), python_in(engine)
    pip = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--retries", "5", "--timeout", "60")
    install = _install(engine_python)
    return (
        removal(python, data),
        Step(tr("Making a place for the tools"), python, ("-I", "-m", "venv", str(tools))),
        Step(
            tr("Installing uv"),
            python_in(tools),
            (*pip, "--only-binary", ":all:", "--require-hashes", "-r", "tools.txt"),
            requirements,
        ),
        Step(tr("Making the engine's Python"), uv, ("venv", "--python", ">=3.11,<3.15", str(engine)), data),
        *_packages(uv, engine_python, requirements, level),
        Step(
            tr("Installing the charts"),
            uv,
            (*install, "--target", str(data / PACKAGES), "--no-deps", "-r", "plugin.txt"),
            requirements,
        ),
        Step(tr("Trying the packages out"), engine_python, ("-I", str(PROBE), "--try", level.name)),
    )


def _packages(uv: Path, engine_python: Path, requirements: Path, level: Level) -> tuple[Step, ...]:
    """Installs what the engine needs at a level; torch first where it does not come from the package index."""
    # The first start would otherwise compile thousands of files, which takes longer than the start itself.
    install = (*_install(engine_python), "--compile-bytecode")
    if level.torch is not None:
        install = (*install, "--no-deps")  # the file names all but torch, whose build is not of the index
    packages = Step(tr("Installing the engine's packages"), uv, (*install, "-r", level.packages), requirements)
    if level.name == CORE:
        return (packages,)
    text = Step(
        tr("Installing the text model"), uv, (*_install(engine_python), "--no-deps", "-r", "text.txt"), requirements
    )
    if level.torch is None:
        return packages, text
    wanted = pinned(requirements / "learn.txt", ("torch", "torchvision"))
    torch = ("pip", "install", "--python", str(engine_python), "--no-build", "--torch-backend", level.torch, *wanted)
    return Step(tr("Installing PyTorch"), uv, torch, requirements), packages, text


def _install(engine_python: Path) -> tuple[str, ...]:
    return ("pip", "install", "--python", str(engine_python), "--require-hashes", "--no-build")
