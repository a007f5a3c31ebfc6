"""Removes working files, and what a killed process left half-written beside its outputs."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from ..errors import RequestError
from .job import Job

__all__ = ["clear", "remove_cleared", "remove_leftovers", "remove_parts"]

CLEARED = ".cleared"


def clear(folder: Path) -> None:
    """Remove a folder of working files, which is whole for as long as it has its name.

    So nobody goes on with the half that is left if this process is killed meanwhile.
    """
    gone = folder.with_name(f"{CLEARED}{folder.name}")
    shutil.rmtree(gone, ignore_errors=True)  # of one who was killed
    with contextlib.suppress(OSError):  # there is none, or Windows holds a file in it
        folder = folder.rename(gone)
    shutil.rmtree(folder, ignore_errors=True)


def remove_cleared(beside: Path, start: str) -> None:
    """Remove what one who was killed while he cleared left of folders whose names begin so."""
    for path in list(beside.glob(f"{CLEARED}{start}*")):
        shutil.rmtree(path, ignore_errors=True)


def remove_leftovers(job: Job) -> None:
    """Remove the temporary files beside the outputs of a job that does not run."""
    with contextlib.suppress(RequestError):
        remove_parts(job.load_request().outputs().values())


def remove_parts(paths: Iterable[str]) -> None:
    """Remove the temporary files beside outputs that nobody writes.

    Whoever writes an output first writes `.NAME.<anything>.part<anything>` in the same folder (NAME is the output's)
    and renames that when it is whole. What cannot be removed stays: the job's end matters more.
    """
    for path in map(Path, paths):
        start = f".{path.name}."
        with contextlib.suppress(OSError):
            for beside in list(path.parent.iterdir()):
                if beside.name.startswith(start) and ".part" in beside.name[len(start) - 1 :]:
                    _remove(beside)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
