"""Speckle filters in linear power, and decibels.

Filters take and give float32[H, W] with NaN where nothing was observed; a pixel's result depends on the
`reach(...)` rows and columns around it.

References
----------
J.-S. Lee, "Digital image enhancement and noise filtering by use of local statistics", IEEE TPAMI 2(2), 1980.
J.-S. Lee, "Refined filtering of image noise using local statistics", CGIP 15, 1981.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["despeckle", "grey_to_db", "reach", "to_db"]

Image = NDArray[np.float32]

LOOKS = 4.4  # equivalent number of looks of Sentinel-1 IW GRD at full resolution (ESA product specification)
REFINED_LEE_WINDOW = 7  # the geometry of its sub-windows is defined for 7 x 7 alone
FLOOR_DB = -50.0  # far below the noise floor; power of zero or less, left by noise subtraction, ends here
# How far display products are stretched is unknown; taken as Earth Engine's catalogue shows Sentinel-1, -25 to 5 dB.
GREY_ZERO_DB, GREY_STEP_DB = -25.0, 30 / 255


def reach(method: str, window: int) -> int:
    """Rows and columns beyond a pixel that its filtered value depends on."""
    if method == "none":
        return 0
    side = REFINED_LEE_WINDOW if method == "refined-lee" else window
    # A gap within the window is filled from its own surroundings, which reach as far again.
    return side - 1


def despeckle(power: Image, method: str, window: int) -> Image:
    """Reduce speckle.

    Parameters
    ----------
    power : float32[H, W]
        Linear power (or grey levels), NaN where not observed.
    method : {'median', 'lee', 'refined-lee', 'none'}
    window : int
        Side in pixels; the median takes 3 or 5, Lee any odd number, refined Lee is always 7.

    Returns
    -------
    float32[H, W]
        NaN exactly where `power` is.
    """
    if method == "none":
        return power
    missing = np.isnan(power)
    side = REFINED_LEE_WINDOW if method == "refined-lee" else window
    filled = _fill(power, missing, side) if missing.any() else power
    if method == "median":
        result: Image = cv2.medianBlur(filled, window)  # type: ignore[assignment]
    elif method == "lee":
        mean, square = _box(filled, window), _box(filled * filled, window)
        result = _lee(filled, mean, square - mean * mean)
    else:
        result = _refined_lee(filled)
    return np.where(missing, np.float32(np.nan), result)


def to_db(power: Image) -> Image:
    """10 log10 of linear power, at least -50 dB; NaN stays NaN."""
    floor = np.float32(10 ** (FLOOR_DB / 10))
    decibels: Image = np.log(np.maximum(power, floor))  # three times as fast as log10 in single precision
    decibels *= np.float32(10 / np.log(10))
    return decibels


def grey_to_db(grey: Image) -> Image:
    """What grey levels 0 to 255 of display products are taken for, in dB; NaN stays NaN."""
    return grey * np.float32(GREY_STEP_DB) + np.float32(GREY_ZERO_DB)


def _box(values: Image, side: int) -> Image:
    # Not cv2.boxFilter: its running sums carry what a bright target leaves in the last digits down the whole image.
    line = np.full(side, 1 / side, np.float32)
    return cv2.sepFilter2D(values, -1, line, line, borderType=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def _fill(power: Image, missing: NDArray[np.bool_], side: int) -> Image:
    """Gaps filled with the mean of what was observed around them, so that filters need not know of gaps."""
    weight = _box((~missing).astype(np.float32), side)
    total = _box(np.where(missing, np.float32(0), power), side)
    around = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0.5 / side**2)
    return np.where(missing, around, power)


def _lee(power: Image, mean: Image, variance: Image) -> Image:
    """Lee's linear estimate for multiplicative noise, from the local mean and variance."""
    noise = np.float32(1 / LOOKS)
    variance = np.maximum(variance, np.float32(1e-20))
    signal = (variance - mean * mean * noise) / (1 + noise)
    gain = np.clip(signal / variance, 0, 1)
    return mean + gain * (power - mean)


def _refined_lee(power: Image) -> Image:
    """Lee's 1981 filter: statistics from the half of a 7 x 7 window that lies on the pixel's side of an edge."""
    means = _box(power, 3)
    square = power * power
    # The 3 x 3 means two pixels away in the eight compass directions, counter-clockwise from east.
    offsets = ((0, 2), (-2, 2), (-2, 0), (-2, -2), (0, -2), (2, -2), (2, 0), (2, 2))
    around = np.stack([_shift(means, *offset) for offset in offsets])
    gradients = np.abs(around[:4] - around[4:])
    direction = gradients.argmax(axis=0)
    ahead, behind = (np.take_along_axis(part, direction[None], 0)[0] for part in (around[:4], around[4:]))
    # The pixel belongs to the side whose mean is nearer to its own surroundings.
    half = np.where(np.abs(ahead - means) < np.abs(behind - means), direction, direction + 4)
    mean, mean_square = np.empty_like(power), np.empty_like(power)
    for index, kernel in enumerate(_half_windows()):
        here = half == index
        for values, out in ((power, mean), (square, mean_square)):
            filtered = cv2.filter2D(values, -1, kernel, borderType=cv2.BORDER_REPLICATE)
            out[here] = filtered[here]
    return _lee(power, mean, mean_square - mean * mean)


def _shift(values: Image, rows: int, columns: int) -> Image:
    """`values` as seen from the pixel that lies (rows, columns) before it; edges are repeated."""
    height, width = values.shape
    padded = np.pad(values, 2, mode="edge")
    return padded[2 + rows : 2 + rows + height, 2 + columns : 2 + columns + width]


def _half_windows() -> list[Image]:
    """Normalised kernels of the 7 x 7 half windows that face the eight directions, the middle line included."""
    rows, columns = np.mgrid[-3:4, -3:4]
    facings = (columns, columns - rows, -rows, -columns - rows, -columns, rows - columns, rows, columns + rows)
    kernels = [(facing >= 0).astype(np.float32) for facing in facings]
    return [kernel / kernel.sum() for kernel in kernels]
