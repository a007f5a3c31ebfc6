"""Simulated scenes of any size to measure on, made once: `scenes.py FOLDER SIZE`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from engine.jobs.report import QuietReport
from engine.samples import Scene, write_scene

__all__ = ["DATES", "scene"]

DATES = ("post", "pre1", "pre2")
SEED = 7


def scene(folder: Path, size: int) -> list[str]:
    """The images of three dates, the post-event one first: VV and VH, DEFLATE float32, of `size` x `size` pixels."""
    home = folder / f"scene{size}"
    files = [home / f"{date}.tif" for date in DATES]
    if not all(file.exists() for file in files):
        print(f"Simulating {size:,} x {size:,} pixels ...", file=sys.stderr, flush=True)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        with tempfile.TemporaryDirectory(dir=home) as working:
            write_scene(Scene(seed=SEED, width=size, height=size), home, QuietReport(Path(working)), optical=False)
        for name in ("dem.tif", "landcover_truth.tif", "training_polygons.gpkg"):
            (home / name).unlink()
    return [str(file) for file in files]


if __name__ == "__main__":
    scene(Path(sys.argv[1]), int(sys.argv[2]))
