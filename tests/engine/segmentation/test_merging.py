"""The minimum mapping unit: against scipy's components on the whole array, at any band size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from scipy import ndimage

from engine.jobs.report import QuietReport
from engine.raster.grid import Grid
from engine.raster.scratch_planes import ScratchPlanes
from engine.segmentation.merging import merge_small

GRID = Grid(rasterio.CRS.from_epsg(32633), Affine(10, 0, 0, 0, -10, 0), 1, 1)


def merged(folder: Path, classes: np.ndarray, min_pixels: int, rows: int = 256) -> tuple[np.ndarray, int]:
    height, width = classes.shape
    grid = Grid(GRID.crs, GRID.transform, width, height)
    source = ScratchPlanes(folder / "source.u8", 1, width)
    source.write(0, classes.astype(np.uint8))
    found, left = merge_small(source, folder, grid, 5, min_pixels, QuietReport(folder), lambda share: None, rows=rows)
    values = found.read(0, height)[0]
    np.testing.assert_array_equal(source.read(0, height)[0], classes)  # untouched
    source.close()
    found.close()
    return values, left


def sizes(classes: np.ndarray) -> np.ndarray:
    """Size of the patch that each pixel lies in, 0 where not observed: scipy's labels, four neighbours."""
    found = np.zeros(classes.shape, int)
    for value in range(5):
        labels, _ = ndimage.label(classes == value)
        found += np.bincount(labels.ravel())[labels] * (classes == value)
    return found


def one_round(classes: np.ndarray, min_pixels: int, small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By the definition, patch by patch."""
    new, still = classes.copy(), small.copy()
    for value in range(5):
        labels, count = ndimage.label((classes == value) & small)
        for number in range(1, count + 1):
            votes = np.zeros(5, int)
            for row, column in np.argwhere(labels == number):
                for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                    y, x = row + down, column + right
                    inside = 0 <= y < classes.shape[0] and 0 <= x < classes.shape[1]
                    if inside and classes[y, x] < 5 and not small[y, x]:
                        votes[classes[y, x]] += 1
            if votes.any():
                new[labels == number] = votes.argmax()
                still[labels == number] = False
    return new, still


def reference(classes: np.ndarray, min_pixels: int) -> tuple[np.ndarray, int]:
    classes = classes.copy()
    small = (sizes(classes) < min_pixels) & (classes < 5)
    while small.any():
        classes, still = one_round(classes, min_pixels, small)
        if (still == small).all():
            break
        small = still
    return classes, int(small.sum())


def patchy(seed: int, height: int = 60, width: int = 47) -> np.ndarray:
    """Patches of all sizes, thickets of specks, and holes."""
    source = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(source.standard_normal((height, width)), 2)
    classes = np.digitize(field, np.quantile(field, (0.3, 0.5, 0.8))).astype(np.uint8)
    specks = source.random(classes.shape) < 0.15
    classes[specks] = source.integers(5, size=specks.sum())
    classes[source.random(classes.shape) < 0.03] = 255
    return classes


@pytest.mark.parametrize("seed", range(4))
def test_the_whole_array_gives_the_same(tmp_path, seed):
    classes = patchy(seed)
    found, left = merged(tmp_path, classes, 12)
    expected, expected_left = reference(classes, 12)
    np.testing.assert_array_equal(found, expected)
    assert left == expected_left


@pytest.mark.parametrize("rows", [1, 7, 16, 59])
def test_the_band_size_does_not_matter(tmp_path, rows):
    classes = patchy(7)
    whole, left = merged(tmp_path, classes, 20)
    (tmp_path / "bands").mkdir()
    found, left_in_bands = merged(tmp_path / "bands", classes, 20, rows)
    np.testing.assert_array_equal(found, whole)
    assert left_in_bands == left


def test_no_patch_is_smaller_and_large_ones_stay(tmp_path):
    classes = patchy(3)
    classes[classes == 255] = 0
    found, left = merged(tmp_path, classes, 15)
    assert left == 0
    assert sizes(found).min() >= 15
    large = sizes(classes) >= 15
    np.testing.assert_array_equal(found[large], classes[large])


def test_what_was_not_observed_stays_and_lends_no_class(tmp_path):
    classes = np.full((9, 9), 255, np.uint8)
    classes[4, 4] = 2
    found, left = merged(tmp_path, classes, 5)
    np.testing.assert_array_equal(found, classes)
    assert left == 1
    classes[0:3] = 1
    np.testing.assert_array_equal(merged(tmp_path, classes, 5)[0], classes)


def test_the_longest_border_decides_and_the_first_class_where_they_are_equal(tmp_path):
    classes = np.zeros((6, 8), np.uint8)
    classes[:, 4:] = 1
    classes[2, 4] = 3  # three neighbours of class 1, one of class 0
    assert merged(tmp_path, classes, 3)[0][2, 4] == 1
    classes[2, 3] = 3  # two pixels: three borders of each class
    np.testing.assert_array_equal(merged(tmp_path, classes, 3)[0][2, 3:5], [0, 0])
