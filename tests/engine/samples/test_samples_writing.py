"""The files of the simulated samples."""

import json
import threading
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import rasterio
import rasterio.features

from engine.errors import Cancelled, OutputError, RequestError
from engine.jobs.report import Report
from engine.jobs.requests import SamplesRequest, from_json
from engine.samples import CLASSES, OPTICAL_BANDS, Scene, Simulator, write_samples, write_scene

RADAR = ("post.tif", "pre1.tif", "pre2.tif")
RASTERS = (*RADAR, "dem.tif", "flood_truth.tif", "s2.tif", "landcover_truth.tif")


class Listener(Report):
    """Keeps the events; cancels at the given call of `check_cancelled`."""

    def __init__(self, folder: Path, cancel_at: int = 0) -> None:
        super().__init__(folder)
        self.events: list[dict[str, Any]] = []
        self.checks, self.cancel_at = 0, cancel_at

    def send(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    def check_cancelled(self) -> None:
        self.checks += 1
        if self.cancel_at and self.checks >= self.cancel_at:
            raise Cancelled("Cancelled.")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "Über flow 洪水"
    write_samples(SamplesRequest(str(folder), 320, 300, 7), Listener(folder))
    return folder


def test_folder_holds_the_files_and_nothing_else(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted([*RASTERS, "training_polygons.gpkg"])


@pytest.mark.parametrize("name", RASTERS)
def test_every_raster_says_that_it_is_simulated_and_where_it_lies(folder: Path, name: str) -> None:
    with rasterio.open(folder / name) as raster:
        tags = raster.tags()
        assert tags["SIMULATED"] == "YES" and "SIMULATED" in tags["TIFFTAG_IMAGEDESCRIPTION"]
        assert tags["SEED"] == "7" and tags["VERSION"] and tags["METHOD"]
        assert raster.crs.to_epsg() == 32633 and raster.res == (10, 10) and raster.shape == (300, 320)


def test_pixels_are_those_of_the_simulator(folder: Path) -> None:
    strip = Simulator(Scene(seed=7, width=320, height=300), optical=True).whole()
    arrays = {
        **{f"{date}.tif": power for date, power in strip.radar.items()},
        "dem.tif": strip.ground.dem[None],
        "flood_truth.tif": strip.ground.truth[None],
        "s2.tif": strip.optical,
        "landcover_truth.tif": strip.ground.cover[None],
    }
    for name, values in arrays.items():
        with rasterio.open(folder / name) as raster:
            assert np.array_equal(raster.read(), values), name
            assert raster.dtypes[0] == values.dtype.name


def test_bands_dates_and_classes_are_named(folder: Path) -> None:
    dates = []
    for name in RADAR:
        with rasterio.open(folder / name) as raster:
            assert raster.descriptions == ("VV", "VH") and np.isnan(raster.nodata)
            assert raster.tags()["UNITS"] == "linear power"
            dates.append(raster.tags()["ACQUISITION_DATE"])
    assert dates == sorted(dates, reverse=True) and len(set(dates)) == 3
    with rasterio.open(folder / "s2.tif") as raster:
        assert raster.descriptions == OPTICAL_BANDS and raster.dtypes == ("uint16",) * 10
    with rasterio.open(folder / "landcover_truth.tif") as raster:
        assert [raster.tags()[f"CLASS_{index}"] for index in range(len(CLASSES))] == [c.name for c in CLASSES]
        assert raster.nodata == 255 and len(set(list(raster.colormap(1).values())[: len(CLASSES)])) == len(CLASSES)


def test_it_takes_as_many_cores_as_a_job_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(Listener):
        most = 0

        def check_cancelled(self) -> None:
            here = sum(thread.name.startswith("ahead") for thread in threading.enumerate())
            self.most = max(self.most, here)

    for cores in ("1", "2"):
        monkeypatch.setenv("GDAL_NUM_THREADS", cores)  # as the worker sets it
        report = Counting(tmp_path)
        write_samples(SamplesRequest(str(tmp_path), 64, 1024, 1, optical=False), report)
        assert report.most == int(cores)


def test_reflectance_follows_the_class(folder: Path) -> None:
    with rasterio.open(folder / "s2.tif") as image, rasterio.open(folder / "landcover_truth.tif") as truth:
        reflectance, cover = image.read() / 10_000, truth.read(1)
    for index in np.unique(cover):
        means = reflectance[:, cover == index].mean(axis=1)
        assert np.allclose(means, CLASSES[index].reflectance, rtol=0.15, atol=0.002), CLASSES[index].name


def test_training_polygons_lie_inside_one_class_each(folder: Path) -> None:
    polygons = geopandas.read_file(folder / "training_polygons.gpkg")
    with rasterio.open(folder / "landcover_truth.tif") as raster:
        cover = raster.read(1)
        assert polygons.crs == raster.crs
        ids = {info.name: index for index, info in enumerate(CLASSES)}
        for shape, name in zip(polygons.geometry, polygons["class"], strict=True):
            inside = rasterio.features.geometry_mask(
                [shape], cover.shape, raster.transform, all_touched=True, invert=True
            )
            assert set(np.unique(cover[inside])) == {ids[name]}
    assert polygons.is_valid.all()


def test_default_scene_gives_five_polygons_or_more_of_every_class(tmp_path: Path) -> None:
    write_samples(SamplesRequest(str(tmp_path)), Listener(tmp_path))
    counts = geopandas.read_file(tmp_path / "training_polygons.gpkg")["class"].value_counts()
    assert set(counts.index) == {info.name for info in CLASSES} and counts.min() >= 5


def test_result_lists_the_files_and_the_areas(tmp_path: Path) -> None:
    listener = Listener(tmp_path)
    result = write_samples(SamplesRequest(str(tmp_path), 128, 96, 1), listener)
    assert all(Path(output.path).is_file() and "simulated" in output.name for output in result.outputs)
    assert sum(result.summary["flood_ha"].values()) == pytest.approx(128 * 96 / 100, abs=0.1)
    assert listener.events[-1]["done"] == listener.events[-1]["total"] == pytest.approx(128 * 96 / 1e6)


def test_any_scene_can_be_written_without_its_optical_part(tmp_path: Path) -> None:
    scene = Scene(seed=1, width=64, height=80, layout="sand")
    result = write_scene(scene, tmp_path, Listener(tmp_path), optical=False)
    assert {path.name for path in tmp_path.iterdir()} == {*RASTERS, "training_polygons.gpkg"} - {"s2.tif"}
    with rasterio.open(tmp_path / "flood_truth.tif") as raster:
        assert not raster.read().any()
        assert json.loads(raster.tags()["PARAMETERS"])["layout"] == "sand"
    assert result.summary["landcover_ha"]["sand"] == pytest.approx(64 * 80 / 100)


@pytest.mark.parametrize("check", [1, 3, 6, 9])
def test_cancelling_leaves_nothing(tmp_path: Path, check: int) -> None:
    """Checks 1 to 4 fall between the blocks of this scene, the others between the files as they are finished."""
    with pytest.raises(Cancelled):
        write_samples(SamplesRequest(str(tmp_path), 64, 128, 1), Listener(tmp_path, cancel_at=check))
    assert not list(tmp_path.iterdir())


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="taken"):
        write_samples(SamplesRequest(str(tmp_path / "taken"), 64, 64), Listener(tmp_path))


def test_request_goes_through_json_and_names_what_is_wrong() -> None:
    request = SamplesRequest("samples", 2000, 1000, 3)
    assert from_json(request.to_json()) == request
    for values, name in (({"folder": ""}, "folder"), ({"width": 10}, "width"), ({"seed": -1}, "seed")):
        with pytest.raises(RequestError, match=name):
            SamplesRequest(**{"folder": "samples", **values})  # type: ignore[arg-type]
