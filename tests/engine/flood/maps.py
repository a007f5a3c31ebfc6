"""Arrays as images, maps of them, and the scores of maps."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from engine.flood.mapping import map_flood
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest
from engine.samples import Scene, Simulator, Strip

TRANSFORM = Affine(10, 0, 400_000, 0, -10, 5_500_000)


def write_image(path: Path, values: np.ndarray) -> Path:
    """Write [bands, H, W] on a 10 m UTM grid; two bands are called VV and VH."""
    bands, height, width = values.shape
    profile = {"driver": "GTiff", "dtype": values.dtype.name, "crs": "EPSG:32633", "transform": TRANSFORM}
    with rasterio.open(path, "w", count=bands, height=height, width=width, **profile) as file:
        file.write(values)
        if bands == 2:
            file.descriptions = ("VV", "VH")
    return path


def decibels(strip: Strip, date: str = "post") -> np.ndarray:
    """float32[2, H, W]: VV and VH of one date."""
    return 10 * np.log10(np.maximum(strip.radar[date], 1e-5))


@functools.lru_cache(maxsize=4)
def simulate(scene: Scene) -> Strip:
    """The whole scene in memory; nobody changes it."""
    return Simulator(scene).whole()


def classes_of(post: np.ndarray, pre: Sequence[np.ndarray] = (), **fields: Any) -> np.ndarray:
    """The flood map uint8[H, W] of one image after and any number before, each [bands, H, W]."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        after = write_image(folder / "post.tif", post)
        before = [write_image(folder / f"pre{index}.tif", image) for index, image in enumerate(pre)]
        request = FloodRequest(
            post=(str(after),), pre=tuple((str(path),) for path in before), mask=str(folder / "flood.tif"), **fields
        )
        map_flood(request, QuietReport(folder))
        with rasterio.open(folder / "flood.tif") as file:
            return file.read(1)


def water(classes: np.ndarray) -> np.ndarray:
    """Where a map shows water of any kind."""
    return (classes > 0) & (classes < 255)


def iou(found: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union of two masks."""
    return float((found & truth).sum() / (found | truth).sum())


def f1(found: np.ndarray, truth: np.ndarray) -> float:
    """F1 score of a mask."""
    return float(2 * (found & truth).sum() / (found.sum() + truth.sum()))
