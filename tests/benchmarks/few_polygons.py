"""How well a few polygons map a simulated scene, beside the best that a classifier of single pixels could do.

    few_polygons.py [--preset quick|balanced|best] [--polygons N] [--seed N] [--folder FOLDER]

Writes a Sentinel-2 scene of 512 x 512 pixels and N polygons a class, in longitude and latitude, trains by the command,
maps by the command, and compares with the truth, less the polygons. Balanced needs the encoder galileo-nano installed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import geopandas
import numpy as np
import rasterio
from measure import bar, machine, measure
from rasterio.features import rasterize

from engine.jobs.report import QuietReport
from engine.samples import Scene, bayes_miou, write_scene

SIDE = 512
CLOSE = 0.03  # how far Quick may stay below the bound; networks, which see context, must be above it


def main() -> None:
    args = _arguments()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        scene = Scene(args.seed, SIDE, SIDE)
        write_scene(scene, folder, QuietReport(folder))
        bound = _prepare(scene, folder, args.polygons)
        print(f"{machine()}, {args.preset}, {args.polygons} polygons a class, scene {args.seed}", flush=True)
        geofm = [sys.executable, "-m", "engine"]
        learn = ["--labels", folder / "few.gpkg", "--class-field", "class", "--preset", args.preset]
        model, image = folder / args.preset, folder / "s2.tif"
        trained = measure([*geofm, *map(str, ["train", "--image", image, *learn, "--out", model])])
        out = folder / f"map-{args.preset}"
        mapped = measure([*geofm, *map(str, ["landcover", "--image", image, "--model", model, "--out", out])])
        words = ["--prediction", out / "landcover.tif", "--truth", folder / "truth.tif", "--json"]
        judged = subprocess.run(
            [*geofm, "evaluate", "segmentation", *map(str, words)], stdout=subprocess.PIPE, check=True
        )
        found = json.loads(judged.stdout.splitlines()[-1])
        report = json.loads((model / "report.json").read_text(encoding="utf-8"))
    for name, cost in (("training", trained), ("map", mapped)):
        print(f"{name:<10}{cost.seconds:>8.1f} s on the wall, {cost.processor:>8.1f} s of a core")
    if report["best_epoch"]:
        print(f"best epoch {report['best_epoch']} of {report['epochs']}")
    print(f"macro F1 {found['macro_f1']:.4f}, overall accuracy {found['overall_accuracy']:.4f}")
    print(f"bound of single pixels {bound:.4f}")
    bar("mean IoU", found["miou"], bound - CLOSE if args.preset == "quick" else bound, "", least=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Accuracy from a few polygons of a simulated scene.")
    parser.add_argument("--preset", choices=("quick", "balanced", "best"), default="quick")
    parser.add_argument("--polygons", type=int, default=5)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where scene, model and map stay; default: nowhere")
    return parser.parse_args()


def _prepare(scene: Scene, folder: Path, count: int) -> float:
    """Write the polygons and the truth without them; returns the bound."""
    polygons = geopandas.read_file(folder / "training_polygons.gpkg").groupby("class").head(count)
    polygons.to_crs(4326).to_file(folder / "few.gpkg")
    with rasterio.open(folder / "s2.tif") as file:
        optical = file.read()
    with rasterio.open(folder / "landcover_truth.tif") as file:
        truth, profile, tags = file.read(1), {**file.profile, "driver": "GTiff"}, file.tags()
    learned = rasterize(polygons.geometry, truth.shape, transform=profile["transform"], dtype="uint8") == 1
    with rasterio.open(folder / "truth.tif", "w", **profile) as file:
        file.write(np.where(learned, 255, truth).astype(np.uint8), 1)
        file.update_tags(**tags)
    return bayes_miou(scene, truth, optical)


if __name__ == "__main__":
    main()
