"""Writes results: Cloud Optimized GeoTIFFs row by row, and any other file, whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from xml.etree import ElementTree  # nosec B405 # writes XML, reads none

import numpy as np
import rasterio
import rasterio.shutil
from rasterio._err import CPLE_BaseError  # what rasterio.shutil.copy raises; rasterio.errors does not pass it on
from rasterio.errors import RasterioError

from ..errors import OutputError
from .grid import Grid

__all__ = ["ClassInfo", "RasterSink", "atomic", "check_writable", "explained", "output_error"]

BLOCK = 512
# At worst nothing compresses: the copy is as large as the raw rows, its overviews add a third, and so do GDAL's own
# temporary overviews. GDAL may stop half-way on a full disk and say so only on stderr, so the room is asked for first.
COPY_SHARE = 1.75
# GDAL's block cache may take 5 % of the machine's memory; a copy gains nothing beyond a few rows of blocks.
CACHE_BYTES = 64 * 1024 * 1024
# What GDAL and SQLite read beside a file as a part of it: where it lies, what of it is seen, what its pages hold.
BESIDE = (".aux.xml", ".ovr", ".msk", "-journal", "-wal", "-shm")

_VRT_TYPES = {
    "uint8": "Byte",
    "int8": "Int8",
    "uint16": "UInt16",
    "int16": "Int16",
    "uint32": "UInt32",
    "int32": "Int32",
    "float32": "Float32",
    "float64": "Float64",
}


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """One class of a class raster: pixel value, name for readers, colour as (red, green, blue) from 0 to 255."""

    value: int
    name: str
    color: tuple[int, int, int]


class RasterSink:
    """A Cloud Optimized GeoTIFF that is written in row bands and appears, whole, when the `with` block ends well.

    Parameters
    ----------
    path : path-like
        The file to write. If it exists it is replaced at the end; until then, and on any failure, it stays as it is.
    grid : Grid
    dtype : str
        A numpy type name: uint8 to float64.
    nodata : float, optional
        The value that stands for "not observed".
    bands : sequence of str
        A description per band; its length is the number of bands.
    classes : sequence of ClassInfo
        Makes a class raster (one uint8 band): a colour table, a tag `CLASS_<value>` with the name of each class, and
        overviews of the most frequent class. Without classes overviews are averages. Names are tags because GDAL
        before 3.11 can keep category names only in an `.aux.xml` beside the file.
    metadata : mapping of str to str
        Tags of the dataset, such as method, version, inputs and parameters.

    Raises
    ------
    OutputError
        From any method, when the file cannot be written: the message names the path, the cause and the fix.

    Notes
    -----
    Rows are appended to a raw file by Python itself, which reports a full disk at once and exactly; a small VRT gives
    that file its georeference and GDAL's COG driver copies it. Both lie hidden beside the target, as
    `.<name>.<token>.part*`, and are gone in the end. Memory does not depend on the size of the raster.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        grid: Grid,
        *,
        dtype: str = "uint8",
        nodata: float | None = None,
        bands: Sequence[str] = ("",),
        classes: Sequence[ClassInfo] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        if classes and (dtype != "uint8" or len(bands) != 1):
            raise ValueError("A class raster has one uint8 band.")
        self.path = Path(path)
        self.grid = grid
        self.dtype = np.dtype(dtype)
        self.nodata = nodata
        self.bands = tuple(bands)
        self.classes = tuple(classes)
        self.metadata = dict(metadata or {})
        self._next_row = 0
        self._part = _part(self.path)
        self._raw: BinaryIO

    def __enter__(self) -> RasterSink:
        with explained(self.path):
            self._need_room(1 + COPY_SHARE)
            self._raw = self._part.with_name(self._part.name + ".raw").open("wb")
        return self

    def write(self, row: int, values: np.ndarray) -> None:
        """Append full-width rows.

        Parameters
        ----------
        row : int
            The first row of `values`; rows come in order, without gaps.
        values : ndarray, [H, W] or [C, H, W]
        """
        values = values[np.newaxis] if values.ndim == 2 else values
        count, height, width = values.shape
        if row != self._next_row or row + height > self.grid.height:
            raise ValueError(f"Rows {row} to {row + height} were given where row {self._next_row} is next.")
        if count != len(self.bands) or width != self.grid.width:
            raise ValueError(f"{count} bands of width {width} were given; {len(self.bands)} of {self.grid.width} fit.")
        lines = np.ascontiguousarray(values.astype(self.dtype, casting="same_kind", copy=False).transpose(1, 0, 2))
        with explained(self.path):
            self._raw.write(lines.data)
        self._next_row = row + height

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._publish()
        finally:
            with suppress(OSError):  # a full disk fails the flush of what was held back once more
                self._raw.close()
            _remove(self._part)

    def _publish(self) -> None:
        if self._next_row != self.grid.height:
            raise ValueError(f"{self._next_row} of {self.grid.height} rows were written.")
        whole = self._part.with_name(self._part.name + ".tif")
        with explained(self.path):
            self._raw.close()
            self._need_room(COPY_SHARE)
            vrt = self._part.with_name(self._part.name + ".vrt")
            vrt.write_bytes(self._vrt())
            with _libtiff_silenced(), rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES, GDAL_PAM_ENABLED=False):
                rasterio.shutil.copy(
                    vrt,
                    whole,
                    driver="COG",
                    compress="DEFLATE",
                    # Prediction makes runs of one class longer to encode (by 12 %), and gradients shorter.
                    predictor="NO" if self.classes else "YES",
                    blocksize=BLOCK,
                    overview_resampling="MODE" if self.classes else "AVERAGE",
                    bigtiff="IF_SAFER",
                    num_threads=os.environ.get("GDAL_NUM_THREADS", "ALL_CPUS"),
                )
                _check_whole(whole)
            _replace(whole, self.path)

    def _need_room(self, share: float) -> None:
        """Refuse if the disk has less room than `share` times the raw rows."""
        need = share * self.grid.width * self.grid.height * len(self.bands) * self.dtype.itemsize
        free = shutil.disk_usage(self.path.parent).free
        if free < need:
            raise OutputError(
                f"{_target(self.path)} could not be written: it may take {need / 1e6:,.1f} MB while it is made and the "
                f"disk has {free / 1e6:,.1f} MB left; free some space or choose another folder."
            )

    def _vrt(self) -> bytes:
        """The raw file's georeference, colours and tags, as GDAL's XML."""
        size = self.dtype.itemsize
        root = ElementTree.Element("VRTDataset", rasterXSize=str(self.grid.width), rasterYSize=str(self.grid.height))
        ElementTree.SubElement(root, "SRS").text = self.grid.crs.to_wkt()
        ElementTree.SubElement(root, "GeoTransform").text = ",".join(map(repr, self.grid.transform.to_gdal()))
        tags = ElementTree.SubElement(root, "Metadata")
        names = {f"CLASS_{info.value}": info.name for info in self.classes}
        for key, value in {**self.metadata, **names}.items():
            ElementTree.SubElement(tags, "MDI", key=key).text = value
        for index, description in enumerate(self.bands):
            band = ElementTree.SubElement(
                root,
                "VRTRasterBand",
                dataType=_VRT_TYPES[self.dtype.name],
                band=str(index + 1),
                subClass="VRTRawRasterBand",
            )
            ElementTree.SubElement(band, "Description").text = description
            if self.nodata is not None:
                ElementTree.SubElement(band, "NoDataValue").text = repr(self.nodata)
            if self.classes:
                self._colors(band)
            ElementTree.SubElement(band, "SourceFilename", relativeToVRT="1").text = self._part.name + ".raw"
            ElementTree.SubElement(band, "ImageOffset").text = str(index * self.grid.width * size)
            ElementTree.SubElement(band, "PixelOffset").text = str(size)
            ElementTree.SubElement(band, "LineOffset").text = str(len(self.bands) * self.grid.width * size)
            ElementTree.SubElement(band, "ByteOrder").text = "LSB" if sys.byteorder == "little" else "MSB"
        xml: bytes = ElementTree.tostring(root, encoding="utf-8")
        return xml

    def _colors(self, band: ElementTree.Element) -> None:
        ElementTree.SubElement(band, "ColorInterp").text = "Palette"
        table = ElementTree.SubElement(band, "ColorTable")
        colors = {info.value: info.color for info in self.classes}
        for value in range(max(colors) + 1):
            red, green, blue = colors.get(value, (0, 0, 0))
            ElementTree.SubElement(table, "Entry", c1=str(red), c2=str(green), c3=str(blue), c4="255")


