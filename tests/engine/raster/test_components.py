"""Components over row bands are those of the whole mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from engine.raster.components import Components

masks = st.tuples(st.integers(1, 14), st.integers(1, 14)).flatmap(lambda shape: arrays(bool, shape))


def banded(components, mask, rows, seeds=None, sums=None):
    """Both passes over `mask` in bands of `rows`; the second from the bottom up."""
    starts = range(0, mask.shape[0], rows)

    def cut(array, start):
        return array[start : start + rows]

    for start in starts:
        components.add(
            cut(mask, start),
            None if seeds is None else cut(seeds, start),
            None if sums is None else {name: cut(values, start) for name, values in sums.items()},
        )
    components.finish()
    result = np.zeros_like(mask)
    for index, start in reversed(list(enumerate(starts))):
        result[start : start + rows] = components.select(index, cut(mask, start))
    return result


def labelled(mask, connectivity):
    return ndimage.label(mask, ndimage.generate_binary_structure(2, 1 if connectivity == 4 else 2))[0]


@given(masks, st.integers(1, 14), st.sampled_from([4, 8]), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_any_band_size_gives_the_components_of_the_whole_mask(mask, rows, connectivity, min_pixels, seed):
    seeds = np.random.default_rng(seed).random(mask.shape) < 0.1
    labels = labelled(mask, connectivity)
    pixels = np.bincount(labels.ravel())
    seeded = np.isin(np.arange(pixels.size), labels[seeds])
    expected = mask & (pixels >= min_pixels)[labels] & seeded[labels]
    components = Components(connectivity, min_pixels=min_pixels, need_seed=True)
    found = banded(components, mask, rows, seeds)
    np.testing.assert_array_equal(found, expected)


@given(st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_few_pixels_are_joined_as_many_are(rows, seed):
    mask = np.zeros((40, 100), bool)
    for row, column in np.random.default_rng(seed).integers(0, (38, 98), (12, 2)):
        mask[row : row + 2, column : column + 3] = True  # some touch, some lie at edges
    labels = labelled(mask, 4)
    expected = mask & (np.bincount(labels.ravel()) > 6)[labels]
    np.testing.assert_array_equal(banded(Components(4, min_pixels=7), mask, rows), expected)


@given(masks, st.integers(1, 14), st.integers(0, 2**32 - 1))
def test_means_inside_do_not_depend_on_the_bands(mask, rows, seed):
    values = np.random.default_rng(seed).normal(-15, 4, mask.shape).astype(np.float32)
    labels = labelled(mask, 8)
    steps = np.bincount(labels.ravel(), weights=np.rint(values.ravel() * 65536.0))
    means = steps / 65536 / np.maximum(np.bincount(labels.ravel()), 1)
    expected = mask & (means < -15)[labels]

    def dark(tally):
        return tally.sums["vv"] / tally.pixels < -15

    np.testing.assert_array_equal(banded(Components(judge=dark), mask, rows, sums={"vv": values}), expected)


def test_sums_are_those_of_the_values():
    values = np.full((6, 4), -17.25)
    seen = []

    def keep(tally):
        if tally.pixels.size:
            seen.append((tally.pixels.tolist(), tally.seeded.tolist(), tally.sums["vv"].tolist()))
        return np.ones(tally.pixels.size, bool)

    seeds = np.zeros((6, 4), bool)
    seeds[5, 0] = True
    assert banded(Components(judge=keep), np.ones((6, 4), bool), 2, seeds, {"vv": values}).all()
    assert seen == [([24], [True], [24 * -17.25])]


def test_corners_join_only_under_eight_connectivity():
    mask = np.eye(4, dtype=bool)
    assert banded(Components(8, min_pixels=4), mask, 1).all(where=mask)
    assert not banded(Components(4, min_pixels=2), mask, 1).any()


def test_a_seed_outside_the_mask_does_not_count():
    mask = np.array([[True, True, False, False]])
    assert not banded(Components(need_seed=True), mask, 1, seeds=~mask).any()


def test_a_changed_mask_is_noticed():
    components = Components()
    components.add(np.eye(3, dtype=bool))
    with pytest.raises(ValueError, match="finish"):
        components.select(0, np.eye(3, dtype=bool))
    components.finish()
    with pytest.raises(ValueError, match="another mask"):
        components.select(0, np.zeros((3, 3), bool))


def test_verdicts_are_told_apart():
    mask = np.array([[True, False, True, True, False, True]] * 3)
    mask[1, 5] = False  # two of one pixel each, at the seams of single rows; the others join across them

    def judge(tally):
        return np.where(tally.pixels == 3, 2, np.where(tally.pixels == 6, 5, 0))

    components = Components(judge=judge)
    for row in mask:
        components.add(row[None])
    components.finish()
    assert components.select(1, mask[1:2]).tolist() == [[2, 0, 5, 5, 0, 0]]
    assert components.select(2, mask[2:]).tolist() == [[2, 0, 5, 5, 0, 0]]
