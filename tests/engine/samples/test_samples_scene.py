"""The simulated ground: the same pixels however they are asked for, and the shares that a scene promises."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.samples import CLASSES, DRY, FLOOD, LOOKALIKES, PERMANENT, Scene, Simulator, Strip, bayes_iou
from engine.samples.classes import SAND_CLASS, WATER
from engine.samples.noise import Noise
from engine.samples.simulator import BLOCK_ROWS

SMALL = Scene(seed=3, width=90, height=100)


def same(one: Strip, other: Strip) -> bool:
    names = ("dem", "truth", "cover", "parcel")
    return (
        all(np.array_equal(getattr(one.ground, name), getattr(other.ground, name)) for name in names)
        and all(np.array_equal(one.radar[date], other.radar[date]) for date in ("pre2", "pre1", "post"))
        and np.array_equal(one.optical, other.optical)
    )


def test_seed_settles_every_pixel() -> None:
    one, again = (Simulator(SMALL, optical=True).whole() for _ in range(2))
    other = Simulator(Scene(seed=4, width=90, height=100)).whole()
    assert same(one, again)
    assert not np.array_equal(one.ground.truth, other.ground.truth)
    assert np.mean(one.radar["post"] == other.radar["post"]) < 0.01


@settings(max_examples=15, deadline=None)
@given(start=st.integers(0, SMALL.height - 1), rows=st.integers(1, SMALL.height))
def test_any_rows_are_those_of_the_whole_scene(start: int, rows: int) -> None:
    simulator = Simulator(SMALL, optical=True)
    whole = simulator.whole()
    stop = min(start + rows, SMALL.height)
    part = simulator.rows(start, stop)
    assert part.row == start
    for name in ("dem", "truth", "cover", "parcel"):
        assert np.array_equal(getattr(part.ground, name), getattr(whole.ground, name)[start:stop])
    for date, power in part.radar.items():
        assert np.array_equal(power, whole.radar[date][:, start:stop])
    assert part.optical is not None and whole.optical is not None
    assert np.array_equal(part.optical, whole.optical[:, start:stop])


def test_blocks_in_any_order_make_up_the_scene() -> None:
    simulator = Simulator(SMALL)
    truth = Simulator(SMALL).whole().ground.truth
    for index in reversed(range(simulator.blocks)):
        strip = simulator.block(index)
        assert np.array_equal(strip.ground.truth, truth[strip.row : strip.row + BLOCK_ROWS])
    assert sum(strip.ground.truth.shape[0] for strip in simulator) == SMALL.height


def test_memory_is_bounded_by_rows_not_by_height() -> None:
    def peak(height: int) -> int:
        simulator = Simulator(Scene(width=512, height=height))
        tracemalloc.start()
        for _ in simulator:
            pass
        result = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return result

    assert peak(1024) < 1.2 * peak(256)


@pytest.mark.parametrize("water", [0.02, 0.1, 0.25, 0.6, 0.9])
@pytest.mark.parametrize("seed", [1, 12])
def test_water_covers_its_share(water: float, seed: int) -> None:
    truth = Simulator(Scene(seed=seed, width=512, height=512, water=water)).whole().ground.truth
    assert np.mean(truth != DRY) == pytest.approx(water, abs=0.003)
    assert np.mean(truth == PERMANENT) == pytest.approx(0.3 * water, abs=0.003)


def test_permanent_share_may_be_none_or_all() -> None:
    for share in (0.0, 1.0):
        truth = Simulator(Scene(width=256, height=256, permanent_share=share)).whole().ground.truth
        assert np.mean(truth == PERMANENT) == pytest.approx(0.25 * share, abs=0.003)
        assert np.mean(truth == FLOOD) == pytest.approx(0.25 * (1 - share), abs=0.003)


@pytest.mark.parametrize("scene", [Scene(seed=9, width=256, height=256, water=0), Scene(layout="sand", height=128)])
def test_dry_scenes_have_no_water(scene: Scene) -> None:
    ground = Simulator(scene).whole().ground
    assert not ground.truth.any()
    assert not (ground.cover == WATER).any()
    if scene.layout == "sand":
        assert (ground.cover == SAND_CLASS).all()


@pytest.mark.parametrize("water", [0.02, 0.6])
def test_mosaic_sets_water_into_whole_squares(water: float) -> None:
    truth = Simulator(Scene(width=512, height=512, water=water, layout="blocks")).whole().ground.truth
    squares = truth.reshape(32, 16, 32, 16)
    assert (squares == squares[:, :1, :, :1]).all()
    assert np.mean(truth != DRY) == pytest.approx(water, abs=0.05)


def test_permanent_water_is_the_water_class_and_the_flood_lies_low() -> None:
    ground = Simulator(Scene(seed=2, width=512, height=512)).whole().ground
    assert np.array_equal(ground.cover == WATER, ground.truth == PERMANENT)
    # The river falls to the east, so heights are compared within columns.
    relative = ground.dem - np.median(ground.dem[:, :], axis=0)
    assert relative[ground.truth == FLOOD].mean() < relative[ground.truth == DRY].mean() - 2


def test_every_class_is_there_and_lookalikes_cover_a_twentieth() -> None:
    for seed in (0, 1, 2):
        ground = Simulator(Scene(seed=seed)).whole().ground
        assert set(np.unique(ground.cover)) == set(range(len(CLASSES)))
        dry = ground.truth == DRY
        assert np.mean(np.isin(ground.cover, LOOKALIKES) & dry) >= 0.05


def test_without_lookalikes_there_are_none() -> None:
    cover = Simulator(Scene(width=256, height=256, lookalikes=0)).whole().ground.cover
    assert not np.isin(cover, LOOKALIKES).any()


def test_best_single_pixel_classifier_has_room_above_it(capsys: pytest.CaptureFixture[str]) -> None:
    best = bayes_iou(Scene())
    with capsys.disabled():
        print(f"\nBest per-pixel IoU of water on the default simulated scene: {best:.3f} (all water: 0.250)")
    assert 0.6 < best <= 0.85


def test_noise_has_unit_variance_and_exact_slopes() -> None:
    noise = Noise(1, "test", 7.0, 2)
    positions = np.arange(600, dtype=np.float32)
    field = noise(positions, positions)
    assert field.mean() == pytest.approx(0, abs=0.05)
    assert field.std() == pytest.approx(1, abs=0.05)
    step = np.float32(0.05)
    for slope, moved in (("rows", noise(positions + step, positions)), ("columns", noise(positions, positions + step))):
        middle = noise(positions + step / 2 * (slope == "rows"), positions + step / 2 * (slope == "columns"), slope)
        assert np.allclose((moved - field) / step, middle, atol=2e-3)


@pytest.mark.parametrize(
    ("values", "name"),
    [({"seed": -1}, "seed"), ({"width": 8}, "pixels"), ({"water": 1.5}, "water"), ({"layout": "sea"}, "layout"),
     ({"looks": 0.0}, "looks")],
)  # fmt: skip
def test_impossible_scenes_are_refused(values: dict[str, object], name: str) -> None:
    with pytest.raises(RequestError, match=name):
        Scene(**values)  # type: ignore[arg-type]
