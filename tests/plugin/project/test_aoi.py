"""The area of interest, drawn by mouse and keyboard on a real canvas and compared with OGR's own geometry."""

import json
import re

import pytest
from osgeo import ogr, osr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas, QgsMapToolPan, QgsRubberBand
from qgis.PyQt.QtCore import QEvent, QPoint, Qt
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

from geofm_qgis.engine.errors import GeoFMError
from geofm_qgis.project.area import Area, AreaError
from geofm_qgis.widgets.aoi import AoiChooser

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
# Of an area of 40 km: what straight edges of 1 km leave out; undivided edges would leave out 500 times as much.
CHORDS = 5e-6
# Places of about 40 km: the Mississippi, the same in Mercator, and Mozambique, south of the equator, twice.
PLACES = {
    32615: QgsRectangle(600000, 4100000, 640000, 4130000),
    3857: QgsRectangle(-10200000, 4400000, -10160000, 4430000),
    32736: QgsRectangle(600000, 7700000, 640000, 7730000),
    4326: QgsRectangle(34.0, -20.0, 34.4, -19.7),
}


@pytest.fixture(autouse=True)
def project(qgis_new_project):
    return qgis_new_project


@pytest.fixture
def make_canvas(qtbot):
    def make(epsg: int = 32615) -> QgsMapCanvas:
        canvas = QgsMapCanvas()
        qtbot.addWidget(canvas)
        canvas.resize(400, 300)
        canvas.setDestinationCrs(QgsCoordinateReferenceSystem(f"EPSG:{epsg}" if epsg else ""))
        canvas.setExtent(PLACES.get(epsg, PLACES[32615]))
        canvas.show()
        return canvas

    return make


@pytest.fixture
def make_chooser(qtbot, make_canvas):
    made = []

    def make(epsg: int = 32615) -> AoiChooser:
        canvas = make_canvas(epsg)
        chooser = AoiChooser(canvas)
        chooser.map = canvas
        qtbot.addWidget(chooser)
        chooser.show()
        made.append(chooser)
        return chooser

    yield make
    for chooser in made:
        chooser.close_tools()


def click(canvas, x, y, button=LEFT):
    QTest.mouseClick(canvas.viewport(), button, Qt.KeyboardModifier.NoModifier, QPoint(x, y))


def drag(canvas, start, end):
    QTest.mousePress(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, QPoint(*start))
    QTest.mouseMove(canvas.viewport(), QPoint(*end))
    QTest.mouseRelease(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, QPoint(*end))


def double_click(canvas, x, y):
    """Press, release, double click, release, as a mouse does it; QTest's own leaves the last release out."""
    click(canvas, x, y)
    QTest.mouseDClick(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, QPoint(x, y))
    QTest.mouseRelease(canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, QPoint(x, y))


def on_map(canvas, x, y):
    """Map coordinates of a pixel, from the extent of the canvas alone."""
    box, size = canvas.extent(), canvas.viewport().size()
    return (
        box.xMinimum() + x * box.width() / size.width(),
        box.yMaximum() - y * box.height() / size.height(),
    )


def reference(corners, epsg, parts=500):
    """The polygon in WGS84, each edge divided into many parts, by OSR and OGR."""
    systems = []
    for code in (epsg, 4326):
        system = osr.SpatialReference()
        system.ImportFromEPSG(code)
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        systems.append(system)
    way = osr.CoordinateTransformation(*systems)
    ring = ogr.Geometry(ogr.wkbLinearRing)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]]):
        for part in range(parts):
            share = part / parts
            ring.AddPoint_2D(*way.TransformPoint(x0 + share * (x1 - x0), y0 + share * (y1 - y0))[:2])
    ring.CloseRings()
    polygon = ogr.Geometry(ogr.wkbPolygon)
    polygon.AddGeometry(ring)
    return polygon


def share_that_differs(geojson, polygon):
    area = ogr.CreateGeometryFromJson(geojson)
    assert area.IsValid()
    return area.SymDifference(polygon).Area() / polygon.Area()


