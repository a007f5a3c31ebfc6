"""Images, areas and layers across 180 degrees, which count longitudes differently: one place, one map."""

import json

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from constructed import Bench, backscatter, boxes, image, write
from rasterio.warp import transform

from engine.errors import InputError

STEP = 0.0001
SHAPE = (160, 320)
# From 179.984 to 180.016: the lake lies west of 180, the flood on both sides.
PLACE = Affine(STEP, 0, 179.984, 0, -STEP, -17.0)
LAKE, FLOOD = boxes((20, 30, 60, 90), shape=SHAPE), boxes((90, 100, 50, 180), shape=SHAPE)
MIDDLE = 160  # the column from 180 degrees on
AFTER, BEFORE = backscatter(LAKE | FLOOD), backscatter(LAKE, 1)


def degrees(*sides):
    """GeoJSON of boxes (west, east) from 17.014 to 17.002 south."""
    rings = [[[w, -17.014], [e, -17.014], [e, -17.002], [w, -17.002], [w, -17.014]] for w, e in sides]
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def after(tmp_path):
    return image(tmp_path / "after.tif", AFTER, crs="EPSG:4326", transform=PLACE)


@pytest.fixture
def before(tmp_path):
    return image(tmp_path / "before.tif", BEFORE, crs="EPSG:4326", transform=PLACE)


def area(tmp_path, value, name="area.geojson"):
    path = tmp_path / name
    path.write_text(json.dumps(value))
    return str(path)


SIDES = {
    "split": ((179.99, 180), (-180, -179.99)),
    "beyond": ((179.99, 180.01),),
    "from -180 on": ((-180.01, -179.99),),
    "its east": ((-180, -179.99),),
}


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("how", SIDES)
def test_an_area_may_count_longitudes_as_it_likes(bench, after, tmp_path, how, inline):
    value = degrees(*SIDES[how])
    bench.map(after, aoi=json.dumps(value) if inline else area(tmp_path, value))
    columns = 100 if how == "its east" else 200
    assert bench.report["areas"]["not observed"]["pixels"] == 0
    assert sum(item["pixels"] for item in bench.report["areas"].values()) == columns * 120


@pytest.mark.parametrize("box", ["179.99,-17.014,-179.99,-17.002", "179.99,-17.014,180.01,-17.002"])
def test_a_box_may_cross_the_date_line(bench, after, box):
    bench.map(after, aoi=box)
    assert sum(item["pixels"] for item in bench.report["areas"].values()) == 200 * 120


def test_a_box_east_of_the_date_line(bench, after):
    bench.map(after, aoi="-180,-17.014,-179.99,-17.002")
    assert sum(item["pixels"] for item in bench.report["areas"].values()) == 100 * 120


def test_an_area_in_metres_on_degrees_beyond_180(bench, after, tmp_path):
    """A polygon of UTM zone 60 becomes one whose corners jump from 180 to -180."""
    corners = [(179.99, -17.014), (180.01, -17.014), (180.01, -17.002), (179.99, -17.002)]
    x, y = transform("EPSG:4326", "EPSG:32760", *zip(*corners, strict=True))
    value = {
        "type": "Polygon",
        "coordinates": [[*map(list, zip(x, y, strict=True)), [x[0], y[0]]]],
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32760"}},
    }
    bench.map(after, aoi=area(tmp_path, value))
    assert sum(item["pixels"] for item in bench.report["areas"].values()) == pytest.approx(200 * 120, abs=20)


