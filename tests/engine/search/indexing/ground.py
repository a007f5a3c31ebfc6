"""Imagery of which every place is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from statistics_encoder import texture


def quarters(side: int) -> np.ndarray:
    """Water, forest, field and town, each a quarter of uint8 [3, side, side]: in rows from the upper left."""
    half = side // 2
    top = np.concatenate([texture("water", half, half), texture("forest", half, half)], axis=2)
    bottom = np.concatenate([texture("field", half, half), texture("town", half, half)], axis=2)
    return np.concatenate([top, bottom], axis=1)


def write_image(
    path: Path,
    pixels: np.ndarray,
    *,
    crs: str = "EPSG:32633",
    transform: Affine | None = None,
    **options: Any,
) -> Path:
    """A GeoTIFF of pixels [C, H, W]; by default 1 m pixels in UTM."""
    count, height, width = pixels.shape
    profile = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": pixels.dtype.name}
    profile |= {"crs": crs, "transform": transform or Affine(1, 0, 500_000, 0, -1, 5_000_000), "tiled": True}
    if count == 3 and pixels.dtype == np.uint8:
        profile["photometric"] = "RGB"
    with rasterio.open(path, "w", **profile | options) as target:
        target.write(pixels)
    return path
