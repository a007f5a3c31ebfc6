"""What is asked of a stranger's file before GDAL opens it: GDAL waits for pipes, and follows whatever a file names."""

from __future__ import annotations

import io
import os
import re
import sqlite3
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree  # nosec B405 # `xml_of` refuses document types

from ..errors import InputError
from ..files import part_of_file
from ..geopackage import MAGIC, computed, definitions, read_only

__all__ = [
    "GRIDS",
    "IN_ZIP",
    "MOST_TEXT_BYTES",
    "PLAIN",
    "UNREADABLE",
    "on_network",
    "refuse_beside",
    "refuse_computed",
    "refuse_long_texts",
    "refuse_traps",
    "start_of",
    "xml_of",
]

# Annotation files of Sentinel-1 take about 2 MB, SNAP's headers up to 20; a tree takes some thirty times that.
MOST_XML_BYTES = 32_000_000
MOST_ELEMENTS, DEEPEST = 400_000, 100
# GDAL looks for the start of a virtual raster in what it reads first of any file.
HEAD_BYTES = 4096
# What reading a damaged, encrypted or newfangled file or member of a zip file raises.
UNREADABLE = (OSError, RuntimeError, EOFError, ValueError, KeyError, struct.error, zlib.error, zipfile.BadZipFile)
VIRTUAL = b"<VRTDataset"
DEEPEST_NESTED = 8
MOST_ZIPPED_DATABASE, LONGEST_PATH = 2**28, 4096
IN_ZIP = re.compile(r"^/vsizip/\{?(?P<zip>.+?\.zip)\}?(?:/(?P<inner>.*))?$", re.IGNORECASE)
# What is fetched ends with an archive, where only a member of it is wanted.
NETWORK = re.compile(
    r"(?:^|(?<=[/{,=]))/vsi(?:curl|s3|gs|az|adls|oss|swift|webhdfs|hdfs)(?:_streaming)?[/?][^{}]*?"
    r"(?:\.(?:zip|tar|tgz|tar\.gz|7z|gz)(?=[/}]|$)|(?=\}|$))"
)
# What virtual rasters call the files that they are made of, in any case, as elements or as attributes.
SOURCES = ("sourcefilename", "sourcedataset", "dempath", "overviewfile")
# GDAL's names of what is no plain file: of its file systems, of parts of files, of places in memory, on the network.
NO_FILE = re.compile(r"^/vsi[a-z0-9_]*[/?]|://|^[A-Za-z][A-Za-z0-9_]+:")
# Paths of grids in coordinate systems and transformations, which PROJ opens.
GRIDS = re.compile(
    r"""grids\s*=[^"'\s+|]*[/\\]|PARAMETERFILE[^\]]*[/\\]|PROJ4_GRIDS"?\s*,\s*"[^"]*[/\\]""", re.IGNORECASE
)
PLAIN = "save it in a coordinate system without them"
# What GDAL reads as a whole beside a file, or as its header: some kilobytes of text.
TEXTS = (".prj", ".qpj", ".cpg", ".tab", ".hdr", ".sgrd", ".rdc", ".clr", ".stx", ".smp", ".tfw", ".wld")
MOST_TEXT_BYTES = 2**22
# ERDAS' files are trees; their entries of these kinds name other files. Those of people have some hundred entries.
ERDAS, NAMING = b"EHFA_HEADER_TAG\0", (b"ImgExternalRaster", b"Eimg_DependentFile", b"Eimg_RRDNamesList")
MOST_ENTRIES, MOST_ENTRY_BYTES = 100_000, 4096
# Idrisi's headers name a file of the coordinate system.
REFERENCE = re.compile(r"^ref\. system\s*:\s*(\S+)", re.MULTILINE)


def on_network(name: str) -> str | None:
    """The part of a GDAL name that is fetched from the network, as GDAL asks for it; None where all is local."""
    match = NETWORK.search(name)
    return match[0] if match else None


def refuse_traps(name: str, label: str) -> list[str]:
    """Refuse what would never end, or lead elsewhere, once GDAL opens it; gives what a virtual raster is made of.

    Parameters
    ----------
    name : str
        What GDAL will open.
    label : str
        What messages call it.

    Raises
    ------
    InputError
        If it is a pipe or a device, or one lies beside it where GDAL looks for more; if it is a GeoPackage of views; or
        if it is a virtual raster of files that are missing, are no files, lie on the network, or hold each
        other.
    """
    if part := part_of_file(name):
        return refuse_traps(part[1], label)
    path = Path(name)
    if match := IN_ZIP.match(name):
        refuse_long_texts(Path(match["zip"]))
    if not name.startswith("/vsi") and _exists(name):
        refuse_beside(path, label)
        _refuse_named(path, label)
    refuse_computed(name, label)
    with suppress(*UNREADABLE):
        side = start_of(Path(f"{name}.aux.xml"), None)
        _refuse_grids(xml_of(side, f"{label}.aux.xml", "side file of a raster"), label)
    sources = {name: None}
    _refuse_within(name, label, (), sources)
    return [*sources][1:]


