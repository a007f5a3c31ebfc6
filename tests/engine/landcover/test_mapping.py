"""Maps by a model made by hand, whose verdict on every pixel can be computed beside it."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import plots
import pytest
import rasterio
import shapely
from plots import BANDS, COLORS, NAMES, ground, nearest_mean, pixels, report_of, write_image
from pyproj import Geod

from engine.errors import Cancelled, InputError
from engine.jobs.report import QuietReport
from engine.jobs.requests import LandcoverRequest
from engine.landcover.mapping import map_landcover
from engine.memory import BUDGET
from engine.segmentation import predicting


@pytest.fixture
def image(tmp_path):
    return write_image(tmp_path / "s2.tif", pixels(ground()))


@pytest.fixture
def model(tmp_path):
    nearest_mean(tmp_path / "model")
    return tmp_path / "model"


def request_of(image: Path, model: Path, out: Path, *names: str, **fields) -> LandcoverRequest:
    files = {
        "map": "landcover.tif",
        "report": "report.json",
        "polygons": "landcover.gpkg",
        "confidence": "confidence.tif",
    }
    files["probabilities"] = "probabilities.tif"
    wanted = {name: str(out / files[name]) for name in ("map", "report", *names)}
    return LandcoverRequest(image=(str(image),), model=str(model), **wanted, **fields)


def map_of(image: Path, model: Path, out: Path, *names: str, **fields) -> np.ndarray:
    out.mkdir(exist_ok=True)
    working = out.with_name(out.name + "-working")
    working.mkdir(exist_ok=True)
    map_landcover(request_of(image, model, out, *names, **fields), QuietReport(working))
    with rasterio.open(out / "landcover.tif") as raster:
        return raster.read(1)


def probabilities_of(values: np.ndarray) -> np.ndarray:
    """The model by its definition, in double precision."""
    means = np.array([plots.REFLECTANCES[name] for name in NAMES])
    distance = ((values[None] / 1e4 - means[:, :, None, None]) ** 2).sum(axis=1)
    odds = np.exp(-(distance - distance.min(axis=0)) / 0.02**2)
    return odds / odds.sum(axis=0)


def test_every_output_says_what_the_model_says(image, model, tmp_path):
    found = map_of(image, model, tmp_path / "out", "confidence", "probabilities")
    shares = probabilities_of(pixels(ground()).astype(float))
    np.testing.assert_array_equal(found, 10 * shares.argmax(axis=0))
    with rasterio.open(tmp_path / "out" / "confidence.tif") as raster:
        np.testing.assert_allclose(raster.read(1), 100 * shares.max(axis=0), atol=0.51)
    with rasterio.open(tmp_path / "out" / "probabilities.tif") as raster:
        assert raster.descriptions == tuple(f"{name} (%)" for name in NAMES)
        np.testing.assert_allclose(raster.read(), 100 * shares, atol=0.51)


def test_the_class_raster_carries_names_colours_and_provenance(image, model, tmp_path):
    map_of(image, model, tmp_path / "out")
    with rasterio.open(tmp_path / "out" / "landcover.tif") as raster:
        tags, colours = raster.tags(), raster.colormap(1)
        assert raster.nodata == 255 and raster.profile["tiled"]
    assert [tags[f"CLASS_{10 * index}"] for index in range(4)] == list(NAMES)
    assert ["#{:02x}{:02x}{:02x}".format(*colours[10 * index][:3]) for index in range(4)] == list(COLORS)
    assert (tags["MODEL"], tags["MODEL_LICENCE"]) == ("Nearest mean", "CC0")
    assert json.loads(tags["PARAMETERS"])["model"] == model.name


def test_areas_are_geodesic(image, model, tmp_path):
    found = map_of(image, model, tmp_path / "out")
    areas = report_of(tmp_path / "out")["areas"]
    (left, top), (right, bottom) = plots.TRANSFORM @ (0, 0), plots.TRANSFORM @ (128, 96)
    outline = geopandas.GeoSeries([shapely.box(left, bottom, right, top)], crs="EPSG:32633")
    outline = outline.segmentize(100).to_crs("EPSG:4326")[0]
    whole = abs(Geod(ellps="WGS84").geometry_area_perimeter(outline)[0])
    for index, name in enumerate(NAMES):
        share = (found == 10 * index).mean()
        assert areas[name]["km2"] * 1e6 == pytest.approx(share * whole, rel=1e-4)
        assert areas[name]["share"] == pytest.approx(share, abs=1e-5)


@pytest.mark.parametrize("blur", [False, True])
def test_the_batch_and_the_number_of_cores_do_not_matter(tmp_path, monkeypatch, blur):
    nearest_mean(tmp_path / "model", blur=blur)
    image = write_image(tmp_path / "s2.tif", pixels(ground(300, 150), noise=0.05))
    whole = map_of(image, tmp_path / "model", tmp_path / "whole", "probabilities")
    monkeypatch.setenv("GDAL_NUM_THREADS", "3")  # as many tiles side by side
    wide = map_of(image, tmp_path / "model", tmp_path / "wide", "probabilities")
    monkeypatch.setenv(BUDGET, "10")
    small = map_of(image, tmp_path / "model", tmp_path / "small", "probabilities")
    for other in (wide, small):
        np.testing.assert_array_equal(other, whole)


def test_short_memory_is_said_and_the_map_is_made(image, model, tmp_path, monkeypatch):
    class Heard(QuietReport):
        def send(self, event):
            said.append(event.get("text", ""))

    said, out = [], tmp_path / "out"
    out.mkdir()
    monkeypatch.setenv(BUDGET, "10")
    map_landcover(request_of(image, model, out), Heard(tmp_path))
    assert any("looks at one tile at a time instead of" in text for text in said), said
    assert any(f"raise {BUDGET}" in text for text in said), said


def test_what_was_not_observed_is_no_class(model, tmp_path):
    values = pixels(ground())
    values[:, 10:20, 30:60] = 0  # the file's nodata
    values[1, 50, 50] = 0  # one band alone: the others still speak
    image = write_image(tmp_path / "s2.tif", values)
    found = map_of(image, model, tmp_path / "out", "confidence", min_area_ha=0.05)
    expected = np.zeros(found.shape, bool)
    expected[10:20, 30:60] = True
    np.testing.assert_array_equal(found == 255, expected)
    with rasterio.open(tmp_path / "out" / "confidence.tif") as raster:
        np.testing.assert_array_equal(raster.read(1) == 255, expected)
    assert report_of(tmp_path / "out")["share_observed"] == pytest.approx(1 - 300 / expected.size, abs=1e-4)


def test_an_aoi_clips_the_map_and_counts_alone(image, model, tmp_path):
    corners = [plots.TRANSFORM @ corner for corner in ((20, 10), (100, 20), (60, 90))]
    triangle = shapely.Polygon(corners)
    area = tmp_path / "aoi.gpkg"
    geopandas.GeoDataFrame(geometry=[triangle], crs="EPSG:32633").to_crs("EPSG:3857").to_file(area)
    found = map_of(image, model, tmp_path / "out", "polygons", aoi=str(area))
    assert found.shape == (80, 80)
    report = report_of(tmp_path / "out")
    assert report["share_observed"] == 1.0
    assert sum(item["ha"] for item in report["areas"].values()) == pytest.approx(triangle.area / 1e4, rel=0.01)
    assert set(geopandas.list_layers(tmp_path / "out" / "landcover.gpkg")["name"]) == {"landcover", "aoi"}
    whole = map_of(image, model, tmp_path / "whole")[10:90, 20:100]
    inside = found != 255
    np.testing.assert_array_equal(found[inside], whole[inside])


@pytest.mark.parametrize(
    ("row", "column", "height", "width"),
    [(40, 30, 5, 5), (0, 0, 20, 150), (120, 100, 60, 30), (261, 110, 39, 40), (23, 24, 33, 33), (0, 70, 300, 10)],
)
def test_an_aoi_cuts_the_map_and_not_what_the_model_sees(tmp_path, row, column, height, width):
    """Within an area the map is that of the whole image, also where tiles are blended and at the area's edge."""
    nearest_mean(tmp_path / "model", blur=True)
    image = write_image(tmp_path / "s2.tif", pixels(ground(300, 150), noise=0.05))
    map_of(image, tmp_path / "model", tmp_path / "whole", "probabilities")
    corners = [plots.TRANSFORM @ (column, row), plots.TRANSFORM @ (column + width, row + height)]
    box = shapely.box(*corners[0], *corners[1])
    geopandas.GeoDataFrame(geometry=[box], crs="EPSG:32633").to_file(tmp_path / "aoi.gpkg")
    map_of(image, tmp_path / "model", tmp_path / "part", "probabilities", aoi=str(tmp_path / "aoi.gpkg"))
    with (
        rasterio.open(tmp_path / "part" / "probabilities.tif") as part,
        rasterio.open(tmp_path / "whole" / "probabilities.tif") as whole,
    ):
        cut = whole.read()[:, row : row + height, column : column + width]
        np.testing.assert_array_equal(part.read(), cut)


