"""The Search tab: words become hits on a layer, in a grid and on a histogram; indexes are built, paused and resumed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGraduatedSymbolRenderer,
    QgsLayerTreeModel,
    QgsMimeDataUtils,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QFileDialog
from queue_home import MS, state_of
from search_world import import_recognition, write_ground, write_index

from geofm_qgis.engine.jobs.requests import SearchRequest
from geofm_qgis.search.hits_model import HIT, MARK, PICTURE
from geofm_qgis.search.images import ImagesToRemove
from geofm_qgis.search.indexes import known_indexes
from geofm_qgis.search.jobs import SearchJobs
from geofm_qgis.search.queries import recent

pytest_plugins = ("search_fixtures",)

WEST, EAST, SOUTH, NORTH = 15.0, 15.00326, 45.15124, 45.15354  # of the image, in WGS84
MIDDLE = (WEST + EAST) / 2, (SOUTH + NORTH) / 2


def quarter(hit):
    names = {(False, False): "water", (True, False): "forest", (False, True): "field", (True, True): "town"}
    return names[hit["lon"] > MIDDLE[0], hit["lat"] < MIDDLE[1]]


def hits_of(panel):
    """What the grid shows."""
    model = panel.grid.hits
    return [model.index(row, 0).data(HIT) for row in range(model.rowCount())]


class TestAsking:
    def test_words_become_hits_in_grid_layer_and_histogram(self, panel, ask):
        answer = ask("water")
        hits = hits_of(panel)
        assert len(hits) == 50 and {quarter(hit) for hit in hits} == {"water"}
        assert not panel.grid.hits.index(0, 0).data(PICTURE).isNull()
        layer = panel.layer.layer()
        assert layer.featureCount() == 50 and layer.name() == "water"
        first = next(layer.getFeatures())
        assert (first["rank"], first["source"]) == (1, "ground")
        assert first["score"] == pytest.approx(hits[0]["score"]) and first["tile"] == hits[0]["tile"]
        assert MIDDLE[0] > first.geometry().centroid().asPoint().x() > WEST
        assert isinstance(layer.renderer(), QgsGraduatedSymbolRenderer) and len(layer.renderer().ranges()) == 5
        assert layer.labelsEnabled() and layer.labeling().settings().fieldName == "rank"
        assert sum(answer.summary["histogram"]["counts"]) == answer.summary["tiles"] == 1186
        assert panel.histogram.told.text() == "50 of 50"
        assert [group.name() for group in QgsProject.instance().layerTreeRoot().findGroups()] == ["Search"]

    def test_the_next_answer_takes_the_place_of_the_last(self, panel, ask):
        ask("water")
        layer = panel.layer.layer()
        first = panel.jobs._shown
        answer = ask("town")
        assert panel.layer.layer() is layer and layer.name() == "town"
        assert layer.renderer().ranges()[-1].upperValue() == pytest.approx(answer.hits[0]["score"])
        tree = QgsLayerTreeModel(QgsProject.instance().layerTreeRoot())
        legend = tree.layerLegendNodes(QgsProject.instance().layerTreeRoot().findLayer(layer))
        assert layer.renderer().ranges()[-1].label() in [node.data(Qt.ItemDataRole.DisplayRole) for node in legend]
        assert {quarter(hit) for hit in hits_of(panel)} == {"town"}
        assert {QgsProject.instance().mapLayer(key).name() for key in QgsProject.instance().mapLayers()} == {"town"}
        assert not first.exists()

    def test_searches_leave_no_jobs_behind(self, panel, ask, warm_client, qtbot):
        before = {job.id for job in warm_client.jobs}
        ask("forest")
        qtbot.waitUntil(lambda: {job.id for job in warm_client.jobs} <= before, timeout=MS)

    def test_a_question_that_was_left_behind_is_forgotten(self, world, warm_client, qtbot):
        """QGIS was closed before the answer came: the next one takes the job away."""
        left = []
        warm_client.submit(SearchRequest(index=str(world.index), texts=("town",)), left.append)
        qtbot.waitUntil(
            lambda: any(left) and state_of(warm_client, left[0].id) not in ("", "queued", "running"), timeout=MS
        )
        jobs = SearchJobs(warm_client)
        warm_client.job_ended.emit(next(job for job in warm_client.jobs if job.id == left[0].id))
        qtbot.waitUntil(lambda: not state_of(warm_client, left[0].id), timeout=MS)
        jobs.close()

    def test_only_the_newest_question_counts(self, panel, qtbot):
        answers = []
        panel.jobs.answered.connect(answers.append)
        for word in ("water", "forest", "town"):
            panel.query.set_text(word)
            panel.ask()
        qtbot.waitUntil(lambda: panel.query.bar.isHidden(), timeout=MS)
        assert [answer.request.texts for answer in answers] == [("town",)]

    def test_not_and_several_phrases(self, panel, ask):
        request = ask("field; town  not: town; sand").request
        assert (request.texts, request.negatives) == (("field", "town"), ("town", "sand"))

    def test_a_phrase_that_the_model_was_not_taught_is_said_to_be_so(self, panel, ask):
        ask("stock market prices")
        assert "not among what Colours was taught" in panel.marks.note.text()
        assert panel.marks._notes.isVisibleTo(panel)
        ask("water")
        assert not panel.marks._notes.isVisibleTo(panel)

    def test_an_empty_line_is_told(self, panel, qtbot):
        panel.query.button.click()
        assert "query is empty" in panel.marks.note.text()
        panel.query.set_text("not: town")
        panel.query.button.click()
        assert "only what is not wanted" in panel.marks.note.text()
        assert panel.query.bar.isHidden()

    def test_area_days_and_number(self, panel, ask):
        panel.filters.set_values({"top": 7, "aoi": json.dumps(rectangle(MIDDLE[0], SOUTH, EAST, NORTH))})
        answer = ask("water")
        assert len(answer.hits) == 7 and {hit["lon"] > MIDDLE[0] - 1e-4 for hit in answer.hits} == {True}
        panel.filters.set_values({"date_from": "2024-01-01", "date_to": "2024-12-31"})
        with pytest.raises(AssertionError):
            ask("water")  # the image has no date
        assert "no image of these days" in panel.marks.note.text()

    def test_history_and_examples(self, panel, ask, qtbot):
        ask("forest")
        ask("water")
        qtbot.waitUntil(lambda: recent()[:1] == ["water"], timeout=MS)
        panel.query._fill_menu()
        texts = [action.text() for action in panel.query.menu.actions()]
        assert texts.index("water") < texts.index("forest") < texts.index("sand")


def rectangle(west, south, east, north):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


class TestExamples:
    """Images and places beside the words."""

    @pytest.fixture
    def picture(self, world, tmp_path):
        """A part of the image's forest as a file without a place."""
        path = tmp_path / "old growth.png"
        gdal.Translate(str(path), str(world.image), format="PNG", srcWin=[180, 40, 16, 16])
        return path

    @pytest.fixture
    def canvas(self, qgis_canvas, qgis_new_project):
        """Shows the image in its own coordinate system."""
        before = qgis_canvas.mapSettings().destinationCrs()
        qgis_canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
        qgis_canvas.setExtent(QgsRectangle(500_000, 4_999_744, 500_256, 5_000_000))
        yield qgis_canvas
        qgis_canvas.setDestinationCrs(before)

    @pytest.fixture
    def answer_to(self, panel, qtbot):
        """Does something and brings the answer that follows."""

        def wait(act):
            with qtbot.waitSignal(panel.jobs.answered, timeout=MS) as came:
                act()
            return came.args[0]

        return wait

    def test_an_image_is_an_example(self, panel, answer_to, picture, monkeypatch):
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(picture)], ""))
        answer = answer_to(panel.query.parts.image.click)
        assert answer.request.examples == (str(picture),) and answer.request.texts == ()
        assert {quarter(hit) for hit in answer.hits} == {"forest"}
        assert panel.layer.layer().name() == "like old growth.png"
        assert chips(panel) == ["like old growth.png"]
        panel.query.parts.chips()[0].cross.click()
        assert chips(panel) == [] and panel.query.values()["examples"] == ()
        panel.query.button.click()
        assert "query is empty" in panel.marks.note.text()

    def test_an_image_is_dropped_on_the_line(self, panel, answer_to, picture, tmp_path):
        (tmp_path / "notes.txt").touch()
        data = urls(tmp_path / "notes.txt", picture)
        panel.query.set_text("town")
        answer = answer_to(lambda: drop(panel.query.line, data))
        assert (answer.request.texts, answer.request.examples) == (("town",), (str(picture),))
        assert panel.query.text() == "town"
        assert {quarter(hit) for hit in answer.hits} <= {"town", "forest"}
        assert panel.layer.layer().name() == "town, like old growth.png"
        answer = answer_to(lambda: drop(panel.query, data))  # once is enough
        assert answer.request.examples == (str(picture),)

    def test_a_layer_is_dropped_on_the_line(self, panel, answer_to, picture):
        layer = QgsRasterLayer(str(picture), "trees")
        QgsProject.instance().addMapLayer(layer)
        data = QgsMimeDataUtils.encodeUriList([QgsMimeDataUtils.Uri(layer)])
        assert answer_to(lambda: drop(panel.query.line, data)).request.examples == (str(picture),)
        assert QgsProject.instance().mapLayer(layer.id()) is layer

    def test_a_rectangle_on_the_map(self, panel, answer_to, canvas, warm_client, qtbot, tmp_path):
        QgsProject.instance().write(str(tmp_path / "project.qgz"))
        before = canvas.mapTool()
        panel.show()
        panel.query.parts.area.click()
        assert panel.query.parts.area.isChecked() and "Drag a rectangle" in panel.query.parts.hint.text()
        answer = answer_to(lambda: drag(canvas, (150, 150), (240, 240)))
        west, south, east, north = bounds(json.loads(answer.request.like))
        assert MIDDLE[0] < west < east < EAST and SOUTH < south < north < MIDDLE[1]
        assert {quarter(hit) for hit in answer.hits[:30]} == {"town"}
        size = panel.query.parts._band.asGeometry().area()
        assert size == pytest.approx(90 * 90, rel=0.05)  # whole pixels of the canvas
        title = chips(panel)[0]
        assert title.startswith("like an area of 8,") and title == panel.layer.layer().name()
        assert canvas.mapTool() is before and not panel.query.parts.area.isChecked()
        assert not panel.query.parts.hint.isVisible()
        with qtbot.waitSignal(warm_client.job_ended, timeout=MS, check_params_cb=of_kind("score-map")) as end:
            panel.results.map.click()
        assert (end.args[0].state, end.args[0].load_request().like) == ("succeeded", answer.request.like)
        assert (tmp_path / "geofm" / title / "scores.tif").is_file()

    def test_a_place_beside_words(self, panel, answer_to, canvas):
        panel.query.set_text("water")
        panel.query.parts.point.click()
        answer = answer_to(lambda: click(canvas, 64, 192))
        lon, lat = answer.request.at
        assert (lon, lat) == pytest.approx(((WEST + MIDDLE[0]) / 2, (SOUTH + MIDDLE[1]) / 2), abs=1e-4)
        assert answer.request.texts == ("water",)
        assert {quarter(hit) for hit in answer.hits} == {"water", "field"}
        assert chips(panel) == [f"like the place {lon:.4f}°, {lat:.4f}°"]
        panel.query.parts.area.click()
        answer = answer_to(lambda: drag(canvas, (150, 20), (240, 100)))  # takes the place of the place
        assert answer.request.at is None and len(chips(panel)) == 1

    def test_escape_gives_the_map_back(self, panel, canvas, qtbot):
        panel.show()
        before = canvas.mapTool()
        for button, keyboard in ((panel.query.parts.area, panel.query.line), (panel.query.parts.point, canvas)):
            button.click()
            assert button.isChecked() and canvas.mapTool() is not before
            qtbot.keyClick(keyboard, Qt.Key.Key_Escape)
            assert not button.isChecked() and canvas.mapTool() is before
        panel.query.parts.area.click()
        panel.query.parts.point.click()
        assert not panel.query.parts.area.isChecked()
        panel.filters.aoi.set_mode("rectangle")  # another tool of the same panel takes the canvas
        assert not panel.query.parts.point.isChecked()
        qtbot.keyClick(canvas, Qt.Key.Key_Escape)
        assert canvas.mapTool() is before

    def test_a_place_that_no_image_shows_is_told(self, panel, canvas, qtbot):
        canvas.setExtent(QgsRectangle(600_000, 4_999_744, 600_256, 5_000_000))
        panel.query.parts.point.click()
        click(canvas, 100_100, 100)
        qtbot.waitUntil(lambda: "No image of the index shows the place" in panel.marks.note.text(), timeout=MS)

    def test_marks_are_about_the_query_with_its_examples(self, panel, ask, answer_to, canvas):
        ask("town")
        panel._mark(hits_of(panel)[:1], "good")
        panel.query.parts.point.click()
        answer = answer_to(lambda: click(canvas, 64, 192))
        assert answer.request.good == () and panel.marks.marks() == {}

    def test_saved_searches_keep_them(self, panel, answer_to, canvas, picture):
        area = json.dumps(rectangle(WEST, SOUTH, MIDDLE[0], MIDDLE[1]))
        panel.query.set_query("water", [str(picture)], None, area)
        panel.query.save_requested.emit("three of them")
        panel.query.set_query("")
        panel.query._fill_menu()
        assert not panel.query.save_action.isEnabled()
        action = next(action for action in panel.query.menu.actions() if action.text() == "three of them")
        request = answer_to(action.trigger).request
        assert (request.texts, request.examples, request.like) == (("water",), (str(picture),), area)
        assert len(chips(panel)) == 2
        panel.query._fill_menu()
        assert panel.query.save_action.isEnabled()


