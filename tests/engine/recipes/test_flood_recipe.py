"""The recipe of the flood networks: what is learned from is true, scenes are not torn, and a small one learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.cards.card import read_card
from engine.cards.floods import flood_classes, is_flood_model
from engine.jobs.report import QuietReport
from engine.models.architectures.narrow_unet import BRIGHT
from engine.models.runtime import OnnxRuntime
from engine.models.store import read_golden, read_weights
from engine.recipes.floods.augmentation import changed, land_of
from engine.recipes.floods.chips import Chip, scenes_of, simulated
from engine.recipes.floods.judging import judged
from engine.recipes.floods.making import Data, make
from engine.recipes.floods.network import NarrowUNet, Released
from engine.recipes.floods.training import Recipe, Source, calibration_error, either

SEEDS = range(700, 706)


@pytest.fixture(scope="module")
def chips() -> list[Chip]:
    return list(simulated(SEEDS, 160))


@pytest.mark.parametrize("dates", [1, 2])
def test_what_is_learned_from_is_what_an_image_could_show(chips: list[Chip], dates: int) -> None:
    kinds = set()
    for number in range(100):
        chip = chips[number % len(chips)]
        seen = changed(chip, dates, 64, np.random.default_rng(number), land_of(chip))
        assert seen.values.shape[0] == dates
        assert seen.values.shape[1] in (1, 2)
        assert seen.values.shape[2:] == seen.labels.shape == (64, 64)
        known = seen.values[np.isfinite(seen.values)]
        assert known.min() >= 0
        if seen.display:
            assert known.max() <= 255
            np.testing.assert_array_equal(known, np.rint(known))
        assert set(np.unique(seen.labels)) <= {0, 1, 2, 255}
        assert (seen.labels[np.isnan(seen.values).any(axis=(0, 1))] == 255).all()
        kinds.add((seen.display, seen.values.shape[1]))
    assert kinds == {(False, 1), (False, 2), (True, 1), (True, 2)}


def test_labels_stay_on_their_water(chips: list[Chip]) -> None:
    """Turned, mirrored, enlarged and shifted in level, water stays the dark part of a calm scene."""
    calm = next(chip for chip in simulated(range(750, 800), 160) if 0.1 < (chip.labels[0] > 0).mean() < 0.6)
    darker = []
    for number in range(40):
        seen = changed(calm, 1, 96, np.random.default_rng(number), land_of(calm))
        water, land = seen.labels == 2, seen.labels == 0
        if water.sum() > 200 and land.sum() > 200:
            levels = seen.values[0, -1]
            darker.append(np.nanmedian(levels[water]) < np.nanmedian(levels[land]))
    assert len(darker) > 10
    assert np.mean(darker) > 0.9


def test_tiles_of_a_scene_stay_together() -> None:
    source, tiles = np.random.default_rng(0), []
    for _ in range(3):
        dates = [np.cumsum(np.cumsum(source.normal(size=(128, 192)), 0), 1) for _ in range(2)]
        grey = np.stack([(date - date.min()) / np.ptp(date) * 255 for date in dates])
        tiles += [grey[:, row : row + 64, column : column + 64] for row in (0, 64) for column in (0, 64, 128)]
    labels = np.zeros((2, 64, 64), np.uint8)
    chips = [Chip(str(n), tile[:, None].astype(np.float16), labels, True, True) for n, tile in enumerate(tiles)]
    assert scenes_of(chips).tolist() == [scene for scene in range(3) for _ in range(6)]


def test_one_date_is_a_pair_whose_past_is_bright() -> None:
    torch.manual_seed(1)
    network = NarrowUNet(6, 3, (4, 4, 8)).eval()
    for module in network.modules():  # norms that do something
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-1, 1)
            module.running_var.uniform_(0.5, 2)
    x = torch.randn(2, 4, 32, 64)
    with torch.no_grad():
        pair = network(torch.cat([x, torch.full((2, 2, 32, 64), BRIGHT)], 1)).softmax(1)
        single = Released(network, one_date=True).eval()(x).softmax(1)
        cooler = Released(network, temperature=2.0).eval()(torch.randn(1, 6, 32, 32))
    assert cooler.shape == (1, 3, 32, 32)
    torch.testing.assert_close(single[:, 0], pair[:, 0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(single[:, 1], pair[:, 1:].sum(1), atol=1e-5, rtol=1e-4)


def test_water_of_either_kind_costs_nothing_where_one_of_both_is_sure() -> None:
    logits = torch.zeros(1, 3, 1, 4)
    logits[0, 1, 0, 1], logits[0, 2, 0, 2], logits[0, 0, 0, 3] = 20, 20, 20
    wanted = torch.tensor([[[3, 3, 3, 255]]])
    torch.testing.assert_close(either(logits, wanted), torch.tensor(np.log(3 / 2) / 3, dtype=torch.float32))
    plain = torch.tensor([[[0, 1, 2, 0]]])
    torch.testing.assert_close(either(logits, plain), torch.nn.functional.cross_entropy(logits, plain))


def test_calibration_error_is_the_gap_of_confidence_and_accuracy() -> None:
    sure, half = np.tile([0.95, 0.05], (100, 1)), np.tile([0.55, 0.45], (100, 1))
    truth = np.array([0] * 90 + [1] * 10 + [0] * 50 + [1] * 50)
    found = calibration_error(np.concatenate([sure, half]).astype(np.float32), truth)
    assert found == pytest.approx((0.05 + 0.05) / 2, abs=1e-6)


@pytest.mark.slow
def test_a_small_network_learns_to_map_simulated_floods(chips: list[Chip], tmp_path: Path) -> None:
    data = Data(
        (Source("simulated", chips, (0.6, 0.4), (0.4, 0.6)),),
        chips[:2],
        [],
        {"learned_from": {"simulated": len(chips)}},
    )
    recipe = Recipe(steps=(120, 60), batch=6, side=64, learning_rate=5e-3, widths=(8, 12, 16))
    (tmp_path / "work").mkdir()
    pair, single = make(data, recipe, tmp_path, QuietReport(tmp_path / "work"))
    assert (pair.dates, flood_classes(pair)) == (2, (0, 1, 2))
    assert (single.dates, flood_classes(single)) == (1, (0, 3))
    for card in (pair, single):
        folder = tmp_path / card.name
        assert is_flood_model(read_card(folder))
        assert card.metrics["calibration"]["temperature"] > 0
        given, made = read_golden(folder, card)
        np.testing.assert_allclose(OnnxRuntime(read_weights(folder, card)).run(given), made, atol=card.tolerance)
    wet = [chip for chip in chips if (chip.labels[0] > 0).mean() > 0.1][:2]
    found = judged(wet, 1, tmp_path / single.name)["model"].figures
    assert found["f1"] > 0.75, found
