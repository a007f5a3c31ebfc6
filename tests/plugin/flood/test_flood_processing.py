"""The Processing algorithm in real QGIS with the real engine: alone, in batch, in a model, and with `qgis_process`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processing_asking import Terminal, check, create, pixels
from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsFeature,
    QgsGeometry,
    QgsPalettedRasterRenderer,
    QgsProcessing,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterMultipleLayers,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from queue_home import ENGINE_PYTHON, MS, end_workers_of, samples
from real_maps import map_flood, write_scene

from geofm_qgis.algorithms import waiting
from geofm_qgis.engine.jobs.job import CANCELLED, SUCCEEDED
from geofm_qgis.engine.jobs.launch import ensure_worker, worker_command
from geofm_qgis.engine.jobs.requests import SamplesRequest
from geofm_qgis.engine.jobs.store import JobStore
from geofm_qgis.settings import Settings

pytest_plugins = ("processing_fixtures",)
pytestmark = pytest.mark.usefixtures("processing")

NAME = "geofm:mapflood"
CLASSES = {"PERMANENT_KM2": "permanent water", "FLOOD_KM2": "flood", "UNKNOWN_KM2": "water of unknown kind"}
ELSEWHERE = "0,1,0,1 [EPSG:4326]"


class Heard(QgsProcessingFeedback):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(False)
        self.progress: list[float] = []
        self.texts: list[str] = []
        self.warnings: list[str] = []

    def setProgress(self, progress: float) -> None:
        self.progress.append(progress)

    def setProgressText(self, text: str) -> None:
        self.texts.append(text)

    def pushInfo(self, text: str) -> None:
        self.texts.append(text)

    def pushWarning(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="session")
def expected(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `geofm flood` makes of the scene; result.json beside it."""
    folder = tmp_path_factory.mktemp("expected")
    result = map_flood(scene, folder, "--dem", scene / "dem.tif", "--confidence")
    (folder / "result.json").write_text(json.dumps(result))
    return folder


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A queue for one test."""
    home = tmp_path / "own"
    monkeypatch.setenv("GEOFM_HOME", str(home))
    yield home
    end_workers_of(home)


def parameters(scene: Path, out: Path, **more: Any) -> dict[str, Any]:
    """As a user would fill in the dialog."""
    values = {
        "POST": [str(scene / "post.tif")],
        "PRE_1": [str(scene / "pre1.tif")],
        "PRE_2": [str(scene / "pre2.tif")],
        "DEM": str(scene / "dem.tif"),
        "MASK": str(out / "mask.tif"),
        "POLYGONS": str(out / "polygons.gpkg"),
    }
    return {name: value for name, value in {**values, **more}.items() if value is not None}


def polygons(path: Path) -> list[tuple[int, str, float]]:
    layer = QgsVectorLayer(str(path))
    assert layer.isValid()
    return sorted((one["class_id"], one.geometry().asWkt(2), one["area_km2"]) for one in layer.getFeatures())


# What the toolbox shows -----------------------------------------------------------------------------------------------


def test_provider() -> None:
    provider = QgsApplication.processingRegistry().providerById("geofm")
    assert provider.name() == "GeoFM"
    assert Path(provider.svgIconPath()).is_file()
    assert provider.supportedOutputRasterLayerExtensions() == ["tif"]
    assert provider.supportedOutputVectorLayerExtensions() == ["gpkg"]
    assert NAME in [algorithm.id() for algorithm in provider.algorithms()]


def test_the_dialog_explains_itself() -> None:
    algorithm = create(NAME)
    assert algorithm.displayName() == "Map flood from Sentinel-1"
    assert algorithm.group() == "Flood"
    assert "sar" in algorithm.tags()
    assert "permanent water" in algorithm.shortHelpString()
    for parameter in algorithm.parameterDefinitions():
        assert parameter.help(), parameter.name()
        assert parameter.description(), parameter.name()
    names = {output.name() for output in algorithm.outputDefinitions()}
    files = {"MASK", "AGREEMENT", "POLYGONS", "CONFIDENCE", "QUICKLOOK", "REPORT"}
    assert names == {*files, "OBSERVED_SHARE", *CLASSES, "BOTH_KM2", "FIRST_KM2", "SECOND_KM2"}


def test_what_is_folded_away() -> None:
    algorithm = create(NAME)
    advanced = {
        parameter.name()
        for parameter in algorithm.parameterDefinitions()
        if parameter.flags() & parameter.Flag.FlagAdvanced
    }
    dates = {"PRE_3", "PRE_4", "PRE_5"}
    method = {
        "MODEL",
        "COMPARE_WITH",
        "SMOOTH",
        "SPECKLE_FILTER",
        "SPECKLE_WINDOW",
        "THRESHOLD",
        "VV_THRESHOLD",
        "VH_THRESHOLD",
        "MIN_AREA",
        "MAX_SLOPE",
        "MAX_HAND",
        "HAND",
    }
    files = {"UNITS", "BANDS", "CALIBRATION", "PERMANENT_FROM", "PERMANENT_TO"}
    assert advanced == dates | files | method


# What is refused ------------------------------------------------------------------------------------------------------


def test_sentences_for_what_cannot_be_run(scene: Path, tmp_path: Path) -> None:
    def problem(**more: Any) -> str:
        return check(NAME, parameters(scene, tmp_path, **more))

    assert problem() == ""
    assert problem(POST=None) == "“After the flood” is empty; choose at least one image."
    assert problem(POST=[]) == "“After the flood” is empty; choose at least one image."
    assert "“Area of interest (polygons)” and “Area of interest (extent)”" in problem(AOI="a.gpkg", EXTENT=ELSEWHERE)
    assert "“Steepest slope (degrees)” has no effect without “Elevation (DEM)”" in problem(DEM=None, MAX_SLOPE=5.0)
    assert "leave the number at 15.0" in problem(MAX_HAND=5.0)
    assert problem(DEM=None, MAX_SLOPE="10", MAX_HAND=15.0) == ""
    assert "“Permanent water from” has no effect without “Permanent water”" in problem(PERMANENT_FROM=0)
    assert problem(PERMANENT_FROM=75.0, PERMANENT_WATER=str(scene / "dem.tif")) == ""


def test_no_image_is_left_out_without_a_word(scene: Path, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.tif")
    assert gone in check(NAME, parameters(scene, tmp_path, POST=[str(scene / "post.tif"), gone]))
    assert gone in check(NAME, parameters(scene, tmp_path, PRE_2=gone))


def test_web_layers_are_refused(scene: Path, tmp_path: Path) -> None:
    web = QgsRasterLayer("type=xyz&url=https://tile.example/{z}/{x}/{y}.png", "Tiles", "wms")
    QgsProject.instance().addMapLayer(web)
    assert "“Tiles” comes from the web" in check(NAME, parameters(scene, tmp_path, POST=[web]))


@pytest.mark.parametrize("values", [{"MASK": "map.png"}, {"POLYGONS": "map.shp"}])
def test_other_formats_are_refused(scene: Path, tmp_path: Path, values: dict[str, str]) -> None:
    assert "files are not supported" in check(NAME, parameters(scene, tmp_path, **values))


def test_the_engines_sentence_is_raised(processing: Any, scene: Path, tmp_path: Path) -> None:
    with pytest.raises(QgsProcessingException, match="The AOI and the image do not overlap"):
        processing.run(NAME, parameters(scene, tmp_path, EXTENT=ELSEWHERE))
    assert not list(tmp_path.iterdir())


def test_an_input_is_not_overwritten(processing: Any, scene: Path, tmp_path: Path) -> None:
    shutil.copytree(scene, tmp_path / "copy")
    values = parameters(tmp_path / "copy", tmp_path, MASK=str(tmp_path / "copy" / "dem.tif"))
    with pytest.raises(QgsProcessingException, match=r"dem\.tif would be overwritten"):
        processing.run(NAME, values)


def test_without_an_engine_it_says_where_to_set_it_up(
    processing: Any, scene: Path, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geofm_qgis.environment.worker.find_engine_python", lambda: None)
    with pytest.raises(QgsProcessingException, match="Settings > Options > GeoFM"):
        processing.run(NAME, parameters(scene, tmp_path))
    with JobStore(own_home) as store:
        assert not store.list()


def test_an_engine_that_is_gone_leaves_no_job_behind(
    processing: Any, scene: Path, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "engine_python", str(tmp_path / "gone" / "python"))
    with pytest.raises(QgsProcessingException, match=r"gone.python"):
        processing.run(NAME, parameters(scene, tmp_path))
    with JobStore(own_home) as store:
        assert not store.list()


# What comes out -------------------------------------------------------------------------------------------------------


def test_alone_it_makes_what_the_command_makes(processing: Any, scene: Path, expected: Path, tmp_path: Path) -> None:
    confidence, report = str(tmp_path / "confidence.tif"), str(tmp_path / "report.json")
    heard = Heard()
    done = processing.run(
        NAME, parameters(scene, tmp_path, CONFIDENCE=confidence, REPORT=report, EVENT="River X"), feedback=heard
    )
    assert pixels(Path(done["MASK"])) == pixels(expected / "flood.tif")
    assert pixels(Path(done["CONFIDENCE"])) == pixels(expected / "confidence.tif")
    assert polygons(Path(done["POLYGONS"])) == polygons(expected / "flood.gpkg")
    areas = json.loads((expected / "result.json").read_text())["summary"]["areas"]
    assert {name: done[name] for name in CLASSES} == {name: areas[title]["km2"] for name, title in CLASSES.items()}
    assert done["FLOOD_KM2"] > 0
    assert done["OBSERVED_SHARE"] == 1
    assert json.loads(Path(done["REPORT"]).read_text())["request"]["event"] == "River X"
    assert heard.progress[-1] == 100
    assert heard.progress == sorted(heard.progress)
    assert any("log.txt" in text for text in heard.texts)


def test_it_is_a_job_like_any_other(processing: Any, scene: Path, processing_home: Path, tmp_path: Path) -> None:
    processing.run(NAME, parameters(scene, tmp_path))
    with JobStore(processing_home) as store:
        job = store.list()[-1]
    assert (job.state, job.kind) == (SUCCEEDED, "flood")
    assert job.load_request().mask == str(tmp_path / "mask.tif")


def test_options_reach_the_request(processing: Any, scene: Path, processing_home: Path, tmp_path: Path) -> None:
    hand = str(scene / "dem.tif")
    values = {"UNITS": 2, "SPECKLE_FILTER": 1, "THRESHOLD": 1, "MIN_AREA": 0.5, "MAX_SLOPE": 20, "MAX_HAND": 9000}
    values["VH_THRESHOLD"] = -23.5
    processing.run(NAME, parameters(scene, tmp_path, HAND=hand, PRE_5=[str(scene / "pre2.tif")], PRE_2=None, **values))
    with JobStore(processing_home) as store:
        request = store.list()[-1].load_request()
    assert (request.units, request.speckle_filter, request.threshold) == ("power", "lee", "kittler-illingworth")
    assert (request.min_area_ha, request.max_slope_deg, request.max_hand_m) == (0.5, 20, 9000)
    assert (request.vv_threshold_db, request.vh_threshold_db) == (None, -23.5)
    assert request.hand == hand
    assert request.pre == ((str(scene / "pre1.tif"),), (str(scene / "pre2.tif"),))
    assert (request.confidence, request.report, request.aoi, request.event) == (None, None, None, None)


def test_defaults_are_those_of_the_request(processing: Any, scene: Path, processing_home: Path) -> None:
    done = processing.run(NAME, {"POST": [str(scene / "post.tif")], "MASK": QgsProcessing.TEMPORARY_OUTPUT})
    assert "POLYGONS" not in done
    with JobStore(processing_home) as store:
        request = store.list()[-1].load_request()
    plain = type(request)(post=request.post, mask=request.mask)
    assert request == plain
    assert done["UNKNOWN_KM2"] > 0


def test_warnings_of_the_task_are_warnings(processing: Any, scene: Path, tmp_path: Path) -> None:
    heard = Heard()
    processing.run(NAME, {"POST": [str(scene / "post.tif")], "MASK": str(tmp_path / "a.tif")}, feedback=heard)
    assert len([text for text in heard.warnings if "cannot be told apart" in text]) == 1


def fields_of(folder: Path) -> QgsVectorLayer:
    """Two polygons in WGS84 of which one lies in the scene's middle and one elsewhere."""
    layer = QgsVectorLayer("Polygon?crs=EPSG:4326&field=name:string", "fields", "memory")
    boxes = {"here": (13.622, 49.625, 13.645, 49.641), "there": (0, 0, 1, 1)}
    for name, box in boxes.items():
        feature = QgsFeature(layer.fields())
        feature["name"] = name
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(*box)))
        assert layer.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(layer)
    return layer


