"""The Train tab: what is chosen becomes the request, and the job that is run is followed to its model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from qgis.core import QgsCategorizedSymbolRenderer, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QLocale, QPoint
from qgis.PyQt.QtGui import QColor
from queue_home import MS
from real_covers import BANDS, CLASSES, layer_of, squares, write_covers

from geofm_qgis.engine.cards.card import read_card
from geofm_qgis.engine.cards.shelf import models_folder, shelf
from geofm_qgis.engine.errors import GeoFMError
from geofm_qgis.engine.jobs.requests import TrainRequest
from geofm_qgis.engine.jobs.requests.networks import NETWORKS, PRESETS, Network
from geofm_qgis.engine.jobs.result import Result
from geofm_qgis.jobs.estimates import seconds_of_training
from geofm_qgis.labels.layers import set_classes
from geofm_qgis.models.card import ModelCardDialog, card_html
from geofm_qgis.project.layers import add_result
from geofm_qgis.train.confusion import ConfusionMap, short_number
from geofm_qgis.train.panel import TrainPanel
from geofm_qgis.train.plot import BEST, F1, LOSS, TrainingPlot, _whole_step
from geofm_qgis.train.results import TrainResults

pytest_plugins = ("queue_fixtures",)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_covers(tmp_path_factory.mktemp("scene") / "Río Ärö")


@pytest.fixture
def panel(client: Any, qgis_new_project: None, qtbot: Any, tmp_path: Path) -> Iterator[TrainPanel]:
    panel = TrainPanel(client)
    qtbot.addWidget(panel)
    panel.save_as.folder.setFilePath(str(tmp_path / "results"))
    yield panel
    panel.close_tools()


def choose(panel: TrainPanel, scene: Path, qtbot: Any) -> QgsVectorLayer:
    """Image and polygons, counted."""
    panel.images.set_dates([[str(scene / "s2.tif")]])
    layer = layer_of(scene)
    panel.labels.set_layer(layer)
    qtbot.waitUntil(lambda: len(panel.labels.counts.classes) == len(CLASSES), timeout=MS)
    return layer


def metric(name: str, step: int, value: float) -> dict[str, Any]:
    return {"event": "metric", "name": name, "step": step, "value": value}


# What is asked for ----------------------------------------------------------------------------------------------------


def test_everything_that_is_chosen_is_asked_for(panel: TrainPanel, scene: Path, qtbot: Any, tmp_path: Path) -> None:
    choose(panel, scene, qtbot)
    panel.images.set_dates([[str(scene / "s2.tif")], [], [str(scene / "post.tif")]])
    panel.presets.set_preset("best")
    panel.options.encoder.setCurrentText("resnet34")
    panel.options.network.setCurrentIndex(panel.options.network.findData("fpn"))
    panel.options.epochs.setValue(7)
    panel.options.widgets["seed"].setValue(5)
    panel.options.widgets["bands"].setText("B02, B03,skip")
    panel.save_as.name.setText(" Fields: 2024/05 ")
    request = panel.request()
    assert request.images == ((str(scene / "s2.tif"),), (str(scene / "post.tif"),))
    assert (request.class_field, request.preset, request.encoder, request.network) == (
        "class",
        "best",
        "resnet34",
        "fpn",
    )
    assert (request.epochs, request.seed, request.bands) == (7, 5, ("B02", "B03", "skip"))
    assert request.name == "Fields: 2024/05"
    assert Path(request.model) == models_folder() / "Fields 2024 05"
    assert Path(request.report).parent == tmp_path / "results" / "Fields 2024 05"


def test_defaults_are_those_of_the_command(panel: TrainPanel, scene: Path, qtbot: Any) -> None:
    choose(panel, scene, qtbot)
    request = panel.request()
    plain = TrainRequest(
        request.images, request.labels, class_field="class", name="my fields Quick", buffer_m=None, **request.outputs()
    )
    assert request == plain


def test_quick_takes_nothing_that_is_for_networks(panel: TrainPanel, scene: Path, qtbot: Any) -> None:
    choose(panel, scene, qtbot)
    panel.presets.set_preset("best")
    panel.options.encoder.setCurrentText("resnet34")
    panel.options.network.setCurrentIndex(2)
    panel.options.epochs.setValue(7)
    panel.presets.set_preset("quick")
    panel.options.encoder.setCurrentText("resnet34")
    request = panel.request()
    assert (request.network, request.epochs, request.encoder) == (None, None, None)


def test_what_is_missing_is_told(panel: TrainPanel, scene: Path, qtbot: Any) -> None:
    with qtbot.waitSignal(panel.problem, timeout=MS) as told:
        panel.run_bar.run.click()
    assert "Choose an image to learn from first" in told.args[0]
    panel.images.set_dates([[str(scene / "s2.tif")]])
    with pytest.raises(GeoFMError, match="Choose a layer of labelled polygons first"):
        panel.request()


def test_a_model_that_is_there_is_not_replaced(panel: TrainPanel, scene: Path, qtbot: Any) -> None:
    choose(panel, scene, qtbot)
    first = Path(panel.request().model)
    assert first == models_folder() / "my fields Quick"
    first.mkdir(parents=True)
    second = panel.request()
    assert Path(second.model) == first.with_name("my fields Quick 2")
    assert second.name == "my fields Quick 2"  # in a list of models they can be told apart


def test_balanced_needs_an_encoder(panel: TrainPanel, scene: Path, qtbot: Any) -> None:
    choose(panel, scene, qtbot)
    assert not panel.presets.note.isVisibleTo(panel)
    panel.presets.set_preset("balanced")
    assert panel.presets.note.isVisibleTo(panel)
    with qtbot.waitSignal(panel.models_requested, timeout=MS):
        panel.presets.note.linkActivated.emit("models")
    with pytest.raises(GeoFMError, match="needs the encoder galileo-nano, which is not installed"):
        panel.request()
    panel.presets.set_preset("quick")
    assert not panel.presets.note.isVisibleTo(panel)
    panel.request()


def test_times_are_told_before_the_start(panel: TrainPanel, scene: Path, qtbot: Any) -> None:
    assert {label.text() for label in panel.presets.times.values()} == {""}
    choose(panel, scene, qtbot)
    assert panel.presets.times["quick"].text().startswith("about ")
    assert panel.presets.times["best"].text().startswith("up to ")
    known = seconds_of_training(panel.labels.counts, panel.facts())
    few = seconds_of_training(panel.labels.counts, panel.facts(), epochs=2)
    assert known["quick"] == few["quick"] < few["best"] < known["best"]
    assert seconds_of_training(panel.labels.counts, ()) == dict.fromkeys(PRESETS)
    for preset, epochs in (("balanced", 40), ("best", 30)):  # as many as the engine learns at most
        same = seconds_of_training(panel.labels.counts, panel.facts(), epochs=epochs)
        assert same[preset] == known[preset]


def test_a_network_has_its_own_name_and_is_offered_where_it_can_learn(
    panel: TrainPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NETWORKS, "later", Network("later", "Later", ("best",)))
    monkeypatch.setitem(NETWORKS, "other", Network("other", "Other", ("balanced",)))

    def offered() -> list[tuple[str, Any]]:
        box = panel.options.network
        return [(box.itemText(row), box.itemData(row)) for row in range(box.count())]

    panel.presets.set_preset("best")
    assert offered()[:3] == [("U-Net (default)", None), ("DeepLabV3+", "deeplabv3plus"), ("UPerNet", "upernet")]
    of_one_date = [name for name, row in NETWORKS.items() if "best" in row.presets and row.least_dates == 1]
    assert [name for _, name in offered()[1:]] == [name for name in of_one_date if name != "unet"]
    assert offered()[-1] == ("Later", "later")
    panel.options.network.setCurrentIndex(panel.options.network.findData("later"))
    for preset, network in (("quick", None), ("balanced", None), ("best", "later")):
        panel.presets.set_preset(preset)
        assert panel.options.values()["network"] == network


# Curves and matrix ----------------------------------------------------------------------------------------------------


def test_curves_mark_the_best_epoch(qtbot: Any) -> None:
    plot = TrainingPlot()
    qtbot.addWidget(plot)
    assert not plot.add([{"event": "progress", "done": 1, "total": 3, "unit": "epochs"}])
    for epoch, (loss, f1) in enumerate([(2.0, 0.3), (1.0, 0.8), (0.8, 0.7)], 1):
        assert plot.add([metric(LOSS, epoch, loss), metric(F1, epoch, f1)])
    plot.add([metric(BEST, 1, 0.3), metric(BEST, 2, 0.8)])
    assert plot.best() == (2, 0.8)
    assert plot.points(LOSS) == [(1, 2.0), (2, 1.0), (3, 0.8)]
    assert list(plot._curves[F1].getData()[1]) == [0.3, 0.8, 0.7]
    assert {line.value() for line in plot._best_lines} == {2}
    assert [_whole_step(epochs) for epochs in (1, 9, 10, 11, 20, 21, 60, 100, 101)] == [1, 1, 1, 2, 2, 5, 10, 10, 20]
    assert "Best: epoch 2, F1 0.80" in plot._legend.text()
    # A training that is resumed tells its last epochs again.
    plot.add([metric(LOSS, 3, 0.9)])
    assert plot.points(LOSS)[-1] == (3, 0.9)
    plot.clear()
    assert plot.best() is None


def test_a_value_that_is_no_number_breaks_nothing(qtbot: Any) -> None:
    plot = TrainingPlot()
    qtbot.addWidget(plot)
    assert not plot.add([metric(LOSS, 1, float("nan")), metric(F1, 1, float("inf"))])
    assert plot.best() is None
    plot.add([metric(F1, 2, 0.5)])
    assert plot.best() == (2, 0.5)


def test_the_matrix_in_words(qtbot: Any) -> None:
    matrix = ConfusionMap()
    qtbot.addWidget(matrix)
    matrix.show_matrix(["water", "wood"], [[90, 10], [0, 0]])
    assert matrix.sentence(0, 1) == "water: mapped as wood in 10 pixels (10.0 %)"
    assert matrix.sentence(1, 1) == ""
    matrix.resize(300, matrix.heightForWidth(300))
    picture = matrix.grab().toImage()
    right, wrong, empty = (
        picture.pixelColor(matrix._rect(row, column).topLeft() + QPoint(3, 3))
        for row, column in ((0, 0), (0, 1), (1, 0))
    )
    assert right.green() > right.red()
    assert wrong.red() > wrong.blue()
    assert empty == matrix.palette().base().color()
    assert [short_number(count) for count in (7, 999, 1234, 35_000, 4_200_000)] == ["7", "999", "1.2k", "35k", "4.2M"]


def test_what_was_not_validated_has_no_scores(qtbot: Any) -> None:
    results = TrainResults()
    qtbot.addWidget(results)
    empty = dict.fromkeys(("overall_accuracy", "macro_f1", "baseline_accuracy"))
    scores = {"water": dict.fromkeys(("precision", "recall", "f1", "iou", "support"))}
    classes = ({"id": 0, "name": "water", "color": "#1f78b4"},)
    summary = {"classes": classes, "confusion": [[0]], "metrics": {**empty, "per_class": scores}, "notes": ["A note."]}
    results.show_result(Result((), "My model", summary))
    assert "Not validated" in results.accuracy.text()
    assert results.facts.text() == "A note."
    assert not results.view.table.isVisibleTo(results)
    assert not results.view.matrix.isVisibleTo(results)
    assert not results.map_button.isEnabled()


# Real jobs ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(panel: TrainPanel, client: Any, scene: Path, qtbot: Any) -> Any:
    """The job that Start sends off with the panel's defaults, when it has ended."""
    layer = choose(panel, scene, qtbot)
    set_classes(layer, "class", {**panel.labels.colours(), "maize": QColor("#ff00ff")})
    with (
        qtbot.waitSignal(panel.submitted, timeout=MS) as submitted,
        qtbot.waitSignal(client.job_ended, timeout=MS) as end,
    ):
        panel.run_bar.run.click()
        assert panel.run_bar.currentIndex() == 1
    (job,) = end.args
    assert (job.id, job.state) == (submitted.args[0], "succeeded"), job.message
    assert panel.run_bar.currentIndex() == 0
    return job


