"""“Train a land-cover model” and “Map land cover” in real QGIS with the real engine: alone, in batch and in a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from processing_asking import check, create, pixels
from qgis.core import (
    QgsPalettedRasterRenderer,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterMultipleLayers,
    QgsProject,
    QgsRasterLayer,
)
from qgis.PyQt.QtGui import QColor
from queue_home import MS
from real_covers import CLASSES, layer_of, train_quick, write_covers

from geofm_qgis.engine.cards.card import read_card
from geofm_qgis.engine.cards.shelf import models_folder
from geofm_qgis.engine.jobs.requests.networks import NETWORKS, Network
from geofm_qgis.engine.jobs.store import JobStore
from geofm_qgis.labels.layers import all_colours, set_classes
from geofm_qgis.train.algorithm import TrainLandcover

pytest_plugins = ("processing_fixtures",)
pytestmark = pytest.mark.usefixtures("processing")

TRAIN, MAP = "geofm:trainlandcover", "geofm:maplandcover"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_covers(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def model(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what the command learns from the scene."""
    folder = tmp_path_factory.mktemp("models") / "expected"
    train_quick(scene, folder)
    return folder


def training(scene: Path, **more: Any) -> dict[str, Any]:
    labels = str(scene / "training_polygons.gpkg")
    values = {"IMAGE": [str(scene / "s2.tif")], "LABELS": labels, "CLASS_FIELD": "class"}
    return {name: value for name, value in {**values, **more}.items() if value is not None}


def mapping(scene: Path, model: Path, out: Path, **more: Any) -> dict[str, Any]:
    values = {"IMAGE": [str(scene / "s2.tif")], "MODEL": str(model), "MAP": str(out / "map.tif")}
    return {name: value for name, value in {**values, **more}.items() if value is not None}


# What the toolbox shows -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "title"), [(TRAIN, "Train a land-cover model"), (MAP, "Map land cover")])
def test_the_dialog_explains_itself(name: str, title: str) -> None:
    algorithm = create(name)
    assert (algorithm.displayName(), algorithm.group()) == (title, "Land cover")
    for parameter in algorithm.parameterDefinitions():
        assert parameter.help(), parameter.name()
        assert parameter.description(), parameter.name()


# What is refused ------------------------------------------------------------------------------------------------------


def test_sentences_for_what_cannot_be_trained(scene: Path, tmp_path: Path) -> None:
    assert check(TRAIN, training(scene)) == ""
    assert check(TRAIN, training(scene, IMAGE=None)) == "“Image” is empty; choose at least one image."
    assert "gone.tif" in check(TRAIN, training(scene, IMAGE_2=[str(tmp_path / "gone.tif")]))
    assert "files are not supported" in check(TRAIN, training(scene, ERRORS="errors.shp"))
    quick = "is for Balanced and Best; leave it empty."
    assert check(TRAIN, training(scene, ENCODER="resnet34")) == f"“Encoder” {quick}"
    assert check(TRAIN, training(scene, EPOCHS=3)) == f"“Epochs” {quick}"
    assert check(TRAIN, training(scene, PRESET=1, ENCODER="resnet34", EPOCHS=3)) == ""
    before = [str(scene / "s2.tif")]
    assert check(TRAIN, training(scene, PRE_1=before)) == "“Images before, 1” is for Best; leave it empty."
    assert check(TRAIN, training(scene, PRE_1=before, PRESET=2, NETWORK="SNUNet-ECAM")) == ""


def test_images_before_follow_the_first_image(scene: Path) -> None:
    algorithm, image = TrainLandcover(), [str(scene / "s2.tif")]
    algorithm.initAlgorithm()
    fields = algorithm.fields(training(scene, PRE_1=image, PRE_2=image, PRESET=2), QgsProcessingContext())
    assert (len(fields["images"]), fields["dates"]) == (3, (0, 1, 2))
    fields = algorithm.fields(training(scene, IMAGE_2=image), QgsProcessingContext())
    assert (len(fields["images"]), fields["dates"]) == (2, ())