@contextmanager
def _libtiff_silenced() -> Iterator[None]:
    """Nothing is printed to stderr meanwhile: libtiff says there, past every handler, that a disk is full."""
    try:
        kept = os.dup(2)
    except OSError:  # a process without stderr
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - no file
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A hidden file beside `path` to write to; it takes the name `path` when the block ends well, else it is removed.

    Yields
    ------
    Path
        `.<name>.<token>.part<suffix>`; it does not exist yet. What a library leaves beside it under a longer name
        (a journal) is removed too.

    Raises
    ------
    OutputError
        For an OSError of the block or of the renaming, so the block should write and do nothing else.
    """
    target = Path(path)
    base = _part(target)
    part = base.with_name(base.name + target.suffix)
    try:
        with explained(target):
            yield part
            _replace(part, target)
    finally:
        _remove(base)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Make the folder of `path` and see that a file can be made in it: asked before a long job, not after.

    Raises
    ------
    OutputError
        If the folder cannot be made or is not writable, or if `path` is itself a folder.
    """
    target = Path(path)
    if target.is_dir():
        raise OutputError(f"{target} is a folder; give the name of a file in it.")
    part = _part(target)
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
        part.unlink()


def _target(path: Path) -> Path:
    """The file that `path` stands for: itself, or the one whose temporary file it is."""
    part = re.fullmatch(r"\.(.+)\.[0-9a-f]{8}\.part.*", path.name)
    return path.with_name(part[1]) if part else path


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what goes wrong in writing `path` into an OutputError."""
    try:
        yield
    except BrokenPipeError:  # of the terminal or program that reads what the task reports, not of a file
        raise
    except (OSError, RasterioError, CPLE_BaseError) as error:
        raise output_error(path, error) from error


def output_error(path: Path, error: Exception) -> OutputError:
    """The sentence on why `path` could not be written, and what to do; a temporary file is told by its target."""
    number = error.errno if isinstance(error, OSError) else None
    if _disk_is_full(path, error):
        cause = "the disk is full; free some space or choose another folder"
    elif number == errno.EROFS:
        cause = "the disk is read-only; choose another folder"
    elif isinstance(error, PermissionError) and sys.platform == "win32":
        cause = (
            "the folder is not writable, or the file is open in another program; close it there or choose another name"
        )
    elif isinstance(error, PermissionError):
        cause = "you may not write there; choose another folder"
    elif isinstance(error, (FileNotFoundError, NotADirectoryError, FileExistsError)):
        cause = f"there is no folder {path.parent}; make it first or choose another"
    else:
        cause = f"{str(error).strip().rstrip('.')}; choose another folder if this one may be at fault"
    return OutputError(f"{_target(path)} could not be written: {cause}.")


def _part(path: Path) -> Path:
    """What temporary files beside `path` start with; the worker clears what a killed job left by this pattern."""
    # A path that is such a temporary file itself keeps its own start, so that the pattern still finds it.
    hidden = "" if path.name.startswith(".") else "."
    return path.with_name(f"{hidden}{path.name}.{secrets.token_hex(4)}.part")


def _disk_is_full(path: Path, error: BaseException | None) -> bool:
    """Whether `path` failed for want of room: GDAL says so in a message, in that of a cause, or not at all."""
    while error is not None:
        number, text = getattr(error, "errno", None), str(error)
        if number in (errno.ENOSPC, errno.EDQUOT) or "No space left" in text or "disk is full" in text:
            return True
        error = error.__cause__
    try:
        parts = [file.stat().st_size for file in path.parent.iterdir() if file.name.startswith(f".{path.name}.")]
        return shutil.disk_usage(path.parent).free < max(COPY_SHARE * sum(parts), BLOCK * BLOCK)
    except OSError:
        return False


def _check_whole(path: Path) -> None:
    """Sees that every block of every level lies within the file: GDAL's copy may end "well" on a full disk."""
    size = path.stat().st_size
    with rasterio.open(path) as raster:
        levels: list[int | None] = [None, *range(len(raster.overviews(1)))]
        sizes = [raster.shape, *(_overview_shape(path, level) for level in range(len(raster.overviews(1))))]
        bands = raster.indexes if raster.profile["interleave"] == "band" else [1]
        for band in bands:
            for level, (height, width) in zip(levels, sizes, strict=True):
                for row in range(-(-height // BLOCK)):
                    for column in range(-(-width // BLOCK)):
                        block = f"{column}_{row}"
                        offset = raster.get_tag_item(f"BLOCK_OFFSET_{block}", "TIFF", bidx=band, ovr=level)
                        length = raster.get_tag_item(f"BLOCK_SIZE_{block}", "TIFF", bidx=band, ovr=level)
                        if offset is None or length is None or int(offset) + int(length) > size:
                            raise OSError("the file came out incomplete")


def _overview_shape(path: Path, level: int) -> tuple[int, int]:
    """As GDAL made it: how it rounds depends on the driver."""
    with rasterio.open(path, overview_level=level) as overview:
        return overview.height, overview.width


def _replace(part: Path, path: Path) -> None:
    """Give a whole file its name; what lies there of the file before, or was put there by others, goes with that."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    for end in BESIDE:
        with suppress(OSError):  # there is none, or it is a folder, which nobody reads
            path.with_name(path.name + end).unlink()
    part.replace(path)


def _remove(part: Path) -> None:
    for file in list(part.parent.iterdir()) if part.parent.is_dir() else []:
        if file.name.startswith(part.name):
            with suppress(OSError):
                file.unlink()
