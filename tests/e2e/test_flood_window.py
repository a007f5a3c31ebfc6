"""An analyst maps a flood in a real QGIS window, by mouse and keyboard alone, and closes QGIS too early."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from desktop import lane_processes, qgis

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
MOST_CLICKS = 5
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
    # For the pictures the image lies below the map; otherwise the project is empty.
    loaded = [str(folder / "post.tif")] if os.environ.get("GEOFM_PICTURES") else []
    with qgis(desktop, tmp_path, PLUGINS, *profile, *loaded) as window:
        window.fill_screen()
        map_with_two_dates_before(window, folder, photograph)
        window.press("ctrl+s")
        window.answer_file_dialog(project)
        run_on_a_drawn_area(window, tmp_path / "large" / "post.tif")
        # However fast the machine is: the job stands still until QGIS has been closed and opened again.
        (worker,) = lane_processes(tmp_path / "jobs", "long")  # images are looked at in another lane
        os.kill(worker, signal.SIGSTOP)
        photograph("running")
        window.press("ctrl+s")  # the image that was chosen is on the map, and QGIS would ask
        window.close()
    with qgis(desktop, tmp_path, PLUGINS, *profile, str(project)) as window:
        window.fill_screen()
        window.click("tab Jobs")
        window.wait(lambda seen: seen["jobs"] == ["succeeded", "running"], "the job that outlived QGIS")
        os.kill(worker, signal.SIGCONT)
        window.wait(lambda seen: seen["jobs"] == ["succeeded", "succeeded"], "its end")
        window.click("message: Add the layers")
        window.wait(
            lambda seen: any(name.endswith("(2)") for name in seen["groups"]) and not seen["draws"], "its layers"
        )
        window.find("jobs")
        photograph("jobs")


@pytest.mark.slow
def test_two_dates_before_take_five_clicks(desktop, photograph, tmp_path):
    """The images are loaded, the panel is open: they sort themselves by date."""
    folder = samples(tmp_path / "images", 512)
    names = ("pre2", "pre1", "post")
    profile = prepare_profile(tmp_path / "profile")
    clicks = []
    with qgis(desktop, tmp_path, PLUGINS, *profile, *(str(folder / f"{name}.tif") for name in names)) as window:
        window.fill_screen()
        window.click("GeoFM")
        for place in ("list after", *(f"image {name}" for name in names), "run"):
            window.click(place)
            clicks.append(place)
        window.wait(lambda seen: "Flood map" in seen["layers"] and not seen["draws"], "the layers")
        window.wait(lambda seen: text(seen, "facts 2").startswith("2024-05-06"), "the dates beside the images")
        window.scroll_up("panel")
        window.find("facts 0")
        photograph("dates")
        move_the_threshold(window, photograph)
    assert len(clicks) <= MOST_CLICKS


def move_the_threshold(window, photograph):
    """By mouse, by marks, and a map with what comes of it."""
    window.scroll_down("panel")
    window.pull("flood threshold", 25)
    window.wait(lambda seen: seen["water"] and not text(seen, "told of water"), "what would be water")
    window.click("as found")
    window.click("mark flood")
    window.click_at("canvas", 0.4, 0.5)
    window.wait(lambda seen: "1 of 1" in text(seen, "told of marks"), "what the mark says")
    window.click("mark no flood")
    window.click_at("canvas", 0.35, 0.35)
    window.wait(lambda seen: "2 of 2" in text(seen, "told of marks"), "what both say")
    window.press("Escape")
    window.scroll_down("panel")
    photograph("threshold")
    window.pull("flood threshold", 20)
    window.click("map again")
    window.wait(lambda seen: len(seen["groups"]) == 2 and not seen["draws"], "the map with other thresholds")
    window.find("areas")


def map_with_two_dates_before(window, folder, photograph):
    """From three files to a styled map of a named event."""
    window.click("GeoFM")
    window.click("browse after", across=0.2)
    window.answer_file_dialog(folder / "post.tif")
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
    (group,) = window.look()["groups"]
    assert group.startswith("Simulated flood, 20")  # with the day of the image
    window.find("areas")
    photograph("map")


def run_on_a_drawn_area(window, image):
    """Part of a larger image, drawn on the map; back when the job is well on its way."""
    window.scroll_up("panel")
    window.click("browse after", across=0.9)  # its menu
    window.press("c")
    window.click("browse after", across=0.2)
    window.answer_file_dialog(image)
    for _ in range(2):
        window.click("canvas", button=5)  # the wheel: zoom out
    window.choose("kind of area", "Rect")
    window.drag("canvas", (0.2, 0.2), (0.8, 0.8))
    window.wait(lambda seen: "km²" in text(seen, "size of the area"), "the size of the area")
    window.click("run")
    window.wait(lambda seen: "left" in text(seen, "progress"), "the progress of the second job")