def box_of(first, second):
    (x0, y0), (x1, y1) = first, second
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def polygons_layer(*wkts, crs="EPSG:32615"):
    layer = QgsVectorLayer(f"Polygon?crs={crs}", "fields", "memory")
    features = []
    for wkt in wkts:
        feature = QgsFeature()
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def square(x, y, side):
    return f"POLYGON(({x} {y}, {x + side} {y}, {x + side} {y + side}, {x} {y + side}, {x} {y}))"


def bands_on(canvas):
    return [item for item in canvas.scene().items() if isinstance(item, QgsRubberBand) and item.numberOfVertices()]


# The whole image ------------------------------------------------------------------------------------------------------


def test_the_whole_image_is_the_default(make_chooser):
    chooser = make_chooser()
    assert chooser.mode() == "image"
    assert chooser.geojson() is None
    assert not chooser.size.text()
    assert not chooser.clear_button.isVisible()
    assert not bands_on(chooser.map)


# Drawing --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epsg", PLACES)
@pytest.mark.parametrize("by_clicks", [False, True], ids=["drag", "clicks"])
def test_a_rectangle_stays_one_in_the_crs_of_the_canvas(make_chooser, qtbot, epsg, by_clicks):
    chooser = make_chooser(epsg)
    chooser.set_mode("rectangle")
    with qtbot.waitSignal(chooser.changed):
        if by_clicks:
            click(chooser.map, 40, 30)
            click(chooser.map, 360, 270)
        else:
            drag(chooser.map, (360, 270), (40, 30))
    corners = box_of(on_map(chooser.map, 40, 30), on_map(chooser.map, 360, 270))
    assert share_that_differs(chooser.geojson(), reference(corners, epsg)) < CHORDS


@pytest.mark.parametrize("epsg", PLACES)
@pytest.mark.parametrize("finish", ["right click", "double click", "enter"])
def test_a_polygon_by_clicks(make_chooser, epsg, finish):
    chooser = make_chooser(epsg)
    chooser.set_mode("polygon")
    pixels = [(50, 40), (350, 80), (300, 250), (120, 200)]
    for pixel in pixels:
        click(chooser.map, *pixel)
    if finish == "right click":
        click(chooser.map, 10, 10, RIGHT)
    elif finish == "enter":
        QTest.keyClick(chooser.map, Qt.Key.Key_Return)
    else:
        double_click(chooser.map, *pixels[-1])
    corners = [on_map(chooser.map, *pixel) for pixel in pixels]
    assert share_that_differs(chooser.geojson(), reference(corners, epsg)) < CHORDS


def test_backspace_takes_the_last_corner_back(make_chooser):
    chooser = make_chooser()
    chooser.set_mode("polygon")
    pixels = [(50, 40), (350, 80), (300, 250)]
    for pixel in [*pixels, (20, 20)]:
        click(chooser.map, *pixel)
    QTest.keyClick(chooser.map, Qt.Key.Key_Backspace)
    QTest.keyClick(chooser.map, Qt.Key.Key_Enter)
    corners = [on_map(chooser.map, *pixel) for pixel in pixels]
    assert share_that_differs(chooser.geojson(), reference(corners, 32615)) < CHORDS


def test_a_polygon_needs_three_corners(make_chooser):
    chooser = make_chooser()
    chooser.set_mode("polygon")
    assert chooser.note.text().startswith("Click the first corner")
    click(chooser.map, 50, 40)
    click(chooser.map, 350, 80)
    click(chooser.map, 10, 10, RIGHT)
    QTest.keyClick(chooser.map, Qt.Key.Key_Return)
    assert chooser.note.text().startswith("Click the next corner")
    with pytest.raises(AreaError):
        chooser.geojson()
    click(chooser.map, 300, 250)
    assert "finishes" in chooser.note.text()


def test_a_polygon_that_crosses_itself_is_refused(make_chooser):
    chooser = make_chooser()
    chooser.set_mode("polygon")
    for pixel in [(50, 50), (300, 250), (300, 50), (50, 250)]:
        click(chooser.map, *pixel)
    QTest.keyClick(chooser.map, Qt.Key.Key_Return)
    assert chooser.note.isVisible()
    assert "crosses itself" in chooser.note.text()
    with pytest.raises(GeoFMError, match="crosses itself"):
        chooser.geojson()
    assert not bands_on(chooser.map)


