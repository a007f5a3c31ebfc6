"""The files that a flood map leaves, as other programs read them."""

from __future__ import annotations

import dataclasses
import json
import math
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import geopandas
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from constructed import SHAPE, Bench, backscatter, boxes, image
from maps import TRANSFORM
from pyproj import Geod
from rasterio.crs import CRS
from rio_cogeo import cog_validate

from engine.errors import OutputError
from engine.flood.classes import CLASSES
from engine.flood.mapping import map_flood
from engine.flood.picture import Picture
from engine.flood.tiles import AXIS
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest
from engine.jobs.result import Output, Result
from engine.raster.grid import Grid
from engine.samples import Scene, write_scene

WATER = {1: "permanent water", 2: "flood", 3: "water of unknown kind"}
NAMES = {0: "dry", **WATER, 255: "not observed"}


@dataclass(frozen=True)
class Map:
    """A finished map of a simulated scene; the images before cover a part of it."""

    request: FloodRequest
    result: Result
    classes: np.ndarray

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(Path(self.request.report).read_text(encoding="utf-8"))

    @property
    def polygons(self) -> geopandas.GeoDataFrame:
        return geopandas.read_file(self.request.polygons)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Map:
    out = tmp_path_factory.mktemp("Überflutung 洪水")
    scene = tmp_path_factory.mktemp("scene")  # one that has tiles of its own on both dates
    write_scene(Scene(seed=13, width=320, height=256), scene, QuietReport(scene), optical=False)
    with rasterio.open(scene / "post.tif") as file:
        post = file.read()
        tags = file.tags()
    post[:, 100:140, 200:] = np.nan
    after = image(out / "after.tif", post, units="linear power")
    with rasterio.open(after, "r+") as file:
        file.update_tags(ACQUISITION_DATE=tags["ACQUISITION_DATE"])
    with rasterio.open(scene / "pre1.tif") as file:
        before = image(out / "before.tif", file.read()[:, :, :260], units="linear power")
    names = {"mask": "flood.tif", "polygons": "flood.gpkg", "report": "report.json"}
    names |= {"confidence": "confidence.tif", "quicklook": "flood.png"}
    request = FloodRequest(post=(after,), pre=((before,),), **{name: str(out / file) for name, file in names.items()})
    result = map_flood(request, QuietReport(tmp_path_factory.mktemp("checkpoints")))
    with rasterio.open(request.mask) as file:
        classes = file.read(1)
    assert set(np.unique(classes)) == {0, 1, 2, 3, 255}
    return Map(request, result, classes)


class TestMask:
    def test_it_is_a_valid_cloud_optimized_geotiff(self, finished: Map) -> None:
        valid, errors, warnings = cog_validate(finished.request.mask, strict=True)
        assert (valid, errors, warnings) == (True, [], [])

    def test_it_lies_on_the_image_s_own_pixels(self, finished: Map) -> None:
        with rasterio.open(finished.request.post[0]) as post, rasterio.open(finished.request.mask) as mask:
            assert (mask.crs, mask.transform, mask.shape) == (post.crs, post.transform, post.shape)
            assert (mask.count, mask.dtypes, mask.nodata) == (1, ("uint8",), 255)

    def test_classes_have_colours_and_names(self, finished: Map) -> None:
        with rasterio.open(finished.request.mask) as mask:
            colours, tags = mask.colormap(1), mask.tags()
        assert {item.value: item.name for item in CLASSES} == NAMES
        for item in CLASSES:
            assert colours[item.value][:3] == item.color
            assert tags[f"CLASS_{item.value}"] == item.name
        assert len({colours[value] for value in NAMES}) == 5

    def test_it_tells_how_it_came_about(self, finished: Map) -> None:
        with rasterio.open(finished.request.mask) as mask:
            tags = mask.tags()
        assert tags["SOFTWARE"].startswith("GeoFM ")
        assert tags["METHOD"].startswith("weights-free")
        assert json.loads(tags["INPUTS"]) == {
            "post": [Path(file).name for file in finished.request.post],
            "pre": [[Path(file).name for file in date] for date in finished.request.pre],
        }
        assert json.loads(tags["PARAMETERS"])["speckle_filter"] == "median"
        found = finished.report["thresholds"]
        for date, name in (("after", "THRESHOLDS_DB"), ("before", "THRESHOLDS_BEFORE_DB")):
            expected = [values["threshold_db"] for values in found[date]["polarisations"].values()]
            np.testing.assert_allclose(json.loads(tags[name]), expected, atol=0.006)


