"""Labelled polygons: what is read, repaired, refused and said, and that pixels are what rasterio and geopandas make."""

import json
import os
import sqlite3
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from numpy.testing import assert_allclose, assert_array_equal
from rasterio.crs import CRS
from rasterio.features import rasterize

from engine.cards.colours import PALETTE
from engine.errors import InputError
from engine.raster.grid import Grid
from engine.segmentation.labels import read_labels

UTM = CRS.from_epsg(32633)
GRID = Grid(UTM, rasterio.Affine(10, 0, 500_000, 0, -10, 5_300_000), 100, 80)


def box(column, row, right, lower):
    """A rectangle in pixels of the grid."""
    (x0, y0), (x1, y1) = GRID.transform @ (column, row), GRID.transform @ (right, lower)
    return shapely.box(x0, y1, x1, y0)


def layer(path, shapes, crs=UTM, to=None, **fields):
    frame = geopandas.GeoDataFrame({**fields, "geometry": shapes}, crs=crs.to_wkt())
    (frame.to_crs(to) if to else frame).to_file(path, driver="GPKG")
    return str(path)


def two(path, **fields):
    """A layer with two squares, wood and grass."""
    return layer(path, [box(10, 10, 30, 30), box(40, 10, 60, 30)], **{"kind": ["wood", "grass"], **fields})