def test_a_run_is_followed_to_its_model(panel: TrainPanel, client: Any, quick: Any, scene: Path, qtbot: Any) -> None:
    panel.outcome.show_result(quick.result)
    summary = quick.result.summary
    assert panel.result_box.isVisibleTo(panel)
    assert f"{100 * summary['metrics']['overall_accuracy']:.1f}\u00a0%" in panel.outcome.accuracy.text()
    assert "most common class" in panel.outcome.facts.text()
    table = panel.outcome.view.table
    assert {table.item(row, 0).text() for row in range(table.rowCount())} == CLASSES
    f1 = {item["name"]: summary["metrics"]["per_class"][item["name"]]["f1"] for item in summary["classes"]}
    assert {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())} == {
        name: f"{value:.2f}" for name, value in f1.items()
    }
    pixels = {item["name"]: item["validation_pixels"] for item in summary["classes"]}
    shown = {table.item(row, 0).text(): table.item(row, 4).text() for row in range(table.rowCount())}
    assert {name: QLocale().toInt(text)[0] for name, text in shown.items()} == pixels
    assert panel.outcome.view.matrix._counts == tuple(map(tuple, summary["confusion"]))
    with qtbot.waitSignal(panel.map_requested, timeout=MS) as asked:
        panel.outcome.map_button.click()
    assert asked.args[0] == str(models_folder() / "my fields Quick")
    # The colours of the layer's legend are the model's, and the shelf has it.
    (model,) = (model for model in shelf() if not model.built_in)
    assert {item.name: item.color for item in model.card.classes}["maize"] == "#ff00ff"
    assert [band.name for band in model.card.bands] == list(BANDS)
    # The next estimate knows how long this one took.
    counts, facts = panel.labels.counts, panel.facts()
    known = seconds_of_training(counts, facts, client.jobs)["quick"]
    assert known == pytest.approx(3 + summary["seconds"]["total"], rel=0.25)


