"""The grid against odc-geo's GeoBox."""

import math

import numpy as np
import pytest
from affine import Affine
from hypothesis import assume, given
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from odc.geo.geom import box
from pyproj import Transformer
from rasterio.crs import CRS

from engine.errors import InputError
from engine.raster.grid import Grid

# odc-geo calls what affine and shapely have come to discourage.
pytestmark = [
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'shapely.ops.transform:DeprecationWarning"),
]

UTM = CRS.from_epsg(32633)


@st.composite
def grids(draw):
    """North-up grids, some of them stored from the bottom up, in metres or degrees."""
    if draw(st.booleans(), "degrees"):
        crs, scale, x, y = CRS.from_epsg(4326), 1e-5, st.floats(-179, 170), st.floats(-80, 80)
    else:
        crs, scale, x, y = UTM, 1.0, st.floats(1e5, 9e5), st.floats(1e5, 9e6)
    size = st.floats(0.5, 100)
    down = draw(st.sampled_from([-1, 1]), "down")
    transform = Affine(draw(size) * scale, 0, draw(x), 0, down * draw(size) * scale, draw(y))
    return Grid(crs, transform, draw(st.integers(1, 5000)), draw(st.integers(1, 5000)))


def geobox(grid):
    return GeoBox(grid.shape, grid.transform, grid.crs.to_epsg())


def same(grid, other):
    assert grid.shape == tuple(other.shape)
    np.testing.assert_allclose(tuple(grid.transform)[:6], tuple(other.transform)[:6], rtol=1e-12, atol=1e-9)


@given(grids())
def test_bounds(grid):
    expected = geobox(grid).boundingbox
    np.testing.assert_allclose(grid.bounds, (expected.left, expected.bottom, expected.right, expected.top), rtol=1e-12)
    assert grid.bounds_in(grid.crs) == grid.bounds


@given(grids(), st.data())
def test_windows_and_rows(grid, data):
    row, column = data.draw(st.integers(0, grid.height - 1)), data.draw(st.integers(0, grid.width - 1))
    height = data.draw(st.integers(1, grid.height - row))
    width = data.draw(st.integers(1, grid.width - column))
    whole = geobox(grid)
    same(grid.window(row, column, height, width), whole[row : row + height, column : column + width])
    same(grid.rows(row, row + height), whole[row : row + height, :])


@given(grids(), st.data())
def test_pixel_centres(grid, data):
    row, column = data.draw(st.integers(0, grid.height - 1)), data.draw(st.integers(0, grid.width - 1))
    y, x = geobox(grid).coordinates.values()
    centre = grid.transform @ (column + 0.5, row + 0.5)
    np.testing.assert_allclose(centre, (x.values[column], y.values[row]), rtol=1e-12)


@given(grids(), st.tuples(*[st.floats(-0.5, 1.5)] * 4))
def test_clip_takes_the_pixels_that_the_bounds_touch(grid, shares):
    left, bottom, right, top = grid.bounds
    x0, x1 = (left + share * (right - left) for share in sorted(shares[:2]))
    y0, y1 = (bottom + share * (top - bottom) for share in sorted(shares[2:]))
    edges = [*(~grid.transform @ (x0, y0)), *(~grid.transform @ (x1, y1))]
    assume(all(abs(edge - round(edge)) > 1e-4 for edge in edges))  # along an edge the two may round differently
    found = grid.clip((x0, y0, x1, y1))
    if x1 < left or x0 > right or y1 < bottom or y0 > top:
        assert found is None
    else:
        whole = geobox(grid)
        same(found, whole & whole.enclosing(box(x0, y0, x1, y1, whole.crs)))


@given(grids(), st.data())
def test_clip_by_the_bounds_of_a_part_gives_that_part(grid, data):
    row, column = data.draw(st.integers(0, grid.height - 1)), data.draw(st.integers(0, grid.width - 1))
    part = grid.window(
        row, column, data.draw(st.integers(1, grid.height - row)), data.draw(st.integers(1, grid.width - column))
    )
    assert grid.clip(part.bounds) == part
    assert part.clip(grid.bounds) == part


def test_clip_by_infinite_bounds_keeps_all():
    grid = Grid(UTM, Affine(10, 0, 5e5, 0, -10, 5e6), 30, 20)
    assert grid.clip((-math.inf, -math.inf, math.inf, math.inf)) == grid


def test_bounds_in_another_crs_hold_the_edges():
    grid = Grid(UTM, Affine(10, 0, 3e5, 0, -10, 6.5e6), 10000, 9000)
    left, bottom, right, top = grid.bounds
    to_degrees = Transformer.from_crs(32633, 4326, always_xy=True)
    x, y = np.linspace(left, right, 500), np.linspace(bottom, top, 500)
    edges = [(x, np.full(500, top)), (x, np.full(500, bottom)), (np.full(500, left), y), (np.full(500, right), y)]
    longitude, latitude = np.hstack([to_degrees.transform(*edge) for edge in edges])
    expected = longitude.min(), latitude.min(), longitude.max(), latitude.max()
    np.testing.assert_allclose(grid.bounds_in(CRS.from_epsg(4326)), expected, atol=1e-3)


@pytest.mark.parametrize(
    ("crs", "transform", "size", "reason"),
    [
        (UTM, Affine.rotation(10), (5, 5), "rotated"),
        (UTM, Affine(0, 0, 5e5, 0, -10, 5e6), (5, 5), "without size"),
        (UTM, Affine(10, 0, 5e5, 0, -10, 5e6), (0, 5), "no pixels"),
        (CRS(), Affine(10, 0, 5e5, 0, -10, 5e6), (5, 5), "no coordinate system"),
        (None, Affine(10, 0, 5e5, 0, -10, 5e6), (5, 5), "no coordinate system"),
    ],
)
def test_what_is_no_grid_is_refused(crs, transform, size, reason):
    with pytest.raises(InputError, match=reason):
        Grid(crs, transform, *size)
