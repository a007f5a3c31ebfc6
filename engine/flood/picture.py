"""A small picture of a flood map over the radar image, for a first look without a GIS."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..raster.grid import Grid
from .classes import CLASSES, DRY

__all__ = ["Picture"]

LONGEST_SIDE = 1200
LEGEND_ROWS = 36
GREY_RANGE_DB = (-25.0, -5.0)  # of darkness: calm water to towns


class Picture:
    """Collects every n-th pixel of a map while its rows pass by.

    Parameters
    ----------
    grid : Grid
    """

    def __init__(self, grid: Grid) -> None:
        self._step = -(-max(grid.width, grid.height) // LONGEST_SIDE)
        self._classes: list[NDArray[np.uint8]] = []
        self._radar: list[NDArray[np.float32]] = []

    def add(self, row: int, classes: NDArray[np.uint8], darkness: NDArray[np.float32]) -> None:
        """Take from rows `row` and on, both [H, W]."""
        first = -row % self._step
        # Copies: a view would keep all the pixels of its band.
        self._classes.append(classes[first :: self._step, :: self._step].copy())
        self._radar.append(darkness[first :: self._step, :: self._step].copy())

    def write(self, path: Path) -> None:
        """Write a PNG: radar in grey, water in the classes' colours, a legend below."""
        classes, radar = np.concatenate(self._classes), np.concatenate(self._radar)
        low, high = GREY_RANGE_DB
        grey = np.clip((radar - low) / (high - low) * 255, 0, 255).astype(np.uint8)
        picture = np.repeat(grey[:, :, None], 3, axis=2)
        for item in CLASSES:
            if item.value != DRY:
                picture[classes == item.value] = item.color
        picture = np.concatenate([picture, _legend(picture.shape[1], set(np.unique(classes).tolist()))])
        done, data = cv2.imencode(".png", picture[:, :, ::-1])
        if not done:
            raise OSError("the PNG encoder failed")
        path.write_bytes(data.tobytes())


def _legend(width: int, present: set[int]) -> NDArray[np.uint8]:
    legend = np.full((LEGEND_ROWS, width, 3), 255, np.uint8)
    left = 10
    for item in CLASSES:
        if item.value == DRY or item.value not in present:
            continue
        cv2.rectangle(legend, (left, 10), (left + 16, 26), item.color, cv2.FILLED)
        cv2.rectangle(legend, (left, 10), (left + 16, 26), (90, 90, 90), 1)
        cv2.putText(legend, item.name, (left + 24, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (30, 30, 30), 1, cv2.LINE_AA)
        left += 24 + cv2.getTextSize(item.name, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)[0][0] + 24
    return legend
