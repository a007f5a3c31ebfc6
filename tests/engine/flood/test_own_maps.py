"""What GeoFM wrote for one map, given as input to the next."""

from __future__ import annotations

import shutil

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from constructed import AFTER, BEFORE, KINDS, LAKE, SHAPE, Bench, backscatter
from maps import TRANSFORM

from engine.cards.classes import NODATA
from engine.errors import InputError


def square(row: int, column: int, height: int, width: int) -> shapely.Polygon:
    left, top = TRANSFORM @ (column, row)
    return shapely.box(left, top - 10 * height, left + 10 * width, top)


def test_of_its_polygons_only_permanent_water_is_permanent(bench: Bench) -> None:
    """Those of flood lie in the same layer."""
    earlier, raster = str(bench.folder / "earlier.gpkg"), str(bench.folder / "earlier.tif")
    bench.map(backscatter(AFTER), backscatter(BEFORE, 1), polygons=earlier)
    shutil.copy(bench.folder / "flood.tif", raster)
    for layer in (earlier, f"{earlier}|layername=flood", raster):
        np.testing.assert_array_equal(bench.map(backscatter(AFTER), permanent_water=layer), KINDS)
        said = bench.warned(f"{layer} is a map of GeoFM: only its permanent water (class_id 1) is used.")
        assert said == (layer != raster)


def test_a_map_that_knows_no_permanent_water_is_refused(bench: Bench) -> None:
    earlier = str(bench.folder / "earlier.gpkg")
    bench.map(backscatter(AFTER), polygons=earlier)
    with pytest.raises(
        InputError, match=r"earlier\.gpkg is a map .* without polygons of permanent water \(class_id 1\); leave"
    ):
        bench.map(backscatter(AFTER), permanent_water=earlier)


def test_polygons_of_others_that_have_classes_all_count(bench: Bench) -> None:
    path = bench.folder / "known.gpkg"
    geopandas.GeoDataFrame({"class_id": [7]}, geometry=[square(*LAKE)], crs="EPSG:32633").to_file(path)
    np.testing.assert_array_equal(bench.map(backscatter(AFTER), permanent_water=str(path)), KINDS)


def test_its_area_of_interest_gives_the_same_area_again(bench: Bench) -> None:
    aoi, earlier = bench.folder / "aoi.geojson", str(bench.folder / "earlier.gpkg")
    triangle = shapely.Polygon([TRANSFORM @ corner for corner in ((5.3, 5.3), (190.4, 30.2), (60.1, 180.7))])
    geopandas.GeoDataFrame(geometry=[triangle.segmentize(20)], crs="EPSG:32633").to_crs(4326).to_file(aoi)
    first = bench.map(backscatter(AFTER), aoi=str(aoi), polygons=earlier).copy()
    with rasterio.open(bench.folder / "flood.tif") as raster:
        place = raster.transform
    assert 0 < (first == NODATA).sum() < first.size < SHAPE[0] * SHAPE[1]
    again = bench.map(backscatter(AFTER), aoi=f"{earlier}|layername=aoi")
    with rasterio.open(bench.folder / "flood.tif") as raster:
        assert raster.transform == place
    np.testing.assert_array_equal(again, first)
    with pytest.raises(InputError, match=r"several layers of polygons \(flood, aoi\)"):
        bench.map(backscatter(AFTER), aoi=earlier)
