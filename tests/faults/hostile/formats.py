"""Rasters in the formats beside GeoTIFF: headers that lie, name other files, or have no end."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import os
import random
import re
import shutil
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.shutil import copy

from engine.cli import main

from .place import Case, Cases, Place, Words
from .sizes import tiff

__all__ = ["GRIDS", "SIDE", "cases", "copied", "folder_of_goods", "garbled", "patched", "prepare"]

SIDE = 256
FORMATS = {
    "good.tif": "GTiff",
    "good.img": "HFA",
    "envi.dat": "ENVI",
    "ehdr.bil": "EHdr",
    "saga.sdat": "SAGA",
    "idrisi.rst": "RST",
}
Make = Callable[[], Words]
GRIDS = 'GEOGCS["a",DATUM["a",SPHEROID["a",6378137,298],EXTENSION["PROJ4_GRIDS","{}"]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'


def prepare(place: Place) -> None:
    """Sound files of each format."""
    folder = folder_of_goods(place)
    if folder.exists():
        return
    folder.mkdir()
    values = np.random.default_rng(1).gamma(4.4, 0.02, (1, SIDE, SIDE)).astype(np.float32)
    spot = {"crs": "EPSG:32633", "transform": Affine(10, 0, 400_000, 0, -10, 5_500_000)}
    shape = {"height": SIDE, "width": SIDE, "count": 1}
    for name, driver in FORMATS.items():
        more = {"USE_SPILL": "YES"} if driver == "HFA" else {}
        with rasterio.open(folder / name, "w", driver=driver, dtype="float32", **shape, **spot, **more) as file:
            file.write(values)
    grey = np.clip(values * 600, 0, 255).astype(np.uint8)
    with rasterio.open(folder / "grey.tif", "w", driver="GTiff", dtype="uint8", **shape, **spot) as file:
        file.write(grey)
    copy(folder / "grey.tif", folder / "good.jp2", driver="JP2OpenJPEG", GMLJP2="YES")
    copy(folder / "grey.tif", folder / "good.gpkg", driver="GPKG", RASTER_TABLE="stranger")
    copy(folder / "good.tif", folder / "ascii.asc", driver="AAIGrid")
    if main(["index", str(place.good / "scene" / "s2.tif"), "--out", str(folder / "index"), "--windows", "1280"]):
        raise RuntimeError("no index could be made")


def cases(place: Place, source: random.Random) -> Cases:
    """About a hundred and thirty."""
    for kind, tried in {
        "img": _erdas(place),
        "jp2": _jpeg_2000(place),
        "header": _headers(place),
    }.items():
        for name, make in tried.items():
            yield Case(f"{kind} {name}", make)


def folder_of_goods(place: Place) -> Path:
    """Where the sound files are."""
    return place.good / "formats"


def copied(place: Place, name: str, to: str) -> Path:
    """A sound file and what lies beside it, under another stem."""
    stem, made = name.partition(".")[0], to.partition(".")[0]
    for path in folder_of_goods(place).glob(f"{stem}.*"):
        shutil.copyfile(path, place.given / path.name.replace(stem, made, 1))
    return place.given / to


# ERDAS ----------------------------------------------------------------------------------------------------------------


def _erdas(place: Place) -> dict[str, Make]:
    def spilled(name: str, make: Callable[[], object] = lambda: None) -> Words:
        """The file of pixels is said to be another of the same length of name."""
        stem = "a" * max(len(name) - 4, 1)
        path = copied(place, "good.img", f"{stem}.img")
        data = path.read_bytes()
        path.write_bytes(_renamed(data, b"good.ige", name.encode()))
        make()
        return place.flood(path)

    def sized(width: int, block: int) -> Words:
        path = copied(place, "good.img", "a.img")
        data = path.read_bytes()
        for before, after in (
            (struct.pack("<II", SIDE, SIDE), struct.pack("<II", width, width)),
            (struct.pack("<II", 64, 64), struct.pack("<II", block, block)),
        ):
            data = data.replace(before, after)
        path.write_bytes(data)
        return place.flood(path)

    def looping() -> Words:
        """The tree's root follows itself."""
        path = copied(place, "good.img", "good.img")
        data = bytearray(path.read_bytes())
        (head,) = struct.unpack_from("<I", data, 16)
        (root,) = struct.unpack_from("<I", data, head + 8)
        (child,) = struct.unpack_from("<I", data, root + 12)
        struct.pack_into("<I", data, child, child)
        struct.pack_into("<I", data, child + 12, root)
        path.write_bytes(data)
        return place.flood(path)

    def auxiliary(name: str) -> Words:
        path = place.given / "S1_VV.tif"
        shutil.copyfile(place.post, path)
        copied(place, "good.img", "S1_VV.img").rename(place.given / name)
        return place.flood(path)

    return {
        "spilled into a pipe": partial(spilled, "pipe.ige", lambda: os.mkfifo(place.given / "pipe.ige")),
        "spilled into a pipe above": partial(spilled, "../pipe.ige", lambda: os.mkfifo(place.home / "Downloads" / "pipe.ige")),
        "spilled into zeros": partial(spilled, "zero.ige", lambda: (place.given / "zero.ige").symlink_to("/dev/zero")),
        "spilled into notes": partial(spilled, "../../notes.txt"),
        "spilled into passwords": partial(spilled, "../../../../../../../../../../etc/passwd"),
        "spilled onto the network": partial(spilled, f"/vsicurl/{place.canary}/a.ige"),
        "spilled into holes": partial(spilled, "hole.ige", lambda: place.sparse("hole.ige", 60 * 2**30)),
        "of 2^31": partial(sized, 2**31 - 1, 64),
        "of 100,000 blocks": partial(sized, 100_000, 64),
        "block of 2^31": partial(sized, 256, 2**31 - 1),
        "block of 60,000": partial(sized, 60_000, 60_000),
        "tree without end": looping,
        "beside as .aux": partial(auxiliary, "S1_VV.aux"),
        "beside as .rrd": partial(auxiliary, "S1_VV.rrd"),
        "beside as .tif.aux": partial(auxiliary, "S1_VV.tif.aux"),
        **{f"garbled {seed}": partial(garbled, place, "good.img", seed) for seed in range(10)},
    }  # fmt: skip


