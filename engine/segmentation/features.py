"""Features of each pixel: what tells the classes apart in its bands, and means and spreads of that around it.

They are computed by an ONNX graph, in training as in mapping, so that both see the same numbers; and Quick needs no
torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from ..cards.card import BandSpec

__all__ = ["MARGIN", "FeatureStack", "Scaling", "discriminant", "fit_features", "most_sums", "scaling"]

Floats = NDArray[np.float32]

# Brightness, shadow and slopes multiply all bands alike, and what multiplies becomes a sum in logarithms, which a
# projection can leave out. What is added first keeps the noise of dark pixels small: in reflectance, in grey levels,
# and of numbers of unknown scale as a part of their mean.
ADDED = {"reflectance": 0.01, "display": 4.0}
ADDED_PART = 0.1
MOST_NEGATIVE = 0.01  # of the pixels of a band, below zero by more than what is added
MOST_COMPONENTS = 6
# Directions in which classes have less spread than this part of the greatest hold rounding alone.
LEAST_VARIANCE = 1e-6
WINDOWS, SPREAD = (3, 7), 3
MARGIN = max(*WINDOWS, SPREAD) // 2
# How much of a pixel's surroundings belongs to it, at least, and how unlike windows of two sizes are in that.
LEAST_OWN, UNLIKE = 0.1, 0.1


@dataclass(frozen=True, eq=False)
class Scaling:
    """How normalised bands become what is summed: logarithms, or decibels and signed numbers as they are.

    Attributes
    ----------
    mean, std : float32 [C]
        What the bands were normalised by.
    added : float32 [C]
        What is added before a logarithm is taken.
    logarithms : bool [C]
        Where it is.
    """

    mean: Floats
    std: Floats
    added: Floats
    logarithms: NDArray[np.bool_]

    def __call__(self, image: Floats) -> Floats:
        """Of float32[C, ...]; NaN counts as the band's mean, as it does for networks."""
        mean, std, added, logarithms = (
            values.reshape(-1, *[1] * (image.ndim - 1)) for values in (self.mean, self.std, self.added, self.logarithms)
        )
        values = np.nan_to_num(image, nan=0.0) * std + mean
        return np.where(logarithms, np.log(np.maximum(values, 0) + added), values)


@dataclass(frozen=True, eq=False)
class FeatureStack:
    """The features of images with certain bands, for certain classes.

    Attributes
    ----------
    scaling : Scaling
        Of the input's bands.
    weights : float32 [D, C]
        D sums of the C scaled bands.
    bias : float32 [D]
        Added to them.
    """

    scaling: Scaling
    weights: Floats
    bias: Floats

    @property
    def inputs(self) -> int:
        """Number of bands."""
        return len(self.scaling.mean)

    @property
    def count(self) -> int:
        """Number of features."""
        return len(self.bias) * (2 + len(WINDOWS))

    def sums(self, image: Floats) -> Floats:
        """float32[D, ...] of normalised bands float32[C, ...]."""
        values: Floats = np.tensordot(self.weights, self.scaling(image), 1)
        return values + self.bias.reshape(-1, *[1] * (image.ndim - 1))

    def nodes(self, source: str, target: str) -> tuple[list[NodeProto], list[TensorProto]]:
        """The graph from the input float32[N, C, H, W] to features float32[N, count, H, W], and its constants.

        The features are D sums of bands, their means over windows of each size, and their standard deviations over
        one. Of windows that reach beyond the input, the pixels within it count.
        """
        graph = _Graph()
        weights, bias = (graph.constant(values) for values in (self.weights[:, :, None, None], self.bias))
        base = graph.add("Conv", [self._scaled(graph, source), weights, bias])
        means = {side: graph.mean(base, side) for side in WINDOWS}
        squares = graph.mean(graph.add("Mul", [base, base]), SPREAD)
        variance = graph.add("Sub", [squares, graph.add("Mul", [means[SPREAD], means[SPREAD]])])
        # Rounding may leave a little less than nothing.
        spread = graph.add("Sqrt", [graph.add("Max", [variance, graph.constant(np.float32(0))])])
        graph.nodes.append(helper.make_node("Concat", [base, *means.values(), spread], [target], axis=1))
        return graph.nodes, graph.constants

    def _scaled(self, graph: _Graph, source: str) -> str:
        """The scaling, as a graph."""
        own = self.scaling
        mean, std, added, logarithms = (
            values[:, None, None] for values in (own.mean, own.std, own.added, own.logarithms)
        )
        values = graph.add("Mul", [source, graph.constant(std)])
        values = graph.add("Add", [values, graph.constant(mean)])
        if not logarithms.any():
            return values
        lifted = graph.add("Add", [graph.add("Max", [values, graph.constant(np.float32(0))]), graph.constant(added)])
        return graph.add("Where", [graph.constant(logarithms), graph.add("Log", [lifted]), values])

    def mixed(self, features: Floats, rng: np.random.Generator) -> Floats:
        """The features that pixels would have at the edge of something else.

        People draw polygons inside of things, so labelled pixels lie in surroundings of their own kind, and a forest
        would learn that all pixels do. Here each one keeps its own bands, but a part of its surroundings is taken from
        another labelled pixel: the mean and, by the law of total variance, the spread of such a mixture.

        Parameters
        ----------
        features : float32 [n, count]
        rng : numpy Generator

        Returns
        -------
        float32 [n, count]
        """
        base, *means, spread = np.split(features, 2 + len(WINDOWS), axis=1)
        order = rng.permutation(len(features))
        own = rng.uniform(LEAST_OWN, 1, (len(features), 1))
        parts = [np.clip(own + rng.normal(0, UNLIKE, own.shape), 0, 1).astype(np.float32) for _ in WINDOWS]
        mixtures = [part * mean + (1 - part) * mean[order] for part, mean in zip(parts, means, strict=True)]
        here = WINDOWS.index(SPREAD)
        part, gap = parts[here], means[here] - means[here][order]
        variance = part * spread**2 + (1 - part) * spread[order] ** 2 + part * (1 - part) * gap**2
        return np.concatenate([base, *mixtures, np.sqrt(variance)], axis=1)


