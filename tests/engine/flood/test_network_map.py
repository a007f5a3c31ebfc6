"""Flood maps by networks: what they see, what is made of it, and what they cannot be asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from command import Done
from constructed import AFTER, BEFORE, KINDS, LAKE, backscatter, boxes, write
from linear_networks import put_pair, put_single
from model_cards import make_card, put_model

from engine.cards.card import ClassSpec
from engine.cards.floods import recommended_for
from engine.errors import Cancelled, InputError
from engine.flood.mapping import map_flood
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest
from engine.jobs.result import Result

OUTPUTS = {"mask": "flood.tif", "report": "report.json", "confidence": "confidence.tif", "polygons": "flood.gpkg"}


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "single"
    put_single(folder)
    return folder


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "pair"
    put_pair(folder)
    return folder


@pytest.fixture
def dates(tmp_path: Path) -> tuple[str, str]:
    """The image after the flood and the one before it."""
    return tuple(
        write(tmp_path / f"{name}.tif", backscatter(wet, seed), names=("VV", "VH"))
        for seed, (name, wet) in enumerate({"post": AFTER, "pre": BEFORE}.items())
    )


def mapped(folder: Path, model: Path, post: str, *pre: str, report: QuietReport | None = None, **fields: Any) -> Result:
    outputs = {name: str(folder / file) for name, file in OUTPUTS.items()}
    request = FloodRequest((post,), tuple((path,) for path in pre), model=str(model), **{**outputs, **fields})
    work = folder / "checkpoints"
    work.mkdir(exist_ok=True)
    return map_flood(request, report or QuietReport(work))


def raster(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        return file.read(1)


def test_a_pair_of_dates_shows_flood_and_permanent_water(tmp_path: Path, pair: Path, dates: tuple[str, str]) -> None:
    result = mapped(tmp_path, pair, *dates)
    np.testing.assert_array_equal(raster(tmp_path / "flood.tif"), KINDS)
    confidence = raster(tmp_path / "confidence.tif")
    assert np.median(confidence) >= 85
    assert confidence.max() <= 100
    assert result.summary["model"] == "Sums"
    assert result.summary["areas"]["flood"]["pixels"] == (KINDS == 2).sum()
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["method"] == "network: Sums"
    assert told["card"]["sha256"]
    with rasterio.open(tmp_path / "flood.tif") as file:
        assert file.tags()["MODEL"] == "Sums"


def test_one_date_shows_water_of_unknown_kind_with_its_probability(tmp_path: Path, single: Path) -> None:
    values = backscatter(AFTER)
    post = write(tmp_path / "post.tif", values, names=("VV", "VH"))
    mapped(tmp_path, single, post, min_area_ha=0.0)
    found, confidence = raster(tmp_path / "flood.tif"), raster(tmp_path / "confidence.tif")
    np.testing.assert_array_equal(found, np.where(AFTER, 3, 0))
    score = -0.5 * (values[0] + 14 + values[1] + 20)
    water = 1 / (1 + np.exp(-score.astype(float)))
    np.testing.assert_allclose(confidence, 100 * np.where(AFTER, water, 1 - water), atol=0.51)


def test_what_was_not_observed_stays_unobserved_and_small_patches_go(tmp_path: Path, single: Path) -> None:
    values = backscatter(boxes((10, 10, 60, 60), (100, 100, 3, 3)))
    values[:, 30:40, 30:40] = np.nan
    values[1, 120:130, 20:30] = np.nan  # in one polarisation alone
    post = write(tmp_path / "post.tif", values, names=("VV", "VH"), nodata=np.nan)
    mapped(tmp_path, single, post)
    wanted = np.where(boxes((10, 10, 60, 60)), 3, 0)
    wanted[30:40, 30:40] = wanted[120:130, 20:30] = 255
    np.testing.assert_array_equal(raster(tmp_path / "flood.tif"), wanted)


def test_water_where_the_date_before_saw_nothing_is_of_unknown_kind(tmp_path: Path, pair: Path) -> None:
    before = backscatter(BEFORE, 1)
    before[:, 20:80, 120:150] = np.nan  # half of the flooded box
    post = write(tmp_path / "post.tif", backscatter(AFTER), names=("VV", "VH"))
    pre = write(tmp_path / "pre.tif", before, names=("VV", "VH"), nodata=np.nan)
    result = mapped(tmp_path, pair, post, pre)
    found = raster(tmp_path / "flood.tif")
    assert (found[20:80, 150:180] == 2).all()
    assert set(np.unique(found[20:80, 120:150])) <= {0, 3}  # what the network makes of one date is its own affair
    assert not (found[20:80, 120:150] == 2).any()
    assert any("class 3" in warning for warning in result.summary["warnings"]) == bool((found == 3).any())


def test_layers_have_their_say(tmp_path: Path, single: Path) -> None:
    post = write(tmp_path / "post.tif", backscatter(AFTER), names=("VV", "VH"))
    known = write(tmp_path / "known.tif", boxes(LAKE).astype(np.uint8))
    hand = write(tmp_path / "hand.tif", np.where(boxes((20, 150, 60, 30)), 40, 1).astype(np.float32))
    mapped(tmp_path, single, post, permanent_water=known, hand=hand)
    wanted = KINDS.copy()
    wanted[20:80, 150:180] = 0  # 40 m above the river
    np.testing.assert_array_equal(raster(tmp_path / "flood.tif"), wanted)


def test_an_area_gets_the_map_that_the_whole_image_gets_there(
    tmp_path: Path, pair: Path, dates: tuple[str, str]
) -> None:
    with rasterio.open(dates[0]) as file:
        left, top = file.transform @ (25, 30)
        right, bottom = file.transform @ (160, 100)
    aoi = {
        "type": "Polygon",
        "coordinates": [[[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]],
        "crs": {"type": "name", "properties": {"name": "EPSG:32633"}},
    }
    path = tmp_path / "aoi.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": aoi.pop("crs"), "features": [
        {"type": "Feature", "properties": {}, "geometry": aoi}]}))  # fmt: skip
    mapped(tmp_path, pair, *dates, aoi=str(path))
    np.testing.assert_array_equal(raster(tmp_path / "flood.tif"), KINDS[30:100, 25:160])


def test_pictures_are_told_to_the_network_and_need_one_that_knows_them(tmp_path: Path, single: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 4, AFTER.shape)
    grey = (np.where(AFTER, 20, 160) + noise).astype(np.uint8)  # about -22.6 and -6.2 dB
    post = write(tmp_path / "post.tif", grey)
    mapped(tmp_path, single, post)
    np.testing.assert_array_equal(raster(tmp_path / "flood.tif"), np.where(AFTER, 3, 0))
    put_single(tmp_path / "plain", flags=False)
    with pytest.raises(InputError, match="needs backscatter, and the images are 8-bit pictures") as caught:
        mapped(tmp_path, tmp_path / "plain", post)
    assert caught.value.field == "model"


class Breaking(QuietReport):
    """Ends the job after so many of its questions."""

    def __init__(self, checkpoints: Path, left: int) -> None:
        super().__init__(checkpoints)
        self.left = left

    def check_cancelled(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled("Cancelled.")


@pytest.mark.parametrize("left", [2, 6, 10, 14])
def test_a_job_that_was_broken_off_goes_on_to_the_same_map(
    tmp_path: Path, pair: Path, dates: tuple[str, str], left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.segmentation.predicting.CHECKPOINT_S", 0.0)
    work = tmp_path / "checkpoints"
    work.mkdir()
    with pytest.raises(Cancelled):
        mapped(tmp_path, pair, *dates, report=Breaking(work, left))
    assert not (tmp_path / "flood.tif").exists()
    mapped(tmp_path, pair, *dates)
    np.testing.assert_array_equal(raster(tmp_path / "flood.tif"), KINDS)


def refused(tmp_path: Path, model: Path, *images: str, **fields: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        mapped(tmp_path, model, *images, **fields)
    assert not (tmp_path / "flood.tif").exists()
    return caught.value


def test_a_model_that_fits_not_is_refused_in_a_sentence(
    tmp_path: Path, pair: Path, single: Path, dates: tuple[str, str]
) -> None:
    error = refused(tmp_path, pair, dates[0])
    assert (error.field, str(error)) == (
        "pre",
        "The model Sums compares images of 2 dates, and 1 is given; give a date from before the flood, or choose a "
        "model of fewer dates.",
    )
    put_model(tmp_path / "cover", make_card())
    error = refused(tmp_path, tmp_path / "cover", dates[0])
    assert error.field == "model"
    assert "maps other classes (field, forest) than dry, permanent water, flood or water" in str(error)
    put_model(
        tmp_path / "optical", make_card(classes=(ClassSpec(0, "dry", "#000000"), ClassSpec(1, "water", "#0000ff")))
    )
    error = refused(tmp_path, tmp_path / "optical", dates[0])
    assert (error.field, "needs B04 in reflectance" in str(error)) == ("model", True)
    cross = write(tmp_path / "vh.tif", backscatter(AFTER)[1], names=("VH",))
    error = refused(tmp_path, single, cross)
    assert (error.field, "needs VV, which not all images have" in str(error)) == ("model", True)


def test_vv_alone_does_for_a_network_that_was_told(tmp_path: Path, single: Path) -> None:
    post = write(tmp_path / "vv.tif", backscatter(AFTER)[0], names=("VV",))
    mapped(tmp_path, single, post)
    np.testing.assert_array_equal(raster(tmp_path / "flood.tif"), np.where(AFTER, 3, 0))


def test_a_network_that_was_no_better_says_so(tmp_path: Path, dates: tuple[str, str]) -> None:
    row = {"measure": "F1", "model": 0.5, "weights_free": 0.6, "recommended": False}
    card = put_single(tmp_path / "model", metrics={"inputs": {"dB images": row}})
    assert recommended_for(card) == {"dB images": False}
    result = mapped(tmp_path, tmp_path / "model", dates[0])
    assert any("no better than the map without a network" in warning for warning in result.summary["warnings"])


def test_the_command_takes_a_model(
    tmp_path: Path, pair: Path, dates: tuple[str, str], geofm: Callable[..., Done]
) -> None:
    done = geofm("flood", "--post", dates[0], "--pre", dates[1], "--model", pair, "--out", tmp_path / "out")
    assert done.status == 0, done.err
    assert "by Sums" in done.out + done.err
    np.testing.assert_array_equal(raster(tmp_path / "out" / "flood.tif"), KINDS)
    done = geofm("flood", "--post", dates[0], "--model", "no-such", "--out", tmp_path / "none")
    assert done.status
    assert "There is no model 'no-such'" in done.err