class TestPolygons:
    def test_they_are_the_water_of_the_mask(self, finished: Map) -> None:
        polygons = finished.polygons
        assert set(polygons["class_id"]) == set(WATER)
        assert (polygons["class_id"].map(WATER) == polygons["class"]).all()
        assert polygons.is_valid.all()
        with rasterio.open(finished.request.mask) as mask:
            assert polygons.crs == mask.crs.to_wkt()
            burnt = rasterio.features.rasterize(
                zip(polygons.geometry, polygons["class_id"], strict=True), mask.shape, transform=mask.transform
            )
        np.testing.assert_array_equal(burnt, np.where(np.isin(finished.classes, list(WATER)), finished.classes, 0))

    def test_their_areas_are_the_report_s_and_the_ellipsoid_s(self, finished: Map) -> None:
        polygons, areas = finished.polygons, finished.report["areas"]
        geographic = polygons.to_crs(4326)
        for value, name in WATER.items():
            chosen = polygons["class_id"] == value
            assert polygons.loc[chosen, "area_km2"].sum() == pytest.approx(areas[name]["km2"], rel=1e-3)
            assert polygons.loc[chosen, "area_ha"].sum() == pytest.approx(areas[name]["ha"], rel=1e-3)
            geodesic = sum(
                abs(Geod(ellps="WGS84").geometry_area_perimeter(shape)[0]) for shape in geographic.geometry[chosen]
            )
            assert geodesic / 1e6 == pytest.approx(areas[name]["km2"], rel=1e-3)

    def test_they_say_of_which_image_and_by_what_they_are_and_how_sure(self, finished: Map) -> None:
        polygons = finished.polygons
        assert set(polygons["image"]) == {", ".join(Path(file).name for file in finished.request.post)}
        assert set(polygons["method"]) == {"thresholds"}
        assert {str(day) for day in polygons["date"]} == {str(finished.report["dates"][0]["acquired"])[:10]}
        assert polygons["confidence"].between(0, 100).all()

    def test_the_layer_is_called_flood(self, finished: Map) -> None:
        assert pyogrio.list_layers(finished.request.polygons)[:, 0].tolist() == ["flood"]

    def test_a_dry_place_has_an_empty_layer(self, tmp_path: Path) -> None:
        bench = Bench(tmp_path)
        bench.map(backscatter(np.zeros(SHAPE, bool)), polygons=str(tmp_path / "flood.gpkg"))
        polygons = geopandas.read_file(tmp_path / "flood.gpkg")
        assert len(polygons) == 0
        assert {"class_id", "class", "area_km2", "area_ha"} <= set(polygons.columns)


class TestReport:
    def test_it_is_plain_json_and_the_same_as_the_result(self, finished: Map) -> None:
        text = Path(finished.request.report).read_text(encoding="utf-8")

        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is no JSON")

        assert json.loads(text, parse_constant=refuse) == finished.result.summary

    def test_areas_count_every_pixel(self, finished: Map) -> None:
        areas = finished.report["areas"]
        assert {values["class_id"]: name for name, values in areas.items()} == NAMES
        for value, name in NAMES.items():
            assert areas[name]["pixels"] == (finished.classes == value).sum()
            assert areas[name]["ha"] == pytest.approx(100 * areas[name]["km2"], rel=1e-4, abs=1e-3)
            # 400 km east in UTM: the scale is 0.9996 (1 + (100 km / 6382 km)² / 2).
            scale = 0.9996 * (1 + (100 / 6382) ** 2 / 2)
            assert areas[name]["km2"] == pytest.approx(areas[name]["pixels"] * 1e-4 / scale**2, rel=2e-4)

    def test_share_observed(self, finished: Map) -> None:
        assert finished.report["share_observed"] == pytest.approx((finished.classes != 255).mean(), abs=1e-5)

    def test_histograms_hold_all_observed_pixels(self, finished: Map) -> None:
        report = finished.report
        with rasterio.open(finished.request.pre[0][0]) as file:
            seen_before = np.isfinite(file.read(1)).sum()
        for date, pixels in (("after", (finished.classes != 255).sum()), ("before", seen_before)):
            model = report["thresholds"][date]
            assert model["histogram_bins_db"] == {"low": AXIS.low, "high": AXIS.high, "width": AXIS.width}
            assert list(model["polarisations"]) == report["polarisations"] == ["VV", "VH"]
            for values in model["polarisations"].values():
                assert len(values["histogram"]) == len(values["histogram_of_tiles"]) == AXIS.bins
                assert sum(values["histogram"]) == pixels
                assert values["tiles"] > 0
                assert sum(values["histogram_of_tiles"]) > values["tiles"] * 512
                assert values["water_mode_db"] < values["threshold_db"] < 0

    def test_it_says_what_was_done(self, finished: Map) -> None:
        report = finished.report
        assert report["software"].startswith("GeoFM ")
        assert report["request"] == json.loads(finished.request.to_json())
        assert report["calibration"] == "sigma0"
        dates = report["dates"]
        assert [date["time"] for date in dates] == ["after", "before"]
        assert [date["acquired"] and date["acquired"][:4].isdigit() for date in dates] == [True, None]
        assert report["grid"]["pixel_size"] == [10, 10]
        assert report["seconds"]["total"] >= report["seconds"]["classes"]
        assert report["minimum_mapping_unit"] == {"ha": 0.3, "pixels": 30}
        assert report["warnings"] and all(text.endswith(".") for text in report["warnings"])
        assert any("class 3, water of unknown kind" in text for text in report["warnings"])
        assert {"reading and filtering", "thresholds", "classes", "polygons", "total"} == set(report["seconds"])
        assert all(0 <= seconds < 60 for seconds in report["seconds"].values())