def chips(panel):
    """What stands on the chips below the query line."""
    return [chip.text.text() for chip in panel.query.parts.chips()]


def bounds(polygon):
    (ring,) = polygon["coordinates"]
    columns, rows = zip(*ring)
    return min(columns), min(rows), max(columns), max(rows)


def urls(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(widget, data):
    """Drag over a widget and let go."""
    actions, nothing = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(3, 3), actions, data, Qt.MouseButton.LeftButton, nothing)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    event = QDropEvent(QPointF(3, 3), actions, data, Qt.MouseButton.LeftButton, nothing)
    QApplication.sendEvent(widget, event)
    assert event.isAccepted() and event.dropAction() == Qt.DropAction.CopyAction


def pixel(canvas, across, down):
    """Where on the canvas a place of the image is, in metres from its upper left corner."""
    place = canvas.getCoordinateTransform().transform(500_000 + across, 5_000_000 - down)
    return QPoint(round(place.x()), round(place.y()))


def click(canvas, across, down):
    nothing = Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, nothing, pixel(canvas, across, down))


def drag(canvas, start, end):
    button, nothing = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(canvas.viewport(), button, nothing, pixel(canvas, *start))
    QTest.mouseMove(canvas.viewport(), pixel(canvas, *end))
    QTest.mouseRelease(canvas.viewport(), button, nothing, pixel(canvas, *end))


