"""The models dialog: what it lists and refuses, and real jobs that install, import, export and delete models."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtGui import QTextDocument
from qgis.PyQt.QtWidgets import QApplication, QDialog, QDialogButtonBox, QFileDialog, QMessageBox, QToolBar
from queue_home import ENGINE_PYTHON, MS, samples, state_of
from shelf import put_model

from geofm_qgis.dock import GeoFMDock
from geofm_qgis.engine.cards.card import BandSpec, ClassSpec, read_card
from geofm_qgis.engine.cards.catalogue import CATALOGUE, entry
from geofm_qgis.engine.cards.catalogue.mirror import MIRROR
from geofm_qgis.engine.cards.shelf import models_folder
from geofm_qgis.engine.cards.tasks import TASKS
from geofm_qgis.engine.errors import GeoFMError
from geofm_qgis.engine.jobs.job import Job
from geofm_qgis.engine.jobs.locks import lane_lock
from geofm_qgis.engine.jobs.requests import (
    ExportModelRequest,
    ImportModelRequest,
    InstallModelRequest,
    LandcoverRequest,
    TrainRequest,
)
from geofm_qgis.jobs.words import title_of
from geofm_qgis.models import dialog as models_dialog
from geofm_qgis.models.asking import ConsentDialog, ImportDialog
from geofm_qgis.models.dialog import ModelsDialog
from geofm_qgis.models.refusals import no_delete, no_export, no_install
from geofm_qgis.models.rows import all_rows, rows_with
from geofm_qgis.models.table import LICENCE, SIZE, STATE, TITLE, ModelsModel
from geofm_qgis.models.words import WORDS_OF_TASKS, bands_text, details_html, size_text, state_text, task_text

pytest_plugins = ("queue_fixtures",)

NOW = 1_700_000_000.0
NEEDS_DATA = pytest.mark.skipif(
    not os.environ.get("GEOFM_TEST_DATA"), reason="GEOFM_TEST_DATA does not name the folder of the test data"
)
# Published files under the names that the catalogue gives them.
PUBLISHED = {
    "galileo-nano": "galileo_nano/encoder.pt",
    "dynamic-world": "dynamicworld/dw_forward_converted.onnx",
}
# A graph of one convolution with the metadata of Deepness; argument: the file to write, the channels.
WRITE_ONNX = """
import json, sys
import numpy, onnx
from onnx import TensorProto, helper
channels = int(sys.argv[2])
weight = numpy.random.default_rng(0).standard_normal((2, channels, 1, 1)).astype("float32")
nodes = [helper.make_node("Conv", ["x", "w"], ["raw"]), helper.make_node("Softmax", ["raw"], ["y"], axis=1)]
x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size, 32, 32]) for name, size in
        (("x", channels), ("y", 2)))