def test_small_patches_take_the_class_around_them(model, tmp_path):
    classes = np.zeros((64, 64), np.uint8)
    classes[20:23, 20:23] = 1  # nine pixels: 0.09 ha
    classes[40:50, 40:50] = 2
    image = write_image(tmp_path / "s2.tif", pixels(classes, noise=0.001))
    found = map_of(image, model, tmp_path / "out", "confidence", "polygons", min_area_ha=0.1)
    assert set(np.unique(found)) == {0, 20}
    assert (found == 20).sum() == 100
    with rasterio.open(tmp_path / "out" / "confidence.tif") as raster:
        assert raster.read(1)[21, 21] == 0  # that of the class shown, not of the one that was merged away
    layer = geopandas.read_file(tmp_path / "out" / "landcover.gpkg", layer="landcover")
    assert sorted(layer["class"]) == ["field", "town"]
    assert layer["area_ha"].min() == pytest.approx(1.0, rel=0.01)


class Stopping(QuietReport):
    """Dies, as by a power cut, at the nth look; `Cancelled` stands for anything."""

    def __init__(self, checkpoints: Path, looks: int) -> None:
        super().__init__(checkpoints)
        self.left = looks

    def check_cancelled(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled("Cancelled.")


ENDLESS = 1_000_000


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.9, 1.0])
def test_a_job_that_was_cut_off_goes_on_and_gives_the_same(tmp_path, monkeypatch, share):
    nearest_mean(tmp_path / "model", blur=True)
    image = write_image(tmp_path / "s2.tif", pixels(ground(300, 150), noise=0.05))
    names, fields = ("probabilities",), {"min_area_ha": 0.1}
    monkeypatch.setattr(predicting, "CHECKPOINT_S", 0.0)
    for name in ("whole", "whole-working", "out", "out-working"):
        (tmp_path / name).mkdir()
    unbroken = Stopping(tmp_path / "whole-working", ENDLESS)
    map_landcover(request_of(image, tmp_path / "model", tmp_path / "whole", *names, **fields), unbroken)
    looks = ENDLESS - unbroken.left
    request = request_of(image, tmp_path / "model", tmp_path / "out", *names, **fields)
    with pytest.raises(Cancelled):
        map_landcover(request, Stopping(tmp_path / "out-working", round(share * looks) - 1))
    assert list((tmp_path / "out").iterdir()) == []
    asked = []
    original = predicting.map_tiles
    monkeypatch.setattr(
        predicting, "map_tiles", lambda *args, **more: asked.append(args[1].height) or original(*args, **more)
    )
    found = map_of(image, tmp_path / "model", tmp_path / "out", *names, **fields)
    assert not asked or asked[0] < 300 or share < 0.2  # it did not begin again
    with rasterio.open(tmp_path / "whole" / "landcover.tif") as other:
        np.testing.assert_array_equal(found, other.read(1))
    probabilities = [rasterio.open(tmp_path / name / "probabilities.tif") for name in ("out", "whole")]
    with probabilities[0] as one, probabilities[1] as other:
        np.testing.assert_array_equal(one.read(), other.read())


