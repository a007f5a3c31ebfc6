"""Metrics against scikit-learn's and torchmetrics'."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from torchmetrics.classification import MulticlassF1Score, MulticlassJaccardIndex

from engine.training.metrics import ConfusionMatrix, scores

CLASSES = 5
NAMES = ["a", "b", "c", "d", "e"]


@pytest.fixture(params=range(4))
def maps(request):
    """Truth and prediction; the last two leave classes out of one or both."""
    source = np.random.default_rng(request.param)
    truth = source.integers(0, CLASSES - (request.param == 3), (40, 30))
    prediction = np.where(source.random(truth.shape) < 0.7, truth, source.integers(0, CLASSES, truth.shape))
    if request.param == 2:
        truth, prediction = truth % 3, prediction % 3
    if request.param == 3:
        prediction = prediction % (CLASSES - 1)
        prediction[prediction == 1] = 0
    truth[source.random(truth.shape) < 0.3] = 255
    return truth.astype(np.uint8), prediction.astype(np.uint8)


@pytest.fixture
def matrix(maps):
    """Added in two parts of unequal size: pixels are pooled."""
    matrix = ConfusionMatrix(CLASSES)
    matrix.add(maps[0][:7], maps[1][:7])
    matrix.add(maps[0][7:], maps[1][7:])
    return matrix


def known(maps):
    return maps[0][maps[0] != 255], maps[1][maps[0] != 255]


def test_counts_and_accuracy(maps, matrix):
    truth, prediction = known(maps)
    np.testing.assert_array_equal(matrix.matrix, confusion_matrix(truth, prediction, labels=range(CLASSES)))
    assert matrix.overall_accuracy == pytest.approx(accuracy_score(truth, prediction))
    majority = np.full_like(truth, np.bincount(truth).argmax())
    assert matrix.baseline_accuracy == pytest.approx(accuracy_score(truth, majority))


def test_figures_of_classes(maps, matrix):
    truth, prediction = known(maps)
    expected = precision_recall_fscore_support(truth, prediction, labels=range(CLASSES), zero_division=0)
    for index, figures in enumerate(matrix.per_class(NAMES).values()):
        precision, recall, f1, support = (values[index] for values in expected)
        if not np.any((truth == index) | (prediction == index)):
            assert figures == {"precision": None, "recall": None, "f1": None, "iou": None, "support": 0}
            continue
        called = np.any(prediction == index)
        assert figures["precision"] == (pytest.approx(precision) if called else None)
        assert figures["recall"] == pytest.approx(recall)
        assert figures["f1"] == pytest.approx(f1)
        assert figures["iou"] == pytest.approx(f1 / (2 - f1))
        assert figures["support"] == support


def test_means(maps, matrix):
    """Both leave out what occurs in neither map."""
    truth, prediction = (torch.from_numpy(values.astype(np.int64)) for values in known(maps))
    options = {"num_classes": CLASSES, "average": "macro"}
    assert matrix.macro_f1 == pytest.approx(MulticlassF1Score(**options)(prediction, truth).item())
    assert matrix.miou == pytest.approx(MulticlassJaccardIndex(**options)(prediction, truth).item())


def test_nothing_counted():
    matrix = ConfusionMatrix(3)
    matrix.add(np.full((2, 2), 255, np.uint8), np.zeros((2, 2), np.uint8))
    assert (matrix.overall_accuracy, matrix.baseline_accuracy, matrix.macro_f1, matrix.miou) == (0, 0, 0, 0)


def test_what_does_not_fit():
    matrix = ConfusionMatrix(3)
    with pytest.raises(ValueError, match="beyond the 3"):
        matrix.add(np.array([0, 1]), np.array([0, 3]))
    with pytest.raises(ValueError, match=r"\(2,\)"):
        matrix.add(np.array([0, 1]), np.array([0]))


def test_a_mosaic_not_observed_counts_for_nothing():
    matrix = ConfusionMatrix(2)
    matrix.add(np.array([0, 1, 1], np.uint8), np.array([0, 255, 1], np.uint8))
    np.testing.assert_array_equal(matrix.matrix, [[1, 0], [0, 1]])


def test_it_needs_no_torch():
    code = "import sys, engine.training.metrics; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_f1_and_iou_go_together(hits, alarms, misses):
    found = scores(hits, hits + alarms, hits + misses)
    if found["iou"] is None:
        assert (hits, alarms, misses) == (0, 0, 0)
        assert found["f1"] is None
        return
    assert found["f1"] == pytest.approx(2 * found["iou"] / (1 + found["iou"]))
    if hits:
        assert found["f1"] == pytest.approx(2 / (1 / found["precision"] + 1 / found["recall"]))
        assert found["iou"] == pytest.approx(1 / (1 / found["precision"] + 1 / found["recall"] - 1))


def test_a_class_in_only_one_of_them_scores_nothing():
    assert scores(0, 5, 0) == {"precision": 0.0, "recall": None, "f1": 0.0, "iou": 0.0}
    assert scores(0, 0, 5) == {"precision": None, "recall": 0.0, "f1": 0.0, "iou": 0.0}
