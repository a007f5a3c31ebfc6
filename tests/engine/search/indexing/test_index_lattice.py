from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from pyproj import Geod, Transformer
from rasterio.crs import CRS

from engine.errors import Cancelled, InputError
from engine.raster.grid import Grid
from engine.search.index import lattice as lattices
from engine.search.index.lattice import Lattice, coarsened, default_windows, fitting_windows, working_factor

UTM = Grid(CRS.from_epsg(32633), Affine(1, 0, 500_000, 0, -1, 5_000_000), 700, 500)
# 0.00001 degrees at 60 degrees north: 1.1 m down, 0.56 m across.
DEGREES = Grid(CRS.from_epsg(4326), Affine(1e-5, 0, 15, 0, -1e-5, 60), 900, 600)
MERCATOR = Grid(CRS.from_epsg(3857), Affine(2, 0, 1_600_000, 0, -2, 8_400_000), 600, 600)
FEET = Grid(CRS.from_epsg(2263), Affine(3, 0, 980_000, 0, -3, 200_000), 400, 400)


def windows(lattice: Lattice) -> list[tuple[int, int, int, int, int]]:
    return [(row.window, row.top, left, row.height, row.width) for row in lattice.rows for left in row.columns()]


@pytest.mark.parametrize("grid", [UTM, DEGREES, MERCATOR, FEET], ids=["utm", "degrees", "mercator", "feet"])
def test_windows_are_squares_on_the_ground(grid):
    """Sides measured as geodesics between their ends: another way than the scale that the lattice uses."""
    geod, way = Geod(ellps="WGS84"), Transformer.from_crs(grid.crs.to_wkt(), "EPSG:4326", always_xy=True)
    pixel = 2.3  # metres, at most: what rounding to whole pixels may cost
    for _, top, left, height, width in windows(Lattice(grid, (100.0,), 0.5)):
        middle = top + height / 2
        x, y = grid.transform @ (left, middle)
        x1, y1 = grid.transform @ (left + width, middle)
        (lon, lon1), (lat, lat1) = way.transform([x, x1], [y, y1])
        assert geod.inv(lon, lat, lon1, lat1)[2] == pytest.approx(100, abs=pixel)
        x, y = grid.transform @ (left + width / 2, top)
        x1, y1 = grid.transform @ (left + width / 2, top + height)
        (lon, lon1), (lat, lat1) = way.transform([x, x1], [y, y1])
        assert geod.inv(lon, lat, lon1, lat1)[2] == pytest.approx(100, abs=pixel)


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("grid", [UTM, DEGREES], ids=["utm", "degrees"])
def test_every_pixel_lies_in_a_window_of_each_size(grid, overlap):
    sides = (50.0, 120.0)
    seen = np.zeros((len(sides), *grid.shape), int)
    for window, top, left, height, width in windows(Lattice(grid, sides, overlap)):
        assert top >= 0 and top + height <= grid.height and left >= 0 and left + width <= grid.width
        seen[window, top : top + height, left : left + width] += 1
    assert seen.min() >= 1
    if overlap == 0.5:
        assert np.median(seen[0]) == 4


def test_no_window_stands_twice():
    found = windows(Lattice(UTM, (50.0, 100.0), 0.5))
    assert len(found) == len(set(found)) == len(Lattice(UTM, (50.0, 100.0), 0.5))


def test_rows_are_asked_for_in_order_in_each_strip(monkeypatch):
    monkeypatch.setattr(lattices, "STRIP", 256)
    rows = Lattice(UTM, (50.0, 120.0), 0.5).rows
    strips = [next(row.columns()) // 256 for row in rows]
    assert strips == sorted(strips) and set(strips) == {0, 1, 2}
    for strip in set(strips):
        ends = [row.top + row.height for row, own in zip(rows, strips, strict=True) if own == strip]
        assert ends == sorted(ends)


def test_strips_do_not_change_the_windows(monkeypatch):
    whole = set(windows(Lattice(UTM, (50.0, 120.0), 0.5)))
    monkeypatch.setattr(lattices, "STRIP", 100)
    assert set(windows(Lattice(UTM, (50.0, 120.0), 0.5))) == whole


def test_a_position_is_found_again():
    lattice = Lattice(UTM, (50.0, 120.0), 0.5)
    counted = [(row, number) for row, own in enumerate(lattice.rows) for number in range(len(own))]
    assert [lattice.find(position) for position in range(len(lattice))] == counted
    assert lattice.find(len(lattice)) == (len(lattice.rows), 0)


def test_a_window_larger_than_the_image_shrinks_to_it():
    assert windows(Lattice(UTM, (10_000.0,), 0.5)) == [(0, 0, 0, 500, 700)]


def test_windows_of_a_model_follow_the_coarser_of_both_resolutions():
    assert default_windows(128, 1.0, 10.0) == (1280, 2560)
    assert default_windows(128, 1.0, 0.1) == (128, 256)
    assert default_windows(128, None, 0.5) == (64, 128)


def test_small_images_and_coarse_ones():
    assert fitting_windows(UTM, (64.0, 128.0)) == (64.0, 128.0)
    assert fitting_windows(UTM, (64.0, 640.0)) == (64.0,)
    assert fitting_windows(UTM, (1000.0, 2000.0)) == (pytest.approx(500, rel=1e-3),)  # as a whole
    assert fitting_windows(UTM, (5.0,)) == ()  # fewer than 8 pixels


def test_fine_images_are_averaged_before_they_are_cut():
    assert working_factor(UTM, (64.0, 128.0), 16) == 3  # the UTM scale makes a pixel a little larger than 1 m
    assert working_factor(UTM, (16.0,), 64) == 1
    assert coarsened(UTM, 3).shape == (166, 233)


def test_an_image_beyond_the_earth_is_refused():
    lost = Grid(CRS.from_epsg(4326), Affine(1, 0, 0, 0, -1, 300), 50, 50)
    with pytest.raises(InputError, match=r"no place on the Earth"):
        Lattice(lost, (100.0,), 0.5)


def test_planning_can_be_stopped():
    wide = Grid(UTM.crs, UTM.transform, 100_000, 500)
    asked = []

    def check():
        asked.append(0)
        if len(asked) == 3:
            raise Cancelled("The job was cancelled.")

    with pytest.raises(Cancelled):
        Lattice(wide, (50.0,), 0.5, check)


def test_windows_without_end_are_counted_before_they_are_made():
    endless = Grid(UTM.crs, UTM.transform, 2_000_000, 2_000_000)
    with pytest.raises(InputError, match=r"some [\d,]+ windows of 50 m, more than the 50,000,000 .*clip it, or choose"):
        Lattice(endless, (50.0,), 0.5)
