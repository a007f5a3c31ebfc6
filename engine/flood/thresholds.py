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

__all__ = ["METHODS", "Axis", "Mixture", "ashman_d", "combined", "fit_mixture", "kittler_illingworth", "otsu"]

Floats = NDArray[np.float64]
Images = NDArray[np.float32]

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


def combined(histogram: Floats, axis: Axis) -> Floats:
    """The brighter of both, but at most a third of the way from Otsu's to the mean of the bright class.

    Otsu's cut loses the bright edge of water that is far darker than land, and that of Kittler and Illingworth the
    roughened part of water that is partly calm, or, where there is one mode only, nearly nothing at all.
    """
    least, wished = otsu(histogram, axis), kittler_illingworth(histogram, axis)
    bright = histogram * (axis.centres > least[..., None])
    mean = (bright * axis.centres).sum(axis=-1) / np.maximum(bright.sum(axis=-1), 1e-12)
    return np.clip(wished, least, np.maximum(least, least + (mean - least) / 3))


METHODS = {"combined": combined, "otsu": otsu, "kittler-illingworth": kittler_illingworth}


@dataclass(frozen=True, slots=True)
class Mixture:
    """Two Gaussians, the darker one first.

    Attributes
    ----------
    weights, means, stds : float64[..., 2]
        Shares that sum to 1; means and standard deviations in the axis's unit.
    """

    weights: Floats
    means: Floats
    stds: Floats


def fit_mixture(histogram: Floats, axis: Axis) -> Mixture:
    """Two Gaussians by expectation maximisation, started from Otsu's split.

    Parameters
    ----------
    histogram : float64[tiles, bins]
        None of them empty.
    """
    split = otsu(histogram, axis)
    occupied = np.flatnonzero(histogram.any(axis=0))
    used = slice(occupied[0], occupied[-1] + 1)  # empty bins on either side of all tiles say nothing
    # Single precision, which has a fast exponential: the responsibilities are rounded, all sums are not.
    share = (histogram[:, used] / histogram.sum(axis=-1, keepdims=True)).astype(np.float32)
    centres = axis.centres[used]
    powers = np.stack([np.ones_like(centres), centres, centres**2], axis=1)
    whole = _moments(share, powers)
    dark = share * (centres < split[:, None])
    bins, buffers = centres.astype(np.float32), np.empty((2, *share.shape), np.float32)
    for iteration in range(EM_ITERATIONS):
        moments = _moments(dark, powers)
        weights, means, stds = _gaussians(np.stack([moments, whole - moments]), axis)
        if iteration < EM_ITERATIONS - 1:
            _responsibility(bins, weights, means, stds, *buffers)
            np.multiply(share, buffers[0], out=dark)
    order = np.argsort(means, axis=0, kind="stable")
    weights, means, stds = (np.take_along_axis(v, order, 0).T for v in (weights, means, stds))
    return Mixture(weights, means, stds)


def _moments(weights: Images, powers: Floats) -> Floats:
    """float64[tiles, 3]: sums over the bins; not by BLAS, whose order of adding may depend on its threads."""
    return np.stack([np.einsum("tb,b->t", weights, power, dtype=np.float64) for power in powers.T], axis=1)


def _gaussians(moments: Floats, axis: Axis) -> tuple[Floats, Floats, Floats]:
    """Weights, means and standard deviations from the sums of 1, x and x²."""
    weights = np.maximum(moments[..., 0], 1e-9)
    means = moments[..., 1] / weights
    variances = moments[..., 2] / weights - means**2 + axis.width**2 / 12
    # A class cannot be narrower than a bin, or it would shrink onto one and never leave it.
    return weights, means, np.sqrt(np.maximum(variances, axis.width**2))


def _responsibility(bins: Images, weights: Floats, means: Floats, stds: Floats, out: Images, other: Images) -> None:
    """Into `out`: the probability of each bin to be of the first Gaussian."""
    scales = np.sqrt(0.5) / stds
    for index, distance in ((0, out), (1, other)):
        np.multiply(bins, scales[index, :, None].astype(np.float32), out=distance)
        distance -= (means * scales)[index, :, None].astype(np.float32)
        distance *= distance
    out -= other
    out += np.log(weights[1] / stds[1] * stds[0] / weights[0])[:, None].astype(np.float32)
    with np.errstate(over="ignore"):  # to infinity, and to a probability of 0
        np.exp(out, out=out)
    out += 1
    np.reciprocal(out, out=out)


def ashman_d(mixture: Mixture) -> Floats:
    """Distance of the two modes in units of their spread; above 2 they are apart (Ashman et al. 1994)."""
    spread = np.sqrt((mixture.stds**2).sum(-1) / 2)
    distance: Floats = np.abs(mixture.means[..., 1] - mixture.means[..., 0]) / spread
    return distance
