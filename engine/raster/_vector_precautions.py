"""What is asked of a stranger's vector file before GDAL opens it: some compute or fetch what they seem to hold."""

from __future__ import annotations

import json
import mmap
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import InputError
from ..geopackage import MAGIC
from ._ogr import pyogrio
from ._precautions import IN_ZIP, UNREADABLE, on_network, refuse_computed, refuse_pipes, start_of

__all__ = ["MOST_FIELDS", "network_of", "refuse_vector_traps"]

# GDAL takes time and memory with the square of their number; layers of people have some hundred at most.
MOST_FIELDS = 4000
# JSON, a KMZ or a zipped shapefile is read whole; so is a member of a zip file here.
MOST_UNPACKED_BYTES, MOST_MEMBER_BYTES = 2**31, 2**28
# What GeoJSON calls its coordinate system, as GDAL reads it: in any case, and escaped as JSON may be.
CRS = re.compile(rb'"(?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)"\s*:\s*(?=\{)', re.IGNORECASE)
LONGEST_CRS = 10_000
CODES = ("name", "epsg")
# What GDAL takes for GeoJSON begins so, behind these.
HEAD_BYTES, BEFORE_JSON = 1000, b"\xef\xbb\xbf\x1e \t\r\n"
JSON = (b"{", b"loadGeoJSON(", b"jsonp(")


def refuse_vector_traps(path: str) -> None:
    """Refuse what would never end, fill the memory, or ask the network, once GDAL opens it.

    Raises
    ------
    InputError
        If it is a pipe or a device, or one lies beside it under its name; if it unpacks to more than any layer has; if
        it is a GeoPackage with views, zipped or not; or if it is GeoJSON whose coordinate system is an address.
    """
    if not path.startswith("/vsi"):
        refuse_pipes(Path(path), path)
    refuse_computed(path, path)
    match = IN_ZIP.match(path)
    archive = Path(match["zip"] if match else path)
    with suppress(*UNREADABLE):  # GDAL says what is wrong
        if archive.is_file() and zipfile.is_zipfile(archive):
            _refuse_unpacked(archive, path)
        elif start_of(archive, None, HEAD_BYTES).lstrip(BEFORE_JSON).startswith(JSON):
            if archive.stat().st_size > MOST_UNPACKED_BYTES:
                raise InputError(
                    f"{path} is over {MOST_UNPACKED_BYTES / 2**30:,.0f} GB of JSON; save it as a GeoPackage."
                )
            with archive.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                _refuse_linked_crs(data, path)


@contextmanager
def network_of(path: str) -> Iterator[None]:
    """Let GDAL fetch this very file, if the user named one on the network, and nothing that it names in turn."""
    remote = on_network(path)
    pyogrio.set_gdal_config_options({"CPL_VSIL_CURL_ALLOWED_FILENAME": remote})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"CPL_VSIL_CURL_ALLOWED_FILENAME": None})


def _refuse_unpacked(archive: Path, label: str) -> None:
    """What holds for files holds for those in a zip file, which GDAL opens by the names of `.kmz`, `.gpkg.zip` etc."""
    with zipfile.ZipFile(archive) as opened:
        members = opened.infolist()
    size = sum(member.file_size for member in members)
    if size > MOST_UNPACKED_BYTES:
        raise InputError(f"{label} unpacks to {size / 2**30:,.0f} GB; unpack it, and name the layer's file.")
    for member in members:
        with suppress(*UNREADABLE):
            if start_of(archive, member.filename, len(MAGIC)) == MAGIC:
                refuse_computed(f"/vsizip/{{{archive}}}/{member.filename}", label)
            elif "json" in member.filename.lower():
                _refuse_linked_crs(start_of(archive, member.filename, MOST_MEMBER_BYTES), label)


def _refuse_linked_crs(data: bytes | mmap.mmap, label: str) -> None:
    """GeoJSON may name its coordinate system by an address, which GDAL fetches whatever its settings say."""
    for found in CRS.finditer(data):
        text = data[found.end() : found.end() + LONGEST_CRS].decode("utf-8", "replace")
        with suppress(ValueError, RecursionError, AttributeError):
            if str(json.JSONDecoder().raw_decode(text)[0].get("type")).lower() in CODES:
                continue
        raise InputError(f"{label} names its coordinate system by an address; save it with a code such as EPSG:4326.")
