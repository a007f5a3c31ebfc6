"""An analyst makes images searchable in a real QGIS window and finds places in them, by mouse and keyboard alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from desktop import FRAME, qgis
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsRectangle,
)

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from open_qgis import PLUGINS, prepare_profile  # noqa: E402 - scripts is no package

ENGINE = ROOT / ".venv" / "engine" / "bin" / "python"
MODEL = ROOT / "resources" / "models" / "geofm-basic"
MAKE = ROOT / "tests" / "plugin" / "make_search_world.py"
SIZE = (1200, 880)  # of the window, with its frame: in docs/ a larger one is hard to read
VILLAGE = (501_450, 4_995_700, 502_000, 4_996_100)  # its west, south, east and north in EPSG:32633


def make(home, *words):
    """An image, or a model that knows what is on it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_"))}
    environment = {**kept, "GEOFM_HOME": str(home), "PYTHONPATH": str(ROOT)}
    subprocess.run([str(ENGINE), str(MAKE), *map(str, words)], env=environment, check=True, capture_output=True)


def text(seen, name):
    return seen["widgets"].get(name, {}).get("text", "")


def ready(seen, name):
    return seen["widgets"].get(name, {}).get("ready", False)


@pytest.fixture
def tiles():
    """Sentinel-2 images, to be put side by side; docs/ may show them, other than the aerial pictures of the data."""
    named = os.environ.get("GEOFM_TEST_DATA")
    if not named:
        pytest.skip("GEOFM_TEST_DATA names no folder of real data")
    return Path(named) / "lulc" / "msclip_s2_l2a"


@pytest.fixture
def photograph(photograph, desktop, tmp_path):
    """Pictures of the window alone."""
    folder = Path(os.environ.get("GEOFM_PICTURES") or tmp_path)

    def take(name):
        photograph(name)
        file = str(folder / f"{name}.png")
        part = ["-crop", f"{SIZE[0]}x{SIZE[1]}+0+0", "+repage", "-dither", "None", "-colors", "255"]
        subprocess.run(["convert", file, *part, f"PNG8:{file}"], env=desktop.environment, check=True)

    return take


@pytest.mark.slow
def test_from_images_to_saved_hits(desktop, photograph, tiles, tmp_path):
    home, image = tmp_path / "jobs", tmp_path / "town and country.tif"
    home.mkdir(mode=0o700)
    make(home, "encoder", tmp_path / "colours")  # makes the text tower ready, too
    shutil.copytree(MODEL if MODEL.is_dir() else tmp_path / "colours", home / "models" / "words")
    make(home, "mosaic", image, tiles)
    profile = prepare_profile(tmp_path / "profile")
    loaded = [str(image)] if os.environ.get("GEOFM_PICTURES") else []
    with qgis(desktop, tmp_path, PLUGINS, *profile, *loaded) as window:
        window.fill_screen()
        window.click("GeoFM")
        window.find("tab Search")
        window.press("ctrl+2")  # the browser of files leaves
        fit(window)
        build_an_index(window, image, photograph)
        for phrase in ("houses", "fields of crops not: houses"):
            ask(window, phrase)
        photograph("search-hits")
        ask_for_more_like_an_area(window, photograph)
        ask(window, "sea")
        mark_and_ask_again(window)
        filter_and_save(window, tmp_path / "hits.gpkg", photograph)


def fit(window):
    """A window as small as it is in docs/; a long message above the map keeps it wide for some seconds."""
    (number, *_) = window.desktop.do("search", "--onlyvisible", "--class", "qgis").split()
    while True:
        window.desktop.do("windowsize", number, SIZE[0], SIZE[1] - FRAME)
        left, _, width, _ = window.find("tab Jobs")["rect"]
        if left + width <= SIZE[0]:
            return


