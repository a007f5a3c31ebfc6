"""Removes what a killed process left half-written beside its outputs."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from ..errors import RequestError
from .job import Job

__all__ = ["remove_leftovers", "remove_parts"]


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
