"""Smooth outlines: shared borders stay shared, areas stay within a hundredth, and steps are gone."""

from __future__ import annotations

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.crs import CRS
from scipy.ndimage import gaussian_filter

from engine.raster.polygons import write_polygons

PLACE = Affine(10, 0, 500_000.3, 0, -10, 5_000_000.7)


def layer_of(tmp_path, values, classes, smooth=True, crs=32633, place=PLACE):
    raster, path = tmp_path / "classes.tif", tmp_path / f"{smooth}.gpkg"
    options = {"driver": "GTiff", "dtype": "uint8", "count": 1, "crs": CRS.from_epsg(crs), "transform": place}
    with rasterio.open(raster, "w", height=values.shape[0], width=values.shape[1], **options) as file:
        file.write(values, 1)
    write_polygons(raster, path, classes, layer="map", smooth=smooth)
    return geopandas.read_file(path)


def landscape(side=300, classes=4, seed=1):
    """Patches of some pixels, with borders where three and four of them meet."""
    chance = np.random.default_rng(seed)
    fields = [gaussian_filter(chance.normal(size=(side, side)), 4) for _ in range(classes)]
    return np.argmax(fields, axis=0).astype(np.uint8)


def test_the_polygons_of_a_map_still_fill_it_without_gaps_and_overlaps(tmp_path):
    layer = layer_of(tmp_path, landscape(), {0: "a", 1: "b", 2: "c", 3: "d"})
    assert shapely.is_valid(layer.geometry.values).all()
    assert shapely.coverage_is_valid(layer.geometry.values)
    whole = shapely.box(500_000.3, 5_000_000.7 - 3000, 500_000.3 + 3000, 5_000_000.7)
    assert layer.union_all().symmetric_difference(whole).area < 1e-6 * whole.area


def test_borders_are_shared_where_speckle_touches_at_corners(tmp_path):
    values = np.random.default_rng(3).integers(0, 3, (60, 70)).astype(np.uint8)
    layer = layer_of(tmp_path, values, {0: "a", 1: "b", 2: "c"})
    assert shapely.is_valid(layer.geometry.values).all()
    assert shapely.coverage_is_valid(layer.geometry.values)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_areas_of_classes_stay_within_a_hundredth(tmp_path, seed):
    values = landscape(seed=seed)
    names = {0: "a", 1: "b", 2: "c", 3: "d"}
    smooth, plain = (layer_of(tmp_path, values, names, smooth) for smooth in (True, False))
    for name in names.values():
        before, after = (layer[layer["class"] == name]["area_ha"].sum() for layer in (plain, smooth))
        assert after == pytest.approx(before, rel=0.01)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 20])
def test_an_island_loses_no_more_than_a_hundredth_however_small_it_is(tmp_path, size):
    values = np.zeros((40, 40), np.uint8)
    values[10 : 10 + size, 10 : 10 + size] = 1
    (island,) = layer_of(tmp_path, values, {1: "water"}).itertuples()
    assert island.geometry.area / 100 == pytest.approx(size * size, rel=0.0101)
    assert len(island.geometry.exterior.coords) - 1 == 8 or size == 1


def test_a_slope_of_steps_becomes_straight(tmp_path):
    values = np.tril(np.ones((30, 30), np.uint8))
    (half,) = layer_of(tmp_path, values, {1: "water"}).itertuples()
    assert len(half.geometry.exterior.coords) < 12
    assert half.geometry.area / 100 == pytest.approx(values.sum(), rel=0.01)


def test_holes_are_the_outlines_of_what_fills_them(tmp_path):
    values = np.full((30, 30), 1, np.uint8)
    values[8:13, 8:15] = 2
    layer = layer_of(tmp_path, values, {1: "land", 2: "water"})
    hole = shapely.Polygon(layer[layer["class"] == "land"].geometry.iloc[0].interiors[0])
    assert hole.equals_exact(layer[layer["class"] == "water"].geometry.iloc[0], 1e-9, normalize=True)


def test_it_does_not_depend_on_bands_of_rows(tmp_path, monkeypatch):
    from engine.raster import smoothing

    values = landscape(side=120)
    whole = layer_of(tmp_path, values, {1: "b", 2: "c"})
    monkeypatch.setattr(smoothing, "READ_ROWS", 7)
    parts = layer_of(tmp_path, values, {1: "b", 2: "c"})
    assert whole.geometry.geom_equals(parts.geometry).all()
