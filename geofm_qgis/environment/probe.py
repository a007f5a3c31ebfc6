"""Runs in the engine's Python, by its path: tells its version and what cannot be imported, as one line of JSON.

With `--try LEVEL` it also uses the packages: that they import does not show that their libraries find their data.
"""

import importlib
import importlib.util
import json
import os
import pathlib
import runpy
import sys
import tempfile

PACKAGES = runpy.run_path(str(pathlib.Path(__file__).parents[1] / "engine" / "packages.py"))


def missing_packages():
    """From each package that cannot be imported to the reason."""
    missing = {}
    for name in PACKAGES["CORE"]:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: PERF203 - a broken library raises whatever it likes
            missing[name] = str(error) or type(error).__name__
    return missing


def absent_packages():
    """Those for learning that are not there, without the seconds that their import takes."""
    return [name for name in PACKAGES["LEARN"] if importlib.util.find_spec(name) is None]


def try_to_learn():
    """Take one step of a gradient, and load the library that runs models."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    torch = importlib.import_module("torch")
    importlib.import_module("segmentation_models_pytorch")  # fails where torchvision is of another build than torch
    weight = torch.ones(3, requires_grad=True)
    (weight * weight).sum().backward()
    if weight.grad.tolist() != [2.0, 2.0, 2.0]:
        sys.exit("A gradient came out wrong.")
    if "CPUExecutionProvider" not in importlib.import_module("onnxruntime").get_available_providers():
        sys.exit("onnxruntime cannot use the processor.")


def try_out(folder):
    """Write a raster and a layer and read them again."""
    numpy, rasterio, geopandas = (importlib.import_module(name) for name in ("numpy", "rasterio", "geopandas"))
    geometry = importlib.import_module("shapely.geometry")
    raster, layer = folder / "raster.tif", folder / "layer.gpkg"
    ones = numpy.ones((8, 8), "uint8")
    place = rasterio.transform.from_origin(500_000, 5_000_000, 10, 10)
    options = {"driver": "GTiff", "width": 8, "height": 8, "count": 1, "dtype": "uint8"}
    with rasterio.open(raster, "w", crs="EPSG:32633", transform=place, **options) as file:
        file.write(ones, 1)
    with rasterio.open(raster) as file:
        if file.crs.to_epsg() != 32633 or not (file.read(1) == ones).all():
            sys.exit("A raster came back changed.")
    frame = geopandas.GeoDataFrame(geometry=[geometry.box(15, 45, 16, 46)], crs="EPSG:4326")
    frame.to_crs("EPSG:32633").to_file(layer)
    if len(geopandas.read_file(layer)) != 1:
        sys.exit("A layer came back changed.")


if __name__ == "__main__":
    if sys.argv[1:2] != ["--try"]:
        told = {"version": sys.version_info[:3], "missing": missing_packages(), "absent": absent_packages()}
        print(json.dumps(told))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            try_out(pathlib.Path(scratch))
        print("A raster and a layer were written and read.")
        if sys.argv[2:3] != ["core"]:
            try_to_learn()
            print("A gradient was computed.")
