"""Pictures, and rasters in zip files and from devices: bombs, and what is no file."""

# ruff: noqa: E501 - tables of inputs, one a line

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from .formats import prepare
from .place import Case, Cases, Place, Words
from .rasters import vrt
from .sizes import LENGTHS, LONG, ROWS, STRIPS, tiff, zeros_deflated

__all__ = ["cases", "prepare"]

Make = Callable[[], Words]


def cases(place: Place, source: random.Random) -> Cases:
    """About two hundred."""
    kinds = {"picture": _pictures(place), "zip": _zips(place), "device": _devices(place), "data set": _sets(place)}
    for kind, tried in kinds.items():
        for name, make in tried.items():
            yield Case(f"{kind} {name}", make)


# Pictures -------------------------------------------------------------------------------------------------------------


def png(
    width: int,
    height: int,
    *,
    kind: int = 0,
    bits: int = 8,
    interlaced: bool = False,
    data: bytes | None = None,
    before: bytes = b"",
) -> bytes:
    """A PNG of zeros."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    samples = {0: 1, 2: 3, 6: 4}[kind]
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, int(interlaced))
    content = zeros_deflated(height * (1 + width * samples * bits // 8)) if data is None else data
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + before + part(b"IDAT", content) + part(b"IEND", b"")


def png_part(name: bytes, content: bytes) -> bytes:
    """A chunk."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def gif(width: int, height: int, frames: int, data: bytes = b"") -> bytes:
    """Pictures of zeros, each as large as all."""
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x08" + (data or _lzw(width * height)) + b"\0"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + bytes(range(256)) * 3 + frame * frames + b";"


def _lzw(pixels: int) -> bytes:
    """Zeros in GIF's LZW: each code stands for one more of them than the one before, until the table is cleared."""
    bits, count = [], 0

    def put(code: int, width: int) -> None:
        bits.append((code, width))

    put(256, 9)
    while count < pixels:
        width, following = 9, 258
        put(0, width)
        count += 1
        length = 2
        while following < 4095 and count < pixels:
            put(following, width)
            following += 1
            count += length
            length += 1
            if following == 2**width and width < 12:
                width += 1
        put(256, width)
    put(257, 9)
    stream, room, size = bytearray(), 0, 0
    for code, width in bits:
        room |= code << size
        size += width
        while size >= 8:
            stream.append(room & 255)
            room >>= 8
            size -= 8
    stream.append(room)
    return b"".join(bytes([len(stream[at : at + 255])]) + stream[at : at + 255] for at in range(0, len(stream), 255))


def bmp(width: int, height: int, packed: bool, data: bytes, colours: int = 256) -> bytes:
    """An 8-bit picture with a table of colours."""
    start = 54 + 4 * 256
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, int(packed), len(data), 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + header + bytes(4 * 256) + data


def jpeg(width: int, height: int, *, progressive: bool, scans: int = 1) -> bytes:
    """A grey JPEG whose scans end at once."""
    table = b"\xff\xdb\0\x43\0" + b"\1" * 64
    frame = (
        (b"\xff\xc2" if progressive else b"\xff\xc0")
        + b"\0\x0b\x08"
        + struct.pack(">HH", height, width)
        + b"\1\1\x11\0"
    )
    codes = b"".join(b"\xff\xc4\0\x14" + bytes([kind]) + b"\1" + bytes(15) + b"\0" for kind in (0, 16))
    scan = b"\xff\xda\0\x08\1\1\0\0\0\0" if progressive else b"\xff\xda\0\x08\1\1\0\0\x3f\0"
    return b"\xff\xd8" + table + frame + codes + (scan + bytes(64)) * scans + b"\xff\xd9"


