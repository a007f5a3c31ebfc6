"""Speckle filters against scipy and the papers' formulas written out pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from engine.flood.backscatter import despeckle, reach, to_db

LOOKS = 4.4
METHODS = [("median", 3), ("median", 5), ("lee", 3), ("lee", 5), ("lee", 7), ("refined-lee", 7)]
SMOOTHING = [("lee", 3), ("lee", 5), ("refined-lee", 7)]


def speckled(power: np.ndarray | float, shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Multiplicative gamma speckle of 4.4 looks over the given power."""
    return np.asarray(power * np.random.default_rng(seed).gamma(LOOKS, 1 / LOOKS, shape), np.float32)


def looks(power: np.ndarray) -> float:
    """Equivalent number of looks of a uniform area."""
    return float(power.mean() ** 2 / power.var())


def field(seed: int, shape: tuple[int, int] = (60, 50), *, gaps: float = 0.0, targets: float = 0.0) -> np.ndarray:
    """Water and land under speckle, with missing pixels and targets as bright as they come."""
    random = np.random.default_rng(seed)
    power = speckled(np.where(random.random(shape).cumsum(1) % 20 < 8, 0.01, 0.12), shape, seed)
    power[random.random(shape) < targets] = 1e4
    power[random.random(shape) < gaps] = np.nan
    return power


class TestMedian:
    @pytest.mark.parametrize("side", [3, 5])
    def test_it_is_scipy_s(self, side: int) -> None:
        power = field(1)
        expected = ndimage.median_filter(power, side, mode="nearest")
        np.testing.assert_array_equal(despeckle(power, "median", side), expected)


def lee_by_hand(power: np.ndarray, side: int) -> np.ndarray:
    """Lee 1980 for multiplicative noise of mean 1: x + k (z - x) with k = var(x) / (x² s² + (1 + s²) var(x))."""
    half, noise = side // 2, 1 / LOOKS
    padded = np.pad(power.astype(np.float64), half, mode="edge")
    out = np.empty(power.shape)
    for row, column in np.ndindex(power.shape):
        window = padded[row : row + side, column : column + side]
        mean, variance = window.mean(), window.var()
        signal = max((variance + mean**2) / (1 + noise) - mean**2, 0)
        gain = signal / (mean**2 * noise + (1 + noise) * signal)
        out[row, column] = mean + gain * (power[row, column] - mean)
    return out


def refined_lee_by_hand(power: np.ndarray) -> np.ndarray:
    """Lee 1981: the edge's direction from 3 x 3 means, then the statistics of the half window beyond it."""
    noise = 1 / LOOKS
    padded = np.pad(power.astype(np.float64), 4, mode="edge")
    steps = [(0, 1), (-1, 1), (-1, 0), (-1, -1)]  # east, north-east, north, north-west
    offsets = np.mgrid[-3:4, -3:4]
    out = np.empty(power.shape)
    for row, column in np.ndindex(power.shape):

        def mean(down: int, right: int, row: int = row, column: int = column) -> float:
            # Beyond the image's edge the nearest mean counts, as for the pixels themselves.
            r, c = np.clip(row + down, 0, power.shape[0] - 1) + 4, np.clip(column + right, 0, power.shape[1] - 1) + 4
            return float(padded[r - 1 : r + 2, c - 1 : c + 2].mean())

        gradients = [abs(mean(2 * down, 2 * right) - mean(-2 * down, -2 * right)) for down, right in steps]
        down, right = steps[int(np.argmax(gradients))]
        here = mean(0, 0)
        if not abs(mean(2 * down, 2 * right) - here) < abs(mean(-2 * down, -2 * right) - here):
            down, right = -down, -right
        window = padded[row + 1 : row + 8, column + 1 : column + 8]
        values = window[offsets[0] * down + offsets[1] * right >= 0]
        variance = values.var()
        signal = max((variance - values.mean() ** 2 * noise) / (1 + noise), 0)
        out[row, column] = values.mean() + min(signal / variance, 1) * (power[row, column] - values.mean())
    return out


class TestLee:
    @pytest.mark.parametrize("side", [3, 5, 7])
    def test_it_is_the_formula(self, side: int) -> None:
        power = field(2, (30, 25))
        np.testing.assert_allclose(despeckle(power, "lee", side), lee_by_hand(power, side), rtol=1e-4)

    def test_refined_lee_is_the_formula(self) -> None:
        power = field(3, (30, 25))
        np.testing.assert_allclose(despeckle(power, "refined-lee", 7), refined_lee_by_hand(power), rtol=1e-4)

    @pytest.mark.parametrize("angle", range(0, 360, 45))
    def test_refined_lee_smooths_up_to_an_edge_in_every_direction(self, angle: int) -> None:
        """Within three pixels of an edge Lee leaves the speckle as it is; refined Lee does not, and blurs nothing."""
        rows, columns = np.mgrid[-40:40, -40:40] + 0.5
        distance = columns * np.cos(np.radians(angle)) - rows * np.sin(np.radians(angle))
        truth = np.where(distance > 0, 0.15, 0.01)
        power = speckled(truth, truth.shape, angle)
        near = (np.abs(distance) < 3) & (np.maximum(np.abs(rows), np.abs(columns)) < 35)

        def error(method: str) -> float:
            """Root mean square, in dB."""
            return float(np.sqrt(np.mean((10 * np.log10(despeckle(power, method, 7) / truth))[near] ** 2)))

        assert error("refined-lee") < 0.8 * error("lee")
        filtered = despeckle(power, "refined-lee", 7)
        for side, level in ((near & (distance > 0), 0.15), (near & (distance < 0), 0.01)):
            assert 10 * np.log10(np.median(filtered[side]) / level) == pytest.approx(0, abs=1)