def test_selected_features_alone(processing: Any, scene: Path, tmp_path: Path) -> None:
    layer = fields_of(tmp_path)
    layer.selectByExpression("name = 'here'")
    chosen = QgsProcessingFeatureSourceDefinition(layer.id(), True)
    done = processing.run(NAME, parameters(scene, tmp_path, AOI=chosen))
    map_flood(scene, tmp_path / "command", "--dem", scene / "dem.tif", "--aoi", "13.622,49.625,13.645,49.641")
    assert pixels(Path(done["MASK"])) == pixels(tmp_path / "command" / "flood.tif")


def test_all_features_of_a_layer_in_memory(processing: Any, scene: Path, processing_home: Path, tmp_path: Path) -> None:
    layer = fields_of(tmp_path)
    processing.run(NAME, parameters(scene, tmp_path, AOI=layer))
    with JobStore(processing_home) as store:
        source = store.list()[-1].load_request().aoi
    copy = QgsVectorLayer(source)
    assert copy.featureCount() == 2


def test_nothing_selected_is_told(processing: Any, scene: Path, tmp_path: Path) -> None:
    heard = Heard()
    heard.reportError = lambda text, fatal=False: heard.texts.append(text)
    chosen = QgsProcessingFeatureSourceDefinition(fields_of(tmp_path).id(), True)
    with pytest.raises(QgsProcessingException):
        processing.run(NAME, parameters(scene, tmp_path, AOI=chosen), feedback=heard)
    assert any("“fields” is empty" in text for text in heard.texts)