def _pictures(place: Place) -> dict[str, Make]:
    def met(name: str, content: Callable[[], bytes]) -> Make:
        return lambda: place.flood(place.write(name, content()))

    zeros = 255
    return {
        "png 30,000": met("S1_VV.png", lambda: png(30_000, 30_000)),
        "png 20,000 interlaced of 16 bits": met("S1_VV.png", lambda: png(20_000, 20_000, kind=6, bits=16, interlaced=True)),
        "png 30,000 interlaced": met("S1_VV.png", lambda: png(30_000, 30_000, kind=6, interlaced=True)),
        "png wide": met("S1_VV.png", lambda: png(4_000_000, 200, kind=6, bits=16)),
        "png 2^31": met("S1_VV.png", lambda: png(2**31 - 1, 2**31 - 1, data=bytes(100))),
        "png of texts": met("S1_VV.png", lambda: png(64, 64, before=b"".join(png_part(b"zTXt", b"a%d\0\0" % n + zeros_deflated(500_000_000)) for n in range(3)))),
        "png of 300,000 texts": met("S1_VV.png", lambda: png(64, 64, before=b"".join(png_part(b"tEXt", b"a%d\0b" % n) for n in range(300_000)))),
        "png of a profile": met("S1_VV.png", lambda: png(64, 64, before=png_part(b"iCCP", b"a\0\0" + zeros_deflated(2_000_000_000)))),
        "png of controls": met("S1_VV.png", lambda: png(64, 64, before=png_part(b"tEXt", b"Description\0\x1b[2J\x9b2J"))),
        "gif of 2,000 frames": met("S1_VV.gif", lambda: gif(2_000, 2_000, 2_000)),
        "gif 65,535": met("S1_VV.gif", lambda: gif(65_535, 65_535, 1)),
        "gif without an end": met("S1_VV.gif", lambda: gif(9_000, 9_000, 1, b"\x01\x00")),
        "bmp 60,000 packed": met("S1_VV.bmp", lambda: bmp(60_000, 60_000, True, bytes((zeros, 0)) * (60_000 * 60_000 // 255 // 2))),
        "bmp 30,000 packed": met("S1_VV.bmp", lambda: bmp(30_000, 30_000, True, bytes((zeros, 0)) * (30_000 * 30_000 // 255))),
        "bmp 2^31": met("S1_VV.bmp", lambda: bmp(2**31 - 1, 2**31 - 1, False, bytes(100))),
        "bmp upside down": met("S1_VV.bmp", lambda: bmp(64, -(2**31), False, bytes(4096))),
        "bmp of 2^32 colours": met("S1_VV.bmp", lambda: bmp(64, 64, False, bytes(4096), 2**32 - 1)),
        "bmp packed without an end": met("S1_VV.bmp", lambda: bmp(20_000, 20_000, True, b"\0\0" * 5_000_000)),
        "jpeg 65,500": met("S1_VV.jpg", lambda: jpeg(65_500, 65_500, progressive=False)),
        "jpeg 65,500 in passes": met("S1_VV.jpg", lambda: jpeg(65_500, 65_500, progressive=True)),
        "jpeg of 20,000 passes": met("S1_VV.jpg", lambda: jpeg(2_000, 2_000, progressive=True, scans=20_000)),
        "jpeg of 1,000 passes": met("S1_VV.jpg", lambda: jpeg(8_000, 8_000, progressive=True, scans=1_000)),
        "jpeg with a mask of lengths": met("S1_VV.jpg", lambda: jpeg(65_500, 65_500, progressive=False) + zeros_deflated(2_000_000_000) + struct.pack("<I", 100)),
        "webp": met("S1_VV.webp", lambda: b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8L" + struct.pack("<I", 5) + b"\x2f\xff\xff\xff\x0f" + bytes(9)),
    }  # fmt: skip


# Zips and devices -----------------------------------------------------------------------------------------------------


def _zips(place: Place) -> dict[str, Make]:
    def of(members: Callable[[], Iterator[tuple[str, bytes]]], name: str = "S1.zip", way: str = "--post") -> Make:
        def make() -> Words:
            with zipfile.ZipFile(place.given / name, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                for member, content in members():
                    archive.writestr(member, content)
            path = place.given / name
            return place.flood(path) if way == "--post" else place.flood_with(way, path)

        return make

    def slow() -> Words:
        """A TIFF whose directory stands behind gigabytes of zeros, which are unpacked to reach it."""
        path = place.given / "S1.zip"
        archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        side, size = 40_000, 1_600_000_000
        head = tiff(
            side,
            side,
            {
                STRIPS: (LONG, tuple(8 + side * row for row in range(side))),
                LENGTHS: (LONG, (side,) * side),
                ROWS: (LONG, (1,)),
            },
            b"",
        )
        with archive, archive.open("S1_VV.tif", "w", force_zip64=True) as member:
            member.write(b"II*\0" + struct.pack("<I", 8 + size))
            for _ in range(size // 2**24 + 1):
                member.write(bytes(min(2**24, size)))
            member.write(head[8:])
        return place.flood(path)

    def overlapping() -> Words:
        """Every member is the same bytes."""
        packed = zeros_deflated(2**30)[2:-4]
        local = (
            b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(packed), 2**30, 9, 0) + b"S1_VV.tif" + packed
        )
        count = 5_000
        central = b"".join(
            b"PK\1\2"
            + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 8, 0, 0, 0, len(packed), 2**30, 9, 0, 0, 0, 0, 0, 0)
            + b"S%d_VV.tif"[:9] % (n % 10)
            for n in range(count)
        )
        end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(central), len(local), 0)
        return place.flood(place.write("S1.zip", local + central + end))

    def itself(depth: int) -> Words:
        data = place.post.read_bytes()
        name = "S1_VV.tif"
        for _ in range(depth):
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr(name, data)
            data, name = stream.getvalue(), "S1_VV.zip"
        return place.flood(place.write("S1.zip", data))

    shapes = ("shp", "shx", "dbf", "prj")
    return {
        "slow": slow,
        "overlapping": overlapping,
        "of zips": partial(itself, 40),
        "of a vrt of a zip": of(lambda: iter([("S1_VV.vrt", vrt("/vsizip/{S1.zip}/S1_VV.vrt").encode())])),
        "shapes of zeros": of(lambda: ((f"a.{end}", bytes(50_000_000)) for end in shapes), "a.shp.zip", "--aoi"),
        "shapes of nothing": of(lambda: ((f"a.{end}", b"") for end in shapes), "a.zip", "--aoi"),
        "shapes elsewhere": of(lambda: ((f"../../a.{end}", b"x" * 200) for end in shapes), "a.zip", "--permanent-water"),
        "kmz of a picture": of(lambda: iter([("doc.kml", b'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><GroundOverlay><Icon><href>http://127.0.0.1:1/a.png</href></Icon></GroundOverlay></Document></kml>')]), "a.kmz", "--aoi"),
        "kmz of two": of(lambda: ((f"{n}.kml", b"<kml>" + b"<Placemark>" * 100_000) for n in range(20)), "a.kmz", "--aoi"),
    }  # fmt: skip


def _devices(place: Place) -> dict[str, Make]:
    names = (
        "/dev/zero",
        "/dev/null",
        "/dev/full",
        "/dev/stdin",
        "/dev/fd/0",
        "/dev/tty",
        "/dev/random",
        "/proc/self/mem",
        "/proc/self/environ",
        "/proc/kcore",
        "/proc/self/fd",
        "/proc",
        "/sys",
        "/",
        "/etc/passwd",
        "/dev",
        "/proc/self/root",
        "-",
        "",
    )

    def labels(name: str) -> Words:
        return [
            "train",
            "--image",
            str(place.good / "scene" / "s2.tif"),
            "--labels",
            name,
            "--class-field",
            "class",
            "--out",
            str(place.out),
            "--json",
        ]

    def indexed(name: str) -> Words:
        return ["index", name, "--out", str(place.out.parent / "index"), "--json"]

    def taken(name: str) -> Words:
        return ["models", "import", name, "--name", "stranger", "--json"]

    def out(name: str) -> Words:
        return ["flood", "--post", str(place.post), "--out", name, "--json"]

    def checked(name: str) -> Words:
        return ["datasets", "check", name, "--dataset", "kuro-siwo", "--json"]

    ways: dict[str, Callable[[str], Words]] = {
        "data set": checked,
        "--post": place.flood,
        "--dem": partial(place.flood_with, "--dem"),
        "--aoi": partial(place.flood_with, "--aoi"),
        "--permanent-water": partial(place.flood_with, "--permanent-water"),
        "--labels": labels,
        "index": indexed,
        "model": taken,
    }
    found = {f"{name} as {way}": partial(run, name) for name in names for way, run in ways.items()}
    found |= {
        f"out {name}": partial(out, name)
        for name in ("/dev/null", "/dev/full", "/proc/self/x", "/sys/x", "/proc", "/dev/fd/1", "")
    }
    return found


def _sets(place: Place) -> dict[str, Make]:
    roles = [f"{date}_{band}" for date in ("MS1", "SL1", "SL2") for band in ("IVV", "IVH")]
    days = {"MS1": "20150203", "SL1": "20141111", "SL2": "20141030", "MK0": "20150203"}
    names = [f"{role}_118_01_{days[role[:3]]}.tif" for role in (*roles, "MK0_MLU", "MK0_MNA", "MK0_DEM")]

    def patch(data: bytes) -> Words:
        for name in names:
            place.write(f"set/data/118/01/0a/{name}", data)
        return ["datasets", "check", str(place.given / "set"), "--dataset", "kuro-siwo", "--json"]

    def linked(target: str) -> Words:
        words = patch(b"")
        for path in (place.given / "set").rglob("*.tif"):
            path.unlink()
            path.symlink_to(target)
        return words

    def chips(listed: str) -> Words:
        for folder in ("S1Hand", "LabelHand"):
            place.write(f"set/{folder}/a.tif", b"")
        place.write("set/flood_train_data.csv", listed)
        return ["datasets", "check", str(place.given / "set"), "--dataset", "sen1floods11", "--json"]

    return {
        "of wide patches": lambda: patch(tiff(2**20, 2**20)),
        "of patches with long strips": lambda: patch(
            tiff(64, 64, {STRIPS: (LONG, (8,)), LENGTHS: (LONG, (2**31 - 1,))})
        ),
        "of devices": partial(linked, "/dev/zero"),
        "of the user's notes": partial(linked, str(place.notes)),
        "listing what lies elsewhere": partial(chips, "../../notes.txt,/etc/passwd\n"),
        "listing without end": partial(chips, "a.tif,a.tif\n" * 200_000),
    }
