"""What is usual in an index: scores are told against it, so that a threshold means the same across queries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..index.store import Index

__all__ = ["SAMPLE", "Background", "Direction", "background_of"]

Floats = NDArray[np.float32]

SAMPLE = 4096  # tiles; always the same ones of the same index
SEED = 0
LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class Direction:
    """A query as the scan takes it: score = vector . weights - offset, in standard deviations above the mean.

    Attributes
    ----------
    weights : float32 [D]
    offset : float
    """

    weights: Floats
    offset: float

    def of(self, vectors: Floats) -> Floats:
        """Scores float32 [N] of vectors float32 [N, D]."""
        return vectors @ self.weights - np.float32(self.offset)


@dataclass(frozen=True)
class Background:
    """A fixed random sample of an index.

    Attributes
    ----------
    sample : float32 [n, D]
    mean : float32 [D]
    """

    sample: Floats
    mean: Floats

    @cached_property
    def _centred(self) -> NDArray[np.float64]:
        return (self.sample - self.mean).astype(np.float64)

    def standard(self, weights: Floats) -> Direction:
        """A direction whose scores have mean 0 and standard deviation 1 over the sample.

        Parameters
        ----------
        weights : float32 [D]
        """
        scores = self._centred @ weights.astype(np.float64)
        spread = float(scores.std()) if len(scores) > 1 else 0.0
        # Where all tiles score alike there is nothing to tell apart; the product itself is as good as any scale.
        scale = 1 / spread if spread > LEAST_SPREAD * float(np.linalg.norm(weights) or 1.0) else 1.0
        scaled = (weights * scale).astype(np.float32)
        return Direction(scaled, float(self.mean.astype(np.float64) @ scaled.astype(np.float64)))


def background_of(index: Index) -> Background:
    """The sample of an index."""
    count = min(SAMPLE, len(index))
    chosen = np.sort(np.random.default_rng(SEED).choice(len(index), count, replace=False)) if count else np.zeros(0)
    sample = index.vectors(chosen.astype(np.int64))
    sample = sample[np.isfinite(sample).all(axis=1)]  # a damaged index beyond memory is not verified
    mean = sample.mean(axis=0, dtype=np.float64) if len(sample) else np.zeros(index.about.dimension)
    return Background(sample, mean.astype(np.float32))