def test_corners_in_a_row_are_no_area(make_chooser):
    chooser = make_chooser()
    chooser.set_mode("polygon")
    for x in (50, 100, 150):
        click(chooser.map, x, 100)
    QTest.keyClick(chooser.map, Qt.Key.Key_Return)
    assert "empty" in chooser.note.text()


@pytest.mark.parametrize("mode", ["rectangle", "polygon"])
@pytest.mark.parametrize("end", ["draw", "escape", "button", "escape in the panel"])
def test_the_tool_before_comes_back(make_chooser, qtbot, mode, end):
    chooser = make_chooser()
    pan = QgsMapToolPan(chooser.map)
    chooser.map.setMapTool(pan)
    chooser.set_mode(mode)
    assert chooser.map.mapTool() is not pan
    assert chooser.act.text() == "Cancel"
    before = chooser.map.extent()
    if end == "escape":
        click(chooser.map, 100, 100)
        QTest.keyClick(chooser.map, Qt.Key.Key_Escape)
    elif end == "escape in the panel":
        QTest.keyClick(chooser, Qt.Key.Key_Escape)
    elif end == "button":
        qtbot.mouseClick(chooser.act, LEFT)
    elif mode == "rectangle":
        drag(chooser.map, (50, 50), (200, 200))
    else:
        for pixel in [(50, 50), (200, 50)]:
            click(chooser.map, *pixel)
        double_click(chooser.map, 200, 200)
    assert chooser.map.mapTool() is pan
    assert chooser.act.text() == "Draw"
    # The tool before must not have taken our last click for one of its own.
    assert chooser.map.extent() == before
    assert len(bands_on(chooser.map)) == (end == "draw")


def test_without_a_tool_before_the_canvas_has_none_afterwards(make_chooser):
    chooser = make_chooser()
    chooser.map.unsetMapTool(chooser.map.mapTool())
    chooser.set_mode("rectangle")
    QTest.keyClick(chooser.map, Qt.Key.Key_Escape)
    assert chooser.map.mapTool() is None


def test_another_tool_of_qgis_ends_drawing(make_chooser):
    chooser = make_chooser()
    chooser.set_mode("polygon")
    for pixel in [(50, 50), (200, 50), (200, 200)]:
        click(chooser.map, *pixel)
    pan = QgsMapToolPan(chooser.map)
    chooser.map.setMapTool(pan)
    assert chooser.act.text() == "Draw"
    assert not bands_on(chooser.map)
    chooser.clear()
    assert chooser.map.mapTool() is pan


def test_what_is_half_drawn_is_dropped_with_its_crs(make_chooser):
    chooser = make_chooser()
    chooser.set_mode("polygon")
    for pixel in [(50, 50), (200, 50), (200, 200)]:
        click(chooser.map, *pixel)
    chooser.map.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    QTest.keyClick(chooser.map, Qt.Key.Key_Return)
    assert chooser.note.text().startswith("Click the first corner")


def test_keys_do_not_reach_the_shortcuts_of_qgis_while_drawing(make_chooser):
    chooser = make_chooser()

    def is_kept(key):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(chooser.map, event)
        return event.isAccepted()

    keys = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_Escape)
    assert not any(is_kept(key) for key in keys)
    chooser.set_mode("polygon")
    assert all(is_kept(key) for key in keys)
    assert not is_kept(Qt.Key.Key_S)
    chooser.clear()
    assert not any(is_kept(key) for key in keys)


def test_drawing_again_keeps_the_area_until_it_is_replaced(make_chooser, qtbot):
    chooser = make_chooser()
    chooser.set_mode("rectangle")
    drag(chooser.map, (50, 50), (200, 200))
    first = chooser.geojson()
    qtbot.mouseClick(chooser.act, LEFT)
    assert chooser.geojson() == first
    drag(chooser.map, (60, 60), (100, 100))
    assert chooser.geojson() != first


