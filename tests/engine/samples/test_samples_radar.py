"""The simulated backscatter against its specification."""

from dataclasses import replace

import numpy as np
import pytest

from engine.samples import CLASSES, DRY, FLOOD, LOOKALIKES, PERMANENT, Scene, Simulator, Strip
from engine.samples.classes import BARE, BUILT_UP, CROPS, FOREST, SAND_CLASS, WATER

# So many looks leave no speckle: the backscatter itself.
CLEAR = 1e7
SCENE = Scene(seed=5)


def decibels(strip: Strip) -> dict[str, np.ndarray]:
    return {date: 10 * np.log10(power) for date, power in strip.radar.items()}


@pytest.fixture(scope="module")
def speckled() -> Strip:
    return Simulator(SCENE).whole()


@pytest.fixture(scope="module")
def clear() -> Strip:
    return Simulator(replace(SCENE, looks=CLEAR)).whole()


def test_power_is_positive_and_finite(speckled: Strip) -> None:
    for power in speckled.radar.values():
        assert power.dtype == np.float32 and power.shape == (2, SCENE.height, SCENE.width)
        assert np.isfinite(power).all() and (power > 0).all()


def test_smooth_water_is_normal_with_mean_minus_19_and_deviation_2() -> None:
    strip = Simulator(replace(SCENE, looks=CLEAR, roughened=0)).whole()
    vv, vh = decibels(strip)["post"][:, strip.ground.truth != DRY]
    assert vv.mean() == pytest.approx(-19, abs=0.6)
    assert vv.std() == pytest.approx(2, abs=0.35)
    assert vh.mean() == pytest.approx(-26.5, abs=0.6)
    assert vh.std() == pytest.approx(2, abs=0.35)


def test_land_classes_keep_their_levels(clear: Strip) -> None:
    values, dry = decibels(clear)["post"], clear.ground.truth == DRY
    for index in (FOREST, BARE, SAND_CLASS, BUILT_UP, *CROPS):
        of_class = dry & (clear.ground.cover == index)
        vv, vh = (values[p][of_class].mean() for p in range(2))
        assert vv == pytest.approx(CLASSES[index].vv, abs=0.9), CLASSES[index].name
        assert vh == pytest.approx(CLASSES[index].vh, abs=0.9), CLASSES[index].name
        assert 0.5 < values[0][of_class].std() < 2.8, CLASSES[index].name


def test_lookalikes_are_within_3_db_of_water() -> None:
    for index in LOOKALIKES:
        assert abs(CLASSES[index].vv - CLASSES[WATER].vv) <= 3
    clear = Simulator(replace(SCENE, looks=CLEAR)).whole()
    values, dry = decibels(clear)["post"][0], clear.ground.truth == DRY
    alike = dry & np.isin(clear.ground.cover, LOOKALIKES)
    assert np.mean(alike) >= 0.05
    assert abs(values[alike].mean() - values[~dry].mean()) <= 3


@pytest.mark.parametrize("date", ["pre2", "pre1", "post"])
def test_a_tenth_of_the_water_is_roughened(clear: Strip, date: str) -> None:
    smooth = decibels(Simulator(replace(SCENE, looks=CLEAR, roughened=0)).whole())[date]
    water = clear.ground.truth != DRY if date == "post" else clear.ground.truth == PERMANENT
    rise = (decibels(clear)[date] - smooth)[:, water]
    assert 0.10 <= np.mean(rise[0] > 2.9) < 0.2
    assert rise[0].max() == pytest.approx(6.5, abs=0.1)
    assert rise[1].max() < 3


def test_speckle_is_gamma_with_its_looks(speckled: Strip, clear: Strip) -> None:
    factors = []
    for date, power in speckled.radar.items():
        for p in range(2):
            ratio = (power[p] / clear.radar[date][p]).astype(np.float64)
            assert ratio.mean() == pytest.approx(1, abs=0.005)
            assert 4.3 < ratio.mean() ** 2 / ratio.var() < 4.5
            factors.append(ratio.ravel())
    correlation = np.corrcoef(factors) - np.eye(len(factors))
    assert np.abs(correlation).max() < 0.01
    first = factors[0].reshape(SCENE.height, SCENE.width)
    assert abs(np.corrcoef(first[:, 1:].ravel(), first[:, :-1].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(first[1:].ravel(), first[:-1].ravel())[0, 1]) < 0.01


def test_looks_estimated_on_uniform_sand_are_between_4_and_5() -> None:
    power = Simulator(Scene(width=256, height=256, layout="sand", incidence=(37.5, 37.5))).whole().radar["post"][0]
    # Tiles of 3 pixels are smaller than the texture's grains; the median tile is one without an edge of texture.
    tiles = power[:255, :255].reshape(85, 3, 85, 3).swapaxes(1, 2).reshape(-1, 9).astype(np.float64)
    looks = (tiles.mean(axis=1) ** 2).mean() / tiles.var(axis=1, ddof=1).mean()
    assert 4 <= looks <= 5


def test_sand_scene_is_uniform_sand() -> None:
    vv, vh = decibels(Simulator(Scene(seed=1, width=512, height=512, layout="sand", looks=CLEAR)).whole())["post"]
    assert vv.mean() == pytest.approx(-20, abs=0.3)
    assert vh.mean() == pytest.approx(-28, abs=0.3)
    assert 0.5 < vv.std() < 2


@pytest.mark.parametrize(("incidence", "slope"), [((30.0, 45.0), -0.35), ((37.5, 37.5), 0.0), ((25.0, 50.0), -0.35)])
def test_water_darkens_with_incidence(incidence: tuple[float, float], slope: float) -> None:
    scene = Scene(seed=6, width=512, height=512, layout="blocks", water=0.9, roughened=0, incidence=incidence)
    strip = Simulator(scene).whole()
    water = strip.ground.truth != DRY
    columns = np.broadcast_to(np.linspace(0, 1, scene.width), water.shape)[water]
    change = np.polyfit(columns, decibels(strip)["post"][0][water], 1)[0]
    assert change == pytest.approx(slope * (incidence[1] - incidence[0]), abs=0.5)


def test_shift_moves_all_backscatter() -> None:
    scene = Scene(seed=6, width=128, height=128)
    moved, still = (decibels(Simulator(replace(scene, shift_db=shift)).whole())["post"] for shift in (3.0, 0.0))
    assert np.allclose(moved - still, 3, atol=1e-3)


def test_the_flood_is_what_is_water_after_and_was_not_before(clear: Strip) -> None:
    values, truth = decibels(clear), clear.ground.truth
    for p in range(2):
        change = values["post"][p] - np.maximum(values["pre1"][p], values["pre2"][p])
        land = ~np.isin(clear.ground.cover, LOOKALIKES)
        assert np.median(change[(truth == FLOOD) & land]) < -5
        # Fields change a little between dates; nothing that stayed dry falls as far as to water.
        assert np.mean(change[truth == DRY] < -4) < 0.02
        assert values["pre1"][p][truth == PERMANENT].mean() < (-17, -25)[p]
        assert values["pre1"][p][(truth == FLOOD) & land].mean() > (-13, -20)[p]


def test_fields_change_between_dates_without_a_flood(clear: Strip) -> None:
    values, fields = decibels(clear), np.isin(clear.ground.cover, CROPS) & (clear.ground.truth == DRY)
    for one, other in (("pre2", "pre1"), ("pre1", "post")):
        change = (values[other] - values[one])[0][fields]
        assert 0.02 < np.mean(np.abs(change) > 2) < 0.3
        assert np.abs(change).max() > 3
