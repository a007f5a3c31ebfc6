"""`geofm flood` and `geofm evaluate` on good input: what they write and print, however the files are named."""

from __future__ import annotations

import json
import re
import shutil

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from command import run, tree
from rasterio.warp import transform_bounds

OUTPUTS = {"flood.tif", "flood.gpkg", "report.json"}
# A box in the small scene, in metres.
WEST, SOUTH, EAST, NORTH = 400_405, 5_498_005, 402_395, 5_499_595


def classes_of(folder):
    with rasterio.open(folder / "flood.tif") as raster:
        return raster.read(1), raster.transform


@pytest.fixture
def aoi_file(tmp_path):
    """Writes the box as a polygon in any CRS."""

    def write(name, crs="EPSG:32633"):
        # Corners every 50 m, so that the sides stay where they are in another CRS.
        box = shapely.segmentize(shapely.box(WEST, SOUTH, EAST, NORTH), 50)
        geopandas.GeoDataFrame(geometry=[box], crs="EPSG:32633").to_crs(crs).to_file(tmp_path / name)
        return tmp_path / name

    return write


def test_a_map_its_polygons_and_its_report(geofm, small_scene, tmp_path):
    out = tmp_path / "some" / "map"
    done = geofm("flood", "--post", small_scene / "post.tif", "--pre", small_scene / "pre1.tif", "--out", out)
    assert (done.status, done.err) == (0, "")
    assert {path.name for path in out.iterdir()} == OUTPUTS
    assert all(str(out / name) in done.out for name in OUTPUTS)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    classes, _ = classes_of(out)
    shown = dict(line.rsplit(maxsplit=2)[::2] for line in done.out.splitlines()[1:4])
    for name, area in report["areas"].items():
        assert area["pixels"] == (classes == area["class_id"]).sum()
        if area["pixels"]:
            assert float(shown[name]) == pytest.approx(area["ha"], rel=2e-3, abs=0.1)
    polygons = geopandas.read_file(out / "flood.gpkg")
    assert polygons.area_ha.sum() == pytest.approx(
        sum(area["ha"] for name, area in report["areas"].items() if name not in ("dry", "not observed")), rel=1e-5
    )


def test_confidence_and_picture_on_request(geofm, small_scene, tmp_path):
    done = geofm("flood", "--post", small_scene / "post.tif", "--confidence", "--quicklook", "--out", tmp_path / "map")
    assert done.status == 0
    assert {path.name for path in (tmp_path / "map").iterdir()} == OUTPUTS | {"confidence.tif", "flood.png"}


def test_what_the_terminal_says_of_time(geofm, small_scene, tmp_path):
    done = geofm("flood", "--post", small_scene / "post.tif", "--out", tmp_path / "map")
    stages = ("reading and filtering", "thresholds", "classes", "polygons", "total")
    expected = ", ".join(rf"{name} \d+\.\d s" for name in stages)
    assert sum(bool(re.fullmatch(expected, line)) for line in done.out.splitlines()) == 1


@pytest.mark.parametrize("queued", [[], pytest.param(["--queue"], marks=pytest.mark.slow)])
def test_optional_files_of_an_earlier_map_do_not_stay_beside_a_new_one(small_scene, tmp_path, home, queue, queued):
    out, post = tmp_path / "map", small_scene / "post.tif"
    extras = {"confidence.tif", "flood.png"}
    assert run("flood", "--post", post, "--confidence", "--quicklook", "--out", out).status == 0
    assert {path.name for path in out.iterdir()} == OUTPUTS | extras
    assert run("flood", "--post", tmp_path / "nowhere.tif", "--out", out).status == 1
    assert {path.name for path in out.iterdir()} == OUTPUTS | extras
    done = run("flood", "--post", post, "--quicklook", "--out", out, *queued, home=home)
    assert done.status == 0
    assert {path.name for path in out.iterdir()} == OUTPUTS | {"flood.png"}
    done = run("flood", "--post", post, "--out", out, *queued, home=home)
    assert done.status == 0
    assert {path.name for path in out.iterdir()} == OUTPUTS


