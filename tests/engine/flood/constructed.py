"""Places whose every pixel is known, as arrays and files, and the maps of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from maps import TRANSFORM

from engine.flood.classes import DRY, FLOOD, PERMANENT
from engine.flood.mapping import map_flood
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest

LAND = (-8.0, -14.5)  # dB of VV and VH
WATER = (-19.5, -27.0)
SHAPE = (192, 208)
Picture = np.ndarray | str | tuple[str, ...]  # dB of VV and VH, or the file or files of a date
NAMES = ("VV", "VH")


def backscatter(wet: np.ndarray, seed: int = 0, *, bands: Sequence[int] = (0, 1), spread: float = 0.4) -> np.ndarray:
    """float32[bands, H, W] in dB: water where `wet`, with so little noise that every pixel is plain."""
    noise = np.random.default_rng(seed).normal(0, spread, (len(bands), *wet.shape))
    levels = [np.where(wet, WATER[band], LAND[band]) for band in bands]
    return np.asarray(np.stack(levels) + noise, np.float32)


def boxes(*places: tuple[int, int, int, int], shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """bool[H, W]: true in boxes of (row, column, height, width)."""
    mask = np.zeros(shape, bool)
    for row, column, height, width in places:
        mask[row : row + height, column : column + width] = True
    return mask


# A lake on both dates and a flood on the later one, and the map of them.
LAKE, FLOODED = (20, 20, 60, 60), (20, 120, 60, 60)
BEFORE, AFTER = boxes(LAKE), boxes(LAKE, FLOODED)
KINDS = np.where(AFTER, np.where(BEFORE, PERMANENT, FLOOD), DRY)


def write(
    path: Path,
    values: np.ndarray,
    *,
    names: Sequence[str] = (),
    transform: Affine = TRANSFORM,
    crs: str = "EPSG:32633",
    units: str = "",
    calibration: str = "sigma0",
    **profile: Any,
) -> str:
    """Write [bands, H, W] or [H, W]; returns the path as text."""
    values = values[None] if values.ndim == 2 else values
    count, height, width = values.shape
    settings = {"driver": "GTiff", "dtype": values.dtype.name, "crs": crs, "transform": transform, **profile}
    with rasterio.open(path, "w", count=count, height=height, width=width, **settings) as file:
        file.write(values)
        for band, name in enumerate(names, start=1):
            file.set_band_description(band, name)
        if units:
            file.update_tags(UNITS=units, CALIBRATION=calibration)
    return str(path)


def image(path: Path, values: np.ndarray, names: Sequence[str] = NAMES, **how: Any) -> str:
    """Write backscatter in dB that says what it is."""
    return write(path, values, names=names, **{"units": "dB", **how})


@dataclass
class Bench:
    """A folder in which maps are made.

    Attributes
    ----------
    fields : dict
        Of every request, where `map` is not told otherwise.
    classes, report : uint8[H, W], dict
        Of the last map.
    """

    folder: Path
    fields: dict[str, Any] = field(default_factory=lambda: {"speckle_filter": "none"})
    classes: np.ndarray = field(init=False)
    report: dict[str, Any] = field(init=False)

    def map(self, *dates: Picture, **fields: Any) -> np.ndarray:
        """The classes that come of an image after and any number before; arrays are dB of VV and VH."""
        after, *before = (self._files(index, picture) for index, picture in enumerate(dates))
        mask = self.folder / "flood.tif"
        request = FloodRequest(post=after, pre=tuple(before), mask=str(mask), **{**self.fields, **fields})
        self.report = map_flood(request, QuietReport(self.folder)).summary
        with rasterio.open(mask) as file:
            self.classes = file.read(1)
        # A later map must not go on from the checkpoints of this one.
        for name in ("observed.npz", "filtered.i16", "flags.u8"):
            (self.folder / name).unlink(missing_ok=True)
        return self.classes

    def _files(self, index: int, picture: Picture) -> tuple[str, ...]:
        if isinstance(picture, np.ndarray):
            return (image(self.folder / f"date{index}.tif", picture),)
        return (picture,) if isinstance(picture, str) else picture

    def warned(self, text: str) -> bool:
        """Whether a warning of the last map holds these words."""
        return any(text in warning for warning in self.report["warnings"])
