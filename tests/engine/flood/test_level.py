"""The level of a date's land: that of the land that the truth shows, and it goes with the calibration."""

from __future__ import annotations

import numpy as np
import pytest
from maps import decibels, simulate

from engine.flood.level import LAND_DB, land_levels, offset
from engine.samples import Scene

NAMES = ("VV", "VH")


def scene(water: float, seed: int = 31) -> Scene:
    return Scene(seed=seed, width=512, height=512, water=water)


@pytest.mark.parametrize("water", [0.0, 0.02, 0.25, 0.6, 0.9])
def test_it_is_that_of_the_land_however_much_water_there_is(water: float) -> None:
    strip = simulate(scene(water))
    values, land = decibels(strip), strip.ground.truth == 0
    found = land_levels([values[:, :256], values[:, 256:]], NAMES, display=False)
    # Grains are means of 16 pixels in dB, those of the shore among them.
    np.testing.assert_allclose(found, [np.median(band[land]) for band in values], atol=2.0)


@pytest.mark.parametrize("shift", [-3.0, 3.0])
@pytest.mark.parametrize("water", [0.0, 0.25, 0.9])
def test_an_image_of_another_calibration_comes_to_the_same(water: float, shift: float) -> None:
    values = decibels(simulate(scene(water)))
    plain = offset(land_levels([values], NAMES, display=False), NAMES, display=False)
    shifted = offset(land_levels([values + np.float32(shift)], NAMES, display=False), NAMES, display=False)
    assert shifted == pytest.approx(plain - shift, abs=0.3)


def test_water_alone_is_taken_for_no_land_and_a_picture_is_brought_all_the_way() -> None:
    water = np.random.default_rng(0).normal([[[-19.0]], [[-26.5]]], 1, (2, 128, 128)).astype(np.float32)
    assert land_levels([water], NAMES, display=False) is None
    assert offset(None, NAMES, display=False) == 0
    dark = np.full((1, 64, 64), -22.0, np.float32)  # a picture that is dark all over
    assert offset(land_levels([dark], ("VV",), display=True), ("VV",), display=True) == LAND_DB["VV"] + 22
    nothing = np.full((1, 64, 64), np.nan, np.float32)
    assert land_levels([nothing], ("VV",), display=True) is None
