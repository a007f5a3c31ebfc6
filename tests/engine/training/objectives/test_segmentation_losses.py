"""Each loss against one of another origin, or against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from segmentation_models_pytorch.losses import DiceLoss
from torch.nn import functional

from engine.training.objectives.segmentation import class_weights, combine, cross_entropy, dice

CLASSES = 4
LOSSES = (cross_entropy, dice)


@pytest.fixture(params=range(3))
def batch(request):
    """Logits and labels of which a third is not labelled; class 3 occurs in the first two only."""
    generator = torch.Generator().manual_seed(request.param)
    logits = 3 * torch.randn(2, CLASSES, 13, 17, generator=generator)
    labels = torch.randint(CLASSES if request.param < 2 else CLASSES - 1, (2, 13, 17), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < 0.33] = 255
    return logits.requires_grad_(), labels


def assert_same(ours, reference, logits):
    """The values and the gradients."""
    torch.testing.assert_close(ours, reference)
    torch.testing.assert_close(*(torch.autograd.grad(loss, logits, retain_graph=True)[0] for loss in (ours, reference)))


def test_cross_entropy_is_that_of_torch(batch):
    logits, labels = batch
    assert_same(cross_entropy(logits, labels), functional.cross_entropy(logits, labels, ignore_index=255), logits)


def test_weighted_cross_entropy_is_that_of_torch_times_the_mean_weight(batch):
    logits, labels = batch
    weights = torch.tensor([0.5, 1.0, 2.0, 4.0])
    reference = functional.cross_entropy(logits, labels, weights, ignore_index=255)
    assert_same(cross_entropy(logits, labels, weights), reference * weights[labels[labels != 255]].mean(), logits)


def test_dice_is_that_of_smp(batch):
    """Theirs counts a class that is absent as learned; ours leaves it out of the mean."""
    logits, labels = batch
    present = len(labels[labels != 255].unique())
    reference = DiceLoss("multiclass", ignore_index=255)(logits, labels) * CLASSES / present
    assert_same(dice(logits, labels), reference, logits)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_perfect_map_costs_nothing(loss):
    labels = torch.randint(CLASSES, (2, 8, 8), generator=torch.Generator().manual_seed(0))
    assert loss(200.0 * functional.one_hot(labels, CLASSES).movedim(-1, 1), labels).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_without_labels_a_loss_is_nothing_and_teaches_nothing(loss):
    logits = torch.randn(2, CLASSES, 8, 8, generator=torch.Generator().manual_seed(0)).requires_grad_()
    value = loss(logits, torch.full((2, 8, 8), 255))
    value.backward()
    assert value.item() == 0
    assert not logits.grad.any()


@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_not_labelled_does_not_count(batch, loss):
    logits, labels = batch
    other = torch.where((labels == 255)[:, None], logits * -7 + 3, logits)
    torch.testing.assert_close(loss(other, labels), loss(logits, labels))


def test_the_parts_of_a_batch_add_up(batch):
    """Which is what makes gradient accumulation exact."""
    logits, labels = batch
    weights = torch.tensor([0.5, 1.0, 2.0, 4.0])
    shares = (labels != 255).sum((1, 2)) / (labels != 255).sum()
    parts = sum(cross_entropy(logits[i : i + 1], labels[i : i + 1], weights) * shares[i] for i in range(2))
    torch.testing.assert_close(parts, cross_entropy(logits, labels, weights))


@pytest.mark.parametrize("loss", LOSSES)
def test_half_precision_is_computed_in_full(batch, loss):
    logits, labels = batch
    half = logits.detach().bfloat16()
    torch.testing.assert_close(loss(half, labels), loss(half.float(), labels))
    assert loss(half, labels).dtype == torch.float32


def test_a_combination_is_the_weighted_sum(batch):
    logits, labels = batch
    weights = [0.5, 1.0, 2.0, 4.0]
    loss = combine({"ce": 0.5, "dice": 2.0}, weights)
    expected = 0.5 * cross_entropy(logits, labels, torch.tensor(weights)) + 2 * dice(logits, labels)
    torch.testing.assert_close(loss(logits, labels), expected)


@pytest.mark.parametrize("parts", [{}, {"hinge": 1.0}])
def test_no_such_loss(parts):
    with pytest.raises(ValueError, match="There is no loss"):
        combine(parts)


def test_class_weights_average_one_over_the_pixels():
    pixels = [900, 90, 9, 0]
    weights = class_weights(pixels)
    assert np.average(weights, weights=pixels) == pytest.approx(1)
    assert weights[1] / weights[0] == pytest.approx(10**0.5)
    assert weights[3] == 0
    assert class_weights(pixels, power=0.0) == [1, 1, 1, 0]
