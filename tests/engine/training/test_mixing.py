"""Chips with parts of others in them: every pixel keeps its label, and edges come about."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.training.mixing import Mixing

SIDE = 32


def batch(chips):
    """Each pixel of each chip has a value of its own, and a label that follows from it."""
    values = torch.arange(chips * SIDE * SIDE).reshape(chips, SIDE, SIDE)
    return values[:, None].float().repeat(1, 2, 1, 1), (values // 7 % 251).to(torch.uint8)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), chips=st.integers(1, 6))
def test_pixels_keep_their_labels_and_their_neighbours(seed, chips):
    images, labels = batch(chips)
    mixed, moved = Mixing()(images, labels, (seed, 2))
    assert torch.equal(mixed[:, 0], mixed[:, 1])
    values = mixed[:, 0].long()
    assert torch.equal(moved, (values // 7 % 251).to(torch.uint8))
    for chip, found in enumerate(values):
        for source in found.div(SIDE * SIDE, rounding_mode="floor").unique():
            here = found // (SIDE * SIDE) == source
            rows, columns = here.nonzero(as_tuple=True)
            within = found[here] % (SIDE * SIDE)
            moves = torch.stack([(within // SIDE - rows) % SIDE, (within % SIDE - columns) % SIDE]).unique(dim=1)
            assert moves.shape[1] == 1  # all by the same way
            assert source != chip or (moves == 0).all()
    again, _ = Mixing()(*batch(chips), (seed, 2))
    assert torch.equal(again, mixed)


def test_a_chip_gets_pixels_of_one_other_as_many_as_asked_for():
    images, labels = batch(8)
    shares = []
    for seed in range(60):
        own = (Mixing(share=0.5, least=0.2, most=0.4)(images, labels, (seed,))[0][:, 0] // (SIDE * SIDE)).long()
        for chip, sources in enumerate(own):
            foreign = sources[sources != chip]
            assert len(foreign.unique()) <= 1
            shares.append(len(foreign) / SIDE**2)
    changed = np.array(shares)[np.array(shares) > 0]
    assert len(changed) / len(shares) == pytest.approx(0.5, abs=0.08)
    assert changed.min() == pytest.approx(0.2, abs=0.01) and changed.max() == pytest.approx(0.4, abs=0.01)


def test_patches_are_as_large_as_asked_for():
    """Smooth noise of standard deviation s has edges whose number falls as 1 / s."""
    images, labels = batch(8)

    def edges(size):
        found = 0
        for seed in range(20):
            mixed = Mixing(1.0, size, size)(images, labels, (seed,))[0][:, 0] // (SIDE * SIDE)
            found += int((mixed[:, :, 1:] != mixed[:, :, :-1]).sum())
        return found

    assert 1.6 < edges(1.0) / edges(2.0) < 2.4


def test_labelled_pixels_come_to_lie_on_each_other():
    """Where each chip has one small polygon, there are edges between them, labelled on both sides."""
    images = torch.zeros(8, 1, SIDE, SIDE)
    labels = torch.full((8, SIDE, SIDE), 255, dtype=torch.uint8)
    places = np.random.default_rng(3).integers(0, SIDE - 5, (8, 2))
    for chip, (row, column) in enumerate(places):
        labels[chip, row : row + 5, column : column + 5] = chip
    edges = 0
    for seed in range(20):
        _, moved = Mixing(1.0, 1.0, 1.0)(images, labels, (seed,))
        left, right = moved[:, :, 1:], moved[:, :, :-1]
        edges += int(((left != right) & (left != 255) & (right != 255)).sum())
    assert edges > 8 * 20 * 2
