"""A job's result on the map: a group of styled layers that say how they came about."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsLayerTreeGroup,
    QgsLayerTreeModel,
    QgsPalettedRasterRenderer,
    QgsProject,
    QgsRasterLayer,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import qAlpha
from real_maps import map_flood, write_scene

from geofm_qgis.engine.jobs.requests import FloodRequest, from_json
from geofm_qgis.engine.jobs.result import Output, Result
from geofm_qgis.project.layers import LayerError, add_result, group_extent

AOI = "13.622,49.625,13.645,49.641"
GROUP = "River X, 2024-05-30"
NAMES = ["Flood polygons", "Flood map", "Confidence (%)", "Area of interest"]


class Map(NamedTuple):
    folder: Path
    result: Result
    request: FloodRequest


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene, the map of a part of it, and result.json."""
    folder = tmp_path_factory.mktemp("made")
    scene = write_scene(folder / "scene")
    words = ("--dem", scene / "dem.tif", "--aoi", AOI, "--confidence", "--quicklook", "--event", "River X")
    (folder / "result.json").write_text(json.dumps(map_flood(scene, folder / "map", *words)))
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Callable[..., Map]:
    """The map as if it had been made in another folder, perhaps under another name."""

    def make(name: str = "a", group: str = "River X") -> Map:
        folder = tmp_path / name
        shutil.copytree(made / "map", folder)
        text = (made / "result.json").read_text().replace(str(made / "map"), str(folder))
        values = json.loads(text)
        request = from_json(json.dumps(values["summary"]["request"]))
        return Map(folder, Result.from_dict({**values, "group": group}), request)

    return make


@pytest.fixture(autouse=True)
def project(qgis_new_project: None) -> QgsProject:
    return QgsProject.instance()


def layers_of(group: QgsLayerTreeGroup) -> dict:
    return dict(zip(names_of(group), (node.layer() for node in group.findLayers())))


def names_of(group: QgsLayerTreeGroup) -> list[str]:
    """Without the group's, which tells layers apart in lists that show no groups."""
    return [child.name().replace(f" ({GROUP})", "") for child in group.children()]


def test_a_result_becomes_a_group_on_top(project: QgsProject, copy: Callable[..., Map]) -> None:
    project.layerTreeRoot().addGroup("mine")
    flood = copy()
    group = add_result(flood.result, flood.request)
    assert [child.name() for child in project.layerTreeRoot().children()] == [GROUP, "mine"]
    assert names_of(group) == NAMES
    assert all(layer.isValid() for layer in layers_of(group).values())
    assert [child.isVisible() for child in group.children()] == [True, True, False, True]
    assert group.isExpanded()
    assert [child.isExpanded() for child in group.children()] == [False, True, False, True]


def test_a_map_goes_below_shapes_such_as_the_errors_of_its_model(project: QgsProject, copy: Callable[..., Map]) -> None:
    shapes, flood = copy("errors", "Model"), copy()
    alone = Result((shapes.result.outputs[0],), "Model", shapes.result.summary)
    add_result(alone, shapes.request)
    add_result(flood.result, flood.request)
    names = [child.name() for child in project.layerTreeRoot().children()]
    assert names == ["Model, 2024-05-30", GROUP]


def test_extent_of_the_group(copy: Callable[..., Map]) -> None:
    flood = copy()
    group = add_result(flood.result, flood.request)
    mask = layers_of(group)["Flood map"]
    extent = group_extent(group)
    assert extent.crs() == mask.crs()
    assert extent.contains(mask.extent())
    assert extent.width() < 2 * mask.extent().width()


def test_mask_has_classes_with_names_and_colours(copy: Callable[..., Map]) -> None:
    flood = copy()
    mask = layers_of(add_result(flood.result, flood.request))["Flood map"]
    assert isinstance(mask, QgsRasterLayer)
    assert isinstance(mask.renderer(), QgsPalettedRasterRenderer)
    classes = {item.value: (item.label, item.color.name()) for item in mask.renderer().classes()}
    assert classes == {
        1: ("Permanent water", "#1f60a8"),
        2: ("Flood", "#d62739"),
        3: ("Water of unknown kind", "#56aadc"),
    }
    assert mask.dataProvider().sourceHasNoDataValue(1)
    assert mask.dataProvider().sourceNoDataValue(1) == 255


