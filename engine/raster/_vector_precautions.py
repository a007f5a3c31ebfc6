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
from ._precautions import (
    GRIDS,
    IN_ZIP,
    MOST_TEXT_BYTES,
    PLAIN,
    UNREADABLE,
    on_network,
    refuse_beside,
    refuse_computed,
    refuse_long_texts,
    start_of,
)

__all__ = ["MOST_FIELDS", "network_of", "refuse_vector_traps"]

# GDAL takes time and memory with the square of their number; layers of people have some hundred at most.
MOST_FIELDS = 4000
# JSON, a KMZ or a zipped shapefile is read whole; so is a member of a zip file here.
MOST_UNPACKED_BYTES, MOST_MEMBER_BYTES = 2**31, 2**28
# What GeoJSON calls its coordinate system, as GDAL reads it: in any case and quotes, and escaped as JSON may be. What
# follows is a coordinate system in braces, or a comment, of which GDAL takes some and JSON has none.
CRS = re.compile(
    rb"""["'](?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)["']\s*(?:/|:\s*(?:/|(?=\{)))""", re.IGNORECASE
)
# Names of coordinate systems by a code; those of opengis.net are not fetched.
CODE = re.compile(r"https?://(?:www\.)?opengis\.net/def/crs/[A-Za-z0-9:._/-]{1,200}|[A-Za-z0-9:._-]{1,200}")
LONGEST_CRS = 10_000
CODES = ("name", "epsg")
# What GDAL takes for GeoJSON begins so, behind these.
HEAD_BYTES, BEFORE_JSON = 1000, b"\xef\xbb\xbf\x1e \t\r\n"
JSON = (b"{", b"loadGeoJSON(", b"jsonp(")
# Coordinate systems of ESRI JSON, which may be any text.
WKT = re.compile(
    rb"""["'](?:w|\\u00[57]7)(?:k|\\u00[46]b)(?:t|\\u00[57]4)["']\s*(?:/|:\s*(?:/|"((?:[^"\\]++|\\.)*+)|'((?:[^'\\]++|\\.)*+)))""",
    re.IGNORECASE | re.DOTALL,
)
ESCAPED = re.compile(rb"\\u00([0-9a-f]{2})", re.IGNORECASE)
# Where files say their coordinate system: FlatGeobuf in its header, others beside themselves.
FLATGEOBUF, MOST_HEADER_BYTES = b"fgb", 2**25
# MapInfo's tables that are made of others.
OF_OTHERS = re.compile(rb"open\s+table|create\s+view|IsSeamless", re.IGNORECASE)


def refuse_vector_traps(path: str) -> None:
    """Refuse what would never end, fill the memory, or ask the network, once GDAL opens it.

    Raises
    ------
    InputError
        If it is a pipe or a device, or one lies beside it under its name; if it unpacks to more than any layer has; if
        it is a GeoPackage with views, zipped or not; or if it is GeoJSON whose coordinate system is an address.
    """
    if not path.startswith("/vsi"):
        refuse_beside(Path(path), path)
    refuse_computed(path, path)
    match = IN_ZIP.match(path)
    archive = Path(match["zip"] if match else path)
    with suppress(*UNREADABLE):  # GDAL says what is wrong
        if archive.is_file() and zipfile.is_zipfile(archive):
            _refuse_unpacked(archive, path)
        elif _is_json(start_of(archive, None, HEAD_BYTES)):
            if archive.stat().st_size > MOST_UNPACKED_BYTES:
                raise InputError(
                    f"{path} is over {MOST_UNPACKED_BYTES / 2**30:,.0f} GB of JSON; save it as a GeoPackage."
                )
            with archive.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                _refuse_linked_crs(data, path)
        elif archive.suffix.lower() == ".tab" and OF_OTHERS.search(start_of(archive, None)):
            raise InputError(f"{path} is made of other tables; save it as a GeoPackage.")
        elif start_of(archive, None, len(FLATGEOBUF)) == FLATGEOBUF:
            _refuse_grids(start_of(archive, None, MOST_HEADER_BYTES), path)
    for end in (".prj", ".PRJ", ".qpj"):
        with suppress(*UNREADABLE):
            _refuse_grids(start_of(archive.with_suffix(end), None, MOST_TEXT_BYTES), path)


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
    refuse_long_texts(archive)
    with zipfile.ZipFile(archive) as opened:
        members = opened.infolist()
    size = sum(member.file_size for member in members)
    if size > MOST_UNPACKED_BYTES:
        raise InputError(f"{label} unpacks to {size / 2**30:,.0f} GB; unpack it, and name the layer's file.")
    for member in members:
        with suppress(*UNREADABLE):
            if start_of(archive, member.filename, len(MAGIC)) == MAGIC:
                refuse_computed(f"/vsizip/{{{archive}}}/{member.filename}", label)
            elif _is_json(start_of(archive, member.filename, HEAD_BYTES)) or member.filename.lower().endswith(".kml"):
                if member.file_size > MOST_MEMBER_BYTES:
                    raise InputError(
                        f"{member.filename} in {label} is over {MOST_MEMBER_BYTES // 2**20} MB; unpack it."
                    )
                _refuse_linked_crs(start_of(archive, member.filename, MOST_MEMBER_BYTES), label)
            else:
                _refuse_grids(start_of(archive, member.filename, MOST_TEXT_BYTES), label)


def _is_json(head: bytes) -> bool:
    return head.lstrip(BEFORE_JSON).startswith(JSON)


def _refuse_grids(start: bytes, label: str) -> None:
    """PROJ opens what a coordinate system names."""
    if GRIDS.search(start.decode("latin-1")):
        raise InputError(f"{label} has a coordinate system that names files of grids; {PLAIN}.")


def _refuse_linked_crs(data: bytes | mmap.mmap, label: str) -> None:
    """GeoJSON may name its coordinate system by an address, which GDAL fetches, or by text, which PROJ obeys."""
    for match in CRS.finditer(data):
        text = data[match.end() : match.end() + LONGEST_CRS].decode("utf-8", "replace")
        with suppress(ValueError, RecursionError):
            if not match[0].endswith(b"/") and _is_coded(_pairs(text)):
                continue
        raise InputError(f"{label} names its coordinate system by no code; save it with one, such as EPSG:4326.")
    for match in WKT.finditer(data):
        wkt = ESCAPED.sub(lambda escape: bytes.fromhex(escape[1].decode()), match[1] or match[2] or b"")
        if match[0].endswith(b"/"):
            raise InputError(f"{label} is no valid JSON; save it again.")
        _refuse_grids(wkt.replace(b'\\"', b'"').replace(b"\\/", b"/"), label)


def _pairs(text: str) -> list[tuple[str, object]]:
    """Keys in small letters, and values, of a JSON object and those in it; keys may come twice."""
    held: list[tuple[str, object]] = []

    def keep(pairs: list[tuple[str, object]]) -> None:
        held.extend((key.lower(), value) for key, value in pairs)

    json.JSONDecoder(object_pairs_hook=keep).raw_decode(text)
    return held


def _is_coded(pairs: list[tuple[str, object]]) -> bool:
    """Whether a coordinate system of GeoJSON is a code, whatever else stands in it."""
    kinds = [value for key, value in pairs if key == "type"]
    texts = [value for key, value in pairs if key not in ("type", "properties")]
    named = all(isinstance(kind, str) and kind.lower() in CODES for kind in kinds) and bool(kinds)
    return named and all(CODE.fullmatch(str(text)) for text in texts)
