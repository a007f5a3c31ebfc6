"""Names of folders and files for results."""

from __future__ import annotations

import os
import re
from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QStandardPaths

from ..engine.errors import OutputError
from ..engine.jobs.printable import controls_in
from ..translation import tr

__all__ = ["default_folder", "file_name", "free_path", "make_folder"]

# What Windows, the strictest of the file systems, does not take in a name.
NOT_IN_A_NAME = re.compile(r'[<>:"/\\|?*]+')
ENDINGS = (".gpkg",)  # of files


def default_folder() -> Path:
    """Beside the project, or in the user's documents where the project has no file yet."""
    home = QgsProject.instance().homePath()
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(home) / "geofm" if home else Path(documents) / "GeoFM"


def file_name(text: str) -> str:
    """A text without what no file system takes, and without controls; empty if nothing is left."""
    for char in controls_in(text):
        text = text.replace(char, " ")
    return " ".join(NOT_IN_A_NAME.sub(" ", text).split()).strip(" .")


def free_path(path: Path) -> Path:
    """The path of a file or folder, with a number where something is there already."""
    free, number = path, 2
    while os.path.lexists(free):
        # A dot in a folder's name ends nothing.
        ending = path.suffix if path.suffix in ENDINGS else ""
        free, number = path.with_name(f"{path.name[: len(path.name) - len(ending)]} {number}{ending}"), number + 1
    return free


def make_folder(folder: Path) -> None:
    """Take the folder's name before another job of the queue does.

    Raises
    ------
    OutputError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            tr("The folder {folder} cannot be made ({reason}); choose another one under “Save as”.").format(
                folder=folder, reason=error.strerror
            )
        ) from error