def stars(count, seed=0, spread=(80, 60)):
    """Crooked polygons, some with holes, that may overlap."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        angles = np.sort(random.uniform(0, 2 * np.pi, 9))
        radii = random.uniform(40, 120, 9)
        x, y = GRID.transform @ tuple(random.uniform(10, spread))
        shape = shapely.Polygon(np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1))
        found.append(shapely.make_valid(shape).difference(shapely.Point(x, y).buffer(15)))
    return [shape for shape in found if shape.geom_type == "Polygon"]


@pytest.mark.parametrize("to", [None, "EPSG:4326", "EPSG:3857", "EPSG:3035"])
def test_pixels_are_those_of_rasterio(tmp_path, to):
    shapes = stars(12)
    classes = [f"class {index % 3}" for index in range(len(shapes))]
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, to=to, kind=classes), "kind")
    masks = [
        rasterize([shape for shape, name in zip(shapes, classes, strict=True) if name == wanted], GRID.shape,
                  transform=GRID.transform, dtype="uint8")
        for wanted in labels.classes
    ]  # fmt: skip
    expected = np.where(np.sum(masks, axis=0) == 1, np.argmax(masks, axis=0), 255)
    found = labels.rasterise(GRID)
    assert labels.classes == ("class 0", "class 1", "class 2")
    assert (expected != 255).sum() > 500
    # In another CRS corners move by rounding alone: a pixel centre on an edge may fall either way.
    assert (found != expected).sum() <= (0 if to is None else 2)
    assert found.dtype == np.uint8


def test_real_polygons_give_the_published_mask():
    folder = Path(os.environ.get("GEOFM_TEST_DATA", ""), "lulc/eolearn_slovenia")
    if "GEOFM_TEST_DATA" not in os.environ:
        pytest.skip("GEOFM_TEST_DATA names no folder with real data")
    with rasterio.open(folder / "LULC_mask.tif") as file:
        mask, grid = file.read(1), Grid(file.crs, file.transform, file.width, file.height)
    labels = read_labels(str(folder / "LULC.gpkg"), "LULC_ID").over([grid])
    values = np.array([*(int(name) for name in labels.classes)])
    # Polygons of class 0 are "no data" there.
    assert_array_equal(np.append(values, 0)[np.minimum(labels.rasterise(grid), len(values))], mask)
    by_name = read_labels(str(folder / "LULC.gpkg"), "lulc_name")
    counts = geopandas.read_file(folder / "LULC.gpkg").LULC_NAME.value_counts().sort_index()
    # Those without a class have an empty name.
    assert by_name.classes == tuple(counts.index[1:]) and by_name.polygons == tuple(counts.iloc[1:])
    assert by_name.warnings == (f"{counts.iloc[0]} features without a value in 'LULC_NAME' skipped.",)


def test_a_grid_may_be_cut(tmp_path):
    shapes = stars(8, seed=3)
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, kind=[i % 2 for i in range(len(shapes))]), "kind")
    whole = labels.rasterise(GRID)
    again = read_labels(str(tmp_path / "a.gpkg"), "kind")
    parts = [again.rasterise(GRID.window(row, 13, 7, 60)) for row in range(0, 77, 7)]
    assert_array_equal(np.concatenate(parts), whole[:77, 13:73])


def test_classes_of_numbers_are_in_their_order(tmp_path):
    shapes = [box(i * 10, 5, i * 10 + 8, 20) for i in range(5)]
    whole = layer(tmp_path / "a.gpkg", shapes, code=[10, 9, 2, 10, 100], share=[1.0, 1.5, 2.0, 1.0, np.nan])
    labels = read_labels(whole, "code")
    assert labels.classes == ("2", "9", "10", "100") and labels.polygons == (1, 1, 2, 1)
    assert_array_equal(labels.ids, [2, 1, 0, 2, 3])
    shares = read_labels(whole, "share")
    assert shares.classes == ("1", "1.5", "2")
    assert shares.warnings == ("1 feature without a value in 'share' skipped.",)


def test_background_comes_first_and_empty_text_is_no_class(tmp_path):
    shapes = [box(i * 10, 5, i * 10 + 8, 20) for i in range(6)]
    kinds = ["wood", "Background", None, " arable ", "  ", "arable"]
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, kind=kinds), "kind")
    assert labels.classes == ("Background", "arable", "wood") and labels.polygons == (1, 2, 1)
    assert labels.warnings == ("2 features without a value in 'kind' skipped.",)


def test_the_field_may_be_spelt_in_other_case_alone(tmp_path):
    path = two(tmp_path / "a.gpkg")
    assert read_labels(path, "KIND").classes == ("grass", "wood")
    with pytest.raises(InputError, match="no field 'class'; it has kind: choose"):
        read_labels(path, "class")


def test_colours_of_the_layer_count_before_those_of_names(tmp_path):
    shapes = [box(i * 10, 5, i * 10 + 8, 20) for i in range(5)]
    path = layer(
        tmp_path / "a.gpkg", shapes, kind=["water", "wood", "wood", "wood", "x"],
        color=["blue", "#AA0000", "#aa0000", "#00bb00", None],
    )  # fmt: skip
    labels = read_labels(path, "kind")
    assert labels.classes == ("water", "wood", "x")
    assert labels.colors == ("#1f78b4", "#aa0000", PALETTE[0])


def test_invalid_polygons_are_repaired_as_geopandas_does(tmp_path):
    bow = shapely.Polygon([GRID.transform @ corner for corner in ((10, 10), (30, 30), (30, 10), (10, 30))])
    line = shapely.Polygon([GRID.transform @ corner for corner in ((1, 1), (5, 5), (3, 3))])
    path = layer(tmp_path / "a.gpkg", [bow, box(40, 10, 60, 30), line], kind=["bow", "box", "bow"])
    labels = read_labels(path, "kind")
    assert any("2 invalid polygons" in warning and "repaired" in warning for warning in labels.warnings)
    assert any("1 polygon" in warning and "without an area skipped" in warning for warning in labels.warnings)
    assert shapely.is_valid(labels.geometries).all() and len(labels.geometries) == 2
    repaired = geopandas.GeoSeries([bow], crs=UTM.to_wkt()).make_valid()
    assert_allclose(shapely.area(labels.geometries[0]), repaired.area[0])
    assert_array_equal(
        labels.rasterise(GRID) == 0,
        rasterize(repaired, GRID.shape, transform=GRID.transform, dtype="uint8") == 1,
    )


def test_overlaps_of_classes_are_left_out_and_told(tmp_path):
    shapes = [box(10, 10, 30, 30), box(20, 10, 40, 30), box(35, 10, 50, 30)]
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, kind=["a", "b", "b"]), "kind")
    over = labels.over([GRID])
    frame = geopandas.GeoDataFrame({"kind": ["a", "b"]}, geometry=[shapes[0], shapely.union_all(shapes[1:])],
                                   crs=UTM.to_wkt())  # fmt: skip
    expected = geopandas.overlay(frame.iloc[:1], frame.iloc[1:]).to_crs("ESRI:54034").area.sum()
    assert_allclose(over.overlap_m2(), expected, rtol=1e-6)
    (warning,) = over.warnings
    assert f"overlap on {expected:,.0f} m²" in warning
    found = labels.rasterise(GRID)[15]
    assert_array_equal(found[10:50], [0] * 10 + [255] * 10 + [1] * 20)


def test_touching_polygons_do_not_overlap(tmp_path):
    path = layer(tmp_path / "a.gpkg", [box(10, 10, 30, 30), box(30, 10, 50, 30)], kind=["a", "b"])
    assert read_labels(path, "kind").over([GRID]).warnings == ()


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (["wood", "wood"], "one class alone \\(wood\\); label at least two"),
        ([7, 7], "one class alone \\(7\\)"),
        ([None, None], "no feature with a shape and a value in 'kind'"),
    ],
)
def test_one_class_is_refused(tmp_path, kinds, message):
    with pytest.raises(InputError, match=message):
        read_labels(two(tmp_path / "a.gpkg", kind=kinds), "kind")


def test_one_class_will_do_where_nothing_learns(tmp_path):
    path = two(tmp_path / "a.gpkg", kind=["wood", "wood"])
    assert read_labels(path, "kind", learning=False).over([GRID], learning=False).classes == ("wood",)
    with pytest.raises(InputError, match="no feature with a shape and a value in 'kind'"):
        read_labels(two(tmp_path / "b.gpkg", kind=[None, None]), "kind", learning=False)


def test_three_hundred_classes_are_refused(tmp_path):
    shapes = [box(i % 90, i // 90, i % 90 + 1, i // 90 + 1) for i in range(300)]
    path = layer(tmp_path / "a.gpkg", shapes, id=list(range(300)), kind=[f"{i % 254}" for i in range(300)])
    with pytest.raises(InputError, match="300 different values, more than 254 classes: is it the field of the class"):
        read_labels(path, "id")
    assert len(read_labels(path, "kind").classes) == 254


def test_polygons_outside_the_image(tmp_path):
    shapes = [box(10, 10, 30, 30), box(40, 10, 60, 30), box(400, 10, 420, 30), box(-90, 10, -70, 30)]
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, kind=["a", "b", "b", "c"]), "kind")
    over = labels.over([GRID])
    assert over.classes == ("a", "b", "c") and over.polygons == (1, 1, 0)
    assert over.warnings[0].startswith("2 polygons of") and "outside" in over.warnings[0]
    assert over.warnings[1] == "No polygon of c lies on the image: the model cannot learn it."
    with pytest.raises(InputError, match="one class alone \\(b\\) on the image"):
        labels.over([GRID.window(0, 35, 80, 65)])
    with pytest.raises(InputError, match=r"No polygon of .* EPSG:32633, the image over x .*draw polygons on the image"):
        labels.over([GRID.window(60, 0, 20, 100)])


def test_degrees_with_the_wrong_crs_are_recognised(tmp_path):
    frame = geopandas.read_file(two(tmp_path / "a.gpkg")).to_crs(4326).set_crs(32633, allow_override=True)
    frame.to_file(tmp_path / "b.gpkg", driver="GPKG")
    with pytest.raises(InputError, match="look like degrees: set the layer's true coordinate system"):
        read_labels(str(tmp_path / "b.gpkg"), "kind").over([GRID])


def test_polygons_on_another_side_of_the_earth(tmp_path):
    far = [shapely.box(-150, -40, -149, -39), shapely.box(-147, -40, -146, -39)]
    path = layer(tmp_path / "a.gpkg", far, CRS.from_epsg(4326), kind=["a", "b"])
    with pytest.raises(InputError, match="No polygon of"):
        read_labels(path, "kind").over([GRID])


def test_an_image_across_the_date_line(tmp_path):
    grid = Grid(CRS.from_epsg(32660), rasterio.Affine(1000, 0, 700_000, 0, -1000, 1_100_000), 200, 100)
    shapes = [shapely.box(179, 9.3, 179.5, 9.6), shapely.box(-179.9, 9.3, -179.5, 9.6)]
    path = layer(tmp_path / "a.gpkg", shapes, CRS.from_epsg(4326), kind=["west", "east"])
    over = read_labels(path, "kind").over([grid])
    assert over.polygons == (1, 1) and over.warnings == ()


def test_lines_and_points_need_a_width(tmp_path):
    (x0, y0), (x1, y1) = (GRID.transform @ place for place in ((10, 40), (60, 40)))
    line, point = shapely.LineString([(x0, y0), (x1, y1)]), shapely.Point(GRID.transform @ (80, 60))
    path = layer(tmp_path / "a.gpkg", [line, point, box(2, 2, 9, 9)], to="EPSG:4326", kind=["road", "tree", "wood"])
    with pytest.raises(InputError, match="lines or points; give the metres around them"):
        read_labels(path, "kind")
    labels = read_labels(path, "kind", buffer_m=25)
    on_ground = geopandas.GeoSeries(labels.geometries, crs="EPSG:4326").to_crs(UTM.to_wkt())
    # A UTM zone's metres are 0.9996 of the ground's in its middle, where this is.
    expected = geopandas.GeoSeries([line, point], crs=UTM.to_wkt()).buffer(25 * 0.9996, quad_segs=16)
    assert_allclose(on_ground.area[:2], expected.area, rtol=1e-4)
    assert (on_ground[:2].symmetric_difference(expected).area / expected.area < 1e-3).all()
    assert_allclose(on_ground.area[2], 70 * 70, rtol=1e-6)


def test_shapes_without_geometry_are_passed_over(tmp_path):
    path = layer(tmp_path / "a.gpkg", [box(1, 1, 5, 5), None, box(8, 1, 12, 5)], kind=["a", "a", "b"])
    labels = read_labels(path, "kind")
    assert labels.polygons == (1, 1)


def test_windows_are_those_with_polygons(tmp_path):
    path = layer(tmp_path / "a.gpkg", [box(3, 3, 12, 6), box(91, 70, 99, 79)], to="EPSG:4326", kind=["a", "b"])
    labels = read_labels(path, "kind")
    assert list(labels.windows(GRID, 32)) == [(0, 0, 32, 32), (64, 64, 16, 32), (64, 96, 16, 4)]


def test_files_that_are_no_labels(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_labels(str(tmp_path / "none.gpkg"), "kind")
    (tmp_path / "text.gpkg").write_text("no vector file")
    with pytest.raises(InputError, match="not a vector file"):
        read_labels(str(tmp_path / "text.gpkg"), "kind")
    geopandas.read_file(two(tmp_path / "two.gpkg")).to_file(tmp_path / "two.shp")
    assert read_labels(str(tmp_path / "two.shp"), "kind").classes == ("grass", "wood")
    (tmp_path / "two.prj").unlink()
    with pytest.raises(InputError, match="no coordinate system"):
        read_labels(str(tmp_path / "two.shp"), "kind")


def test_each_part_of_a_feature_is_a_polygon(tmp_path):
    """Dissolved layers have one feature a class, of many places on the ground."""
    parts = [box(column, row, column + 8, row + 8) for row in (5, 25, 45) for column in (5, 30)]
    dissolved = [shapely.MultiPolygon(parts[::2]), shapely.MultiPolygon(parts[1::2])]
    labels = read_labels(layer(tmp_path / "many.gpkg", dissolved, kind=["wood", "grass"]), "kind")
    assert labels.classes == ("grass", "wood") and labels.polygons == (3, 3)
    single = read_labels(layer(tmp_path / "one.gpkg", parts, kind=["wood", "grass"] * 3), "kind")
    assert_array_equal(labels.rasterise(GRID), single.rasterise(GRID))


def test_each_point_and_line_of_a_feature_is_widened_alone(tmp_path):
    points = shapely.MultiPoint([GRID.transform @ place for place in ((10, 10), (30, 10), (50, 10))])
    lines = shapely.MultiLineString([[GRID.transform @ (10, row), GRID.transform @ (40, row)] for row in (40, 60)])
    labels = read_labels(layer(tmp_path / "a.gpkg", [points, lines], kind=["tree", "road"]), "kind", buffer_m=20)
    assert labels.classes == ("road", "tree") and labels.polygons == (2, 3)


def test_a_polygon_that_holds_no_centre_has_the_pixel_of_its_inner_point(tmp_path):
    shapes = [
        box(10.6, 10.6, 10.9, 10.9),
        box(20, 20, 30, 30),
        box(25.1, 25.6, 25.4, 25.9),
        box(50.05, 50.05, 50.45, 51.4),
    ]
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, kind=["well", "wood", "well", "well"]), "kind")
    found = labels.rasterise(GRID)
    expected = np.full(GRID.shape, 255)
    expected[20:30, 20:30] = 1  # the well in it holds no centre, and the wood does
    expected[10, 10] = expected[50, 50] = 0
    assert_array_equal(found, expected)
    parts = [labels.rasterise(GRID.window(row, 5, 5, 60)) for row in range(0, 80, 5)]
    assert_array_equal(np.concatenate(parts), found[:, 5:65])


def test_small_polygons_of_two_classes_in_one_pixel_leave_it_out(tmp_path):
    shapes = [box(10.1, 10.1, 10.3, 10.3), box(10.6, 10.6, 10.9, 10.9), box(40.1, 40.1, 40.3, 40.3)]
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, kind=["a", "b", "b"]), "kind")
    assert_array_equal(np.argwhere(labels.rasterise(GRID) != 255), [[40, 40]])


def test_points_are_read_as_they_are_where_nothing_learns(tmp_path):
    places = [(10.5, 20.5), (11.01, 20.99), (99.99, 0.01)]
    shapes = [shapely.Point(GRID.transform @ place) for place in places]
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, kind=["a", "b", "a"]), "kind", learning=False)
    found = labels.over([GRID], learning=False).rasterise(GRID)
    assert (found[20, 10], found[20, 11], found[0, 99]) == (0, 1, 0) and (found != 255).sum() == 3
    assert labels.over([GRID], learning=False).warnings == ()
    crowd = [shapely.Point(GRID.transform @ (column, 20.5)) for column in (10.1, 10.5, 10.9, 40.2, 40.4, 70.5)]
    path = layer(tmp_path / "c.gpkg", crowd, kind=["a", "b", "a", "a", "a", "b"])
    labels = read_labels(path, "kind", learning=False).over([GRID], learning=False)
    assert labels.warnings == (
        f"6 points of {path} lie in 3 pixels, which count once each; 1 of these hold points of several classes and are"
        " left out.",
    )
    assert_array_equal(labels.rasterise(GRID)[20, [10, 40, 70]], [255, 0, 1])
    line = shapely.LineString([GRID.transform @ (1, 1), GRID.transform @ (9, 9)])
    with pytest.raises(InputError, match="holds lines, which cover no pixels; give polygons or points"):
        read_labels(layer(tmp_path / "b.gpkg", [line], kind=["a"]), "kind", learning=False)


def test_names_that_look_alike_are_one_class(tmp_path):
    names = ["forêt", "fore\u0302t", "for\u00eat ", "semi\u00a0desert", "semi desert", "semi  desert"]
    shapes = [box(i * 10, 5, i * 10 + 8, 20) for i in range(6)]
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, kind=names), "kind")
    assert labels.classes == ("forêt", "semi desert") and labels.polygons == (3, 3) and labels.warnings == ()


def test_names_that_differ_in_capitals_are_told_of(tmp_path):
    shapes = [box(i * 10, 5, i * 10 + 8, 20) for i in range(3)]
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, kind=["Wood", "wood", "lake"]), "kind")
    (warning,) = labels.warnings
    assert labels.polygons == (1, 1, 1) and warning.startswith("Wood, wood differ in capitals alone and are 2 classes")


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ([[1, 2], [3]], "lists"),
        ([["wood"], ["lake"]], "lists"),
        ([{"name": "champ"}, {"name": "lac"}], "objects of JSON"),
    ],
)
def test_a_field_of_lists_or_objects_is_no_class(tmp_path, values, what):
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shapely.box(15 + i, 48, 15.5 + i, 48.5)),
         "properties": {"kind": value}}
        for i, value in enumerate(values)
    ]  # fmt: skip
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with pytest.raises(InputError, match=f"Field 'kind' of .* holds {what}; choose a field of which each value is one"):
        read_labels(str(path), "kind")


def test_binary_data_is_no_class(tmp_path):
    path = str(tmp_path / "a.gpkg")
    geopandas.read_file(two(tmp_path / "two.gpkg")).to_file(path, driver="GPKG", layer="a", SPATIAL_INDEX="NO")
    with sqlite3.connect(path) as database:
        database.execute("ALTER TABLE a ADD COLUMN code BLOB")
        database.execute("UPDATE a SET code = x'00'")
    database.close()
    with pytest.raises(InputError, match="holds binary data; choose a field"):
        read_labels(path, "code")


def test_long_codes_stay_apart(tmp_path):
    codes = [2**53 + 1, 2**53 + 2]
    labels = read_labels(two(tmp_path / "a.gpkg", code=codes), "code")
    assert labels.classes == (str(2**53 + 1), str(2**53 + 2))
    with pytest.raises(InputError, match="too large to be told apart; write them as text"):
        read_labels(two(tmp_path / "b.gpkg", code=[float(code) * 4 for code in codes]), "code")


@pytest.mark.parametrize(
    ("codes", "values"),
    [((1, 2, 3), (1, 2, 3)), (("10", "20", "0"), (0, 10, 20)), ((1.0, 2.0, 254.0), (1, 2, 254)),
     ((1, 2, 255), (0, 1, 2)), ((-1, 2, 3), (0, 1, 2)), (("01", "2", "3"), (0, 1, 2)), ((1.5, 2, 3), (0, 1, 2))],
)  # fmt: skip
def test_maps_hold_the_codes_where_classes_are_numbers_of_a_byte(tmp_path, codes, values):
    shapes = [box(i * 10, 5, i * 10 + 8, 20) for i in range(3)]
    labels = read_labels(layer(tmp_path / "a.gpkg", shapes, code=list(codes)), "code")
    told = [warning for warning in labels.warnings if "maps will hold 0 to 2, and the codes as names" in warning]
    assert sorted(labels.codes) == sorted(values) and bool(told) == (255 in codes or -1 in codes)
