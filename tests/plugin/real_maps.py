"""Simulated scenes and flood maps, made by the real engine for tests in QGIS's Python."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from geofm_qgis.engine.jobs.processes import FOREIGN

REPOSITORY = Path(__file__).parents[2]
GEOFM = REPOSITORY / ".venv" / "engine" / "bin" / "geofm"


def geofm(*words: object) -> list[dict[str, Any]]:
    """Run the command in the engine's Python, and give its JSON lines."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    command = [str(GEOFM), *map(str, words), "--json"]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_scene(folder: Path, size: int = 256) -> Path:
    """post.tif, pre1.tif, pre2.tif and dem.tif of a simulated flood."""
    geofm("samples", folder, "--size", size)
    return folder


def map_flood(scene: Path, out: Path, *words: object) -> dict[str, Any]:
    """The result, as a dictionary, of mapping a scene."""
    dates = ("--post", scene / "post.tif", "--pre", scene / "pre1.tif", "--pre", scene / "pre2.tif")
    return geofm("flood", *dates, "--out", out, *words)[-1]
