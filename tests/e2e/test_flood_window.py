"""An analyst maps a flood in a real QGIS window, by mouse and keyboard alone, and closes QGIS too early."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from desktop import qgis

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from open_qgis import PLUGINS, prepare_profile  # noqa: E402 - scripts is no package

ENGINE = ROOT / ".venv" / "engine" / "bin" / "python"
GREY = """<qgis><pipe><rasterrenderer type="singlebandgray" grayBand="1" alphaBand="-1" opacity="1">
<contrastEnhancement><minValue>0</minValue><maxValue>0.3</maxValue><algorithm>StretchToMinimumMaximum</algorithm>
</contrastEnhancement></rasterrenderer></pipe></qgis>"""
SIMULATE = """
import sys
from pathlib import Path
from engine.jobs.report import JsonReport
from engine.samples import Scene, write_scene
folder, size = Path(sys.argv[1]), int(sys.argv[2])
write_scene(Scene(width=size, height=size), folder, JsonReport(folder, sys.stdout), optical=False)
"""
LARGE = 3000  # pixels: a job that is long enough for QGIS to be closed in the midst of it


def samples(folder: Path, size: int) -> Path:
    """A simulated flood of the engine."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_"))}
    folder.mkdir()
    command = [str(ENGINE), "-c", SIMULATE, str(folder), str(size)]
    subprocess.run(command, env=clean, check=True, capture_output=True)
    return folder


def text(seen, name):
    return seen["widgets"].get(name, {}).get("text", "")


def ready(seen, name):
    return seen["widgets"].get(name, {}).get("ready", False)


@pytest.mark.slow
def test_a_map_and_a_job_that_outlives_qgis(desktop, photograph, tmp_path):
    samples(tmp_path / "a folder of images", 1024)
    samples(tmp_path / "large", LARGE)
    folder, project = tmp_path / "a folder of images", tmp_path / "flood.qgz"
    profile = prepare_profile(tmp_path / "profile")
    (folder / "post.qml").write_text(GREY)  # the style that QGIS takes for this image
    with qgis(desktop, tmp_path, PLUGINS, *profile, str(folder / "post.tif")) as window:
        window.fill_screen()
        map_with_two_dates_before(window, folder, photograph)
        window.press("ctrl+s")
        window.answer_file_dialog(project)
        run_on_a_drawn_area(window, tmp_path / "large" / "post.tif", photograph)
        assert window.look()["jobs"] == ["succeeded", "running"]
        window.close()
    with qgis(desktop, tmp_path, PLUGINS, *profile, str(project)) as window:
        window.fill_screen()
        window.click("tab 1")
        window.wait(lambda seen: seen["jobs"] == ["succeeded", "succeeded"], "the end of the second job")
        window.click("message: Add the layers")
        window.wait(lambda seen: seen["groups"].count("Simulated flood (2)") and not seen["draws"], "its layers")
        window.find("jobs")
        photograph("jobs")


def map_with_two_dates_before(window, folder, photograph):
    """From a loaded image and two files to a styled map of a named event."""
    window.click("GeoFM")
    window.click("images after")
    window.click("offered 0")
    window.press("Escape")
    window.click("add a date")
    for number in (1, 2):
        window.click(f"browse before {number}")
        window.answer_file_dialog(folder / f"pre{number}.tif")
    window.click("event")
    window.type("Simulated flood")
    photograph("panel")
    window.click("run")
    window.wait(lambda seen: ready(seen, "cancel"), "the progress")
    window.wait(lambda seen: "Flood map" in seen["layers"] and not seen["draws"], "the layers")
    assert window.look()["groups"] == ["Simulated flood"]
    window.find("areas")
    photograph("map")


def run_on_a_drawn_area(window, image, photograph):
    """Part of a larger image, drawn on the map; back when the job is well on its way."""
    window.scroll_up("panel")
    window.click("browse after", across=0.9)  # its menu
    window.press("c")
    window.click("browse after", across=0.2)
    window.answer_file_dialog(image)
    window.click("canvas", button=5)  # the wheel: zoom out
    window.choose("kind of area", "Rect")
    window.drag("canvas", (0.2, 0.2), (0.8, 0.8))
    window.wait(lambda seen: "km²" in text(seen, "size of the area"), "the size of the area")
    window.click("run")
    window.wait(lambda seen: "left" in text(seen, "progress"), "the progress of the second job")
    photograph("running")
