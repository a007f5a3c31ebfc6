"""A flood is learned in the Train tab from images after and before, and its model maps in the Flood tab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsRasterLayer, QgsRectangle, QgsVectorLayer
from queue_home import MS
from real_maps import write_scene

from geofm_qgis.dock import GeoFMDock
from geofm_qgis.engine.cards.card import BandSpec, Card, ClassSpec
from geofm_qgis.engine.errors import GeoFMError

pytest_plugins = ("queue_fixtures",)

CLASSES = ("dry", "permanent water", "flood")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture
def dock(client: Any, qgis_canvas: Any, qgis_new_project: None, qtbot: Any, tmp_path: Path) -> Iterator[GeoFMDock]:
    dock = GeoFMDock(client, qgis_canvas)
    qtbot.addWidget(dock)
    dock.train.save_as.folder.setFilePath(str(tmp_path / "reports"))
    yield dock
    for page in dock.pages:
        page.close_tools()
    QgsProject.instance().clear()


def labelled(scene: Path, *classes: str) -> QgsVectorLayer:
    """A square for each class, within the scene."""
    extent = QgsRasterLayer(str(scene / "post.tif"), "post").extent()
    layer = QgsVectorLayer("Polygon?crs=EPSG:32633&field=class:string", "floods", "memory")
    for number, name in enumerate(classes):
        feature = QgsFeature(layer.fields())
        x, y = extent.xMinimum() + 100 + 300 * number, extent.yMinimum() + 100
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x, y, x + 200, y + 200)))
        feature["class"] = name
        layer.dataProvider().addFeatures([feature])
    return QgsProject.instance().addMapLayer(layer)


def choose(dock: GeoFMDock, scene: Path, *dates: str) -> None:
    dock.train.subject.set_flood(True)
    dock.train.floods.post.set_sources([str(scene / f"{dates[0]}.tif")])
    dock.train.floods.pre.set_dates([[str(scene / f"{date}.tif")] for date in dates[1:]])


def networks(dock: GeoFMDock) -> list[str]:
    box = dock.train.options.network
    return [box.itemData(row) for row in range(box.count())]


def test_images_after_and_before_are_asked_for(dock: GeoFMDock, scene: Path, qtbot: Any) -> None:
    train = dock.train
    assert train.images.isVisibleTo(train) and not train.floods.isVisibleTo(train)
    assert "fc-siam-diff" not in networks(dock)
    choose(dock, scene, "post", "pre1")
    assert not train.images.isVisibleTo(train) and train.floods.isVisibleTo(train)
    assert train.presets.preset() == "best"  # the others see one date
    assert not train.presets.buttons["quick"].isEnabled()
    assert "fc-siam-diff" in networks(dock)
    train.labels.set_layer(labelled(scene, *CLASSES))
    qtbot.waitUntil(lambda: {*train.labels.counts.classes} == {*CLASSES}, timeout=MS)
    train.options.network.setCurrentIndex(train.options.network.findData("fc-siam-diff"))
    request = train.request()
    assert request.images == ((str(scene / "post.tif"),), (str(scene / "pre1.tif"),))
    assert (request.dates, request.preset, request.network) == ((0, 1), "best", "fc-siam-diff")
    train.floods.pre.set_dates([])
    assert train.presets.buttons["quick"].isEnabled()
    train.presets.set_preset("quick")
    request = train.request()
    assert (request.images, request.dates) == (((str(scene / "post.tif"),),), ())


def test_classes_that_are_none_of_floods_are_told(dock: GeoFMDock, scene: Path, qtbot: Any) -> None:
    choose(dock, scene, "post")
    dock.train.labels.set_layer(labelled(scene, "forest", "maize"))
    qtbot.waitUntil(lambda: len(dock.train.labels.counts.classes) == 2, timeout=MS)
    with pytest.raises(GeoFMError, match=r"A flood model has the classes dry, .* here they are forest, maize"):
        dock.train.request()


def test_a_flood_model_maps_in_the_flood_tab(
    dock: GeoFMDock, scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bands = tuple(BandSpec(name, "db", -14.0, 4.0, date) for date in (0, 1) for name in ("VV", "VH"))
    classes = tuple(ClassSpec(value, name, "#1f60a8") for value, name in enumerate(CLASSES))
    card = Card(
        name="mine", title="My floods", task="segmentation", architecture="smp", parameters={"network": "unet"},
        weights="weights.safetensors", sha256="0" * 64, bands=bands, classes=classes,
    )  # fmt: skip
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
    (folder / "weights.safetensors").write_bytes(b"")
    choose(dock, scene, "post", "pre1")
    started: list[Any] = []
    monkeypatch.setattr(dock.flood, "run", lambda: started.append(dock.flood.request()))
    dock.train.map_requested.emit(str(folder))
    assert dock.tabs.currentWidget() is dock.flood
    (request,) = started
    assert request.model == str(folder)
    assert (request.post, request.pre) == ((str(scene / "post.tif"),), ((str(scene / "pre1.tif"),),))
