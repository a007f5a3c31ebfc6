"""Polygons hold the raster's classes, are valid, and carry geodesic areas; the file appears whole or not at all."""

import sys

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from affine import Affine
from peaks import peak_kibibytes
from rasterio.crs import CRS
from rasterio.features import rasterize

from engine.errors import InputError, OutputError
from engine.raster import polygons
from engine.raster.areas import ClassAreas
from engine.raster.grid import Grid
from engine.raster.polygons import add_outline, write_polygons
from engine.raster.sink import ClassInfo, RasterSink, atomic

UTM = Grid(CRS.from_epsg(32633), Affine(10, 0, 5e5, 0, -10, 5e6), 60, 50)
CLASSES = [
    ClassInfo(0, "dry", (0, 0, 0)),
    ClassInfo(1, "permanent water", (0, 0, 255)),
    ClassInfo(2, "flood", (9, 9, 9)),
]
WATER = {1: "permanent water", 2: "flood"}


def raster(path, values, grid=UTM):
    with RasterSink(path, grid, nodata=255, classes=CLASSES) as sink:
        sink.write(0, values)
    return path


@pytest.fixture
def speckle():
    values = np.random.default_rng(4).choice(np.array([0, 1, 2, 255], np.uint8), UTM.shape, p=[0.5, 0.1, 0.3, 0.1])
    values[10:20, 10:30] = 2
    return values


def test_polygons_are_the_raster(tmp_path, speckle, monkeypatch):
    monkeypatch.setattr(polygons, "CORNERS", 500)  # so that the layer is written in several goes
    path = tmp_path / "洪水 &.gpkg"
    count = write_polygons(raster(tmp_path / "a <b.tif", speckle), path, WATER, layer="flood", metadata={"method": "x"})
    layer = geopandas.read_file(path, layer="flood")
    assert len(layer) == count > 100
    assert layer.is_valid.all()
    assert layer.crs.to_epsg() == 32633
    assert list(layer.columns) == ["class_id", "class", "area_km2", "area_ha", "geometry"]
    assert (layer["class_id"].map(WATER) == layer["class"]).all()
    burnt = rasterize(zip(layer.geometry, layer["class_id"], strict=True), UTM.shape, transform=UTM.transform)
    np.testing.assert_array_equal(burnt, np.where(speckle == 255, 0, speckle))
    assert pyogrio.read_info(path, layer="flood")["layer_metadata"] == {"method": "x"}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a <b.tif", "洪水 &.gpkg"]


def test_polygons_say_what_they_were_made_from_and_how_sure_the_map_is(tmp_path, speckle, monkeypatch):
    monkeypatch.setattr(polygons, "CORNERS", 500)
    monkeypatch.setattr(polygons, "READ_ROWS", 7)  # polygons go over several bands
    percent = np.random.default_rng(0).integers(0, 101, speckle.shape).astype(np.uint8)
    percent[speckle == 255], percent[12, 12] = 255, 255
    sure = raster(tmp_path / "sure.tif", percent)
    path, origin = tmp_path / "flood.gpkg", {"date": "2024-10-30", "image": None}
    write_polygons(raster(tmp_path / "a.tif", speckle), path, WATER, layer="flood", origin=origin, percent=sure)
    layer = geopandas.read_file(path)
    assert set(layer["date"]) == {"2024-10-30"}
    assert layer["image"].isna().all()
    for shape, confidence in zip(layer.geometry[::20], layer["confidence"][::20], strict=True):
        inside = rasterize([shape], UTM.shape, transform=UTM.transform, dtype=np.uint8) == 1
        assert confidence == pytest.approx(percent[inside & (percent != 255)].mean(), abs=0.051)


COMBS = """
import sys
import numpy as np
from affine import Affine
from rasterio.crs import CRS
from engine.raster.grid import Grid
from engine.raster.polygons import write_polygons
from engine.raster.sink import RasterSink
folder, combs = sys.argv[1], int(sys.argv[2])
comb = np.zeros((20, 8000), np.uint8)
comb[2] = 1
comb[2:18, ::2] = 1  # 16,000 corners
grid = Grid(CRS.from_epsg(32633), Affine(10, 0, 5e5, 0, -10, 6e6), 8000, 20 * combs)
with RasterSink(f"{folder}/{combs}.tif", grid) as sink:
    for number in range(combs):
        sink.write(20 * number, comb)
assert write_polygons(f"{folder}/{combs}.tif", f"{folder}/{combs}.gpkg", {1: "comb"}, layer="combs") == combs
"""


