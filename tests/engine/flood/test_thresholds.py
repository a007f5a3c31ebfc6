"""Thresholds and mixtures against scikit-image, the papers' formulas written out, and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats
from skimage.filters import threshold_otsu

from engine.flood.thresholds import Axis, Mixture, ashman_d, fit_mixture, kittler_illingworth, otsu

AXIS = Axis(-45.0, 10.0, 220)
SMALL = Axis(0.0, 20.0, 20)

histograms = hnp.arrays(np.int64, SMALL.bins, elements=st.integers(0, 1000)).filter(lambda h: (h > 0).sum() >= 2)


def gaussians(axis: Axis, weights: tuple[float, ...], means: tuple[float, ...], stds: tuple[float, ...]) -> np.ndarray:
    """A million pixels spread over the bins exactly as a mixture of Gaussians says, float64[bins]."""
    edges = axis.low + axis.width * np.arange(axis.bins + 1)
    parts = (w * np.diff(stats.norm.cdf(edges, m, s)) for w, m, s in zip(weights, means, stds, strict=True))
    return np.asarray(1e6 * sum(parts))


def between_variance(histogram: np.ndarray, index: int) -> float:
    """Otsu's criterion with the bins up to `index` on the dark side."""
    bins = np.arange(histogram.size)
    dark, bright = histogram[: index + 1], histogram[index + 1 :]
    if not dark.sum() or not bright.sum():
        return -1.0
    means = (np.average(bins[: index + 1], weights=dark), np.average(bins[index + 1 :], weights=bright))
    return float(dark.sum() * bright.sum() * (means[0] - means[1]) ** 2)


def test_bins_are_equal_and_end_at_the_ends() -> None:
    assert AXIS.width == 0.25
    assert AXIS.centres[0] == -44.875
    assert AXIS.centres[-1] == 9.875
    assert AXIS.upper_edge(np.array([0, AXIS.bins - 1])).tolist() == [-44.75, 10.0]


class TestOtsu:
    @given(histograms)
    def test_it_is_the_threshold_of_scikit_image(self, histogram: np.ndarray) -> None:
        theirs = threshold_otsu(hist=(histogram, SMALL.centres))
        ours = float(otsu(histogram[None].astype(np.float64), SMALL)[0])
        # Theirs is the middle of the last dark bin, ours its upper edge; empty bins between leave several as good.
        indices = [round(theirs - 0.5), round(ours) - 1]
        values = [between_variance(histogram, index) for index in indices]
        assert values[0] == pytest.approx(values[1], rel=1e-9)

    def test_it_is_exactly_that_of_scikit_image_where_no_bin_is_empty(self) -> None:
        drawn = np.random.default_rng(0).integers(1, 1000, (200, AXIS.bins))
        theirs = [threshold_otsu(hist=(row, AXIS.centres)) for row in drawn]
        np.testing.assert_allclose(otsu(drawn.astype(float), AXIS), np.array(theirs) + AXIS.width / 2)

    @given(histograms)
    def test_no_split_is_better(self, histogram: np.ndarray) -> None:
        found = round(float(otsu(histogram[None].astype(np.float64), SMALL)[0])) - 1
        best = max(between_variance(histogram, index) for index in range(SMALL.bins))
        assert between_variance(histogram, found) == pytest.approx(best, rel=1e-9)

    def test_it_halves_two_equal_gaussians(self) -> None:
        histogram = gaussians(AXIS, (0.5, 0.5), (-20.0, -10.0), (1.5, 1.5))
        assert otsu(histogram[None], AXIS)[0] == pytest.approx(-15.0, abs=AXIS.width)


class TestKittlerIllingworth:
    @staticmethod
    def criterion(histogram: np.ndarray, index: int) -> float:
        """J(T) = 1 + 2 (P1 ln s1 + P2 ln s2) - 2 (P1 ln P1 + P2 ln P2), equation 15 of the paper."""
        bins = np.arange(histogram.size)
        total, value = histogram.sum(), 1.0
        for part in (slice(0, index + 1), slice(index + 1, None)):
            count = histogram[part].sum()
            if count <= 0.01 * total:
                return math.inf
            mean = (bins[part] * histogram[part]).sum() / count
            # Pixels lie evenly within their bin.
            variance = ((bins[part] - mean) ** 2 * histogram[part]).sum() / count + 1 / 12
            value += 2 * count / total * (math.log(math.sqrt(variance)) - math.log(count / total))
        return value

    @given(histograms)
    @settings(max_examples=200)
    def test_no_split_has_a_smaller_error(self, histogram: np.ndarray) -> None:
        errors = [self.criterion(histogram, index) for index in range(SMALL.bins)]
        if not np.isfinite(errors).any():
            return
        found = round(float(kittler_illingworth(histogram[None].astype(np.float64), SMALL)[0])) - 1
        assert errors[found] == pytest.approx(min(errors), abs=1e-8)

    def test_it_halves_two_equal_gaussians(self) -> None:
        for middle in (-18.0, -14.6):
            histogram = gaussians(AXIS, (0.5, 0.5), (middle - 4, middle + 4), (1.2, 1.2))
            assert kittler_illingworth(histogram[None], AXIS)[0] == pytest.approx(middle, abs=AXIS.width)

    @pytest.mark.parametrize(
        ("weights", "means", "stds"),
        [((0.5, 0.5), (-20, -10), (1.0, 2.0)), ((0.15, 0.85), (-20, -10), (1.0, 1.5)), ((0.8, 0.2), (-22, -9), (2, 1))],
    )
    def test_it_is_where_gaussians_of_any_shares_and_widths_cross(
        self, weights: tuple[float, float], means: tuple[float, float], stds: tuple[float, float]
    ) -> None:
        """The threshold of least error is the root of a quadratic equation between the two means."""
        histogram = gaussians(AXIS, weights, means, stds)
        first, second = (np.array([w, m, s], float) for w, m, s in zip(weights, means, stds, strict=True))
        precision = 1 / np.array([first[2], second[2]]) ** 2
        quadratic = [
            precision[0] - precision[1],
            2 * (second[1] * precision[1] - first[1] * precision[0]),
            first[1] ** 2 * precision[0]
            - second[1] ** 2 * precision[1]
            + 2 * math.log(second[0] * first[2] / (first[0] * second[2])),
        ]
        root = next(root for root in np.roots(quadratic) if means[0] < root < means[1])
        assert kittler_illingworth(histogram[None], AXIS)[0] == pytest.approx(root, abs=2 * AXIS.width)


