"""How fast the plugin starts, and how long it blocks QGIS's window; prints figures beside their bars.

Usage: window.py (in the engine's Python; needs QGIS, Xvfb and openbox)
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "e2e")]
from desktop import Desktop  # noqa: E402 - no packages
from open_qgis import PLUGINS, system_path  # noqa: E402

from engine.jobs.report import JsonReport  # noqa: E402
from engine.samples import Scene, write_scene  # noqa: E402

SIDE = 1024  # pixels of the scene that is mapped
PATIENCE_S = 120


def in_qgis(folder: Path) -> dict[str, list[float] | float]:
    """What the probe measured in a QGIS of its own, in milliseconds."""
    scene, target = folder / "scene", folder / "figures.json"
    scene.mkdir()
    with (folder / "log").open("w") as log:
        write_scene(Scene(width=SIDE, height=SIDE), scene, JsonReport(scene, log), optical=False)
    desktop = Desktop()
    try:
        environment = {
            **{name: value for name, value in desktop.environment.items() if not name.startswith(("PYTHON", "XDG_"))},
            "HOME": str(folder),
            "PATH": system_path(),
            "QGIS_PLUGINPATH": str(PLUGINS),
            "GEOFM_HOME": str(folder / "jobs"),
            "GEOFM_BENCH": str(target),
            "GEOFM_SCENE": str(scene),
        }
        script = str(Path(__file__).with_name("window_probe.py"))
        command = ["qgis", "--profiles-path", str(folder / "profile"), "--noversioncheck", "--nologo", "--code", script]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    finally:
        desktop.close()
    if not target.exists():
        sys.exit(f"QGIS ended without figures:\n{done.stderr}")
    return json.loads(target.read_text())


def help_ms() -> float:
    """`geofm --help`, the median of five."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "engine", "--help"], stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def line(what: str, figure: float, most: float | None) -> None:
    """Print a figure in milliseconds, and what it may be at most."""
    verdict = "" if most is None else f"at most {most:.0f} ms: {'met' if figure <= most else 'MISSED'}"
    print(f"{what:<62}{figure:>8.0f} ms   {verdict}")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="geofm-") as folder:
        os.chmod(folder, 0o700)  # noqa: PTH101 - also Qt's runtime folder
        figures = in_qgis(Path(folder))
    line("geofm --help", help_ms(), 500)
    line("plugin: import at QGIS's start", figures["import"], 100)
    line("plugin: full load", figures["full load"], 300)
    line("longest block of the window, submit to end (all jobs)", max(figures["longest block"]), 100)
    line("submit to first progress of a flood map, cold", figures["flood"][0], None)
    line("submit to first progress of a flood map, warm (median)", statistics.median(figures["flood"][1:]), None)
    line("submit to first progress of a small job, warm (median)", statistics.median(figures["small job"][1:]), 100)
    line("loading the finished layers, first time", figures["loading the layers"][0], None)
    line("loading the finished layers (median)", statistics.median(figures["loading the layers"]), None)


if __name__ == "__main__":
    main()
