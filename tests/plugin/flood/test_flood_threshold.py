"""The threshold under the hand: moved in the histogram it is seen on the map; marks turn it; the map is made again."""

from __future__ import annotations

import math

import pytest
from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry, QgsPointXY, QgsRasterLayer, QgsRectangle
from qgis.PyQt.QtCore import Qt
from queue_home import MS
from real_maps import write_scene

from geofm_qgis.flood.marks import best_shift, errors_at
from geofm_qgis.flood.panel import FloodPanel
from geofm_qgis.widgets.plots import BackscatterPlot

pytest_plugins = ("queue_fixtures",)

UTM = QgsCoordinateReferenceSystem("EPSG:32633")


def test_marks_choose_the_threshold_that_errs_least_nearest_to_the_found_one():
    never = math.inf
    assert best_shift([], []) == 0
    assert best_shift([1.5], []) == 1.5, "no further than the mark asks"
    assert best_shift([-2.0], []) == 0
    assert best_shift([], [-1.0]) == -1.5
    assert best_shift([1.0], [2.5]) == 1.0
    assert best_shift([1.0, 3.0, 3.0], [2.0]) == 3.0, "one wrong of four"
    assert best_shift([never], [0.0]) == -0.5
    assert best_shift([1.5], [], home=2.0) == 2.0
    assert errors_at(0.0, [0.0, 0.5, never], [-1.0, 3.0]) == 3


def test_a_threshold_is_seen_also_beside_all_that_the_image_holds(qgis_app, qtbot):
    bins = {"low": -30.0, "width": 1.0}
    plot = BackscatterPlot()
    qtbot.addWidget(plot)
    model = {"polarisations": {"VV": {"threshold_db": -26.5, "histogram": [0, 1, 2, 4, 3, 0]}}}
    plot.show_thresholds({**model, "histogram_bins_db": bins}, 6.0)
    plot.set_shift(6.0)
    left, right = plot._plot.viewRange()[0]
    assert left < plot.lines["VV"].value() == -20.5 < right


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return write_scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture
def panel(client, qgis_canvas, qgis_new_project, qtbot, scene, tmp_path):
    """With the map of one date, shown."""
    panel = FloodPanel(client, qgis_canvas)
    qtbot.addWidget(panel)
    panel.save_as.folder.setFilePath(str(tmp_path))
    panel.post.set_sources([str(scene / "post.tif")])
    before = qgis_canvas.mapSettings().destinationCrs()
    qgis_canvas.setDestinationCrs(UTM)
    qgis_canvas.setExtent(QgsRectangle(0, 0, 100, 100))
    ended = []
    client.job_ended.connect(lambda job: ended.append(job) if job.kind == "flood" else None)
    panel.finish = lambda: qtbot.waitUntil(lambda: bool(ended), timeout=MS) or ended.pop()
    panel.run()
    job = panel.finish()
    panel.outcome.show_result(job.result)
    yield panel
    panel.close_tools()
    qgis_canvas.setDestinationCrs(before)  # one canvas serves all tests


def test_a_threshold_is_moved_seen_marked_and_mapped_with(panel, scene, qgis_canvas, qtbot):
    tool = panel.outcome.threshold
    before = dict(tool._levels)
    assert not tool.again.isEnabled() and not tool.preview.isChecked()
    # By mouse: VH's line takes VV's along, and the map shows what would be water.
    tool.plot.lines["VH"].setValue(before["VH"] + 2)
    assert tool.preview.isChecked() and tool.again.isEnabled()
    for name, number in tool.numbers.items():
        assert number.value() == pytest.approx(before[name] + 2, abs=0.06)
    # Beside the image there is nothing to see; the view is asked for again where the map goes.
    qtbot.waitUntil(lambda: "does not show the image" in tool.told.text(), timeout=MS)
    qgis_canvas.setExtent(QgsRasterLayer(str(scene / "post.tif"), "post").extent())
    qtbot.waitUntil(lambda: tool._water.view is not None, timeout=MS)
    assert tool.told.text() == ""
    picture = qgis_canvas.grab().toImage()
    # By keyboard, in the chart and in a number.
    tool.plot._plot.setFocus()
    qtbot.keyClick(tool.plot._plot, Qt.Key.Key_Left)
    assert tool.shift() == 1.5
    tool.numbers["VV"].setValue(before["VV"] - 3)
    assert tool.shift() == pytest.approx(-3, abs=0.06)
    assert qgis_canvas.grab().toImage() != picture
    tool.found.click()
    assert tool.shift() == 0 and not tool.again.isEnabled()
    # A place that only a brighter threshold makes water, marked as flood.
    view = tool._water.view
    place = next(point for point in points(view) if 0.5 <= view.needs(point) <= 4)
    tool.marks.buttons[True].click()
    qgis_canvas.mapTool().drawn.emit(QgsGeometry.fromPointXY(place), UTM)
    assert tool.shift() == view.needs(place)
    assert tool.marks.told.text() == "1 of 1 marks are as they should be."
    tool.marks._add(False, QgsGeometry.fromPointXY(place), UTM)
    assert tool.marks.told.text() == "1 of 2 marks are as they should be."
    tool.marks.clear_button.click()
    tool.plot.lines["VV"].setValue(before["VV"] + 2.5)
    tool.again.click()
    job = panel.finish()
    request = job.load_request()
    assert request.vh_threshold_db == pytest.approx(before["VH"] + 2.5, abs=0.01)
    assert request.mask != panel.outcome.threshold._request.mask
    panel.outcome.show_result(job.result)
    assert not tool.preview.isChecked() and tool.shift() == 0
    tool.found.click()
    assert tool.shift() == pytest.approx(-2.5, abs=0.01)


def points(view):
    box = view.rectangle
    for row in range(1, 60):
        for column in range(1, 60):
            yield QgsPointXY(box.xMinimum() + box.width() * column / 60, box.yMinimum() + box.height() * row / 60)