class TestUniformSpeckle:
    POWER = speckled(0.05, (256, 256))

    @pytest.mark.parametrize(
        ("method", "side", "least"), [("lee", 3, 12), ("lee", 5, 25), ("refined-lee", 7, 25), ("median", 5, 40)]
    )
    def test_filters_raise_the_number_of_looks(self, method: str, side: int, least: float) -> None:
        assert looks(self.POWER) == pytest.approx(LOOKS, rel=0.05)
        assert looks(despeckle(self.POWER, method, side)) > least

    @pytest.mark.parametrize(("method", "side"), SMOOTHING)
    def test_mean_power_is_kept(self, method: str, side: int) -> None:
        """In linear power; a mean of decibels would lie half a decibel lower."""
        assert despeckle(self.POWER, method, side).mean() == pytest.approx(self.POWER.mean(), rel=0.02)


@pytest.mark.parametrize(("method", "side"), METHODS)
class TestEveryFilter:
    def test_missing_pixels_stay_missing_and_no_others_become_so(self, method: str, side: int) -> None:
        power = field(4, gaps=0.2)
        power[20:40, 10:30] = np.nan
        filtered = despeckle(power, method, side)
        np.testing.assert_array_equal(np.isnan(filtered), np.isnan(power))
        assert filtered.dtype == np.float32

    def test_the_input_is_left_as_it_is(self, method: str, side: int) -> None:
        power = field(4, gaps=0.2)
        before = power.copy()
        despeckle(power, method, side)
        np.testing.assert_array_equal(power, before)

    def test_a_gap_does_not_darken_its_surroundings(self, method: str, side: int) -> None:
        """A gap that was filled with zero, or with anything foreign, would."""
        power = speckled(0.1, (128, 128))
        holed = power.copy()
        holed[40:60, 40:60] = np.nan
        around = np.zeros(power.shape, bool)
        around[38:62, 38:62] = True
        around &= ~np.isnan(holed)
        filtered = despeckle(holed, method, side)[around]
        assert filtered.mean() == pytest.approx(despeckle(power, method, side)[around].mean(), rel=0.1)

    def test_a_constant_stays_what_it_is(self, method: str, side: int) -> None:
        power = np.full((20, 30), 0.03, np.float32)
        np.testing.assert_allclose(despeckle(power, method, side), power, rtol=1e-5)

    def test_results_lie_within_what_is_around(self, method: str, side: int) -> None:
        power = field(6, targets=0.01)
        filtered = despeckle(power, method, side)
        assert (filtered >= ndimage.minimum_filter(power, 7) * (1 - 1e-5)).all()
        assert (filtered <= ndimage.maximum_filter(power, 7) * (1 + 1e-5)).all()

    @pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 3), (9, 1)])
    def test_images_smaller_than_the_window(self, method: str, side: int, shape: tuple[int, int]) -> None:
        filtered = despeckle(speckled(0.1, shape), method, side)
        assert filtered.shape == shape
        assert np.isfinite(filtered).all()
        assert np.isnan(despeckle(np.full(shape, np.nan, np.float32), method, side)).all()

    @given(
        seed=st.integers(0, 10_000),
        gaps=st.sampled_from([0, 0.01, 0.3]),
        targets=st.sampled_from([0, 0.02]),
        cut=st.tuples(st.integers(0, 59), st.integers(1, 60)),
    )
    @settings(max_examples=25, deadline=None)
    def test_rows_depend_on_nothing_beyond_their_reach(
        self, method: str, side: int, seed: int, gaps: float, targets: float, cut: tuple[int, int]
    ) -> None:
        """To the last bit: streaming relies on it, also below a target that outshines everything."""
        power = field(seed, gaps=gaps, targets=targets)
        start, stop = cut[0], min(cut[0] + cut[1], 60)
        first, last = max(start - reach(method, side), 0), min(stop + reach(method, side), 60)
        part = despeckle(np.ascontiguousarray(power[first:last]), method, side)[start - first : stop - first]
        np.testing.assert_array_equal(part, despeckle(power, method, side)[start:stop])

    def test_a_changed_pixel_changes_only_what_is_within_reach(self, method: str, side: int) -> None:
        power = field(7, gaps=0.2)
        changed = power.copy()
        changed[30, 25] = np.nan if np.isfinite(power[30, 25]) else 0.1
        touched = np.argwhere(
            ~np.isclose(despeckle(power, method, side), despeckle(changed, method, side), rtol=1e-5, equal_nan=True)
        )
        assert np.abs(touched - (30, 25)).max() <= reach(method, side)


def test_no_filter_gives_the_image_itself() -> None:
    power = field(1, gaps=0.1)
    np.testing.assert_array_equal(despeckle(power, "none", 5), power)
    assert reach("none", 5) == 0


class TestDecibels:
    def test_powers_of_ten(self) -> None:
        power = np.array([[1e-3, 0.01, 1.0, 100.0]], np.float32)
        np.testing.assert_allclose(to_db(power), [[-30, -20, 0, 20]], atol=1e-5)

    def test_nothing_lies_below_minus_50(self) -> None:
        power = np.array([[0.0, -0.2, 1e-9, 1e-5]], np.float32)
        np.testing.assert_allclose(to_db(power), np.full((1, 4), -50), atol=1e-4)

    def test_missing_stays_missing(self) -> None:
        assert np.isnan(to_db(np.array([[np.nan]], np.float32))).all()

    def test_the_input_is_left_as_it_is(self) -> None:
        power = np.array([[0.5, 0.0]], np.float32)
        to_db(power)
        assert power.tolist() == [[0.5, 0.0]]
