"""Whatever a user gives that cannot be used: one sentence that names it and the fix, and nothing left behind."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from command import Done, run, tree

BOX = "15.0,49.0,15.1,49.1"  # degrees; not where the scene is


@dataclass(frozen=True)
class Bench:
    """A folder to lay bad files in, beside a good scene."""

    folder: Path
    scene: Path

    @property
    def post(self) -> Path:
        return self.scene / "post.tif"

    def image(
        self, name: str, change: Callable[[np.ndarray], np.ndarray] = lambda values: values, **profile: Any
    ) -> Path:
        """The post-event image with other values or another profile."""
        descriptions = profile.pop("descriptions", ("VV", "VH"))
        with rasterio.open(self.post) as source:
            values = change(source.read())
            plain = {"driver": "GTiff", "crs": source.crs, "transform": source.transform, "nodata": np.nan}
        plain.update(profile, count=len(values), height=values.shape[1], width=values.shape[2], dtype=values.dtype)
        path = self.folder / name
        with rasterio.open(path, "w", **plain) as target:
            target.write(values)
            target.update_tags(UNITS="linear power", CALIBRATION="sigma0")
            for band, text in enumerate(descriptions[: len(values)], start=1):
                target.set_band_description(band, text)
        return path

    def cut(self, name: str, share: float) -> Path:
        """The post-event image as a download that broke off."""
        path = self.folder / name
        whole = self.post.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        return path

    def text(self, name: str) -> Path:
        path = self.folder / name
        path.write_text("This is a letter.")
        return path

    def shapes(self, name: str, *shapes: shapely.Geometry, crs: str | None = "EPSG:32633") -> Path:
        path = self.folder / name
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "'crs' was not provided")
            geopandas.GeoDataFrame(geometry=list(shapes), crs=crs).to_file(path)
        return path

    def layers(self, name: str, *layers: str) -> Path:
        """A GeoPackage of several layers of polygons."""
        path = self.folder / name
        for layer in layers:
            geopandas.GeoDataFrame(geometry=[self.square()], crs="EPSG:32633").to_file(path, layer=layer)
        return path

    def square(self, west: float = 100, south: float = -900, east: float = 900, north: float = -100) -> shapely.Polygon:
        """A box in metres from the scene's upper left corner."""
        return shapely.box(400_000 + west, 5_500_000 + south, 400_000 + east, 5_500_000 + north)


@pytest.fixture
def bench(tmp_path: Path, small_scene: Path) -> Bench:
    (tmp_path / "given").mkdir()
    return Bench(tmp_path / "given", small_scene)


FAR_AWAY = Affine(10, 0, 600_000, 0, -10, 5_900_000)

BOW_TIE = shapely.Polygon([(400_100, 5_499_100), (400_900, 5_499_900), (400_900, 5_499_100), (400_100, 5_499_800)])

