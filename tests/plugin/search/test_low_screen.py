"""The Search tab on a low screen, and what is said of a map of scores."""

from geofm_qgis.engine.jobs.result import Result
from geofm_qgis.search.panel import SearchPanel

pytest_plugins = ("queue_fixtures",)


def test_pictures_have_the_room_of_the_chart(client, qgis_canvas, qgis_new_project, qtbot):
    panel = SearchPanel(client, qgis_canvas)
    qtbot.addWidget(panel)
    panel.show()
    panel._show_answer_parts(True)
    panel.histogram.show_scores({"low": 0.0, "high": 1.0, "counts": [1, 2]}, [0.5])
    for height, seen in ((900, True), (480, False)):
        panel.resize(400, height)
        assert (panel.histogram._plot.isVisibleTo(panel), panel.histogram.number.isVisibleTo(panel)) == (seen, True)
    panel.outcome.show_result(Result((), "scores", {"warnings": ["The images lie far apart."]}))
    assert panel.results.told.text() == "The images lie far apart."
    panel.close_tools()