class TestThreshold:
    def test_it_filters_layer_and_grid_at_once(self, panel, ask):
        ask("sand")
        scores = [hit["score"] for hit in hits_of(panel)]
        panel.histogram.number.setValue(round(scores[9], 2))
        left = [score for score in scores if score >= panel.histogram.threshold()]
        assert [hit["score"] for hit in hits_of(panel)] == left
        assert panel.layer.layer().featureCount() == len(left)
        assert panel.histogram.told.text() == f"{len(left)} of 50"
        panel.histogram.all.click()
        assert len(hits_of(panel)) == panel.layer.layer().featureCount() == 50

    def test_the_line_can_be_dragged(self, panel, ask):
        ask("water")
        panel.histogram.line.setValue(99)
        assert hits_of(panel) == [] and panel.layer.layer().featureCount() == 0
        panel.histogram.line.setValue(-99)
        assert len(hits_of(panel)) == 50

    def test_it_stays_for_the_same_question_and_not_for_another(self, panel, ask):
        ask("water")
        panel.histogram.number.setValue(1.0)
        answer = ask("water")
        assert panel.histogram.threshold() == 1.0
        assert len(hits_of(panel)) == sum(hit["score"] >= 1.0 for hit in answer.hits)
        answer = ask("stock market prices")  # whose scores mean something else
        assert panel.histogram.threshold() is None
        assert len(hits_of(panel)) == len(answer.hits)


