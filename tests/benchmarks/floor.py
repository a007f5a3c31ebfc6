"""The least that a map of three dates costs: all pixels read, one band written, nothing between.

floor.py ours|gdal OUT POST PRE...
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, closing

import numpy as np
import rasterio
import rasterio.shutil

from engine.raster.sink import RasterSink
from engine.raster.source import open_sar
from engine.raster.stream import READ_ROWS, padded

LEVEL = 0.01  # something has to be written: where VV lies below -20 dB


def ours(out: str, files: list[str]) -> None:
    """From our source to our sink, reading ahead as the map does."""
    with ExitStack() as stack:
        scenes = [stack.enter_context(open_sar((file,))) for file in files]
        grid = scenes[0].grid

        def read(start: int, stop: int) -> np.ndarray:
            return np.concatenate([scene.read(grid.rows(start, stop)) for scene in scenes])

        bands = stack.enter_context(closing(padded(read, grid, READ_ROWS, 0)))
        sink = stack.enter_context(RasterSink(out, grid, nodata=255))
        for band, values in bands:
            sink.write(band.start, (values[0] < LEVEL).astype(np.uint8))


def gdal(out: str, files: list[str]) -> None:
    """Plain reads of whole blocks, and GDAL's own COG."""
    part = f"{out}.part.tif"
    with ExitStack() as stack:
        datasets = [stack.enter_context(rasterio.open(file)) for file in files]
        profile = datasets[0].profile
        profile.update(driver="GTiff", count=1, dtype="uint8", nodata=255, compress=None, predictor=1)
        with rasterio.open(part, "w", **profile) as target:
            for _, window in datasets[0].block_windows(1):
                values = [dataset.read(window=window) for dataset in datasets]
                target.write((values[0][0] < LEVEL).astype(np.uint8), 1, window=window)
    rasterio.shutil.copy(part, out, driver="COG", compress="DEFLATE", num_threads="ALL_CPUS")
    os.unlink(part)  # noqa: PTH108 - a plain script


if __name__ == "__main__":
    kind, target, *sources = sys.argv[1:]
    {"ours": ours, "gdal": gdal}[kind](target, sources)