def test_no_area_where_one_is_meant_is_an_error(make_chooser):
    chooser = make_chooser()
    chooser.set_mode("rectangle")
    QTest.keyClick(chooser.map, Qt.Key.Key_Escape)
    with pytest.raises(AreaError, match="Press Draw"):
        chooser.geojson()
    assert chooser.note.isVisible()


def test_a_project_without_crs_is_refused(make_chooser):
    chooser = make_chooser(0)
    chooser.set_mode("rectangle")
    assert "no coordinate system" in chooser.note.text()
    assert chooser.act.text() == "Draw"
    chooser.set_mode("view")
    assert "no coordinate system" in chooser.note.text()
    with pytest.raises(AreaError):
        chooser.geojson()


# The map and layers ---------------------------------------------------------------------------------------------------


def test_the_map_canvas_extent_is_taken_once(make_chooser, qtbot):
    chooser = make_chooser(3857)
    chooser.set_mode("view")
    box = chooser.map.extent()
    corners = box_of((box.xMinimum(), box.yMinimum()), (box.xMaximum(), box.yMaximum()))
    taken = chooser.geojson()
    assert share_that_differs(taken, reference(corners, 3857)) < CHORDS
    chooser.map.zoomByFactor(0.5)
    assert chooser.geojson() == taken
    qtbot.mouseClick(chooser.act, LEFT)
    assert chooser.geojson() != taken


def test_the_extent_of_a_layer_in_its_own_crs(make_chooser, project):
    layer = polygons_layer(square(610000, 4110000, 10000))
    project.addMapLayer(layer)
    chooser = make_chooser(3857)
    chooser.set_mode("layer")
    corners = box_of((610000, 4110000), (620000, 4120000))
    assert share_that_differs(chooser.geojson(), reference(corners, 32615)) < CHORDS
    project.removeMapLayer(layer.id())
    with pytest.raises(AreaError, match="No such layer is loaded"):
        chooser.geojson()


def test_modes_that_need_a_layer_say_so(make_chooser):
    for mode in ("layer", "selection"):
        chooser = make_chooser()
        chooser.set_mode(mode)
        assert chooser.note.text().startswith("No such layer is loaded")
        assert chooser.note.isVisible()
        assert not chooser.clear_button.isVisible()


def test_layers_without_extent_or_crs_are_refused(make_chooser, project):
    project.addMapLayer(polygons_layer())
    chooser = make_chooser()
    chooser.set_mode("layer")
    assert "“fields” is empty" in chooser.note.text()
    project.clear()
    layer = polygons_layer(square(0, 0, 10))
    layer.setCrs(QgsCoordinateReferenceSystem())
    project.addMapLayer(layer)
    chooser.set_mode("layer")
    assert "no coordinate system" in chooser.note.text()


def test_selected_features_together(make_chooser, project):
    layer = polygons_layer(
        square(610000, 4110000, 4000), square(612000, 4110000, 4000), square(620000, 4120000, 1000), square(0, 0, 5)
    )
    project.addMapLayer(layer)
    chooser = make_chooser(3857)
    chooser.set_mode("selection")
    assert "Select polygons" in chooser.note.text()
    layer.selectByIds([1, 2, 3])
    shape = json.loads(chooser.geojson())
    assert shape["type"] == "MultiPolygon"
    assert len(shape["coordinates"]) == 2
    expected = reference(box_of((610000, 4110000), (616000, 4114000)), 32615)
    expected = expected.Union(reference(box_of((620000, 4120000), (621000, 4121000)), 32615))
    assert share_that_differs(chooser.geojson(), expected) < CHORDS
    layer.removeSelection()
    with pytest.raises(AreaError, match="Select polygons"):
        chooser.geojson()


def test_selected_features_prefer_the_current_layer(make_chooser, project):
    first, second = polygons_layer(square(0, 0, 5)), polygons_layer(square(610000, 4110000, 4000))
    project.addMapLayers([first, second])
    for current in (second, first):
        chooser = make_chooser()
        chooser.map.setLayers([first, second])
        chooser.map.setCurrentLayer(current)
        chooser.set_mode("selection")
        assert chooser.layers.currentLayer() == current


