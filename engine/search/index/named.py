"""What an index may make GeoFM open: plain paths on this computer, and what its user has named before.

An index can come from anybody. Names in it that lead to the network, to a device or to one of GDAL's own file systems
would tell somebody that it was opened, or hand out what the user signs in with, and a model by its path could be any.
So what the user gives to `geofm index` is kept in GeoFM's folder, and of such names only these are opened.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Literal

from ...errors import InputError
from ...files import read_plain
from ...jobs.paths import home_folder

__all__ = ["is_named", "may_open", "note_on", "refuse_strange", "remember"]

FILE = "named.jsonl"
MOST_BYTES = 64 * 2**20
SEPARATORS = ("/", "\\")

Kind = Literal["image", "model"]

_given: set[str] = set()  # in this process: the folder may be one that cannot be written to


def remember(kind: Kind, names: Iterable[str]) -> None:
    """Keep what the user has named; plain paths of images need it not."""
    new = [name for name in names if not (kind == "image" and _is_plain(name)) and not is_named(kind, name)]
    if not new:
        return
    lines = [_line(kind, name) for name in new]
    _given.update(lines)
    with suppress(OSError):
        home_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        with (home_folder() / FILE).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)


def is_named(kind: Kind, name: str) -> bool:
    """Whether the user has named it before."""
    if _line(kind, name) in _given:
        return True
    path = home_folder() / FILE
    try:
        status = path.stat()
    except OSError:
        return False
    return _line(kind, name) in _lines(path, status.st_size, status.st_mtime_ns)


def may_open(files: Sequence[str]) -> bool:
    """Whether files that an index names may be looked at."""
    return all(_is_plain(file) or is_named("image", file) for file in files)


def refuse_strange(files: Sequence[str]) -> None:
    """See that files that an index names may be opened.

    Raises
    ------
    InputError
        If one is a name that the user never gave, or a pipe or a device.
    """
    for note in note_on([files]):
        raise InputError(note)
    for file in files:
        with suppress(OSError, ValueError):  # what is not there is told of by who opens it
            mode = Path(file).stat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise InputError(f"{file} is no file; take it out of the index.")


def note_on(images: Iterable[Sequence[str]]) -> list[str]:
    """A sentence on the images that may not be opened, where there are any."""
    strange = [files[0] for files in images if not may_open(files)]
    if not strange:
        return []
    more = f" and {len(strange) - 1} more images are" if len(strange) > 1 else " is"
    return [
        f"{strange[0]}{more} not opened: an index of somebody else may name what lies on the network; name them"
        " yourself and refresh the index."
    ]


def _is_plain(name: str) -> bool:
    """Whether a name is a whole path on a disk of this computer, and none of GDAL's own (`/vsi...`)."""
    on_network = name[:1] in SEPARATORS and name[1:2] in SEPARATORS
    return Path(name).is_absolute() and not on_network and not name.lower().startswith("/vsi")


def _line(kind: Kind, name: str) -> str:
    return json.dumps([kind, name])


@lru_cache(maxsize=1)
def _lines(path: Path, size: int, time_ns: int) -> frozenset[str]:
    """The lines of the file as it is now."""
    try:
        return frozenset(read_plain(path, MOST_BYTES).decode().splitlines())
    except (OSError, ValueError):
        return frozenset()
