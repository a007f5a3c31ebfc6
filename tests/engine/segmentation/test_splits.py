"""Training and validation apart in space: no tile of one touches one of the other, whatever the polygons."""

import geopandas
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from rasterio.crs import CRS
from rasterio.warp import transform

from engine.cards.classes import NODATA
from engine.cards.colours import colours_for
from engine.raster.grid import Grid
from engine.segmentation.labels import LabelSet
from engine.segmentation.splits import FEWEST_POLYGONS, split

UTM = CRS.from_epsg(32633)
ORIGIN = (500_000.0, 5_300_000.0)
GRID = Grid(UTM, Affine(10, 0, ORIGIN[0], 0, -10, ORIGIN[1]), 200, 160)
NAMES = ("field", "forest", "town", "water")


def labels_of(boxes, ids, classes=None, crs=UTM):
    """Rectangles (column, row, width, height) in pixels of the grid, with class ids."""
    shapes = []
    for column, row, width, height in boxes:
        (x0, y0), (x1, y1) = GRID.transform @ (column, row), GRID.transform @ (column + width, row + height)
        shapes.append(shapely.box(x0, y1, x1, y0))
    names = NAMES[: classes or max(ids) + 1]
    frame = geopandas.GeoSeries(shapes, crs=UTM.to_wkt()).to_crs(crs.to_wkt())
    colours = colours_for(names, [None] * len(names))
    return LabelSet(names, colours, np.array(frame.to_numpy(), object), np.array(ids, np.uint8), crs, "labels")


def mosaic(side, count=4):
    """Squares of classes that cover the whole grid, as land-use maps do."""
    places = [(column, row) for row in range(0, GRID.height, side) for column in range(0, GRID.width, side)]
    ids = np.random.default_rng(1).integers(0, count, len(places))
    return labels_of([(column, row, side, side) for column, row in places], ids.tolist())


