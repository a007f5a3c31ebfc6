"""`qgis_process` runs the algorithms of all three jobs, without a window, with the real engine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from processing_asking import Terminal
from qgis.core import QgsRasterLayer, QgsVectorLayer
from real_covers import write_covers
from search_world import write_encoder, write_ground

from geofm_qgis.engine.cards.card import CARD

pytest_plugins = ("processing_fixtures",)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("qgis_process.bin"), reason="qgis_process.bin is not installed"),
]


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