def test_errors_are_a_layer_that_knows_its_model(panel: TrainPanel, quick: Any) -> None:
    QgsProject.instance().clear()
    # A model without a mistake has no layer of them; this one is taken for one that made some.
    summary = quick.result.summary
    metrics = {**summary["metrics"], "overall_accuracy": 0.99}
    group = add_result(replace(quick.result, summary={**summary, "metrics": metrics}), quick.load_request())
    assert group.name() == "my fields Quick"
    (layer,) = QgsProject.instance().mapLayers().values()
    assert layer.name() == "Validation errors (my fields Quick)"
    renderer = layer.renderer()
    assert isinstance(renderer, QgsCategorizedSymbolRenderer)
    names = {category.label() for category in renderer.categories()}
    assert "mapped as maize" in names
    assert layer.customProperty("geofm/model") == quick.load_request().model
    assert layer.customProperty("geofm/labels") == quick.load_request().labels
    history = "\n".join(layer.metadata().history())
    assert "Field of the class: class" in history
    assert "SHA-256 of the model: " in history


def test_the_card_can_be_read(panel: TrainPanel, quick: Any, qtbot: Any) -> None:
    folder = quick.load_request().model
    html = card_html(read_card(Path(folder)), Path(folder))
    assert "my fields" in html
    for name in CLASSES:
        assert name in html
    assert "B8A" in html
    dialog = ModelCardDialog.open_folder(folder, panel)
    assert "B8A" in dialog.text.toPlainText()
    dialog.close()
    lost = ModelCardDialog.open_folder(folder + " gone", panel)
    assert "gone" in lost.findChild(type(dialog.text)).toPlainText()
    lost.close()