class TestConfidence:
    def test_per_cent_where_observed(self, finished: Map) -> None:
        valid, errors, warnings = cog_validate(finished.request.confidence, strict=True)
        assert (valid, errors, warnings) == (True, [], [])
        with rasterio.open(finished.request.confidence) as file:
            assert (file.dtypes, file.nodata) == (("uint8",), 255)
            confidence = file.read(1)
        np.testing.assert_array_equal(confidence == 255, finished.classes == 255)
        assert confidence[finished.classes != 255].max() <= 100

    def test_it_is_high_on_plain_ground_and_low_at_the_threshold(self, tmp_path: Path) -> None:
        bench = Bench(tmp_path)
        wet = boxes((40, 40, 80, 80))
        classes = bench.map(backscatter(wet), confidence=str(tmp_path / "confidence.tif"))
        with rasterio.open(tmp_path / "confidence.tif") as file:
            confidence = file.read(1)
        np.testing.assert_array_equal(classes > 0, wet)
        assert np.median(confidence[wet]) > 90
        assert np.median(confidence[~wet]) > 70

    def test_it_is_at_most_half_for_water_by_fixed_thresholds(self, tmp_path: Path) -> None:
        """Open water up to the edges of the image, but for a strip of land too narrow to make a bimodal tile."""
        bench = Bench(tmp_path)
        wet = ~boxes((0, 0, SHAPE[0], 2))
        classes = bench.map(backscatter(wet), confidence=str(tmp_path / "confidence.tif"))
        with rasterio.open(tmp_path / "confidence.tif") as file:
            confidence = file.read(1)
        assert bench.report["thresholds"]["after"]["fixed"]
        assert (classes[wet] > 0).mean() > 0.9
        assert confidence[classes > 0].max() <= 50
        assert bench.warned("low confidence")


class TestPicture:
    def test_it_fits_the_screen(self, finished: Map) -> None:
        picture = cv2.imread(finished.request.quicklook)
        height, width = finished.classes.shape
        assert Path(finished.request.quicklook).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        assert picture.shape == (height + 36, width, 3)

    def test_it_shows_the_classes_in_their_colours(self, finished: Map) -> None:
        picture = cv2.imread(finished.request.quicklook)[:, :, ::-1][: finished.classes.shape[0]]
        for item in CLASSES[1:]:
            assert (picture[finished.classes == item.value] == item.color).all()
        land = picture[finished.classes == 0]
        assert (land == land[:, :1]).all(), "Dry land is grey."

    @pytest.mark.parametrize("shape", [(40, 1300), (2500, 60)])
    def test_a_large_map_is_thinned_out(self, tmp_path: Path, shape: tuple[int, int]) -> None:
        bench = Bench(tmp_path)
        bench.map(backscatter(boxes((5, 5, 30, 30), shape=shape)), quicklook=str(tmp_path / "map.png"))
        step = math.ceil(max(shape) / 1200)
        expected = (math.ceil(shape[0] / step) + 36, math.ceil(shape[1] / step), 3)
        assert cv2.imread(str(tmp_path / "map.png")).shape == expected


def test_a_picture_holds_only_the_pixels_that_it_shows() -> None:
    picture = Picture(Grid(CRS.from_epsg(32633), TRANSFORM, 200, 24_000))
    tracemalloc.start()
    try:
        for row in range(0, 24_000, 240):
            picture.add(row, np.zeros((240, 200), np.uint8), np.zeros((240, 200), np.float32))
        assert tracemalloc.get_traced_memory()[0] < 5 * 200 * 24_000 / 20
    finally:
        tracemalloc.stop()


def test_the_result_lists_what_was_written(finished: Map) -> None:
    paths = finished.request.outputs()
    assert {output.path for output in finished.result.outputs} == set(paths.values())
    assert all(Path(path).stat().st_size for path in paths.values())
    kinds = {Path(output.path).name: (output.kind, output.style) for output in finished.result.outputs}
    assert kinds["flood.tif"] == ("raster", "flood")
    assert kinds["flood.gpkg"] == ("vector", "flood_polygons")
    assert finished.result.group == "Flood after"