def tiles_of(pixels, tile):
    """The tiles of the first image's pixels that hold any of these, counted from its corner."""
    rows, columns = np.nonzero(pixels)
    return set(zip((rows // tile).tolist(), (columns // tile).tolist(), strict=True))


def touching(one, other):
    return [(a, b) for a in one for b in other if abs(a[0] - b[0]) <= 1 and abs(a[1] - b[1]) <= 1]


polygon = st.tuples(st.integers(-10, 195), st.integers(-10, 155), st.integers(2, 60), st.integers(2, 60))
layers = st.lists(st.tuples(polygon, st.integers(0, 3)), min_size=2, max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(layers, st.sampled_from([8, 13, 32]), st.integers(0, 5), st.booleans())
def test_no_validation_tile_touches_a_training_tile(shapes, tile, seed, degrees):
    boxes, ids = zip(*shapes, strict=True)
    labels = labels_of(boxes, ids, 4, CRS.from_epsg(4326) if degrees else UTM)
    found = split(labels, [GRID], tile, seed=seed)
    whole = labels.rasterise(GRID)
    train, validation = found.train.rasterise(GRID), found.validation.rasterise(GRID)
    # Every label on a side is the layer's own, and on one side alone.
    for side in (train, validation):
        assert_array_equal(side[side != NODATA], whole[side != NODATA])
    assert not ((train != NODATA) & (validation != NODATA)).any()
    sides = [tiles_of(pixels != NODATA, found.tile) for pixels in (train, validation)]
    assert not touching(*sides)
    # What is left out lies beside the other side: it was not thrown away for nothing.
    between = tiles_of((whole != NODATA) & (train == NODATA) & (validation == NODATA), found.tile)
    assert all(touching([tile], sides[1]) for tile in between)
    counts = [np.bincount(side[side != NODATA], minlength=4) for side in (train, validation)]
    assert_array_equal(found.pixels, counts)
    polygons = np.array(labels.polygons)
    assert not counts[1][polygons < FEWEST_POLYGONS].any()
    few = (polygons < FEWEST_POLYGONS) & (polygons > 0)
    assert_array_equal(counts[0][few], np.bincount(whole[whole != NODATA], minlength=4)[few])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(layers, st.integers(0, 5))
def test_images_of_one_place_are_split_alike(shapes, seed):
    """A second date with larger pixels, in another zone: its pixels are kept from the first one's, too."""
    boxes, ids = zip(*shapes, strict=True)
    labels = labels_of(boxes, ids, 4)
    (x,), (y,) = transform(UTM, CRS.from_epsg(32632), [ORIGIN[0]], [ORIGIN[1]])
    other = Grid(CRS.from_epsg(32632), Affine(20, 0, x + 37, 0, -20, y - 111), 90, 70)
    found = split(labels, [GRID, other], 16, seed=seed)
    rows, columns = np.mgrid[: other.height, : other.width]
    xs, ys = other.transform.c + 20 * (columns + 0.5), other.transform.f - 20 * (rows + 0.5)
    xs, ys = transform(other.crs, UTM, xs.ravel(), ys.ravel())
    places = (
        np.floor((np.array(ys) - ORIGIN[1]) / -10 / found.tile),
        np.floor((np.array(xs) - ORIGIN[0]) / 10 / found.tile),
    )
    tiles = []
    for side in (found.train, found.validation):
        seen = side.rasterise(other).ravel() != NODATA
        own = set(zip(places[0][seen].tolist(), places[1][seen].tolist(), strict=True))
        tiles.append(tiles_of(side.rasterise(GRID) != NODATA, found.tile) | own)
    assert not touching(*tiles)


def test_a_side_does_not_depend_on_the_window():
    found = split(mosaic(20), [GRID], 16, seed=2)
    for side in (found.train, found.validation):
        whole = side.rasterise(GRID)
        parts = [side.rasterise(GRID.window(row, 11, 8, 100)) for row in range(0, 160, 8)]
        assert_array_equal(np.concatenate(parts), whole[:, 11:111])


def test_the_same_seed_gives_the_same_split():
    labels = mosaic(20)
    one, same, other = (split(labels, [GRID], 16, seed=seed) for seed in (3, 3, 4))
    assert_array_equal(one.validation.rasterise(GRID), same.validation.rasterise(GRID))
    assert (one.validation.rasterise(GRID) != other.validation.rasterise(GRID)).any()


def test_a_mosaic_keeps_its_share_of_every_class():
    labels = mosaic(10)
    found = split(labels, [GRID], 16, share=0.2)
    total = np.bincount(labels.rasterise(GRID)[labels.rasterise(GRID) != NODATA], minlength=4)
    assert found.warnings == ()
    assert (found.pixels[1] >= 0.1 * total).all() and (found.pixels[0] >= 0.5 * total).all()


def test_islands_stay_whole():
    """Polygons far from each other are on one side each, and nothing is lost between."""
    boxes = [(column, row, 8, 8) for row in range(4, 160, 40) for column in range(4, 200, 40)]
    labels = labels_of(boxes, [index % 4 for index in range(len(boxes))])
    found = split(labels, [GRID], 8)
    whole, train, validation = (side.rasterise(GRID) for side in (labels, found.train, found.validation))
    assert_array_equal(np.minimum(train, validation), whole)
    for column, row, width, height in boxes:
        inside = np.s_[row : row + height, column : column + width]
        sides = [(side[inside] != NODATA).all() for side in (train, validation)]
        assert sorted(sides) == [False, True]
    assert (found.pixels[1] > 0).all()


def test_classes_with_too_few_polygons_are_trained_on_alone():
    boxes = [(column, row, 8, 8) for row in range(4, 160, 40) for column in range(4, 200, 40)]
    ids = [0, 1] * 10
    ids[3], ids[8], ids[9] = 2, 3, 3
    labels = labels_of(boxes, ids)
    found = split(labels, [GRID], 8)
    assert found.warnings == (
        "Class 'town' has 1 polygon, too few to be validated: all is trained on; draw 3 or more.",
        "Class 'water' has 2 polygons, too few to be validated: all is trained on; draw 3 or more.",
    )
    assert_array_equal(found.pixels[:, 2:], [[64, 128], [0, 0]])


def test_polygons_that_lie_too_close_are_told_of():
    boxes = [(10 + 4 * (index % 3), 10 + 4 * (index // 3), 3, 3) for index in range(9)]
    labels = labels_of(boxes, [0, 1, 2] * 3)
    found = split(labels, [GRID], 8)
    assert not found.pixels[1].all()
    for name, pixels in zip(labels.classes, found.pixels[1], strict=True):
        told = f"Class '{name}' is not validated: its polygons lie too close to others; draw some further apart."
        assert (told in found.warnings) == (pixels == 0)


def test_tiles_become_smaller_where_labels_are_dense():
    """Of a small image, tiles as large as it could not be shared."""
    grid = GRID.window(0, 0, 96, 96)
    labels = mosaic(12).over([grid])
    assert split(labels, [grid], 64).tile < 64
    assert (split(labels, [grid], 64).pixels > 0).all()


@pytest.mark.parametrize("apart", [30, 3_000])
def test_images_of_two_places(apart):
    """Images that lie near each other share their tiles; those far away have their own."""
    other = Grid(UTM, Affine(10, 0, ORIGIN[0] + (GRID.width + apart) * 10, 0, -10, ORIGIN[1]), 200, 160)
    boxes = [(column, row, 8, 8) for row in range(4, 160, 40) for column in range(4, 200, 40)]
    boxes += [(column + GRID.width + apart, row, width, height) for column, row, width, height in boxes]
    labels = labels_of(boxes, [index % 4 for index in range(len(boxes))])
    found = split(labels, [GRID, other], 8)
    total = sum((found.train.rasterise(grid) != NODATA).sum() for grid in (GRID, other))
    assert total == found.pixels[0].sum() and found.pixels.sum() == 64 * len(boxes)


def test_thin_validation_is_told():
    """A class is judged by a few pixels of its many where the rest of it lies too close to others."""
    boxes = [(column, row, 8, 8) for row in range(4, 150, 40) for column in range(4, 190, 40)]
    ids = [index % 2 for index in range(len(boxes))]
    boxes += [(60, 60, 3, 3), (140, 20, 3, 3), (180, 140, 4, 4), (100, 100, 3, 3)]
    found = split(labels_of(boxes, [*ids, 2, 2, 2, 2]), [GRID], 8)
    assert 0 < found.pixels[1, 2] < 30
    (warning,) = found.warnings
    judged, total = found.pixels[1, 2], found.pixels[:, 2].sum()
    told = f"Validation is thin, and its figures say little: it judges 'town' by {judged} of its {total} pixels;"
    assert warning.startswith(told)
