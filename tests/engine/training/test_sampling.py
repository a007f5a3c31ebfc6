"""Which chips are cut, and that it depends on nothing but the seed, the epoch and the step."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from practice_training import windows

from engine.training.batches import Prefetch
from engine.training.sampling import Chips, Window


def positions(side=64, rare=4):
    """A window whose image is its own coordinates; class 1 is a few pixels in a corner, class 3 does not occur."""
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    labels = np.full((side, side), 255, np.uint8)
    labels[8:40, 8:40] = 0
    labels[:rare, -rare:] = 1
    labels[50:60, 10:30] = 2
    return Window(np.stack([rows, columns]), labels)


def same(one, other):
    return all(
        torch.equal(a, b) or torch.equal(a.nan_to_num(-9), b.nan_to_num(-9)) for a, b in zip(one, other, strict=True)
    )


def test_a_batch_depends_on_seed_epoch_and_step_only():
    def chips(seed=3):
        return Chips(windows(), side=32, batch=4, steps=5, seed=seed)

    ordered = {(epoch, step): chips().batch(epoch, step) for epoch in (1, 2) for step in range(5)}
    again = chips()
    for key in sorted(ordered, reverse=True):
        assert same(again.batch(*key), ordered[key])
    assert not same(ordered[1, 0], ordered[1, 1])
    assert not same(ordered[1, 0], ordered[2, 0])
    assert not same(ordered[1, 0], chips(seed=4).batch(1, 0))


def test_images_and_labels_are_of_one_place():
    window = positions()
    images, labels = Chips([window], side=16, batch=32, steps=1, seed=0).batch(1, 0)
    assert (images.dtype, labels.dtype) == (torch.float32, torch.uint8)
    rows, columns = images[:, 0].long().numpy(), images[:, 1].long().numpy()
    np.testing.assert_array_equal(labels.numpy(), window.labels[rows, columns])
    # The lattice is whole: what was cut is a square.
    assert np.all(np.diff(rows, axis=1) == 1)
    assert np.all(np.diff(columns, axis=2) == 1)


@pytest.mark.parametrize(("balance", "shares"), [(0.0, (1024, 16, 200)), (0.5, (32, 4, 200**0.5)), (1.0, (1, 1, 1))])
def test_every_class_gets_its_share_of_the_anchors(balance, shares):
    """To within one chip an epoch; the anchors' classes are those that the order says."""
    chips = Chips([positions()], side=8, batch=10, steps=30, balance=balance, seed=1)
    assert chips.pixels == (1024, 16, 200)
    expected = 300 * np.array(shares) / np.sum(shares)
    for epoch in range(1, 6):
        counts = np.bincount(chips._classes(epoch), minlength=3)
        assert np.all(np.abs(counts - expected) <= 1)


def test_rare_classes_are_seen():
    """16 of 1240 labelled pixels: an eighth of the chips of a balanced half hold some of them."""
    chips = Chips([positions()], side=16, batch=8, steps=8, balance=0.5, seed=1)
    with_rare = sum(int((labels == 1).any((1, 2)).sum()) for labels in (chips.batch(1, step)[1] for step in range(8)))
    assert with_rare >= int(64 * 4 / (32 + 4 + 200**0.5))


def test_every_chip_holds_a_label_and_every_place_is_reached():
    chips = Chips([positions(), positions(rare=1)], side=16, batch=16, steps=40, balance=0.0, seed=1)
    seen = np.zeros((64, 64), bool)
    for step in range(40):
        images, labels = chips.batch(1, step)
        assert (labels != 255).any((1, 2)).all()
        seen[images[:, 0].long(), images[:, 1].long()] = True
    assert seen[8:40, 8:40].all()
    # Around the labels too, to the window's rim.
    assert seen[0, 8:40].any()
    assert seen[63, 10:30].any()


def test_what_was_not_observed_is_not_labelled():
    window = positions()
    window.image[:, 20:30] = np.nan
    window.image[0, 8:12] = np.nan  # one band is missing there: still observed
    chips = Chips([window], side=64, batch=1, steps=1)
    (images, labels) = chips.batch(1, 0)
    assert (labels[0, 20:30] == 255).all()
    assert (labels[0, 8:12, 8:40] == 0).all()
    assert images[0, :, 20:30].isnan().all()
    assert chips.pixels[0] == (32 - 10) * 32
    assert (window.labels[20:30, 8:40] == 0).all()  # the caller's own stay as they are


def test_a_small_window_is_padded():
    image, labels = np.ones((3, 10, 20), np.float32), np.zeros((10, 20), np.uint8)
    images, cut = Chips([Window(image, labels)], side=32, batch=1).batch(1, 0)
    assert images.shape == (1, 3, 32, 32)
    assert int((cut == 0).sum()) == int((images[:, 0] == 1).sum()) == 200
    assert images[0, :, 10:].isnan().all()


def test_an_epoch_shows_the_labelled_area_once():
    labels = np.zeros((320, 320), np.uint8)
    chips = Chips([Window(np.ones((1, 320, 320), np.float32), labels)], side=32, batch=10)
    assert chips.steps == 10


@pytest.mark.parametrize("labels", [255, 0])
def test_nothing_to_learn_from(labels):
    image = np.full((2, 32, 32), np.nan if labels == 0 else 0, np.float32)
    with pytest.raises(ValueError, match="No pixel is both labelled and observed"):
        Chips([Window(image, np.full((32, 32), labels, np.uint8))], side=32, batch=2)


class Counted:
    """Remembers who asked for what."""

    steps = 3

    def __init__(self):
        self.made = []
        self.threads = set()
        self.asked = threading.Semaphore(0)

    def batch(self, epoch, step):
        self.made.append((epoch, step))
        self.threads.add(threading.current_thread().name)
        self.asked.release()
        if epoch == 3:
            raise OSError("gone")
        return torch.tensor([epoch]), torch.tensor([step])


def test_the_next_batch_is_made_ahead_in_a_thread():
    counted = Counted()
    ahead = Prefetch(counted)
    for epoch, step in [(1, 0), (1, 1), (1, 2), (2, 0)]:
        assert tuple(map(int, ahead.take(epoch, step))) == (epoch, step)
    for _ in range(5):
        assert counted.asked.acquire()  # one more than was taken
    assert counted.made == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1)]
    assert len(counted.threads) == 2
    # Back to an earlier epoch: what was made ahead is dropped.
    assert tuple(map(int, ahead.take(1, 1))) == (1, 1)
    ahead.close()


def test_what_goes_wrong_ahead_is_raised_when_it_is_taken():
    ahead = Prefetch(Counted())
    ahead.take(2, 2)
    with pytest.raises(OSError, match="gone"):
        ahead.take(3, 0)
    ahead.close()
