"""Texts of strangers - names of classes, models, files and layers, and messages - are shown, and never obeyed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from html_seen import IMAGE, draws, guessed, plain_of
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.gui import QgsFileWidget, QgsMessageBar, QgsMessageLogViewer
from qgis.PyQt.QtCore import QAbstractItemModel, QAbstractTableModel, QObject, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QAction,
    QApplication,
    QLabel,
    QMainWindow,
    QMessageBox,
    QPlainTextEdit,
    QTextBrowser,
    QWidget,
)
from queue_home import MS
from shelf import put_model

from geofm_qgis.dock import GeoFMDock
from geofm_qgis.engine.cards.card import BandSpec, ClassSpec
from geofm_qgis.engine.cards.catalogue import CATALOGUE
from geofm_qgis.engine.jobs.job import Job
from geofm_qgis.engine.jobs.result import Result
from geofm_qgis.jobs.panel import JobsPanel
from geofm_qgis.jobs.status import StatusWidget
from geofm_qgis.models.asking import ConsentDialog, ImportDialog, wants_to_delete
from geofm_qgis.models.card import ModelCardDialog
from geofm_qgis.models.dialog import ModelsDialog
from geofm_qgis.models.rows import all_rows
from geofm_qgis.plain_text import PlainLabel, as_written, in_html, in_name
from geofm_qgis.plugin import GeoFMPlugin
from geofm_qgis.search.images import ImagesToRemove
from geofm_qgis.search.indexes import remember_index
from geofm_qgis.search.layer import FIELDS
from geofm_qgis.search.parts import Chip
from geofm_qgis.train.confusion import ConfusionMap
from geofm_qgis.widgets.parts import WarningLabel

pytest_plugins = ("queue_fixtures",)

CLASSES = [{"id": 0, "name": IMAGE, "color": "#112233"}, {"id": 1, "name": "[% 1 + 1 %] \u202eb", "color": "#445566"}]
AREAS = {
    item["name"]: {"pixels": 9, "class_id": item["id"], "km2": 1.0, "ha": 100.0, "share": 0.5, "colour": "#112233"}
    for item in CLASSES
}


# Panels and dialogs ---------------------------------------------------------------------------------------------------


def told(root: QWidget) -> Iterator[tuple[str, bool]]:
    """All that a window says, and whether Qt would draw a picture for it."""
    for widget in [root, *root.findChildren(QWidget)]:
        yield widget.toolTip(), guessed(widget.toolTip())
        if isinstance(widget, QLabel) and not isinstance(widget.parent(), QgsFileWidget):
            takes = {Qt.TextFormat.RichText: draws, Qt.TextFormat.AutoText: guessed}.get(widget.textFormat())
            yield widget.text(), takes is not None and takes(widget.text())
        elif isinstance(widget, QTextBrowser):
            yield widget.toPlainText(), "\ufffc" in widget.toPlainText()
    for action in root.findChildren(QAction):
        yield action.toolTip(), guessed(action.toolTip())
    for model in root.findChildren(QAbstractItemModel):
        if model.metaObject().className().startswith("QgsMapLayer"):
            continue  # QGIS's own tool tips of layers, as in all of its lists
        for row in range(min(model.rowCount(), 50)):
            for column in range(model.columnCount() if isinstance(model, QAbstractTableModel) else 1):
                tip = model.index(row, column).data(Qt.ItemDataRole.ToolTipRole)
                yield model.index(row, column).data() or "", False
                yield tip or "", guessed(tip or "")


def check(root: QWidget, least: int) -> None:
    """None of it is a picture, and the stranger's text stands in at least so many places."""
    texts = list(told(root))
    assert [text for text, is_drawn in texts if is_drawn] == []
    assert sum(IMAGE in text or IMAGE in plain_of(text) for text, _ in texts) >= least


@pytest.fixture
def models(home: Path) -> Path:
    """A shelf of strangers' models: one that maps, one for search, one that is damaged."""
    home.mkdir(mode=0o700)
    folder = home / "models"
    classes = (ClassSpec(0, IMAGE, "#ffcc00"), ClassSpec(1, "[% 1 %]", "#006600"))
    bands = (BandSpec(IMAGE, "dn"),)
    words = dict.fromkeys(("title", "limits", "licence", "attribution", "source", "version"), IMAGE)
    put_model(folder / "maps", **words, classes=classes, bands=bands, training={IMAGE: IMAGE}, metrics={IMAGE: IMAGE})
    put_model(folder / "finds", **words, task="dual-encoder", architecture="clip", classes=())
    put_model(folder / "lost", **words, classes=classes)
    (folder / "lost" / "weights.safetensors").unlink()
    (folder / "<img src=red.png>").mkdir()
    return folder