def _renamed(data: bytes, before: bytes, after: bytes) -> bytes:
    """Where the name of an .ige stands, that of another; the string has its length before it, so both are moved."""
    at = data.index(before)
    room = max(len(after) - len(before), 0)
    if not room:
        return data[:at] + after.ljust(len(before), b"\0") + data[at + len(before) :]
    # A longer name is put at the file's end, and the entry's data are pointed there.
    (head,) = struct.unpack_from("<I", data, 16)
    pointer = next(
        place
        for place in range(head, len(data) - 24, 1)
        if struct.unpack_from("<I", data, place)[0] <= at < struct.unpack_from("<I", data, place)[0] + 64
        and data[place + 72 : place + 89] == b"ImgExternalRaster"
    )
    (start, size) = struct.unpack_from("<II", data, pointer)
    entry = data[start : start + size]
    inner = entry.index(before)
    name = after + b"\0"
    fixed = struct.pack("<II", len(name), len(data) + 8) + name + entry[inner + len(before) + 1 :]
    out = bytearray(data) + fixed
    struct.pack_into("<II", out, pointer, len(data), len(fixed))
    return bytes(out)


# JPEG 2000 ------------------------------------------------------------------------------------------------------------


def _jpeg_2000(place: Place) -> dict[str, Make]:
    def sound() -> bytes:
        return (folder_of_goods(place) / "good.jp2").read_bytes()

    def met(data: bytes) -> Words:
        return place.flood(place.write("S1_VV.jp2", data))

    def sized(**fields: int) -> Make:
        """Fields of the SIZ marker changed."""
        places = {"x": 4, "y": 8, "tile x": 20, "tile y": 24, "components": 36, "x0": 12, "tile x0": 28}

        def make() -> Words:
            data = bytearray(sound())
            at = data.index(b"\xff\x51") + 2
            header = data.index(b"ihdr") + 4
            for name, value in fields.items():
                kind = ">H" if name == "components" else ">I"
                struct.pack_into(kind, data, at + places[name.replace("_", " ")], value)
                if name in "xy":
                    struct.pack_into(">I", data, header + (0 if name == "y" else 4), value)
                if name == "components":
                    struct.pack_into(">H", data, header + 8, value)
            return met(bytes(data))

        return make

    def boxed(*boxes: bytes) -> Make:
        """Boxes before the code stream, in place of those of the sound file."""

        def make() -> Words:
            data = sound()
            at = data.index(b"jp2c") - 4
            start = data.index(b"jp2h") - 4
            (length,) = struct.unpack_from(">I", data, start)
            return met(data[: start + length] + b"".join(boxes) + data[at:])

        return make

    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content) + 8) + kind + content

    def gml(text: str) -> bytes:
        return box(
            b"asoc",
            box(b"lbl ", b"gml.data") + box(b"asoc", box(b"lbl ", b"gml.root-instance") + box(b"xml ", text.encode())),
        )

    def grid(crs: str) -> str:
        return (
            '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><gml:RectifiedGridCoverage>'
            f'<gml:rectifiedGridDomain><gml:RectifiedGrid dimension="2"><gml:limits><gml:GridEnvelope><gml:low>0 0</gml:low><gml:high>255 255</gml:high></gml:GridEnvelope></gml:limits>'
            f'<gml:origin><gml:Point srsName="{crs}"><gml:pos>400000 5500000</gml:pos></gml:Point></gml:origin><gml:offsetVector srsName="{crs}">10 0</gml:offsetVector>'
            f'<gml:offsetVector srsName="{crs}">0 -10</gml:offsetVector></gml:RectifiedGrid></gml:rectifiedGridDomain></gml:RectifiedGridCoverage></gml:featureMember></gml:FeatureCollection>'
        )

    def nested(depth: int) -> bytes:
        content = b""
        for _ in range(depth):
            content = box(b"asoc", content)
        return content

    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    geotiff = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03")
    return {
        "2^31 square": sized(x=2**31 - 1, y=2**31 - 1),
        "60,000 square in one tile": sized(x=60_000, y=60_000, tile_x=60_000, tile_y=60_000),
        "4,000,000 square in tiles of 1": sized(x=4_000_000, y=4_000_000, tile_x=1, tile_y=1),
        "origin beyond": sized(x0=2**32 - 2),
        "16,384 components": sized(components=16_384),
        "crs of the network": boxed(gml(grid(f"{place.canary}/crs"))),
        "crs of a file": boxed(gml(grid(str(place.notes)))),
        "crs in a dictionary": boxed(gml(grid("gmljp2://xml/CRSDictionary.gml#a"))),
        "crs of opengis": boxed(gml(grid("http://www.opengis.net/def/crs/EPSG/0/32633"))),
        "gml of entities": boxed(gml(f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]>' + grid("&a11;"))),
        "gml of a file": boxed(gml(f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{place.notes}">]>' + grid("&a;"))),
        "gml deep": boxed(gml("<gml:a>" * 200_000)),
        "gml of 100 MB": boxed(gml("<gml:a>" + "x" * 100_000_000 + "</gml:a>")),
        "boxes 100,000 deep": lambda: boxed(nested(10_000))(),
        "million boxes": boxed(box(b"free", b"") * 1_000_000),
        "box without end": boxed(struct.pack(">I", 1) + b"xml " + struct.pack(">Q", 2**63) + b"a"),
        "box of no length": boxed(struct.pack(">I", 0) + b"uuid" + geotiff),
        "geotiff of a bomb": boxed(box(b"uuid", geotiff + tiff(2**31 - 1, 2**31 - 1))),
        "geotiff that loops": boxed(box(b"uuid", geotiff + b"II*\0\x08\0\0\0" + b"\xff\xff" * 1000)),
        "33 levels": lambda: met(patched(sound(), sound().index(b"\xff\x52") + 9, b"\x21")),
        "65,535 layers": lambda: met(patched(sound(), sound().index(b"\xff\x52") + 6, b"\xff\xff")),
        **{f"garbled {seed}": partial(garbled, place, "good.jp2", seed) for seed in range(8)},
    }  # fmt: skip


def patched(data: bytes, at: int, new: bytes) -> bytes:
    """The same with other bytes at a place."""
    return data[:at] + new + data[at + len(new) :]


def garbled(place: Place, name: str, seed: int) -> Words:
    """A sound file with some bytes near its start changed."""
    own = random.Random(f"{name} {seed}")
    path = copied(place, name, f"S1.{name.partition('.')[2]}")
    data = bytearray(path.read_bytes())
    for _ in range(own.choice((1, 5, 30))):
        data[own.randrange(min(len(data), 4000))] = own.randrange(256)
    path.write_bytes(data)
    return place.flood(path)


# Headers of text ------------------------------------------------------------------------------------------------------


def _headers(place: Place) -> dict[str, Make]:
    """ENVI, EHdr, SAGA, RST, AAIGrid, SRTM, DTED."""

    def changed(name: str, header: str, before: str, after: str) -> Make:
        """A pattern in the header gives way to a text."""

        def make() -> Words:
            path = copied(place, name, f"S1_VV.{name.partition('.')[2]}")
            told = place.given / f"S1_VV.{header}"
            told.write_text(re.sub(before, lambda _: after, told.read_text(errors="replace"), count=1))
            return place.flood(path)

        return make

    def added(name: str, header: str, more: Callable[[], str]) -> Make:
        def make() -> Words:
            path = copied(place, name, f"S1_VV.{name.partition('.')[2]}")
            with (place.given / f"S1_VV.{header}").open("a") as file:
                file.write(more())
            return place.flood(path)

        return make

    def holed(name: str, header: str) -> Make:
        """A header that goes on for 60 GB of nothing."""

        def make() -> Words:
            path = copied(place, name, f"S1_VV.{name.partition('.')[2]}")
            told = place.given / f"S1_VV.{header}"
            told.touch()
            os.truncate(told, 60 * 2**30)
            return place.flood(path)

        return make

    def pipe_of_crs() -> Words:
        words = changed("idrisi.rst", "rdc", "utm-33n", "pipe")()
        os.mkfifo(place.given / "pipe.ref")
        return words

    def asc(text: Callable[[], str]) -> Make:
        return lambda: place.flood(place.write("S1_VV.asc", text()))

    top = "ncols {}\nnrows {}\nxllcorner 400000\nyllcorner 5500000\ncellsize 10\n"
    long = "99999999999999999999"
    return {
        **{f"envi samples {value}": changed("envi.dat", "hdr", "samples = 256", f"samples = {value}") for value in ("2147483647", "4000000", "-1", long, "0")},
        **{f"envi offset {value}": changed("envi.dat", "hdr", r"header offset = 0", f"header offset = {value}") for value in ("18446744073709551615", "-1000000", "1e30")},
        "envi bands": changed("envi.dat", "hdr", "bands   = 1", "bands   = 2000000"),
        "envi classes": added("envi.dat", "hdr", lambda: "file type = ENVI Classification\nclasses = 2000000000\nclass lookup = {0,0,0}\nclass names = {a}\n"),
        "envi open brace": added("envi.dat", "hdr", lambda: "class names = {" + ("x" * 90 + ",\n") * 400_000),
        "envi many names": added("envi.dat", "hdr", lambda: "band names = {" + "a,\n" * 3_000_000 + "}\n"),
        "envi points": added("envi.dat", "hdr", lambda: "geo points = {" + "1,1,1,1," * 500_000 + "}\n"),
        "envi million keys": added("envi.dat", "hdr", lambda: "".join(f"k{n} = {n}\n" for n in range(1_000_000))),
        "envi map of nan": changed("envi.dat", "hdr", r"map info = \{UTM, 1, 1, 400000", "map info = {UTM, nan, inf, 1e999"),
        "envi crs of grids": changed("envi.dat", "hdr", r"coordinate system string = \{", f"coordinate system string = {{{GRIDS.format(place.given / 'pipe')}}}\nx = {{"),
        "envi controls": added("envi.dat", "hdr", lambda: "description = {\x1b[2J\u202e}\nband names = {VV\x1b]0;x\x07}\n"),
        "envi of holes": holed("envi.dat", "hdr"),
        **{f"ehdr columns {value}": changed("ehdr.bil", "hdr", "NCOLS          256", f"NCOLS          {value}") for value in ("2147483647", "-256", long)},
        "ehdr offset": added("ehdr.bil", "hdr", lambda: "SKIPBYTES 9223372036854775807\n"),
        "ehdr bands": changed("ehdr.bil", "hdr", "NBANDS         1", "NBANDS         2000000"),
        "ehdr million lines": added("ehdr.bil", "hdr", lambda: "A 1\n" * 2_000_000),
        "ehdr of holes": holed("ehdr.bil", "hdr"),
        "ehdr prj of holes": holed("ehdr.bil", "prj"),
        "ehdr clr of holes": holed("ehdr.bil", "clr"),
        "ehdr stx of holes": holed("ehdr.bil", "stx"),
        "ehdr prj of grids": lambda: _prj(place, GRIDS.format(place.given / "pipe")),
        "ehdr prj of the network": lambda: _prj(place, f"{place.canary}/crs"),
        "ehdr prj deep": lambda: _prj(place, "PROJCS[" * 1_000_000),
        **{f"saga cells {value}": changed("saga.sdat", "sgrd", "CELLCOUNT_X\t= 256", f"CELLCOUNT_X\t= {value}") for value in ("2147483647", "-1", long)},
        "saga offset": changed("saga.sdat", "sgrd", "DATAFILE_OFFSET\t= 0", "DATAFILE_OFFSET\t= 99999999999"),
        "saga of holes": holed("saga.sdat", "sgrd"),
        "saga prj of holes": holed("saga.sdat", "prj"),
        "saga bomb": lambda: _sg_grd_z(place),
        "rst columns": changed("idrisi.rst", "rdc", "columns     : 256", "columns     : 2147483647"),
        "rst of holes": holed("idrisi.rst", "rdc"),
        "rst crs of a pipe": pipe_of_crs,
        "rst palette of holes": holed("idrisi.rst", "smp"),
        "asc 2^31": asc(lambda: top.format(2**31 - 1, 2**31 - 1) + "1 " * 100),
        "asc long word": asc(lambda: top.format(64, 64) + "1" * 50_000_000),
        "asc words without end": asc(lambda: top.format(64, 2_000_000_000) + "1 " * 1_000_000),
        "asc of holes": lambda: place.flood(place.sparse("S1_VV.asc", 60 * 2**30, top.format(256, 256).encode())),
        "asc cells of nan": asc(lambda: top.format(64, 64).replace("10\n", "nan\n") + "1 " * 4096),
        "asc of 1e999": asc(lambda: top.format(64, 64) + "1e999 " * 4096),
        "asc prj of holes": holed("ascii.asc", "prj"),
        "hgt of holes": lambda: place.flood_with("--dem", place.sparse("N49E013.hgt", 2 * 1201 * 1201)),
        "dted wide": lambda: place.flood_with("--dem", place.write("a.dt0", _dted(b"9999", b"9999"))),
        "dted of one column": lambda: place.flood_with("--dem", place.write("a.dt0", _dted(b"0001", b"9999"))),
        **{f"garbled {name} {seed}": partial(garbled, place, name, seed) for name in ("envi.dat", "ehdr.bil", "saga.sdat", "idrisi.rst", "good.gpkg") for seed in range(2)},
    }  # fmt: skip


def _dted(rows: bytes, columns: bytes) -> bytes:
    head = b"UHL1" + b"0130000E0490000N" + b"30003000NA  U  " + b" " * 12 + columns + rows + b"0" + b" " * 24
    return head.ljust(80) + b"DSI".ljust(648) + b"ACC".ljust(2700) + bytes(5000)


def _prj(place: Place, text: str) -> Words:
    path = copied(place, "ehdr.bil", "S1_VV.bil")
    os.mkfifo(place.given / "pipe")
    place.write("S1_VV.prj", text)
    return place.flood(path)


def _sg_grd_z(place: Place) -> Words:
    path = place.given / "S1.sg-grd-z"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        text = (folder_of_goods(place) / "saga.sgrd").read_text().replace("= 256", "= 40000")
        archive.writestr("S1.sgrd", text)
        with archive.open("S1.sdat", "w", force_zip64=True) as member:
            for _ in range(40):
                member.write(bytes(2**26))
    return place.flood(path)