def test_another_request_does_not_go_on_from_a_checkpoint(image, model, tmp_path):
    out, working = tmp_path / "out", tmp_path / "out-working"
    map_of(image, model, out)
    assert working.joinpath("predicted.json").exists()
    other = write_image(tmp_path / "other.tif", pixels(ground()[::-1].copy()))
    found = map_of(other, model, out)
    np.testing.assert_array_equal(
        found, 10 * probabilities_of(pixels(ground()[::-1].copy()).astype(float)).argmax(axis=0)
    )


@pytest.mark.parametrize("named", ["aoi.gpkg", "aoi.gpkg|layername=upper"])
def test_a_checkpoint_of_an_area_that_has_changed_is_not_used(image, model, tmp_path, named):
    west, south, east, north = rasterio.open(image).bounds
    corners = [(west, south), (east, south), (east, north), (west, north)]
    found = []
    # Two triangles of the same bounds, so that the rows of one map could be taken for those of the other.
    for triangle in (shapely.Polygon(corners[:3]), shapely.Polygon(corners[1:])):
        frame = geopandas.GeoDataFrame(geometry=[triangle], crs="EPSG:32633")
        frame.to_file(tmp_path / "aoi.gpkg", layer="upper")
        found.append(map_of(image, model, tmp_path / "out", aoi=str(tmp_path / named)) != 255)
    middle = found[0].shape[1] // 2
    assert [area[-1, middle] for area in found] == [True, False]  # at the lower edge
    assert [area[0, middle] for area in found] == [False, True]  # at the upper one


