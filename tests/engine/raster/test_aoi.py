"""The area of interest: what is read, what is refused and why, and its pixels."""

import json

import layouts
import numpy as np
import pyogrio
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pyproj import Geod, Transformer
from rasterio.crs import CRS

from engine.errors import InputError
from engine.raster.aoi import Aoi, job_grid, read_aoi
from engine.raster.grid import Grid

WGS84 = CRS.from_epsg(4326)
GRID = Grid(layouts.UTM, layouts.north_up(), 60, 50)
SQUARE = shapely.box(500100, 5079700, 500300, 5079900)
RING = [[15, 45], [16, 45], [16, 46], [15, 46], [15, 45]]
BOW = [[15, 45], [16, 46], [16, 45], [15, 46], [15, 45]]


def polygon(ring):
    return {"type": "Polygon", "coordinates": [ring]}


def write(path, geometries, crs, layer="aoi", kind=None):
    kind = kind or geometries[0].geom_type
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array(geometries, object)),
        [],
        [],
        layer=layer,
        geometry_type=kind,
        crs=crs,
        append=path.exists(),
    )
    return str(path)


def test_box():
    aoi = read_aoi(" 15.0, 45.5,15.5,+46 ")
    assert aoi.crs == WGS84 and aoi.geometry.bounds == (15, 45.5, 15.5, 46)
    assert read_aoi("-1e1,-5,.5,5.").geometry.bounds == (-10, -5, 0.5, 5)


@pytest.mark.parametrize(
    "value",
    [
        polygon(RING),
        {"type": "Feature", "properties": None, "geometry": polygon(RING)},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": polygon(RING)}]},
        {"type": "MultiPolygon", "coordinates": [[RING]]},
        polygon([[*corner, 100.0] for corner in RING]),
    ],
)
def test_geojson(value):
    aoi = read_aoi(json.dumps(value))
    assert aoi.geometry.equals(shapely.box(15, 45, 16, 46)) and not aoi.geometry.has_z


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("15,46,16,45", "turned round"),
        ("16,45,15,46", "turned round"),
        ("15,45,15,46", "no area"),
        ("500100,5079700,500300,5079900", "not in degrees"),
        ("{", "not a GeoJSON polygon"),
        ('{"type": "Polygon"}', "not a GeoJSON polygon"),
        ('{"type": "Feature", "geometry": null}', "is empty"),
        ('{"type": "FeatureCollection", "features": []}', "is empty"),
        (json.dumps({"type": "Point", "coordinates": [15, 45]}), "lines or points"),
        (json.dumps({"type": "LineString", "coordinates": RING}), "lines or points"),
        (json.dumps(polygon(BOW)), r"crosses itself near 15\.5, 45\.5; repair it"),
        (json.dumps(polygon([[15, 45], [16, 45], [15, 45]])), "not a GeoJSON|no area"),
        (json.dumps(polygon([[15, 45], [16, 45], [17, 45], [15, 45]])), "no area"),
        (json.dumps(polygon([[5e5, 5e6], [6e5, 5e6], [6e5, 6e6], [5e5, 5e6]])), "not in degrees"),
        ("missing.gpkg", "missing.gpkg does not exist"),
    ],
)
def test_refused(text, message):
    with pytest.raises(InputError, match=message):
        read_aoi(text)


def test_file_in_another_crs_with_several_polygons(tmp_path):
    parts = [SQUARE, shapely.box(500200, 5079700, 500400, 5079900)]
    aoi = read_aoi(write(tmp_path / "область 1.gpkg", parts, "EPSG:32633"))
    assert aoi.geometry.equals(shapely.box(500100, 5079700, 500400, 5079900))
    expected = np.zeros(GRID.shape, bool)
    expected[10:30, 10:40] = True
    assert_array_equal(aoi.inside(GRID), expected)


def test_layer_of_a_file(tmp_path):
    path = tmp_path / "a.gpkg"
    write(path, [shapely.Point(15, 45)], "EPSG:4326", "points")
    write(path, [shapely.box(15, 45, 16, 46)], "EPSG:4326", "first")
    write(path, [shapely.box(17, 45, 18, 46)], "EPSG:4326", "second")
    for choice in ("layername=second", "layerid=2", "LayerName=second"):
        assert read_aoi(f"{path}|{choice}").geometry.bounds == (17, 45, 18, 46)
    with pytest.raises(InputError, match="holds lines or points"):
        read_aoi(f"{path}|layerid=0")


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("", r"a\.gpkg has several layers of polygons \(first, second\); append \|layername=NAME .*\|layername=first'"),
        ("|layername=third", r"a\.gpkg has no layer 'third'; it has points, first, second\."),
        ("|layerid=3", r"a\.gpkg has no layer of number 3; it has points, first, second"),
        ("|subset=a > 1", r"'\|subset=a > 1' behind .*a\.gpkg is not understood; append \|layername=NAME"),
        ("|layername=first|subset=a > 1", r"is not understood; append \|layername=NAME"),
        ("|", r"has several layers"),
    ],
)
def test_layer_that_cannot_be_chosen(tmp_path, choice, message):
    path = tmp_path / "a.gpkg"
    write(path, [shapely.Point(15, 45)], "EPSG:4326", "points")
    write(path, [shapely.box(15, 45, 16, 46)], "EPSG:4326", "first")
    write(path, [shapely.box(17, 45, 18, 46)], "EPSG:4326", "second")
    with pytest.raises(InputError, match=message):
        read_aoi(f"{path}{choice}")


