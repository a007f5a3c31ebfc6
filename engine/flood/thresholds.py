"""Thresholds between the two modes of a histogram, and how well two modes describe it.

All functions take histograms `[..., bins]` over one `Axis` and work on any number of them at once.

References
----------
N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9(1), 1979.
J. Kittler, J. Illingworth, "Minimum error thresholding", Pattern Recognition 19(1), 1986.
K. M. Ashman, C. M. Bird, S. E. Zepf, "Detecting bimodality in astronomical datasets", AJ 108, 1994.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["METHODS", "Axis", "Mixture", "ashman_d", "fit_mixture", "kittler_illingworth", "otsu"]

Floats = NDArray[np.float64]

EM_ITERATIONS = 30
SMALLEST_SHARE = 0.01  # of a class, for Kittler and Illingworth: below it their criterion rewards a single bin


@dataclass(frozen=True, slots=True)
class Axis:
    """Equal bins from `low` to `high`; values outside fall into the end bins."""

    low: float
    high: float
    bins: int

    @property
    def width(self) -> float:
        """Of a bin, in the values' unit."""
        return (self.high - self.low) / self.bins

    @property
    def centres(self) -> Floats:
        """float64[bins]"""
        return self.low + self.width * (np.arange(self.bins, dtype=np.float64) + 0.5)

    def upper_edge(self, index: NDArray[np.intp]) -> Floats:
        """Upper edge of the bins at `index`."""
        return np.asarray(self.low + self.width * (index + 1.0), np.float64)


def otsu(histogram: Floats, axis: Axis) -> Floats:
    """The threshold with the greatest variance between the two classes, at a bin's upper edge."""
    weight, moment = (np.cumsum(values, axis=-1) for values in (histogram, histogram * np.arange(axis.bins)))
    total, mean = weight[..., -1:], moment[..., -1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        between = (mean * weight / total - moment) ** 2 / (weight * (total - weight))
    between[~((weight > 0) & (weight < total))] = -1.0
    return axis.upper_edge(between.argmax(axis=-1))


def kittler_illingworth(histogram: Floats, axis: Axis) -> Floats:
    """The threshold with the smallest classification error under two Gaussians, at a bin's upper edge."""
    bins = np.arange(axis.bins)
    weight, moment, square = (np.cumsum(histogram * bins**power, axis=-1) for power in range(3))
    total = weight[..., -1:]
    share = weight / np.maximum(total, 1e-12)
    inside = (share > SMALLEST_SHARE) & (share < 1 - SMALLEST_SHARE)
    with np.errstate(invalid="ignore", divide="ignore"):
        dark_mean, bright_mean = moment / weight, (moment[..., -1:] - moment) / (total - weight)
        # 1/12 is the variance of a value within its bin: without it a class of one bin would have no error.
        dark = square / weight - dark_mean**2 + 1 / 12
        bright = (square[..., -1:] - square) / (total - weight) - bright_mean**2 + 1 / 12
        error = share * np.log(dark) + (1 - share) * np.log(bright)
        error -= 2 * (share * np.log(share) + (1 - share) * np.log(1 - share))
    return axis.upper_edge(np.where(inside & np.isfinite(error), error, np.inf).argmin(axis=-1))


METHODS = {"otsu": otsu, "kittler-illingworth": kittler_illingworth}


@dataclass(frozen=True, slots=True)
class Mixture:
    """Two Gaussians, the darker one first.

    Attributes
    ----------
    weights, means, stds : float64[..., 2]
        Shares that sum to 1; means and standard deviations in the axis's unit.
    misfit : float64[...]
        Share of the histogram that the two Gaussians leave unexplained, 0..1 (total variation distance).
    """

    weights: Floats
    means: Floats
    stds: Floats
    misfit: Floats


def fit_mixture(histogram: Floats, axis: Axis) -> Mixture:
    """Two Gaussians by expectation maximisation, started from Otsu's split.

    Parameters
    ----------
    histogram : float64[tiles, bins]
        None of them empty.
    """
    share = histogram / histogram.sum(axis=-1, keepdims=True)
    centres = axis.centres
    dark = (centres < otsu(histogram, axis)[:, None]).astype(np.float64)
    for _ in range(EM_ITERATIONS):
        parts = np.stack([share * dark, share * (1 - dark)])
        weights = np.maximum(parts.sum(-1), 1e-9)
        means = (parts * centres).sum(-1) / weights
        variances = (parts * (centres - means[..., None]) ** 2).sum(-1) / weights + axis.width**2 / 12
        # A class cannot be narrower than a bin, or it would shrink onto one and never leave it.
        stds = np.sqrt(np.maximum(variances, axis.width**2))
        distance = (centres - means[..., None]) / stds[..., None]
        density = weights[..., None] / stds[..., None] * np.exp(-0.5 * distance**2)
        both = density.sum(0)
        dark = np.divide(density[0], both, out=np.full_like(both, 0.5), where=both > 1e-300)
    expected = both * (axis.width / np.sqrt(2 * np.pi))
    misfit = 0.5 * np.abs(share - expected).sum(-1)
    order = np.argsort(means, axis=0, kind="stable")
    weights, means, stds = (np.take_along_axis(v, order, 0).T for v in (weights, means, stds))
    return Mixture(weights, means, stds, misfit)


def ashman_d(mixture: Mixture) -> Floats:
    """Distance of the two modes in units of their spread; above 2 they are apart (Ashman et al. 1994)."""
    spread = np.sqrt((mixture.stds**2).sum(-1) / 2)
    distance: Floats = np.abs(mixture.means[..., 1] - mixture.means[..., 0]) / spread
    return distance
