"""The Processing algorithms of search: an index is built, asked, and mapped."""

from __future__ import annotations

import json

import pytest
from qgis.core import (
    QgsApplication,
    QgsGraduatedSymbolRenderer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)
from queue_home import end_workers_of

from geofm_qgis.engine.jobs.requests import ScoreMapRequest, SearchRequest
from geofm_qgis.engine.jobs.result import Output, Result
from geofm_qgis.project.layers import add_result
from geofm_qgis.provider import GeoFMProvider
from geofm_qgis.search.indexes import known_indexes

pytest_plugins = ("search_fixtures", "queue_fixtures")


@pytest.fixture(scope="module")
def run(world, qgis_app):
    """Runs an algorithm as QGIS does; gives what it made and what it warned of."""
    provider = GeoFMProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEOFM_HOME", str(world.home))

        def start(name, **parameters):
            context, feedback = QgsProcessingContext(), Heard()
            algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"geofm:{name}")
            fine, reason = algorithm.checkParameterValues(parameters, context)
            assert fine, reason
            made, worked = algorithm.run(parameters, context, feedback)
            assert worked, feedback.errors
            return made, feedback.warnings

        yield start
        end_workers_of(world.home)
    QgsApplication.processingRegistry().removeProvider(provider)


class Heard(QgsProcessingFeedback):
    """Remembers what it was told."""

    def __init__(self):
        super().__init__(False)
        self.warnings, self.errors = [], []

    def pushWarning(self, text):
        self.warnings.append(text)

    def reportError(self, text, fatalError=False):
        self.errors.append(text)


def refusal(name, **parameters):
    """Why an algorithm does not start."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"geofm:{name}")
    fine, reason = algorithm.checkParameterValues(parameters, QgsProcessingContext())
    assert not fine
    return reason


def test_an_index_is_built_and_asked(run, world, clean_settings, tmp_path):
    index = tmp_path / "my index"
    made, warnings = run(
        "buildsearchindex",
        IMAGES=[str(world.image)],
        MODEL=str(world.model),
        WINDOWS="16, 32",
        NAME="Mine",
        INDEX=str(index),
    )
    assert (made["INDEX"], made["TILES"], made["IMAGE_COUNT"]) == (str(index), 1186, 1) and not warnings
    assert known_indexes() == [str(index)]
    again, _ = run("buildsearchindex", IMAGES=[], ACTION=2, INDEX=str(index))
    assert again["TILES"] == 1186
    hits, table = tmp_path / "hits.gpkg", tmp_path / "hits.json"
    made, warnings = run(
        "searchbytext", INDEX=str(index), QUERY="forest not: town", TOP=20, HITS=str(hits), TABLE=str(table)
    )
    layer = QgsVectorLayer(made["HITS"], "", "ogr")
    assert made["FOUND"] == layer.featureCount() == 20 and not warnings
    assert made["BEST_SCORE"] == json.loads(table.read_text())["hits"][0]["score"]
    assert {feature["lon"] > 15.0016 and feature["lat"] > 45.1524 for feature in layer.getFeatures()} == {True}


def test_an_unknown_phrase_is_warned_of(run, world, tmp_path):
    _, warnings = run("searchbytext", INDEX=str(world.index), QUERY="stock market", HITS=str(tmp_path / "hits.gpkg"))
    assert any("not among what Colours was taught" in warning for warning in warnings)


def test_only_an_extent_and_good_scores(run, world, tmp_path):
    made, _ = run(
        "searchbytext",
        INDEX=str(world.index),
        QUERY="water",
        EXTENT="15.0,15.0016,45.1524,45.1536 [EPSG:4326]",
        THRESHOLD=1.0,
        TOP=1000,
        HITS=str(tmp_path / "hits.gpkg"),
    )
    features = list(QgsVectorLayer(made["HITS"], "", "ogr").getFeatures())
    assert features and min(feature["score"] for feature in features) >= 1.0


def test_a_map_of_scores(run, world, tmp_path):
    made, _ = run("scoremap", INDEX=str(world.index), QUERY="town", MAP=str(tmp_path / "scores.tif"))
    layer = QgsRasterLayer(made["MAP"], "", "gdal")
    provider, extent = layer.dataProvider(), layer.extent()
    place = extent.center()
    town, water = (
        provider.sample(type(place)(place.x() + across * extent.width() / 4, place.y() + up * extent.height() / 4), 1)[
            0
        ]
        for across, up in ((1, -1), (-1, 1))
    )
    assert town > 1 > 0 > water


def test_why_it_does_not_start(run, world, tmp_path):
    wanted = {"INDEX": str(world.index), "HITS": str(tmp_path / "hits.gpkg")}
    assert "query is empty" in refusal("searchbytext", **wanted, QUERY=" ")
    assert "only what is not wanted" in refusal("searchbytext", **wanted, QUERY="not: town")
    assert "holds no index" in refusal("searchbytext", **{**wanted, "INDEX": str(tmp_path)}, QUERY="town")
    assert "names no image" in refusal(
        "buildsearchindex", IMAGES=[], MODEL=str(world.model), INDEX=str(tmp_path / "new")
    )
    assert "no windows" in refusal(
        "buildsearchindex",
        IMAGES=[str(world.image)],
        MODEL=str(world.model),
        WINDOWS="wide",
        INDEX=str(tmp_path / "new"),
    )


def test_layers_of_results_have_their_styles(run, world, qgis_new_project, tmp_path):
    paths = {"HITS": str(tmp_path / "hits.gpkg"), "MAP": str(tmp_path / "scores.tif")}
    run("searchbytext", INDEX=str(world.index), QUERY="sand", HITS=paths["HITS"])
    run("scoremap", INDEX=str(world.index), QUERY="sand", MAP=paths["MAP"])
    shared = {"index": str(world.index), "texts": ("sand",)}
    hits = Result((Output(f"{paths['HITS']}|layername=hits", "vector", "Hits", "hits"),), "sand", {})
    scores = Result((Output(paths["MAP"], "raster", "Scores", "scores"),), "sand", {})
    add_result(hits, SearchRequest(**shared, hits=paths["HITS"]))
    add_result(scores, ScoreMapRequest(**shared, heat_map=paths["MAP"]))
    layers = {layer.name(): layer for layer in QgsProject.instance().mapLayers().values()}
    renderer = layers["Hits (sand)"].renderer()
    assert isinstance(renderer, QgsGraduatedSymbolRenderer) and len(renderer.ranges()) == 5
    best = max(feature["score"] for feature in layers["Hits (sand)"].getFeatures())
    assert renderer.ranges()[-1].upperValue() == pytest.approx(best)
    second = layers["Scores (sand (2))"]  # a result of its own, in a group of its own
    assert isinstance(second.renderer(), QgsSingleBandPseudoColorRenderer)
