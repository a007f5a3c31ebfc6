"""Areas against geodesic polygons by pyproj."""

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS as ProjCRS
from pyproj import Transformer
from rasterio.crs import CRS

from engine.errors import InputError
from engine.raster.areas import ClassAreas, PixelAreas, mean_pixel_area
from engine.raster.grid import Grid

GRIDS = {
    "utm, far from its meridian": (32633, Affine(100, 0, 1.0e5, 0, -100, 6e6), 900, 700),
    "web mercator at 60 north": (3857, Affine(100, 0, 1e6, 0, -100, 8.4e6), 900, 700),
    "degrees at 60 north": (4326, Affine(1e-3, 0, 10, 0, -1e-3, 61), 900, 700),
    "degrees, half of the Earth": (4326, Affine(0.2, 0, -80, 0, -0.2, 80), 800, 800),
    "degrees over the antimeridian": (4326, Affine(1e-3, 0, 179.5, 0, -1e-3, -10), 900, 700),
    "polar stereographic": (3031, Affine(1000, 0, 1.5e6, 0, -1000, 2.5e6), 900, 700),
    "over the north pole": (3413, Affine(1000, 0, -3.5e5, 0, -1000, 3e5), 700, 600),
    "northing first": (3035, Affine(1000, 0, 3.5e6, 0, -1000, 3.5e6), 900, 700),
    "feet": (2263, Affine(300, 0, 9e5, 0, -300, 2.5e5), 900, 700),
    "from the bottom up": (32733, Affine(100, 0, 5e5, 0, 100, 6e6), 900, 700),
    "an ellipsoid of its own": (27700, Affine(100, 0, 2e5, 0, -100, 5e5), 900, 700),
}


@pytest.fixture(params=GRIDS, scope="module")
def grid(request):
    epsg, transform, width, height = GRIDS[request.param]
    return Grid(CRS.from_epsg(epsg), transform, width, height)


def geodesic(grid, row, column, height, width):
    """Square metres of a block of pixels as a geodesic polygon with dense edges."""
    left, bottom, right, top = grid.window(row, column, height, width).bounds
    ring = shapely.segmentize(shapely.box(left, bottom, right, top).exterior, max(right - left, top - bottom) / 400)
    crs = ProjCRS.from_wkt(grid.crs.to_wkt())
    to_geodetic = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    longitude, latitude = to_geodetic.transform(*np.array(ring.coords).T)
    return abs(crs.get_geod().polygon_area_perimeter(longitude, latitude)[0])


@pytest.mark.parametrize("place", [(0, 0), (0.5, 0.3), (0.97, 0.97)])
def test_blocks_of_pixels(grid, place):
    row, column = int(place[0] * grid.height), int(place[1] * grid.width)
    values = np.zeros(grid.shape, np.uint8)
    values[row : row + 15, column : column + 20] = 7
    areas = ClassAreas(grid, [0, 7])
    areas.add(0, values)
    assert areas.square_metres[7] == pytest.approx(geodesic(grid, row, column, 15, 20), rel=1e-4)
    assert areas.pixels == {0: values.size - 300, 7: 300}


def test_a_whole_grid(grid):
    if grid.crs.to_epsg() == 3413:
        pytest.skip("a ring around the pole has no inside for the reference")
    total = geodesic(grid, 0, 0, *grid.shape)
    assert mean_pixel_area(grid) * grid.width * grid.height == pytest.approx(total, rel=1e-4)


def test_the_whole_earth():
    grid = Grid(CRS.from_epsg(4326), Affine(0.1, 0, -180, 0, -0.1, 90), 3600, 1800)
    assert mean_pixel_area(grid) * 3600 * 1800 == pytest.approx(510_065_621.724e6, rel=1e-6)


def test_web_mercator_is_four_times_too_large_at_sixty_north():
    _, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(0, 60)
    areas = PixelAreas(Grid(CRS.from_epsg(3857), Affine(10, 0, 0, 0, -10, y), 100, 100))
    assert 100 / areas.mean == pytest.approx(4, rel=0.01)


@settings(max_examples=30)
@given(st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_sums_do_not_depend_on_the_bands(rows, seed):
    grid = Grid(CRS.from_epsg(3031), Affine(2000, 0, 1.5e6, 0, -2000, 2.5e6), 80, 70)
    values = np.random.default_rng(seed).integers(0, 4, grid.shape, np.uint8)
    whole, banded = (ClassAreas(grid, [2, 0, 3, 9]) for _ in range(2))
    whole.add(0, values)
    for start in reversed(range(0, 70, rows)):
        banded.add(start, values[start : start + rows])
    assert banded.square_metres == whole.square_metres
    assert banded.pixels == whole.pixels == {kind: int((values == kind).sum()) for kind in (2, 0, 3, 9)}
    assert whole.square_metres[9] == 0


def test_polygons(grid):
    left, bottom, right, top = grid.bounds
    width, height = right - left, top - bottom
    x, y, dx, dy = left + 0.6 * width, bottom + 0.2 * height, width / 50, height / 50
    small = shapely.box(x, y, x + dx, y + dy)
    hole = shapely.box(x + dx / 4, y + dy / 4, x + dx / 2, y + dy / 2)
    large = shapely.box(left + 0.55 * width, bottom + 0.05 * height, right, top)
    areas = PixelAreas(grid).polygons(np.array([small, small.difference(hole), large]))

    def reference(polygon):
        x0, y0, x1, y1 = polygon.bounds
        part = Grid(grid.crs, Affine(x1 - x0, 0, x0, 0, y0 - y1, y1), 1, 1)
        return geodesic(part, 0, 0, 1, 1)

    assert areas[0] == pytest.approx(reference(small), rel=1e-4)
    assert areas[1] == pytest.approx(reference(small) - reference(hole), rel=1e-4)
    assert areas[2] == pytest.approx(reference(large), rel=1e-4)


def test_a_grid_beyond_the_crs_is_refused():
    orthographic = CRS.from_proj4("+proj=ortho +lat_0=40 +lon_0=0 +ellps=WGS84")
    with pytest.raises(InputError, match="clip it"):
        PixelAreas(Grid(orthographic, Affine(1e5, 0, -7e6, 0, -1e5, 7e6), 140, 140))


def test_a_plane_without_an_earth_is_refused():
    local = CRS.from_wkt('LOCAL_CS["a plan",UNIT["metre",1]]')
    with pytest.raises(InputError, match="coordinate system on Earth"):
        PixelAreas(Grid(local, Affine(1, 0, 0, 0, -1, 0), 10, 10))