def test_extent_in_the_images_crs(processing: Any, scene: Path, tmp_path: Path) -> None:
    done = processing.run(NAME, parameters(scene, tmp_path, EXTENT="400500,402000,5498000,5499500 [EPSG:32633]"))
    mask = QgsRasterLayer(done["MASK"])
    extent = mask.extent()
    # On the pixels of the image: at most one more on each side.
    assert extent.buffered(0.01).contains(type(extent)(400500, 5498000, 402000, 5499500))
    assert type(extent)(400490, 5497990, 402010, 5499510).contains(extent)


def test_permanent_water_as_polygons(
    processing: Any, scene: Path, expected: Path, processing_home: Path, tmp_path: Path
) -> None:
    water = QgsVectorLayer(str(expected / "flood.gpkg"), "water")
    water.setSubsetString("class_id = 1")
    QgsProject.instance().addMapLayer(water)
    values = parameters(scene, tmp_path, PRE_1=None, PRE_2=None, PERMANENT_WATER=water)
    done = processing.run(NAME, values)
    assert done["PERMANENT_KM2"] > 0
    assert done["UNKNOWN_KM2"] == 0
    with JobStore(processing_home) as store:
        source = store.list()[-1].load_request().permanent_water
    assert {one["class_id"] for one in QgsVectorLayer(source).getFeatures()} == {1}


