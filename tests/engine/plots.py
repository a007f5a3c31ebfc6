"""Small images with labelled polygons, and the words of the commands on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio
import shapely
from affine import Affine
from onnx import TensorProto, helper, numpy_helper
from rasterio import features

from engine.cards.card import BandSpec, Card, ClassSpec
from engine.models.store import write_model

TRANSFORM = Affine(10, 0, 500_000, 0, -10, 5_300_000)
BANDS = ("B02", "B03", "B04", "B08")
REFLECTANCES = {  # of four classes that no sensor confuses
    "field": (0.08, 0.10, 0.12, 0.25),
    "forest": (0.02, 0.04, 0.02, 0.30),
    "town": (0.15, 0.17, 0.19, 0.22),
    "water": (0.05, 0.04, 0.03, 0.01),
}
NAMES = tuple(REFLECTANCES)
COLORS = ("#ffe680", "#1b6b2f", "#d7191c", "#1f78b4")


def ground(height: int = 96, width: int = 128) -> np.ndarray:
    """Class ids uint8[H, W]: a chequerboard of squares of 32 pixels."""
    rows, columns = np.mgrid[:height, :width] // 32
    return ((rows * 2 + columns) % 4).astype(np.uint8)


def pixels(classes: np.ndarray, seed: int = 0, noise: float = 0.01) -> np.ndarray:
    """Sentinel-2 numbers uint16[4, H, W] of classes."""
    means = np.array([REFLECTANCES[name] for name in NAMES])
    clean = means[classes].transpose(2, 0, 1)
    noisy = clean + np.random.default_rng(seed).normal(0, noise, clean.shape)
    return np.clip(np.rint(noisy * 10_000), 1, 65_535).astype(np.uint16)


def write_image(
    path: Path, values: np.ndarray, bands: Sequence[str] = BANDS, crs: str = "EPSG:32633", **more: Any
) -> Path:
    """A GeoTIFF on the lattice of the tests."""
    profile = {"driver": "GTiff", "dtype": values.dtype, "crs": crs, "transform": TRANSFORM, "nodata": 0, **more}
    count, height, width = values.shape
    with rasterio.open(path, "w", count=count, height=height, width=width, **profile) as file:
        file.write(values)
        file.descriptions = tuple(bands)
    return path


def write_polygons(
    path: Path, classes: np.ndarray, crs: str = "EPSG:4326", inset: float = 6, field: str = "class"
) -> Path:
    """A polygon in the middle of each square of 32 pixels, in another CRS than the image."""
    height, width = classes.shape
    shapes, names = [], []
    for row in range(0, height, 32):
        for column in range(0, width, 32):
            left, top = TRANSFORM @ (column + inset, row + inset)
            right, bottom = TRANSFORM @ (column + 32 - inset, row + 32 - inset)
            shapes.append(shapely.box(left, bottom, right, top))
            names.append(NAMES[classes[row, column]])
    frame = geopandas.GeoDataFrame({field: names, "geometry": shapes}, crs="EPSG:32633").to_crs(crs)
    frame.to_file(path, driver="GPKG")
    return path


def write_flood_polygons(path: Path, truth: Path, of_each: int = 8) -> Path:
    """The truth of a simulated flood as a few polygons of each class, of at most 32 x 32 pixels, and no specks."""
    names = ("dry", "permanent water", "flood")
    with rasterio.open(truth) as file:
        classes, transform, crs = file.read(1), file.transform, file.crs
    found, called = [], []
    for row in range(0, classes.shape[0], 32):
        for column in range(0, classes.shape[1], 32):
            part = np.ascontiguousarray(classes[row : row + 32, column : column + 32])
            place = transform @ Affine.translation(column, row)
            for shape, value in features.shapes(part, part < len(names), transform=place):
                polygon = shapely.geometry.shape(shape)
                if polygon.area > 200 * abs(transform.determinant):
                    found.append(polygon)
                    called.append(names[int(value)])
    frame = geopandas.GeoDataFrame({"class": called, "geometry": found}, crs=crs)
    frame.groupby("class").sample(of_each, random_state=0).to_file(path, driver="GPKG")
    return path


def nearest_mean(folder: Path, *, tile: int = 32, overlap: int = 8, blur: bool = False, **changes: Any) -> Card:
    """A model made by hand: softmax over minus the squared distance to each class' reflectances, in units of 0.02.

    With `blur` over the mean of 5 x 5 pixels: it looks beyond each pixel, as networks do.
    """
    means = np.array([REFLECTANCES[name] for name in NAMES], np.float32)
    side = 5 if blur else 1
    # -|x - m|^2 = 2 m x - |m|^2 - |x|^2, of which the last is the same for all classes.
    weights = np.tile(2 * means[:, :, None, None] / side**2, (1, 1, side, side)) / 0.02**2
    bias = -(means**2).sum(axis=1) / 0.02**2
    nodes = [
        helper.make_node("Conv", ["input", "weights", "bias"], ["scores"], pads=[side // 2] * 4),
        helper.make_node("Softmax", ["scores"], ["output"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "nearest",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 4, "h", "w"])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 4, "h", "w"])],
        [
            numpy_helper.from_array(weights.astype(np.float32), "weights"),
            numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    values: dict[str, Any] = {
        "name": folder.name,
        "title": "Nearest mean",
        "task": "segmentation",
        "architecture": "onnx",
        "parameters": {"output": "probabilities"},
        "weights": "model.onnx",
        "sha256": "",
        "bands": tuple(BandSpec(name, "reflectance") for name in BANDS),
        "classes": tuple(ClassSpec(10 * index, *item) for index, item in enumerate(zip(NAMES, COLORS, strict=True))),
        "gsd_m": 10.0,
        "tile": tile,
        "overlap": overlap,
        "licence": "CC0",
    }
    return write_model(folder, Card(**{**values, **changes}), onnx=model.SerializeToString())


def report_of(folder: Path) -> dict[str, Any]:
    """What a command wrote of itself."""
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))
