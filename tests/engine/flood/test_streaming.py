"""A map does not depend on the rows that are worked on at a time, and its memory does not grow with the area."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine
from constructed import backscatter, boxes, image, write
from maps import TRANSFORM
from peaks import peak_kibibytes
from rasterio.warp import Resampling, reproject, transform_bounds
from scipy import ndimage

from engine.errors import Cancelled
from engine.flood import filtering, mapping
from engine.flood.mapping import map_flood
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest
from engine.raster.stream import READ_ROWS
from engine.samples import Scene, Simulator, Strip

HEIGHT, WIDTH = 701, 331  # more than one lattice cell of tiles, and a multiple of nothing
WHOLE = 1 << 20
Sized = Callable[[int], None]


@pytest.fixture(scope="module")
def strip() -> Strip:
    return Simulator(Scene(seed=8, width=WIDTH, height=HEIGHT)).whole()


@pytest.fixture(scope="module")
def files(strip: Strip, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All that a request may name, with gaps, in several coordinate systems."""
    folder = tmp_path_factory.mktemp("files")
    post = strip.radar["post"].copy()
    random = np.random.default_rng(0)
    post[:, ndimage.binary_dilation(random.random((HEIGHT, WIDTH)) < 2e-4, iterations=4)] = np.nan
    post[:, 300:330, :90] = np.nan
    post[:, random.random((HEIGHT, WIDTH)) < 1e-4] = 1e3  # ships and roofs
    found = {
        "post": image(folder / "post.tif", post, units="linear power"),
        "pre": image(folder / "pre.tif", strip.radar["pre1"], units="linear power"),
        "dem": warped(folder / "dem.tif", 3 * strip.ground.dem[None], "EPSG:4326", 30, Resampling.bilinear),
        "elsewhere": warped(folder / "warped.tif", strip.radar["pre2"], "EPSG:3857", 27, Resampling.average),
        "water": write(folder / "water.tif", (strip.ground.truth == 1).astype(np.uint8)),
    }
    found["VV"] = image(folder / "vv.tif", post[:1], ["VV"], units="linear power")
    corners = [TRANSFORM @ corner for corner in ((-5, 40), (300, 10), (280, 600), (140, 690), (150, 400))]
    geographic = pyproj.Transformer.from_crs(32633, 4326, always_xy=True)
    found["aoi"] = shapely.to_geojson(shapely.Polygon([geographic.transform(*corner) for corner in corners]))
    return found


def warped(path: Path, values: np.ndarray, crs: str, metres: float, method: Resampling) -> str:
    """The same place, and a little more, on another grid."""
    height, width = values.shape[1:]
    edges = (TRANSFORM.c, TRANSFORM.f - 10 * height, TRANSFORM.c + 10 * width, TRANSFORM.f)
    left, bottom, right, top = transform_bounds("EPSG:32633", crs, *edges)
    step = metres / 111_320 if crs == "EPSG:4326" else metres
    place = Affine(step, 0, left - 1.3 * step, 0, -step, top + 1.7 * step)
    shape = (len(values), int((top - bottom) / step) + 4, int((right - left) / step) + 4)
    out = np.full(shape, np.nan, np.float32)
    reproject(
        values, out, src_transform=TRANSFORM, src_crs="EPSG:32633", dst_transform=place, dst_crs=crs,
        resampling=method, src_nodata=np.nan, dst_nodata=np.nan,
    )  # fmt: skip
    if len(values) == 2:
        return image(path, out, transform=place, crs=crs, units="linear power")
    return write(path, out, transform=place, crs=crs)


CASES: dict[str, dict[str, Any]] = {
    "one date": {},
    "VV alone": {"post": "VV", "pre": ["pre"]},
    "two dates, Lee": {"pre": ["pre"], "speckle_filter": "lee"},
    "refined Lee, all polygons kept": {"pre": ["pre"], "speckle_filter": "refined-lee", "min_area_ha": 0.0},
    "AOI and permanent water": {"aoi": "aoi", "permanent_water": "water", "min_area_ha": 2.0},
    "another date on another grid, and a DEM": {"pre": ["pre", "elsewhere"], "dem": "dem", "max_slope_deg": 3.0},
}


