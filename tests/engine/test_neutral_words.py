"""What is said below the command and QGIS names no option of the command: each of them adds its own way to mend it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import geopandas
import numpy as np
import rasterio
import shapely
from affine import Affine

import engine

ROOT = Path(engine.__file__).parent
OPTION = re.compile(r"(?<![\w-])--[a-z]")
# Files that may, and why.
ALLOWED = {
    "worker.py": "its own options",
    "recipes/floods/__main__.py": "its own options",
    "jobs/launch.py": "starts the worker",
    "training/distributed.py": "torchrun, which a person starts in a terminal alone",
    "cards/catalogue/clips.py": "words to type in a terminal, and shown as such",
}


def spoken(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of the constants of a module, without what documents it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.lineno, node.value


def test_no_sentence_below_the_faces_names_an_option() -> None:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("cli/") and name not in ALLOWED:
            found += [f"{name}:{line}: {text}" for line, text in spoken(path) if OPTION.search(text)]
    assert not found, "\n".join(found)


def test_an_error_names_the_option_that_mends_it_where_the_command_has_one(geofm, tmp_path):
    image, lines = tmp_path / "image.tif", tmp_path / "lines.gpkg"
    place = Affine(10, 0, 400_000, 0, -10, 5_500_000)
    with rasterio.open(
        image, "w", driver="GTiff", width=64, height=64, count=1, dtype="uint8", crs="EPSG:32633", transform=place
    ) as raster:
        raster.write(np.arange(64 * 64, dtype=np.uint8).reshape(1, 64, 64))
    line = shapely.LineString([(400_100, 5_499_900), (400_300, 5_499_700)])
    geopandas.GeoDataFrame({"kind": ["road"]}, geometry=[line], crs="EPSG:32633").to_file(lines)
    given = ("--labels", lines, "--class-field", "kind")
    done = geofm("train", "--image", image, *given, "--out", tmp_path / "model")
    assert done.status == 1 and done.err.endswith("or draw polygons (--buffer-m).\n")
    done = geofm("evaluate", "segmentation", "--prediction", image, "--truth", lines, "--class-field", "kind")
    assert done.status == 1 and done.err.endswith("give polygons or points.\n")
