"""GeoTIFFs of data sets: small files by the hundred thousand, read whole, as their bytes are.

They are opened from memory by GDAL's driver for TIFF alone: no file beside one, and none that one names, is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError
from rasterio.io import MemoryFile

from ..errors import InputError
from ..files import read_plain

__all__ = ["Tiff", "common_side", "padded", "read_tiff", "sides_of"]

MOST_FILE_BYTES = 2**28
MOST_BYTES, MOST_BANDS = 2**28, 64  # of a patch as it is decoded: a small file can claim to hold any number
LOOKED_AT = 16  # files whose size is asked for, to know that of all


@dataclass(frozen=True, slots=True)
class Tiff:
    """A file's values [bands, H, W] in its own type, the value that it declares as missing, and where it lies."""

    values: NDArray[Any]
    nodata: float | None
    crs: CRS | None
    transform: Affine

    def floats(self, *missing: float) -> NDArray[np.float32]:
        """float32 [bands, H, W], NaN where nothing was observed: what the file declares, no numbers, and `missing`."""
        with np.errstate(over="ignore"):
            values = self.values.astype(np.float32)
        gone = ~np.isfinite(values)
        for value in (self.nodata, *missing):
            if value is not None:
                gone |= values == np.float32(value)
        values[gone] = np.nan
        return values


def read_tiff(path: Path) -> Tiff:
    """A file's pixels and place.

    Raises
    ------
    InputError
        If it is missing, cut off, no GeoTIFF, or claims more than a patch holds; the file is named.
    """
    with _opened(path) as image:
        return Tiff(image.read(), image.nodata, image.crs, image.transform)


def sides_of(path: Path) -> tuple[int, int, int]:
    """Bands, height and width, by the file's header.

    Raises
    ------
    InputError
        As for `read_tiff`.
    """
    with _opened(path) as image:
        return int(image.count), int(image.height), int(image.width)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file as rasterio has it; what reading it raises becomes a sentence."""
    try:
        data = read_plain(path, MOST_FILE_BYTES)
        if not data:
            raise ValueError("it is empty")
        with MemoryFile(data) as file, file.open(driver="GTiff") as image:
            _refuse_large(path, image)
            yield image
    except (RasterioError, CRSError, CPLE_BaseError, ValueError) as error:  # some of rasterio's are OSErrors, too
        raise _unreadable(path, "it is empty, cut off or no GeoTIFF") from error
    except OSError as error:
        raise _unreadable(path, error.strerror) from error


def common_side(files: Sequence[Path]) -> int:
    """The side of a set's patches in pixels: the longest of some files spread over it; some are cut short at edges."""
    step = max(1, len(files) // LOOKED_AT)
    return max(max(sides_of(path)[1:]) for path in files[::step])


def padded(values: NDArray[Any], side: int, fill: float, path: Path) -> NDArray[Any]:
    """[..., side, side]: what is smaller gets `fill` to the right and below.

    Raises
    ------
    InputError
        If it is larger than `side`.
    """
    height, width = values.shape[-2:]
    if height > side or width > side:
        raise InputError(
            f"{path} has {width} x {height} pixels, and the other patches of the set {side} x {side}; cut it, or take "
            "it out of the set."
        )
    if (height, width) == (side, side):
        return np.ascontiguousarray(values)
    rims = [(0, 0)] * (values.ndim - 2) + [(0, side - height), (0, side - width)]
    return np.pad(values, rims, constant_values=fill)


def _refuse_large(path: Path, image: Any) -> None:
    if any("complex" in kind for kind in image.dtypes):
        raise InputError(f"{path} holds complex numbers, and patches have plain ones; give the product of the set.")
    for width, height in ((image.width, image.height), image.block_shapes[0]):  # a block is decoded as a whole
        if image.count > MOST_BANDS or width * height * image.count * np.dtype(image.dtypes[0]).itemsize > MOST_BYTES:
            raise InputError(
                f"{path} has {image.count} bands of {width:,} x {height:,} pixels, too many for a patch; cut it, or "
                "take it out of the set."
            )


def _unreadable(path: Path, why: str | None) -> InputError:
    return InputError(f"{path} cannot be read ({why}); download it again, or take its patch out of the set.")
