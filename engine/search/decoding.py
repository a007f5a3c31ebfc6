"""Picture files of scene sets: their bytes to colours, and what of the values is shown as black and as white."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

from ..errors import InputError

__all__ = ["decoded", "display_range", "shown"]

Values = npt.NDArray[Any]

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
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
        If they are no picture, or it has bands of which nobody knows which are red, green and blue.
    """
    if data[:4] in TIFF:
        return _tiff(data, where)
    # OpenCV's own flag cuts 16 bits down to the upper 8.
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH) if data else None
    if picture is None:
        raise InputError(f"{where} is no picture that can be read; repair it or take it out of the set.")
    return np.ascontiguousarray(picture[:, :, ::-1])


def _tiff(data: bytes, where: str) -> Values:
    try:
        with MemoryFile(data) as file, file.open() as image:
            count = image.count
            if count > MOST_BANDS:
                raise InputError(
                    f"{where} has {count} bands, and a scene has one, or red, green and blue first; write those "
                    f"three bands alone."
                )
            values: Values = image.read([1, 2, 3] if count >= 3 else [1])
            palette = image.colormap(1) if image.colorinterp[0].name == "palette" else None
            observed = image.dataset_mask() > 0
    except (RasterioError, CPLE_BaseError, OSError, ValueError) as error:
        raise InputError(f"{where} is no picture that can be read; repair it or take it out of the set.") from error
    if palette:
        colours = np.array([palette[number][:3] for number in range(len(palette))], np.uint8)
        return np.ascontiguousarray(colours[values[0]])
    if values.dtype != np.uint8:
        values = values.astype(np.float32)
        values[:, ~observed] = np.nan
    return np.ascontiguousarray(np.broadcast_to(values, (3, *values.shape[1:])).transpose(1, 2, 0))


def display_range(samples: Sequence[Values]) -> tuple[float, float]:
    """What is shown as 0 and as 255, of values from many pictures of a set.

    From the 2nd to the 98th percentile, over all colours, so that they keep their balance, and all pictures, so that
    dark ones stay dark. Values that use most of 16 bits are taken for a screen's, 0 to 65,535.
    """
    found = np.concatenate([values.ravel().astype(np.float64) for values in samples])
    found = found[np.isfinite(found)]
    low, high = (float(value) for value in np.percentile(found, PERCENTILES)) if len(found) else (0.0, 1.0)
    if SIXTEEN_BITS / 2 < high <= SIXTEEN_BITS and low >= 0:
        return 0.0, float(SIXTEEN_BITS)
    return low, high if high > low else low + 1.0


def shown(values: Values, low: float, high: float) -> npt.NDArray[np.uint8]:
    """uint8 of values, `low` becoming 0 and `high` 255; what is no number becomes 0."""
    scaled = (values.astype(np.float32) - np.float32(low)) * np.float32(255 / (high - low))
    scaled[np.isnan(scaled)] = 0
    colours: npt.NDArray[np.uint8] = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    return colours
