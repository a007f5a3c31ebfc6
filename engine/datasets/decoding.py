"""Picture files of scene sets: their bytes to colours, and what of the values is shown as black and as white."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

from ..errors import InputError

__all__ = ["LARGEST_BYTES", "decoded", "display_range", "to_display"]

Values = npt.NDArray[Any]

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
LARGEST_BYTES = 2**28  # of a picture's file
MOST_VALUE_BYTES = 2**28  # of a picture as it is decoded: a small file can claim to hold any number
SIXTEEN_BIT_COLOURS = 6  # bytes of a pixel
# How the parts of a JPEG begin; the kinds that tell its size, and those that have no length.
PART, MOST_PARTS = re.compile(rb"\xff+([^\xff\0])"), 10_000
FRAMES, BARE = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}, {0x01, *range(0xD0, 0xDA)}
MOST_BANDS = 4  # red, green, blue, and one that is not shown
# As an index stretches images that are no pictures for a screen (`index.pictures`).
PERCENTILES = (2, 98)
SIXTEEN_BITS = 65535


def decoded(data: bytes, where: str) -> Values:
    """Values [H, W, 3], red, green, blue, of a picture file's bytes, in the file's own type.

    A picture of one band gets it three times. TIFF is read by GDAL: OpenCV reads the first band alone of files whose
    bands lie one after the other, and none of two bands.

    Raises
    ------
    InputError
        If they are no picture, it has too many pixels, or bands of which nobody knows which are red, green and blue.
    """
    if data[:4] in TIFF:
        return _tiff(data, where)
    try:
        _refuse_large(_size(data), SIXTEEN_BIT_COLOURS, where)
        # OpenCV's own flag cuts 16 bits down to the upper 8.
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    except (struct.error, IndexError, ValueError, cv2.error) as error:
        raise _no_picture(where) from error
    if picture is None:
        raise _no_picture(where)
    return np.ascontiguousarray(picture[:, :, ::-1])


def _tiff(data: bytes, where: str) -> Values:
    try:
        with MemoryFile(data) as file, file.open(driver="GTiff") as image:
            count = image.count
            value_bytes = np.dtype(image.dtypes[0]).itemsize
            for sides in ((image.width, image.height), image.block_shapes[0]):  # a block is decoded as a whole
                _refuse_large(sides, min(count, MOST_BANDS) * value_bytes, where)
            if count > MOST_BANDS:
                raise InputError(
                    f"{where} has {count} bands, and a scene has one, or red, green and blue first; write those "
                    f"three bands alone."
                )
            values: Values = image.read([1, 2, 3] if count >= 3 else [1])
            palette = image.colormap(1) if image.colorinterp[0].name == "palette" else None
            observed = image.dataset_mask() > 0
    except (RasterioError, CPLE_BaseError, OSError, ValueError) as error:
        raise _no_picture(where) from error
    if palette:
        colours = np.array([palette[number][:3] for number in range(len(palette))], np.uint8)
        return np.ascontiguousarray(colours[values[0]])
    if values.dtype != np.uint8:
        values = values.astype(np.float32)
        values[:, ~observed] = np.nan
    return np.ascontiguousarray(np.broadcast_to(values, (3, *values.shape[1:])).transpose(1, 2, 0))


def _size(data: bytes) -> tuple[int, int]:
    """The sides of a PNG, JPEG, BMP or WebP in pixels, as its header tells them.

    Raises
    ------
    ValueError, IndexError, struct.error
        If it is none, or cut off.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _pair(">II", data, 16)
    if data.startswith(b"BM"):
        old = data[14:18] == b"\x0c\0\0\0"
        return _pair("<HH" if old else "<ii", data, 18)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        bits = int.from_bytes(data[21:30], "little")  # of which each kind has its own
        if data[12:16] == b"VP8L":
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if data[12:16] == b"VP8X":
            return (bits >> 24 & 0xFFFFFF) + 1, (bits >> 48 & 0xFFFFFF) + 1
        return bits >> 40 & 0x3FFF, bits >> 56 & 0x3FFF
    if not data.startswith(b"\xff\xd8"):
        raise ValueError("it is of no known format")
    return _size_of_jpeg(data)


def _size_of_jpeg(data: bytes) -> tuple[int, int]:
    place = 2
    for _ in range(MOST_PARTS):
        if (part := PART.search(data, place)) is None:
            break
        kind, place = part[1][0], part.end()
        if kind in FRAMES:
            return _pair(">HH", data, place + 3)
        if kind not in BARE:
            place += _pair(">HB", data, place)[0]
    raise ValueError("it does not tell its size")


def _pair(form: str, data: bytes, place: int) -> tuple[int, int]:
    first, second = struct.unpack_from(form, data, place)
    return int(first), int(second)


def _refuse_large(sides: tuple[int, int], pixel_bytes: int, where: str) -> None:
    if abs(sides[0] * sides[1]) * pixel_bytes > MOST_VALUE_BYTES:
        raise InputError(
            f"{where} has {abs(sides[0]):,} x {abs(sides[1]):,} pixels, too many for a scene; cut it, or take it out of"
            " the set."
        )


def _no_picture(where: str) -> InputError:
    return InputError(f"{where} is no picture that can be read; repair it or take it out of the set.")


def display_range(samples: Sequence[Values]) -> tuple[float, float]:
    """What is shown as 0 and as 255, of values from many pictures of a set.

    From the 2nd to the 98th percentile, over all colours, so that they keep their balance, and all pictures, so that
    dark ones stay dark. Values that use most of 16 bits are taken for a screen's, 0 to 65,535.
    """
    finite = np.concatenate([values.ravel().astype(np.float64) for values in samples])
    finite = finite[np.isfinite(finite)]
    low, high = (float(value) for value in np.percentile(finite, PERCENTILES)) if len(finite) else (0.0, 1.0)
    if SIXTEEN_BITS / 2 < high <= SIXTEEN_BITS and low >= 0:
        return 0.0, float(SIXTEEN_BITS)
    return low, high if high > low else low + 1.0


def to_display(values: Values, low: float, high: float) -> npt.NDArray[np.uint8]:
    """uint8 of values, `low` becoming 0 and `high` 255; what is no number becomes 0."""
    scaled = (values.astype(np.float32) - np.float32(low)) * np.float32(255 / (high - low))
    scaled[np.isnan(scaled)] = 0
    colours: npt.NDArray[np.uint8] = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    return colours
