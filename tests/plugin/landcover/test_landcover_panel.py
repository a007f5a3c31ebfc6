"""The Land cover tab: models that fit the image, the request, and the job that is followed to its map."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsPalettedRasterRenderer,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QLocale, Qt
from queue_home import MS
from real_covers import CLASSES, train_quick, write_covers

from geofm_qgis.dock import GeoFMDock
from geofm_qgis.engine.cards.card import read_card
from geofm_qgis.engine.cards.shelf import models_folder
from geofm_qgis.engine.errors import GeoFMError
from geofm_qgis.engine.jobs.requests import LandcoverRequest
from geofm_qgis.landcover.panel import LandcoverPanel
from geofm_qgis.project.layers import add_result
from geofm_qgis.widgets.bars import BAR

pytest_plugins = ("queue_fixtures",)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_covers(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def trained(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model."""
    folder = tmp_path_factory.mktemp("models") / "my model"
    train_quick(scene, folder, "--name", "My model")
    return folder


@pytest.fixture
def shelved(client: Any, trained: Path) -> Path:
    """The same on the shelf of a queue that is open, beside a folder that is no model."""
    folder = models_folder() / "my model"
    shutil.copytree(trained, folder)
    (models_folder() / "broken").mkdir()
    (models_folder() / "broken" / "card.json").write_text("{}")
    return folder


@pytest.fixture
def panel(shelved: Path, client: Any, qgis_canvas: Any, qgis_new_project: None, qtbot: Any, tmp_path: Path) -> Iterator:
    panel = LandcoverPanel(client, qgis_canvas)
    qtbot.addWidget(panel)
    panel.save_as.folder.setFilePath(str(tmp_path / "maps"))
    panel.model.refresh()
    yield panel
    panel.close_tools()


def offered(panel: LandcoverPanel) -> dict[str, bool]:
    """Each model's title, and whether it can be chosen."""
    model = panel.model.combo.model()
    items = (model.item(row) for row in range(model.rowCount()))
    return {item.text(): bool(item.flags() & Qt.ItemFlag.ItemIsEnabled) for item in items}


# Models ---------------------------------------------------------------------------------------------------------------


def test_models_that_fit_are_offered(panel: LandcoverPanel, scene: Path, shelved: Path) -> None:
    panel.image.set_sources([str(scene / "s2.tif")])
    assert offered(panel) == {"My model": True, "broken": False}
    assert panel.model.folder() == str(shelved)
    assert "9 classes" in panel.model.about.text()
    assert not panel.model.note.isVisibleTo(panel)


def test_others_say_why_they_are_not(panel: LandcoverPanel, scene: Path) -> None:
    panel.image.set_sources([str(scene / "post.tif")])
    assert offered(panel) == {"My model": False, "broken": False}
    assert "The model My model needs B02" in panel.model.note.text()
    assert "Options > Names of bands" in panel.model.note.text()
    panel.run()  # what mends it is unfolded
    assert not panel.options.parentWidget().isCollapsed()
    assert panel.model.note.isVisibleTo(panel)
    with pytest.raises(GeoFMError, match="which the image does not have: it has VV, VH"):
        panel.request()


def test_names_of_bands_make_a_model_fit(panel: LandcoverPanel, scene: Path) -> None:
    panel.image.set_sources([str(scene / "post.tif")])
    panel.options.widgets["bands"].setText("B02, B03, B04, B05, B06, B07, B08, B8A, B11, B12")
    panel.options.widgets["bands"].editingFinished.emit()
    assert offered(panel)["My model"]


def test_a_model_elsewhere(panel: LandcoverPanel, scene: Path, trained: Path, tmp_path: Path) -> None:
    panel.image.set_sources([str(scene / "s2.tif")])
    panel.model.choose(str(trained))
    assert panel.request().model == str(trained)
    panel.model.choose(str(tmp_path))
    with pytest.raises(GeoFMError, match=r"card\.json"):
        panel.request()


def test_without_any_model(client: Any, qgis_canvas: Any, qgis_new_project: None, qtbot: Any, scene: Path) -> None:
    panel = LandcoverPanel(client, qgis_canvas)
    qtbot.addWidget(panel)
    panel.image.set_sources([str(scene / "s2.tif")])
    assert "train one in the Train tab" in panel.model.note.text()
    with pytest.raises(GeoFMError, match="Choose a model first"):
        panel.request()
    panel.close_tools()


# What is asked for ----------------------------------------------------------------------------------------------------


def test_everything_that_is_chosen_is_asked_for(panel: LandcoverPanel, scene: Path, tmp_path: Path) -> None:
    panel.image.set_sources([str(scene / "s2.tif")])
    utm = QgsCoordinateReferenceSystem("EPSG:32633")
    panel.aoi.set_geometry(QgsGeometry.fromRect(QgsRectangle(500_000, 5_000_000, 501_000, 5_001_000)), utm)
    panel.save_as.name.setText("Spring: 2024")
    panel.options.widgets["min_area_ha"].setValue(1.5)
    panel.options.widgets["augment"].setChecked(True)
    panel.options.widgets["probabilities"].setChecked(True)
    panel.options.widgets["confidence"].setChecked(True)
    request = panel.request()
    assert json.loads(request.aoi)["type"] == "Polygon"
    assert (request.name, request.min_area_ha, request.augment) == ("Spring: 2024", 1.5, True)
    assert Path(request.map).parent == tmp_path / "maps" / "Spring 2024"
    assert set(request.outputs()) == {"map", "polygons", "report", "confidence", "probabilities"}


