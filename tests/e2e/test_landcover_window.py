"""An analyst draws polygons on an image, trains a model and maps land cover, in a real QGIS window, by mouse alone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from desktop import qgis

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from open_qgis import PLUGINS, prepare_profile  # noqa: E402 - scripts is no package

GEOFM = ROOT / ".venv" / "engine" / "bin" / "geofm"
CLASSES = ("water", "forest", "grassland", "maize")
SIDE = 60.0  # m, of the polygons that are drawn
COLOURS = """<qgis><pipe><rasterrenderer type="multibandcolor" redBand="3" greenBand="2" blueBand="1" opacity="1">
{}</rasterrenderer></pipe></qgis>"""
STRETCH = """<{0}ContrastEnhancement><minValue>100</minValue><maxValue>2200</maxValue>
<algorithm>StretchToMinimumMaximum</algorithm></{0}ContrastEnhancement>"""
POINTS = 6 if os.environ.get("GEOFM_PICTURES") else 2  # of the curves, before it is stopped


def places_of(scene: Path) -> list[tuple[str, float, float]]:
    """Class and middle of each simulated polygon."""
    with sqlite3.connect(scene / "training_polygons.gpkg") as file:
        rows = file.execute(
            "select t.class, r.minx, r.maxx, r.miny, r.maxy from training_polygons t "
            "join rtree_training_polygons_geom r on r.id = t.fid"
        ).fetchall()
    return [(name, (west + east) / 2, (south + north) / 2) for name, west, east, south, north in rows]


def draw(window, x, y):
    """A square on the map, corner by corner; the right button ends it."""
    seen = window.look()
    (left, top, width, height), (west, south, east, north) = seen["widgets"]["canvas"]["rect"], seen["extent"]
    for across, up in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        column = left + (x + across * SIDE / 2 - west) / (east - west) * width
        row = top + (north - y - up * SIDE / 2) / (north - south) * height
        window.desktop.do("mousemove", round(column), round(row), "click", 1)
    window.desktop.do("click", 3)


@pytest.mark.slow
def test_from_an_image_to_a_map(desktop, photograph, tmp_path):
    scene = tmp_path / "a folder of images"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_"))}
    subprocess.run([str(GEOFM), "samples", str(scene), "--size", "512"], env=clean, check=True, capture_output=True)
    bands = "".join(STRETCH.format(band) for band in ("red", "green", "blue"))
    (scene / "s2.qml").write_text(COLOURS.format(bands))  # the style that QGIS takes for this image
    profile = prepare_profile(tmp_path / "profile")
    with qgis(desktop, tmp_path, PLUGINS, *profile, str(scene / "s2.tif")) as window:
        window.fill_screen()
        label(window, scene, tmp_path / "fields.gpkg", photograph)
        photograph("landcover-labels")
        train_quick(window, photograph)
        map_it(window, photograph)
        watch_a_network(window, photograph)


def label(window, scene, file, photograph):
    """A new layer with four classes and the polygons of the simulator, drawn anew."""
    window.click("GeoFM")
    window.click("tab Train")
    window.click("browse image", across=0.2)
    window.answer_file_dialog(scene / "s2.tif")
    window.click("new labels")
    window.click("labels file")
    window.press("ctrl+a")
    window.type(str(file))
    for number, name in enumerate(CLASSES, 1):
        if f"new class {number}" not in window.look()["widgets"]:
            window.click("one more class")
        window.click(f"new class {number}")
        window.press("F2", "ctrl+a")
        window.type(name)
        window.press("Return")
    window.find("make labels")
    photograph("landcover-new-labels")
    window.click("make labels")
    window.wait(lambda seen: not seen["dialog"], "the end of the dialog")
    places = places_of(scene)
    for name in CLASSES:
        window.click(f"class {name}")
        window.wait(lambda seen: not seen["draws"], "the map")
        of_class = [place for place in places if place[0] == name]
        for number, (_, x, y) in enumerate(of_class, 1):
            draw(window, x, y)
            window.wait(lambda seen, name=name, number=number: seen["polygons"].get(name) == number, f"{name} {number}")


def train_quick(window, photograph):
    """From Start to the matrix."""
    window.click("start")
    window.wait(lambda seen: seen["jobs"] == ["succeeded"], "the model")
    window.find("scores")  # a model without a mistake has no layer of them
    window.wait(lambda seen: not seen["draws"], "the map")
    photograph("landcover-accuracy")


def map_it(window, photograph):
    """With the model that was just made, on the image that it learned from."""
    window.click("map with this model")
    window.wait(lambda seen: "Land cover" in seen["layers"] and not seen["draws"], "the map")
    window.find("cover areas")
    photograph("landcover-map")


def watch_a_network(window, photograph):
    """Best, until its curves are seen; then the best of it is kept."""
    window.click("tab Train")
    window.scroll_up("train panel")
    window.click("best", across=0.1)
    window.click("start")
    for number in range(1, POINTS + 1):
        window.wait(lambda seen, number=number: seen["epochs"] >= number, f"epoch {number}")
    window.find("curves")
    photograph("landcover-curves")
    window.click("stop")
    window.wait(lambda seen: seen["jobs"] == ["succeeded"] * 3, "the best model so far")
