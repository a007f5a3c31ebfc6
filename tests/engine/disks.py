"""Disks that are full."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def fill(folder: Path, left: int = 0) -> Path:
    """Leaves `left` bytes free on the disk of `folder`, and returns the file to remove afterwards."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        while True:
            state = os.statvfs(folder)
            try:
                os.posix_fallocate(file.fileno(), 0, max(state.f_bavail * state.f_frsize - left, 1))
                return ballast
            except OSError as error:  # somebody else has written meanwhile
                if error.errno != errno.ENOSPC:
                    raise
