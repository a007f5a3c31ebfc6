"""Patches and shards that somebody else made: one sentence that names the file, in bounded memory and time."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio

from engine.datasets.kuro_siwo import open_grd, open_shards, write_grd_miniature, write_shards_miniature
from engine.datasets.rasters import read_tiff
from engine.errors import InputError

needs_pipes = pytest.mark.skipif(os.name == "nt", reason="there are neither pipes nor such devices")


def tiff(**options: object) -> bytes:
    told = {"driver": "GTiff", "count": 1, "dtype": "float32", "width": 16, "height": 16, "sparse_ok": True, **options}
    with rasterio.MemoryFile() as file:
        with file.open(**told):
            pass
        return bytes(file.read())


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (tiff(width=200_000, height=200_000, tiled=True), "too many for a patch"),
        (tiff(tiled=True, blockxsize=65_536, blockysize=65_536), "too many for a patch"),
        (tiff(count=3000), "too many for a patch"),
        (tiff(dtype="complex64"), "holds complex numbers"),
        (b"<VRTDataset/>", "no GeoTIFF"),
        (b"II*\0", "no GeoTIFF"),
    ],
)
def test_files_that_claim_what_no_patch_holds(data: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "patch.tif"
    path.write_bytes(data)
    with pytest.raises(InputError, match=rf"patch\.tif .*{sentence}"):
        read_tiff(path)


@needs_pipes
def test_no_plain_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.tif")
    (tmp_path / "zero.tif").symlink_to("/dev/zero")
    for name in ("pipe.tif", "zero.tif"):
        with pytest.raises(InputError, match=r"cannot be read \(it is no plain file"):
            read_tiff(tmp_path / name)


@pytest.mark.skipif(os.name == "nt", reason="rights are others")
def test_folders_that_lead_in_circles(tmp_path: Path) -> None:
    (root,) = write_grd_miniature(tmp_path / "set")
    (root / "data" / "130" / "01").mkdir(parents=True)
    (root / "data" / "130" / "01" / "circle").symlink_to(root / "data")
    (root / "data" / "0118").mkdir()
    assert len(open_grd([root], "train", skip=True)) == 1


def npy(shape: tuple[int, ...], dtype: str = "<f4", data: bytes = b"", fortran: bool = False) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": fortran, "shape": shape})
    return file.getvalue() + data


def replaced(shard: Path, ending: str, data: bytes) -> None:
    """Another member in place of those with an ending."""
    with tarfile.open(shard) as old:
        members = [(item.name, old.extractfile(item).read()) for item in old]  # type: ignore[union-attr]
    with tarfile.open(shard, "w") as new:
        for name, own in members:
            info = tarfile.TarInfo(name)
            held = data if name.endswith(ending) else own
            info.size = len(held)
            new.addfile(info, io.BytesIO(held))


@pytest.mark.parametrize(
    "data",
    [
        npy((1, 64, 64), "|O", b"\x80\x04."),
        npy((2**31, 2**31)),
        npy((1, 64, 64), fortran=True, data=bytes(4 * 64 * 64)),
        npy((64,), data=bytes(256)),
        npy((3, 64, 64), data=bytes(12 * 64 * 64)),
        b"\x93NUMPY\x01\0\xff\xff" + b"{" * 65_535,
        b"PK\x03\x04",
        b"",
    ],
)
def test_arrays_that_are_none(data: bytes, tmp_path: Path) -> None:
    (root,) = write_shards_miniature(tmp_path / "set")
    for shard in root.rglob("*.tar"):
        replaced(shard, "sec1_vh.npy", data)
    with pytest.raises(InputError, match=r"sec1_vh\.npy\) cannot be read"):
        open_shards([root], "train")[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: {**facts, "actid": "١١٨" * 5},
        lambda facts: {**facts, "actid": [118]},
        lambda facts: {**facts, "geom": "POLYGON((" + "0 0," * 100_000 + "))"},
        lambda facts: {**facts, "geom": "POINT EMPTY", "datasets": [1, 2]},
        lambda facts: {**facts, "datasets": {"a": {"clz_id": 1e300}, "b": None}},
    ],
)
def test_facts_of_other_kinds_do_not_matter(change: Callable[[dict], dict], tmp_path: Path) -> None:
    (root,) = write_grd_miniature(tmp_path / "set")
    for path in root.rglob("info.json"):
        path.write_text(json.dumps(change(json.loads(path.read_text()))))
    patches = open_grd([root], "val")
    assert patches[0].inputs["slope"].shape == (1, 64, 64) and patches.zone(0) == 2