def test_files_of_others_stay_though_they_have_our_names(geofm, small_scene, tmp_path):
    for name in ("confidence.tif", "flood.png"):
        (tmp_path / name).write_text("mine")
    for report in ("", "{", "[]", '{"software": "Other 1.0", "request": {"confidence": "confidence.tif"}}'):
        (tmp_path / "report.json").write_text(report)
        assert geofm("flood", "--post", small_scene / "post.tif", "--out", tmp_path).status == 0
        # The second time there is a report of ours, which knows nothing of them.
        assert geofm("flood", "--post", small_scene / "post.tif", "--out", tmp_path).status == 0
        assert (tmp_path / "confidence.tif").read_text() == (tmp_path / "flood.png").read_text() == "mine"


def test_an_earlier_output_that_is_an_input_now_stays(geofm, small_scene, tmp_path):
    assert geofm("flood", "--post", small_scene / "post.tif", "--confidence", "--out", tmp_path).status == 0
    hand = ["--hand", tmp_path / "confidence.tif"]
    assert geofm("flood", "--post", small_scene / "post.tif", *hand, "--out", tmp_path).status == 0
    assert (tmp_path / "confidence.tif").exists()


def test_bands_in_small_letters(geofm, small_scene, tmp_path):
    done = geofm("flood", "--post", small_scene / "post.tif", "--bands", "vv, Vh", "--out", tmp_path / "map")
    assert (done.status, done.err) == (0, "Where neither an image from before the flood" + done.err[44:])
    report = json.loads((tmp_path / "map" / "report.json").read_text(encoding="utf-8"))
    assert report["request"]["bands"] == ["VV", "VH"]


def test_a_layer_of_several_is_chosen_as_qgis_does_it(geofm, small_scene, tmp_path, aoi_file):
    box = geopandas.read_file(aoi_file("box.gpkg"))
    whole = geopandas.GeoDataFrame(geometry=box.buffer(500))
    for name, layer in (("whole", whole), ("box", box)):
        layer.to_file(tmp_path / "areas.gpkg", layer=name)
    for choice in ("layername=box", "layerid=1"):
        words = ["--aoi", f"{tmp_path / 'areas.gpkg'}|{choice}", "--permanent-water", f"{tmp_path}/areas.gpkg|{choice}"]
        done = geofm("flood", "--post", small_scene / "post.tif", *words, "--out", tmp_path / "map")
        assert done.status == 0
        classes, _ = classes_of(tmp_path / "map")
        assert classes.shape == (160, 200)
        assert 1 in classes and 2 not in classes


def test_json_prints_lines_of_json_and_nothing_else(geofm, small_scene, tmp_path):
    done = geofm("flood", "--post", small_scene / "post.tif", "--out", tmp_path / "map", "--json")
    *events, result = done.lines
    assert (done.status, done.err) == (0, "")
    assert {event["event"] for event in events} == {"progress", "message"}
    assert result["event"] == "result"
    assert {output["path"] for output in result["outputs"]} == {str(tmp_path / "map" / name) for name in OUTPUTS}
    assert result["summary"] == json.loads((tmp_path / "map" / "report.json").read_text(encoding="utf-8"))


def test_one_polarisation_is_enough_and_said(geofm, small_scene, tmp_path):
    with rasterio.open(small_scene / "post.tif") as source:
        profile = {"driver": "GTiff", "crs": source.crs, "transform": source.transform, "nodata": np.nan}
        values = source.read(1)
    with rasterio.open(
        tmp_path / "S1_VV.tif", "w", **profile, count=1, height=256, width=320, dtype="float32"
    ) as target:
        target.write(values, 1)
        target.update_tags(UNITS="linear power", CALIBRATION="sigma0")
    done = geofm("flood", "--post", tmp_path / "S1_VV.tif", "--out", tmp_path / "map")
    assert done.status == 0
    assert "Only VV is given" in done.err
    assert any(
        "Only VV is given" in text for text in json.loads((tmp_path / "map" / "report.json").read_text())["warnings"]
    )


