"""The two networks that come with GeoFM: their cards, and how good they are on what they have not learned from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from maps import classes_of, decibels, f1, iou, simulate, water

from engine.cards.card import read_card
from engine.cards.floods import flood_classes, is_flood_model, recommended_for
from engine.cards.shelf import find
from engine.models.runtime import OnnxRuntime
from engine.models.store import read_golden, read_weights
from engine.samples import FLOOD, PERMANENT, Scene

PAIR, SINGLE = "geofm-flood-pair", "geofm-flood-single"
Say = Callable[[str], None]


@pytest.mark.parametrize(("name", "dates", "codes"), [(PAIR, 2, (0, 1, 2)), (SINGLE, 1, (0, 3))])
def test_their_cards_say_what_they_are_and_their_weights_are_theirs(
    name: str, dates: int, codes: tuple[int, ...]
) -> None:
    folder = find(name)
    card = read_card(folder)
    assert is_flood_model(card)
    assert (card.dates, flood_classes(card)) == (dates, codes)
    assert card.training["weights"] <= 3_000_000
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 8_000_000
    assert "OMBRIA" in card.attribution
    assert card.licence
    assert card.metrics["calibration"]["error"] < 0.05
    assert recommended_for(card)
    given, made = read_golden(folder, card)
    np.testing.assert_allclose(OnnxRuntime(read_weights(folder, card)).run(given), made, atol=card.tolerance)


def small(**changes: object) -> Scene:
    return Scene(**{"width": 512, "height": 512, **changes})


@pytest.mark.slow
@pytest.mark.parametrize("seed", [60, 61])
def test_simulated_pairs(seed: int, say: Say) -> None:
    strip = simulate(small(seed=seed))
    truth = strip.ground.truth
    found = classes_of(decibels(strip), [decibels(strip, "pre1")], model=PAIR)
    score, plain = f1(found == FLOOD, truth == FLOOD), classes_of(decibels(strip), [decibels(strip, "pre1")]) == FLOOD
    precision = float((truth[found == PERMANENT] == PERMANENT).mean())
    say(f"seed {seed}: F1 of flood {score:.3f} (without weights {f1(plain, truth == FLOOD):.3f}), "
        f"precision of permanent water {precision:.3f}")  # fmt: skip
    assert score >= 0.9
    assert precision >= 0.8


@pytest.mark.slow
@pytest.mark.parametrize("name", [PAIR, SINGLE])
def test_dry_land_stays_dry_water_stays_water_and_calibration_hardly_matters(name: str, say: Say) -> None:
    dry, wet = simulate(small(seed=62, water=0)), simulate(small(seed=63, water=0.9))
    pre = [[decibels(strip, "pre1")] if name == PAIR else [] for strip in (dry, wet)]
    alarms = float(water(classes_of(decibels(dry), pre[0], model=name)).mean())
    truth = wet.ground.truth > 0
    shares = {
        shift: iou(water(classes_of(decibels(wet) + shift, [date + shift for date in pre[1]], model=name)), truth)
        for shift in (np.float32(0), np.float32(-3), np.float32(3))
    }
    say(f"{name}: {alarms:.2%} of a dry scene called water; IoU at 90 % water by shift {shares}")
    assert alarms <= 0.04
    assert min(shares.values()) >= 0.85


# IoU that the network must reach; none of the chips was learned from.
CHIPS = {"India_900498": 0.6, "Nigeria_812045": 0.75, "Sri-Lanka_534068": 0.8}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), CHIPS.items())
def test_labelled_chips_of_other_events(name: str, least: float, data: Path, say: Say) -> None:
    folder = data / "flood" / "sen1floods11_hand"
    post = read(folder / "S1Hand" / f"{name}_S1Hand.tif")
    label = read(folder / "LabelHand" / f"{name}_LabelHand.tif")[0]
    seen, truth = np.isfinite(post).all(axis=0) & (label >= 0), label == 1
    score, plain = (
        iou(water(found) & seen, truth & seen) for found in (classes_of(post, model=SINGLE), classes_of(post))
    )
    say(f"{name}: IoU {score:.3f} (without weights {plain:.3f})")
    assert score >= least


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        return file.read()