@pytest.mark.slow
def test_only_some_of_many_corners_are_held_at_a_time(tmp_path):
    few, many = (peak_kibibytes(tmp_path, sys.executable, "-c", COMBS, tmp_path, combs)[0] for combs in (30, 230))
    # 3.2 million corners more: GDAL keeps 16 bytes of each, Python's numbers would take 130.
    assert many - few < 200 * 1024


@pytest.mark.parametrize("wanted", [(0,), (0, 2), (1,), (255, 1)])
def test_only_the_classes_asked_for_become_polygons(tmp_path, speckle, wanted):
    names = {value: str(value) for value in wanted}
    write_polygons(raster(tmp_path / "flood.tif", speckle), tmp_path / "flood.gpkg", names, layer="flood")
    layer = geopandas.read_file(tmp_path / "flood.gpkg")
    shapes = zip(layer.geometry, layer["class_id"] + 1, strict=True)
    burnt = rasterize(shapes, UTM.shape, transform=UTM.transform, dtype=np.int32)
    np.testing.assert_array_equal(burnt, np.where(np.isin(speckle, wanted), speckle.astype(np.int32) + 1, 0))


@pytest.mark.parametrize(
    "grid",
    [UTM, Grid(CRS.from_epsg(4326), Affine(1e-3, 0, 10, 0, -1e-3, 60), 60, 50)],
    ids=["utm", "degrees"],
)
def test_areas_agree_with_those_of_the_classes(tmp_path, speckle, grid):
    path = tmp_path / "flood.gpkg"
    write_polygons(raster(tmp_path / "flood.tif", speckle, grid), path, WATER, layer="flood")
    layer = geopandas.read_file(path)
    areas = ClassAreas(grid, [1, 2])
    areas.add(0, speckle)
    for value, group in layer.groupby("class_id"):
        assert group["area_km2"].sum() * 1e6 == pytest.approx(areas.square_metres[value], rel=1e-4)
    np.testing.assert_allclose(layer["area_ha"], layer["area_km2"] * 100)


def test_no_polygon_still_makes_a_layer(tmp_path):
    path = tmp_path / "flood.gpkg"
    dry = np.zeros(UTM.shape, np.uint8)
    assert write_polygons(raster(tmp_path / "flood.tif", dry), path, WATER, layer="flood") == 0
    layer = geopandas.read_file(path)
    assert len(layer) == 0
    assert layer.crs.to_epsg() == 32633
    assert list(layer.columns) == ["class_id", "class", "area_km2", "area_ha", "geometry"]


def test_an_existing_file_is_replaced(tmp_path, speckle):
    path = tmp_path / "flood.gpkg"
    path.write_bytes(b"old")
    write_polygons(raster(tmp_path / "flood.tif", speckle), path, WATER, layer="flood")
    assert len(geopandas.read_file(path)) > 0


def test_what_is_not_a_raster_is_refused(tmp_path):
    source = tmp_path / "flood.tif"
    source.write_text("not a raster")
    with pytest.raises(InputError, match=r"flood\.tif"):
        write_polygons(source, tmp_path / "flood.gpkg", WATER, layer="flood")
    assert list(tmp_path.iterdir()) == [source]


def test_a_truncated_raster_leaves_nothing(tmp_path, speckle):
    source = raster(tmp_path / "flood.tif", speckle)
    source.write_bytes(source.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"flood\.tif"):
        write_polygons(source, tmp_path / "flood.gpkg", WATER, layer="flood")
    assert list(tmp_path.iterdir()) == [source]


def test_a_full_disk_is_told(tmp_path, tiny_disk):
    values = np.random.default_rng(4).integers(0, 3, (400, 400), np.uint8)
    grid = Grid(UTM.crs, UTM.transform, 400, 400)
    with pytest.raises(OutputError, match="the disk is full"):
        write_polygons(raster(tmp_path / "flood.tif", values, grid), tiny_disk / "flood.gpkg", WATER, layer="flood")
    assert list(tiny_disk.iterdir()) == []


def test_a_disk_that_is_full_of_an_outline_is_told(tiny_disk):
    turn = np.linspace(0, 2 * np.pi, 400_000, endpoint=False)
    outline = shapely.MultiPolygon([shapely.Polygon(np.stack([np.cos(turn), np.sin(turn)], axis=1))])
    with pytest.raises(OutputError, match=r"/a\.gpkg could not be written: the disk is full"):  # noqa: SIM117
        with atomic(tiny_disk / "a.gpkg") as part:
            add_outline(part, outline, UTM.crs, layer="aoi")
    assert list(tiny_disk.iterdir()) == []
