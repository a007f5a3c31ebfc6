"""What is asked of a stranger's vector file before and while GDAL opens it: some compute what they seem to hold."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ..errors import InputError
from ..geopackage import MAGIC, computed_contents, is_computed, read_only
from ._ogr import pyogrio
from ._precautions import IN_ZIP, UNREADABLE, on_network, refuse_pipes, start_of

__all__ = ["MOST_FIELDS", "network_of", "refuse_computed_layer", "refuse_vector_traps"]

# GDAL takes time and memory with the square of their number; layers of people have some hundred at most.
MOST_FIELDS = 4000
# A KMZ or a zipped shapefile is read whole.
MOST_UNPACKED_BYTES = 2**31
MOST_ZIPPED_DATABASE = 2**28


def refuse_vector_traps(path: str) -> None:
    """Refuse what would never end, or fill the memory, once GDAL opens it.

    Raises
    ------
    InputError
        If it is a pipe or a device, or one lies beside it under its name; if it unpacks to more than any layer has; or
        if it is a GeoPackage whose tables of contents are views.
    """
    if not path.startswith("/vsi"):
        refuse_pipes(Path(path), path)
    match = IN_ZIP.match(path)
    archive = Path(match["zip"] if match else path)
    with suppress(*UNREADABLE):  # GDAL says what is wrong
        if archive.is_file() and zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as members:
                size = sum(member.file_size for member in members.infolist())
            if size > MOST_UNPACKED_BYTES:
                raise InputError(f"{path} unpacks to {size / 2**30:,.0f} GB; unpack it, and name the layer's file.")
    with _database(path) as database:
        computed = computed_contents(database)
    if computed:
        raise InputError(f"{path} computes its tables of contents ({computed}); export its layer again.")


def refuse_computed_layer(path: str, layer: str) -> None:
    """Refuse a layer of a GeoPackage whose rows SQLite computes: they need not end, nor fit into the memory.

    Raises
    ------
    InputError
        If it is a view, a virtual table, or has generated columns.
    """
    with _database(path) as database:
        if is_computed(database, layer):
            raise InputError(
                f"The layer {layer} of {path} is computed by the file (a view); save its features as a layer of"
                " their own (in QGIS: Export > Save Features As)."
            )


@contextmanager
def network_of(path: str) -> Iterator[None]:
    """Let GDAL fetch this very file, if the user named one on the network, and nothing that it names in turn."""
    remote = on_network(path)
    pyogrio.set_gdal_config_options({"CPL_VSIL_CURL_ALLOWED_FILENAME": remote})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"CPL_VSIL_CURL_ALLOWED_FILENAME": None})


@contextmanager
def _database(path: str) -> Iterator[sqlite3.Connection]:
    """The SQLite database that a GeoPackage is, never written; an empty one for other files."""
    match = IN_ZIP.match(path)
    with closing(sqlite3.connect(":memory:")) as empty:
        try:
            if match and match["inner"]:
                member = start_of(Path(match["zip"]), match["inner"].strip("/"), MOST_ZIPPED_DATABASE + 1)
                if member.startswith(MAGIC) and len(member) > MOST_ZIPPED_DATABASE:
                    raise InputError(f"{path} is too large to be read from a zip file; unpack it.")
                if member.startswith(MAGIC):
                    empty.deserialize(member)
                database = empty
            elif not path.startswith("/vsi") and start_of(Path(path), None, len(MAGIC)) == MAGIC:
                database = read_only(path)
            else:
                database = empty
        except UNREADABLE:
            database = empty  # GDAL says what is wrong
        try:
            yield database
        except sqlite3.Error as error:
            raise InputError(f"{path} is damaged; save it again.") from error
        finally:
            database.close()