def test_loaded_layers_are_styled_and_tell_how_they_came_about(processing: Any, scene: Path, tmp_path: Path) -> None:
    processing.runAndLoadResults(NAME, parameters(scene, tmp_path, EVENT="River X"))
    layers = {layer.name(): layer for layer in QgsProject.instance().mapLayers().values()}
    assert set(layers) == {"Flood map (River X)", "Flood polygons (River X)"}
    assert isinstance(layers["Flood map (River X)"].renderer(), QgsPalettedRasterRenderer)
    assert isinstance(layers["Flood polygons (River X)"].renderer(), QgsCategorizedSymbolRenderer)
    for layer in layers.values():
        assert "Software: GeoFM" in "\n".join(layer.metadata().history())


# Cancelling -----------------------------------------------------------------------------------------------------------


def test_cancel_reaches_the_job(processing: Any, scene: Path, own_home: Path, tmp_path: Path) -> None:
    command = worker_command(str(ENGINE_PYTHON))
    with JobStore(own_home, lambda folder: ensure_worker(folder, command)) as store:
        # A job of minutes before it keeps ours from being over before it is cancelled.
        long = store.submit(samples(tmp_path / "long", 100_000))
        heard = Heard()
        heard.pushInfo = lambda text: (heard.texts.append(text), heard.cancel())
        with pytest.raises(QgsProcessingException, match="Cancelled"):
            processing.run(NAME, parameters(scene, tmp_path), feedback=heard)
        ours = store.list()[-1]
        assert (ours.kind, ours.state) == ("flood", CANCELLED)
        assert not store.get(long.id).ended
    assert "Jobs ahead of it in the queue: 1." in heard.texts
    assert not (tmp_path / "mask.tif").exists()