def request_of(files: dict[str, Any], case: str, out: Path) -> FloodRequest:
    given = {"post": "post", "pre": [], **CASES[case]}
    paths = {name: files[given[name]] for name in ("aoi", "dem", "permanent_water") if name in given}
    return FloodRequest(
        **{
            **given,
            **paths,
            "post": (files[given["post"]],),
            "pre": tuple((files[name],) for name in given["pre"]),
            "mask": str(out / "flood.tif"),
            "confidence": str(out / "confidence.tif"),
        }
    )


def outcome(request: FloodRequest, report: QuietReport) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Classes, confidence, and what the report says but for its timings."""
    summary = map_flood(request, report).summary
    rasters = []
    for path in (request.mask, request.confidence):
        with rasterio.open(path) as file:
            rasters.append(file.read(1))
    kept = {name: summary[name] for name in ("areas", "thresholds", "share_observed", "warnings")}
    return rasters[0], rasters[1], kept


def assert_same(found: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    assert found[2] == expected[2]


@pytest.fixture
def rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> Sized:
    """Sets how many rows are read, filtered and labelled at a time."""

    def set_to(rows: int) -> None:
        monkeypatch.setattr(mapping, "band_rows", lambda inputs, speckle_filter, report, before=0: rows)

    return set_to


@pytest.mark.parametrize("case", CASES)
def test_the_map_is_that_of_the_whole_array_at_any_band_size(
    files: dict[str, Any], tmp_path: Path, rows_at_a_time: Sized, case: str
) -> None:
    found = {}
    for rows in (WHOLE, READ_ROWS, 128, 97, 31, 16):
        rows_at_a_time(rows)
        out = tmp_path / str(rows)
        out.mkdir()
        found[rows] = outcome(request_of(files, case, out), QuietReport(out))
    assert {0, 255} < set(np.unique(found[WHOLE][0]).tolist())
    for other in found.values():
        assert_same(other, found[WHOLE])


@pytest.mark.parametrize("case", CASES)
def test_the_map_is_the_same_however_many_columns_are_filtered_at_a_time(
    files: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    assert filtering.COLUMNS > WIDTH
    whole = outcome(request_of(files, case, tmp_path), QuietReport(tmp_path))
    for columns in (128, 47):
        monkeypatch.setattr(filtering, "COLUMNS", columns)
        out = tmp_path / str(columns)
        out.mkdir()
        assert_same(outcome(request_of(files, case, out), QuietReport(out)), whole)


class StoppedAfter(QuietReport):
    """Cancels after so many questions whether to go on."""

    def __init__(self, checkpoints: Path, questions: int) -> None:
        super().__init__(checkpoints)
        self.left = questions
        self.first: float | None = None

    def check_cancelled(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled("Cancelled.")

    def progress(self, done: float, total: float, unit: str) -> None:
        self.first = done if self.first is None else self.first


def test_a_map_that_was_stopped_anywhere_and_gone_on_with_is_the_same(
    files: dict[str, Any], tmp_path: Path, rows_at_a_time: Sized
) -> None:
    rows_at_a_time(128)
    case = "another date on another grid, and a DEM"
    unbroken = tmp_path / "unbroken"
    unbroken.mkdir()
    counter = StoppedAfter(unbroken, 1000)
    expected = outcome(request_of(files, case, unbroken), counter)
    resumed = False
    for questions in range(1, 1000 - counter.left, 7):
        out = tmp_path / str(questions)
        out.mkdir()
        request = request_of(files, case, out)
        with pytest.raises(Cancelled):
            map_flood(request, StoppedAfter(out, questions))
        assert not (out / "flood.tif").exists()
        again = StoppedAfter(out, 1000)
        assert_same(outcome(request, again), expected)
        resumed |= bool(again.first)
    assert resumed, "No checkpoint was used."


def test_a_checkpoint_whose_rows_are_gone_is_not_gone_on_with(files: dict[str, Any], tmp_path: Path) -> None:
    """As one leaves it who is killed while it clears its working files away."""
    case = "another date on another grid, and a DEM"
    expected = outcome(request_of(files, case, tmp_path), QuietReport(tmp_path))
    assert (tmp_path / "observed.npz").exists()
    (tmp_path / "filtered.i16").unlink()
    assert_same(outcome(request_of(files, case, tmp_path), QuietReport(tmp_path)), expected)


def peak_of_arrays(height: int, folder: Path) -> int:
    """Most bytes that Python and numpy held at a time while a place of so many rows was mapped."""
    wet = np.tile(boxes((20, 20, 60, 60), shape=(128, 200)), (height // 128, 1))
    dates = [image(folder / f"{date}_{height}.tif", backscatter(wet, date)) for date in range(2)]
    names = {"mask": "flood.tif", "confidence": "confidence.tif", "quicklook": "map.png"}
    outputs = {name: str(folder / f"{height}_{file}") for name, file in names.items()}
    checkpoints = folder / f"checkpoints_{height}"
    checkpoints.mkdir()
    request = FloodRequest(post=(dates[0],), pre=((dates[1],),), **outputs)
    tracemalloc.start()
    try:
        map_flood(request, QuietReport(checkpoints))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_arrays_do_not_grow_with_the_area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times the rows: nothing of the two images, 16 bytes a pixel, may stay behind."""
    # Otherwise the peak depends on which threads happen to hold theirs at the same moment.
    monkeypatch.setenv("GDAL_NUM_THREADS", "1")
    small, large = (peak_of_arrays(height, tmp_path) for height in (1280, 5120))
    pixels = (5120 - 1280) * 200
    assert large - small < 3 * pixels, f"{small / 1e6:.1f} MB and {large / 1e6:.1f} MB"


