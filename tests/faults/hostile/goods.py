"""What is sound, for hostile files to be made of and to lie beside."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from engine.cli import main
from engine.jobs.report import JsonReport
from engine.samples import Scene, write_scene

__all__ = ["index", "network", "raster", "scene"]


def scene(good: Path) -> None:
    """A flood with its land cover and labels, and the raster that a listener answers with."""
    folder = good / "scene"
    folder.mkdir(parents=True)
    write_scene(Scene(seed=5, width=320, height=256), folder, JsonReport(folder, io.StringIO()))
    (folder / "training_polygons.gpkg").rename(folder / "labels.gpkg")
    values = np.random.default_rng(1).gamma(4.4, 0.02, (1, 256, 256)).astype(np.float32)
    profile = {"driver": "GTiff", "dtype": "float32", "count": 1, "height": 256, "width": 256, "blockysize": 256}
    place = {"crs": "EPSG:32633", "transform": Affine(10, 0, 400_000, 0, -10, 5_500_000)}
    raster(good).parent.mkdir()
    with rasterio.open(raster(good), "w", **profile, **place) as target:
        target.write(values)


def raster(good: Path) -> Path:
    """256 x 256 values in one strip."""
    return good / "served" / "a.tif"


def network(good: Path) -> None:
    """A model of torch with weights of chance; takes torch."""
    from small_models import put_network

    put_network(good / "models" / "network")


def index(good: Path, *, words: bool) -> None:
    """An index of the basic encoder; with `words` also its text tower, which takes a quarter of a minute."""
    folder = str(good / "index")
    made = main(["index", str(good / "scene" / "s2.tif"), "--out", folder, "--windows", "1280", "--json"])
    if made or (words and main(["search", folder, "river", "--json"])):
        raise RuntimeError("no index could be made")
