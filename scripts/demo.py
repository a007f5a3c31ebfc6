"""What `make demo` runs: a flood map of a simulated place, or of the images that the user names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from engine.cli import main

DEMO = Path("build/demo")


def command(*arguments: str) -> None:
    """Show a command and run it; end with its status if it fails."""
    print(f"\n$ geofm {' '.join(arguments)}", flush=True)
    status = main(arguments)
    if status:
        sys.exit(status)


def on_samples() -> None:
    """Simulate a flood, map it from one date and from three, and compare both maps with the exact truth."""
    samples = DEMO / "samples"
    command("samples", str(samples))
    pre = ["--pre", str(samples / "pre1.tif"), "--pre", str(samples / "pre2.tif")]
    for name, before in (("one_date", []), ("map", pre)):
        out = DEMO / name
        command("flood", "--post", str(samples / "post.tif"), *before, "--out", str(out), "--confidence", "--quicklook")
        command(
            "evaluate", "flood", "--prediction", str(out / "flood.tif"), "--truth", str(samples / "flood_truth.tif")
        )
    compare(samples)


def compare(samples: Path) -> None:
    """Print what simpler ways reach on the same image, as a measure for the scores above."""
    import rasterio

    from engine.flood.thresholds import otsu
    from engine.flood.tiles import AXIS
    from engine.samples import Scene, bayes_iou

    with rasterio.open(samples / "post.tif") as post, rasterio.open(samples / "flood_truth.tif") as truth:
        decibels, water = 10 * np.log10(post.read(1)), truth.read(1) > 0
    histogram = np.histogram(decibels, AXIS.bins, (AXIS.low, AXIS.high))[0].astype(float)
    dark = decibels < otsu(histogram[None], AXIS)[0]
    iou = (dark & water).sum() / (dark | water).sum()
    print("\nFor comparison, IoU of water from one date (simulated scene):")
    print(f"  everything called water                                    {water.mean():.3f}")
    print(f"  one Otsu threshold on VV                                   {iou:.3f}")
    print(f"  the best classifier of single pixels, told all statistics  {bayes_iou(Scene()):.3f}")


def on_images(post: str, pre: str, out: Path) -> None:
    """Map the user's images; the dates in `pre` are parted by semicolons, the files of a date by commas."""
    dates = [argument for date in pre.split(";") if date.strip() for argument in ("--pre", date.strip())]
    command("flood", "--post", post, *dates, "--out", str(out), "--confidence", "--quicklook")


if __name__ == "__main__":
    # From the environment, where any character may stand in a path.
    post, pre = os.environ.get("POST", ""), os.environ.get("PRE", "")
    if pre and not post:
        sys.exit("PRE needs POST: name the image from after the flood, too.")
    folder = DEMO / ("yours" if post else "map")
    if post:
        on_images(post, pre, folder)
    else:
        on_samples()
    print(f"\nThe layers are in {folder}; a picture of the map is {folder / 'flood.png'}.")
