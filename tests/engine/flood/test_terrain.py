"""The slope of planes of known gradient, on grids of every kind."""

from __future__ import annotations

import math

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Proj
from rasterio.crs import CRS

from engine.raster.grid import Grid
from engine.raster.terrain import slope_deg

SIZE = 40
# WGS84
SEMI_MAJOR, ECCENTRICITY_2 = 6378137.0, 0.0066943799901413165


def metres_per_radian(latitude: float) -> tuple[float, float]:
    """Ground metres per radian of longitude and of latitude: N cos(latitude) and M."""
    sine = math.sin(math.radians(latitude))
    normal = SEMI_MAJOR / math.sqrt(1 - ECCENTRICITY_2 * sine**2)
    meridian = normal * (1 - ECCENTRICITY_2) / (1 - ECCENTRICITY_2 * sine**2)
    return normal * math.cos(math.radians(latitude)), meridian


def plane(east_step: float, south_step: float, shape: tuple[int, int] = (SIZE, SIZE)) -> np.ndarray:
    """Metres that rise by so much from pixel to pixel."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return (100 + columns * east_step + rows * south_step).astype(np.float32)


def expected(east_step: float, south_step: float, east_metres: float, south_metres: float) -> float:
    return math.degrees(math.atan(math.hypot(east_step / east_metres, south_step / south_metres)))


def utm(shape: tuple[int, int] = (SIZE, SIZE)) -> Grid:
    return Grid(CRS.from_epsg(32633), Affine(10, 0, 500_000, 0, -10, 6_655_000), shape[1], shape[0])


def degrees(latitude: float = 60.0) -> Grid:
    return Grid(CRS.from_epsg(4326), Affine(1e-4, 0, 15, 0, -1e-4, latitude + SIZE / 2 * 1e-4), SIZE, SIZE)


def mercator(latitude: float = 60.0, spacing: float = 20.0) -> Grid:
    x, y = Proj("EPSG:3857")(15, latitude)
    return Grid(CRS.from_epsg(3857), Affine(spacing, 0, x, 0, -spacing, y + SIZE / 2 * spacing), SIZE, SIZE)


@given(st.floats(-6, 6), st.floats(-6, 6))
def test_a_plane_in_utm(east: float, south: float) -> None:
    # On the central meridian a metre of the grid is 1 / 0.9996 metres on the ground.
    found = slope_deg(plane(east, south), utm())
    np.testing.assert_allclose(found, expected(east, south, 10 / 0.9996, 10 / 0.9996), atol=0.01)


@pytest.mark.parametrize("latitude", [0.0, -33.0, 60.0, 75.0])
@pytest.mark.parametrize(("east", "south"), [(1, 0), (0, 1), (0.7, -1.5)])
def test_a_plane_in_degrees(latitude: float, east: float, south: float) -> None:
    across, along = (math.radians(1e-4) * metres for metres in metres_per_radian(latitude))
    found = slope_deg(plane(east, south), degrees(latitude))
    np.testing.assert_allclose(found, expected(east, south, across, along), rtol=2e-3)


@pytest.mark.parametrize("latitude", [0.0, 60.0, -75.0])
@pytest.mark.parametrize(("east", "south"), [(2, 0), (0, 2), (-1.2, 0.4)])
def test_a_plane_in_web_mercator(latitude: float, east: float, south: float) -> None:
    """At 60 degrees north a pixel of 20 m is one of 10 m; taken at its word the slope would be half as steep."""
    # x = a * longitude, and dy / d(latitude) = a / cos(latitude), on a sphere.
    across, along = metres_per_radian(latitude)
    across, along = 20 / SEMI_MAJOR * across, 20 / SEMI_MAJOR * math.cos(math.radians(latitude)) * along
    found = slope_deg(plane(east, south), mercator(latitude))
    np.testing.assert_allclose(found, expected(east, south, across, along), rtol=2e-3)


@pytest.mark.parametrize("grid", [utm(), degrees(), mercator()], ids=["UTM", "degrees", "Mercator"])
def test_rows_do_not_depend_on_the_rows_around_them(grid: Grid) -> None:
    """But for the neighbours on either side, whatever band they come in."""
    ground = np.random.default_rng(0).uniform(0, 30, (SIZE, SIZE)).astype(np.float32)
    whole = slope_deg(ground, grid)
    for start, stop in ((1, 2), (3, 20), (10, SIZE - 1)):
        part = slope_deg(ground[start - 1 : stop + 1], grid.rows(start - 1, stop + 1))[1:-1]
        np.testing.assert_allclose(part, whole[start:stop], rtol=1e-6)


def test_a_tall_grid_in_degrees_is_right_at_both_ends() -> None:
    grid = Grid(CRS.from_epsg(4326), Affine(0.01, 0, 15, 0, -0.01, 80), SIZE, 3000)
    found = slope_deg(plane(50, 0, (3000, SIZE)), grid)
    for row in (0, 1500, 2999):
        across = math.radians(0.01) * metres_per_radian(80 - (row + 0.5) * 0.01)[0]
        assert found[row, 5] == pytest.approx(expected(50, 0, across, 1), rel=1e-3)


def test_a_ridge_is_as_steep_as_its_central_differences() -> None:
    ground = np.zeros((5, 5), np.float32)
    ground[:, 2] = 10
    found = slope_deg(ground, utm((5, 5)))
    np.testing.assert_allclose(found[2, 1:4], [math.degrees(math.atan(10 * 0.9996 / 20)), 0, 26.556], atol=0.01)


def test_beside_missing_ground_the_slope_is_unknown() -> None:
    ground = plane(1, 1)
    ground[10, 10] = np.nan
    unknown = np.isnan(slope_deg(ground, utm()))
    assert np.argwhere(unknown).tolist() == [[9, 10], [10, 9], [10, 11], [11, 10]]


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (20, 1)])
def test_a_single_row_or_column_is_flat(shape: tuple[int, int]) -> None:
    assert not slope_deg(plane(3, 3, shape), utm(shape)).any()