@pytest.mark.slow
def test_cancel_of_a_job_that_runs(own_home: Path, tmp_path: Path) -> None:
    heard = Heard()
    heard.setProgress = lambda share: heard.cancel()
    with pytest.raises(QgsProcessingException, match="Cancelled"):
        waiting.run_job(SamplesRequest(str(tmp_path / "long"), 6000, 6000), heard)
    with JobStore(own_home) as store:
        (job,) = store.list()
    assert job.state == CANCELLED
    assert job.attempt == 1


# In threads, in batch, in models --------------------------------------------------------------------------------------


def test_in_a_tasks_thread(scene: Path, expected: Path, tmp_path: Path, qtbot: Any) -> None:
    """As the toolbox runs it: two tasks at once, whose jobs wait for each other in the queue."""
    finished: list[tuple[bool, dict[str, Any]]] = []
    kept = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        algorithm, context, feedback = create(NAME), QgsProcessingContext(), Heard()
        context.setProject(QgsProject.instance())
        task = QgsProcessingAlgRunnerTask(algorithm, parameters(scene, tmp_path / name), context, feedback)
        task.executed.connect(lambda fine, results: finished.append((fine, results)))
        kept.append((algorithm, context, feedback, task))
        QgsApplication.taskManager().addTask(task)
    qtbot.waitUntil(lambda: len(finished) == 2, timeout=MS)
    assert all(fine for fine, _ in finished)
    for _, results in finished:
        assert pixels(Path(results["MASK"])) == pixels(expected / "flood.tif")