def test_defaults_are_those_of_the_command(panel: LandcoverPanel, scene: Path, shelved: Path) -> None:
    panel.image.set_sources([str(scene / "s2.tif")])
    assert panel.aoi.size.text().endswith(" pixels") and "km²" in panel.aoi.size.text()
    request = panel.request()
    assert request == LandcoverRequest(request.image, str(shelved), **request.outputs())


def test_what_is_missing_is_told(panel: LandcoverPanel, qtbot: Any) -> None:
    with qtbot.waitSignal(panel.problem, timeout=MS) as told:
        panel.run_bar.run.click()
    assert "Choose the image to map first" in told.args[0]


def test_from_training_to_mapping(
    shelved: Path, client: Any, qgis_canvas: Any, qgis_new_project: None, scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock = GeoFMDock(client, qgis_canvas)
    started = []
    monkeypatch.setattr(dock.landcover, "run", lambda: started.append(dock.landcover.request()))
    dock.train.images.set_dates([[str(scene / "s2.tif")]])
    dock.train.map_requested.emit(str(shelved))
    assert [request.image for request in started] == [(str(scene / "s2.tif"),)]  # the one click maps
    assert dock.tabs.currentWidget() is dock.landcover
    assert dock.landcover.model.folder() == str(shelved)
    assert dock.landcover.image.sources() == (str(scene / "s2.tif"),)
    for panel in dock.pages:
        panel.close_tools()
    dock.deleteLater()


# A real job -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mapped(panel: LandcoverPanel, client: Any, scene: Path, qtbot: Any) -> Any:
    panel.image.set_sources([str(scene / "s2.tif")])
    panel.options.widgets["confidence"].setChecked(True)
    panel.options.widgets["probabilities"].setChecked(True)
    panel.save_as.name.setText("Spring")
    with qtbot.waitSignal(client.job_ended, timeout=MS) as end:
        panel.run_bar.run.click()
    (job,) = end.args
    assert job.state == "succeeded", job.message
    return job


def test_a_run_is_followed_to_its_map(panel: LandcoverPanel, mapped: Any, tmp_path: Path) -> None:
    panel.outcome.show_result(mapped.result)
    summary = mapped.result.summary
    assert panel.outcome.title.text() == "Spring"
    assert "My model" in panel.outcome.model.text()
    table = panel.outcome.table
    shown = {table.item(row, 0).text(): table.item(row, 2).text() for row in range(table.rowCount() - 1)}
    assert table.item(table.rowCount() - 1, 0).text() == "Together"
    unit = {"ha": 1.0, "m²": 1e4}[table.horizontalHeaderItem(2).text()]
    areas = {name: unit * area["ha"] for name, area in summary["areas"].items() if area["pixels"]}
    assert {name: QLocale().toDouble(text)[0] for name, text in shown.items()} == pytest.approx(areas, rel=0.01)
    bars = [table.item(row, 1).data(BAR) for row in range(table.rowCount() - 1)]
    assert bars == sorted(bars, reverse=True)
    assert bars[0] == 1.0

    group = add_result(mapped.result, mapped.load_request())
    assert group.name() == "Spring, 2024-05-20"
    nodes = {node.name().replace(f" ({group.name()})", ""): node for node in group.findLayers()}
    assert list(nodes) == ["Land cover polygons", "Land cover", "Confidence (%)", "Class probabilities (%)"]
    assert {name for name, node in nodes.items() if node.itemVisibilityChecked()} == {"Land cover"}
    colours = {item["name"]: item["color"] for item in summary["classes"]}
    raster, polygons = nodes["Land cover"].layer(), nodes["Land cover polygons"].layer()
    assert isinstance(raster.renderer(), QgsPalettedRasterRenderer)
    drawn = {item.label: item.color.name() for item in raster.renderer().classes()}
    assert {name: drawn[name] for name in CLASSES} == colours
    assert isinstance(polygons.renderer(), QgsCategorizedSymbolRenderer)
    assert {item.label(): item.symbol().color().name() for item in polygons.renderer().categories()} == colours


def test_a_stored_project_remembers_model_and_labels(mapped: Any, trained: Path, tmp_path: Path) -> None:
    add_result(mapped.result, mapped.load_request())
    project = QgsProject.instance()
    assert project.write(str(tmp_path / "covers.qgz"))
    project.clear()
    assert project.read(str(tmp_path / "covers.qgz"))
    layers = project.mapLayers().values()
    assert len(layers) == 4
    accuracy = read_card(trained).metrics["overall_accuracy"]
    for layer in layers:
        assert layer.customProperty("geofm/model") == mapped.load_request().model
        assert layer.customProperty("geofm/model_title") == "My model"
        assert layer.customProperty("geofm/labels") == "training_polygons.gpkg"
        history = layer.metadata().history()
        assert "Model: My model" in history
        assert "Labels that the model learned from: training_polygons.gpkg" in history
        assert f"Accuracy of the model on labels that it had not seen: {accuracy:.1%}" in history
        assert any(line.startswith("Image, acquired 2024-05-20") and "s2.tif" in line for line in history)
