"""Products of satellites as folders and zips: bombs, names that lead elsewhere, headers that are no headers."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import os
import random
import shutil
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import layouts
import numpy as np

from .place import Case, Cases, Place, Words
from .rasters import mrf, vrt

__all__ = ["cases"]

ENCODINGS = (
    "utf-7",
    "rot13",
    "base64",
    "unicode_escape",
    "utf-16",
    "idna",
    "zlib",
    "undefined",
    "nonsense",
    "utf-32",
    "cp037",
    "punycode",
)
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
GRD = np.full(layouts.GRD_SHAPE, 300, np.uint16)
Change = Callable[[str], str]


def cases(place: Place, source: random.Random) -> Cases:
    """About sixty."""
    headers = _headers(place)
    for name, change in headers.items():
        yield Case(f"annotation {name}", partial(_safe, place, "annotation/*.xml", change, source.random() < 0.3))
        if "spacing" not in name:
            yield Case(f"dim {name}", partial(_dim, place, change, source.random() < 0.3))
    for name in ENCODINGS[:2]:
        change = headers[f"encoding {name}"]
        yield Case(f"calibration encoding {name}", partial(_safe, place, "annotation/calibration/*.xml", change, False))
        yield Case(f"manifest encoding {name}", partial(_safe, place, "manifest.safe", change, False))
    for name, change in _of_tables().items():
        yield Case(f"calibration {name}", partial(_safe, place, "annotation/calibration/*.xml", change, False))
    for name, change in _of_dims(place).items():
        yield Case(f"dim {name}", partial(_dim, place, change, False))
    for name, content in {"mrf": mrf(place), "vrt": vrt(f"/vsicurl/{place.canary}/a.tif")}.items():
        yield Case(f"measurement {name}", partial(_measurement, place, content))
    for name, make in _zips(place).items():
        yield Case(f"zip {name}", make)
    for name, make in _folders(place).items():
        yield Case(f"folder {name}", make)


# Headers --------------------------------------------------------------------------------------------------------------


def _headers(place: Place) -> dict[str, Change]:
    def declared(encoding: str) -> Change:
        return lambda text: f'<?xml version="1.0" encoding="{encoding}"?>' + text.rpartition("?>")[2]

    def typed(inner: str) -> Change:
        return lambda text: (
            f'<?xml version="1.0"?><!DOCTYPE x [{inner}]>' + text.rpartition("?>")[2].replace("IW", "&a11;")
        )

    def spaced(value: str) -> Change:
        return lambda text: text.replace("1.000000e+01", value)

    return {
        **{f"encoding {name}": declared(name) for name in ENCODINGS},
        "laughs": typed(f'<!ENTITY a0 "ha">{LAUGHS}'),
        "reads a file": typed(f'<!ENTITY a11 SYSTEM "file://{place.notes}">'),
        "reads the network": typed(f'<!ENTITY a11 SYSTEM "{place.canary}/a">'),
        "schema of the network": lambda text: text.replace("<product>", f'<product xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="a {place.canary}/a.xsd">'),
        "deep": lambda text: "<a>" * 3_000_000,
        "many": lambda text: text.replace("</", "<a/>" * 10_000_000 + "</", 1),
        "long attribute": lambda text: f'<a b="{"x" * 60_000_000}"/>',
        "empty": lambda text: "",
        "not text": lambda text: "\x00\x01" + text,
        **{f"spacing {value}": spaced(value) for value in ("1e-300", "nan", "inf", "0", "-10", "1e300", "x")},
    }  # fmt: skip


def _of_tables() -> dict[str, Change]:
    pixels = " ".join(map(str, layouts.GRD_PIXELS))
    return {
        "nan": lambda text: text.replace("500.0", "nan"),
        "1e-300": lambda text: text.replace("500.0", "1e-300"),
        "lines of nan": lambda text: text.replace("<line>40", "<line>nan"),
        "pixels backwards": lambda text: text.replace(pixels, "119 80 40 0"),
        "million pixels": lambda text: text.replace(pixels, " ".join(["0"] * 1_000_000)),
        "10,000 vectors": lambda text: text.replace("</calibrationVectorList>", text[text.index("<calibrationVector>") : text.index("</calibrationVectorList>")] * 4_000 + "</calibrationVectorList>"),
    }  # fmt: skip


def _of_dims(place: Place) -> dict[str, Change]:
    def named(href: str) -> Change:
        return lambda text: text.replace("S1.data/Sigma0_VV.hdr", href)

    numbers = "10.0,0.0,0.0,-10.0,500000.0,5080000.0"
    return {
        "names a file outside": named("../../../notes.hdr"),
        "names a whole path": named(str(place.notes)),
        "names a drive": named("C:/a.hdr"),
        "names a share": named("\\\\attacker.invalid\\share\\a.hdr"),
        "names curl": named(f"/vsicurl/{place.canary}/a.hdr"),
        "names http": named(f"{place.canary}/a.hdr"),
        "many bands": lambda text: text.replace("</Data_Access>", text[text.index("<Data_File>") : text.index("</Data_File>") + 12] * 200_000 + "</Data_Access>"),
        "wkt of http": lambda text: text.replace("<WKT>", f"<WKT>{place.canary}/crs"),
        "wkt deep": lambda text: text.replace("<WKT>", "<WKT>" + "PROJCS[" * 100_000),
        **{f"place {value}": (lambda text, value=value: text.replace(numbers, value)) for value in ("nan,0,0,-10,0,0", "1e-300,0,0,-1e-300,0,0", "0,0,0,0,0,0", "1e300,0,0,-1e300,0,0", "inf,0,0,-10,0,0")},
        "nodata nan": lambda text: text.replace("<NO_DATA_VALUE>0.0", "<NO_DATA_VALUE>1e999"),
        "controls": lambda text: text.replace("Sigma0_VV", "Sigma0&#133;&#x9b;2J\u202eVV"),
    }  # fmt: skip


def _safe(place: Place, pattern: str, change: Change, zipped: bool) -> Words:
    product = layouts.safe(place.given, {"VV": GRD})
    for path in product.glob(pattern):
        path.write_text(change(path.read_text()), errors="surrogateescape")
    return place.flood(layouts.zipped(product, place.given / "S1.zip") if zipped else product)


def _dim(place: Place, change: Change, zipped: bool) -> Words:
    folder = place.given / "product"
    folder.mkdir()
    header = layouts.beam_dimap(folder / "S1.dim", layouts.backscatter((64, 64)))
    header.write_text(change(header.read_text()), errors="surrogateescape")
    return place.flood(layouts.zipped(folder, place.given / "S1.zip") if zipped else header)


def _measurement(place: Place, content: str) -> Words:
    product = layouts.safe(place.given, {"VV": GRD})
    for path in product.glob("measurement/*"):
        path.write_text(content)
    return place.flood(product)


# Zips -----------------------------------------------------------------------------------------------------------------


def _zips(place: Place) -> dict[str, Callable[[], Words]]:
    post = place.post.read_bytes()

    def of(*members: tuple[str, bytes]) -> Callable[[], Words]:
        def make() -> Words:
            with zipfile.ZipFile(place.given / "S1.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in members:
                    archive.writestr(name, content)
            return place.flood(place.given / "S1.zip")

        return make

    def changed(before: bytes, after: bytes) -> Callable[[], Words]:
        def make() -> Words:
            words = of(("S1_VV.tif", post))()
            path = place.given / "S1.zip"
            path.write_bytes(path.read_bytes().replace(before, after))
            return words

        return make

    elsewhere = (
        "../S1_VV.tif",
        "/S1_VV.tif",
        "C:\\S1_VV.tif",
        "..\\..\\S1_VV.tif",
        "a/../../S1_VV.tif",
        "//host/S1_VV.tif",
    )
    return {
        **{f"member {name}": of((name, post)) for name in elsewhere},
        "controls": of(("a\x1b[2J_VV.tif", b"no raster")),
        "turned": of(("a\u202eFIT_VV.tif", b"no raster")),
        "long name": of(("a" * 60_000 + "_VV.tif", post)),
        "twice": of(("S1_VV.tif", post), ("./S1_VV.tif", post)),
        "link": partial(_zip_with_link, place),
        "encrypted header": partial(_encrypted, place, "manifest.safe"),
        "encrypted annotation": partial(_encrypted, place, "annotation/"),
        "encrypted raster": partial(_encrypted, place, "measurement/"),
        "of 200,000 members": of(*((f"{number}.txt", b"") for number in range(200_000))),
        "in a zip": lambda: place.flood(_rezipped(place, of(("S1_VV.tif", post))()[2])),
        "bomb of a header": partial(_zip_bomb, place, "S1.dim", 2**30),
        "bomb of a raster": partial(_zip_bomb, place, "S1_VV.img", 2**31),
        "method unknown": changed(b"\x08\0", b"\x63\0"),
        "lying sizes": changed(len(post).to_bytes(4, "little"), b"\xff\xff\xff\x7f"),
        "cut": lambda: _cut(place, of(("S1_VV.tif", post))()),
        "of pipe": partial(_pipe_zip, place),
    }  # fmt: skip


def _rezipped(place: Place, path: str) -> Path:
    with zipfile.ZipFile(place.given / "outer.zip", "w") as archive:
        archive.write(path, "S1.zip")
    return place.given / "outer.zip"


def _zip_with_link(place: Place) -> Words:
    with zipfile.ZipFile(place.given / "S1.zip", "w") as archive:
        entry = zipfile.ZipInfo("S1_VV.tif")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, str(place.notes))
    return place.flood(place.given / "S1.zip")


def _encrypted(place: Place, part: str) -> Words:
    """With the flag that a member is encrypted, in both places where it stands."""
    product = layouts.safe(place.given, {"VV": GRD})
    path = layouts.zipped(product, place.given / "S1.zip")
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if part in name]
    data = bytearray(path.read_bytes())
    for name in names:
        for magic, flags, ahead in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
            start = -1
            while (start := data.find(magic, start + 1)) >= 0:
                if data[start + ahead : start + ahead + len(name)] == name.encode():
                    data[start + flags] |= 1
    path.write_bytes(data)
    shutil.rmtree(product)
    return place.flood(path)


def _zip_bomb(place: Place, name: str, size: int) -> Words:
    """A member of zeros that takes a thousandth of them."""
    path = place.given / "S1.zip"
    piece = bytes(2**26)
    archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open(name, "w", force_zip64=True) as member:
        for _ in range(0, size, len(piece)):
            member.write(piece)
    return place.flood(path)


def _cut(place: Place, words: Words) -> Words:
    os.truncate(words[2], Path(words[2]).stat().st_size - 30)
    return words


def _pipe_zip(place: Place) -> Words:
    os.mkfifo(place.given / "S1.zip")
    return place.flood(place.given / "S1.zip")


# Folders --------------------------------------------------------------------------------------------------------------


def _folders(place: Place) -> dict[str, Callable[[], Words]]:
    def linked(name: str, target: str) -> Callable[[], Words]:
        def make() -> Words:
            (place.given / "product").mkdir()
            (place.given / "product" / name).symlink_to(target)
            return place.flood(place.given / "product")

        return make

    def piped(pattern: str) -> Callable[[], Words]:
        def make() -> Words:
            product = layouts.safe(place.given, {"VV": GRD})
            for path in product.glob(pattern):
                path.unlink()
                os.mkfifo(path)
            return place.flood(product)

        return make

    def endless(pattern: str) -> Callable[[], Words]:
        def make() -> Words:
            product = layouts.safe(place.given, {"VV": GRD})
            for path in product.glob(pattern):
                path.unlink()
                path.symlink_to("/dev/zero")
            return place.flood(product)

        return make

    return {
        "of the root": linked("a", "/"),
        "of itself": linked("a", "."),
        "of zeros": linked("S1_VV.tif", "/dev/zero"),
        "header of zeros": linked("S1.dim", "/dev/zero"),
        "with a pipe for the annotation": piped("annotation/*.xml"),
        "with a pipe for the calibration": piped("annotation/calibration/*.xml"),
        "with a pipe for the image": piped("measurement/*"),
        "with an endless annotation": endless("annotation/*.xml"),
        "with an endless image": endless("measurement/*"),
    }
