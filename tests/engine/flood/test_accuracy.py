"""How good the maps are: each bar beside what trivial methods reach on the same pixels."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from maps import classes_of, decibels, f1, iou, simulate, water
from scipy import ndimage
from skimage.filters import threshold_otsu

from engine.samples import FLOOD, Scene, bayes_iou

pytestmark = pytest.mark.slow

Say = Callable[[str], None]


def otsu_water(post: np.ndarray) -> np.ndarray:
    """The baseline: one global Otsu threshold on VV."""
    return post[0] < threshold_otsu(post[0])


@pytest.mark.parametrize("seed", [20, 21, 22])
def test_two_dates_of_a_simulated_flood(seed: int, say: Say) -> None:
    strip = simulate(Scene(seed=seed))
    truth = strip.ground.truth == FLOOD
    post = decibels(strip)
    found = classes_of(post, [decibels(strip, "pre1"), decibels(strip, "pre2")]) == FLOOD
    score = f1(found, truth)
    all_water, otsu = f1(np.ones_like(truth), truth), f1(otsu_water(post), truth)
    say(f"seed {seed}: F1 of flood {score:.3f} (all water {all_water:.3f}, one global Otsu {otsu:.3f})")
    assert score >= 0.93


@pytest.mark.parametrize(
    "scene",
    [
        Scene(seed=20),
        Scene(seed=21),
        Scene(seed=23, water=0.6),
        Scene(seed=23, water=0.9),
        Scene(seed=29, incidence=(29, 46)),
    ],
    ids=["seed 20", "seed 21", "60 % water", "90 % water", "steeper trend"],
)
def test_one_date_comes_near_to_or_beats_the_best_classifier_of_single_pixels(scene: Scene, say: Say) -> None:
    strip = simulate(scene)
    truth = strip.ground.truth > 0
    post = decibels(strip)
    score, best = iou(water(classes_of(post)), truth), bayes_iou(scene)
    all_water, otsu = float(truth.mean()), iou(otsu_water(post), truth)
    say(f"IoU {score:.3f}, best per pixel {best:.3f} (all water {all_water:.3f}, one global Otsu {otsu:.3f})")
    assert score >= best - 0.05


@pytest.mark.parametrize("shift", [-3.0, 3.0])
def test_a_wrong_calibration_costs_little(shift: float, say: Say) -> None:
    strip = simulate(Scene(seed=21))
    truth = strip.ground.truth > 0
    post = decibels(strip)
    right, wrong = (iou(water(classes_of(image)), truth) for image in (post, post + np.float32(shift)))
    say(f"{shift:+.0f} dB: IoU {wrong:.3f} instead of {right:.3f}")
    assert wrong >= right - 0.02


@pytest.mark.parametrize(
    "scene",
    [
        Scene(seed=25, water=0),
        Scene(seed=26, water=0),
        Scene(seed=27, water=0),
        Scene(seed=21, water=0, layout="sand"),
    ],
    ids=["fields 25", "fields 26", "fields 27", "sand"],
)
def test_dry_land_stays_dry(scene: Scene, say: Say) -> None:
    strip = simulate(scene)
    assert not strip.ground.truth.any()
    post = decibels(strip)
    one = float(water(classes_of(post)).mean())
    three = float((classes_of(post, [decibels(strip, "pre1"), decibels(strip, "pre2")]) == FLOOD).mean())
    otsu = float(otsu_water(post).mean())
    say(f"called water: {one:.2%}; called flood with dates before: {three:.2%} (one global Otsu {otsu:.2%})")
    assert one <= 0.01
    assert three <= 0.01


MOSAICS = [(0.02, 0.55), (0.1, 0.8), (0.6, 0.9), (0.9, 0.85)]


@pytest.mark.parametrize("seed", [24, 25])
@pytest.mark.parametrize(("share", "least"), MOSAICS)
def test_mosaics_of_simulated_blocks(share: float, least: float, seed: int, say: Say) -> None:
    # Without the trend of a whole swath, which would change water by 5 dB over these 5 km.
    level = {"incidence": (37.5, 37.5), "lookalikes": 0.0, "roughened": 0.0}
    scene = Scene(seed=seed, width=512, height=512, water=share, layout="blocks", **level)
    strip = simulate(scene)
    truth = strip.ground.truth > 0
    post = decibels(strip)
    score, otsu = iou(water(classes_of(post)), truth), iou(otsu_water(post), truth)
    say(f"{share:.0%} water: IoU {score:.3f} (all water {truth.mean():.3f}, one global Otsu {otsu:.3f})")
    assert score >= least


@pytest.mark.parametrize("shift", [0.0, -3.0, 3.0])
@pytest.mark.parametrize(("share", "least"), MOSAICS)
def test_mosaics_of_real_blocks(share: float, least: float, shift: float, data: Path, say: Say) -> None:
    mosaic, truth = harvey_mosaic(data, share)
    post = mosaic + np.float32(shift)
    score, otsu = iou(water(classes_of(post)), truth), iou(otsu_water(post), truth)
    say(
        f"{share:.0%} water, {shift:+.0f} dB: IoU {score:.3f}"
        f" (all water {truth.mean():.3f}, one global Otsu {otsu:.3f})"
    )
    assert score >= least


def test_the_lake_and_the_river_of_the_harvey_image(data: Path, say: Say) -> None:
    post = harvey(data)
    # The lake is the one large dark body in VH, 11 dB below land: any threshold between finds it.
    labels, _ = ndimage.label(ndimage.median_filter(post[1], 9) < -21)
    lake = labels == np.bincount(labels[labels > 0]).argmax()
    found = water(classes_of(post))
    say(f"lake: recall {found[lake].mean():.3f}, IoU {iou(found, lake):.3f}")
    assert iou(found, lake) >= 0.95
    # The mouth of the river in the west.
    assert found[180:205, 70:125].mean() > 0.5


# IoU of the best thresholds that the label itself chooses: 0.79, 0.89, 1.00, 0.78, 0.88.
CHIPS = {"India_900498": 0.75, "Nigeria_812045": 0.85, "Sri-Lanka_534068": 0.98, "jja10": 0.6, "pxs10": 0.85}


@pytest.mark.parametrize(("name", "least"), CHIPS.items())
def test_labelled_chips_calm_and_roughened_by_wind(name: str, least: float, data: Path, say: Say) -> None:
    post, truth, seen = labelled_chip(data, name)
    wet = water(classes_of(post))
    score, otsu = iou(wet & seen, truth & seen), iou(otsu_water(np.nan_to_num(post)) & seen, truth & seen)
    say(f"{name}: IoU {score:.3f} (all water {truth[seen].mean():.3f}, one global Otsu {otsu:.3f})")
    assert score >= least


def test_a_view_of_open_water_under_wind_is_water_and_dry_sand_is_not(data: Path, say: Say) -> None:
    post, truth, seen = labelled_chip(data, "Sri-Lanka_534068")
    post = np.where(truth & seen, post, np.nan).astype(np.float32)  # water alone
    share = float(water(classes_of(post))[truth & seen].mean())
    say(f"mapped as water {share:.3f}")
    assert share >= 0.9


def labelled_chip(data: Path, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """VV and VH in dB, where the label says water, and where both say anything."""
    if name.islower():
        parts = [read_grey(data / f"flood/c2s_drivendata/{name}_{part}.tif")[0] for part in ("vv", "vh", "label")]
        post, label = np.stack(parts[:2]).astype(np.float32), parts[2]
        post[:, (post == 0).any(axis=0)] = np.nan
    else:
        folder = data / "flood/sen1floods11_hand"
        post = read_grey(folder / f"S1Hand/{name}_S1Hand.tif")
        label = read_grey(folder / f"LabelHand/{name}_LabelHand.tif")[0]
    return post, label == 1, np.isfinite(post).all(axis=0) & (label != 255) & (label >= 0)


def test_pairs_of_8_bit_display_products(data: Path, say: Say) -> None:
    """Every eighth of 624."""
    counts = {"map": np.zeros(3, np.int64), "all water": np.zeros(3, np.int64), "otsu": np.zeros(3, np.int64)}
    for path in sorted((data / "flood/ombria_s1/train/mask").glob("*.png"))[::8]:
        after, before, mask = (read_grey(path.parents[1] / kind / path.name) for kind in ("after", "before", "mask"))
        truth = mask[0] > 0
        found = {
            "map": water(classes_of(after, [before])),
            "all water": np.ones_like(truth),
            "otsu": otsu_water(after),
        }
        for name, wet in found.items():
            counts[name] += [(wet & truth).sum(), (wet & ~truth).sum(), (~wet & truth).sum()]
    pooled = {name: 2 * hits / (2 * hits + alarms + misses) for name, (hits, alarms, misses) in counts.items()}
    say(f"pooled F1 of water {pooled['map']:.3f} (all water {pooled['all water']:.3f}, Otsu {pooled['otsu']:.3f})")
    assert pooled["map"] >= 0.6


def harvey(data: Path) -> np.ndarray:
    with rasterio.open(data / "flood/harvey/harvey_crop.tif") as file:
        return file.read()


def read_grey(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        return file.read()


@functools.cache
def harvey_mosaic(data: Path, share: float, *, size: int = 512, block: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Blocks of real water and land pixels in random places: backscatter in dB [2, H, W] and the truth."""
    rng = np.random.default_rng(0)
    image = harvey(data)
    vv, vh = (ndimage.median_filter(band, 9) for band in image)
    wet, land = (vv < -20) & (vh < -27), vv > -12
    truth = np.kron(rng.random((size // block,) * 2) < share, np.ones((block, block), bool))
    # So little of the image is that dark that pixels, not whole blocks, are drawn for water.
    pool = image[:, wet]
    mosaic = pool[:, rng.integers(pool.shape[1], size=(size, size))]
    half = block // 2
    rows, columns = np.nonzero(ndimage.uniform_filter(land.astype(float), block) > 0.9)
    inside = (np.minimum(rows, columns) >= half) & (np.maximum(rows, columns) < 512 - half)
    rows, columns = rows[inside], columns[inside]
    for top in range(0, size, block):
        for left in range(0, size, block):
            if not truth[top, left]:
                pick = rng.integers(rows.size)
                row, column = rows[pick] - half, columns[pick] - half
                mosaic[:, top : top + block, left : left + block] = image[:, row : row + block, column : column + block]
    return mosaic.astype(np.float32), truth
