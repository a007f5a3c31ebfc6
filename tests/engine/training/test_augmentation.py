"""Labels move with images; the rest does what its physics says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from engine.cards.card import BandSpec
from engine.training.augmentation import Augmentation

OPTICAL = (BandSpec("B04", "reflectance", 0.2, 0.1), BandSpec("B08", "reflectance", 0.3, 0.1))
MIXED = (OPTICAL[0], BandSpec("VV", "db", -10.0, 3.0), BandSpec("VH", "db", -17.0, 4.0))
OFF = {"dihedral": False, "zoom": 1.0, "shift": 0.0, "gain": 0.0, "offset": 0.0, "looks": 0.0, "drop": 0.0}
SIDE = 32


def only(bands, **parts):
    return Augmentation(bands, **{**OFF, **parts})


def coordinates(chips, side=SIDE):
    """Images of each pixel's row and column, and labels that tell the place: blocks of two pixels."""
    rows, columns = np.mgrid[:side, :side]
    images = torch.from_numpy(np.stack([rows, columns]).astype(np.float32)).repeat(chips, 1, 1, 1)
    labels = torch.from_numpy((rows // 2 * (side // 2) + columns // 2) % 251).to(torch.uint8).repeat(chips, 1, 1)
    return images, labels


def labels_of(rows, columns, side=SIDE):
    return ((rows // 2 * (side // 2) + columns // 2) % 251).to(torch.uint8)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_an_image_of_its_labels_moves_as_they_do(seed):
    """Exactly, under rotations and flips."""
    labels = torch.randint(255, (5, SIDE, SIDE), generator=torch.Generator().manual_seed(seed)).to(torch.uint8)
    images = labels[:, None].float()
    changed, moved = only(OPTICAL[:1], dihedral=True)(images, labels, (seed,))
    assert torch.equal(changed[:, 0], moved.float())
    assert torch.equal(changed.sort()[0].sum((1, 2, 3)), images.sum((1, 2, 3)))  # nothing got lost


def test_all_eight_elements_occur_and_are_rotations_and_flips():
    chip = torch.arange(9.0).reshape(1, 3, 3)
    expected = {tuple(torch.rot90(x, k, (1, 2)).flatten().tolist()) for k in range(4) for x in (chip, chip.flip(2))}
    images, _ = only(OPTICAL[:1], dihedral=True)(
        chip.repeat(200, 1, 1, 1), torch.zeros(200, 3, 3, dtype=torch.uint8), (1,)
    )
    assert {tuple(image.flatten().tolist()) for image in images} == expected


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), zoom=st.sampled_from([1.0, 1.1, 1.25, 2.0]), shift=st.sampled_from([0.0, 0.1, 0.5]))
def test_labels_move_with_images_when_they_are_resampled(seed, zoom, shift):
    """A label is that of the pixel whose centre is nearest to where the image was sampled."""
    images, labels = coordinates(4)
    changed, moved = only(OPTICAL, zoom=zoom, shift=shift, dihedral=True)(images, labels, (seed,))
    observed = ~changed.isnan().any(1)
    assert torch.equal(observed, moved != 255)
    rows, columns = changed[:, 0], changed[:, 1]
    # Away from the middle between two pixels, where rounding decides, and from the rim, where bilinear stands still.
    sure = observed & ((rows % 1 - 0.5).abs() > 1e-3) & ((columns % 1 - 0.5).abs() > 1e-3)
    expected = labels_of(rows.nan_to_num().round().long(), columns.nan_to_num().round().long())
    assert torch.equal(moved[sure], expected[sure])


def test_zoom_is_by_its_factor_and_shows_what_there_is():
    images, labels = coordinates(400)
    changed, _ = only(OPTICAL, zoom=1.25)(images.clone(), labels, (7,))
    middle = changed[:, 1, :, SIDE // 2 + 4] - changed[:, 1, :, SIDE // 2 - 4]
    factors = 8 / middle.nanmean(1)
    unchanged = (factors - 1).abs() < 1e-4
    assert 0.4 < unchanged.float().mean() < 0.6
    assert factors.min() == pytest.approx(0.8, abs=0.01)
    assert factors.max() == pytest.approx(1.25, abs=0.01)
    enlarged = changed[factors > 1 + 1e-4]
    assert not enlarged.isnan().any()
    # Any part of the chip may be the one that is enlarged: to the rim, and no further.
    assert enlarged[:, 0].amin((1, 2)).min() < 0.5
    assert enlarged[:, 0].amax((1, 2)).max() > SIDE - 1.5


def test_gain_and_offset_are_of_the_values_themselves():
    values = torch.rand(64, 2, 8, 8) * 0.3
    normalised = (values - torch.tensor([0.2, 0.3])[:, None, None]) / 0.1
    labels = torch.zeros(64, 8, 8, dtype=torch.uint8)
    changed, _ = only(OPTICAL, gain=0.2, offset=0.5)(normalised.clone(), labels, (3,))
    after = changed * 0.1 + torch.tensor([0.2, 0.3])[:, None, None]
    x, y = values.flatten(2), after.flatten(2)
    gain = ((x - x.mean(2, True)) * (y - y.mean(2, True))).sum(2) / (x - x.mean(2, True)).square().sum(2)
    offset = (y - gain[..., None] * x).mean(2)
    torch.testing.assert_close(y, gain[..., None] * x + offset[..., None], atol=1e-5, rtol=0)
    assert 0.8 <= gain.min() < 0.83
    assert 1.17 < gain.max() <= 1.2
    assert -0.05 <= offset.min() < -0.04
    assert 0.04 < offset.max() <= 0.05
    assert len(gain.flatten().unique()) == 128  # each band of each chip its own


def test_decibels_get_an_offset_and_no_gain():
    images = torch.randn(16, 3, 8, 8)
    changed, _ = only(MIXED, gain=0.2, offset=0.5)(images.clone(), torch.zeros(16, 8, 8, dtype=torch.uint8), (3,))
    difference = (changed - images)[:, 1:]
    torch.testing.assert_close(difference, difference.mean((2, 3), True).expand_as(difference), atol=1e-5, rtol=0)
    assert (changed - images)[:, 0].std((1, 2)).min() > 0


def test_values_of_unknown_meaning_are_stretched_about_their_mean():
    """A height of 800 m must not become 880 m because the sun shines."""
    bands = (BandSpec("height", "dn", 800.0, 10.0),)
    images = torch.zeros(64, 1, 4, 4)
    changed, _ = only(bands, gain=0.2)(images, torch.zeros(64, 4, 4, dtype=torch.uint8), (3,))
    assert not changed.any()


@pytest.mark.parametrize("looks", [4.0, 16.0])
def test_speckle_has_the_moments_of_multilooked_intensity(looks):
    """Mean 1 and variance 1 / looks in linear power; in dB the mean and spread of a log-gamma variate."""
    images = torch.zeros(40, 3, 64, 64)
    labels = torch.zeros(40, 64, 64, dtype=torch.uint8)
    changed, _ = only(MIXED, looks=looks)(images.clone(), labels, (5,))
    assert not changed[:, 0].any()  # not of radar
    speckled = changed[:, 1].any(-1).any(-1)
    assert 0.3 < speckled.float().mean() < 0.7
    for band, std in ((1, 3.0), (2, 4.0)):
        decibels = changed[speckled, band].double() * std
        power = 10 ** (decibels / 10)
        assert power.mean().item() == pytest.approx(1, abs=0.01)
        assert power.var().item() == pytest.approx(1 / looks, rel=0.05)
        expected = 10 / np.log(10) * (digamma(looks) - np.log(looks))
        assert decibels.mean().item() == pytest.approx(expected, abs=0.03)


def test_bands_are_dropped_as_if_not_observed_and_one_stays():
    images = torch.ones(500, 3, 4, 4)
    changed, _ = only(MIXED, drop=0.5)(images, torch.zeros(500, 4, 4, dtype=torch.uint8), (5,))
    dropped = (changed == 0).all(-1).all(-1)
    assert torch.equal(dropped, (changed == 0).any(-1).any(-1))
    assert dropped.sum(1).max() == 2
    # One of three stays for sure, the others go by half.
    assert dropped.float().mean().item() == pytest.approx(1 / 3, abs=0.04)
    none, _ = only(MIXED, drop=0.999)(images, torch.zeros(500, 4, 4, dtype=torch.uint8), (5,))
    assert ((none == 0).all(-1).all(-1).sum(1) == 2).float().mean() > 0.95


def test_each_part_can_be_off():
    images, labels = torch.randn(6, 3, 16, 16), torch.randint(5, (6, 16, 16)).to(torch.uint8)
    changed, moved = only(MIXED)(images.clone(), labels.clone(), (1,))
    assert torch.equal(changed, images)
    assert torch.equal(moved, labels)


def test_the_same_seed_gives_the_same_batch():
    every = Augmentation(MIXED, zoom=1.3, shift=0.1, drop=0.2)
    images, labels = torch.randn(6, 3, 16, 16), torch.randint(5, (6, 16, 16)).to(torch.uint8)

    def drawn(seed):
        changed, moved = every(images.clone(), labels.clone(), (seed, 1))
        return changed.nan_to_num(-99), moved

    torch.random.manual_seed(1)
    first = drawn(4)
    torch.random.manual_seed(2)
    assert all(torch.equal(*pair) for pair in zip(first, drawn(4), strict=True))
    assert not torch.equal(first[0], drawn(5)[0])


def test_what_was_not_observed_stays_so():
    images, labels = torch.randn(20, 3, 16, 16), torch.zeros(20, 16, 16, dtype=torch.uint8)
    images[:, :, 4:8] = torch.nan
    every = Augmentation(MIXED, dihedral=False, zoom=1.0)
    changed, _ = every(images.clone(), labels, (1,))
    assert torch.equal(changed.isnan(), images.isnan())