@pytest.fixture(scope="module")
def within(small_scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Map:
    """A map of an area of two parts, one of them with a hole, given in degrees."""
    out = tmp_path_factory.mktemp("within")
    left, top = TRANSFORM @ (0, 0)
    parts = [
        shapely.box(left + 300, top - 1500, left + 1500, top - 300).difference(
            shapely.box(left + 700, top - 1000, left + 900, top - 800)
        ),
        shapely.box(left + 2000, top - 2000, left + 2600, top - 1200),
    ]
    aoi = out / "aoi.geojson"
    geopandas.GeoDataFrame(geometry=[part.segmentize(50) for part in parts], crs="EPSG:32633").to_crs(4326).to_file(aoi)
    names = {"mask": "flood.tif", "polygons": "flood.gpkg", "report": "report.json"}
    request = FloodRequest(
        post=(str(small_scene / "post.tif"),),
        aoi=str(aoi),
        event="Inn 2024",
        **{name: str(out / file) for name, file in names.items()},
    )
    result = map_flood(request, QuietReport(tmp_path_factory.mktemp("checkpoints")))
    with rasterio.open(request.mask) as file:
        return Map(request, result, file.read(1))


class TestAreaOfInterest:
    def test_it_is_the_last_output(self, within: Map) -> None:
        path = within.request.polygons
        first, *_, last = within.result.outputs
        polygons = Output(f"{path}|layername=flood", "vector", "Water polygons", "flood_polygons", unfolded=False)
        assert first == polygons
        assert last == Output(f"{path}|layername=aoi", "vector", "Area of interest", "aoi")
        assert len(within.result.outputs) == 4

    def test_the_polygons_of_the_flood_stay_the_first_layer(self, within: Map) -> None:
        assert pyogrio.list_layers(within.request.polygons).tolist() == [["flood", "Polygon"], ["aoi", "MultiPolygon"]]

    def test_it_is_one_feature_on_the_map(self, within: Map) -> None:
        layer = geopandas.read_file(within.request.polygons, layer="aoi")
        (area,) = layer.geometry
        with rasterio.open(within.request.mask) as mask:
            assert layer.crs == mask.crs.to_wkt()
            burnt = rasterio.features.rasterize([area], mask.shape, transform=mask.transform)
        assert area.is_valid
        # Only edges on pixel centres could differ, and there are none.
        np.testing.assert_array_equal(burnt == 0, within.classes == 255)

    def test_one_that_cannot_be_written_leaves_nothing(self, within: Map, tmp_path: Path, monkeypatch) -> None:
        def full(*_: object, **__: object) -> None:
            raise OutputError("The disk is full.")

        out, working = tmp_path / "out", tmp_path / "working"
        out.mkdir()
        working.mkdir()
        monkeypatch.setattr("engine.mapping.add_outline", full)
        names = {"mask": "flood.tif", "polygons": "flood.gpkg", "report": "report.json"}
        request = dataclasses.replace(within.request, **{name: str(out / file) for name, file in names.items()})
        with pytest.raises(OutputError):
            map_flood(request, QuietReport(working))
        assert list(out.iterdir()) == []

    def test_without_polygons_there_is_no_layer(self, within: Map, tmp_path: Path) -> None:
        request = dataclasses.replace(within.request, mask=str(tmp_path / "a.tif"), polygons=None, report=None)
        assert map_flood(request, QuietReport(tmp_path)).outputs == (
            Output(str(tmp_path / "a.tif"), "raster", "Water map", "flood"),
        )

    def test_an_area_beyond_the_image_is_shown_around_it(self, small_scene: Path, tmp_path: Path) -> None:
        request = FloodRequest(
            post=(str(small_scene / "post.tif"),), aoi="-180,-90,180,90", polygons=str(tmp_path / "flood.gpkg")
        )
        map_flood(request, QuietReport(tmp_path))
        (area,) = geopandas.read_file(request.polygons, layer="aoi").geometry
        with rasterio.open(small_scene / "post.tif") as post:
            assert area.contains(shapely.box(*post.bounds))


def test_the_event_names_the_group(within: Map) -> None:
    assert within.result.group == "Inn 2024"
    assert within.report["request"]["event"] == "Inn 2024"


def test_only_what_was_asked_for_is_written(tmp_path: Path) -> None:
    out, working = tmp_path / "out", tmp_path / "working"
    out.mkdir()
    working.mkdir()
    post = image(tmp_path / "post.tif", backscatter(boxes((40, 40, 80, 80))), transform=TRANSFORM)
    for name, file in (("report", "a.json"), ("polygons", "a.gpkg"), ("confidence", "a.tif"), ("quicklook", "a.png")):
        result = map_flood(FloodRequest(post=(post,), **{name: str(out / file)}), QuietReport(working))
        assert [path.name for path in out.iterdir()] == [file]
        assert [output.path for output in result.outputs] == [str(out / file)]
        (out / file).unlink()