graph = helper.make_graph(nodes, "small", [x], [y], [onnx.numpy_helper.from_array(weight, "w")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
said = {"model_type": "Segmentor", "class_names": {"0": "field", "1": "forest"}, "resolution": 1000, "tile_size": 32}
for key, value in said.items():
    model.metadata_props.add(key=key, value=json.dumps(value))
onnx.save(model, sys.argv[1])
"""


def put_file_of_weights_away(folder: Path) -> None:
    """What a disk that was full, or an impatient user, leaves."""
    (folder / "weights.safetensors").unlink()


def a_job(request, state="running", number=1, **others):
    """A job that the queue would hold."""
    return Job(number, request.kind, request.lane, request.to_json(), state, NOW, **others)


@pytest.fixture(autouse=True)
def nothing_built_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The shelf holds the user's own models alone, but where a test is about those that come with GeoFM."""
    if "built_in" not in request.node.name:
        monkeypatch.setattr("geofm_qgis.engine.cards.shelf.resource", lambda name: tmp_path / "none")


def test_flood_networks_are_built_in(home: Path) -> None:
    names = {row.name for row in all_rows(home) if row.folder}
    assert {"geofm-flood-pair", "geofm-flood-single"} <= names


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A mirror with two published models, one in a folder of its own."""
    folder = tmp_path / "mirror"
    for name, path in PUBLISHED.items():
        file = folder / (name if name == "galileo-nano" else "") / entry(name).files[0].name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.symlink_to(Path(os.environ["GEOFM_TEST_DATA"]) / "models" / path)
    monkeypatch.setenv(MIRROR, str(folder))
    return folder


@pytest.fixture
def no_mirror(monkeypatch):
    """As most users have it."""
    monkeypatch.delenv(MIRROR, raising=False)


@pytest.fixture
def dialog(client, qtbot):
    """The dialog on the screen."""
    dialog = ModelsDialog(client)
    qtbot.addWidget(dialog)
    dialog.show_in_front()
    return dialog


def row_of(dialog, name):
    """A model as the dialog lists it."""
    dialog.table.select(name)
    row = dialog.table.current()
    assert row.name == name
    return row


def column(dialog, number):
    """The texts of a column of the table."""
    model = dialog.table.models
    return [model.index(row, number).data() for row in range(model.rowCount())]


def answer(kind, button_text, before=lambda box: None):
    """Press a button of the dialog that will come."""

    def press():
        box = QApplication.activeModalWidget()
        if not isinstance(box, kind):
            QTimer.singleShot(20, press)
            return
        before(box)
        buttons = box.findChild(QDialogButtonBox).buttons()
        next(button for button in buttons if button.text().replace("&", "") == button_text).click()

    QTimer.singleShot(0, press)


def said(dialog):
    """What the newest message in the dialog's bar says."""
    item = dialog.bar.currentItem()
    return item.text() if item is not None else ""


# What is listed -------------------------------------------------------------------------------------------------------


def test_the_catalogue_is_listed_with_what_one_wants_to_know(dialog, no_mirror, qtmodeltester):
    assert column(dialog, TITLE) == [item.title for item in CATALOGUE]
    row = row_of(dialog, "galileo-nano")
    index = dialog.table.currentIndex()
    texts = [index.sibling(index.row(), number).data() for number in range(6)]
    assert texts == [row.title, "Available", "To train on", "12 bands", "MIT", "4.2 MB"]
    text = dialog.details.toPlainText()
    for words in ("MIT", "G. Tseng et al.", "github.com/nasaharvest", "4.2 MB from raw.githubusercontent.com"):
        assert words in text
    qtmodeltester.check(dialog.table.models)


def test_a_model_that_only_a_mirror_has_tells_what_to_do(dialog, no_mirror):
    row_of(dialog, "dynamic-world")
    index = dialog.table.currentIndex()
    assert index.sibling(index.row(), STATE).data() == "Mirror only"
    text = dialog.details.toPlainText()
    assert MIRROR in text and entry("dynamic-world").files[0].sha256 in text
    assert not dialog.install_action.isEnabled()
    assert "mirror" in dialog.install_action.toolTip()


def test_a_model_whose_hash_is_not_known_tells_how_it_is_taken_in(dialog, mirror):
    row_of(dialog, "farslip-b32")  # a mirror does not help, since its files could not be checked
    index = dialog.table.currentIndex()
    assert [index.sibling(index.row(), number).data() for number in range(6)] == [
        "FarSLIP ViT-B/32",
        "By hand",
        "Finds by words",
        "red, green, blue",
        "MIT",
        "",
    ]
    text = dialog.details.toPlainText()
    assert "geofm models import FarSLIP2" in text and "--like farslip-b32" in text and "Z. Li" in text
    assert not dialog.install_action.isEnabled()
    assert "by hand" in dialog.install_action.toolTip()


def test_clip_models_show_their_licences(dialog, no_mirror):
    licences = {"openai-clip-b32": "MIT", "remoteclip-b32": "Apache-2.0", "georsclip-b32": "CC, kind not stated"}
    for name, licence in licences.items():
        row_of(dialog, name)
        index = dialog.table.currentIndex()
        assert index.sibling(index.row(), LICENCE).data() == licence
        assert dialog.install_action.isEnabled()
    assert "ask them before commercial use" in dialog.details.toPlainText()


def test_installed_and_damaged_models_come_first(home, client, qtbot, no_mirror):
    put_model(home / "models" / "zebra", title="Zebra")
    put_model(home / "models" / "apple", title="Apple")
    put_file_of_weights_away(home / "models" / "apple")
    (home / "models" / "nothing").mkdir()
    dialog = ModelsDialog(client)
    qtbot.addWidget(dialog)
    dialog.show()
    assert column(dialog, TITLE)[:3] == ["Apple", "nothing", "Zebra"]
    assert column(dialog, STATE)[:3] == ["Damaged", "Damaged", "Installed"]
    row_of(dialog, "apple")
    assert "holds no weights.safetensors" in dialog.details.toPlainText()
    assert dialog.delete_action.isEnabled() and dialog.folder_action.isEnabled()
    assert not dialog.export_action.isEnabled()
    row_of(dialog, "nothing")
    assert "holds no card.json" in dialog.details.toPlainText()
    row_of(dialog, "zebra")
    assert "field" in dialog.details.toPlainText() and str(home / "models" / "zebra") in dialog.details.toPlainText()


def test_an_installed_model_of_the_catalogue_is_listed_once(home, no_mirror):
    put_model(home / "models" / "galileo-nano", task="encoder", classes=())
    rows = all_rows(home)
    assert sum(row.name == "galileo-nano" for row in rows) == 1
    assert rows[0].installed and rows[0].entry is not None
    assert no_install(rows[0], True) == "“Fields and forest” is installed."
    put_file_of_weights_away(home / "models" / "galileo-nano")
    (row, *_) = all_rows(home)
    assert no_install(row, True) == ""  # a damaged one can be installed again


def test_what_a_terminal_did_is_seen_when_the_window_is_used_again(dialog, home, no_mirror):
    row_of(dialog, "galileo-nano")
    put_model(home / "models" / "forest")
    dialog.refresh()
    assert column(dialog, TITLE)[0] == "Fields and forest"
    assert dialog.table.current().name == "galileo-nano"  # still selected


def test_jobs_are_shown_at_the_model_that_they_are_about(home, no_mirror):
    put_model(home / "models" / "forest")
    rows = all_rows(home)
    jobs = (
        a_job(InstallModelRequest("galileo-nano"), number=1),
        a_job(ExportModelRequest(str(home / "models" / "forest"), "/x/forest.onnx"), "queued", 2),
        a_job(ImportModelRequest("/x/roofs.onnx"), number=3),
        a_job(InstallModelRequest("dynamic-world"), "failed", 4),
    )
    by_name = {row.name: row for row in rows_with(rows, jobs)}
    assert [by_name[name].job.id for name in ("galileo-nano", "forest", "roofs")] == [1, 2, 3]
    assert by_name["dynamic-world"].job is None
    assert [state_text(by_name[name], True) for name in ("galileo-nano", "forest", "roofs")] == [
        "Working",
        "Waiting",
        "Working",
    ]
    assert no_install(by_name["galileo-nano"], True) == "Something is being done with “{}” already.".format(
        entry("galileo-nano").title
    )


def test_a_change_of_a_job_keeps_selection_and_place(home, no_mirror, qtbot):
    rows, model = all_rows(home), ModelsModel()
    assert model.show_rows(rows, True)
    changed = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    assert not model.show_rows(rows_with(rows, (a_job(InstallModelRequest("galileo-nano")),)), True)
    assert not model.show_rows(rows_with(rows, (a_job(InstallModelRequest("galileo-nano")),)), True)
    assert len(changed) == 1
    assert model.show_rows(rows_with(rows, (a_job(ImportModelRequest("/x/roofs.onnx")),)), True)


def test_words(home):
    assert [size_text(size) for size in (952_207, 44_915_225, 2_300_000_000, None)] == ["1.0 MB", "45 MB", "2.3 GB", ""]
    for task in ("segmentation", "encoder", "dual-encoder", "recognition"):
        classes = (ClassSpec(0, "a", "#000000"), ClassSpec(1, "b", "#ffffff")) if task == "segmentation" else ()
        card = put_model(home / "models" / task, task=task, classes=classes)
        assert task_text(card) not in ("", task)
    assert sorted(task.words for task in TASKS.values()) == sorted(WORDS_OF_TASKS)
    two_dates = tuple(BandSpec(name, "db", date=date) for date in (0, 1) for name in ("VV", "VH"))
    assert bands_text(put_model(home / "models" / "change", bands=two_dates)) == "VV, VH, 2 dates"
    assert task_text(None) == ""
    assert title_of(a_job(InstallModelRequest("galileo-nano"))) == "galileo-nano – installing the model"
    assert title_of(a_job(ImportModelRequest("/x/roofs.onnx"))) == "roofs – importing a model"
    assert title_of(a_job(ExportModelRequest("/x/forest", "/x/f.onnx"))) == "forest – exporting the model"


def test_what_a_card_says_is_no_markup(home):
    put_model(home / "models" / "bold", title="<b>Bold</b>", limits="1 < 2 & 3")
    (row, *_) = all_rows(home)
    html = details_html(row)
    assert "&lt;b&gt;Bold&lt;/b&gt;" in html and "1 &lt; 2 &amp; 3" in html


# What is refused ------------------------------------------------------------------------------------------------------


def test_only_models_that_map_classes_are_exported(home, no_mirror):
    put_model(home / "models" / "encoder", task="encoder", classes=())
    put_model(home / "models" / "forest")
    rows = {row.name: row for row in all_rows(home)}
    assert no_export(rows["encoder"], True) == "Only models that give classes or values can be exported."
    assert no_export(rows["galileo-nano"], True) == "Select a model that is installed."
    assert no_export(None, True)
    assert no_export(rows["forest"], True) == ""
    assert "not set up" in no_export(rows["forest"], False)


@pytest.mark.parametrize("named", ["forest", "folder"])
def test_a_model_that_a_job_needs_is_not_deleted(home, named):
    folder = home / "models" / "forest"
    put_model(folder)
    (row,) = [row for row in all_rows(home) if row.folder]
    model = str(folder) if named == "folder" else "Forest"
    mapping = LandcoverRequest(image=("/x/image.tif",), model=model, name="Ebro", map="/x/map.tif")
    training = TrainRequest((("/x/a.tif",),), "/x/l.gpkg", "class", preset="balanced", encoder="forest", model="/x/m")
    assert no_delete(row, ()) == ""
    assert no_delete(row, (a_job(mapping, "succeeded"),)) == ""
    assert no_delete(row, (a_job(mapping, "queued", 7),)) == "Job 7 needs it: Ebro – land cover map."
    assert no_delete(row, (a_job(training),)).startswith("Job 1 needs it")
    other = LandcoverRequest(image=("/x/image.tif",), model="/x/other", name="forest", map="/x/map.tif")
    assert no_delete(row, (a_job(other),)) == ""
    assert no_delete(row, (Job(1, "future", "long", "{}", "running", NOW),)) == ""


def test_a_model_that_comes_with_geofm_is_not_deleted(home):
    from dataclasses import replace

    put_model(home / "models" / "forest")
    (row, *_) = all_rows(home)
    assert "comes with GeoFM" in no_delete(replace(row, built_in=True), ())
    assert state_text(replace(row, built_in=True), True) == "Built in"


def test_without_the_packages_for_learning_it_says_so(client, qtbot, monkeypatch, no_mirror):
    monkeypatch.setattr(models_dialog, "find_engine_python", lambda: None)
    dialog = ModelsDialog(client)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.notice.isVisible()
    assert column(dialog, STATE)[0] == "Needs set-up"
    for action in (dialog.install_action, dialog.import_action):
        assert not action.isEnabled() and "not set up" in action.toolTip()
    with qtbot.waitSignal(dialog.options_requested, timeout=MS):
        dialog.notice_text.linkActivated.emit("options")
    monkeypatch.undo()
    dialog.inspect()
    qtbot.waitUntil(lambda: not dialog.notice.isVisible(), timeout=MS)
    assert dialog.install_action.isEnabled()


# Asking ---------------------------------------------------------------------------------------------------------------


def test_nothing_is_installed_without_consent(dialog, client, no_mirror, qtbot):
    row_of(dialog, "galileo-nano")
    shown = []
    answer(ConsentDialog, "Cancel", lambda box: shown.append(box.text.text()))
    dialog.install_action.trigger()
    for words in ("MIT", "G. Tseng et al.", "raw.githubusercontent.com", "accept the licence"):
        assert words in shown[0]
    qtbot.wait(200)
    assert client.jobs == ()
    box = ConsentDialog(dialog.table.current(), Path("/x"))
    qtbot.addWidget(box)
    box.show()
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.result() == QDialog.DialogCode.Rejected  # nobody accepts by chance


def test_long_words_do_not_push_the_licences_text_out_of_the_box(dialog, no_mirror, qtbot):
    row_of(dialog, "georsclip-b32")
    box = ConsentDialog(dialog.table.current(), Path("/home/somebody/.local/share/geofm/models/georsclip-b32"))
    qtbot.addWidget(box)
    text = QTextDocument()
    text.setHtml(box.text.text())
    words = re.split(r"[\s\u200b]+", text.toPlainText())
    assert max(map(len, words)) <= 20 and "4920188e6eba4e71" in words


def test_what_to_import_is_checked_while_it_is_typed(home, tmp_path, qtbot):
    dialog = ImportDialog({"forest"})
    qtbot.addWidget(dialog)
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not button.isEnabled()
    dialog.path.setFilePath(str(tmp_path / "gone.onnx"))
    assert "There is no file" in dialog.note.text() and not button.isEnabled()
    for name in ("forest", "roofs"):
        (tmp_path / f"{name}.onnx").write_bytes(b"")
    dialog.path.setFilePath(str(tmp_path / "forest.onnx"))
    assert "already" in dialog.note.text() and not button.isEnabled()
    dialog.path.setFilePath(str(tmp_path / "roofs.onnx"))
    assert button.isEnabled() and dialog.name.placeholderText() == "roofs"
    assert dialog.request() == ImportModelRequest(str(tmp_path / "roofs.onnx"), "roofs", None)
    dialog.name.setText("con")
    assert "Windows" in dialog.note.text() and not button.isEnabled()
    dialog.name.setText(" Roofs 2 ")
    dialog.bands.setText("B02, B03,B04")
    assert dialog.request() == ImportModelRequest(str(tmp_path / "roofs.onnx"), "Roofs 2", ("B02", "B03", "B04"))


def test_a_folder_is_imported_under_its_cards_name(tmp_path, home, qtbot):
    dialog = ImportDialog(set())
    qtbot.addWidget(dialog)
    dialog.from_folder.setChecked(True)
    assert not dialog.bands.isEnabled()
    dialog.path.setFilePath(str(tmp_path))
    assert "holds no card.json" in dialog.note.text()
    with pytest.raises(GeoFMError):
        dialog.request()
    put_model(tmp_path / "given", name="forest", licence="MIT")
    dialog.path.setFilePath(str(tmp_path / "given"))
    assert dialog.note.text() == "Fields and forest. Licence: MIT"
    assert dialog.request() == ImportModelRequest(str(tmp_path / "given"), "forest", None)


def test_weights_of_a_model_that_is_taken_in_by_hand(tmp_path, home, qtbot):
    dialog = ImportDialog(set(), None, entry("farslip-b32"))
    qtbot.addWidget(dialog)
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert dialog.from_weights.isChecked() and not dialog.bands.isEnabled()
    (tmp_path / "far.pt").write_bytes(b"")
    dialog.path.setFilePath(str(tmp_path / "far.pt"))
    assert "SHA-256" in dialog.note.text() and not button.isEnabled()
    dialog.sha256.setText("12ab")
    assert "not 64 hexadecimal digits" in dialog.note.text() and not button.isEnabled()
    dialog.sha256.setText(f" {'aB' * 32} ")
    assert button.isEnabled() and dialog.note.text() == "FarSLIP ViT-B/32. Licence: MIT"
    made = ImportModelRequest(str(tmp_path / "far.pt"), "farslip-b32", like="farslip-b32", sha256="aB" * 32)
    assert dialog.request() == made
    (tmp_path / "far.safetensors").write_bytes(b"")
    dialog.sha256.clear()
    dialog.path.setFilePath(str(tmp_path / "far.safetensors"))
    assert dialog.request().sha256 is None
    (tmp_path / "roofs.onnx").write_bytes(b"")
    dialog.from_file.setChecked(True)
    dialog.path.setFilePath(str(tmp_path / "roofs.onnx"))
    assert dialog.request() == ImportModelRequest(str(tmp_path / "roofs.onnx"), "roofs", None)


@pytest.mark.parametrize(("name", "offered"), [("farslip-b32", True), ("galileo-nano", False)])
def test_what_is_selected_says_whether_weights_can_be_given(dialog, no_mirror, name, offered):
    row_of(dialog, name)
    seen = []
    answer(ImportDialog, "Cancel", lambda box: seen.append(box.from_weights.isVisible()))
    dialog.import_action.trigger()
    assert seen == [offered]


# Real jobs ------------------------------------------------------------------------------------------------------------


@NEEDS_DATA
@pytest.mark.slow
def test_a_model_is_installed_and_deleted(mirror, dialog, client, home, qtbot):
    row_of(dialog, "dynamic-world")
    assert str(mirror) in dialog.details.toPlainText()
    answer(ConsentDialog, "Accept licence and install")
    with (
        qtbot.waitSignal(client.job_ended, timeout=MS) as end,
        qtbot.waitSignal(dialog.changed, timeout=MS),
    ):
        dialog.table.setFocus()
        qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: dialog.table.current().job is not None, timeout=MS)
        assert dialog.cancel_action.isEnabled() and not dialog.install_action.isEnabled()
    assert end.args[0].state == "succeeded", end.args[0].message
    assert said(dialog) == "“Dynamic World (9 classes, Sentinel-2)” is installed."
    row = dialog.table.current()
    assert (row.name, row.installed, row.job) == ("dynamic-world", True, None)
    assert column(dialog, STATE)[0] == "Installed"
    assert read_card(models_folder(home) / "dynamic-world").licence == "Apache-2.0"

    answer(QMessageBox, "Cancel")
    dialog.delete_action.trigger()
    assert (models_folder(home) / "dynamic-world").is_dir()
    dialog.activateWindow()
    dialog.table.setFocus()
    qtbot.waitUntil(dialog.table.hasFocus, timeout=MS)
    answer(QMessageBox, "Delete")
    with qtbot.waitSignal(dialog.changed, timeout=MS):
        qtbot.keyClick(dialog.table, Qt.Key.Key_Delete)
    assert list(models_folder(home).iterdir()) == []
    assert "is deleted" in said(dialog)
    assert not row_of(dialog, "dynamic-world").installed


@NEEDS_DATA
@pytest.mark.slow
def test_an_encoder_is_installed_while_the_dialog_is_closed(mirror, dialog, client, home, qtbot):
    row_of(dialog, "galileo-nano")
    told = []
    dialog.told.connect(told.append)
    answer(ConsentDialog, "Accept licence and install")
    with qtbot.waitSignal(client.job_ended, timeout=MS) as end:
        dialog.install_action.trigger()
        dialog.close()
    assert end.args[0].state == "succeeded", end.args[0].message
    assert told == ["“Galileo nano (Sentinel-1 and Sentinel-2)” is installed."]
    assert (models_folder(home) / "galileo-nano" / "weights.safetensors").is_file()
    dialog.show_in_front()
    assert row_of(dialog, "galileo-nano").installed


@pytest.fixture(scope="module")
def small_onnx(tmp_path_factory):
    """Writes a small model for Deepness with so many channels, and gives the file."""

    def write(channels):
        file = tmp_path_factory.mktemp("onnx") / "roofs.onnx"
        subprocess.run([str(ENGINE_PYTHON), "-c", WRITE_ONNX, str(file), str(channels)], check=True)
        return file

    return write


@pytest.mark.slow
def test_an_onnx_file_is_imported_and_exported(dialog, client, home, small_onnx, tmp_path, qtbot, monkeypatch):
    file = small_onnx(4)

    def fill(box):
        box.path.setFilePath(str(file))
        box.name.setText("My roofs")
        box.bands.setText("B02, B03, B04, B08")

    answer(ImportDialog, "Import", fill)
    with qtbot.waitSignal(client.job_ended, timeout=MS) as end:
        dialog.import_action.trigger()
        qtbot.waitUntil(lambda: column(dialog, TITLE)[0] == "My roofs", timeout=MS)
    assert end.args[0].state == "succeeded", end.args[0].message
    assert said(dialog) == "“My roofs” is imported."
    row = dialog.table.current()
    assert (row.name, row.installed) == ("My roofs", True)
    card = read_card(models_folder(home) / "My roofs")
    assert [band.name for band in card.bands] == ["B02", "B03", "B04", "B08"]
    assert [item.name for item in card.classes] == ["field", "forest"]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "Größe" / "roofs"), ""))
    (tmp_path / "Größe").mkdir()
    with qtbot.waitSignal(client.job_ended, timeout=MS) as end:
        dialog.export_action.trigger()
    assert end.args[0].state == "succeeded", end.args[0].message
    assert (tmp_path / "Größe" / "roofs.onnx").stat().st_size > file.stat().st_size  # it has the card, too
    assert (tmp_path / "Größe" / "roofs.json").is_file()
    assert str(tmp_path / "Größe" / "roofs.onnx") in said(dialog)

    # Without the names of its four bands the engine refuses it, and says what is missing.
    answer(ImportDialog, "Import", lambda box: box.path.setFilePath(str(file)))
    with qtbot.waitSignal(client.job_ended, timeout=MS) as end:
        dialog.import_action.trigger()
    assert end.args[0].state == "failed"
    assert "does not name its 4 bands" in said(dialog)
    assert [path.name for path in models_folder(home).iterdir()] == ["My roofs"]