def test_lakes_east_of_180_are_found(bench, after, tmp_path):
    lakes = area(tmp_path, degrees((179.99, 180), (-180, -179.98)), "lakes.geojson")
    classes = bench.map(after, permanent_water=lakes)
    assert (classes[FLOOD] == 1).mean() > 0.99


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_a_tile_from_minus_180_on_is_read_before_and_after(bench, after, tmp_path, shift):
    """On the lattice of the image, and not."""
    files = []
    for name, values in (("after", AFTER), ("before", BEFORE)):
        east = Affine(STEP, 0, -180 + shift * STEP, 0, -STEP, -17.0)
        files += [
            image(tmp_path / f"{name}_w.tif", values[:, :, :MIDDLE], crs="EPSG:4326", transform=PLACE),
            image(tmp_path / f"{name}_e.tif", values[:, :, MIDDLE:], crs="EPSG:4326", transform=east),
        ]
    classes = bench.map(after, tuple(files[2:]))
    assert (classes[FLOOD] == 2).mean() > 0.98 and (classes[LAKE] == 1).mean() > 0.99
    classes = bench.map(tuple(files[:2]), tuple(files[2:]))
    assert classes.shape[0] == SHAPE[0] and classes.shape[1] - SHAPE[1] <= 1
    assert (classes[:, : SHAPE[1]][FLOOD] == 2).mean() > 0.98


def test_heights_that_count_from_0_to_360_or_from_minus_180(bench, after, before, tmp_path):
    """A global model on the image's own lattice: what lies east of 180 is read from its other end."""
    steep = np.zeros((4, 3_600_000 // 1000), np.float32)
    steep[:] = 100
    for left in (-180.0, 0.0):
        path = write(tmp_path / "hand.tif", steep, crs="EPSG:4326", transform=Affine(0.1, 0, left, 0, -0.1, -16.9))
        classes = bench.map(after, before, hand=path)
        assert not np.isin(classes, (1, 2, 3)).any()


def test_files_of_one_date_that_lie_around_the_globe_are_refused(bench, tmp_path):
    far = Affine(STEP, 0, 10, 0, -STEP, -17.0)
    files = (
        image(tmp_path / "a.tif", AFTER, crs="EPSG:4326", transform=PLACE),
        image(tmp_path / "b.tif", AFTER, crs="EPSG:4326", transform=far),
    )
    with pytest.raises(InputError, match="too far apart for one image; give them one by one"):
        bench.map(files)


def test_an_area_drawn_across_with_a_jump_of_sign_is_refused(bench, tmp_path):
    (x,), (y,) = transform("EPSG:4326", "EPSG:32760", [180], [-17.0])
    place = Affine(10, 0, round(x, -1) - 1600, 0, -10, round(y, -1))
    path = image(tmp_path / "utm.tif", AFTER, crs="EPSG:32760", transform=place)
    value = degrees((179.99, -179.99))
    for aoi in (json.dumps(value), area(tmp_path, value)):
        with pytest.raises(InputError, match=r"an edge that spans 359\.98 degrees of longitude: .* split it there"):
            bench.map(path, aoi=aoi)
    bench.map(path, aoi=area(tmp_path, degrees(*SIDES["split"])))
    assert sum(item["pixels"] for item in bench.report["areas"].values()) == pytest.approx(28_300, rel=0.02)


def test_a_web_mercator_image_across_the_date_line(bench, tmp_path):
    (x,), (y,) = transform("EPSG:4326", "EPSG:3857", [179.984], [-17.0])
    place = Affine(10, 0, x, 0, -10, y)
    path = image(tmp_path / "after.tif", AFTER, crs="EPSG:3857", transform=place)
    # 179.99 is 66.8 pixels from the left edge, 180.01 289.4 pixels.
    for how in ("split", "beyond"):
        bench.map(path, aoi=json.dumps(degrees(*SIDES[how])))
        with rasterio.open(tmp_path / "flood.tif") as file:
            seen = (file.read(1) != 255).any(axis=0)
        assert seen.sum() == pytest.approx(222, abs=2)


def test_the_outline_lies_on_the_map(bench, after, tmp_path):
    import geopandas

    bench.map(after, aoi=json.dumps(degrees(*SIDES["split"])), polygons=str(tmp_path / "flood.gpkg"))
    outline = geopandas.read_file(tmp_path / "flood.gpkg", layer="aoi").union_all()
    assert outline.symmetric_difference(shapely.box(179.99, -17.014, 180.01, -17.002)).area < 1e-9