# What is wrong, the command's words after `flood`, and what the sentence must say.
CASES: dict[str, tuple[Callable[[Bench], list[Any]], str]] = {
    "no raster": (lambda b: ["--post", b.text("letter.tif")], r"letter\.tif is not a raster"),
    "no file": (lambda b: ["--post", b.folder / "nowhere.tif"], r"nowhere\.tif does not exist"),
    "no pre-event file": (
        lambda b: ["--post", b.post, "--pre", b.folder / "nowhere.tif"],
        r"nowhere\.tif does not exist",
    ),
    "a folder without images": (lambda b: ["--post", b.folder], r"given holds neither"),
    "cut in the middle": (lambda b: ["--post", b.cut("cut.tif", 0.5)], r"cut\.tif cannot be read to its end.*download"),
    "cut at its end": (lambda b: ["--post", b.cut("cut.tif", 0.999)], r"cut\.tif cannot be read to its end.*download"),
    "cut in its header": (lambda b: ["--post", b.cut("cut.tif", 0.0001)], r"cut\.tif is not a raster|damaged"),
    "cut pre-event image": (
        lambda b: ["--post", b.post, "--pre", b.cut("cut.tif", 0.9)],
        r"cut\.tif cannot be read to its end",
    ),
    "optical": (
        lambda b: [
            "--post",
            b.image(
                "s2.tif",
                lambda v: np.repeat((v[:1] * 10_000).astype(np.uint16), 4, axis=0),
                descriptions=("B2", "B3", "B4", "B8"),
                nodata=0,
            ),
        ],
        r"s2\.tif is an optical image; .*Sentinel-1",
    ),
    "bands without names": (
        lambda b: ["--post", b.image("two.tif", lambda v: v[[0, 0]], descriptions=("", ""))],
        r"two\.tif cannot be told apart; name them, such as VV,VH \(--bands\)\.",
    ),
    "complex": (
        lambda b: ["--post", b.image("slc.tif", lambda v: v.astype(np.complex64), nodata=None)],
        r"slc\.tif is complex \(SLC\); give the GRD",
    ),
    "no place": (
        lambda b: ["--post", b.image("lost.tif", crs=None, transform=None)],
        r"lost\.tif has no coordinate system .*georeference it",
    ),
    "turned": (
        lambda b: ["--post", b.image("turned.tif", transform=Affine(9, 3, 4e5, 3, -9, 55e5))],
        r"turned\.tif: The image is rotated .*gdalwarp",
    ),
    "all nodata": (
        lambda b: ["--post", b.image("empty.tif", lambda v: v * np.float32(np.nan))],
        r"empty\.tif holds no observed pixel",
    ),
    "all nodata before": (
        lambda b: ["--post", b.post, "--pre", b.image("empty.tif", lambda v: v * np.float32(np.nan))],
        r"empty\.tif holds no observed pixel",
    ),
    "nodata within the AOI": (
        lambda b: ["--post", b.image("half.tif", _without_the_west), "--aoi", b.shapes("aoi.gpkg", b.square())],
        r"holds no observed pixel within the area: check its nodata and the AOI",
    ),
    "images apart": (
        lambda b: ["--post", b.post, "--pre", b.image("away.tif", transform=FAR_AWAY)],
        r"away\.tif does not overlap the area",
    ),
    "AOI elsewhere": (lambda b: ["--post", b.post, "--aoi", BOX], r"AOI and the image do not overlap; move the AOI"),
    "AOI file elsewhere": (
        lambda b: ["--post", b.post, "--aoi", b.shapes("aoi.gpkg", b.square(west=-900, east=-100))],
        r"AOI and the image do not overlap; move the AOI",
    ),
    "AOI crosses itself": (
        lambda b: ["--post", b.post, "--aoi", b.shapes("bow.gpkg", BOW_TIE)],
        r"bow\.gpkg crosses itself near .*repair it",
    ),
    "AOI is empty": (
        lambda b: ["--post", b.post, "--aoi", b.shapes("none.geojson")],
        r"none\.geojson holds no polygons",
    ),
    "AOI is a point": (
        lambda b: ["--post", b.post, "--aoi", b.shapes("tap.gpkg", shapely.Point(400_100, 5_499_900))],
        r"tap\.gpkg holds .*points.*; give polygons",
    ),
    "AOI is a line": (
        lambda b: ["--post", b.post, "--aoi", b.shapes("road.gpkg", b.square().boundary)],
        r"road\.gpkg holds lines.*; give polygons",
    ),
    "AOI is flat": (
        lambda b: ["--post", b.post, "--aoi", b.shapes("flat.gpkg", b.square(east=100))],
        r"flat\.gpkg has no area; draw a polygon",
    ),
    "AOI without CRS": (
        lambda b: ["--post", b.post, "--aoi", b.shapes("lost.shp", b.square(), crs=None)],
        r"lost\.shp has no coordinate system; set it",
    ),
    "no AOI file": (lambda b: ["--post", b.post, "--aoi", b.folder / "aoi.gpkg"], r"aoi\.gpkg does not exist"),
    "AOI is no vector file": (
        lambda b: ["--post", b.post, "--aoi", b.text("aoi.gpkg")],
        r"aoi\.gpkg is not a vector file",
    ),
    "box turned round": (
        lambda b: ["--post", b.post, "--aoi", "15.1,49.0,15.0,49.1"],
        r"AOI's box is turned round; give west,south,east,north",
    ),
    "box off the globe": (
        lambda b: ["--post", b.post, "--aoi", "15.0,49.0,15.1,100"],
        r"AOI's box is not in degrees; give west,south,east,north",
    ),
    "box without area": (
        lambda b: ["--post", b.post, "--aoi", "15.0,49.0,15.0,49.1"],
        r"AOI's box has no area; give west,south,east,north",
    ),
    "no DEM": (lambda b: ["--post", b.post, "--dem", b.folder / "dem.tif"], r"dem\.tif does not exist"),
    "DEM elsewhere": (
        lambda b: ["--post", b.post, "--dem", b.image("dem.tif", lambda v: v[:1] * 100, transform=FAR_AWAY)],
        r"dem\.tif does not overlap the area",
    ),
    "HAND elsewhere": (
        lambda b: ["--post", b.post, "--hand", b.image("hand.tif", lambda v: v[:1] * 100, transform=FAR_AWAY)],
        r"hand\.tif does not overlap the area",
    ),
    "DEM of several bands": (lambda b: ["--post", b.post, "--dem", b.post], r"post\.tif has 2 bands; give .*one"),
    "DEM without place": (
        lambda b: ["--post", b.post, "--dem", b.image("dem.tif", lambda v: v[:1], crs=None, transform=None)],
        r"dem\.tif has no coordinate system",
    ),
    "permanent water without place": (
        lambda b: ["--post", b.post, "--permanent-water", b.image("lakes.tif", lambda v: v[:1] * 0, crs=None)],
        r"lakes\.tif has no coordinate system",
    ),
    "lakes without CRS": (
        lambda b: ["--post", b.post, "--permanent-water", b.shapes("lakes.shp", b.square(), crs=None)],
        r"lakes\.shp has no coordinate system; set it",
    ),
    "permanent water is neither": (
        lambda b: ["--post", b.post, "--permanent-water", b.text("lakes.tif")],
        r"lakes\.tif is not a (raster|vector file)",
    ),
    "too many bands": (lambda b: ["--post", b.post, "--bands", "VV,VH,skip"], r"3 bands are named, .* \(--bands\)\."),
    "words for a box": (
        lambda b: ["--post", b.post, "--aoi", "west,south,east,north"],
        r"The AOI 'west,south,east,north' is neither a file nor four numbers; give west,south,east,north",
    ),
    "a box of three": (
        lambda b: ["--post", b.post, "--aoi", "15,49,16"],
        r"The AOI '15,49,16' is neither a file nor four numbers; give west,south,east,north",
    ),
    "an AOI that no path can be": (
        lambda b: ["--post", b.post, "--aoi", "POLYGON ((" + "15 49, " * 100 + "))"],
        r"is neither a file nor four numbers; give",
    ),
    "an AOI in one of several layers": (
        lambda b: ["--post", b.post, "--aoi", b.layers("basins.gpkg", "upper", "lower")],
        r"given/basins\.gpkg has several layers of polygons \(upper, lower\); append \|layername=NAME",
    ),
    "lakes in one of several layers": (
        lambda b: ["--post", b.post, "--permanent-water", b.layers("lakes.gpkg", "upper", "lower")],
        r"given/lakes\.gpkg has several layers of polygons \(upper, lower\); append \|layername=NAME",
    ),
    "no such layer": (
        lambda b: ["--post", b.post, "--permanent-water", f"{b.layers('lakes.gpkg', 'upper')}|layername=ponds"],
        r"given/lakes\.gpkg has no layer 'ponds'; it has upper\.",
    ),
    "a filter behind a layer": (
        lambda b: ["--post", b.post, "--aoi", f"{b.layers('basins.gpkg', 'upper')}|layername=upper|subset=a = 1"],
        r"'\|layername=upper\|subset=a = 1' behind .*given/basins\.gpkg is not understood; append \|layername=NAME",
    ),
    "a file of no date among several dates": (
        lambda b: ["--post", b.post, "--pre", *(b.image(f"{name}.tif") for name in ("a_20240101", "b_20240113", "c"))],
        r"given/c\.tif does not say of which date it is, .* of several; give each date by itself \(--pre\)\.",
    ),
    "two images after the flood of no date": (
        lambda b: ["--post", b.image("a.tif"), b.image("b.tif")],
        r"given/a\.tif and .*given/b\.tif lie over each other and do not say their dates: .* \(--pre\)\.",
    ),
    "hundredths of dB": (
        lambda b: ["--post", b.image("cents.tif", lambda v: (1000 * np.log10(v)).astype(np.int16), nodata=None)],
        r"given/cents\.tif looks like dB x 100 .*; divide it by 100",
    ),
    "dB that are told to be power": (
        lambda b: ["--post", b.image("db.tif", lambda v: 10 * np.log10(v)), "--units", "power"],
        r"given/db\.tif is told to be linear power, but most of its values are negative, .* \(--units\)\.",
    ),
    "power that is told to be dB": (
        lambda b: ["--post", b.post, "--units", "db"],
        r"post\.tif is told to be dB, but hardly any of its values is negative, .* \(--units\)\.",
    ),
}


