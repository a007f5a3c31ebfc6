"""Layers in formats of several files and bytes: counts that lie, headers without end, names of other files."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import math
import os
import random
import shutil
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .formats import GRIDS
from .place import Case, Cases, Place, Words

__all__ = ["Way", "as_aoi", "as_labels", "as_truth", "as_water", "cases", "copied_layer", "prepare"]

FORMATS = {
    "good.shp": "ESRI Shapefile",
    "table.tab": "MapInfo File",
    "text.mif": "MapInfo File",
    "good.fgb": "FlatGeobuf",
    "good.gdb": "OpenFileGDB",
    "good.gpkg": "GPKG",
}
Make = Callable[[], Words]
Way = Callable[[Place, object], Words]


def prepare(place: Place) -> None:
    """The sound labels in each format."""
    from engine.raster._ogr import pyogrio

    folder = goods_of_layers(place)
    if folder.exists():
        return
    folder.mkdir()
    source = place.good / "scene" / "labels.gpkg"
    information, _, shapes, values = pyogrio.raw.read(source)
    kept = [values[list(information["fields"]).index("class")]]
    for name, driver in FORMATS.items():
        pyogrio.raw.write(
            folder / name,
            shapes,
            kept,
            ["class"],
            geometry_type=information["geometry_type"],
            crs=information["crs"],
            driver=driver,
        )


def cases(place: Place, source: random.Random) -> Cases:
    """About a hundred and thirty."""
    for kind, tried in {
        "shp": _shapes(place),
        "mapinfo": _mapinfo(place),
        "fgb": _flat(place),
        "gdb": _geodatabases(place),
    }.items():
        for name, make in tried.items():
            yield Case(f"{kind} {name}", make)


def goods_of_layers(place: Place) -> Path:
    return place.good / "layers"


def as_aoi(place: Place, path: object) -> Words:
    return place.flood_with("--aoi", path)


def as_water(place: Place, path: object) -> Words:
    return place.flood_with("--permanent-water", path)


def as_labels(place: Place, path: object) -> Words:
    image = str(place.good / "scene" / "s2.tif")
    return ["train", "--image", image, "--labels", str(path), "--class-field", "class", "--out", str(place.out), "--json"]  # fmt: skip


def as_truth(place: Place, path: object) -> Words:
    prediction = str(place.good / "scene" / "landcover_truth.tif")
    return ["evaluate", "segmentation", "--prediction", prediction, "--truth", str(path), "--class-field", "class", "--json"]  # fmt: skip


def copied_layer(place: Place, name: str) -> Path:
    """A sound layer and what lies beside it."""
    for path in goods_of_layers(place).glob(f"{name.partition('.')[0]}.*"):
        if path.is_dir():
            shutil.copytree(path, place.given / path.name)
        else:
            shutil.copyfile(path, place.given / path.name)
    return place.given / name


def _changed(place: Place, name: str, end: str, change: Callable[[bytearray], bytes | bytearray | None], way: Way = as_aoi) -> Make:  # fmt: skip
    """A sound layer of which the file of that ending is changed."""

    def make() -> Words:
        path = copied_layer(place, name)
        part = path.with_suffix(f".{end}")
        data = bytearray(part.read_bytes() if part.exists() else b"")
        part.write_bytes(change(data) or data)
        return way(place, path)

    return make


def _holed(place: Place, name: str, end: str, way: Way = as_aoi) -> Make:
    def make() -> Words:
        path = copied_layer(place, name)
        path.with_suffix(f".{end}").touch()
        os.truncate(path.with_suffix(f".{end}"), 60 * 2**30)
        return way(place, path)

    return make


def _packed(kind: str, at: int, *values: float) -> Callable[[bytearray], None]:
    return lambda data: struct.pack_into(kind, data, at, *values)


def _garbled(place: Place, name: str, end: str, seed: int) -> Words:
    own = random.Random(f"{name} {end} {seed}")

    def change(data: bytearray) -> None:
        for _ in range(own.choice((1, 5, 30))):
            data[own.randrange(len(data))] = own.randrange(256)

    return _changed(place, name, end, change, own.choice((as_aoi, as_labels, as_water)))()


# Formats --------------------------------------------------------------------------------------------------------------


def _shapes(place: Place) -> dict[str, Make]:
    shp = partial(_changed, place, "good.shp")
    holes = partial(_holed, place, "good.shp")

    def linked(end: str) -> Make:
        def make() -> Words:
            path = copied_layer(place, "good.shp")
            path.with_suffix(f".{end}").unlink(missing_ok=True)
            path.with_suffix(f".{end}").symlink_to(place.notes)
            return as_labels(place, path)

        return make

    def folder(make: Callable[[Path], None]) -> Words:
        copied_layer(place, "good.shp")
        make(place.given)
        return as_aoi(place, place.given)

    return {
        "shp of 2^31 words": shp("shp", _packed(">i", 24, 2**31 - 1)),
        "record of 2^31 words": shp("shp", _packed(">i", 104, 2**31 - 1)),
        "record of 2^31 parts": shp("shp", _packed("<i", 144, 2**31 - 1)),
        "record of 2^31 points": shp("shp", _packed("<i", 148, 2**31 - 1)),
        "record of 60,000,000 points": shp("shp", _packed("<i", 148, 60_000_000)),
        "corners of nan": shp("shp", lambda data: data[:200] + struct.pack("<2d", math.nan, math.nan) * ((len(data) - 200) // 16)),
        "shx of 2^31 records": shp("shx", _packed(">i", 24, 2**31 - 1)),
        "shx that points before": shp("shx", _packed(">ii", 100, -5, 5)),
        "shx all the same": shp("shx", lambda data: data[:100] + bytes(data[100:108]) * 2_000_000),
        "dbf of 2^31 rows": shp("dbf", _packed("<I", 4, 2**31 - 1), as_labels),
        "dbf of 2^32 rows": shp("dbf", _packed("<I", 4, 2**32 - 1), as_labels),
        "dbf of rows without width": shp("dbf", _packed("<H", 10, 0), as_labels),
        "dbf of a long header": shp("dbf", _packed("<H", 8, 65_535), as_labels),
        "dbf of a short header": shp("dbf", _packed("<H", 8, 0), as_labels),
        "dbf names of controls": shp("dbf", lambda data: data[:32] + b"a\x1b[2J\x9b".ljust(11, b"\0") + data[43:], as_labels),
        "dbf of fields of 255": shp("dbf", _packed("<B", 48, 255), as_labels),
        **{f"cpg {text[:12]!r}": shp("cpg", lambda _, text=text: text, as_labels) for text in (b"\x1b[2J", b"../../notes.txt", b"UTF-7", b"rot13", b"UTF-16", b"x" * 5_000_000, b"", b"ISO-2022-KR", b"UTF-8//IGNORE")},
        **{f"holes as {end}": holes(end) for end in ("cpg", "prj", "qix", "sbn", "idm", "qpj", "dbf", "shx", "shp", "PRJ", "shp.xml", "qmd")},
        "prj of grids": shp("prj", lambda _: GRIDS.format("/tmp/pipe").encode()),
        "prj of grids far behind": shp("prj", lambda _: b" " * 2_000_000 + GRIDS.format("/tmp/pipe").encode()),
        "prj of the network": shp("prj", lambda _: f"{place.canary}/crs".encode()),
        "prj deep": shp("prj", lambda _: b"PROJCS[" * 1_000_000),
        "prj of controls": shp("prj", lambda _: b'LOCAL_CS["\x1b[2J\x9b"]'),
        "qix of noise": shp("qix", lambda _: b"SQT\1\1\0\0\0" + random.Random(1).randbytes(100_000)),
        "dbf as a link": linked("dbf"),
        "prj as a link": linked("prj"),
        "folder": partial(folder, lambda path: None),
        "folder with a pipe": partial(folder, lambda path: os.mkfifo(path / "other.shp")),
        "folder with a linked folder": partial(folder, lambda path: (path / "all").symlink_to("/")),
        "folder of 20,000": partial(folder, lambda path: [(path / f"{n}.shp").touch() for n in range(20_000)] and None),
        **{f"garbled {end} {seed}": partial(_garbled, place, "good.shp", end, seed) for end in ("shp", "shx", "dbf") for seed in range(3)},
    }  # fmt: skip


def _mapinfo(place: Place) -> dict[str, Make]:
    def table(text: str) -> Make:
        def make() -> Words:
            copied_layer(place, "table.tab")
            os.mkfifo(place.given / "pipe.tab")
            return as_aoi(place, place.write("a.tab", text))

        return make

    def view(name: str) -> str:
        return f'!Table\n!Version 100\nOpen Table "{name}" Hide\nOpen Table "{name}2" Hide\n\nCreate View a As\n Select *\n From table, table2\n Where table.class=table2.class\n'

    seamless = '!Table\n!Version 450\nDefinition Table\n  Type NATIVE Charset "WindowsLatin1"\n  Fields 2\n    Table Char (254) ;\n    Description Char (25) ;\nbegin_metadata\n"\\IsSeamless" = "TRUE"\nend_metadata\n'

    def sewn(name: str) -> Make:
        """A seamless table: its rows name others."""

        def make() -> Words:
            copied_layer(place, "table.tab")
            os.mkfifo(place.given / "pipe.tab")
            place.write("a.tab", seamless)
            for end in ("map", "id"):
                shutil.copyfile(place.given / f"table.{end}", place.given / f"a.{end}")
            row = b" " + name.encode().ljust(254) + b"x".ljust(25)
            fields = b"".join(
                label.ljust(11, b"\0") + b"C" + bytes(4) + bytes([width, 0]) + bytes(14)
                for label, width in ((b"TABLE", 254), (b"DESCRIPTIO", 25))
            )
            head = b"\x03\x7c\1\1" + struct.pack("<IHH", 9, 32 + 64 + 1, 280) + bytes(20) + fields + b"\r"
            place.write("a.dat", head + row * 9)
            return as_aoi(place, place.given / "a.tab")

        return make

    def mif(text: Callable[[], str]) -> Make:
        def make() -> Words:
            place.write("a.mid", '"a"\n' * 10)
            return as_labels(place, place.write("a.mif", text()))

        return make

    head = 'Version 300\nCharset "Neutral"\nDelimiter ","\nCoordSys Earth Projection 1, 104\nColumns 1\n  class Char(20)\nData\n\n'
    return {
        "view of a pipe": table(view("pipe.tab")),
        "view of notes": table(view("../../notes.txt")),
        "view of itself": table(view("a.tab")),
        "view of the network": table(view(f"/vsicurl/{place.canary}/a.tab")),
        "seamless of a pipe": sewn("pipe.tab"),
        "seamless of itself": sewn("a.tab"),
        "seamless of the network": sewn(f"/vsicurl/{place.canary}/a.tab"),
        "seamless of passwords": sewn("../../../../../../../../etc/passwd"),
        "seamless of good": sewn("table.tab"),
        "table of 100,000 fields": table('!table\n!version 300\n!charset Neutral\nDefinition Table\n  Type NATIVE Charset "Neutral"\n  Fields 100000\n' + "    a Char (10) ;\n" * 100_000),
        "map of noise": _changed(place, "table.tab", "map", lambda data: data[:512] + random.Random(2).randbytes(len(data) - 512)),
        "mif region of 2^31": mif(lambda: head + "Region 2147483647\n  2147483647\n13.6 49.6\n"),
        "mif line of 2^31": mif(lambda: head + "Pline 2147483647\n13.6 49.6\n"),
        "mif line of parts of 2^31": mif(lambda: head + "Pline Multiple 2147483647\n 2\n13.6 49.6\n"),
        "mif points of 2^31": mif(lambda: head + "Multipoint 2147483647\n13.6 49.6\n"),
        "mif columns of 2^31": mif(lambda: head.replace("Columns 1", "Columns 2147483647")),
        "mif collection of 2^31": mif(lambda: head + "Collection 2147483647\nRegion 1\n 3\n13.6 49.6\n"),
        "mif long line": mif(lambda: head + "Region 1\n" + "1" * 100_000_000),
        "mif of controls": mif(lambda: head.replace("class", "cl\x1b[2Jss")),
        "mif of holes": _holed(place, "text.mif", "mif"),
        "mid of holes": _holed(place, "text.mif", "mid", as_labels),
        "tab of holes": _holed(place, "table.tab", "tab"),
        "dat of holes": _holed(place, "table.tab", "dat", as_labels),
        "map of holes": _holed(place, "table.tab", "map"),
        "id of holes": _holed(place, "table.tab", "id"),
        **{f"garbled {end} {seed}": partial(_garbled, place, "table.tab", end, seed) for end in ("map", "dat", "id", "tab") for seed in range(3)},
    }  # fmt: skip


def _flat(place: Place) -> dict[str, Make]:
    def feature_of(size: int) -> Callable[[bytearray], None]:
        def change(data: bytearray) -> None:
            (head,) = struct.unpack_from("<I", data, 8)
            struct.pack_into("<I", data, 12 + head, size)

        return change

    return {
        "header of 2^31": _changed(place, "good.fgb", "fgb", _packed("<I", 8, 2**31 - 1)),
        "header of 2^32": _changed(place, "good.fgb", "fgb", _packed("<I", 8, 2**32 - 1)),
        "first of 2^31": _changed(place, "good.fgb", "fgb", feature_of(2**31 - 1)),
        "first of nothing": _changed(place, "good.fgb", "fgb", feature_of(0)),
        "holes": _holed(place, "good.fgb", "fgb"),
        **{f"garbled {seed}": partial(_garbled, place, "good.fgb", "fgb", seed) for seed in range(12)},
    }  # fmt: skip


def _geodatabases(place: Place) -> dict[str, Make]:
    def changed(change: Callable[[Path], None], way: Way = as_aoi) -> Make:
        def make() -> Words:
            path = copied_layer(place, "good.gdb")
            change(path)
            return way(place, path)

        return make

    def piped(name: str) -> Callable[[Path], None]:
        def change(folder: Path) -> None:
            (folder / name).unlink(missing_ok=True)
            os.mkfifo(folder / name)

        return change

    def zeros(name: str) -> Callable[[Path], None]:
        def change(folder: Path) -> None:
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to("/dev/zero")

        return change

    def holed(folder: Path) -> None:
        for path in folder.glob("*.gdbtable"):
            os.truncate(path, 60 * 2**30)

    def counted(folder: Path) -> None:
        for path in folder.glob("*.gdbtable"):
            data = bytearray(path.read_bytes())
            struct.pack_into("<I", data, 4, 2**31 - 1)
            path.write_bytes(data)

    def indexed(folder: Path) -> None:
        for path in folder.glob("*.gdbtablx"):
            data = bytearray(path.read_bytes())
            struct.pack_into("<II", data, 4, 2**31 - 1, 2**31 - 1)
            path.write_bytes(data)

    def garbled(seed: int) -> Callable[[Path], None]:
        def change(folder: Path) -> None:
            own = random.Random(f"gdb {seed}")
            for path in sorted(folder.glob("*.gdbtable")):
                data = bytearray(path.read_bytes())
                for _ in range(own.choice((1, 5, 30))):
                    data[own.randrange(len(data))] = own.randrange(256)
                path.write_bytes(data)

        return change

    def zipped(folder: Path) -> None:
        shutil.make_archive(str(folder), "zip", folder.parent, folder.name)

    def in_a_zip() -> Words:
        path = copied_layer(place, "good.gdb")
        zipped(path)
        shutil.rmtree(path)
        return as_aoi(place, path.with_name("good.gdb.zip"))

    return {
        "sound": changed(lambda folder: None, as_labels),
        "in a zip": in_a_zip,
        "with a pipe": changed(piped("a00000001.gdbtable")),
        "with a pipe for its index": changed(piped("a00000001.gdbtablx")),
        "with a pipe for its file": changed(piped("gdb")),
        "with zeros": changed(zeros("a00000004.gdbtable")),
        "with holes": changed(holed),
        "of 2^31 rows": changed(counted, as_labels),
        "of an index of 2^31": changed(indexed, as_labels),
        **{f"garbled {seed}": changed(garbled(seed), as_labels) for seed in range(8)},
    }  # fmt: skip
