"""Imagery of which every place is known, a tiny model, and indexes of both, made by the real engine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from queue_home import ENGINE_PYTHON
from real_maps import geofm

from geofm_qgis.engine.jobs.processes import FOREIGN

HERE = Path(__file__).parent


def make(home: Path, *words: object) -> None:
    """Run `make_search_world.py`; the text tower is made ready in `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment = {**kept, "GEOFM_HOME": str(home), "PYTHONPATH": str(HERE.parents[1])}
    command = [str(ENGINE_PYTHON), str(HERE / "make_search_world.py"), *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def write_encoder(folder: Path, home: Path) -> Path:
    """A model of five words: water, forest, field, sand and town."""
    make(home, "encoder", folder)
    return folder


def import_recognition(file: Path) -> Path:
    """The folder of a model that reads no words, taken in from a file as Deepness has it."""
    make(file.parent, "recognition", file)
    return Path(geofm("models", "import", file)[-1]["outputs"][0]["path"])


def write_ground(path: Path, side: int = 256, east: float = 500_000) -> Path:
    """An image of `side` metres: water, forest, field and town, each a quarter, in rows from the upper left."""
    make(path.parent, "ground", path, side, east)
    return path


def write_index(folder: Path, model: Path, *images: Path) -> Path:
    """An index with windows of 16 m and 32 m."""
    geofm("index", *images, "--out", folder, "--model", model, "--windows", "16,32", "--name", folder.stem)
    return folder