@pytest.mark.slow
def test_a_pickle_is_refused(dialog, client, home, tmp_path, qtbot):
    (tmp_path / "model.onnx").write_bytes(b"\x80\x02cposix\nsystem\n.")
    answer(ImportDialog, "Import", lambda box: box.path.setFilePath(str(tmp_path / "model.onnx")))
    with qtbot.waitSignal(client.job_ended, timeout=MS) as end:
        dialog.import_action.trigger()
    assert end.args[0].state == "failed"
    assert "pickle" in said(dialog)


@pytest.mark.slow
def test_an_install_that_waits_is_cancelled(dialog, client, home, no_mirror, qtbot):
    lane = lane_lock(home, InstallModelRequest.lane)  # another worker's
    assert lane.try_acquire()
    row_of(dialog, "galileo-nano")
    answer(ConsentDialog, "Accept licence and install")
    dialog.install_action.trigger()
    qtbot.waitUntil(lambda: dialog.table.current().job is not None, timeout=MS)
    index = dialog.table.currentIndex()
    assert index.sibling(index.row(), STATE).data() == "Waiting"
    dialog.cancel_action.trigger()
    qtbot.waitUntil(lambda: state_of(client, 1) == "cancelled", timeout=MS)
    assert dialog.table.current().job is None and dialog.install_action.isEnabled()
    assert said(dialog) == ""
    lane.release()