def build_an_index(window, image, photograph):
    """From a file to an index that can be asked."""
    window.click("tab Search")
    window.click("browse images to search", across=0.2)
    window.answer_file_dialog(image)
    window.click("name of the index")
    window.type("My images")
    window.wait(lambda seen: text(seen, "name of the index") == "My images", "the name")
    photograph("search-build")
    window.click("build")
    window.wait(lambda seen: "one image" in text(seen, "facts of the index"), "the index")
    window.wait(lambda seen: "Indexed images" in seen["layers"] and not seen["draws"], "the outlines of the images")
    x, y, width, _ = window.find("canvas")["rect"]
    window.desktop.do("mousemove", x + width - 32, y + 18, "click", 1)  # the message above the map is closed
    fit(window)


def ask(window, phrase):
    """Type a phrase and press Enter; back when its hits are there."""
    window.click("query", across=0.3)
    window.press("ctrl+a")
    window.type(phrase)
    window.press("Return")
    name = phrase.replace(" not: ", ", not ")
    window.wait(lambda seen: name in seen["layers"] and text(seen, "shown hits") and not seen["draws"], f"“{phrase}”")
    shown, hits = text(window.look(), "shown hits").split(" of ")
    assert int(shown) == int(hits) > 10
    window.find("hit 6")
    window.wait(lambda seen: not seen["draws"], "the hits on the map")


def ask_for_more_like_an_area(window, photograph):
    """A rectangle instead of words: from the query line the keyboard reaches its button, the mouse draws it."""
    window.click("query", across=0.3)
    window.press("ctrl+a", "Delete", *["Tab"] * 4, "space")
    seen = window.wait(lambda seen: not seen["draws"], "the map")
    west, south, east, north = seen["extent"]
    village = VILLAGE if west > 360 else in_degrees(VILLAGE)  # without a layer of the image the map is in degrees
    across = [(x - west) / (east - west) for x in village[::2]]
    down = [(north - y) / (north - south) for y in village[1::2]]
    window.drag("canvas", (across[0], down[1]), (across[1], down[0]))
    window.wait(lambda seen: any("like an area" in layer for layer in seen["layers"]), "more like an area")
    window.find("hit 6")
    window.wait(lambda seen: not seen["draws"], "the hits on the map")
    photograph("search-area")
    window.click("query", across=0.3)
    window.press(*["Tab"] * 6, "space")  # the cross of the rectangle


def in_degrees(box):
    """West, south, east and north in WGS 84."""
    systems = QgsCoordinateReferenceSystem("EPSG:32633"), QgsCoordinateReferenceSystem("EPSG:4326")
    found = QgsCoordinateTransform(*systems, QgsCoordinateTransformContext()).transformBoundingBox(QgsRectangle(*box))
    return found.xMinimum(), found.yMinimum(), found.xMaximum(), found.yMaximum()


def mark_and_ask_again(window):
    """Two hits are good, one is bad; the map goes to the one that is clicked last."""
    for hit, key in (("hit 2", "minus"), ("hit 3", "plus"), ("hit 1", "plus")):
        window.click(hit)
        window.press(key)
    window.wait(lambda seen: text(seen, "marks") == "2 good, 1 bad", "the marks")
    window.click("search again")
    window.wait(lambda seen: any("2 good and 1 bad" in layer for layer in seen["layers"]), "the next answer")
    window.find("hit 6")


def filter_and_save(window, path, photograph):
    """The line of the histogram is dragged, and what is left is saved."""
    window.pull("threshold", 20)
    seen = window.wait(lambda seen: len({*text(seen, "shown hits").split(" of ")}) == 2, "fewer hits")
    window.find("hit 6")
    window.wait(lambda seen: not seen["draws"], "the hits that are left on the map")
    photograph("search-filter")
    window.click("save hits")
    window.answer_file_dialog(path)
    window.wait(lambda seen: path.name in text(seen, "told of hits"), "the saved layer")
    assert path.is_file() and path.stem in window.look()["layers"], seen["layers"]