def test_the_only_layer_of_polygons_needs_no_choice(tmp_path):
    path = tmp_path / "a.gpkg"
    write(path, [shapely.Point(15, 45)], "EPSG:4326", "points")
    write(path, [shapely.box(15, 45, 16, 46)], "EPSG:4326", "first")
    assert read_aoi(str(path)).geometry.bounds == (15, 45, 16, 46)


def test_a_bar_in_the_name_of_a_file_is_no_choice(tmp_path):
    path = write(tmp_path / "a|b.fgb", [shapely.box(15, 45, 16, 46)], "EPSG:4326")
    assert read_aoi(str(path)).geometry.bounds == (15, 45, 16, 46)


@pytest.mark.parametrize(
    ("geometries", "crs", "message"),
    [
        ([shapely.LineString([(0, 0), (1, 1)])], "EPSG:4326", "lines or points"),
        ([shapely.Polygon(BOW)], "EPSG:4326", r"The AOI in .*a\.fgb crosses itself near 15\.5, 45\.5"),
        ([SQUARE], None, "no coordinate system"),
    ],
)
def test_file_refused(tmp_path, geometries, crs, message):
    with pytest.warns() if crs is None else _no_warning():
        path = write(tmp_path / "a.fgb", geometries, crs)
    with pytest.raises(InputError, match=message):
        read_aoi(path)


def _no_warning():
    from contextlib import nullcontext

    return nullcontext()


def test_empty_and_damaged_files(tmp_path):
    (tmp_path / "empty.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    (tmp_path / "damaged.gpkg").write_text("hello")
    with pytest.raises(InputError, match="holds no polygons"):
        read_aoi(str(tmp_path / "empty.geojson"))
    with pytest.raises(InputError, match="not a vector file"):
        read_aoi(str(tmp_path / "damaged.gpkg"))


def test_job_grid_is_on_the_scene_s_pixels():
    aoi = Aoi(shapely.box(500101, 5079700, 500299, 5079899), layouts.UTM)
    assert job_grid(GRID, aoi) == GRID.window(10, 10, 20, 20)
    assert job_grid(GRID, None) is GRID


def test_job_grid_without_overlap():
    triangle = shapely.Polygon([(500590, 5078000), (502000, 5078000), (502000, 5080000)])  # only its box overlaps
    for aoi in (Aoi(triangle, layouts.UTM), read_aoi("100,45,101,46"), read_aoi("0,-10,1,-9")):
        with pytest.raises(InputError, match="do not overlap"):
            job_grid(GRID, aoi)


def test_long_edges_follow_their_own_crs():
    """A box of degrees is bounded by parallels, which are bent in UTM: its area stays the geodesic one."""
    aoi = read_aoi("13,45,17,46")
    west, south, east, north = aoi.bounds_on(GRID)
    middle, _ = Transformer.from_crs("EPSG:4326", "EPSG:32633", always_xy=True).transform(15, 45)
    assert west < middle < east and north - south > 111_000 * 1.01
    grid = Grid(layouts.UTM, Affine(500, 0, west, 0, -500, north), int((east - west) / 500), int((north - south) / 500))
    area, _ = Geod(ellps="WGS84").geometry_area_perimeter(shapely.segmentize(aoi.geometry, 0.01))
    assert aoi.inside(grid).sum() * 0.25e6 == pytest.approx(abs(area), rel=2e-3)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-20, 80), st.integers(-20, 70)), min_size=3, max_size=8),
    st.sampled_from([0.0, 0.5, 0.37]),
)
def test_pixels_inside_are_those_whose_centres_are(corners, shift):
    """Also for corners on pixel centres and edges; the same for any row bands."""
    shape = shapely.convex_hull(shapely.MultiPoint([(x + shift, y + shift) for x, y in corners]))
    if shape.geom_type != "Polygon":
        return
    frame = GRID.transform
    aoi = Aoi(shapely.transform(shape, lambda xy: xy * (frame.a, frame.e) + (frame.c, frame.f)), layouts.UTM)
    whole = aoi.inside(GRID)
    x, y = np.meshgrid(np.arange(GRID.width) + 0.5, np.arange(GRID.height) + 0.5)
    assert not (shapely.contains_xy(shape.buffer(-1e-5), x, y) & ~whole).any()
    assert not (~shapely.contains_xy(shape.buffer(1e-5), x, y) & whole).any()
    for rows in (1, 7):
        bands = [aoi.inside(GRID.rows(start, min(start + rows, GRID.height))) for start in range(0, GRID.height, rows)]
        assert_array_equal(np.concatenate(bands), whole)


@pytest.mark.parametrize(
    ("box", "columns"),
    [("179.8,-17.6,179.95,-17.4", 164), ("-179.95,-17.6,-179.8,-17.4", 164), ("-180,-90,180,90", 540)],
)
def test_the_part_near_an_image_across_the_date_line(box, columns):
    fiji = Grid(CRS.from_epsg(32760), Affine(100, 0, 780_000, 0, -100, 8_100_000), 800, 800)
    assert job_grid(fiji, read_aoi(box).near(fiji)).width >= columns


def test_a_part_that_only_touches_what_is_near_is_left_out():
    left, bottom, right, top = GRID.bounds
    edge = right + 0.5 * max(right - left, top - bottom)
    parts = [shapely.box(left + 10, bottom + 10, right - 10, top - 10), shapely.box(edge, bottom, edge + 100, top)]
    near = Aoi(shapely.MultiPolygon(parts), layouts.UTM).near(GRID)
    assert near.geometry.equals(parts[0])