class TestMarks:
    def test_keys_mark_and_the_next_search_learns(self, panel, ask, qtbot):
        ask("field; town")
        wanted = [hit for hit in hits_of(panel) if quarter(hit) == "town"][:3]
        others = [hit for hit in hits_of(panel) if quarter(hit) != "town"][:3]
        for hits, key in ((wanted, Qt.Key.Key_Plus), (others, Qt.Key.Key_Minus)):
            for hit in hits:
                panel.grid.choose(hit["tile"])
                qtbot.keyClick(panel.grid, key)
        good, bad = panel.marks.numbers()
        assert set(good) == {hit["tile"] for hit in wanted} and set(bad) == {hit["tile"] for hit in others}
        layer = panel.layer.layer()
        assert {feature["tile"]: feature["mark"] for feature in layer.getFeatures() if feature["mark"]} == {
            **dict.fromkeys(good, "good"),
            **dict.fromkeys(bad, "bad"),
        }
        with qtbot.waitSignal(panel.jobs.answered, timeout=MS) as came:
            panel.marks.refine.click()
        assert came.args[0].summary["method"] == ("probe" if len(good) + len(bad) >= 5 else "turned")
        assert {quarter(hit) for hit in hits_of(panel)[:20]} == {"town"}
        ask("water")  # other words: the marks were about the old ones
        assert panel.marks.marks() == {}

    def test_the_same_key_takes_a_mark_off(self, panel, ask, qtbot):
        ask("water")
        panel.grid.choose(hits_of(panel)[0]["tile"])
        qtbot.keyClick(panel.grid, Qt.Key.Key_Plus)
        assert panel.grid.hits.index(0, 0).data(MARK) == "good"
        qtbot.keyClick(panel.grid, Qt.Key.Key_Plus)
        assert panel.marks.marks() == {}

    def test_more_like_this(self, panel, ask, qtbot):
        ask("forest")
        hit = hits_of(panel)[0]
        with qtbot.waitSignal(panel.jobs.answered, timeout=MS) as came:
            panel.grid.menu_for([hit]).actions()[-1].trigger()
        assert came.args[0].request.good == (hit["tile"],) and came.args[0].request.texts == ()
        assert {quarter(hit) for hit in hits_of(panel)} == {"forest"}