def test_selected_features_that_cross_themselves_are_repaired_with_a_notice(make_chooser, project):
    layer = polygons_layer("POLYGON((610000 4110000, 620000 4120000, 620000 4110000, 610000 4120000, 610000 4110000))")
    project.addMapLayer(layer)
    chooser = make_chooser()
    chooser.set_mode("selection")
    layer.selectAll()
    assert "repaired" in chooser.note.text()
    assert float(chooser.size.text().removesuffix(" km²")) == pytest.approx(50, rel=1e-2)


def test_a_watched_layer_may_be_removed(make_chooser, project):
    layer = polygons_layer(square(610000, 4110000, 4000))
    project.addMapLayer(layer)
    chooser = make_chooser()
    chooser.set_mode("selection")
    layer.selectAll()
    project.removeMapLayer(layer.id())
    del layer
    chooser.clear()
    assert chooser.geojson() is None


# The geometry ---------------------------------------------------------------------------------------------------------


def area(wkt, crs="EPSG:32615"):
    return Area(QgsGeometry.fromWkt(wkt), QgsCoordinateReferenceSystem(crs))


def test_wgs84_stays_as_it_is():
    assert json.loads(area(square(10, 50, 2), "EPSG:4326").geojson()) == {
        "type": "Polygon",
        "coordinates": [[[10, 50], [12, 50], [12, 52], [10, 52], [10, 50]]],
    }


def test_rings_turn_as_rfc_7946_says():
    clockwise = "POLYGON((10 50, 10 52, 12 52, 12 50, 10 50), (11 51, 11.5 51, 11.5 51.5, 11 51.5, 11 51))"
    outer, inner = json.loads(area(clockwise, "EPSG:4326").geojson())["coordinates"]
    assert outer[1] == [12, 50]
    assert inner[1] == [11, 51.5]


def test_heights_and_curves_become_plain():
    assert area("POLYGONZ((10 50 7, 12 50 7, 12 52 7, 10 50 7))", "EPSG:4326").geojson() == (
        '{"type": "Polygon", "coordinates": [[[10.0, 50.0], [12.0, 50.0], [12.0, 52.0], [10.0, 50.0]]]}'
    )
    circle = area("CURVEPOLYGON(CIRCULARSTRING(610000 4110000, 620000 4120000, 610000 4110000))")
    assert circle.km2() == pytest.approx(3.14159 * 50, rel=2e-3)


@pytest.mark.parametrize("ellipsoid", ["NONE", "EPSG:7030"])
def test_the_size_is_geodesic(project, ellipsoid):
    project.setEllipsoid(ellipsoid)
    # One degree by one degree between parallels at the equator of WGS84, by the closed formula of the zone's area.
    assert area(square(0, 0, 1), "EPSG:4326").km2() == pytest.approx(12308.463894, rel=1e-6)
    # Mercator stretches areas at 60 degrees fourfold.
    x, y = 1113194.908, 8399737.89
    assert area(square(x, y, 20000), "EPSG:3857").km2() == pytest.approx(100, rel=1e-2)


@pytest.mark.parametrize(
    ("wkt", "crs"),
    [
        (square(179.5, 10, 1), "EPSG:4326"),
        (square(10, 89.5, 1), "EPSG:4326"),
        (square(820000, 1100000, 40000), "EPSG:32660"),
        (square(-100000, -100000, 200000), "EPSG:3413"),
        (square(-100000, -100000, 200000), "EPSG:3031"),
    ],
)
def test_the_date_line_and_the_poles_are_refused(wkt, crs):
    with pytest.raises(AreaError, match="date line or a pole"):
        area(wkt, crs)


@pytest.mark.parametrize(
    ("wkt", "crs"),
    [
        (square(20000000, 0, 2000000), "EPSG:3857"),
        (square(-30000000, -30000000, 60000000), "EPSG:3857"),
        (square(50000000, 0, 1000), "EPSG:32615"),
        (square(0, 50000000, 1000), "EPSG:32615"),
        (square(1e12, 1e12, 1e6), "EPSG:3035"),
    ],
)
def test_places_that_a_crs_does_not_reach_are_refused(wkt, crs):
    with pytest.raises(AreaError, match=f"beyond what {crs} can show"):
        area(wkt, crs)