def refuse_beside(path: Path, label: str) -> None:
    """Refuse what GDAL would never have read to its end: a pipe, a socket, a device, or a header that is none.

    The file itself, what lies beside it under its name, where GDAL looks for more, and, of a folder, what lies in it.

    Raises
    ------
    InputError
        If there is one.
    """
    if _is_odd(path):
        raise InputError(f"{label} is a pipe or a device, not a file; name a file.")
    folder, start = (path, "") if path.is_dir() else (path.parent, path.stem)
    with suppress(OSError), os.scandir(folder) as entries:  # the folder may not be listed
        for entry in entries:
            if not entry.name.startswith(start):
                continue
            if _is_odd(Path(entry.path)):
                raise InputError(f"{entry.path} beside {label} is a pipe or a device, not a file; remove it.")
            if entry.name.lower().endswith(TEXTS) and entry.stat().st_size > MOST_TEXT_BYTES:
                raise InputError(
                    f"{entry.path} beside {label} is over {MOST_TEXT_BYTES // 2**20} MB long and no header; remove it."
                )


def refuse_long_texts(archive: Path) -> None:
    """The same of headers in a zip file."""
    with suppress(*UNREADABLE), zipfile.ZipFile(archive) as opened:  # GDAL says what is wrong
        for member in opened.infolist():
            if member.filename.lower().endswith(TEXTS) and member.file_size > MOST_TEXT_BYTES:
                raise InputError(
                    f"{member.filename} in {archive} is over {MOST_TEXT_BYTES // 2**20} MB long and no header; unpack"
                    " it, and name the image."
                )


def _refuse_named(path: Path, label: str) -> None:
    """Refuse a pipe or a device that a header names, whatever it is called."""
    with suppress(*UNREADABLE):  # GDAL says what is wrong
        for name in (*_named_by_erdas(path), *_named_by_idrisi(path)):
            if _is_odd(path.parent / name):
                raise InputError(f"{label} names {name}, which is a pipe or a device, not a file; remove it.")


def _named_by_erdas(path: Path) -> Iterator[str]:
    """Files that an ERDAS file (.img, .aux) says it is continued in."""
    if start_of(path, None, len(ERDAS)) != ERDAS:
        return
    with path.open("rb") as file:
        (head,) = _numbers(file, len(ERDAS), 1)
        _, _, root = _numbers(file, head, 3)
        waiting, seen = [root], {0}
        while waiting:
            if (place := waiting.pop()) in seen:
                continue
            seen.add(place)
            if len(seen) > MOST_ENTRIES:
                raise InputError(f"{path} is damaged; save it as a GeoTIFF.")
            following, _, _, child, data, size = _numbers(file, place, 6)
            waiting += (following, child)
            if file.read(96)[64:].split(b"\0")[0] in NAMING:
                file.seek(data)
                texts = re.findall(rb"[^\0-\x1f]{3,}", file.read(min(size, MOST_ENTRY_BYTES)))
                yield from (text.decode("utf-8", "surrogateescape") for text in texts)


def _numbers(file: BinaryIO, place: int, count: int) -> tuple[int, ...]:
    file.seek(place)
    return struct.unpack(f"<{count}I", file.read(4 * count))


def _named_by_idrisi(path: Path) -> Iterator[str]:
    if path.suffix.lower() == ".rst":
        for header in (path.with_suffix(".rdc"), path.with_suffix(".RDC")):
            with suppress(*UNREADABLE):
                text = start_of(header, None, MOST_TEXT_BYTES).decode("latin-1")
                yield from (f"{source[1]}.ref" for source in REFERENCE.finditer(text))


def refuse_computed(name: str, label: str) -> None:
    """Refuse a GeoPackage with views and the like: what SQLite computes need not end, nor fit into the memory.

    And one with a coordinate system that names files.

    Raises
    ------
    InputError
        If it has any.
    """
    with _database_of(name) as database:
        view = computed(database)
        named = any(GRIDS.search(text) for text in definitions(database))
    if named:
        raise InputError(f"{label} has a coordinate system that names files of grids; {PLAIN}.")
    if view:
        raise InputError(
            f"{label} computes what it holds ({view[:80]}, a view or the like); save what is needed to a file of its"
            " own (in QGIS: Export > Save Features As, or Save As)."
        )


@contextmanager
def _database_of(path: str) -> Iterator[sqlite3.Connection]:
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
        except sqlite3.Error as error:
            raise InputError(f"{path} is damaged; save it again.") from error
        try:
            yield database
        except sqlite3.Error as error:
            raise InputError(f"{path} is damaged; save it again.") from error
        finally:
            database.close()


