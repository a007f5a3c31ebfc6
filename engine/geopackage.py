"""What a stranger's GeoPackage computes instead of holding it: an SQLite database runs the SQL of its views when read.

Standard library only, since QGIS reads it, too.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from os import PathLike
from urllib.parse import quote

__all__ = ["MAGIC", "computed", "definitions", "is_plain", "read_only"]

MAGIC = b"SQLite format 3\0"
# Columns that SQLite computes at each read (PRAGMA table_xinfo).
GENERATED = (2, 3)


def is_plain(path: str | PathLike[str], layer: str) -> bool:
    """Whether a file is a GeoPackage that holds this layer, and computes nothing when it is read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - takes any path
            if file.read(len(MAGIC)) != MAGIC:
                return False
        with closing(read_only(path)) as database:
            names = [name for name, _, _ in _objects(database)]
            return layer in names and computed(database) is None
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


def computed(database: sqlite3.Connection) -> str | None:
    """The name of something that SQLite computes whenever it is read, which then need not end; None without any.

    A view, a virtual table that is no index, or a table with generated columns. GDAL reads some of what it does not
    show: tables of contents, and columns of all layers when it lists them.
    """
    for name, kind, sql in _objects(database):
        quoted = name.replace('"', '""')
        if kind == "view" or (_is_virtual(sql) and not _is_index(sql)):
            return name
        if any(column[-1] in GENERATED for column in database.execute(f'PRAGMA table_xinfo("{quoted}")')):
            return name
    return None


def definitions(database: sqlite3.Connection) -> Iterator[str]:
    """What a GeoPackage says of its coordinate systems, as text that may be no text at all."""
    if any(name.lower() == "gpkg_spatial_ref_sys" for name, _, _ in _objects(database)):
        for row in database.execute("SELECT * FROM gpkg_spatial_ref_sys"):
            yield from (value for value in row if isinstance(value, str))


def _objects(database: sqlite3.Connection) -> list[tuple[str, str, str | None]]:
    """Name, kind and SQL of the tables and views."""
    return database.execute("SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()


def _is_virtual(sql: str | None) -> bool:
    return re.match(r"\s*CREATE\s+VIRTUAL\b", sql or "", re.IGNORECASE) is not None


def _is_index(sql: str | None) -> bool:
    return re.search(r"\bUSING\s+(rtree|fts\d)\b", sql or "", re.IGNORECASE) is not None
