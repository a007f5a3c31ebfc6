"""What a stranger's GeoPackage computes instead of holding it: an SQLite database runs the SQL of its views when read.

Standard library only, since QGIS reads it, too.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from os import PathLike
from urllib.parse import quote

__all__ = ["MAGIC", "computed_contents", "computed_layer", "is_computed", "is_plain", "read_only"]

MAGIC = b"SQLite format 3\0"
# Columns that SQLite computes at each read (PRAGMA table_xinfo).
GENERATED = (2, 3)
# Tables that GDAL reads whenever it opens a GeoPackage.
CONTENTS = ("gpkg_", "rtree_", "sqlite_", "layer_styles")


def is_plain(path: str | PathLike[str], layer: str) -> bool:
    """Whether a file is a GeoPackage that holds this layer, and computes neither it nor its own tables of contents."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - takes any path
            if file.read(len(MAGIC)) != MAGIC:
                return False
        with closing(read_only(path)) as database:
            names = [name for name, _, _ in _objects(database)]
            return layer in names and not computed_contents(database) and not is_computed(database, layer)
    except (OSError, sqlite3.Error):
        return False


def read_only(path: str | PathLike[str]) -> sqlite3.Connection:
    """The database as GDAL reads it: with the journal of another program that has it open, if that can be read.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    for more in ("", "&immutable=1"):
        database = sqlite3.connect(f"file:{quote(str(path))}?mode=ro{more}", uri=True)
        try:
            database.execute("SELECT name FROM sqlite_master LIMIT 1").fetchall()
        except sqlite3.OperationalError:
            database.close()
            continue
        return database
    raise OSError(f"{path} cannot be read")


def computed_contents(database: sqlite3.Connection) -> str | None:
    """The name of a table of contents that is a view, or virtual and none of an index; None without one."""
    for name, kind, sql in _objects(database):
        if name.lower().startswith(CONTENTS) and (kind == "view" or (_is_virtual(sql) and not _is_index(sql))):
            return name
    return None


def computed_layer(database: sqlite3.Connection) -> str | None:
    """The name of a layer, of features or of tiles, that SQLite computes; None without one."""
    names = [name for name, _, _ in _objects(database)]
    layers = database.execute("SELECT table_name FROM gpkg_contents").fetchall() if "gpkg_contents" in names else []
    return next((str(name) for (name,) in layers if is_computed(database, str(name))), None)


def is_computed(database: sqlite3.Connection, layer: str) -> bool:
    """Whether SQLite computes a layer's rows (a view, a virtual table, generated columns), which then need not end."""
    for name, kind, sql in _objects(database):
        if name.lower() == layer.lower():
            quoted = name.replace('"', '""')
            columns = database.execute(f'PRAGMA table_xinfo("{quoted}")').fetchall() if kind == "table" else []
            return kind == "view" or _is_virtual(sql) or any(column[-1] in GENERATED for column in columns)
    return False


def _objects(database: sqlite3.Connection) -> list[tuple[str, str, str | None]]:
    """Name, kind and SQL of the tables and views."""
    return database.execute("SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()


def _is_virtual(sql: str | None) -> bool:
    return re.match(r"\s*CREATE\s+VIRTUAL\b", sql or "", re.IGNORECASE) is not None


def _is_index(sql: str | None) -> bool:
    return re.search(r"\bUSING\s+(rtree|fts\d)\b", sql or "", re.IGNORECASE) is not None