def test_the_engines_sentence_is_told(panel: TrainPanel, client: Any, scene: Path, qtbot: Any) -> None:
    panel.images.set_dates([[str(scene / "s2.tif")]])
    panel.labels.set_layer(squares("EPSG:4326", [("wood", (0, 0, 1, 1)), ("water", (2, 0, 3, 1))]))
    with qtbot.waitSignal(client.job_ended, timeout=MS) as end:
        panel.run()
    (job,) = end.args
    assert job.state == "failed"
    assert "polygon" in job.message
    assert not list(models_folder().glob("*"))
    assert panel.run_bar.currentIndex() == 0


@pytest.mark.slow
def test_curves_and_stop_and_keep_the_best(panel: TrainPanel, client: Any, scene: Path, qtbot: Any) -> None:
    choose(panel, scene, qtbot)
    panel.presets.set_preset("best")
    panel.options.epochs.setValue(200)
    with qtbot.waitSignal(client.job_ended, timeout=MS) as end:
        panel.run()
        qtbot.waitUntil(lambda: len(panel.plot.points(F1)) >= 2, timeout=MS)
        assert panel.curves.isVisibleTo(panel)
        assert "of 200 epochs" in panel.run_bar.text.text()
        panel.run_bar.stop.click()
        assert panel.run_bar.text.text() == "Keeping the best…"
    (job,) = end.args
    assert job.state == "succeeded", job.message
    summary = job.result.summary
    told = panel.plot.best()
    assert told[0] == summary["best_epoch"] <= summary["epochs"] < 200
    panel.outcome.show_result(job.result)
    assert f"epoch {summary['best_epoch']} of {summary['epochs']} is kept" in panel.outcome.facts.text()
    assert read_card(Path(job.load_request().model)).architecture == "smp"


@pytest.mark.slow
def test_a_training_that_outlived_qgis_is_followed(
    make_client: Any, qgis_new_project: None, scene: Path, qtbot: Any, tmp_path: Path
) -> None:
    first = make_client()
    panel = TrainPanel(first)
    qtbot.addWidget(panel)
    panel.save_as.folder.setFilePath(str(tmp_path / "results"))
    choose(panel, scene, qtbot)
    panel.presets.set_preset("best")
    panel.options.epochs.setValue(200)
    with qtbot.waitSignal(panel.submitted, timeout=MS):
        panel.run()
    qtbot.waitUntil(lambda: bool(panel.plot.points(F1)), timeout=MS)
    panel.close_tools()
    first.close()
    second = make_client()
    again = TrainPanel(second)
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: bool(again.plot.points(F1)), timeout=MS)
    assert again.plot.points(F1)[0] == panel.plot.points(F1)[0]
    with qtbot.waitSignal(second.job_ended, timeout=MS) as end:
        again.run_bar.cancel.click()
    assert end.args[0].state == "cancelled"
    again.close_tools()
    assert json.loads(end.args[0].request)["epochs"] == 200
