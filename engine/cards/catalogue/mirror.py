"""The folder that may have the catalogue's files already, for computers without internet."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

from .entries import CatalogueFile, Entry

__all__ = ["MIRROR", "mirror_folder", "mirrored"]

MIRROR = "GEOFM_MODEL_MIRROR"  # the environment variable that names it


def mirror_folder() -> Optional[Path]:
    """The folder, which need not be there; None where none is named."""
    named = os.environ.get(MIRROR)
    return Path(named).expanduser().absolute() if named else None


def mirrored(entry: Entry, file: CatalogueFile) -> Optional[Path]:
    """A file of a model in the mirror, in a folder of the model's own or beside the others; None if it is not there."""
    folder = mirror_folder()
    if folder is None:
        return None
    return next((path for path in (folder / entry.name / file.name, folder / file.name) if path.is_file()), None)
