"""Working folders beside the outputs of a command: whose they are, and files in them.

An output folder may be shared with other users, or have come in an archive. So a folder that lies there is gone on with
only if this user's GeoFM made it in that very place: it holds a mark that nobody can make without a secret, which is
kept in the user's own folder.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any, Optional

from ..errors import JobError
from .paths import home_folder, prepare_home

__all__ = ["WORKING", "make_working_folder", "open_working_file", "own_working_folders"]

WORKING = ".geofm-"
MARK = "mark"
PRIVATE, PRIVATE_BYTES = "own-mark", 32


def make_working_folder(beside: Optional[Path]) -> Path:
    """A new folder for this user alone, below `beside`, or where the system keeps such things if that is None.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    folder = Path(tempfile.mkdtemp(prefix=WORKING, dir=beside))
    mark = _mark_of(folder)
    if mark is not None:
        with open_working_file(folder / MARK, "xb") as file:
            file.write(mark)
    return folder


def own_working_folders(beside: Path) -> list[Path]:
    """The working folders below `beside` that this user's GeoFM made there, in order of their names."""
    return [path for path in sorted(beside.glob(f"{WORKING}*")) if _is_own(path)]


def open_working_file(path: Path, mode: str) -> Any:
    """Open a binary file in a working folder as `open` does, for this user alone; a link is not followed.

    Raises
    ------
    OSError
        As `open` does, and if the path is a link.
    """
    return open(path, mode, opener=_without_links)


def _without_links(path: str, flags: int) -> int:
    if sys.platform == "win32" and os.path.islink(path):  # noqa: PTH114 - an opener gets text
        raise OSError(f"{path} is a link")
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


def _is_own(folder: Path) -> bool:
    try:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode):
            return False
        if sys.platform != "win32" and (status.st_uid != os.geteuid() or status.st_mode & 0o077):
            return False
        if not any(folder.iterdir()):
            return True  # of one who was killed before he marked it: there is nothing in it to believe
        with open_working_file(folder / MARK, "rb") as file:
            written = file.read(1024)
        mark = _mark_of(folder)
    except OSError:
        return False
    return mark is not None and hmac.compare_digest(written, mark)


def _mark_of(folder: Path) -> Optional[bytes]:
    """What only this user's GeoFM can write of a folder in its place; None where it has no place for its secret."""
    try:
        secret = _secret(prepare_home(home_folder()) / PRIVATE)
    except (OSError, JobError):
        return None
    status = folder.lstat()
    identity = f"{folder.resolve()}\n{status.st_dev}\n{status.st_ino}"
    return hmac.new(secret, os.fsencode(identity), hashlib.sha256).hexdigest().encode()


def _secret(path: Path) -> bytes:
    try:
        with open_working_file(path, "rb") as file:
            secret: bytes = file.read(PRIVATE_BYTES + 1)
        if len(secret) == PRIVATE_BYTES:
            return secret
    except FileNotFoundError:
        pass
    # Whole or not at all; of two who make one at once, the one that is there in the end counts at the next look.
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open_working_file(part, "xb") as file:
        file.write(secrets.token_bytes(PRIVATE_BYTES))
    part.replace(path)
    with open_working_file(path, "rb") as file:
        return bytes(file.read(PRIVATE_BYTES))
