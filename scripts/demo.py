"""What `make demo` runs: a flood map by the plugin in headless QGIS, of a simulated place or of the user's images."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from open_qgis import PLUGINS, ROOT, prepare_profile, system_path

from engine.cli import main

DEMO = Path("build/demo")
DATES_IN_QGIS = 5  # as many dates before as the Processing algorithm takes


def geofm(*arguments: str) -> None:
    """Show a command and run it; end with its status if it fails."""
    print(f"\n$ geofm {' '.join(arguments)}", flush=True)
    status = main(arguments)
    if status:
        sys.exit(status)


def qgis(*command: str) -> None:
    """Run a program of QGIS without a window, with the staged plugin, in a home of its own."""
    home = (DEMO / "qgis-home").resolve()
    for version in ("QGIS3", "QGIS4"):
        prepare_profile(home / ".local" / "share" / "QGIS" / version)
    home.chmod(0o700)  # as the runtime folder of Qt must be
    # Neither the user's QGIS settings nor the variables of this Python and its GDAL may reach it.
    foreign = ("PYTHON", "XDG_", "VIRTUAL_ENV", "GDAL_", "CPL_", "PROJ_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    kept |= {
        "HOME": str(home),
        "PATH": system_path(),
        "XDG_RUNTIME_DIR": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_PLUGINPATH": str(PLUGINS),
        "PYTHONPATH": str(PLUGINS),
        "PYTHONWARNINGS": "ignore::DeprecationWarning",  # QGIS 3.22 uses a part of PyQt that will go
    }
    status = subprocess.run(command, env=kept).returncode
    if status:
        sys.exit(status)


def map_in_qgis(post: list[str], pre: list[list[str]], out: Path) -> None:
    """Map the flood with the Processing algorithm of the plugin, then leave a project with the layers."""
    # Debian's wrapper script hands qgis_process an option that it does not know.
    program = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
    if program is None:
        sys.exit("qgis_process was not found; install QGIS 3.22 or newer.")
    out.mkdir(parents=True, exist_ok=True)
    parameters = [f"--POST={absolute(file)}" for file in post]
    for number, date in enumerate(pre, 1):
        parameters += [f"--PRE_{number}={absolute(file)}" for file in date]
    names = {"MASK": "flood.tif", "POLYGONS": "flood.gpkg", "CONFIDENCE": "confidence.tif", "REPORT": "report.json"}
    parameters += [f"--{name}={(out / file).resolve()}" for name, file in names.items()]
    print(f"\n$ qgis_process run geofm:mapflood {' '.join(parameters)}", flush=True)
    qgis(program, "run", "geofm:mapflood", *parameters)
    qgis(
        "/usr/bin/python3",
        str(ROOT / "scripts" / "demo_project.py"),
        str(out),
        str(DEMO / "geofm.qgz"),
        absolute(post[0]),
    )


def absolute(file: str) -> str:
    """QGIS runs elsewhere; what is no file here, such as /vsizip/, is left as it is."""
    return str(Path(file).resolve()) if Path(file).exists() else file


def on_samples() -> None:
    """Simulate a flood, map it from one date and from three, and compare both maps with the exact truth."""
    samples = DEMO / "samples"
    geofm("samples", str(samples))
    post, pre = str(samples / "post.tif"), [[str(samples / "pre1.tif")], [str(samples / "pre2.tif")]]
    for name, before in (("one_date", []), ("map", pre)):
        out = DEMO / name
        map_in_qgis([post], before, out)
        geofm("evaluate", "flood", "--prediction", str(out / "flood.tif"), "--truth", str(samples / "flood_truth.tif"))
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
    dates = [date.split(",") for date in pre.split(";") if date.strip()]
    if len(dates) > DATES_IN_QGIS:
        sys.exit(f"PRE names {len(dates)} dates; the Processing algorithm takes {DATES_IN_QGIS}: use geofm flood.")
    map_in_qgis(post.split(","), [[file.strip() for file in date] for date in dates], out)


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
    print(f"`make qgis` opens them in QGIS; the project is {DEMO / 'geofm.qgz'}.")
