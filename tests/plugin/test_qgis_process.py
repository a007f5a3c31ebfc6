"""`qgis_process` runs the algorithms of all three jobs, without a window, with the real engine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from qgis.core import QgsRasterLayer, QgsVectorLayer
from queue_home import ENGINE_PYTHON, end_workers_of
from real_covers import write_covers
from search_world import write_encoder, write_ground

from geofm_qgis.engine.cards.card import CARD

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("qgis_process.bin"), reason="qgis_process.bin is not installed"),
]

PLUGINS = Path(__file__).resolve().parents[2] / "build" / "plugins"


class Terminal(NamedTuple):
    """A user's home, with the plugin switched on, and a function that runs an algorithm in it."""

    home: Path
    run: Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    user, home = tmp_path / "user", tmp_path / "home"
    user.mkdir()
    home.mkdir(mode=0o700)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(user),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_PLUGINPATH": str(PLUGINS),
        "GEOFM_HOME": str(home),
        "LC_ALL": "C.UTF-8",
    }

    def qgis_process(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["qgis_process.bin", *words]
        return subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path
        )

    def run(name: str, **values: object) -> subprocess.CompletedProcess[str]:
        return qgis_process("run", f"geofm:{name}", "--", *(f"{key}={value}" for key, value in values.items()))

    assert (PLUGINS / "geofm_qgis" / "metadata.txt").is_file(), "make plugin stages the plugin"
    enabled = qgis_process("plugins", "enable", "geofm_qgis")
    assert enabled.returncode == 0, enabled.stderr
    (settings,) = user.rglob("QGIS?.ini")
    with settings.open("a") as file:
        file.write(f"\n[geofm]\nengine_python={ENGINE_PYTHON}\n")
    yield Terminal(home, run)
    end_workers_of(home)


def test_land_cover_is_learned_and_mapped(terminal: Terminal, tmp_path: Path) -> None:
    scene = write_covers(tmp_path / "scene")
    image, labels, model = scene / "s2.tif", scene / "training_polygons.gpkg", tmp_path / "my model"
    learned = terminal.run("trainlandcover", IMAGE=image, LABELS=labels, CLASS_FIELD="class", MODEL=model)
    assert learned.returncode == 0, learned.stdout + learned.stderr
    assert (model / CARD).is_file()
    mapped = terminal.run("maplandcover", IMAGE=image, MODEL=model, MAP=tmp_path / "map.tif")
    assert mapped.returncode == 0, mapped.stdout + mapped.stderr
    assert QgsRasterLayer(str(tmp_path / "map.tif")).extent() == QgsRasterLayer(str(image)).extent()
    failed = terminal.run("maplandcover", IMAGE=scene / "post.tif", MODEL=model, MAP=tmp_path / "other.tif")
    assert failed.returncode != 0
    assert "which the image does not have" in failed.stdout + failed.stderr
    assert not (tmp_path / "other.tif").exists()


def test_an_index_is_built_and_asked(terminal: Terminal, tmp_path: Path) -> None:
    model = write_encoder(terminal.home / "models" / "colours", terminal.home)
    image, index, hits = write_ground(tmp_path / "ground.tif"), tmp_path / "my.index", tmp_path / "hits.gpkg"
    built = terminal.run("buildsearchindex", IMAGES=image, MODEL=model, WINDOWS="16, 32", INDEX=index)
    assert built.returncode == 0, built.stdout + built.stderr
    asked = terminal.run("searchbytext", INDEX=index, QUERY="forest not: town", TOP=20, HITS=hits)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert QgsVectorLayer(str(hits), "", "ogr").featureCount() == 20
    failed = terminal.run("searchbytext", INDEX=tmp_path, QUERY="forest", HITS=tmp_path / "none.gpkg")
    assert failed.returncode != 0
    assert not (tmp_path / "none.gpkg").exists()