@pytest.fixture
def strange_layers(tmp_path: Path, qgis_new_project: None) -> tuple[QgsRasterLayer, QgsVectorLayer]:
    """A raster and labels of a stranger."""
    path = tmp_path / "<img src=red.png>_VV.asc"
    path.write_text("ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2\n3 4\n")
    raster = QgsRasterLayer(str(path), IMAGE)
    assert raster.isValid()
    labels = QgsVectorLayer("Polygon?crs=EPSG:4326&field=class:string", IMAGE, "memory")
    feature = QgsFeature(labels.fields())
    feature.setAttributes([IMAGE])
    feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0, 1 0, 1 1, 0 0))"))
    labels.dataProvider().addFeatures([feature])
    QgsProject.instance().addMapLayers([raster, labels])
    return raster, labels


def job_of(state: str = "running", kind: str = "landcover") -> Job:
    values = {"kind": kind, "image": [f"/{IMAGE}.tif"], "name": IMAGE, "model": "/m", "map": "/m.tif"}
    progress = {"done": 1.0, "total": 2.0, "unit": IMAGE, "rate": 1.0, "eta_s": 5.0}
    return Job(1, kind, "long", json.dumps(values), state, 1.7e9, message=IMAGE, progress=progress)


def test_no_label_and_no_tool_tip_of_the_dock_is_html(
    models: Path, strange_layers: Any, client: Any, qgis_canvas: Any, qtbot: Any, tmp_path: Path
) -> None:
    raster, labels = strange_layers
    dock = GeoFMDock(client, qgis_canvas)
    qtbot.addWidget(dock)
    for panel in dock.pages:
        panel.show()
    dock.flood.post.set_sources([raster.source()])
    dock.landcover.image.set_sources([raster.source()])
    dock.landcover.model.set_bands(("VV",))  # so that the note says why no model fits
    dock.landcover.model.choose(str(models / "lost"))
    dock.landcover.run_bar.show_job(job_of())
    dock.train.labels.set_layer(labels)
    qtbot.waitUntil(lambda: bool(dock.train.labels.counts.classes), timeout=MS)
    dock.train.presets.say_missing(IMAGE)
    show_results(dock)
    show_search(dock, tmp_path)
    check(dock, 25)
    dock.landcover.model.set_bands(None)
    dock.landcover.model.choose(str(models / "maps"))
    check(dock, 25)
    for panel in dock.pages:
        panel.close_tools()


def show_results(dock: GeoFMDock) -> None:
    """Results of each kind of job."""
    model = {"polarisations": {IMAGE: {"threshold_db": 1.0, "histogram": [1, 2]}}, "source": IMAGE}
    scores = {item["name"]: {"f1": 0.5, "precision": 0.5, "recall": 0.5} for item in CLASSES}
    summary = {
        "areas": AREAS,
        "classes": CLASSES,
        "warnings": [IMAGE],
        "notes": [IMAGE],
        "model": IMAGE,
        "thresholds": {"after": {**model, "histogram_bins_db": {"low": -30.0, "width": 1.0}}},
        "metrics": {"overall_accuracy": 0.5, "macro_f1": 0.5, "baseline_accuracy": 0.2, "per_class": scores},
        "confusion": [[1, 2], [3, 4]],
    }
    for panel in (dock.flood, dock.landcover, dock.train):
        panel.outcome.show_result(Result((), IMAGE, summary))


def show_search(dock: GeoFMDock, tmp_path: Path) -> None:
    """An index of a stranger, what is said of it, and what was found in it."""
    index = tmp_path / "<img src=red.png>.index"
    index.mkdir()
    (index / "index.json").write_text(json.dumps({"name": IMAGE, "model": "m", "title": IMAGE}))
    remember_index(str(index))
    panel = dock.search
    panel.index.refresh(str(index))
    panel.builder.add_to(str(index))
    panel.index.show_problem(IMAGE)
    check(dock, 5)
    facts = {"tiles": 1, "images": 1, "windows_m": [1.0], "first_day": IMAGE, "last_day": IMAGE, "model": IMAGE}
    panel.index.show_facts({**facts, "stale": [], "unfinished": False, "warnings": [IMAGE]})
    panel.query.set_query(IMAGE, (f"/{IMAGE}.png",))
    panel.results.title.setText(IMAGE)
    panel.results.tell(IMAGE)
    panel.marks.tell([IMAGE])
    square = [[0, 0], [1, 0], [1, 1], [0, 1]]
    hit = dict.fromkeys([name for name, _ in FIELDS], IMAGE) | {"rank": 1, "score": 1.0, "tile": 1, "window_m": 1.0}
    panel.grid.hits.set_hits([{**hit, "polygon": square, "stale": ""}])