def test_sentences_for_what_cannot_be_mapped(scene: Path, model: Path, tmp_path: Path) -> None:
    def problem(**more: Any) -> str:
        return check(MAP, mapping(scene, model, tmp_path, **more))

    assert problem() == ""
    assert "needs B02" in problem(IMAGE=[str(scene / "post.tif")])
    assert "“Model” is empty" in problem(MODEL="")
    assert "There is no model 'meadows'" in problem(MODEL="meadows")
    assert "holds no card.json" in problem(MODEL=str(scene))
    assert "“Area of interest (polygons)” and “Area of interest (extent)”" in problem(
        AOI="a.gpkg", EXTENT="0,1,0,1 [EPSG:4326]"
    )


def test_the_engines_sentence_is_raised(processing: Any, scene: Path, processing_home: Path, tmp_path: Path) -> None:
    with pytest.raises(QgsProcessingException, match="nothing"):
        processing.run(TRAIN, training(scene, CLASS_FIELD="nothing", MODEL=str(tmp_path / "model")))
    assert not list(tmp_path.iterdir())


# What comes out -------------------------------------------------------------------------------------------------------


def test_a_model_of_the_shelf_by_default(processing: Any, scene: Path, model: Path) -> None:
    report = QgsProcessing.TEMPORARY_OUTPUT
    done = processing.run(TRAIN, training(scene, NAME="Fields 2024", REPORT=report))
    assert Path(done["MODEL"]) == models_folder() / "Fields 2024"
    card, expected = read_card(Path(done["MODEL"])), read_card(model)
    assert card.title == "Fields 2024"
    assert (card.sha256, card.metrics) == (expected.sha256, expected.metrics)
    assert done["OVERALL_ACCURACY"] == card.metrics["overall_accuracy"] > 0.9
    assert done["MACRO_F1"] == card.metrics["macro_f1"]
    assert json.loads(Path(done["REPORT"]).read_text())["preset"] == "quick"
    assert "ERRORS" not in done


def test_colours_of_the_legend_and_errors(processing: Any, scene: Path, tmp_path: Path) -> None:
    layer = layer_of(scene)
    set_classes(layer, "class", all_colours(sorted(CLASSES), {"maize": QColor("#ff00ff")}))
    errors = str(tmp_path / "errors.gpkg")
    done = processing.runAndLoadResults(
        TRAIN, training(scene, LABELS=layer, MODEL=str(tmp_path / "model"), ERRORS=errors)
    )
    assert {item.name: item.color for item in read_card(Path(done["MODEL"])).classes}["maize"] == "#ff00ff"
    loaded = [one for one in QgsProject.instance().mapLayers().values() if one.id() != layer.id()]
    assert [one.name() for one in loaded] == ["Validation errors (my fields)"]
    assert loaded[0].customProperty("geofm/model") == str(tmp_path / "model")


