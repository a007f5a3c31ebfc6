"""The files by which a folder is known to be an index of images, and which tell what it holds."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

__all__ = ["ABOUT", "BACKUP", "LARGEST_BYTES", "MANIFEST", "is_index"]

ABOUT, MANIFEST, BACKUP = "index.json", "manifest.json", "manifest.backup.json"
LARGEST_BYTES = 64 * 2**20  # of a manifest: 60,000 images with a CRS of their own each, or 170 million tiles


def is_index(folder: str | PathLike[str]) -> bool:
    """Whether a folder holds an index, perhaps a damaged one."""
    return any(Path(folder, name).exists() for name in (MANIFEST, BACKUP, ABOUT))