@pytest.mark.parametrize("queued", [[], pytest.param(["--queue"], marks=pytest.mark.slow)])
def test_blanks_and_letters_of_any_script_in_all_paths(small_scene, tmp_path, home, queue, aoi_file, queued):
    folder = tmp_path / "сцена 洪水"
    folder.mkdir()
    post = shutil.copy(small_scene / "post.tif", folder / "после, 洪水 карта.tif")
    aoi = shutil.move(aoi_file("aoi.gpkg"), folder / "área de interés.gpkg")
    out = tmp_path / "наводнение é 洪水"
    words = ["--post", post, "--aoi", aoi, "--event", "Überflutung 洪水", "--out", out]
    done = run("flood", *words, "--json", *queued, home=home)
    assert (done.status, done.err) == (0, "")
    assert {path.name for path in out.iterdir()} == OUTPUTS
    assert done.lines[-1]["group"] == "Überflutung 洪水"
    assert done.lines[-1]["outputs"][0]["path"] == f"{out / 'flood.gpkg'}|layername=flood"
    assert json.loads((out / "report.json").read_text(encoding="utf-8"))["request"]["post"] == [str(post)]


def test_an_aoi_in_another_crs_gives_the_same_map(geofm, small_scene, tmp_path, aoi_file):
    maps = []
    for name, crs in (("utm.gpkg", "EPSG:32633"), ("degrees.geojson", "EPSG:4326"), ("web.shp", "EPSG:3857")):
        out = tmp_path / name.partition(".")[0]
        assert (
            geofm("flood", "--post", small_scene / "post.tif", "--aoi", aoi_file(name, crs), "--out", out).status == 0
        )
        maps.append(classes_of(out))
    for classes, transform in maps[1:]:
        assert transform == maps[0][1]
        np.testing.assert_array_equal(classes, maps[0][0])
    assert maps[0][0].shape == (160, 200)


@pytest.mark.parametrize("joined", [True, False])
def test_a_box_that_begins_with_a_minus(geofm, small_scene, tmp_path, joined):
    """Western longitudes come first, and an argument parser would take them for an option."""
    with rasterio.open(small_scene / "post.tif") as source:
        values, profile = source.read(), source.profile
    profile.update(driver="GTiff", crs="EPSG:32615")  # the same pixels, near Houston
    for key in ("blockxsize", "blockysize", "tiled", "interleave", "compress", "predictor"):
        profile.pop(key, None)
    with rasterio.open(tmp_path / "houston_VV_VH.tif", "w", **profile) as target:
        target.write(values)
        target.descriptions = ("VV", "VH")
        target.update_tags(UNITS="linear power", CALIBRATION="sigma0")
    box = ",".join(map(str, transform_bounds("EPSG:32615", "EPSG:4326", WEST, SOUTH, EAST, NORTH)))
    assert box.startswith("-9")
    words = [f"--aoi={box}"] if joined else ["--aoi", box]
    done = geofm("flood", "--post", tmp_path / "houston_VV_VH.tif", *words, "--out", tmp_path / "map")
    assert (done.status, "AOI" in done.err) == (0, False)
    assert classes_of(tmp_path / "map")[0].shape[0] == pytest.approx(160, abs=8)


def test_a_dem_that_ends_within_the_map_is_used_and_said(geofm, small_scene, tmp_path):
    with rasterio.open(small_scene / "dem.tif") as source:
        half = source.read(1)[:, :160]
        place = {"crs": source.crs, "transform": source.transform}
    with rasterio.open(
        tmp_path / "dem.tif", "w", driver="GTiff", count=1, height=256, width=160, dtype="float32", **place
    ) as target:
        target.write(half, 1)
    done = geofm("flood", "--post", small_scene / "post.tif", "--dem", tmp_path / "dem.tif", "--out", tmp_path / "map")
    assert done.status == 0
    assert "dem.tif covers only a part of the area" in done.err
    done = geofm(
        "flood", "--post", small_scene / "post.tif", "--dem", small_scene / "dem.tif", "--out", tmp_path / "map"
    )
    assert "covers only a part" not in done.err


