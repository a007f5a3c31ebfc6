"""Scene sets, captions and stored features that somebody else made: one sentence, in bounded memory and time."""

from __future__ import annotations

import io
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio

from engine.datasets.captions import read_captions
from engine.datasets.decoding import decoded
from engine.datasets.scenes import scene_folder
from engine.encoders.evaluation.stored import read_features
from engine.errors import InputError
from engine.files import read_plain

needs_pipes = pytest.mark.skipif(os.name == "nt", reason="there are neither pipes nor such devices")


@pytest.fixture
def special(tmp_path: Path) -> list[Path]:
    """A pipe, a device and a hole of a terabyte."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(2**40)
    return [tmp_path / name for name in ("pipe", "zero", "hole")]


def png(width: int, height: int) -> bytes:
    """A PNG that claims a size, of some bytes."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(b"\0" * 1000)) + part(b"IEND", b"")
    )


def tiff(**options: object) -> bytes:
    with rasterio.MemoryFile() as file:
        with file.open(driver="GTiff", count=3, dtype="uint8", sparse_ok=True, **options):
            pass
        return bytes(file.read())


class TestPictures:
    @pytest.mark.parametrize(
        ("ending", "options"),
        [
            *((".png", []), (".jpg", []), (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]), (".bmp", [])),
            *((".webp", [cv2.IMWRITE_WEBP_QUALITY, 50]), (".webp", [cv2.IMWRITE_WEBP_QUALITY, 101])),
        ],
    )
    @pytest.mark.parametrize("bands", [3, 4])
    def test_good_ones_are_read(self, ending: str, options: list[int], bands: int) -> None:
        picture = np.full((37, 61, bands), 90, np.uint8)
        assert decoded(cv2.imencode(ending, picture, options)[1].tobytes(), "picture").shape == (37, 61, 3)

    @pytest.mark.parametrize(
        "data",
        [
            png(30_000, 30_000),
            png(2**31 - 1, 2**31 - 1),
            b"BM" + bytes(12) + struct.pack("<Iii", 40, 2**30, -(2**30)) + bytes(100),
            b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03" + bytes(20),
            b"RIFF" + bytes(4) + b"WEBPVP8X" + struct.pack("<II", 10, 0) + b"\xff" * 6 + bytes(20),
            tiff(width=200_000, height=200_000, tiled=True),
            tiff(width=16, height=16, tiled=True, blockxsize=65_536, blockysize=65_536),
        ],
    )
    def test_those_that_claim_many_pixels(self, data: bytes) -> None:
        with pytest.raises(InputError, match=r"too many for a scene"):
            decoded(data, "picture")

    @pytest.mark.parametrize(
        "data",
        [
            *(b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8" + b"\xff\xe0\0\0" * 20_000, b"\xff" * 10**6, b"BM"),
            *(b"RIFF    WEBP", b"P6 99999 99999 255\n", b"#?RADIANCE\n", b"II*\0", b"<VRTDataset/>", png(8, 8)[:20]),
        ],
    )
    def test_those_that_are_none(self, data: bytes) -> None:
        with pytest.raises(InputError, match=r"is no picture"):
            decoded(data, "picture")

    @needs_pipes
    def test_no_plain_files(self, special: list[Path], tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / "set" / name).mkdir(parents=True)
        for path in special:
            path.rename(tmp_path / "set" / "a" / f"{path.name}.png")
        (tmp_path / "set" / "b" / "folder.png").mkdir()
        for picture in scene_folder(tmp_path / "set").pictures:
            with pytest.raises(
                InputError, match=r"cannot be read \((it is no plain file|it has [\d.,]+ MB, more than|Is a directory)"
            ):
                picture.read()


def member(name: str, data: bytes = b"0", **changes: object) -> Callable[[tarfile.TarFile], None]:
    def add(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        for field, value in changes.items():
            setattr(info, field, value)
        tar.fileobj.write(info.tobuf(tar.format))
        tar.fileobj.write(data + bytes(-len(data) % 512))

    return add


def long_header(kind: bytes, size: int) -> Callable[[tarfile.TarFile], None]:
    return member("././@LongLink", bytes(600), type=kind, size=size)


def negative(tar: tarfile.TarFile) -> None:
    """A member that ends where it starts: after it comes itself."""
    header = bytearray(tarfile.TarInfo("a.txt").tobuf())
    header[124:136] = b"\xff" * 10 + b"\xfe\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    tar.fileobj.write(header)


class TestShards:
    @pytest.fixture
    def shards(self, tmp_path: Path) -> Path:
        (tmp_path / "classnames.txt").write_text("a\nb\n")
        return tmp_path

    def write(self, folder: Path, *members: Callable[[tarfile.TarFile], None]) -> None:
        picture = cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
        with tarfile.open(folder / "0.tar", "w") as tar:
            for number in range(2):
                member(f"./{number}.png", picture)(tar)
                member(f"./{number}.cls", b"%d" % number)(tar)
            for add in members:
                add(tar)

    @pytest.mark.parametrize(
        "strange",
        [
            member("./", b"", type=tarfile.DIRTYPE),
            member("../../etc/x.png", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
            member("/etc/y.cls", b"", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
            member("z.cls", b"", type=tarfile.FIFOTYPE),
            member(".cls"),
            member("notes.txt", b"x" * 3000),
        ],
    )
    def test_members_that_do_not_count(self, shards: Path, strange: Callable[[tarfile.TarFile], None]) -> None:
        self.write(shards, strange)
        scenes = scene_folder(shards)
        assert [picture.read().shape for picture in scenes.pictures] == [(8, 8, 3)] * 2

    @pytest.mark.parametrize(
        "strange",
        [
            member("2.cls", size=2**40),
            member("2.png", size=2**62),
            member("2.png", size=10**6),
            member("2.cls", b"9" * 5000),
            member("2.cls", b"one"),
            member("2.png", b"x"),
            long_header(tarfile.GNUTYPE_LONGNAME, 2**40),
            long_header(tarfile.XHDTYPE, 2**40),
            negative,
        ],
    )
    def test_members_that_cannot_be(self, shards: Path, strange: Callable[[tarfile.TarFile], None]) -> None:
        self.write(shards, strange)
        with (shards / "0.tar").open("r+b") as file:
            file.truncate(2**41)
        with pytest.raises(InputError, match=r"is no shard of a webdataset"):
            scene_folder(shards)

    def test_headers_in_headers(self, shards: Path) -> None:
        self.write(shards, *(member("x", b"", type=tarfile.XHDTYPE) for _ in range(3000)))
        with pytest.raises(InputError, match=r"is no shard of a webdataset"):
            scene_folder(shards)

    @needs_pipes
    def test_no_plain_files(self, shards: Path, special: list[Path]) -> None:
        for path in special[:2]:
            path.rename(shards / "0.tar")
            with pytest.raises(InputError, match=r"is no shard of a webdataset"):
                scene_folder(shards)
        (shards / "0.tar").unlink()
        self.write(shards)
        special[2].rename(shards / "classnames.txt")
        with pytest.raises(InputError, match=r"is no UTF-8 text"):
            scene_folder(shards)

    @pytest.mark.parametrize("text", [b"\xff\xfe\0", b"a\n" * 2**20])
    def test_names_of_classes(self, shards: Path, text: bytes) -> None:
        self.write(shards)
        (shards / "classnames.txt").write_bytes(text)
        with pytest.raises(InputError, match=r"is no UTF-8 text"):
            scene_folder(shards)


class TestCaptions:
    @needs_pipes
    def test_no_plain_files(self, special: list[Path]) -> None:
        for path in special:
            with pytest.raises(InputError, match=r"cannot be read \("):
                read_captions(path)

    @pytest.mark.parametrize(
        "text",
        [
            "[" * 200_000,
            '{"a": ' * 200_000,
            '{"a": "\\ud800"}',
            '{"a": 5}',
            '[{"filename": {}, "caption": "a"}]',
            '{"images": [[1]]}',
            "a," + '"' + "b" * 200_000,
            "a\t" + "b" * 20_000,
            '{"a": 1' + "0" * 10_000 + "}",
        ],
    )
    def test_strange_ones(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "captions").write_text(text)
        with pytest.raises(InputError, match=r"holds no captions that can be read|more than 10,000 characters"):
            read_captions(tmp_path / "captions")


FEATURES = {"images": np.eye(4, 3) + 1, "classes": np.arange(4) % 2, "texts": np.eye(2, 3) + 1}


class TestFeatures:
    def test_good_ones(self, tmp_path: Path) -> None:
        for save in (np.savez, np.savez_compressed):
            save(tmp_path / "stored.npz", **FEATURES)
            images, labels, words = read_features(tmp_path / "stored.npz")
            assert images.shape == (4, 3) and labels.tolist() == [0, 1, 0, 1] and words.shape == (2, 3)

    @pytest.mark.parametrize(
        "change",
        [
            {"images": np.array([["a"]])},
            {"images": np.array([[None]], object)},
            {"texts": np.array("a")},
            {"texts": np.full((2, 3), np.nan)},
            {"images": np.zeros((4, 3))},
            {"images": np.full((4, 3), np.inf)},
            {"classes": np.array([0, 1, 0, 9])},
        ],
    )
    def test_strange_ones(self, change: dict[str, np.ndarray], tmp_path: Path) -> None:
        np.savez(tmp_path / "stored.npz", **{**FEATURES, **change})
        with pytest.raises(InputError):
            read_features(tmp_path / "stored.npz")

    def test_a_header_that_lies(self, tmp_path: Path) -> None:
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": (2**40, 2**10)})
        with zipfile.ZipFile(tmp_path / "stored.npz", "w") as file:
            for name in FEATURES:
                file.writestr(f"{name}.npy", head.getvalue() + bytes(100))
        with pytest.raises(InputError, match=r"is not as long as it says"):
            read_features(tmp_path / "stored.npz")

    def test_a_bomb(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("engine.encoders.evaluation.stored.LARGEST_BYTES", 10**6)
        np.savez_compressed(tmp_path / "stored.npz", **{**FEATURES, "images": np.zeros((1000, 1000))})
        with pytest.raises(InputError, match=r"it holds too much"):
            read_features(tmp_path / "stored.npz")

    @pytest.mark.parametrize("data", [b"", b"PK\3\4", b"PK\3\4" + b"x" * 100, b"\x93NUMPY", b"\x80\4."])
    def test_no_archive(self, data: bytes, tmp_path: Path) -> None:
        (tmp_path / "stored.npz").write_bytes(data)
        with pytest.raises(InputError, match=r"holds no stored features"):
            read_features(tmp_path / "stored.npz")

    @needs_pipes
    def test_no_plain_files(self, special: list[Path]) -> None:
        for path in special:
            with pytest.raises(InputError, match=r"holds no stored features"):
                read_features(path)


def test_no_more_is_read_than_asked_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_plain(tmp_path / "file", 5) == b"12345"
    with pytest.raises(OSError, match=r"it has 0\.0 MB, more than the 0\.0 MB"):
        read_plain(tmp_path / "file", 4)