@pytest.fixture
def asked(processing_home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The requests that reach the queue, which refuses them: `enough`."""
    asked = []

    def refuse(request: Any, feedback: Any) -> None:
        asked.append(request)
        raise QgsProcessingException("enough")

    monkeypatch.setattr("geofm_qgis.algorithms.base.run_job", refuse)
    return asked


def test_options_reach_the_request(processing: Any, scene: Path, asked: list[Any], tmp_path: Path) -> None:
    values = {
        "PRESET": 2,
        "ENCODER": "resnet34",
        "NETWORK": "FPN",
        "EPOCHS": 7,
        "SEED": 5,
        "BUFFER": 2.5,
        "BANDS": "B02, skip",
    }
    with pytest.raises(QgsProcessingException, match="enough"):
        processing.run(TRAIN, training(scene, IMAGE_3=[str(scene / "post.tif")], MODEL=str(tmp_path / "m"), **values))
    (request,) = asked
    assert request.images == ((str(scene / "s2.tif"),), (str(scene / "post.tif"),))
    assert (request.preset, request.encoder, request.network) == ("best", "resnet34", "fpn")
    assert (request.epochs, request.seed, request.buffer_m, request.bands) == (7, 5, 2.5, ("B02", "skip"))


# Those that take images of one date; the others refuse these before they look at the polygons.
SINGLE = {name: row for name, row in NETWORKS.items() if row.least_dates == 1}
OLD_LIST = (None, "unet", "deeplabv3plus", "upernet", "fpn", "segformer")  # of 0.1: by their places


@pytest.mark.parametrize(
    ("given", "network"),
    [
        *((place, network) for place, network in enumerate(OLD_LIST)),
        *((str(place), network) for place, network in enumerate(OLD_LIST)),
        *((row.title, name) for name, row in SINGLE.items()),
        *((name, name) for name in SINGLE),
        (None, None),
    ],
)
def test_a_network_by_its_name_and_as_models_and_scripts_have_kept_it(
    processing: Any,
    scene: Path,
    asked: list[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: Any,
    network: Any,
) -> None:
    monkeypatch.setitem(NETWORKS, "later", Network("later", "Later", ("best",)))
    values = training(scene, MODEL=str(tmp_path / "m"), PRESET=2, NETWORK=given)
    with pytest.raises(QgsProcessingException, match="enough"):
        processing.run(TRAIN, values)
    assert [request.network for request in asked] == [network]


@pytest.mark.parametrize("given", [3, "UPerNet"])
def test_a_network_in_a_model(processing: Any, scene: Path, asked: list[Any], tmp_path: Path, given: Any) -> None:
    flow = train_and_map(scene, tmp_path / "model", PRESET=2, NETWORK=given)
    flow.initAlgorithm()
    (destination,) = flow.destinationParameterDefinitions()
    with pytest.raises(QgsProcessingException):
        processing.run(flow, {"images": [str(scene / "s2.tif")], destination.name(): str(tmp_path / "cover.tif")})
    assert [request.network for request in asked] == ["upernet"]


@pytest.mark.parametrize("given", ["ResUNet", 99, -1])
def test_a_network_that_there_is_not(scene: Path, given: Any) -> None:
    told = check(TRAIN, training(scene, PRESET=2, NETWORK=given))
    assert told.startswith(f"There is no network “{given}”; choose one of U-Net, ")


def test_the_list_of_networks_shows_each_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS, "later", Network("later", "Later", ("best",)))
    algorithm = create(TRAIN)
    shown = algorithm.parameterDefinition("NETWORK").options()
    assert shown[:5] == ["U-Net", "DeepLabV3+", "UPerNet", "FPN", "SegFormer"]
    assert (shown[-1], len(shown)) == ("Later", len(NETWORKS))


def test_a_map_and_its_areas(processing: Any, scene: Path, model: Path, tmp_path: Path) -> None:
    polygons = str(tmp_path / "polygons.gpkg")
    done = processing.runAndLoadResults(MAP, mapping(scene, model, tmp_path, POLYGONS=polygons, NAME="Spring"))
    areas = json.loads(done["AREAS"])
    assert set(areas) == CLASSES | {"not observed"}
    assert sum(area["share"] for area in areas.values()) == pytest.approx(1, abs=1e-4)
    assert done["OBSERVED_SHARE"] == 1
    layers = {layer.name(): layer for layer in QgsProject.instance().mapLayers().values()}
    assert set(layers) == {"Land cover (Spring)", "Land cover polygons (Spring)"}
    assert isinstance(layers["Land cover (Spring)"].renderer(), QgsPalettedRasterRenderer)
    for layer in layers.values():
        assert layer.customProperty("geofm/model") == str(model)
        assert f"Folder of the model: {model}" in layer.metadata().history()


def test_installed_models_by_name(
    processing: Any, scene: Path, model: Path, processing_home: Path, tmp_path: Path
) -> None:
    with JobStore(processing_home):
        models_folder().mkdir(exist_ok=True)
    (models_folder() / "meadows").symlink_to(model)
    done = processing.run(
        MAP, mapping(scene, model, tmp_path, MODEL="Meadows", EXTENT="400500,401500,5498000,5499000 [EPSG:32633]")
    )
    extent = QgsRasterLayer(done["MAP"]).extent()
    assert extent.width() < 1100


# In batch and in a model ----------------------------------------------------------------------------------------------


def test_in_batch(
    processing: Any, scene: Path, model: Path, tmp_path: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    rows = []
    for name in ("a", "b"):
        values = mapping(scene, model, tmp_path / name, NAME=name)
        values["MAP"] = QgsProcessingOutputLayerDefinition(values["MAP"], QgsProject.instance())
        rows.append(values)
    dialog = BatchAlgorithmDialog(create(MAP))
    qtbot.addWidget(dialog)
    # What its table would give if it were filled in by hand.
    monkeypatch.setattr(dialog.mainWidget(), "batchRowCount", lambda: len(rows))
    monkeypatch.setattr(dialog.mainWidget(), "parametersForRow", lambda row, **options: (rows[row], True))
    dialog.show()  # from 3.40 on, one that nobody sees deletes itself at the end
    dialog.runAlgorithm()
    qtbot.waitUntil(lambda: len(QgsProject.instance().mapLayers()) == 2, timeout=MS)
    assert {layer.name() for layer in QgsProject.instance().mapLayers().values()} == {
        "Land cover (a)",
        "Land cover (b)",
    }
    assert pixels(tmp_path / "a" / "map.tif") == pixels(tmp_path / "b" / "map.tif")


def train_and_map(scene: Path, folder: Path, **more: Any) -> QgsProcessingModelAlgorithm:
    """An image in, its land cover out, by a model that is trained on the way."""
    model = QgsProcessingModelAlgorithm("covers", "tests")
    raster = QgsProcessing.SourceType.TypeRaster
    model.addModelParameter(
        QgsProcessingParameterMultipleLayers("images", "Images", raster), QgsProcessingModelParameter("images")
    )
    source = QgsProcessingModelChildParameterSource
    first = QgsProcessingModelChildAlgorithm(TRAIN)
    first.setChildId("train")
    first.addParameterSources("IMAGE", [source.fromModelParameter("images")])
    first.addParameterSources("LABELS", [source.fromStaticValue(str(scene / "training_polygons.gpkg"))])
    first.addParameterSources("CLASS_FIELD", [source.fromStaticValue("class")])
    first.addParameterSources("MODEL", [source.fromStaticValue(str(folder))])
    for name, value in more.items():
        first.addParameterSources(name, [source.fromStaticValue(value)])
    second = QgsProcessingModelChildAlgorithm(MAP)
    second.setChildId("map")
    second.addParameterSources("IMAGE", [source.fromModelParameter("images")])
    second.addParameterSources("MODEL", [source.fromChildOutput("train", "MODEL")])
    output = QgsProcessingModelOutput("cover")
    output.setChildId("map")
    output.setChildOutputName("MAP")
    second.setModelOutputs({"cover": output})
    model.addChildAlgorithm(first)
    model.addChildAlgorithm(second)
    model.updateDestinationParameters()
    return model


def test_training_and_mapping_in_a_model(processing: Any, scene: Path, model: Path, tmp_path: Path) -> None:
    flow = train_and_map(scene, tmp_path / "model")
    flow.initAlgorithm()
    (destination,) = flow.destinationParameterDefinitions()
    done = processing.run(flow, {"images": [str(scene / "s2.tif")], destination.name(): str(tmp_path / "cover.tif")})
    alone = processing.run(MAP, mapping(scene, model, tmp_path))
    assert pixels(Path(done[destination.name()])) == pixels(Path(alone["MAP"]))