def _without_the_west(values: np.ndarray) -> np.ndarray:
    values[:, :, :160] = np.nan
    return values


def assert_refused(done: Done, reason: str) -> None:
    assert done.status == 1, done
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert line.startswith("geofm: ")
    assert re.search(reason, line), line


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_used_is_refused_with_one_sentence(bench, geofm, case):
    words, reason = CASES[case]
    given = words(bench)
    before = tree(bench.folder.parent, bench.scene)
    assert_refused(geofm("flood", *given, "--out", bench.folder.parent / "new" / "map"), reason)
    assert tree(bench.folder.parent, bench.scene) == before


@pytest.mark.parametrize("case", ["cut at its end", "AOI crosses itself"])
def test_the_command_itself_prints_the_sentence_alone(bench, case):
    """No warning of a library, no trace, on its way out of a real process."""
    words, reason = CASES[case]
    assert_refused(run("flood", *words(bench), "--json", "--out", bench.folder.parent / "map"), reason)


def test_a_failed_run_leaves_what_was_in_the_folder(bench, geofm):
    out = bench.folder.parent / "map"
    out.mkdir()
    for name in ("flood.tif", "notes.txt"):
        (out / name).write_text("old")
    assert_refused(geofm("flood", "--post", bench.cut("cut.tif", 0.999), "--out", out), "cut off")
    assert {path.name: path.read_text() for path in out.iterdir()} == {"flood.tif": "old", "notes.txt": "old"}