def test_lakes_that_lie_elsewhere_make_all_water_a_flood(geofm, small_scene, tmp_path):
    """A layer of polygons says where permanent water is, so where it has none there is none."""
    lakes = geopandas.GeoDataFrame(geometry=[shapely.box(500_000, 5_000_000, 500_100, 5_000_100)], crs="EPSG:32633")
    lakes.to_file(tmp_path / "lakes.gpkg")
    done = geofm(
        "flood",
        "--post",
        small_scene / "post.tif",
        "--permanent-water",
        tmp_path / "lakes.gpkg",
        "--out",
        tmp_path / "map",
    )
    assert done.status == 0
    assert set(np.unique(classes_of(tmp_path / "map")[0])) == {0, 2}


def test_a_threshold_chosen_by_hand_is_told(geofm, small_scene, tmp_path):
    done = geofm("flood", "--post", small_scene / "post.tif", "--vh-threshold-db", "-22.5", "--out", tmp_path)
    assert "VH -22.5 dB (by hand)" in done.out
    assert "Thresholds chosen by hand" in done.err and "VH -22.5 dB (found: " in done.err
    done = geofm("flood", "--post", small_scene / "post.tif", "--vh-threshold-db", "-99", "--out", tmp_path)
    assert done.status == 2
    assert "'-99' does not fit; give decibels, -45.0 to 10.0" in done.err


def test_outputs_are_replaced_and_inputs_untouched(geofm, small_scene, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in tree(small_scene)}
    for _ in range(2):
        assert geofm("flood", "--post", small_scene / "post.tif", "--out", tmp_path).status == 0
    assert {path.name for path in tmp_path.iterdir()} == OUTPUTS
    assert {path: path.stat().st_mtime_ns for path in tree(small_scene)} == before


def test_relative_paths_mean_the_folder_of_the_caller(geofm, small_scene, tmp_path, monkeypatch):
    shutil.copy(small_scene / "post.tif", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert geofm("flood", "--post", "post.tif", "--out", "map").status == 0
    assert {path.name for path in (tmp_path / "map").iterdir()} == OUTPUTS


def test_evaluate_prints_a_table_or_json(geofm, small_scene):
    truth = small_scene / "flood_truth.tif"
    done = geofm("evaluate", "flood", "--prediction", truth, "--truth", truth)
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[0].split() == ["class", "precision", "recall", "F1", "IoU"]
    assert "flood                       1.0000" in done.out
    *_, result = geofm("evaluate", "flood", "--prediction", truth, "--truth", truth, "--json").lines
    assert (result["event"], result["water"]["iou"], result["pixels"]) == ("result", 1.0, 320 * 256)


def test_evaluate_leaves_out_what_is_ignored(geofm, small_scene):
    truth = small_scene / "flood_truth.tif"
    command = ("evaluate", "flood", "--prediction", truth, "--truth", truth, "--json", "--ignore")
    *_, without_flood = geofm(*command, "2").lines
    with rasterio.open(truth) as raster:
        assert without_flood["pixels"] == (raster.read(1) != 2).sum()
    assert without_flood["classes"]["flood"]["f1"] is None


def test_an_aoi_that_reaches_round_the_world_is_the_whole_image(geofm, small_scene, tmp_path):
    assert geofm("flood", "--post", small_scene / "post.tif", "--out", tmp_path / "plain").status == 0
    done = geofm("flood", "--post", small_scene / "post.tif", "--aoi", "-180,-90,180,90", "--out", tmp_path / "world")
    assert done.status == 0
    np.testing.assert_array_equal(classes_of(tmp_path / "world")[0], classes_of(tmp_path / "plain")[0])


@pytest.mark.parametrize("use", ["--post", "--pre", "--permanent-water", "--aoi"])
def test_inputs_are_never_overwritten(geofm, small_scene, tmp_path, use):
    name = "flood.gpkg" if use == "--aoi" else "flood.tif"
    mine = tmp_path / name
    mine.write_bytes((small_scene / "post.tif").read_bytes())
    post = ["--post", mine] if use == "--post" else ["--post", small_scene / "post.tif", use, mine]
    done = geofm("flood", *post, "--out", tmp_path)
    assert done.status == 1
    assert f"{mine} would be overwritten" in done.err
    assert mine.read_bytes() == (small_scene / "post.tif").read_bytes()
