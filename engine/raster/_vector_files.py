"""What the name of a vector file means: itself, or what lies in a zip file."""

from __future__ import annotations

import posixpath
from contextlib import suppress
from pathlib import Path

from ..errors import InputError
from ..files import listed
from ._products import Folder

__all__ = ["opened_as"]

# Formats in the order in which they are looked for: packages often hold the same layers in several.
FORMATS = ((".gpkg",), (".shp",), (".fgb",), (".gdb",), (".geojson", ".json"), (".kml", ".kmz"), (".tab", ".mif"))
# Zip files that GDAL itself takes for one layer or database.
WHOLE = (".gpkg.zip", ".shp.zip", ".gdb.zip")


def opened_as(path: str, choice: str) -> tuple[str, str]:
    """What GDAL opens for a path, and the choice of a layer in it.

    Parameters
    ----------
    path : str
    choice : str
        Such as 'layername=areas', or nothing; in a zip of several files it is one of these.

    Raises
    ------
    InputError
        If it is a zip of several vector files and none is chosen.
    """
    if not _is_plain_zip(path):
        return path, choice
    members = _vectors_in(path)
    if not members:
        return f"/vsizip/{{{path}}}", choice
    stems = [posixpath.splitext(posixpath.basename(member))[0] for member in members]
    if len(members) == 1:
        # The only layer of a shapefile has its name.
        named = choice.lower() == f"layername={stems[0]}".lower()
        return f"/vsizip/{{{path}}}/{members[0]}", "" if named and members[0].lower().endswith(".shp") else choice
    key, _, value = choice.partition("=")
    if key.lower() == "layername" and stems.count(value) == 1:
        return f"/vsizip/{{{path}}}/{members[stems.index(value)]}", ""
    if len(set(stems)) == len(stems):
        raise InputError(
            f"{path} holds {listed(stems)}; append |layername=NAME to choose one, as in '{path}|layername={stems[0]}'."
        )
    raise InputError(f"{path} holds {listed(members)}; unpack it, and name one of them.")


def _is_plain_zip(path: str) -> bool:
    """Whether a path is that of a zip file which is no layer by itself."""
    name = path.lower()
    return name.endswith(".zip") and not name.startswith("/vsi") and not name.endswith(WHOLE) and Path(path).is_file()


def _vectors_in(path: str) -> list[str]:
    """The vector files in a zip file, of the first format of which there are any."""
    names: list[str] = []
    with suppress(InputError):  # GDAL says what is wrong
        names = Folder(Path(path), "").names()
    # A file database is a folder.
    folders = {"/".join(parts[: end + 1]) for parts in (name.split("/") for name in names) for end in range(len(parts))}
    for ends in FORMATS:
        if inside := sorted(name for name in folders if name.lower().endswith(ends)):
            return inside
    return []