def scaling(bands: Sequence[BandSpec], x: Floats) -> Scaling:
    """Logarithms of reflectance, of grey levels, and of numbers without units where none is below zero.

    A hundredth of the pixels may be negative where units are known: of dark reflectance some are, by the correction for
    the air or by noise. Where there are more, the numbers are of something else, and would all become one.

    Parameters
    ----------
    bands : sequence of BandSpec
    x : float32 [n, C]
        Normalised values of labelled pixels.
    """
    mean, std = (np.array([getattr(band, name) for band in bands], np.float32) for name in ("mean", "std"))
    values = np.nan_to_num(x, nan=0.0) * std + mean
    numbers = np.array([band.units == "dn" for band in bands]) & (values.min(axis=0) >= 0) & (mean > 0)
    added = np.array([ADDED.get(band.units, 1.0) for band in bands], np.float32)
    known = np.array([band.units in ADDED for band in bands]) & ((values < -added).mean(axis=0) <= MOST_NEGATIVE)
    return Scaling(mean, std, np.where(numbers, ADDED_PART * mean, added), known | numbers)


def fit_features(bands: Sequence[BandSpec], x: Floats, y: NDArray[np.uint8]) -> FeatureStack:
    """The sums of bands that describe labelled pixels best.

    These are Fisher's discriminants (Rao, "The utilization of multiple measurements in problems of biological
    classification", 1948), which hold what tells the classes apart and leave out how pixels of one class differ, and
    the first principal components, for classes that lie in several places. All classes weigh the same, however large
    their polygons are. In logarithms a sum of two bands with opposite signs is an index: (a - b) / (a + b) =
    tanh((ln a - ln b) / 2).

    Parameters
    ----------
    bands : sequence of BandSpec
    x : float32 [n, C]
        Normalised values of labelled pixels.
    y : uint8 [n]
        Their classes; two or more.
    """
    scale = scaling(bands, x)
    means, within = _scatter(scale(x.T).T, y)
    between = np.cov(means.T, bias=True).reshape(within.shape)
    values, vectors = np.linalg.eigh(within)
    # Classes without any spread, as in drawn pictures, are told apart by their means.
    whiten = vectors / np.sqrt(np.maximum(values, max(LEAST_VARIANCE * values[-1], 1e-12)))
    discriminants = whiten @ np.linalg.eigh(whiten.T @ between @ whiten)[1][:, ::-1]
    discriminants = discriminants[:, : min(len(means) - 1, x.shape[1])]
    total, components = np.linalg.eigh(within + between)
    components = components / np.sqrt(np.maximum(total, 1e-12))
    weights = np.concatenate([discriminants, components[:, ::-1][:, :MOST_COMPONENTS]], axis=1).T
    bias = -weights @ means.mean(axis=0)
    return FeatureStack(scale, weights.astype(np.float32), bias.astype(np.float32))


def discriminant(x: Floats, y: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Weights float32[K, D] and bias float32[K] of the logits of linear discriminant analysis, all classes as likely.

    Parameters
    ----------
    x : float32 [n, D]
    y : uint8 [n]
        K classes; two or more.
    """
    means, within = _scatter(x, y)
    # Sums may say the same, and classes of drawn pictures have no spread.
    least = LEAST_VARIANCE * (within + np.cov(means.T, bias=True)).trace() / len(within)
    weights = np.linalg.solve(within + least * np.eye(len(within)), means.T).T
    bias = -(weights * means).sum(axis=1) / 2
    return weights.astype(np.float32), (bias - bias.mean()).astype(np.float32)


def _scatter(x: Floats, y: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The means of the classes, [K, D], and the mean of their covariances, [D, D]: all classes weigh the same."""
    parts = [x[y == value].astype(np.float64) for value in np.unique(y)]
    covariances = [np.cov(part.T, bias=True).reshape(x.shape[1], -1) for part in parts]
    return np.stack([part.mean(axis=0) for part in parts]), np.mean(covariances, axis=0)


def most_sums(bands: int, classes: int) -> int:
    """How many sums `fit_features` finds of so many bands for so many classes, if all classes are there."""
    return min(classes - 1, bands) + min(MOST_COMPONENTS, bands)


class _Graph:
    """Nodes and constants of a graph in the making; names are numbered."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        """One operation; the name of its result."""
        name = f"features_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: NDArray[Any] | np.generic) -> str:
        name = f"features_constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def mean(self, source: str, side: int) -> str:
        """Means over windows of `side` x `side` pixels, first along rows and then along columns."""
        half = side // 2
        rows = self.add("AveragePool", [source], kernel_shape=[1, side], pads=[0, half, 0, half])
        return self.add("AveragePool", [rows], kernel_shape=[side, 1], pads=[half, 0, half, 0])
