"""An AOI cuts the map, not what the map is judged by."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from maps import decibels, simulate, write_image
from rasterio.crs import CRS
from rasterio.warp import transform_bounds

from engine.flood import surroundings
from engine.flood.mapping import map_flood
from engine.flood.surroundings import MARGIN, Surroundings
from engine.flood.tiles import LATTICE
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest
from engine.raster.grid import Grid
from engine.samples import FLOOD, Scene

UTM = CRS.from_epsg(32633)


def grid(width: int, height: int) -> Grid:
    return Grid(UTM, Affine(10, 0, 400_000, 0, -10, 5_500_000), width, height)


def test_the_margin_ends_on_the_lattice_of_the_whole_image() -> None:
    image = grid(10_000, 10_000)
    around = Surroundings(image, image.window(3000, 4000, 100, 200), dates=1, strips=False)
    column, row = ~image.transform @ (around.grid.transform.c, around.grid.transform.f)
    assert (round(row), round(column)) == (2048, 3072)  # multiples of 512
    assert around.grid.shape == (2048, 2048)
    assert around.row == 3000 - 2048 >= MARGIN
    assert around.columns == slice(4000 - 3072, 4200 - 3072)


def test_a_small_image_is_looked_at_as_a_whole() -> None:
    image = grid(1100, 1300)
    around = Surroundings(image, image.window(0, 0, 50, 50), dates=3, strips=False)
    assert around.total == len(around.cells) == 5
    assert around.grid.shape == (1024, 1024)
    assert sum(cell.width * cell.height for cell in around.cells) + 1024 * 1024 == 1100 * 1300
    whole = Surroundings(image, image, dates=3, strips=False)
    assert whole.grid == image
    assert not whole.cells


@pytest.mark.parametrize("dates", [1, 3])
def test_of_a_large_image_an_even_sample_is_taken(dates: int) -> None:
    image = grid(20_000, 20_000)
    around = Surroundings(image, image.window(9000, 9000, 100, 100), dates=dates, strips=False)
    pixels = around.grid.width * around.grid.height + sum(cell.width * cell.height for cell in around.cells)
    assert 0.85 * surroundings.MOST_PIXELS <= pixels * dates <= 2 * surroundings.MOST_PIXELS
    places = np.array([~image.transform @ (cell.transform.c, cell.transform.f) for cell in around.cells]).round()
    assert len(np.unique(places, axis=0)) == len(places)
    assert (places % LATTICE == 0).all()
    # All quarters of the image alike, and neighbours in a row are far apart.
    quarters = np.histogram2d(*places.T, bins=2, range=[[0, 20_000]] * 2)[0]
    assert quarters.max() <= 2 * quarters.min()


def test_an_image_in_strips_is_read_in_few_rows() -> None:
    image = grid(20_000, 20_000)
    around = Surroundings(image, image.window(9000, 9000, 100, 100), dates=1, strips=True)
    assert len({cell.transform.f for cell in around.cells}) == surroundings.ROWS_OF_STRIPS
    assert len(around.cells) >= 8


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], np.ndarray]:
    """A simulated place on three dates, the one after the flood first, and where its flood is."""
    strip, folder = simulate(Scene(seed=30)), tmp_path_factory.mktemp("scene")
    files = [write_image(folder / f"{date}.tif", decibels(strip, date)) for date in ("post", "pre1", "pre2")]
    return files, strip.ground.truth == FLOOD


def mapped(files: list[Path], folder: Path, aoi: str | None = None) -> tuple[np.ndarray, Affine, bool]:
    """The classes, where they lie, and whether the thresholds are fixed ones."""
    mask = folder / "flood.tif"
    request = FloodRequest(
        post=(str(files[0]),), pre=tuple((str(file),) for file in files[1:]), mask=str(mask), aoi=aoi
    )
    result = map_flood(request, QuietReport(folder))
    with rasterio.open(mask) as file:
        return file.read(1), file.transform, result.summary["thresholds"]["after"]["fixed"]


def compared(
    scene: tuple[list[Path], np.ndarray], tmp_path: Path, squares: int
) -> tuple[list[float], list[float], list[bool]]:
    """Of random squares of 1 to 5 km: the share of pixels as on the whole map, the loss of flood's F1, fixed or not."""
    files, truth = scene
    whole, frame, _ = mapped(files, tmp_path)
    rng = np.random.default_rng(1)
    same, lost, fixed = [], [], []
    for _ in range(squares):
        side = int(rng.integers(100, 501))
        row, column = rng.integers(0, truth.shape[0] - side, 2)
        left, top = frame @ (column, row)
        box = transform_bounds("EPSG:32633", "EPSG:4326", left, top - 10 * side, left + 10 * side, top)
        classes, place, was_fixed = mapped(files, tmp_path, ",".join(f"{value:.8f}" for value in box))
        first, start = round((frame.f - place.f) / 10), round((place.c - frame.c) / 10)
        part = slice(first, first + classes.shape[0]), slice(start, start + classes.shape[1])
        seen = classes != 255
        same.append(float((classes == whole[part])[seen].mean()))
        scores = [
            2 * (flood & truth[part] & seen).sum() / max(((flood & seen).sum() + (truth[part] & seen).sum()), 1)
            for flood in (whole[part] == FLOOD_CLASS, classes == FLOOD_CLASS)
        ]
        lost.append(float(scores[0] - scores[1]))
        fixed.append(was_fixed)
    return same, lost, fixed


FLOOD_CLASS = 2


@pytest.mark.slow
@pytest.mark.parametrize("most", [surroundings.MOST_PIXELS, 0], ids=["whole image", "a sample"])
def test_a_small_area_is_mapped_as_the_whole_image_is(
    scene: tuple[list[Path], np.ndarray], most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings, "MOST_PIXELS", most)
    monkeypatch.setattr(surroundings, "FEWEST_CELLS", 1)
    same, lost, fixed = compared(scene, tmp_path, 4)
    assert min(same) >= 0.98
    assert np.mean(same) >= 0.995
    assert max(lost) <= 0.02
    assert not any(fixed)


def test_an_area_without_a_pixel_that_was_observed_is_refused(tmp_path: Path) -> None:
    strip = simulate(Scene(seed=30, width=512, height=512))
    post = decibels(strip).copy()
    post[:, 100:200, 100:200] = np.nan
    file = write_image(tmp_path / "post.tif", post)
    left, top = 400_000 + 1_100, 5_500_000 - 1_100
    corners = [(left, top), (left + 500, top), (left + 500, top - 500), (left, top - 500), (left, top)]
    square = {"type": "Polygon", "coordinates": [corners]}
    aoi = tmp_path / "aoi.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    features = [{"type": "Feature", "properties": {}, "geometry": square}]
    aoi.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    with pytest.raises(Exception, match="no observed pixel within the area"):
        mapped([file], tmp_path, str(aoi))
    assert not (tmp_path / "flood.tif").exists()