def test_dry_ground_is_transparent(copy: Callable[..., Map]) -> None:
    flood = copy()
    mask = layers_of(add_result(flood.result, flood.request))["Flood map"]
    extent, width, height = mask.extent(), mask.width(), mask.height()
    values = mask.dataProvider().block(1, extent, width, height)
    picture = mask.renderer().block(1, extent, width, height)
    opaque = {
        (values.value(row, column), qAlpha(picture.color(row, column)) > 0)
        for row in range(height)
        for column in range(width)
    }
    assert opaque <= {(0.0, False), (1.0, True), (2.0, True), (255.0, False)}
    assert len(opaque) > 2


def test_legend_shows_what_is_on_the_map(project: QgsProject, copy: Callable[..., Map]) -> None:
    flood = copy()
    group = add_result(flood.result, flood.request)
    model = QgsLayerTreeModel(project.layerTreeRoot())
    shown = dict(zip(names_of(group), (model.layerLegendNodes(node) for node in group.findLayers())))
    lines = {name: [line.data(0) for line in nodes] for name, nodes in shown.items()}
    assert lines["Flood map"] == ["Flood", "Permanent water"]
    assert lines["Flood polygons"] == ["Flood", "Permanent water"]
    assert len(lines["Confidence (%)"]) == 1


def test_polygons_tell_their_area(copy: Callable[..., Map]) -> None:
    flood = copy()
    polygons = layers_of(add_result(flood.result, flood.request))["Flood polygons"]
    assert isinstance(polygons, QgsVectorLayer)
    assert isinstance(polygons.renderer(), QgsCategorizedSymbolRenderer)
    assert polygons.renderer().classAttribute() == "class_id"
    fields = polygons.fields()
    assert polygons.attributeAlias(fields.indexOf("area_km2")) == "Area (km²)"
    assert polygons.attributeAlias(fields.indexOf("class")) == "Class"
    assert "area_km2" in polygons.mapTipTemplate()
    assert "area_km2" in polygons.labeling().settings().fieldName
    assert not polygons.labelsEnabled()
    assert sum(polygon["area_km2"] for polygon in polygons.getFeatures()) > 0


def test_confidence_is_a_ramp(copy: Callable[..., Map]) -> None:
    flood = copy()
    confidence = layers_of(add_result(flood.result, flood.request))["Confidence (%)"]
    assert isinstance(confidence.renderer(), QgsSingleBandPseudoColorRenderer)
    assert (confidence.renderer().classificationMin(), confidence.renderer().classificationMax()) == (50, 100)


def test_no_layer_reads_statistics(copy: Callable[..., Map]) -> None:
    flood = copy()
    for layer in layers_of(add_result(flood.result, flood.request)).values():
        if isinstance(layer, QgsRasterLayer):
            assert not layer.dataProvider().hasStatistics(1)


def test_every_layer_tells_how_it_came_about(copy: Callable[..., Map]) -> None:
    flood = copy()
    for name, layer in layers_of(add_result(flood.result, flood.request)).items():
        metadata = layer.metadata()
        assert metadata.title() == f"River X: {name}"
        assert "km²" in metadata.abstract()
        assert metadata.crs() == layer.crs()
        bounds = metadata.extent().spatialExtents()[0].bounds.toRectangle()
        assert bounds == layer.extent()
        assert metadata.extent().temporalExtents()[0].begin().isValid()
        assert "Sentinel-1" in metadata.keywords("GeoFM")
        history = "\n".join(metadata.history())
        for part in ("Software: GeoFM", "Method:", "post.tif", "pre1.tif", "dem.tif", AOI, "combined", " dB", "2024-"):
            assert part in history, part