class TestMap:
    def test_a_click_zooms_and_a_double_click_flashes(self, panel, ask, qgis_canvas, qtbot):
        panel.show()
        ask("town")
        hit, place = hits_of(panel)[0], panel.grid.visualRect(panel.grid.hits.index(0, 0)).center()
        qtbot.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
        seen = qgis_canvas.mapSettings().visibleExtent()
        outline = panel.layer.layer().getFeature(1).geometry().boundingBox()
        assert seen.contains(outline) and seen.height() < 20 * outline.height()
        flashed = []
        panel.map.flash = flashed.append
        panel.grid.flash_requested.connect(panel.map.flash)
        qtbot.mouseDClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert flashed == [hit]

    def test_the_layer_is_saved_as_it_is_shown(self, panel, ask, tmp_path, monkeypatch):
        ask("sand")
        panel.histogram.number.setValue(round(hits_of(panel)[9]["score"], 2))
        count = len(hits_of(panel))
        path = tmp_path / "new folder" / "water.gpkg"
        offered = []
        monkeypatch.setattr(panel.results, "ask_for_file", lambda name: offered.append(name) or str(path))
        panel.results.title.setText("sand, 1 good and 1 bad")  # marks make no name of a file
        panel.results.save.click()
        assert panel.said == [] and Path(offered[0]).name == "sand.gpkg"
        saved = QgsVectorLayer(f"{path}|layername=hits", "", "ogr")
        assert saved.featureCount() == count and saved.crs().authid() == "EPSG:4326"
        assert isinstance(saved.renderer(), QgsGraduatedSymbolRenderer)  # the style lies in the file
        assert any(layer.source().startswith(str(path)) for layer in QgsProject.instance().mapLayers().values())

    def test_a_score_map_is_a_job_of_its_own(self, panel, ask, warm_client, qtbot, tmp_path):
        QgsProject.instance().write(str(tmp_path / "project.qgz"))
        ask("town not: field")
        with (
            qtbot.waitSignal(panel.submitted, timeout=MS) as submitted,
            qtbot.waitSignal(warm_client.job_ended, timeout=MS, check_params_cb=of_kind("score-map")) as end,
        ):
            panel.results.map.click()
        job = end.args[0]
        assert (job.id, job.state) == (submitted.args[0], "succeeded"), job.message
        path = tmp_path / "geofm" / "town, not field" / "scores.tif"
        assert path.is_file() and job.load_request().negatives == ("field",)
        assert [(output.path, output.style) for output in job.result.outputs] == [(str(path), "scores")]


