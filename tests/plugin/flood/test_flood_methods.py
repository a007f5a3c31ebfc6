"""The methods of the Flood tab: what fits is offered and says how good it was, and two are compared."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import Qt
from queue_home import ENGINE_PYTHON, MS
from real_maps import REPOSITORY, write_scene

from geofm_qgis.engine.cards.shelf import models_folder
from geofm_qgis.engine.jobs.processes import FOREIGN
from geofm_qgis.flood.panel import FloodPanel
from geofm_qgis.project.layers import add_result

pytest_plugins = ("queue_fixtures",)

WITHOUT = "Without weights"
MAKE = """
import sys
from pathlib import Path
from linear_networks import put_pair, put_single
row = {"model": 0.9, "weights_free": 0.8, "measure": "F1 of flood", "recommended": True}
put_pair(Path(sys.argv[1]) / "pair", title="A net of two dates", metrics={"inputs": {"dB pairs": row}})
put_single(Path(sys.argv[1]) / "single", title="A net of one date")
"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network of two dates and one of one, whose verdicts are sums of decibels."""
    folder = tmp_path_factory.mktemp("networks")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    tests = REPOSITORY / "tests" / "engine"
    paths = os.pathsep.join(map(str, (REPOSITORY, tests, tests / "flood")))
    subprocess.run([str(ENGINE_PYTHON), "-c", MAKE, str(folder)], env={**clean, "PYTHONPATH": paths}, check=True)
    return folder


@pytest.fixture
def panel(
    networks: Path, client: Any, qgis_canvas: Any, qgis_new_project: None, qtbot: Any, tmp_path: Path
) -> Iterator[FloodPanel]:
    for name in ("pair", "single"):
        shutil.copytree(networks / name, models_folder() / name)
    panel = FloodPanel(client, qgis_canvas)
    qtbot.addWidget(panel)
    panel.save_as.folder.setFilePath(str(tmp_path / "maps"))
    panel.look_at_models()
    yield panel
    panel.close_tools()


def offered(combo: Any) -> dict[str, bool]:
    """Each method's title, and whether it can be chosen; those that come with GeoFM left out."""
    items = (combo.model().item(row) for row in range(combo.count()))
    all_items = {item.text(): bool(item.flags() & Qt.ItemFlag.ItemIsEnabled) for item in items}
    return {title: enabled for title, enabled in all_items.items() if not title.startswith("GeoFM")}


def choose(combo: Any, title: str) -> None:
    combo.setCurrentIndex(next(row for row in range(combo.count()) if combo.itemText(row).startswith(title)))


def test_what_fits_the_images_is_offered_and_says_how_good_it_was(panel: FloodPanel, scene: Path) -> None:
    panel.post.set_sources([str(scene / "post.tif")])
    assert offered(panel.method.combo) == {WITHOUT: True, "A net of one date": True, "A net of two dates": False}
    assert panel.request().model is None
    panel.pre.set_dates([[str(scene / "pre1.tif")]])
    assert offered(panel.method.combo) == {
        WITHOUT: True,
        "A net of two dates (recommended)": True,
        "A net of one date": True,
    }
    told = "For these images A net of two dates did better: dB pairs: F1 of flood 0.90, without weights 0.80"
    assert panel.method.advice.text() == told
    choose(panel.method.combo, "A net of two dates")
    assert panel.method.about.text().startswith("Needs VV, VH of 2 dates: after the flood and before it.")
    assert not panel.method.advice.isVisibleTo(panel)
    assert panel.request().model == str(models_folder() / "pair")


def test_a_method_that_no_longer_fits_says_why(panel: FloodPanel, scene: Path) -> None:
    panel.post.set_sources([str(scene / "post.tif")])
    panel.pre.set_dates([[str(scene / "pre1.tif")]])
    choose(panel.method.combo, "A net of two dates")
    panel.pre.set_dates([])
    assert "compares images of 2 dates, and 1 is given" in panel.method.note.text()
    with pytest.raises(Exception, match="compares images of 2 dates"):
        panel.request()


def test_two_methods_are_compared_on_the_map(panel: FloodPanel, client: Any, scene: Path, qtbot: Any) -> None:
    panel.map_with(str(models_folder() / "pair"), [[str(scene / "post.tif")], [str(scene / "pre1.tif")]])
    choose(panel.method.other, "Without weights")
    request = panel.request()
    assert (request.compare_with, Path(request.agreement).name) == ("thresholds", "agreement.tif")
    with qtbot.waitSignal(client.job_ended, timeout=MS) as end:
        panel.run()
    (job,) = end.args
    assert job.state == "succeeded", job.message
    panel.outcome.show_result(job.result)
    assert panel.outcome.method.text() == "By A net of two dates"
    table = panel.outcome.agreement
    names = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert names == ["Flood by both", "Flood by A net of two dates alone", "Flood by thresholds alone"]
    assert panel.outcome.agreement.isVisibleTo(panel.outcome)
    assert not panel.outcome.plot.isVisibleTo(panel.outcome)
    group = add_result(job.result, request)
    layers = {node.layer().source(): node.layer() for node in group.findLayers()}
    layer = layers[request.agreement]
    assert isinstance(layer, QgsRasterLayer)
    assert [item.label for item in layer.renderer().classes()] == names
    QgsProject.instance().clear()