def _refuse_within(name: str, label: str, above: tuple[str, ...], seen: dict[str, None]) -> None:
    """Look through what a virtual raster is made of; each file once, since virtual rasters may share many."""
    try:
        if VIRTUAL not in _start_of_name(name, HEAD_BYTES):
            return
        data = _start_of_name(name, MOST_XML_BYTES + 1)
    except UNREADABLE:
        return  # GDAL says what is wrong
    root = xml_of(data, label, "virtual raster")
    _refuse_grids(root, label)
    _refuse_pipes_in(root, Path(name).parent, label)
    for source in _sources(name, root):
        inner = source.startswith("<VRTDataset") or IN_ZIP.match(source) is not None
        if NO_FILE.search(source) and (not inner or on_network(source)):
            raise InputError(
                f"{label} is a virtual raster of what is no plain file, such as images on the network; download them,"
                " or name an image itself."
            )
        if source in above or source == name or len(above) > DEEPEST_NESTED:
            raise InputError(f"{label} is a virtual raster of virtual rasters without end; build it of images alone.")
        if source in seen:
            continue
        seen[source] = None
        if _exists(source):
            if _is_odd(Path(source)):
                raise InputError(f"{label} is a virtual raster of {source}, which is a pipe or a device, not a file.")
        elif not inner:
            raise InputError(f"{label} is a virtual raster of {source}, which does not exist; put it back beside it.")
        _refuse_within(source, label, (*above, name), seen)


def _refuse_pipes_in(root: ElementTree.Element, folder: Path, label: str) -> None:
    """No text of a virtual raster may be the name of a pipe or a device: others than its sources name files, too."""
    for element in root.iter():
        for text in ((element.text or "").strip(), *element.attrib.values()):
            if 0 < len(text) < LONGEST_PATH and any(_is_odd(path) for path in (Path(text), folder / text)):
                raise InputError(f"{label} is a virtual raster of {text}, which is a pipe or a device, not a file.")


def _refuse_grids(root: ElementTree.Element, label: str) -> None:
    for element in root.iter():
        if any(GRIDS.search(text) for text in (element.text or "", *element.attrib.values())):
            raise InputError(f"{label} has a coordinate system that names files of grids; {PLAIN}.")


def _is_odd(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _start_of_name(name: str, most: int) -> bytes:
    """The first bytes of what a name of GDAL's means; none of what is not a local file or in a zip file."""
    if name.lstrip().startswith(VIRTUAL.decode()):
        return name.encode()
    match = IN_ZIP.match(name)
    if match and match["inner"]:
        return start_of(Path(match["zip"]), match["inner"].strip("/"), most)
    return b"" if name.startswith("/vsi") or not _exists(name) else start_of(Path(name), None, most)


def start_of(path: Path, member: str | None, most: int = MOST_XML_BYTES + 1) -> bytes:
    """The first bytes, at most `most`, of a file, or of a member of a zip file; raises one of `UNREADABLE`."""
    if member is not None:
        with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
            return stream.read(most)
    if not path.is_file():
        raise FileNotFoundError(path)
    with path.open("rb") as file:
        return file.read(most)


def _sources(name: str, root: ElementTree.Element) -> Iterator[str]:
    """What a virtual raster is made of, relative names resolved. GDAL knows its elements and attributes in any case."""
    folder = "" if name.lstrip().startswith("<") else name.replace("\\", "/").rpartition("/")[0]
    for element in root.iter():
        said = {key.lower(): value.strip() for key, value in element.attrib.items()}
        named = [said[key] for key in SOURCES if said.get(key)]
        if element.tag.lower() in SOURCES:
            # An attribute of the source may hold its text, too.
            named += [text for text in ("".join(element.itertext()).strip(),) if text]
        relative = said.get("relativetovrt", "0") not in ("0", "")
        for text in named:
            yield f"{folder}/{text}" if relative and folder and not NO_FILE.search(text) else text


def _exists(source: str) -> bool:
    try:
        return Path(source).exists()
    except (OSError, ValueError):
        return False


def xml_of(data: bytes, label: str, kind: str) -> ElementTree.Element:
    """The root of XML that a stranger wrote.

    Parameters
    ----------
    data : bytes
        At most one byte more than `MOST_XML_BYTES` need be given.
    label : str
        What messages call it.
    kind : str
        What it should be, such as 'header of a satellite product'.

    Raises
    ------
    InputError
        If it is too large or too deep, brings a document type, or is no XML.
    """
    # A document type can name entities that grow without end or lead to other files; no product needs one.
    if len(data) > MOST_XML_BYTES or b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise InputError(f"{label} is not the {kind} that it should be.")
    root, depth, count = ElementTree.Element(""), 0, 0
    try:
        walk = ElementTree.iterparse(io.BytesIO(data), ("start", "end"))  # nosec B314 # without a document type
        for event, element in walk:
            root = root if count else element
            count += event == "start"
            depth += 1 if event == "start" else -1
            if depth > DEEPEST or count > MOST_ELEMENTS:
                raise InputError(f"{label} holds more than the {kind} that it should be.")
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise InputError(f"{label} is damaged; download it again.") from error
    return root
