"""Concepts: a picture's vector shall lie where a frozen text tower has the words for what it shows."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .objective import Objective, full_precision

__all__ = ["ConceptChoice"]


class ConceptChoice(Objective):
    """The choice among concepts by cosines, and the distance from the right one's centroid.

    Outputs are unit vectors float[N, D]. Targets, by name: `labels` int64[N]; `other` int64[N] and `share` float32[N],
    where a picture is mixed with another (mixup: Zhang et al. 2018), the concept of that one and the share of the
    first; `words` float32[N, K, D], unit vectors for the concepts in this step.

    The logarithms of how often concepts are drawn are added to the logits (Menon et al. 2021): the cosines alone, which
    a search sees, then favour no concept for being frequent.

    Parameters
    ----------
    centroids : Tensor, float32[K, D]
        The mean direction of each concept's phrases.
    masked : Tensor, bool[K, K]
        Concepts that are not held against each other.
    frequencies : Tensor, float32[K]
        How often each concept is drawn.
    distance_weight : float
        Of the distance, which is 1 less the cosine.
    scale, highest_scale : float
        Of the cosines in the choice, which is learned: at first, and at most.
    """

    terms = ("choice", "distance")

    centroids: Tensor
    masked: Tensor
    log_frequencies: Tensor

    def __init__(
        self,
        centroids: Tensor,
        masked: Tensor,
        frequencies: Tensor,
        distance_weight: float = 1.0,
        scale: float = 20.0,
        highest_scale: float = 60.0,
    ) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
        self.register_buffer("centroids", centroids, persistent=False)
        self.register_buffer("masked", masked, persistent=False)
        self.register_buffer("log_frequencies", frequencies.log(), persistent=False)
        self._distance_weight, self._highest_scale = distance_weight, highest_scale

    def counts(self, targets: Mapping[str, Tensor]) -> Tensor:
        """Pictures, for both terms."""
        labels = targets["labels"]
        return labels.new_tensor([len(labels)] * 2)

    def forward(self, outputs: Tensor, targets: Mapping[str, Tensor]) -> Tensor:
        """Means of the cross-entropy of the choice, and of the distance."""
        vectors, share = full_precision(outputs), targets["share"]
        cosines = torch.einsum("nd,nkd->nk", vectors, targets["words"])
        logits = cosines * self.log_scale.exp().clamp(max=self._highest_scale) + self.log_frequencies
        first, second = (self._terms(vectors, logits, targets[name]) for name in ("labels", "other"))
        return (share * first + (1 - share) * second).sum(1) / max(len(vectors), 1)

    def _terms(self, vectors: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
        """float32[2, N]: both terms of each picture."""
        choice = nn.functional.cross_entropy(logits.masked_fill(self.masked[labels], -1e4), labels, reduction="none")
        distance = 1 - (vectors * self.centroids[labels]).sum(1)
        return torch.stack([choice, self._distance_weight * distance])