class TestSavedSearches:
    def test_the_project_keeps_them(self, panel, ask, qtbot, tmp_path, world):
        panel.filters.set_values({"top": 9})
        ask("town not: field")
        panel.histogram.number.setValue(0.5)
        panel.query.save_requested.emit("built & paved")
        QgsProject.instance().write(str(tmp_path / "project.qgz"))
        QgsProject.instance().clear()
        QgsProject.instance().read(str(tmp_path / "project.qgz"))
        panel.filters.set_values({})
        panel.histogram.set_threshold(None)
        panel.query.set_text("")
        panel.query._fill_menu()
        action = next(action for action in panel.query.menu.actions() if action.text() == "built && paved")
        with qtbot.waitSignal(panel.jobs.answered, timeout=MS) as came:
            action.trigger()
        request = came.args[0].request
        assert (request.texts, request.negatives, request.top) == (("town",), ("field",), 9)
        assert request.index == str(world.index) and panel.histogram.threshold() == 0.5


class TestIndexes:
    def test_the_engine_tells_what_an_index_holds(self, panel, qtbot):
        with qtbot.waitSignal(panel.jobs.opened, timeout=MS):
            panel.show()
        assert "1,186 places · one image · 16 m / 32 m wide · Colours" in panel.index.about.text()
        assert "(basic)" in panel.index.combo.currentText()
        assert "water, forest, field, sand, town" in panel.index.about.toolTip()

    def test_without_an_index_building_one_is_offered(self, make_panel, qtbot):
        panel = make_panel(None)
        assert panel.builder.isVisibleTo(panel) and not panel.query.isVisibleTo(panel)
        assert panel.index.combo.currentText() == "No index yet" and panel.index.folder() == ""
        panel.builder.run_bar.run.click()
        assert panel.said == ["Choose images for the index first."]

    def test_build_search_and_add(self, make_panel, ask, warm_client, qtbot, tmp_path, world):
        panel = make_panel(None)
        build = panel.builder
        build.images.set_sources([str(world.image)])
        build.model.choose(str(world.model))
        build.save_as.name.setText("My place")
        build.save_as.folder.setFilePath(str(tmp_path))
        build.windows.setText("16; 32")
        job = run(build, warm_client, qtbot)
        assert job.state == "succeeded", job.message
        panel.outcome.show_result(job.result)
        assert panel.index.folder() == str(tmp_path / "My place") == known_indexes()[0]
        assert not build.isVisibleTo(panel) and panel.query.isVisibleTo(panel)
        assert {quarter(hit) for hit in ask("town", panel).hits} == {"town"}
        other = write_ground(tmp_path / "other.tif", 128, 600_000)
        panel.index.add_action.trigger()
        assert build.isVisibleTo(panel) and not build.model.isVisibleTo(panel)
        build.images.set_sources([str(other)])
        job = run(build, warm_client, qtbot)
        assert (job.state, job.result.summary["images"]) == ("succeeded", 2), job.message
        panel.outcome.show_result(job.result)
        assert {hit["source"] for hit in ask("town", panel).hits} == {"ground", "other"}
        write_ground(other, 192, 600_000)  # it has changed
        with qtbot.waitSignal(panel.jobs.opened, timeout=MS):
            panel.show()
            panel.index.refresh()
            panel._warm_until.clear()
            panel._warm()
        assert "1 changed" in panel.index.note.text()
        with qtbot.waitSignal(warm_client.job_ended, timeout=MS, check_params_cb=of_kind("index")) as end:
            panel.index.note.linkActivated.emit("refresh")
        assert end.args[0].result.summary["stale"] == [] and end.args[0].result.summary["images"] == 2

    def test_a_build_pauses_and_goes_on(self, make_panel, warm_client, qtbot, tmp_path, world):
        image = write_ground(tmp_path / "large.tif", 1536)
        panel = make_panel(None)
        build = panel.builder
        build.images.set_sources([str(image)])
        build.model.choose(str(world.model))
        build.save_as.folder.setFilePath(str(tmp_path))
        build.windows.setText("16")
        with qtbot.waitSignal(warm_client.job_ended, timeout=MS, check_params_cb=of_kind("index")) as end:
            build.run_bar.run.click()
            qtbot.waitUntil(lambda: "tiles/s" in build.run_bar.text.text(), timeout=MS)
            build.run_bar.cancel.click()
        assert end.args[0].state == "cancelled"
        assert build.run_bar.run.text() == "Res&ume"
        with qtbot.waitSignal(warm_client.job_ended, timeout=MS, check_params_cb=of_kind("index")) as end:
            build.run_bar.run.click()
            assert build.run_bar.currentIndex() == 1
        job = end.args[0]
        assert (job.state, job.attempt) == ("succeeded", 2), job.message
        assert job.result.summary["tiles"] > job.result.summary["added"] > 0

    def test_images_are_taken_out(self, make_panel, ask, warm_client, qtbot, tmp_path, world, monkeypatch):
        other = write_ground(tmp_path / "other.tif", 128, 600_000)
        index = write_index(tmp_path / "two.index", world.model, world.image, other)
        panel = make_panel(index)
        assert {hit["source"] for hit in ask("town", panel).hits} == {"ground", "other"}
        other.unlink()
        panel._warm_until.clear()
        with qtbot.waitSignal(panel.jobs.opened, timeout=MS):
            panel.show()
        assert "1 gone" in panel.index.note.text() and "Remove" in panel.index.note.text()
        seen = []

        def press_remove(dialog):
            seen.append([(item.text(), item.checkState()) for item in items_of(dialog.list)])
            seen.append(dialog.remove.text())
            dialog.list.item(0).setCheckState(Qt.CheckState.Checked)
            assert not dialog.remove.isEnabled()  # nothing would be left
            dialog.list.item(0).setCheckState(Qt.CheckState.Unchecked)
            dialog.remove.click()
            return dialog.result()

        monkeypatch.setattr(ImagesToRemove, "exec", press_remove)
        with qtbot.waitSignal(warm_client.job_ended, timeout=MS, check_params_cb=of_kind("index")) as end:
            panel.index.note.linkActivated.emit("remove")
        job = end.args[0]
        assert (job.state, job.result.summary["images"]) == ("succeeded", 1), job.message
        unchecked, checked = Qt.CheckState.Unchecked, Qt.CheckState.Checked
        assert seen == [[("ground.tif", unchecked), ("other.tif (gone)", checked)], "&Remove one image"]
        assert {hit["source"] for hit in ask("town", panel).hits} == {"ground"}
        (index / "manifest.json").unlink()
        (index / "manifest.backup.json").unlink()
        panel.index.remove_action.trigger()
        assert "cannot be read" in panel.said[0]

    def test_a_model_without_words_finds_by_examples(self, make_panel, warm_client, qtbot, tmp_path, world):
        model = import_recognition(tmp_path / "pictures.onnx")
        panel = make_panel(write_index(tmp_path / "ground.index", model, world.image))
        with qtbot.waitSignal(panel.jobs.opened, timeout=MS):
            panel.show()
        assert not panel.query.line.isEnabled()
        assert "reads no words" in panel.query.line.placeholderText()
        choices = [panel.builder.model.combo.itemText(row) for row in range(panel.builder.model.combo.count())]
        assert choices == ["Colours (basic)", "pictures (reads no words)"]
        with qtbot.waitSignal(panel.jobs.answered, timeout=MS) as answer:
            panel.query.parts.add_images([str(world.image)])
        assert answer.args[0].hits
        panel.index.choose(str(world.index))
        assert panel.query.line.isEnabled()
        shutil.rmtree(model)

    def test_a_model_that_is_gone_is_told(self, make_panel, qtbot, tmp_path, world):
        index = write_index(tmp_path / "ground.index", world.model, world.image)
        about = json.loads((index / "manifest.json").read_text())
        about["about"]["fingerprint"] = "0" * 64
        (index / "manifest.json").write_text(json.dumps(about))
        panel = make_panel(index)
        with qtbot.waitSignal(panel.jobs.not_opened, timeout=MS):
            panel.show()
        assert "is another" in panel.index.note.text()


