"""Files beside rasters, TIFF files and GeoPackages: headers that lie, masks and mosaics that are bombs, journals."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import struct
from collections.abc import Callable

import numpy as np

from .formats import GRIDS, SIDE, copied, folder_of_goods, patched, prepare
from .pictures import bmp, jpeg, png
from .place import Case, Cases, Place, Words
from .rasters import vrt
from .sizes import BITS, COMPRESSION, LONG, ROWS, SHORT, STRIPS, tiff, zeros_deflated

__all__ = ["cases", "prepare"]

Make = Callable[[], Words]


def cases(place: Place, source: random.Random) -> Cases:
    """About a hundred."""
    for kind, tried in {
        "beside": _beside(place),
        "legend": _legends(place),
        "tiff": _tiffs(place),
        "gpkg": _geopackages(place),
    }.items():
        for name, make in tried.items():
            yield Case(f"{kind} {name}", make)


# Legends --------------------------------------------------------------------------------------------------------------


def _legends(place: Place) -> dict[str, Make]:
    """What names the classes of a truth."""

    def named(end: str, content: Callable[[], bytes]) -> Make:
        def make() -> Words:
            good = place.good / "scene" / "landcover_truth.tif"
            place.write("truth.tif", good.read_bytes().replace(b"CLASS_", b"OTHER_"))  # else its own names would do
            place.write(f"truth{end}", content())
            return [
                "evaluate",
                "segmentation",
                "--prediction",
                str(good),
                "--truth",
                str(place.given / "truth.tif"),
                "--json",
            ]

        return make

    def style(
        inside: bytes, start: bytes = b"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
    ) -> Callable[[], bytes]:
        return lambda: start + b"<qgis>" + inside + b"</qgis>"

    def band(inside: bytes) -> Callable[[], bytes]:
        return lambda: b'<PAMDataset><PAMRasterBand band="1">' + inside + b"</PAMRasterBand></PAMDataset>"

    field = b'<FieldDefn index="%d"><Name>%s</Name><Type>2</Type><Usage>%d</Usage></FieldDefn>'
    table = b"<GDALRasterAttributeTable>" + field % (0, b"VALUE", 5) + field % (1, b"NAME", 2)
    return {
        "of entities": named(".qml", style(b"<paletteEntry value='1' label='&a;'/>", b"<!DOCTYPE qgis [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>")),
        "of a million": named(".qml", style(b"<paletteEntry value='1' label='a'/>" * 1_000_000)),
        "without end": named(".qml", style(b"<a>" * 100_000)),
        "of escapes": named(".qml", style(b"<paletteEntry value='1' label='&#155;2J&#27;[2J'/><paletteEntry value='1e999' label='a'/><paletteEntry value='nan'/>")),
        "of long names": named(".qml", style(b"<paletteEntry value='2' label='" + b"a" * 1_000_000 + b"'/>")),
        "of holes": lambda: (named(".qml", lambda: b"")(), place.sparse("truth.qml", 60 * 2**30, b"<qgis>"))[0],
        "table of rows without cells": named(".tif.aux.xml", band(table + b"<Row index='0'/>" * 100_000 + b"</GDALRasterAttributeTable>")),
        "table of long numbers": named(".tif.aux.xml", band(table + b"<Row index='0'><F>" + b"9" * 100_000 + b"</F><F>a</F></Row></GDALRasterAttributeTable>")),
        "categories of escapes": named(".tif.aux.xml", band(b"<CategoryNames>" + b"<Category>&#155;2J</Category>" * 300 + b"</CategoryNames>")),
    }  # fmt: skip


# Files beside ---------------------------------------------------------------------------------------------------------


def _beside(place: Place) -> dict[str, Make]:
    def beside(
        end: str, content: Callable[[], bytes], image: Callable[[], bytes] | None = None, whole: bool = True
    ) -> Make:
        def make() -> Words:
            path = place.write("S1_VV.tif", (image or place.post.read_bytes)())
            place.write(f"S1_VV.tif{end}" if whole else f"S1_VV{end}", content())
            return place.flood(path)

        return make

    def holes(end: str) -> Make:
        def make() -> Words:
            shutil.copyfile(place.post, place.given / "S1_VV.tif")
            place.sparse(f"S1_VV{end}", 60 * 2**30, b"1\n")
            return place.flood(place.given / "S1_VV.tif")

        return make

    def overview_of_a_pipe() -> Words:
        shutil.copyfile(place.post, place.given / "S1_VV.tif")
        os.mkfifo(place.given / "pipe")
        place.write(
            "S1_VV.tif.aux.xml",
            f'<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{place.given / "pipe"}</MDI></Metadata></PAMDataset>',
        )
        return place.flood(place.given / "S1_VV.tif")

    def bomb(side: int, more: dict[int, tuple[int, tuple[float, ...]]] | None = None) -> bytes:
        return tiff(side, side, {COMPRESSION: (SHORT, (8,)), **(more or {})}, zeros_deflated(side * side))

    def like(end: str) -> Make:
        """An example of a search, which is read at a smaller size."""

        def make() -> Words:
            path = place.given / "a.tif"
            path.write_bytes(_tiled(60_000))
            place.write(f"a.tif{end}", bomb(30_000))
            shutil.copytree(folder_of_goods(place) / "index", place.given / "index")
            return ["search", str(place.given / "index"), "--like", str(path), "--json"]

        return make

    place_of = "10\n0\n0\n-10\n400005\n5499995\n"
    return {
        **{f"holes as {end}": holes(end) for end in (".tfw", ".wld", ".tif.aux.xml", ".prj", ".tab", ".RPB", "_RPC.TXT", "_rpc.txt", ".IMD", ".tif.ovr", ".tif.msk", ".aux", ".tif.xml", ".qml", ".TFW", ".tifw", ".xml", "_metadata.txt")},
        "mask that is a bomb": beside(".msk", lambda: bomb(40_000), lambda: _tiled(40_000)),
        "mask that is a bomb of a small image": beside(".msk", lambda: bomb(60_000)),
        "mask of holes": beside(".msk", lambda: tiff(320, 256, {ROWS: (LONG, (1,))})),
        "overview that is a bomb": beside(".ovr", lambda: bomb(30_000), lambda: _tiled(60_000)),
        "overview of an example": like(".ovr"),
        "mask of an example": like(".msk"),
        "overview of a pipe": overview_of_a_pipe,
        "world of nan": beside(".tfw", lambda: b"nan\n" * 6, lambda: _unplaced(), whole=False),
        "world of 1e-300": beside(".tfw", lambda: place_of.replace("10\n", "1e-300\n").encode(), lambda: _unplaced(), whole=False),
        "world of letters": beside(".tfw", lambda: b"\x1b[2J\n" * 6, lambda: _unplaced(), whole=False),
        "world without crs": beside(".tfw", lambda: place_of.encode(), lambda: _unplaced(), whole=False),
        "table of mapinfo": beside(".tab", lambda: b'!table\n!version 300\nDefinition Table\n File "../../notes.txt"\n Type "RASTER"\n' + b' (1e999,1) (0,0) Label "a",\n' * 100_000, lambda: _unplaced(), whole=False),
        "aux of points": beside(".aux.xml", lambda: b"<PAMDataset><GCPList Projection='EPSG:4326'>" + b'<GCP Id="" Pixel="1" Line="1" X="1" Y="1"/>' * 200_000 + b"</GCPList></PAMDataset>"),
        "aux of a table": beside(".aux.xml", lambda: b'<PAMDataset><PAMRasterBand band="1"><GDALRasterAttributeTable><Row index="2000000000"><F>1</F></Row></GDALRasterAttributeTable></PAMRasterBand></PAMDataset>'),
        "aux of names": beside(".aux.xml", lambda: b'<PAMDataset><PAMRasterBand band="1"><CategoryNames>' + b"<Category>\xc2\x9b2J</Category>" * 300_000 + b"</CategoryNames></PAMRasterBand></PAMDataset>"),
        "aux of a histogram": beside(".aux.xml", lambda: b'<PAMDataset><PAMRasterBand band="1"><Histograms><HistItem><HistMin>0</HistMin><HistMax>1</HistMax><BucketCount>2000000000</BucketCount><HistCounts>1|2</HistCounts></HistItem></Histograms></PAMRasterBand></PAMDataset>'),
        "aux of scales": beside(".aux.xml", lambda: b'<PAMDataset><PAMRasterBand band="1"><Offset>nan</Offset><Scale>1e308</Scale><NoDataValue>nan</NoDataValue><UnitType>&#155;2J</UnitType><Description>&#155;VV</Description></PAMRasterBand></PAMDataset>'),
        "aux of bands": beside(".aux.xml", lambda: b"<PAMDataset>" + b'<PAMRasterBand band="2000000000"><Description>a</Description></PAMRasterBand>' * 10_000 + b"</PAMDataset>"),
        "aux of geotransform": beside(".aux.xml", lambda: b"<PAMDataset><GeoTransform>nan,inf,1e999,0,0,0</GeoTransform><SRS>LOCAL_CS[&quot;a&quot;]</SRS></PAMDataset>"),
        "aux of subdatasets": beside(".aux.xml", lambda: b'<PAMDataset><Subdatasets>' + b'<Subdataset name="a"><PAMDataset/></Subdataset>' * 100_000 + b"</Subdatasets></PAMDataset>"),
    }  # fmt: skip


def _tiled(side: int) -> bytes:
    """Tiles of which none is there."""
    count = (-(-side // 2048)) ** 2
    return tiff(
        side, side, {322: (LONG, (2048,)), 323: (LONG, (2048,)), 324: (LONG, (0,) * count), 325: (LONG, (0,) * count)}
    )


def _unplaced() -> bytes:
    noise = np.random.default_rng(2).integers(20, 200, 4096, np.uint8).tobytes()
    return _without(tiff(64, 64, data=noise), (33550, 33922, 34735))


def _without(data: bytes, tags: tuple[int, ...]) -> bytes:
    """Tags that nobody knows, in place of those."""
    for tag in tags:
        at = data.rindex(struct.pack("<H", tag))
        data = patched(data, at, struct.pack("<H", tag + 20_000))
    return data


# TIFF -----------------------------------------------------------------------------------------------------------------


def _tiffs(place: Place) -> dict[str, Make]:
    def met(content: Callable[[], bytes]) -> Make:
        return lambda: place.flood(place.write("S1_VV.tif", content()))

    def mosaic(name: str, content: Callable[[], bytes], side: int) -> Make:
        """A virtual raster of small blocks over one that is not."""

        def make() -> Words:
            path = place.write(name, content())
            return place.flood(place.write("S1_VV.vrt", vrt(str(path)).replace(f'"{SIDE}"', f'"{side}"')))

        return make

    def bomb(side: int) -> bytes:
        return tiff(side, side, {COMPRESSION: (SHORT, (8,))}, zeros_deflated(side * side))

    def with_mask(side: int) -> bytes:
        """A second directory that is the mask of the first, in one strip."""
        plain = _tiled(side)
        packed = zeros_deflated(side * side)
        mask = tiff(
            side, side, {COMPRESSION: (SHORT, (8,)), 254: (LONG, (4,)), 262: (SHORT, (4,)), BITS: (SHORT, (8,))}, packed
        )
        return _joined(plain, mask)

    def sparse(side: int, block: int) -> Make:
        """BigTIFF whose lists of tiles are holes."""

        def make() -> Words:
            count = (-(-side // block)) ** 2
            entries = [
                (256, 4, 1, side),
                (257, 4, 1, side),
                (258, 3, 1, 32),
                (259, 3, 1, 1),
                (262, 3, 1, 1),
                (277, 3, 1, 1),
                (322, 4, 1, block),
                (323, 4, 1, block),
                (324, 16, count, 4096),
                (325, 16, count, 4096 + 8 * count),
                (339, 3, 1, 3),
            ]
            geo = [(33550, 12, 3, 1000), (33922, 12, 6, 1100), (34735, 3, 16, 1200)]
            head = b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + struct.pack("<Q", len(entries + geo))
            head += b"".join(struct.pack("<HHQQ", *entry) for entry in entries + geo) + bytes(8)
            head = head.ljust(1000, b"\0") + struct.pack("<3d", 10, 10, 0)
            head = head.ljust(1100, b"\0") + struct.pack("<6d", 0, 0, 0, 400_000, 5_500_000, 0)
            head = head.ljust(1200, b"\0") + struct.pack(
                "<16H", 1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633
            )
            return place.flood(place.sparse("S1_VV.tif", 4096 + 16 * count, head))

        return make

    return {
        "bomb in a mosaic": mosaic("a.tif", lambda: bomb(40_000), 40_000),
        "bomb of blocks in a mosaic": mosaic("a.bmp", lambda: bmp(30_000, 30_000, True, bytes((255, 0)) * (30_000 * 30_000 // 255)), 30_000),
        "wide one in a mosaic": mosaic("a.tif", lambda: tiff(2_000_000_000, 64), 256),
        "bomb as its mask": met(lambda: with_mask(40_000)),
        "sparse 100,000": sparse(100_000, 512),
        "sparse 1,000,000": sparse(1_000_000, 512),
        "sparse 4,000,000": sparse(4_000_000, 1024),
        "float16 of 24 bits": met(lambda: tiff(64, 64, {BITS: (SHORT, (24,)), 339: (SHORT, (3,))}, bytes(64 * 64 * 3))),
        "1 bit": met(lambda: tiff(64, 64, {BITS: (SHORT, (1,))}, bytes(512))),
        "64 bits of whole numbers": met(lambda: tiff(64, 64, {BITS: (SHORT, (64,)), 339: (SHORT, (1,))}, bytes(64 * 64 * 8))),
        **{f"compression {number}": met(lambda number=number: tiff(64, 64, {COMPRESSION: (SHORT, (number,))}, bytes(range(256)) * 8)) for number in (2, 3, 4, 5, 6, 7, 34661, 34676, 34887, 34925, 50000, 50001, 50002, 65535)},
        "lerc bomb": met(lambda: tiff(20_000, 20_000, {COMPRESSION: (SHORT, (34887,)), 50674: (LONG, (4, 1))}, zeros_deflated(2_000_000_000))),
    }  # fmt: skip


def _joined(first: bytes, second: bytes) -> bytes:
    """Two TIFF files as two directories of one; places of the second are moved."""
    base = len(first) + len(first) % 2
    (start,) = struct.unpack_from("<I", second, 4)
    data = bytearray(second)
    (count,) = struct.unpack_from("<H", data, start)
    sizes = {3: 2, 4: 4, 12: 8, 2: 1}
    for number in range(count):
        at = start + 2 + 12 * number
        tag, kind, length = struct.unpack_from("<HHI", data, at)
        if sizes[kind] * length > 4 or tag == STRIPS:
            (value,) = struct.unpack_from("<I", data, at + 8)
            struct.pack_into("<I", data, at + 8, value + base)
    out = bytearray(first.ljust(base, b"\0"))
    (own,) = struct.unpack_from("<I", out, 4)
    (entries,) = struct.unpack_from("<H", out, own)
    struct.pack_into("<I", out, own + 2 + 12 * entries, base + start)
    return bytes(out + data)


# GeoPackage -----------------------------------------------------------------------------------------------------------


def _geopackages(place: Place) -> dict[str, Make]:
    def changed(*statements: tuple[str, tuple[object, ...]]) -> Make:
        def make() -> Words:
            path = copied(place, "good.gpkg", "S1_VV.gpkg")
            database = sqlite3.connect(path)
            for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{trigger}"')
            for statement, values in statements:
                database.execute(statement, values)
            database.commit()
            database.close()
            return place.flood(path)

        return make

    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
    return {
        "sound": changed(),
        "tile that is a bomb": lambda: changed(("UPDATE stranger SET tile_data = ?", (png(30_000, 30_000, kind=6),)))(),
        "tile of a jpeg": lambda: changed(("UPDATE stranger SET tile_data = ?", (jpeg(65_500, 65_500, progressive=True),)))(),
        "tile of a vrt": lambda: changed(("UPDATE stranger SET tile_data = ?", (vrt(f"/vsicurl/{place.canary}/a.tif").encode(),)))(),
        "tile of a tiff": lambda: changed(("UPDATE stranger SET tile_data = ?", (tiff(60_000, 60_000, {COMPRESSION: (SHORT, (8,))}, zeros_deflated(3_600_000_000)),)))(),
        "tile of 500 MB": changed(("UPDATE stranger SET tile_data = zeroblob(500000000)", ())),
        "matrix of 2^31": changed(("UPDATE gpkg_tile_matrix SET matrix_width = 2147483647, matrix_height = 2147483647", ())),
        "tiles of 2^31": changed(("UPDATE gpkg_tile_matrix SET tile_width = 2147483647, tile_height = 2147483647", ())),
        "tiles of 60,000": changed(("UPDATE gpkg_tile_matrix SET tile_width = 60000, tile_height = 60000", ())),
        "pixels of nothing": changed(("UPDATE gpkg_tile_matrix SET pixel_x_size = 1e-300, pixel_y_size = 1e-300", ())),
        "pixels of text": changed(("UPDATE gpkg_tile_matrix SET pixel_x_size = 'nan'", ())),
        "set without end": changed(("UPDATE gpkg_tile_matrix_set SET max_x = 1e308, min_x = -1e308", ())),
        "300,000 levels": changed((f"INSERT INTO gpkg_tile_matrix {many.format(300_000)} SELECT 'stranger', i + 100, 1, 1, 256, 256, 1000.0 + i, 1000.0 + i FROM n", ())),
        "300,000 contents": changed((f"INSERT INTO gpkg_contents (table_name, data_type, identifier) {many.format(300_000)} SELECT 'a' || i, 'tiles', 'a' || i FROM n", ())),
        "300,000 extensions": changed(("CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL)", ()), (f"INSERT INTO gpkg_extensions {many.format(300_000)} SELECT 'stranger', 'tile_data', 'gpkg_' || i, '{place.canary}/x', 'read-write' FROM n", ())),
        "extension of the network": changed(("CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL)", ()), ("INSERT INTO gpkg_extensions VALUES ('stranger', 'tile_data', 'gpkg_webp', ?, 'read-write')", (place.canary,))),
        "300,000 metadata": changed(("CREATE TABLE IF NOT EXISTS gpkg_metadata (id INTEGER PRIMARY KEY, md_scope TEXT, md_standard_uri TEXT, mime_type TEXT, metadata TEXT)", ()), ("CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (reference_scope TEXT, table_name TEXT, column_name TEXT, row_id_value INTEGER, timestamp DATETIME, md_file_id INTEGER, md_parent_id INTEGER)", ()), (f"INSERT INTO gpkg_metadata {many.format(300_000)} SELECT i + 10, 'dataset', 'http://gdal.org', 'text/xml', '<GDALMultiDomainMetadata><Metadata domain=\"OVERVIEWS\"><MDI key=\"OVERVIEW_FILE\">{place.notes}</MDI></Metadata></GDALMultiDomainMetadata>' FROM n", ()), ("INSERT INTO gpkg_metadata_reference SELECT 'geopackage', NULL, NULL, NULL, '2024-01-01T00:00:00Z', id, NULL FROM gpkg_metadata", ())),
        "crs of the network": changed(("UPDATE gpkg_spatial_ref_sys SET definition = ?, organization = 'NONE', organization_coordsys_id = 77 WHERE srs_id = 32633", (f"{place.canary}/crs",))),
        "crs of grids": changed(("UPDATE gpkg_spatial_ref_sys SET definition = ?, organization = 'NONE', organization_coordsys_id = 77 WHERE srs_id = 32633", (" " * 2_000_000 + GRIDS.format("/tmp/pipe"),))),
        "trigger": changed(("CREATE TRIGGER t AFTER UPDATE ON stranger BEGIN SELECT load_extension('/tmp/x'); END", ())),
        "index of an expression": changed(("CREATE INDEX i ON stranger (hex(zeroblob(length(tile_data) * 100)))", ())),
        "name of controls": changed(("ALTER TABLE stranger RENAME TO \"a\x1b[2J\u202e\"", ()), ("UPDATE gpkg_contents SET table_name = ?, identifier = ?", ("a\x1b[2J\u202e",) * 2), ("UPDATE gpkg_tile_matrix SET table_name = ?", ("a\x1b[2J\u202e",)), ("UPDATE gpkg_tile_matrix_set SET table_name = ?", ("a\x1b[2J\u202e",))),
        "tables of 30,000": lambda: changed(*((f"CREATE TABLE t{n} (a)", ()) for n in range(30_000)))(),
        "page size": lambda: place.flood(place.write("S1_VV.gpkg", patched((folder_of_goods(place) / "good.gpkg").read_bytes(), 16, b"\2\0"))),
        "hot journal": lambda: _journalled(place),
    }  # fmt: skip


def _journalled(place: Place) -> Words:
    """A journal left beside it, whose master journal is a file of the user's."""
    path = copied(place, "good.gpkg", "S1_VV.gpkg")
    name = str(place.notes).encode()
    head = bytes.fromhex("d9d505f920a163d7") + struct.pack(">IIIII", 1, 0, path.stat().st_size // 4096, 512, 4096)
    page = struct.pack(">I", 1) + path.read_bytes()[:4096] + struct.pack(">I", 0)
    end = struct.pack(">I", 0x40000000 // 4096 + 1) + name + struct.pack(">II", len(name), sum(name)) + head[:8]
    place.write("S1_VV.gpkg-journal", head.ljust(512, b"\0") + page + end)
    return place.flood(path)