@pytest.mark.parametrize("method", [otsu, kittler_illingworth])
def test_many_histograms_at_once_are_as_one_by_one(method) -> None:
    drawn = np.random.default_rng(1).integers(0, 100, (3, 4, AXIS.bins)).astype(float)
    together = method(drawn, AXIS)
    assert together.shape == (3, 4)
    for place in np.ndindex(3, 4):
        assert method(drawn[place][None], AXIS)[0] == together[place]


MIXTURES = [
    ((0.5, 0.5), (-20.0, -10.0), (1.5, 1.5)),
    ((0.1, 0.9), (-22.0, -9.0), (1.2, 2.0)),
    ((0.85, 0.15), (-19.0, -8.0), (2.0, 1.0)),
    ((0.3, 0.7), (-26.5, -16.0), (2.2, 1.8)),
]


class TestMixture:
    @pytest.mark.parametrize(("weights", "means", "stds"), MIXTURES)
    def test_it_is_recovered(self, weights, means, stds) -> None:
        found = fit_mixture(gaussians(AXIS, weights, means, stds)[None], AXIS)
        np.testing.assert_allclose(found.weights[0], weights, atol=0.005)
        np.testing.assert_allclose(found.means[0], means, atol=0.05)
        np.testing.assert_allclose(found.stds[0], stds, atol=0.05)

    @pytest.mark.parametrize(("weights", "means", "stds"), MIXTURES)
    def test_it_is_as_likely_as_the_truth_for_drawn_pixels(self, weights, means, stds) -> None:
        random = np.random.default_rng(5)
        dark = random.random(4096) < weights[0]
        values = np.where(dark, random.normal(means[0], stds[0], 4096), random.normal(means[1], stds[1], 4096))
        found = fit_mixture(np.histogram(values, AXIS.bins, (AXIS.low, AXIS.high))[0][None].astype(float), AXIS)

        def likelihood(w, m, s) -> float:
            return float(
                np.log(w[0] * stats.norm.pdf(values, m[0], s[0]) + w[1] * stats.norm.pdf(values, m[1], s[1])).sum()
            )

        fitted = likelihood(found.weights[0], found.means[0], found.stds[0])
        assert fitted > likelihood(weights, means, stds) - 1

    @given(histograms)
    def test_any_histogram_gives_a_finite_mixture(self, histogram: np.ndarray) -> None:
        found = fit_mixture(histogram[None].astype(np.float64), SMALL)
        for values in (found.weights, found.means, found.stds):
            assert np.isfinite(values).all()
        assert found.weights.sum() == pytest.approx(1, abs=1e-6)
        assert found.means[0, 0] <= found.means[0, 1]
        assert (found.stds >= SMALL.width).all()

    def test_pixels_of_a_single_bin(self) -> None:
        histogram = np.zeros((1, SMALL.bins))
        histogram[0, 7] = 100
        found = fit_mixture(histogram, SMALL)
        assert np.isfinite(found.means).all()
        assert not ashman_d(found)[0] > 2 or found.weights[0].min() < 0.01


class TestAshmanD:
    @given(*(st.floats(-30, 0) for _ in range(2)), *(st.floats(0.1, 5) for _ in range(2)))
    def test_it_is_the_paper_s_formula(self, first: float, second: float, narrow: float, wide: float) -> None:
        mixture = Mixture(np.array([[0.5, 0.5]]), np.array([[first, second]]), np.array([[narrow, wide]]))
        expected = math.sqrt(2) * abs(first - second) / math.sqrt(narrow**2 + wide**2)
        assert ashman_d(mixture)[0] == pytest.approx(expected)

    def test_two_equal_gaussians_have_two_peaks_from_2_on(self) -> None:
        """At D = 2 their sum is flat in the middle: the second derivative there is zero."""
        x = np.linspace(-8, 8, 4001)
        for d, peaks in ((1.9, 1), (2.1, 2)):
            mixture = Mixture(np.full((1, 2), 0.5), np.array([[-d / 2, d / 2]]), np.ones((1, 2)))
            assert ashman_d(mixture)[0] == pytest.approx(d)
            density = stats.norm.pdf(x, -d / 2) + stats.norm.pdf(x, d / 2)
            assert ((density[1:-1] > density[:-2]) & (density[1:-1] >= density[2:])).sum() == peaks