def test_in_the_batch_dialog(
    scene: Path, expected: Path, tmp_path: Path, qtbot: Any, qgis_iface: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    rows = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        values = parameters(scene, tmp_path / name, EVENT=name)
        for output in ("MASK", "POLYGONS"):
            values[output] = QgsProcessingOutputLayerDefinition(values[output], QgsProject.instance())
        rows.append(values)
    dialog = BatchAlgorithmDialog(create(NAME))
    qtbot.addWidget(dialog)
    # What its table would give if it were filled in by hand.
    monkeypatch.setattr(dialog.mainWidget(), "batchRowCount", lambda: len(rows))
    monkeypatch.setattr(dialog.mainWidget(), "parametersForRow", lambda row, **options: (rows[row], True))
    dialog.show()  # from 3.40 on, one that nobody sees deletes itself at the end
    dialog.runAlgorithm()
    qtbot.waitUntil(lambda: len(QgsProject.instance().mapLayers()) == 4, timeout=MS)
    layers = {layer.name(): layer for layer in QgsProject.instance().mapLayers().values()}
    for name in ("a", "b"):
        assert pixels(tmp_path / name / "mask.tif") == pixels(expected / "flood.tif")
        assert isinstance(layers[f"Flood map ({name})"].renderer(), QgsPalettedRasterRenderer)
        assert isinstance(layers[f"Flood polygons ({name})"].renderer(), QgsCategorizedSymbolRenderer)


def flood_model(scene: Path) -> QgsProcessingModelAlgorithm:
    """Images and a place for the mask in, the flood map out."""
    model = QgsProcessingModelAlgorithm("floods", "tests")
    images = QgsProcessingModelParameter("images")
    raster = QgsProcessing.SourceType.TypeRaster
    model.addModelParameter(QgsProcessingParameterMultipleLayers("images", "Images", raster), images)
    child = QgsProcessingModelChildAlgorithm(NAME)
    child.setChildId("map")
    source = QgsProcessingModelChildParameterSource
    child.addParameterSources("POST", [source.fromModelParameter("images")])
    child.addParameterSources("PRE_1", [source.fromStaticValue([str(scene / "pre1.tif")])])
    child.addParameterSources("PRE_2", [source.fromStaticValue([str(scene / "pre2.tif")])])
    child.addParameterSources("DEM", [source.fromStaticValue(str(scene / "dem.tif"))])
    output = QgsProcessingModelOutput("mask")
    output.setChildId("map")
    output.setChildOutputName("MASK")
    output.setDescription("My flood")
    child.setModelOutputs({"mask": output})
    model.addChildAlgorithm(child)
    model.updateDestinationParameters()
    return model


def test_in_a_model(processing: Any, scene: Path, expected: Path, tmp_path: Path) -> None:
    model = flood_model(scene)
    model.initAlgorithm()
    (destination,) = model.destinationParameterDefinitions()
    values = {"images": [str(scene / "post.tif")], destination.name(): str(tmp_path / "mask.tif")}
    done = processing.runAndLoadResults(model, values)
    assert pixels(Path(done[destination.name()])) == pixels(expected / "flood.tif")
    (layer,) = QgsProject.instance().mapLayers().values()
    assert layer.name() == "mask"  # as the model names it
    assert isinstance(layer.renderer(), QgsPalettedRasterRenderer)


# Without a window -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("qgis_process.bin"), reason="qgis_process.bin is not installed")
def test_with_qgis_process(scene: Path, expected: Path, terminal: Terminal, tmp_path: Path) -> None:
    values: dict[str, object] = {f"PRE_{number}": scene / f"pre{number}.tif" for number in (1, 2)}
    values |= {"POST": scene / "post.tif", "DEM": scene / "dem.tif", "MAX_SLOPE": 10}
    values |= {"MASK": "mask.tif", "POLYGONS": tmp_path / "polygons.gpkg"}
    done = terminal.run("mapflood", **values)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FLOOD_KM2" in done.stdout
    assert pixels(tmp_path / "mask.tif") == pixels(expected / "flood.tif")
    assert polygons(tmp_path / "polygons.gpkg") == polygons(expected / "flood.gpkg")
    failed = terminal.run("mapflood", **values, EXTENT=ELSEWHERE)
    assert failed.returncode != 0
    assert "The AOI and the image do not overlap" in failed.stdout + failed.stderr


def test_an_optional_output_without_a_name_is_left_out(scene: Path, tmp_path: Path) -> None:
    # As a batch gives it: QGIS would say afterwards that a layer without a name "was not correctly generated".
    algorithm, context = create(NAME), QgsProcessingContext()
    context.setProject(QgsProject.instance())
    empty = QgsProcessingOutputLayerDefinition("", QgsProject.instance())
    values = parameters(scene, tmp_path, CONFIDENCE=empty)
    assert set(algorithm.paths(values, context)) == {"MASK", "POLYGONS"}
    assert not context.layersToLoadOnCompletion()