@pytest.mark.slow
def test_an_import_does_not_wait_for_a_long_job(dialog, client, tmp_path, qtbot):
    client.submit(samples(tmp_path / "long", 10_000))
    qtbot.waitUntil(lambda: state_of(client, 1) == "running", timeout=MS)
    (tmp_path / "model.onnx").write_bytes(b"\x80\x02cposix\nsystem\n.")
    answer(ImportDialog, "Import", lambda box: box.path.setFilePath(str(tmp_path / "model.onnx")))
    with qtbot.waitSignal(client.job_ended, timeout=MS):
        dialog.import_action.trigger()
    assert (state_of(client, 1), state_of(client, 2)) == ("running", "failed")
    client.cancel(1)
    qtbot.waitUntil(lambda: state_of(client, 1) == "cancelled", timeout=MS)


# The window -----------------------------------------------------------------------------------------------------------


def test_the_keyboard_reaches_everything(dialog, no_mirror):
    bar = dialog.findChild(QToolBar)
    for action in dialog.actions_in_order:
        assert "&" in action.text()
        assert not action.icon().isNull()
        assert bar.widgetForAction(action).focusPolicy() == Qt.FocusPolicy.TabFocus
    letters = [action.text()[action.text().index("&") + 1].lower() for action in dialog.actions_in_order]
    assert len(set(letters)) == len(letters)
    for widget in (dialog.table, dialog.details):
        assert widget.accessibleName()


def test_all_columns_have_room(dialog, no_mirror):
    table = dialog.table
    for number in range(1, SIZE + 1):
        widest = max(table.fontMetrics().horizontalAdvance(text) for text in column(dialog, number))
        assert table.columnWidth(number) > widest + 4
    assert table.columnWidth(TITLE) > 30 * table.fontMetrics().averageCharWidth()
    assert not table.horizontalScrollBar().isVisible()


def test_the_dock_opens_it_from_beside_the_list_of_models(client, home, qgis_canvas, qgis_new_project, qtbot):
    dock = GeoFMDock(client, qgis_canvas)
    qtbot.addWidget(dock)
    assert dock.models is None
    dock.landcover.model.row.models_button.click()
    first = dock.models
    assert first.isVisible()
    assert dock.landcover.model.combo.count() == 0
    put_model(home / "models" / "forest")
    first.changed.emit()
    assert dock.landcover.model.combo.itemText(0) == "Fields and forest"
    first.close()
    dock.show_models()
    assert dock.models is first and first.isVisible()
    QgsApplication.processEvents()
    for panel in dock.pages:
        panel.close_tools()