@pytest.mark.parametrize("gone", ["classes.u8", "percent.u8"])
def test_a_checkpoint_whose_rows_are_gone_is_not_gone_on_with(image, model, tmp_path, gone):
    out, working = tmp_path / "out", tmp_path / "out-working"
    expected = map_of(image, model, out, "probabilities")
    (working / gone).unlink()
    np.testing.assert_array_equal(map_of(image, model, out, "probabilities"), expected)
    with rasterio.open(out / "probabilities.tif") as file:
        np.testing.assert_array_equal(file.read().argmax(axis=0) * 10, expected)


@pytest.mark.parametrize(("gsd", "warned"), [(10.0, False), (13.0, False), (20.0, True), (5.0, True)])
def test_pixels_of_another_size_are_warned_of(image, tmp_path, gsd, warned):
    nearest_mean(tmp_path / "model", gsd_m=gsd)
    map_of(image, tmp_path / "model", tmp_path / "out")
    assert any("learned from pixels of" in text for text in report_of(tmp_path / "out")["warnings"]) == warned


def test_an_image_without_the_bands_or_in_other_units_is_refused(model, tmp_path):
    few = write_image(tmp_path / "few.tif", pixels(ground())[:3], BANDS[:3])
    with pytest.raises(InputError, match="needs B08, which the image does not have"):
        map_of(few, model, tmp_path / "out")
    grey = write_image(
        tmp_path / "grey.tif",
        (pixels(ground()) // 40).astype(np.uint8),
        ("blue", "green", "red", "nir"),
        photometric="MINISBLACK",  # else GDAL takes the fourth band for an alpha
    )
    with pytest.raises(InputError, match="as reflectance, but the image holds it as 8-bit"):
        map_of(grey, model, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_names_of_bands_may_be_given(model, tmp_path):
    nameless = write_image(tmp_path / "nameless.tif", pixels(ground()), ("", "", "", ""))
    with pytest.raises(InputError, match="needs B02"):
        map_of(nameless, model, tmp_path / "out")
    swapped = write_image(tmp_path / "swapped.tif", pixels(ground())[::-1], ("", "", "", ""))
    found = map_of(swapped, model, tmp_path / "out", bands=("B08", "B04", "B03", "B02"))
    np.testing.assert_array_equal(
        found, map_of(write_image(tmp_path / "s2.tif", pixels(ground())), model, tmp_path / "o")
    )


def test_an_image_smaller_than_a_tile(tmp_path):
    nearest_mean(tmp_path / "model", tile=256, overlap=64)
    values = pixels(ground()[:7, :40])
    found = map_of(write_image(tmp_path / "s2.tif", values), tmp_path / "model", tmp_path / "out", "polygons")
    np.testing.assert_array_equal(found, 10 * probabilities_of(values.astype(float)).argmax(axis=0))


def test_the_most_probable_class_is_the_first_of_the_largest():
    values = np.random.default_rng(3).integers(0, 4, (5, 40, 30)).astype(np.float32)
    np.testing.assert_array_equal(predicting.most_probable(values), values.argmax(axis=0))