def items_of(widget):
    return [widget.item(row) for row in range(widget.count())]


def of_kind(kind):
    return lambda job: job.kind == kind


def run(build, client, qtbot):
    """Press Build and wait for the job's end."""
    with qtbot.waitSignal(client.job_ended, timeout=MS, check_params_cb=of_kind("index")) as end:
        build.run_bar.run.click()
    return end.args[0]


def test_marks_and_missing_pictures_are_seen(panel, ask):
    panel.show()
    ask("water")
    hits = [dict(hit) for hit in panel.grid.hits.hits()]
    hits[5].update(thumbnail="", stale="missing")
    panel.grid.hits.set_hits(hits)
    panel._mark(hits[:2], "good")
    panel._mark(hits[2:4], "bad")
    QApplication.processEvents()  # it is laid out
    image = panel.grid.viewport().grab().toImage()

    def frame(row):
        cell = panel.grid.visualRect(panel.grid.hits.index(row, 0))
        return image.pixelColor(cell.left() + 4, cell.top() + 40).name()

    assert [frame(row) for row in range(4)] == ["#009e73", "#009e73", "#d55e00", "#d55e00"]
    assert frame(4) not in ("#009e73", "#d55e00") and frame(5) not in ("#009e73", "#d55e00")
    assert "gone since it was indexed" in panel.grid.hits.index(5, 0).data(Qt.ItemDataRole.ToolTipRole)
