"""The bimodal tiles: where they are found, and that nothing depends on how rows arrive."""

from __future__ import annotations

import numpy as np
import pytest
from constructed import LAND, WATER, backscatter, boxes
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flood.tiles import AXIS, LATTICE, LEAF, LEVELS, TileStatistics, darkness

LIMIT = -18.0
BOTH = ("VV", "VH")
COUNTS = ("pools", "tiles", "histogram", "darkness")


def hundredths(values: np.ndarray) -> np.ndarray:
    """As the first pass gives them: in whole steps of 0.01 dB."""
    return (np.rint(values * 100) * np.float32(0.01)).astype(np.float32)


def statistics(values: np.ndarray, cuts: tuple[int, ...] = (), limit: float = LIMIT) -> TileStatistics:
    """Of an image that comes in bands cut at these rows."""
    found = TileStatistics(values.shape[2], BOTH[: len(values)], limit)
    for part in np.split(values, sorted(cuts), axis=1):
        found.add(part)
    found.finish()
    return found


def assert_same(first: TileStatistics, second: TileStatistics) -> None:
    for name in COUNTS:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name), err_msg=name)


class TestRowsThatArrive:
    @given(
        height=st.sampled_from([1, 31, 512, 513, 700, 1100]),
        width=st.sampled_from([33, 64, 530]),
        cuts=st.lists(st.integers(0, 1100), max_size=6),
        bands=st.sampled_from([1, 2]),
        seed=st.integers(0, 100),
    )
    @settings(max_examples=25, deadline=None)
    def test_their_number_at_a_time_changes_nothing(
        self, height: int, width: int, cuts: list[int], bands: int, seed: int
    ) -> None:
        random = np.random.default_rng(seed)
        wet = np.kron(random.random((height // 24 + 1, width // 24 + 1)) < 0.3, np.ones((24, 24), bool))
        values = hundredths(backscatter(wet[:height, :width], seed, bands=range(bands), spread=1.5))
        values[:, random.random((height, width)) < 0.1] = np.nan
        whole = statistics(values)
        assert_same(statistics(values, tuple(min(cut, height) for cut in cuts)), whole)
        assert_same(statistics(values, tuple(range(1, height, 97))), whole)

    @pytest.mark.parametrize("lattices", [1, 2])
    def test_going_on_from_a_saved_state_is_as_never_having_stopped(self, lattices: int) -> None:
        values = hundredths(backscatter(boxes((100, 20, 900, 90), shape=(1300, 150)), spread=1.5))
        first = TileStatistics(150, BOTH, LIMIT)
        first.add(values[:, : lattices * LATTICE])
        saved = {name: array.copy() for name, array in first.state().items()}
        first.add(values[:, lattices * LATTICE :])  # the first one must not reach into what was saved
        second = TileStatistics(150, BOTH, LIMIT)
        second.restore(saved)
        second.add(values[:, lattices * LATTICE :])
        second.finish()
        assert_same(second, statistics(values))

    def test_every_observed_pixel_is_counted_once(self) -> None:
        random = np.random.default_rng(1)
        # Clear of the bins' edges, where rounding decides.
        values = np.rint(backscatter(random.random((600, 190)) < 0.5, spread=2) * 4) / 4 + np.float32(0.125)
        values[:, random.random((600, 190)) < 0.3] = np.nan
        found = statistics(values)
        edges = AXIS.low + AXIS.width * np.arange(AXIS.bins + 1)
        for index, band in enumerate(values):
            np.testing.assert_array_equal(found.histogram[index], np.histogram(band[np.isfinite(band)], edges)[0])
        assert found.darkness.sum() == np.isfinite(values[0]).sum()

    def test_values_beyond_the_axis_lie_in_its_end_bins(self) -> None:
        values = np.full((2, 40, 40), 30, np.float32)
        values[:, :10] = -60
        found = statistics(values)
        for counts in (*found.histogram, found.darkness):
            assert (counts[0], counts[-1], counts.sum()) == (400, 1200, 1600)


class TestDarkness:
    def test_vh_weighs_double(self) -> None:
        values = np.array([[[-10.0]], [[-19.0]]], np.float32)
        assert darkness(values, BOTH)[0, 0] == pytest.approx(-16)

    @pytest.mark.parametrize("name", BOTH)
    def test_one_polarisation_stands_for_itself(self, name: str) -> None:
        assert darkness(np.array([[[-10.0]]], np.float32), (name,))[0, 0] == -10


class TestWhichTilesCount:
    # Half a leaf, inside one larger tile of each size.
    POND = boxes((3 * LEAF, 5 * LEAF, LEAF, LEAF // 2), shape=(LATTICE, LATTICE))

    def test_those_with_a_tenth_of_water_or_more(self) -> None:
        """The leaf is half water and the tile above it an eighth; the next has 3 %, which is too little."""
        found = statistics(backscatter(self.POND))
        for index in range(2):
            assert found.tiles[index].sum() == 2
            assert found.pools[index].sum() == LEAF**2 + (2 * LEAF) ** 2

    def test_they_are_pooled_by_how_dark_their_water_is(self) -> None:
        found = statistics(backscatter(self.POND))
        level = (WATER[0] + 2 * WATER[1]) / 3
        for index in range(2):
            (places,) = np.nonzero(found.tiles[index])
            np.testing.assert_allclose(AXIS.centres[places], level, atol=0.4)
            pool = found.pools[index].sum(axis=0)
            dark = AXIS.centres < (WATER[index] + LAND[index]) / 2
            assert pool[dark].sum() == 2 * self.POND.sum()
            assert (pool[dark] * AXIS.centres[dark]).sum() / pool[dark].sum() == pytest.approx(WATER[index], abs=0.1)
            np.testing.assert_array_equal(found.pools[index].sum(axis=1) > 0, found.tiles[index] > 0)

    def test_all_five_sizes(self) -> None:
        found = statistics(backscatter(boxes((0, 0, LATTICE, LATTICE // 3), shape=(LATTICE, LATTICE))))
        # The shore runs through one column of tiles of each size, a third from one of their edges.
        assert found.tiles[0].sum() == sum(2**level for level in range(LEVELS))
        assert found.pools[0].sum() == sum(LATTICE * (LATTICE >> level) for level in range(LEVELS))

    @pytest.mark.parametrize("spread", [0.3, 1.0, 2.5])
    @pytest.mark.parametrize("wet", [False, True], ids=["land", "water"])
    def test_none_of_a_uniform_place(self, wet: bool, spread: float) -> None:
        found = statistics(backscatter(np.full((600, 300), wet), spread=spread))
        assert not found.tiles.any()
        assert not found.pools.any()
        assert found.histogram.sum() == 2 * 600 * 300

    def test_none_of_two_covers_that_are_too_bright_for_water(self) -> None:
        """Forest beside a town is as bimodal as a shore."""
        assert statistics(backscatter(self.POND)).tiles.any()
        assert not statistics(backscatter(self.POND) + np.float32(8)).tiles.any()

    def test_the_limit_is_that_of_the_dark_mode_in_both_polarisations(self) -> None:
        values, level = backscatter(self.POND), (WATER[0] + 2 * WATER[1]) / 3
        assert statistics(values, limit=level + 0.5).tiles.sum() == 4
        assert not statistics(values, limit=level - 0.5).tiles.any()

    def test_none_where_the_step_is_small(self) -> None:
        values = backscatter(np.ones(self.POND.shape, bool))
        values[:, ~self.POND] += np.float32(3.5)
        assert not statistics(values).tiles.any()

    def test_none_where_less_than_half_of_the_tile_was_observed(self) -> None:
        leaf = boxes((3 * LEAF, 5 * LEAF, LEAF, LEAF), shape=self.POND.shape)
        rows = np.arange(LATTICE)[:, None]
        for seen_rows, count in ((LEAF // 2, 1), (LEAF // 2 - 1, 0)):
            values = backscatter(self.POND)
            values[:, ~(leaf & (rows < 3 * LEAF + seen_rows))] = np.nan
            found = statistics(values)
            assert found.tiles.sum() == 2 * count
            assert found.histogram[0].sum() == seen_rows * LEAF

    def test_an_image_without_observed_pixels(self) -> None:
        found = statistics(np.full((2, 600, 40), np.nan, np.float32))
        assert not any(getattr(found, name).any() for name in COUNTS)
