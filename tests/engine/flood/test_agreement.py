"""Two methods map one flood: where both have it, one alone, the other alone, and how much ground that is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from constructed import AFTER, BEFORE, KINDS, Bench, backscatter, image
from linear_networks import put_pair

from engine.cards.classes import NODATA
from engine.errors import RequestError
from engine.flood.agreement import BOTH, FIRST, NEITHER, SECOND, agreement, compare_maps
from engine.flood.classes import DRY, FLOOD, PERMANENT, UNKNOWN
from engine.flood.mapping import map_flood
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest
from engine.mapping import MapArea
from engine.raster.grid import Grid


def test_each_pixel_of_two_maps() -> None:
    first = np.array([[DRY, FLOOD, FLOOD, DRY, NODATA, PERMANENT]], np.uint8)
    second = np.array([[DRY, FLOOD, DRY, FLOOD, FLOOD, FLOOD]], np.uint8)
    np.testing.assert_array_equal(agreement(first, second, (FLOOD,)), [[NEITHER, BOTH, FIRST, SECOND, NODATA, SECOND]])


@pytest.fixture
def maps(bench: Bench) -> tuple[Path, Path]:
    """Of one flood: with the date before, and with a wider flood."""
    bench.map(backscatter(AFTER), backscatter(BEFORE, 1))
    first = bench.folder / "first.tif"
    (bench.folder / "flood.tif").rename(first)
    wider = AFTER.copy()
    wider[90:110, 120:180] = True
    bench.map(backscatter(wider), backscatter(BEFORE, 1))
    return first, bench.folder / "flood.tif"


def test_the_areas_are_those_of_the_raster(maps: tuple[Path, Path], tmp_path: Path) -> None:
    with rasterio.open(maps[0]) as file:
        area = MapArea.of(Grid(file.crs, file.transform, file.width, file.height), None)
        classes = file.read(1)
    with rasterio.open(maps[1]) as file:
        other = file.read(1)
    path = tmp_path / "agreement.tif"
    told = compare_maps(maps, ("A", "B"), path, area, {})
    with rasterio.open(path) as file:
        values = file.read(1)
    np.testing.assert_array_equal(values == BOTH, (classes == FLOOD) & (other == FLOOD))
    np.testing.assert_array_equal(values == SECOND, (classes != FLOOD) & (other == FLOOD))
    assert told["of"] == "flood" and told["methods"] == ["A", "B"]
    pixels = {item["class_id"]: item["pixels"] for item in told["areas"].values()}
    assert pixels[BOTH] == (KINDS == FLOOD).sum() and pixels[SECOND] == 20 * 60 and pixels[FIRST] == 0
    areas = {item["class_id"]: item["km2"] for item in told["areas"].values()}
    assert areas[SECOND] == pytest.approx(20 * 60 * 1e-4, rel=2e-3)
    assert told["iou"] == pytest.approx(pixels[BOTH] / (pixels[BOTH] + pixels[SECOND]), abs=1e-6)
    assert [item["name"] for item in told["classes"]] == ["flood by both", "flood by A alone", "flood by B alone"]


def test_water_is_compared_where_a_map_cannot_tell_its_kind(bench: Bench, tmp_path: Path) -> None:
    bench.map(backscatter(AFTER), backscatter(BEFORE, 1))
    first = bench.folder / "first.tif"
    (bench.folder / "flood.tif").rename(first)
    classes = bench.map(backscatter(AFTER))
    assert (classes == UNKNOWN).any()
    with rasterio.open(first) as file:
        area = MapArea.of(Grid(file.crs, file.transform, file.width, file.height), None)
    told = compare_maps((first, bench.folder / "flood.tif"), ("A", "B"), None, area, {})
    assert told["of"] == "water"
    pixels = {item["class_id"]: item["pixels"] for item in told["areas"].values()}
    assert pixels[BOTH] == AFTER.sum() and pixels[FIRST] == pixels[SECOND] == 0


def test_one_method_is_not_compared_with_itself(tmp_path: Path) -> None:
    for fields in ({"compare_with": "thresholds"}, {"model": "m", "compare_with": "m"}):
        with pytest.raises(RequestError, match=r"compare_with .* the method itself; choose another") as error:
            FloodRequest(("a.tif",), mask=str(tmp_path / "m.tif"), **fields)
        assert error.value.field == "compare_with"
    with pytest.raises(RequestError, match="agreement has nothing to compare"):
        FloodRequest(("a.tif",), mask=str(tmp_path / "m.tif"), agreement=str(tmp_path / "a.tif"))


@pytest.fixture
def network(tmp_path: Path) -> Path:
    put_pair(tmp_path / "pair", title="Sums")
    return tmp_path / "pair"


class TestOfTwoMethods:
    def test_a_network_beside_the_thresholds(self, bench: Bench, network: Path, tmp_path: Path) -> None:
        path = tmp_path / "agreement.tif"
        classes = bench.map(
            backscatter(AFTER),
            backscatter(BEFORE, 1),
            model=str(network),
            compare_with="thresholds",
            agreement=str(path),
        )
        told = bench.report["agreement"]
        assert told["methods"] == ["Sums", "thresholds"]
        assert bench.report["method"] == "network: Sums"
        with rasterio.open(path) as file:
            values = file.read(1)
        assert (values[(KINDS == FLOOD) & (classes == FLOOD)] == BOTH).mean() > 0.99
        pixels = {item["class_id"]: item["pixels"] for item in told["areas"].values()}
        assert pixels[BOTH] == (values == BOTH).sum()
        assert told["iou"] > 0.95

    def test_by_the_command(self, bench: Bench, network: Path, tmp_path: Path, geofm: Any) -> None:
        images = [image(tmp_path / f"{n}.tif", backscatter(wet, n)) for n, wet in enumerate((AFTER, BEFORE))]
        dates = ("--post", images[0], "--pre", images[1])
        done = geofm("flood", *dates, "--compare-with", network, "--out", tmp_path / "map")
        assert done.status == 0, done.err
        assert (tmp_path / "map" / "agreement.tif").is_file()
        assert "flood by both" in done.out
        assert json.loads((tmp_path / "map" / "report.json").read_text())["agreement"]["of"] == "flood"

    def test_a_second_method_that_does_not_fit_is_told_by_its_own_option(
        self, bench: Bench, network: Path, tmp_path: Path, geofm: Any
    ) -> None:
        post = image(tmp_path / "post.tif", backscatter(AFTER))
        done = geofm("flood", "--post", post, "--compare-with", "no-such-model", "--out", tmp_path / "map")
        assert done.status == 1 and "no-such-model" in done.err
        done = geofm("flood", "--post", post, "--compare-with", network, "--out", tmp_path / "map")
        assert done.status == 1 and "compares images of 2 dates" in done.err and "(--pre)" in done.err
        assert not (tmp_path / "map").exists()

    def test_a_broken_run_goes_on_to_the_same(self, bench: Bench, network: Path, tmp_path: Path) -> None:
        images = [image(tmp_path / f"{n}.tif", backscatter(wet, n)) for n, wet in enumerate((AFTER, BEFORE))]
        request = FloodRequest(
            (images[0],), ((images[1],),), model=str(network), compare_with="thresholds",
            mask=str(tmp_path / "flood.tif"), agreement=str(tmp_path / "agreement.tif"),
        )  # fmt: skip
        work = tmp_path / "work"
        work.mkdir()

        class Broken(QuietReport):
            def progress(self, done: float, total: float, unit: str) -> None:
                if done > 0.6 * total:
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            map_flood(request, Broken(work))
        assert not (tmp_path / "flood.tif").exists()
        told = map_flood(request, QuietReport(work)).summary["agreement"]
        assert told["iou"] > 0.95