def test_a_read_only_folder(bench, geofm, read_only_disk):
    for out in (read_only_disk, read_only_disk / "new"):
        assert_refused(geofm("flood", "--post", bench.post, "--out", out), "(?i)read-only.*; choose another")


@pytest.mark.parametrize("below", [".", "map"])
def test_a_file_where_the_folder_should_be(bench, geofm, below):
    file = bench.text("map")
    assert_refused(geofm("flood", "--post", bench.post, "--out", file / below), "map cannot be made .*choose another")
    assert file.read_text() == "This is a letter."


def test_a_folder_where_a_file_should_be(bench, geofm):
    out = bench.folder / "map"
    (out / "flood.tif").mkdir(parents=True)
    assert_refused(
        geofm("flood", "--post", bench.post, "--out", out), r"flood\.tif is a folder; give the name of a file"
    )
    assert tree(out) == {out / "flood.tif"}


def test_a_job_folder_that_cannot_be_used(bench, geofm, monkeypatch):
    monkeypatch.setenv("GEOFM_HOME", str(bench.text("home")))
    out = bench.folder / "map"
    assert_refused(
        geofm("flood", "--post", bench.post, "--queue", "--out", out), "set the environment variable GEOFM_HOME"
    )
    assert not out.exists()


# What is wrong, the prediction, the truth, and what the sentence must say.
EVALUATIONS: dict[str, tuple[Callable[[Bench], list[Any]], str]] = {
    "backscatter as a map": (
        lambda b: [b.image("vv.tif", lambda v: v[:1]), b.scene / "flood_truth.tif"],
        r"vv\.tif holds the value .*no class of a flood map",
    ),
    "an image of two bands": (lambda b: [b.post, b.scene / "flood_truth.tif"], r"post\.tif has 2 bands; give .*one"),
    "no map": (lambda b: [b.folder / "map.tif", b.scene / "flood_truth.tif"], r"map\.tif does not exist"),
    "no raster": (lambda b: [b.text("map.tif"), b.scene / "flood_truth.tif"], r"map\.tif is not a raster"),
    "polygons": (
        lambda b: [b.shapes("map.gpkg", b.square()), b.scene / "flood_truth.tif"],
        r"map\.gpkg is a vector (layer|file); give a raster",
    ),
    "truth with other classes": (
        lambda b: [b.scene / "flood_truth.tif", b.scene / "landcover_truth.tif"],
        r"landcover_truth\.tif holds the value .*ignore it .* \(--ignore\)",
    ),
    "truth elsewhere": (
        lambda b: [b.scene / "flood_truth.tif", b.image("away.tif", lambda v: v[:1] * 0, transform=FAR_AWAY)],
        r"share no pixel .*check that they show one place",
    ),
}


@pytest.mark.parametrize("case", EVALUATIONS)
def test_an_evaluation_that_cannot_be_made(bench, geofm, case):
    files, reason = EVALUATIONS[case]
    prediction, truth = files(bench)
    before = tree(bench.folder, bench.scene)
    assert_refused(geofm("evaluate", "flood", "--prediction", prediction, "--truth", truth), reason)
    assert tree(bench.folder, bench.scene) == before
