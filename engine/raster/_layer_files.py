"""From what a user names as a layer beside the images (a file, tiles, a folder, a zip) to the rasters in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..files import tiles_of
from ._products import Folder, parts_of
from .raster_file import Part

__all__ = ["layer_parts"]

# Of elevation and class maps as they are published; `.hgt` are SRTM's and `.dt?` DTED's tiles.
RASTERS = (".tif", ".tiff", ".img", ".hgt", ".dt0", ".dt1", ".dt2", ".asc", ".bil", ".vrt", ".jp2", ".rst", ".sdat")


def layer_parts(text: str) -> list[Part]:
    """The rasters that a layer's name stands for: tiles side by side.

    Parameters
    ----------
    text : str
        A raster; several joined by commas; a folder or a zip file of rasters; SNAP's `.dim`.

    Raises
    ------
    InputError
        If a folder holds none.
    """
    return [part for name in tiles_of(text) for part in _parts(name)]


def _parts(text: str) -> Sequence[Part]:
    if text.startswith("/vsi"):
        return [Part(text, text)]
    if text.lower().endswith(".dim"):
        return parts_of(text)
    try:
        path = Path(text)
        if path.is_dir():
            folder = Folder(path)
        elif path.is_file() and path.suffix.lower() == ".zip":
            folder = Folder(path, "")
        else:
            return [Part(text, text)]
    except (OSError, ValueError) as error:
        raise InputError(f"{text!r} cannot be the name of a file.") from error
    names = folder.names()
    if any(name.lower().endswith(".dim") for name in names):
        return parts_of(text)
    rasters = [name for name in names if name.lower().endswith(RASTERS)]
    if not rasters:
        raise InputError(f"{text} holds no rasters; name the layer's file.")
    return [Part(folder.gdal(name), folder.shown(name)) for name in rasters]