def test_windows_about_models(models: Path, client: Any, qtbot: Any, home: Path) -> None:
    dialog = ModelsDialog(client)
    qtbot.addWidget(dialog)
    dialog.show_in_front()
    for name in ("maps", "finds", "lost", "<img src=red.png>"):
        dialog.table.select(name)
        check(dialog, 1)
    dialog._say(IMAGE, 2)
    dialog._say(f"R & D {IMAGE}", 0)
    check(dialog, 1)
    dialog.close()
    rows = {row.name: row for row in all_rows(home)}
    entry = replace(CATALOGUE[0], card=rows["maps"].card, description=IMAGE)
    consent = ConsentDialog(replace(rows["maps"], entry=entry), models / IMAGE)
    taking = ImportDialog(set(), like=entry)
    taking.path.setFilePath(str(models / "<img src=red.png>"))
    known = ImportDialog(set())
    known.from_folder.setChecked(True)
    known.path.setFilePath(str(models / "maps"))
    card = ModelCardDialog(rows["maps"].card, models / "maps")
    for window, least in ((consent, 1), (taking, 0), (known, 1), (card, 1)):
        qtbot.addWidget(window)
        check(window, least)
    assert plain_of(consent.text.text()).count(IMAGE) >= 4


def test_questions(models: Path, home: Path, qtbot: Any) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    rows = {row.name: row for row in all_rows(home)}
    seen = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(20, look)
            return
        seen.extend(told(box))
        box.reject()

    QTimer.singleShot(0, look)
    assert not wants_to_delete(replace(rows["maps"], folder=Path(f"/{IMAGE}")), parent)
    panel = JobsPanel(Client())
    qtbot.addWidget(panel)
    panel._client.jobs_changed.emit((job_of("failed"),))
    panel.select(1)
    check(panel, 2)
    QTimer.singleShot(0, look)
    panel._delete()
    assert [text for text, is_drawn in seen if is_drawn] == []
    assert sum(IMAGE in text or IMAGE in plain_of(text) for text, _ in seen) >= 3


class Client(QObject):
    """A queue of nothing."""

    jobs_changed = pyqtSignal(object)
    jobs = ()


def test_small_parts(qtbot: Any) -> None:
    status, images = StatusWidget(Client()), ImagesToRemove(IMAGE, [(f"/{IMAGE}.tif", IMAGE)])
    status._client.jobs_changed.emit((job_of(),))
    warnings = WarningLabel()
    warnings.show_texts([IMAGE])
    for widget, least in ((status, 1), (images, 1), (warnings, 1), (Chip(IMAGE, IMAGE, "mActionAdd"), 2)):
        qtbot.addWidget(widget)
        check(widget, least)
    matrix = ConfusionMap()
    qtbot.addWidget(matrix)
    matrix.show_matrix([IMAGE, "b"], [[1, 2], [3, 4]])
    assert as_written(matrix.sentence(0, 1)) != matrix.sentence(0, 1)
    assert not guessed(as_written(matrix.sentence(0, 1)))


def test_message_bar_and_log_of_the_plugin(qtbot: Any, qgis_new_project: None) -> None:
    bar, viewer = QgsMessageBar(), QgsMessageLogViewer()
    qtbot.addWidget(bar)
    qtbot.addWidget(viewer)
    plugin = GeoFMPlugin(SimpleNamespace(messageBar=lambda: bar, mainWindow=QMainWindow))
    for say in (plugin._tell, plugin._warn, lambda text: plugin._on_setup(True, text), plugin._on_diagnostics):
        say(f"R & D “{IMAGE}”")
    plugin._offer(replace(job_of("succeeded"), result=Result((), IMAGE)))
    texts = [browser.toPlainText() for item in bar.items() for browser in item.findChildren(QTextBrowser)]
    assert len(texts) == 5 and not any("\ufffc" in text for text in texts)
    assert sum(f"R & D “{IMAGE}”" in text for text in texts) == 3
    QgsApplication.processEvents()
    logged = "\n".join(log.toPlainText() for log in viewer.findChildren(QPlainTextEdit))
    assert f"R & D “{IMAGE}”" in logged and "\ufffc" not in logged
    bar.clearWidgets()


# The helpers themselves -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [IMAGE, f"a\n{IMAGE}", f"  {IMAGE}", "&lt;b&gt;", "<!doctype html>", "<?xml ?><b>x"])
def test_what_looks_like_html_is_shown_as_it_was_written(text: str) -> None:
    shown = as_written(text)
    assert (plain_of(shown) if Qt.mightBeRichText(shown) else shown).split() == text.split()
    label = PlainLabel(text)
    assert (label.textFormat(), label.text()) == (Qt.TextFormat.PlainText, text)
    assert plain_of(in_html(text)).split() == text.split()


@pytest.mark.parametrize("text", ["Wälder & Felder", "1 < 2", "a\nb", "O'Hara “x”", "می‌خواهم"])
def test_what_is_no_html_stays_as_it_is(text: str) -> None:
    assert as_written(text) == text
    assert in_name("Wälder & Felder") == "Wälder & Felder"
