"""What is asked of a stranger's vector file before and while GDAL opens it: some compute what they seem to hold."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import InputError
from ..geopackage import computed_contents, is_computed
from ._ogr import pyogrio
from ._precautions import IN_ZIP, UNREADABLE, database_of, on_network, refuse_pipes

__all__ = ["MOST_FIELDS", "network_of", "refuse_computed_layer", "refuse_vector_traps"]

# GDAL takes time and memory with the square of their number; layers of people have some hundred at most.
MOST_FIELDS = 4000
# A KMZ or a zipped shapefile is read whole.
MOST_UNPACKED_BYTES = 2**31


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
    with database_of(path) as database:
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
    with database_of(path) as database:
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
