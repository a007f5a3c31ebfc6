"""The Flood tab: what is chosen becomes the request, and the job that is run is followed to its result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry, QgsProject, QgsRasterLayer, QgsRectangle
from queue_home import MS
from real_maps import write_scene

from geofm_qgis.engine.errors import GeoFMError
from geofm_qgis.flood.panel import FloodPanel
from geofm_qgis.project.naming import default_folder
from geofm_qgis.translation import number_text

pytest_plugins = ("queue_fixtures",)

LINES_OF_THE_PLOT = 1


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return write_scene(tmp_path_factory.mktemp("scene") / "Río Ärö")


@pytest.fixture
def panel(client, qgis_canvas, qgis_new_project, qtbot, tmp_path):
    panel = FloodPanel(client, qgis_canvas)
    qtbot.addWidget(panel)
    panel.save_as.folder.setFilePath(str(tmp_path / "maps"))
    yield panel
    panel.close_tools()


def test_everything_that_is_chosen_is_asked_for(panel, scene, tmp_path):
    dem = QgsRasterLayer(str(scene / "dem.tif"), "heights")
    QgsProject.instance().addMapLayer(dem)
    panel.post.set_sources([str(scene / "post.tif")])
    panel.pre.set_dates([[str(scene / "pre1.tif")], [], [str(scene / "pre2.tif")]])
    assert panel.aoi.size.text() == "6.56 km² · 65,536 pixels"
    utm = QgsCoordinateReferenceSystem("EPSG:32633")
    panel.aoi.set_geometry(QgsGeometry.fromRect(QgsRectangle(500_000, 5_000_000, 501_000, 5_001_000)), utm)
    panel.dem.set_layer(dem)
    panel.save_as.name.setText(" Ebro: 2024/10 ")
    panel.options.widgets["min_area_ha"].setValue(1.5)
    panel.options.widgets["speckle_filter"].setCurrentIndex(
        panel.options.widgets["speckle_filter"].findData("refined-lee")
    )
    panel.options.widgets["confidence"].setChecked(True)
    request = panel.request()
    assert request.post == (str(scene / "post.tif"),)
    assert request.pre == ((str(scene / "pre1.tif"),), (str(scene / "pre2.tif"),))
    assert json.loads(request.aoi)["type"] == "Polygon"
    assert request.dem == str(scene / "dem.tif")
    assert (request.event, request.min_area_ha, request.speckle_filter) == ("Ebro: 2024/10", 1.5, "refined-lee")
    # The name of the event, without what no file system takes.
    assert Path(request.mask).parent == tmp_path / "maps" / "Ebro 2024 10"
    assert set(request.outputs()) == {"mask", "polygons", "report", "confidence"}


def test_defaults_are_those_of_the_command(panel, scene):
    from geofm_qgis.engine.jobs.requests import FloodRequest

    panel.post.set_sources([str(scene / "post.tif")])
    request = panel.request()
    plain = FloodRequest(post=request.post, **request.outputs())
    assert request == plain


def test_without_an_image_it_says_so(panel, qtbot):
    with pytest.raises(GeoFMError, match="image from after the flood"):
        panel.request()
    with qtbot.waitSignal(panel.problem, timeout=MS) as told:
        panel.run_bar.run.click()
    assert "image from after the flood" in told.args[0]
    assert panel.run_bar.currentIndex() == 0


def test_a_folder_that_cannot_be_made_is_told(panel, scene, qtbot, tmp_path):
    (tmp_path / "file").write_text("")
    panel.save_as.folder.setFilePath(str(tmp_path / "file"))
    panel.post.set_sources([str(scene / "post.tif")])
    with qtbot.waitSignal(panel.problem, timeout=MS) as told:
        panel.run()
    assert "cannot be made" in told.args[0]


def test_each_run_has_a_folder_of_its_own(panel, scene):
    panel.post.set_sources([str(scene / "post.tif")])
    first = Path(panel.request().mask).parent
    first.mkdir(parents=True)
    assert Path(panel.request().mask).parent == first.with_name("Flood 2")


def test_results_go_beside_the_project(panel, qgis_new_project, tmp_path):
    assert default_folder().name == "GeoFM"
    QgsProject.instance().write(str(tmp_path / "flood.qgz"))
    assert default_folder() == tmp_path / "geofm"
    assert panel.save_as.folder.lineEdit().placeholderText() == str(tmp_path / "geofm")


def test_a_run_is_followed_to_its_result(panel, client, scene, qtbot):
    panel.post.set_sources([str(scene / "post.tif")])
    panel.pre.set_dates([[str(scene / "pre1.tif")]])
    with (
        qtbot.waitSignal(panel.submitted, timeout=MS) as submitted,
        qtbot.waitSignal(client.job_ended, timeout=MS) as end,
    ):
        panel.run_bar.run.click()
        assert panel.run_bar.currentIndex() == 1
    (job,) = end.args
    assert (job.id, job.state) == (submitted.args[0], "succeeded"), job.message
    assert panel.run_bar.currentIndex() == 0
    panel.outcome.show_result(job.result)
    table = panel.outcome.table
    shown = {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())}
    areas = job.result.summary["areas"]
    assert shown["Flood"] == number_text(areas["flood"]["km2"], 2)
    assert panel.result_box.isVisibleTo(panel)
    bands = job.result.summary["thresholds"]["after"]["polarisations"]
    for band, values in bands.items():
        assert f"{band}: water below {values['threshold_db']:.1f} dB" in panel.outcome.plot._legend.text()
    assert len(panel.outcome.plot._plot.listDataItems()) == LINES_OF_THE_PLOT * len(bands)


def test_cancel_while_it_runs(panel, client, scene, qtbot, tmp_path):
    panel.post.set_sources([str(scene / "post.tif")])
    with qtbot.waitSignal(client.job_ended, timeout=MS) as end:
        panel.run()
        qtbot.waitUntil(lambda: panel.run_bar.cancel.isEnabled(), timeout=MS)
        panel.run_bar.cancel.click()
    # A small map may be finished before it hears of it.
    assert end.args[0].state in ("cancelled", "succeeded")
    assert panel.run_bar.currentIndex() == 0


def test_one_more_is_queued_while_one_runs(panel, client, scene, qtbot):
    panel.post.set_sources([str(scene / "post.tif")])
    numbers, ended = [], []
    panel.submitted.connect(numbers.append)
    client.job_ended.connect(lambda job: ended.append((job.id, job.state)) if job.kind == "flood" else None)
    panel.run()
    qtbot.waitUntil(lambda: panel.run_bar.again.isEnabled() and len(numbers) == 1, timeout=MS)
    panel.save_as.name.setText("another event")
    panel.run_bar.again.click()
    qtbot.waitUntil(lambda: len(numbers) == 2, timeout=MS)
    qtbot.waitUntil(lambda: len(ended) == 2, timeout=MS)
    assert ended == [(number, "succeeded") for number in numbers]
    qtbot.waitUntil(lambda: panel.run_bar.currentIndex() == 0, timeout=MS)


def test_the_settings_of_a_job_come_back(panel, client, qgis_canvas, scene, qtbot, tmp_path):
    panel.post.set_sources([str(scene / "post.tif")])
    panel.pre.set_dates([[str(scene / "pre1.tif")]])
    panel.dem.set_file(str(scene / "dem.tif"))
    utm = QgsCoordinateReferenceSystem("EPSG:32633")
    panel.aoi.set_geometry(QgsGeometry.fromRect(QgsRectangle(500_000, 5_000_000, 501_000, 5_001_000)), utm)
    panel.save_as.name.setText("Ebro")
    for name, value in (("min_area_ha", 1.5), ("max_slope_deg", 12.0)):
        panel.options.widgets[name].setValue(value)
    panel.options.widgets["confidence"].setChecked(True)
    asked = panel.request()
    other = FloodPanel(client, qgis_canvas)
    qtbot.addWidget(other)
    other.save_as.folder.setFilePath(str(tmp_path / "maps"))
    other.take_up(asked)
    assert other.request() == asked
    assert other.options.defaults_button.isVisibleTo(other.options)
    other.options.defaults_button.click()
    assert other.request().min_area_ha == 0.3 and not other.options.defaults_button.isVisibleTo(other.options)
    other.close_tools()


def test_the_options_of_the_last_run_are_there_at_the_next_start(panel, client, qgis_canvas, scene, qtbot):
    panel.post.set_sources([str(scene / "post.tif")])
    panel.options.widgets["min_area_ha"].setValue(2.5)
    with qtbot.waitSignal(client.job_ended, timeout=MS):
        panel.run()
    again = FloodPanel(client, qgis_canvas)
    qtbot.addWidget(again)
    assert again.options.values()["min_area_ha"] == 2.5
    again.close_tools()


def test_options_without_effect_are_grey(panel, scene):
    slope, height = (panel.options.widgets[name] for name in ("max_slope_deg", "max_hand_m"))
    assert not slope.isEnabled() and not height.isEnabled()
    panel.dem.set_file(str(scene / "dem.tif"))
    assert slope.isEnabled() and not height.isEnabled()
    panel.dem.clear()
    assert not slope.isEnabled()


def test_a_result_leaves_those_alone_who_have_gone_on(panel, qtbot):
    panel.resize(400, 300)
    panel.show()
    bar = panel.scroll.verticalScrollBar()
    for moved, expected in ((True, True), (False, False)):
        bar.setValue(0)
        panel.submitted.emit(1)
        qtbot.waitUntil(lambda: panel._left is not None, timeout=MS)
        bar.setValue(20 if moved else 0)
        panel.open_results()
        qtbot.waitUntil(lambda: panel._left is None, timeout=MS)
        assert (bar.value() == 20) == expected
