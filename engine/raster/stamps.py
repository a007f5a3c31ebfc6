"""Whether a file is still the one that was read: its bytes, and when it was last changed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from .vectors import file_of

__all__ = ["Stamp", "files_below", "fingerprint", "stamp"]

MOST_FILES = 10_000  # in a folder that is one image (as `_products` reads them)
JOURNAL = "-wal"  # where SQLite, and so a GeoPackage, keeps what was changed while another program has it open

Stamp = tuple[int, int] | None


def fingerprint(paths: Iterable[str]) -> list[tuple[str, Stamp, Stamp]]:
    """What tells a job's inputs from others, as JSON can hold it: a checkpoint is good only for the very same ones.

    Parameters
    ----------
    paths : iterable of str
        Files, folders and layers in files (`file|layername=name`). What is none here (a bounding box, GeoJSON, a path
        inside an archive) is told apart by its text alone.
    """
    return [(path, stamp(file_of(path)), _journal(file_of(path))) for path in paths]


def stamp(path: str) -> Stamp:
    """Bytes and time of a file's last change, nanoseconds; of a folder those of all files in it. None if unknown."""
    try:
        files = files_below(path, MOST_FILES) if Path(path).is_dir() else [Path(path).stat()]
    except (OSError, ValueError):
        return None
    return sum(file.st_size for file in files), max((file.st_mtime_ns for file in files), default=0)


def files_below(folder: str, most: int) -> list[os.stat_result]:
    """What is known of each file below a folder; links to folders are not followed.

    Raises
    ------
    ValueError
        If more than `most` files and folders lie there.
    """
    files: list[os.stat_result] = []
    left, folders = most, [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                left -= 1
                if left < 0:
                    raise ValueError("these are too many files for one image")
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file():
                    files.append(entry.stat())
    return files


def _journal(path: str) -> Stamp:
    """That of a database's journal; an empty one, which readers leave, says nothing."""
    journal = stamp(path + JOURNAL)
    return journal if journal and journal[0] else None