# GDAL's caches have a size of their own, whatever the image; held small, they do not hide what grows with it.
SMALL_CACHES = """
import sys
import rasterio

environment = rasterio.Env
rasterio.Env = lambda **options: environment(**{**options, "GDAL_CACHEMAX": 16 * 2**20})
from engine.cli import main

sys.exit(main())
"""


def peak_megabytes(folder: Path, *words: object) -> float:
    """Most memory that `geofm` with these words held at a time."""
    return peak_kibibytes(folder, sys.executable, "-c", SMALL_CACHES, *words)[0] / 1024


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is counted in other units elsewhere")
def test_memory_does_not_grow_with_the_area(tmp_path: Path) -> None:
    """Eight times the rows, of the same width."""
    strip = Simulator(Scene(seed=2, width=1024, height=1024)).whole()
    peaks = []
    for times in (1, 8):
        paths = {}
        for date in ("post", "pre1"):
            paths[date] = tmp_path / f"{date}_{times}.tif"
            profile = {"driver": "GTiff", "dtype": "float32", "crs": "EPSG:32633", "transform": TRANSFORM}
            with rasterio.open(paths[date], "w", count=2, width=1024, height=1024 * times, **profile) as file:
                for repeat in range(times):
                    window = rasterio.windows.Window(0, 1024 * repeat, 1024, 1024)
                    file.write(strip.radar[date], window=window)
                file.descriptions = ("VV", "VH")
        out = tmp_path / f"map{times}"
        peaks.append(peak_megabytes(tmp_path, "flood", "--post", paths["post"], "--pre", paths["pre1"], "--out", out))
        areas = json.loads((out / "report.json").read_text(encoding="utf-8"))["areas"]
        assert sum(area["pixels"] for area in areas.values()) == 1024 * 1024 * times
    # The images themselves take 117 MB more.
    assert peaks[1] < peaks[0] + 45, f"{peaks[0]} MB and {peaks[1]} MB"
