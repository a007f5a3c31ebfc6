"""Thresholds chosen by hand: what they do to the map, what is said of them, and where they are refused."""

from __future__ import annotations

import numpy as np
import pytest
from constructed import AFTER, BEFORE, FLOODED, KINDS, LAKE, SHAPE, Bench, backscatter, boxes, image

from engine.errors import GeoFMError
from engine.flood.classes import DRY, FLOOD
from engine.jobs.requests import FloodRequest

FAINT = (110, 20, 60, 60)  # a patch between land and water, which no rule takes for water
GREY = (-12.5, -18.5)


@pytest.fixture
def faint() -> np.ndarray:
    """Water, land, and the faint patch."""
    picture = backscatter(AFTER)
    row, column, height, width = FAINT
    patch = backscatter(boxes()[:height, :width], seed=5) - np.float32([[[-8.0]], [[-14.5]]])
    picture[:, row : row + height, column : column + width] = patch + np.float32(GREY)[:, None, None]
    return picture


def chosen(bench: Bench) -> dict[str, float]:
    bands = bench.report["thresholds"]["after"]["polarisations"]
    return {f"{name.lower()}_threshold_db": values["threshold_db"] for name, values in bands.items()}


def test_the_thresholds_that_were_found_give_the_same_map(bench: Bench, faint: np.ndarray) -> None:
    before = backscatter(BEFORE, seed=1)
    found = bench.map(faint, before)
    again = bench.map(faint, before, **chosen(bench))
    np.testing.assert_array_equal(again, found)
    assert (found[boxes(FAINT)] == DRY).all()


def test_brighter_ones_take_in_what_was_too_bright_and_the_report_says_so(bench: Bench, faint: np.ndarray) -> None:
    before = backscatter(BEFORE, seed=1)
    bench.map(faint, before)
    found = chosen(bench)
    moved = {name: value + 6 for name, value in found.items()}
    classes = bench.map(faint, before, **moved)
    assert (classes[boxes(FAINT)] == FLOOD).mean() > 0.99
    outside = ~boxes(FAINT)
    assert (classes[outside] == KINDS[outside]).mean() > 0.99
    after = bench.report["thresholds"]["after"]
    assert (after["source"], after["fixed"]) == ("chosen by hand", False)
    assert after["polarisations"]["VV"]["found_db"] == found["vv_threshold_db"]
    assert bench.warned(f"Thresholds chosen by hand: VV {moved['vv_threshold_db']:.1f} dB (found: ")
    assert bench.report["thresholds"]["before"]["source"] == "own tiles"


def test_darker_ones_leave_out_what_is_not_dark_enough(bench: Bench) -> None:
    picture = backscatter(AFTER)
    picture[:, boxes(FLOODED)] += 4
    assert bench.map(picture)[boxes(FLOODED)].all()
    low = {"vv_threshold_db": -17.5, "vh_threshold_db": -25.0}
    classes = bench.map(picture, **low)
    assert not classes[boxes(FLOODED)].any() and (classes[boxes(LAKE)] > 0).mean() > 0.99


def test_where_nothing_is_found_they_find_water(bench: Bench) -> None:
    dark = backscatter(np.ones(SHAPE, bool))
    assert not bench.map(dark).any()
    assert bench.map(dark, vv_threshold_db=-12.0, vh_threshold_db=-20.0).all()
    assert not bench.warned("fixed thresholds")


def test_one_for_a_polarisation_that_is_not_there_is_refused(bench: Bench) -> None:
    with pytest.raises(GeoFMError, match="chosen for VH, but all that the images share is VV") as error:
        bench.map(image(bench.folder / "vv.tif", backscatter(AFTER, bands=(0,)), ("VV",)), vh_threshold_db=-20.0)
    assert error.value.field == "vh_threshold_db"


def test_a_network_takes_none() -> None:
    with pytest.raises(GeoFMError, match="knows no thresholds in dB"):
        FloodRequest(("a.tif",), mask="/m.tif", model="geofm-flood-single", vv_threshold_db=-17.5)
    FloodRequest(("a.tif",), mask="/m.tif", model="geofm-flood-single", compare_with="thresholds", vv_threshold_db=-17)


@pytest.mark.parametrize("value", [-60.0, 20.0, float("nan")])
def test_one_out_of_all_reach_is_refused(value: float) -> None:
    with pytest.raises(GeoFMError, match=r"give decibels, -45\.0 to 10\.0"):
        FloodRequest(post=("a.tif",), vv_threshold_db=value)