def test_layers_survive_saving_moving_and_opening(
    project: QgsProject, copy: Callable[..., Map], tmp_path: Path
) -> None:
    flood = copy("before/50 % of #1 'Ñ' & 東京 (é)")
    add_result(flood.result, flood.request)
    assert project.write(str(tmp_path / "before" / "flood.qgs"))
    project.clear()
    (tmp_path / "before").rename(tmp_path / "after")
    again = QgsProject()
    assert again.read(str(tmp_path / "after" / "flood.qgs"))
    group = again.layerTreeRoot().findGroup(GROUP)
    layers = layers_of(group)
    assert list(layers) == NAMES
    for layer in layers.values():
        assert layer.isValid()
        assert layer.source().startswith(str(tmp_path / "after"))
        assert "Software: GeoFM" in "\n".join(layer.metadata().history())
    assert isinstance(layers["Flood map"].renderer(), QgsPalettedRasterRenderer)
    assert not group.findLayer(layers["Confidence (%)"]).isVisible()


def test_the_same_result_again_makes_no_second_group(project: QgsProject, copy: Callable[..., Map]) -> None:
    flood = copy()
    first = add_result(flood.result, flood.request)
    first.setName("renamed by the user")
    project.layerTreeRoot().insertGroup(0, "mine")
    again = add_result(flood.result, flood.request)
    assert again is first
    assert [child.name() for child in project.layerTreeRoot().children()] == ["mine", "renamed by the user"]
    assert [child.name() for child in again.children()] == [f"{name} (renamed by the user)" for name in NAMES]
    assert len(project.mapLayers()) == len(NAMES)


def test_a_result_goes_back_to_its_group_in_an_opened_project(
    project: QgsProject, copy: Callable[..., Map], tmp_path: Path
) -> None:
    flood = copy()
    add_result(flood.result, flood.request)
    assert project.write(str(tmp_path / "flood.qgz"))
    assert project.read(str(tmp_path / "flood.qgz"))
    add_result(flood.result, flood.request)
    assert len(project.mapLayers()) == len(NAMES)
    assert len(project.layerTreeRoot().children()) == 1


def test_another_result_of_the_same_name_gets_a_number(project: QgsProject, copy: Callable[..., Map]) -> None:
    for name in ("a", "b", "c"):
        flood = copy(name)
        add_result(flood.result, flood.request)
    names = [child.name() for child in project.layerTreeRoot().children()]
    assert names == [f"{GROUP} (3)", f"{GROUP} (2)", GROUP]
    assert len(project.mapLayers()) == 3 * len(NAMES)


def test_the_users_own_layers_stay(project: QgsProject, copy: Callable[..., Map]) -> None:
    flood = copy()
    mine = QgsRasterLayer(str(flood.folder / "flood.tif"), "mine")
    project.addMapLayer(mine)
    group = add_result(flood.result, flood.request)
    own = QgsVectorLayer("Point", "notes", "memory")
    project.addMapLayer(own, False)
    group.addLayer(own)
    add_result(flood.result, flood.request)
    assert names_of(group) == [*NAMES, "notes"]
    assert mine.id() in project.mapLayers()


def test_missing_and_damaged_files_are_named_and_the_others_load(project: QgsProject, copy: Callable[..., Map]) -> None:
    flood = copy()
    (flood.folder / "flood.gpkg").unlink()
    (flood.folder / "confidence.tif").write_text("no raster")
    with pytest.raises(LayerError) as caught:
        add_result(flood.result, flood.request)
    message = str(caught.value)
    assert message.count("flood.gpkg") == 1
    assert "confidence.tif" in message
    assert names_of(caught.value.group) == ["Flood map"]


def test_a_result_without_any_file_makes_no_group(project: QgsProject, copy: Callable[..., Map]) -> None:
    flood = copy()
    shutil.rmtree(flood.folder)
    with pytest.raises(LayerError, match=r"flood\.tif") as caught:
        add_result(flood.result, flood.request)
    assert caught.value.group is None
    assert not project.layerTreeRoot().children()


def test_a_result_without_layers_says_so(copy: Callable[..., Map]) -> None:
    flood = copy()
    with pytest.raises(LayerError, match="no layers"):
        add_result(Result((), "nothing", {}), flood.request)


def test_a_style_of_a_newer_engine_does_no_harm(copy: Callable[..., Map]) -> None:
    flood = copy()
    output = Output(str(flood.folder / "flood.tif"), "raster", "Something new", "not-known-yet")
    group = add_result(Result((output,), "new", {}), flood.request)
    assert [layer.isValid() for layer in layers_of(group).values()] == [True]
