"""Recall at K by labels and by instances, against what can be worked out otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torchmetrics.retrieval import RetrievalHitRate

from engine.encoders.evaluation import instance_recall, label_recall
from engine.encoders.evaluation.retrieval import labels_report


def test_label_recall_is_torchmetrics_hit_rate() -> None:
    random = np.random.default_rng(5)
    similarity, truth = random.normal(size=(40, 12)), random.random((40, 12)) < 0.2
    truth[:, 3] = True
    queries = torch.arange(40).repeat_interleave(12)
    for rank in (1, 3, 5):
        reference = RetrievalHitRate(top_k=rank)(
            torch.from_numpy(similarity.ravel()), torch.from_numpy(truth.ravel()), indexes=queries
        )
        assert label_recall(similarity, truth, [rank])[rank] == pytest.approx(float(reference))


def test_any_of_several_labels_counts_and_none_does_not() -> None:
    similarity = np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0], [1.0, 1.0, 1.0]])
    truth = np.array([[False, True, True], [False, False, True], [False, False, False]])
    assert label_recall(similarity, truth, [1, 2]) == {1: 0.5, 2: 1.0}
    assert labels_report(similarity, truth, [1])["images"] == 2


def test_trivial_k_are_flagged() -> None:
    """Five labels (SeaDronesSee, Harvey in Jain et al.): R@5 is 1 whatever the model."""
    random = np.random.default_rng(6)
    truth = np.eye(5, dtype=bool)[random.integers(0, 5, 200)]
    found = labels_report(random.normal(size=(200, 5)), truth, [1, 5, 10])
    assert found["trivial"] == [5, 10]
    assert found["recall"]["5"] == found["chance"]["5"] == 1.0
    assert found["chance"]["1"] == pytest.approx(0.2)


def test_chance_is_the_hypergeometric_one() -> None:
    truth = np.zeros((1, 20), bool)
    truth[0, :3] = True
    expected = 1 - math.comb(17, 5) / math.comb(20, 5)
    assert labels_report(np.zeros((1, 20)), truth, [5])["chance"]["5"] == pytest.approx(expected)


def test_instance_recall_wants_the_own_item() -> None:
    """As open_clip's `get_clip_metrics`: the rank of the diagonal."""
    random = np.random.default_rng(7)
    similarity = random.normal(size=(50, 50))
    ranks = (similarity > np.diag(similarity)[:, None]).sum(1)
    found = instance_recall(similarity, np.eye(50, dtype=bool), [1, 5, 10])
    assert found == {rank: pytest.approx(float((ranks < rank).mean())) for rank in (1, 5, 10)}
