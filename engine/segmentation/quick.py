"""Quick: features of each pixel and a forest, in seconds and without a GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import BandSpec
from ..cards.classes import NODATA
from ..errors import InputError
from ..jobs.report import Report
from ..models.runtime import Session
from .features import MARGIN, fit_features
from .forest import FOREST, SMOOTHED, ForestSettings, feature_onnx, fit_forest, forest_onnx

__all__ = ["QuickModel", "train_quick"]

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]
# An image [C, H, W], normalised, NaN where not observed, and its labels [H, W], 255 where there is none.
Sample = tuple[Floats, Labels]

# Pixels of one polygon are much alike: more of them cost time and teach little.
MOST_PIXELS = 120_000


@dataclass(frozen=True)
class QuickModel:
    """A forest with its features.

    Attributes
    ----------
    onnx : bytes
        The whole graph: input float32 [N, C, H, W], normalised and free of NaN; output probabilities [N, K, H, W].
    parameters : dict
        What the card keeps.
    margin : int
        How many pixels the features reach beyond a pixel: the least overlap of tiles.
    """

    onnx: bytes
    parameters: dict[str, Any] = field(default_factory=dict)
    margin: int = MARGIN + SMOOTHED // 2

    def probabilities(self, tiles: Floats) -> Floats:
        """float32 [N, C, H, W], normalised, NaN where not observed, to probabilities float32 [N, K, H, W]."""
        shares: Floats = self._session.run({"input": np.nan_to_num(tiles, nan=0.0)})[0]
        return shares

    @cached_property
    def _session(self) -> Session:
        return Session(self.onnx, threads_of_a_run=0)


def train_quick(
    samples: Callable[[], Iterable[Sample]],
    bands: Iterable[BandSpec],
    classes: int,
    seed: int,
    report: Report,
    settings: ForestSettings = FOREST,
) -> QuickModel:
    """Fit a forest to labelled windows.

    Parameters
    ----------
    samples : callable
        Gives windows (float32 [C, H, W], uint8 [H, W]), normalised with `bands`; with `MARGIN` pixels around the
        labelled ones where the image has them. It is called several times and must give the same ones.
    bands : iterable of BandSpec
    classes : int
        Number of classes; those without a labelled pixel get probability 0.
    seed : int
        The same one gives the same model, byte for byte.
    report : Report
        Is asked whether to stop.
    settings : ForestSettings, optional

    Raises
    ------
    InputError
        If not two classes have a labelled pixel that was observed.
    Cancelled
    """
    specs = tuple(bands)
    y = np.concatenate([labels[_usable(image, labels)] for image, labels in samples()] or [np.empty(0, np.uint8)])
    if len(np.unique(y)) < 2:
        raise InputError(
            "The labels cover observed pixels of fewer than two classes; draw polygons of other classes on the image."
        )
    chosen = _chosen(y, seed)
    y = y[chosen]
    stack = fit_features(specs, _table(samples, chosen, lambda image: image, report), y)
    session = Session(feature_onnx(stack), threads_of_a_run=0)

    def features(image: Floats) -> Floats:
        return np.asarray(session.run({"input": np.nan_to_num(image, nan=0.0)[None]})[0][0])

    x = _table(samples, chosen, features, report)
    report.check_cancelled()
    edges = stack.mixed(x, np.random.default_rng([seed, 12]))
    forest = fit_forest(np.concatenate([x, edges]), np.concatenate([y, y]), seed, settings)
    report.progress(settings.trees, settings.trees, "trees")
    return QuickModel(
        forest_onnx(stack, forest, classes),
        {"features": stack.count, **asdict(settings), "pixels": len(y)},
    )


def _usable(image: Floats, labels: Labels) -> NDArray[np.bool_]:
    """Which pixels are labelled and were observed."""
    return np.asarray((labels != NODATA) & ~np.isnan(image).all(axis=0))


def _table(
    samples: Callable[[], Iterable[Sample]],
    chosen: NDArray[np.bool_],
    layers: Callable[[Floats], Floats],
    report: Report,
) -> Floats:
    """float32 [n, F] of the chosen ones of the usable pixels; `layers` makes float32 [F, H, W] of a window."""
    rows, start = [], 0
    for image, labels in samples():
        report.check_cancelled()
        use = _usable(image, labels)
        keep = chosen[start : start + np.count_nonzero(use)]
        start += len(keep)
        if keep.any():
            rows.append(layers(image)[:, use][:, keep].T)
    return np.concatenate(rows)


def _chosen(y: Labels, seed: int) -> NDArray[np.bool_]:
    """Which pixels are learned from, at most `MOST_PIXELS`: all of rare classes, equal numbers of common ones."""
    if len(y) <= MOST_PIXELS:
        return np.ones(len(y), bool)
    random = np.random.default_rng([seed, 11])
    counts = np.bincount(y)
    quota, left = 0, MOST_PIXELS
    for rank, count in enumerate(sorted(counts[counts > 0])):
        quota = min(count, left // (np.count_nonzero(counts) - rank))
        left -= quota
    parts = [random.permutation(np.flatnonzero(y == value))[:quota] for value in np.flatnonzero(counts)]
    chosen = np.zeros(len(y), bool)
    chosen[np.concatenate(parts)] = True
    return chosen