@pytest.mark.parametrize("wkt", ["", "POLYGON EMPTY", "LINESTRING(0 0, 1 1)", "POLYGON((0 0, 1 1, 2 2, 0 0))"])
def test_what_is_no_area_is_refused(wkt):
    with pytest.raises(AreaError, match="The area is empty"):
        area(wkt, "EPSG:4326")


def test_large_areas_do_not_grow_without_bound():
    assert len(json.loads(area(square(200000, 3000000, 600000)).geojson())["coordinates"][0]) < 5000


# Set, cleared, shown, unloaded ----------------------------------------------------------------------------------------


def test_a_geometry_that_is_set_outlives_the_selection_before(make_chooser, project):
    layer = polygons_layer(square(610000, 4110000, 4000))
    project.addMapLayer(layer)
    chooser = make_chooser()
    chooser.set_mode("selection")
    chooser.set_geometry(QgsGeometry.fromWkt(square(10, 50, 2)), QgsCoordinateReferenceSystem("EPSG:4326"))
    taken = chooser.geojson()
    layer.selectAll()
    assert chooser.mode() == "polygon"
    assert chooser.geojson() == taken


def test_a_geometry_that_is_set(make_chooser, qtbot):
    chooser = make_chooser(3857)
    with qtbot.waitSignal(chooser.changed):
        chooser.set_geometry(QgsGeometry.fromWkt(square(10, 50, 2)), QgsCoordinateReferenceSystem("EPSG:4326"))
    assert chooser.mode() == "polygon"
    assert chooser.size.isVisible()
    assert float(re.sub(r"[, ]|km²", "", chooser.size.text())) == pytest.approx(31_000, rel=0.02)
    chooser.set_geometry(QgsGeometry.fromWkt(square(10, 50, 0.00002)), QgsCoordinateReferenceSystem("EPSG:4326"))
    assert float(chooser.size.text().removesuffix(" m²")) == pytest.approx(3.18, abs=0.5)
    with qtbot.waitSignal(chooser.changed):
        qtbot.mouseClick(chooser.clear_button, LEFT)
    assert chooser.mode() == "image"
    assert chooser.geojson() is None
    assert not bands_on(chooser.map)


def test_the_outline_follows_the_crs_of_the_canvas(make_chooser):
    chooser = make_chooser(32615)
    chooser.set_mode("rectangle")
    drag(chooser.map, (50, 50), (200, 200))
    before = chooser.geojson()
    drawn = QgsRectangle(QgsPointXY(*on_map(chooser.map, 50, 50)), QgsPointXY(*on_map(chooser.map, 200, 200)))
    (band,) = bands_on(chooser.map)
    assert band.asGeometry().boundingBox().toString(0) == drawn.toString(0)
    chooser.map.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    assert chooser.geojson() == before
    (band,) = bands_on(chooser.map)
    west, east, south, north = ogr.CreateGeometryFromJson(before).GetEnvelope()
    shown = band.asGeometry().boundingBox()
    assert (shown.xMinimum(), shown.xMaximum(), shown.yMinimum(), shown.yMaximum()) == pytest.approx(
        (west, east, south, north), abs=1e-8
    )


def test_unloading_leaves_nothing_on_the_canvas(make_canvas, qtbot):
    canvas = make_canvas()
    pan = QgsMapToolPan(canvas)
    canvas.setMapTool(pan)
    items = len(canvas.scene().items())
    chooser = AoiChooser(canvas)
    qtbot.addWidget(chooser)
    chooser.set_mode("rectangle")
    drag(canvas, (50, 50), (200, 200))
    chooser.act.click()
    click(canvas, 30, 30)
    chooser.close_tools()
    chooser.close_tools()
    assert canvas.mapTool() is pan
    assert len(canvas.scene().items()) == items
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))


def test_a_web_layer_may_give_its_extent(make_chooser, project):
    uri = "type=xyz&url=https://example.invalid/{z}/{x}/{y}.png&zmax=3&zmin=0"
    project.addMapLayer(QgsRasterLayer(uri, "Tiles", "wms"))
    chooser = make_chooser()
    chooser.set_mode("layer")
    assert chooser.note.text() or chooser.size.text()
