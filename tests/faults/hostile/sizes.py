"""Rasters that are small on disk and endless to read, and TIFF files whose directories lead nowhere."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from functools import partial

from .place import Case, Cases, Place, Words

__all__ = ["cases"]

# Tags of TIFF 6.0, of GDAL and of GeoTIFF.
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIPS, SAMPLES, ROWS, LENGTHS = (
    256,
    257,
    258,
    259,
    262,
    273,
    277,
    278,
    279,
)
PLANES, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_LENGTHS, SUB, FORMAT = 284, 322, 323, 324, 325, 330, 339
PIXEL_SCALE, TIE_POINTS, GEO_KEYS, GDAL_METADATA, GDAL_NODATA = 33550, 33922, 34735, 42112, 42113
SHORT, LONG, DOUBLE, ASCII = 3, 4, 12, 2
SIZES = {SHORT: "H", LONG: "I", DOUBLE: "d", ASCII: "B"}
GREATEST = 2**31 - 1
Tags = dict[int, tuple[int, tuple[float, ...]]]


def tiff(width: int, height: int, changes: Tags | None = None, data: bytes = bytes(64), following: int = 0) -> bytes:
    """A TIFF of bytes in one strip, with tags changed or added; `following` is where the next directory is said to be."""
    tags: Tags = {
        WIDTH: (LONG, (width,)),
        HEIGHT: (LONG, (height,)),
        BITS: (SHORT, (8,)),
        COMPRESSION: (SHORT, (1,)),
        PHOTOMETRIC: (SHORT, (1,)),
        STRIPS: (LONG, (8,)),
        SAMPLES: (SHORT, (1,)),
        ROWS: (LONG, (height,)),
        LENGTHS: (LONG, (len(data),)),
        PIXEL_SCALE: (DOUBLE, (10, 10, 0)),
        TIE_POINTS: (DOUBLE, (0, 0, 0, 400_000, 5_500_000, 0)),
        GEO_KEYS: (SHORT, (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32633)),
        **(changes or {}),
    }
    start = 8 + len(data) + len(data) % 2
    beyond = start + 2 + 12 * len(tags) + 4
    entries, values = b"", b""
    for tag, (kind, numbers) in sorted(tags.items()):
        packed = struct.pack(f"<{len(numbers)}{SIZES[kind]}", *numbers)
        if len(packed) <= 4:
            place = packed.ljust(4, b"\0")
        else:
            place = struct.pack("<I", beyond + len(values))
            values += packed
        entries += struct.pack("<HHI", tag, kind, len(numbers)) + place
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", start) + data + bytes(len(data) % 2) + directory + values


def zeros_deflated(length: int) -> bytes:
    """What zlib makes of so many zeros, without having them."""
    piece = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = piece.compress(bytes(2**24)) + piece.flush(zlib.Z_FULL_FLUSH)
    whole, rest = divmod(length, 2**24)
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    tail = last.compress(bytes(rest)) + last.flush()
    return b"\x78\xda" + block * whole + tail + struct.pack(">I", (length % 65521) << 16 | 1)


def cases(place: Place, source: random.Random) -> Cases:
    """About sixty."""
    options = ("--pre", "--dem", "--hand", "--permanent-water")
    for name, content in _tiffs().items():
        yield Case(f"tiff {name}", partial(_post, place, "S1_VV.tif", content))
    for name, content in source.sample(sorted(_tiffs().items(), key=lambda item: item[0]), 12):
        option = source.choice(options)
        yield Case(f"tiff {name} as {option}", partial(_beside, place, option, "layer.tif", content))
    for name, text in _virtual(place).items():
        yield Case(f"vrt {name}", partial(_post, place, "S1_VV.vrt", lambda text=text: text()))
        yield Case(f"vrt {name} in evaluate", partial(_compared, place, lambda text=text: text()))


def _post(place: Place, name: str, content: Callable[[], str | bytes]) -> Words:
    return place.flood(place.write(name, content()))


def _beside(place: Place, option: str, name: str, content: Callable[[], bytes]) -> Words:
    return place.flood_with(option, place.write(name, content()))


def _compared(place: Place, content: Callable[[], str]) -> Words:
    path = str(place.write("map.vrt", content()))
    return ["evaluate", "flood", "--prediction", path, "--truth", path, "--json"]


def _tiffs() -> dict[str, Callable[[], bytes]]:
    deflated = (SHORT, (8,))

    def bomb(side: int, **more: tuple[int, tuple[float, ...]]) -> bytes:
        return tiff(
            side,
            side,
            {COMPRESSION: deflated, **{int(tag[1:]): value for tag, value in more.items()}},
            zeros_deflated(side * side),
        )

    def tiled(side: int, blocks: int) -> bytes:
        tags: Tags = {TILE_WIDTH: (LONG, (side,)), TILE_HEIGHT: (LONG, (side,)), TILES: (LONG, (8,) * blocks)}
        return tiff(4096, 4096, {**tags, TILE_LENGTHS: (LONG, (64,) * blocks)})

    def text(content: str) -> tuple[int, tuple[float, ...]]:
        return ASCII, tuple((content + "\0").encode())

    def looping() -> bytes:
        plain = tiff(64, 64, data=bytes(4096))
        return tiff(64, 64, data=bytes(4096), following=struct.unpack("<I", plain[4:8])[0])

    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    samples = 65_000
    return {
        "wide": lambda: tiff(2_000_000_000, 64),
        "tall": lambda: tiff(64, 2_000_000_000),
        "square": lambda: tiff(GREATEST, GREATEST),
        "wide in rows": lambda: tiff(2_000_000_000, 64, {ROWS: (LONG, (1,))}),
        "wide strips missing": lambda: tiff(2_000_000_000, 64, {ROWS: (LONG, (1,)), STRIPS: (LONG, (0,)), LENGTHS: (LONG, (0,))}),
        "million square": lambda: tiff(1_000_000, 1_000_000, {ROWS: (LONG, (1,))}),
        "deflate bomb 60,000": lambda: bomb(60_000),
        "deflate bomb 30,000": lambda: bomb(30_000),
        "deflate bomb of doubles": lambda: tiff(20_000, 20_000, {COMPRESSION: deflated, BITS: (SHORT, (64,)), FORMAT: (SHORT, (3,))}, zeros_deflated(3_200_000_000)),
        "deflate longer than said": lambda: tiff(64, 64, {COMPRESSION: deflated}, zeros_deflated(2**31)),
        "tile of 2^31": lambda: tiled(2**31 - 16, 1),
        "tile of 2^15": lambda: tiled(2**15, 1),
        "tile of 0": lambda: tiled(0, 1),
        "tiles of 1": lambda: tiled(1, 1),
        "65,000 bands": lambda: tiff(64, 64, {SAMPLES: (SHORT, (samples,)), BITS: (SHORT, (8,) * samples), 338: (SHORT, (0,) * (samples - 1))}),
        "65,000 planes": lambda: tiff(64, 64, {SAMPLES: (SHORT, (samples,)), BITS: (SHORT, (8,) * samples), PLANES: (SHORT, (2,)), STRIPS: (LONG, (8,) * samples), LENGTHS: (LONG, (64,) * samples)}),
        "no bands": lambda: tiff(64, 64, {SAMPLES: (SHORT, (0,))}),
        "no rows a strip": lambda: tiff(64, 64, {ROWS: (LONG, (0,))}),
        "no pixels": lambda: tiff(0, 0),
        "directory of itself": looping,
        "directory beyond": lambda: tiff(64, 64, following=2**32 - 2),
        "inner directory of itself": lambda: tiff(64, 64, {SUB: (LONG, (72,))}),
        "endless tags": lambda: b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 256, 4, 1, 64) * 65_535,
        "endless value": lambda: tiff(64, 64).replace(struct.pack("<HHI", STRIPS, LONG, 1), struct.pack("<HHI", STRIPS, LONG, 2**32 - 1)),
        "bigtiff endless": lambda: b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**63) + struct.pack("<HHQQ", 256, 16, 2**62, 16) * 9,
        "directories 20,000": lambda: _directories(20_000),
        "controls in its metadata": lambda: tiff(64, 64, {GDAL_METADATA: text('<GDALMetadata><Item name="UNITS">\x1b[2J</Item><Item name="DESCRIPTION" sample="0" role="description">VV\x1b]0;x\x07</Item></GDALMetadata>')}, bytes(4096)),
        "entities in its metadata": lambda: tiff(64, 64, {GDAL_METADATA: text(f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]><GDALMetadata><Item name="a">&a11;</Item></GDALMetadata>')}, bytes(4096)),
        "deep metadata": lambda: tiff(64, 64, {GDAL_METADATA: text("<GDALMetadata>" + "<Item>" * 50_000)}, bytes(4096)),
        "pixels of 1e-300": lambda: tiff(64, 64, {PIXEL_SCALE: (DOUBLE, (1e-300, 1e-300, 0))}, bytes(4096)),
        "pixels of nan": lambda: tiff(64, 64, {PIXEL_SCALE: (DOUBLE, (float("nan"),) * 3)}, bytes(4096)),
        "pixels of 1e300": lambda: tiff(64, 64, {PIXEL_SCALE: (DOUBLE, (1e300, 1e300, 0))}, bytes(4096)),
        "place of inf": lambda: tiff(64, 64, {TIE_POINTS: (DOUBLE, (0, 0, 0, float("inf"), 5_500_000, 0))}, bytes(4096)),
    }  # fmt: skip


def _directories(count: int) -> bytes:
    """A chain of pages, each of no pixels of its own."""
    page = struct.pack("<H", 2) + struct.pack("<HHII", WIDTH, LONG, 1, 64) + struct.pack("<HHII", HEIGHT, LONG, 1, 64)
    size = len(page) + 4
    return (
        b"II*\0" + struct.pack("<I", 8) + b"".join(page + struct.pack("<I", 8 + size * (n + 1)) for n in range(count))
    )


def _virtual(place: Place) -> dict[str, Callable[[], str]]:
    geo = "<SRS>EPSG:32633</SRS><GeoTransform>400000,10,0,5500000,0,-10</GeoTransform>"
    simple = f"<SimpleSource><SourceFilename>{place.post}</SourceFilename></SimpleSource>"

    def band(number: int, inside: str = "", more: str = "") -> str:
        return f'<VRTRasterBand dataType="Float32" band="{number}"{more}>{inside}</VRTRasterBand>'

    def virtual(width: int, height: int, inside: str) -> str:
        return f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}">{geo}{inside}</VRTDataset>'

    placed = '<DstRect xOff="0" yOff="0" xSize="{0}" ySize="{0}"/>'
    kernel = "<Kernel><Size>9999</Size><Coefs>1</Coefs></Kernel>"
    blocks = ' blockXSize="2147483647" blockYSize="1"'
    return {
        "2^31 x 2^31": lambda: virtual(GREATEST, GREATEST, band(1)),
        "2^31 x 2^31 of a source": lambda: virtual(GREATEST, GREATEST, band(1, simple)),
        "2^31 x 64": lambda: virtual(GREATEST, 64, band(1, simple)),
        "64 x 2^31": lambda: virtual(64, GREATEST, band(1, simple)),
        "65,000 bands": lambda: virtual(320, 256, "".join(band(number, simple) for number in range(1, 65_001))),
        "200,000 sources": lambda: virtual(320, 256, band(1, simple * 200_000)),
        "source stretched": lambda: virtual(320, 256, band(1, simple.replace("</SimpleSource>", placed.format(1e9) + "</SimpleSource>"))),
        "kernel": lambda: virtual(320, 256, band(1, simple.replace("Simple", "KernelFiltered").replace("</Kernel", f"{kernel}</Kernel"))),
        "endless block": lambda: virtual(GREATEST, 1, band(1, simple, blocks)),
        "million points": lambda: virtual(320, 256, '<GCPList Projection="EPSG:4326">' + '<GCP Id="" Pixel="1" Line="1" X="1" Y="1"/>' * 300_000 + "</GCPList>" + band(1, simple)),
        "long colour table": lambda: virtual(320, 256, band(1, "<ColorTable>" + '<Entry c1="1" c2="1" c3="1"/>' * 500_000 + "</ColorTable>" + simple)),
        "long table of values": lambda: virtual(320, 256, band(1, simple.replace("SimpleSource>", "ComplexSource>").replace("</ComplexSource>", "<LUT>" + ",".join(f"{n}:1" for n in range(500_000)) + "</LUT></ComplexSource>"))),
    }  # fmt: skip
