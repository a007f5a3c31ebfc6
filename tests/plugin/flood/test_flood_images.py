"""The images of a flood sort themselves by date and say what they are; what is odd is seen before the job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from osgeo import gdal
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent
from qgis.PyQt.QtWidgets import QApplication
from queue_home import MS
from real_maps import write_scene

from geofm_qgis.engine.errors import GeoFMError
from geofm_qgis.flood.panel import FloodPanel

pytest_plugins = ("queue_fixtures",)

MOST_CLICKS = 5


@pytest.fixture(scope="module")
def scene(tmp_path_factory: Any) -> Path:
    return write_scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture
def panel(client: Any, qgis_canvas: Any, qgis_new_project: None, qtbot: Any, tmp_path: Path) -> Any:
    panel = FloodPanel(client, qgis_canvas)
    qtbot.addWidget(panel)
    panel.save_as.folder.setFilePath(str(tmp_path / "maps"))
    panel.show()
    yield panel
    panel.close_tools()


def paths(scene: Path, *names: str) -> tuple[str, ...]:
    return tuple(str(scene / f"{name}.tif") for name in names)


def drop(widget: Any, files: tuple[str, ...]) -> None:
    """Drop files on a widget, as from a file manager."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in files])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(3, 3), *how)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(3, 3), *how))


def chosen(panel: Any) -> tuple[tuple[str, ...], ...]:
    return (panel.post.sources(), *panel.pre.dates())


def facts(panel: Any) -> list[str]:
    return [row.facts.text() for row in (panel.post, *panel.pre.rows())]


def notes(panel: Any) -> list[str]:
    return [row.notes.text() for row in (panel.post, *panel.pre.rows())]


def test_images_that_are_dropped_together_sort_themselves(panel: Any, client: Any, scene: Path, qtbot: Any) -> None:
    drop(panel, paths(scene, "pre2", "post", "pre1"))
    qtbot.waitUntil(lambda: len(panel.pre.rows()) == 2, timeout=MS)
    assert chosen(panel) == tuple((path,) for path in paths(scene, "post", "pre1", "pre2"))
    assert panel.images.sorted.text().startswith("Sorted into 3 dates: the newest is after the flood")
    days = [text.split(" ")[0] for text in facts(panel)]
    assert days == ["2024-05-30", "2024-05-18", "2024-05-06"]
    assert all(" · VV, VH · " in text and "° N, " in text for text in facts(panel))
    assert notes(panel) == [""] * 3
    qtbot.waitUntil(lambda: client.jobs == (), timeout=MS)  # looks leave no trace
    request = panel.request()
    assert (request.post, request.pre) == (chosen(panel)[0], chosen(panel)[1:])


def test_two_dates_before_take_five_clicks(panel: Any, client: Any, scene: Path, qtbot: Any) -> None:
    for name in ("post", "pre1", "pre2"):
        QgsProject.instance().addMapLayer(QgsRasterLayer(str(scene / f"{name}.tif"), name))
    clicks = 0
    panel.resize(500, 1200)
    panel.post.combo.showPopup()
    clicks += 1
    view = panel.post.combo.view()
    for row in range(3):
        place = view.visualRect(panel.post.combo.model().index(row, 0)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        clicks += 1
    qtbot.wait(600)
    assert len(panel.pre.rows()) == 1  # nothing moves while the list is open
    for _ in range(2):  # QGIS's box leaves out the first time after a click on an item
        panel.post.combo.hidePopup()  # the click on the button outside closes it
    with qtbot.waitSignal(panel.submitted, timeout=MS) as sent:
        qtbot.mouseClick(panel.run_bar.run, Qt.MouseButton.LeftButton)
        clicks += 1
    ended: list[Any] = []
    client.job_ended.connect(lambda job: ended.append(job) if job.id == sent.args[0] else None)
    qtbot.waitUntil(lambda: bool(ended), timeout=MS)
    dates = ended[0].result.summary["dates"]
    assert [date["files"] for date in dates] == [list(paths(scene, name)) for name in ("post", "pre1", "pre2")]
    qtbot.waitUntil(lambda: len(panel.pre.rows()) == 2, timeout=MS)
    assert clicks <= MOST_CLICKS


def test_the_same_image_twice_is_seen_at_once(panel: Any, scene: Path) -> None:
    panel.post.set_sources(paths(scene, "post"))
    panel.pre.set_dates([paths(scene, "pre1"), paths(scene, "post")])
    assert notes(panel)[:2] == ["", ""]
    assert "post.tif is chosen for two dates; an image compared with itself shows no change" in notes(panel)[2]
    with pytest.raises(GeoFMError, match="chosen for two dates"):
        panel.request()
    taken = [panel.post.combo.itemData(row, Qt.ItemDataRole.FontRole) for row in range(panel.post.combo.count())]
    assert any(font is not None and font.italic() for font in taken)
    panel.pre.set_dates([paths(scene, "pre1")])
    assert notes(panel) == ["", ""]


def test_swapped_dates_are_seen_and_sorted(panel: Any, scene: Path, qtbot: Any) -> None:
    panel.post.set_sources(paths(scene, "pre1"))
    panel.pre.set_dates([paths(scene, "post")])
    qtbot.waitUntil(panel.images.sort_button.isVisible, timeout=MS)
    assert "is not older than the post-event one" in notes(panel)[1]
    qtbot.mouseClick(panel.images.sort_button, Qt.MouseButton.LeftButton)
    wanted = tuple((path,) for path in paths(scene, "post", "pre1"))
    qtbot.waitUntil(lambda: chosen(panel) == wanted, timeout=MS)
    assert not panel.images.sort_button.isVisible()
    assert notes(panel) == ["", ""]


def test_files_that_lie_apart_and_no_radar_are_noticed(panel: Any, scene: Path, qtbot: Any, tmp_path: Path) -> None:
    far = tmp_path / "S1_20240101.tif"
    data = gdal.GetDriverByName("GTiff").CreateCopy(str(far), gdal.Open(str(scene / "pre1.tif")))
    x, *rest = data.GetGeoTransform()
    data.SetGeoTransform((x + 200_000, *rest))
    data = None
    panel.post.set_sources(paths(scene, "post"))
    panel.pre.set_dates([(str(far),), paths(scene, "s2")])
    qtbot.waitUntil(lambda: all(notes(panel)[1:]), timeout=MS)
    assert "S1_20240101.tif lies 200 km from the image after the flood; give one of the same place" in notes(panel)[1]
    assert "s2.tif" in notes(panel)[2]


def test_without_an_engine_nothing_is_complained_about(
    panel: Any, client: Any, scene: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geofm_qgis.engine.errors import JobError
    from geofm_qgis.jobs import client as module

    asked = []

    def missing() -> Path:
        asked.append(True)
        raise JobError("The engine is not set up yet.")

    monkeypatch.setattr(module, "engine_python", missing)
    panel.post.set_sources(paths(scene, "post"))
    qtbot.waitUntil(lambda: bool(asked), timeout=MS)
    qtbot.wait(300)
    assert client.said == []
    assert chosen(panel) == (paths(scene, "post"),)
