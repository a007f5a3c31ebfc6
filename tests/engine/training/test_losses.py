"""Each loss against one of another origin, or against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from segmentation_models_pytorch.losses import DiceLoss, LovaszLoss
from torch.nn import functional
from torchvision.ops import sigmoid_focal_loss

from engine.training.losses import class_weights, combine, cross_entropy, dice, focal, lovasz

CLASSES = 4


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


def test_focal_without_focus_is_cross_entropy(batch):
    logits, labels = batch
    weights = torch.tensor([0.5, 1.0, 2.0, 4.0])
    assert_same(focal(logits, labels, weights, gamma=0.0), cross_entropy(logits, labels, weights), logits)


@pytest.mark.parametrize("gamma", [1.0, 2.0, 5.0])
def test_focal_of_two_classes_is_that_of_torchvision(gamma):
    """The softmax over (0, z) is the sigmoid of z, for which Lin et al. define it."""
    generator = torch.Generator().manual_seed(1)
    z = (3 * torch.randn(2, 1, 9, 9, generator=generator)).requires_grad_()
    labels = torch.randint(2, (2, 9, 9), generator=generator)
    labels[0, :3] = 255
    known = labels != 255
    reference = sigmoid_focal_loss(z[:, 0][known], labels[known].float(), alpha=-1, gamma=gamma, reduction="mean")
    assert_same(focal(torch.cat([torch.zeros_like(z), z], 1), labels, gamma=gamma), reference, z)


def test_dice_is_that_of_smp(batch):
    """Theirs counts a class that is absent as learned; ours leaves it out of the mean."""
    logits, labels = batch
    present = len(labels[labels != 255].unique())
    reference = DiceLoss("multiclass", ignore_index=255)(logits, labels) * CLASSES / present
    assert_same(dice(logits, labels), reference, logits)


def test_lovasz_is_that_of_smp(batch):
    logits, labels = batch
    assert_same(lovasz(logits, labels), LovaszLoss("multiclass", ignore_index=255)(logits, labels), logits)


def test_lovasz_of_a_sure_map_is_the_jaccard_loss(batch):
    """At the corners of the cube it extends the set function."""
    logits, labels = batch
    sure = 200.0 * functional.one_hot(logits.argmax(1), CLASSES).movedim(-1, 1)
    truth, prediction = (x[labels != 255].numpy() for x in (labels, logits.argmax(1)))
    expected = [
        1 - np.sum((truth == number) & (prediction == number)) / np.sum((truth == number) | (prediction == number))
        for number in np.unique(truth)
    ]
    assert lovasz(sure, labels).item() == pytest.approx(np.mean(expected), abs=1e-6)


@pytest.mark.parametrize("loss", [cross_entropy, focal, dice, lovasz])
def test_a_perfect_map_costs_nothing(loss):
    labels = torch.randint(CLASSES, (2, 8, 8), generator=torch.Generator().manual_seed(0))
    assert loss(200.0 * functional.one_hot(labels, CLASSES).movedim(-1, 1), labels).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("loss", [cross_entropy, focal, dice, lovasz])
def test_without_labels_a_loss_is_nothing_and_teaches_nothing(loss):
    logits = torch.randn(2, CLASSES, 8, 8, generator=torch.Generator().manual_seed(0)).requires_grad_()
    value = loss(logits, torch.full((2, 8, 8), 255))
    value.backward()
    assert value.item() == 0
    assert not logits.grad.any()


@pytest.mark.parametrize("loss", [cross_entropy, focal, dice, lovasz])
def test_what_is_not_labelled_does_not_count(batch, loss):
    logits, labels = batch
    other = torch.where((labels == 255)[:, None], logits * -7 + 3, logits)
    torch.testing.assert_close(loss(other, labels), loss(logits, labels))


@pytest.mark.parametrize("loss", [cross_entropy, focal])
def test_the_parts_of_a_batch_add_up(batch, loss):
    """Which is what makes gradient accumulation exact."""
    logits, labels = batch
    weights = torch.tensor([0.5, 1.0, 2.0, 4.0])
    shares = (labels != 255).sum((1, 2)) / (labels != 255).sum()
    parts = sum(loss(logits[i : i + 1], labels[i : i + 1], weights) * shares[i] for i in range(2))
    torch.testing.assert_close(parts, loss(logits, labels, weights))


@pytest.mark.parametrize("loss", [cross_entropy, focal, dice, lovasz])
def test_half_precision_is_computed_in_full(batch, loss):
    logits, labels = batch
    half = logits.detach().bfloat16()
    torch.testing.assert_close(loss(half, labels), loss(half.float(), labels))
    assert loss(half, labels).dtype == torch.float32


def test_a_combination_is_the_weighted_sum(batch):
    logits, labels = batch
    weights = [0.5, 1.0, 2.0, 4.0]
    loss = combine({"ce": 1.0, "focal": 0.5, "dice": 2.0, "lovasz": 0.25}, weights)
    by_class = torch.tensor(weights)
    expected = (
        cross_entropy(logits, labels, by_class)
        + 0.5 * focal(logits, labels, by_class)
        + 2 * dice(logits, labels)
        + 0.25 * lovasz(logits, labels)
    )
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
