"""What the sink writes is a valid COG that says what it is; what it cannot write leaves nothing, and says why."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from peaks import peak_kibibytes
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rio_cogeo import cog_validate

from engine.errors import OutputError
from engine.raster.grid import Grid
from engine.raster.sink import ClassInfo, RasterSink, atomic, check_writable

UTM = Grid(CRS.from_epsg(32633), Affine(10, 0, 5e5, 0, -10, 5e6), 1300, 1100)
CLASSES = [ClassInfo(0, "dry", (240, 240, 240)), ClassInfo(2, 'flood "<&> 洪水', (200, 30, 30))]


@pytest.fixture(scope="module")
def water():
    """Two classes in blobs, with unobserved pixels."""
    rows, columns = np.mgrid[: UTM.height, : UTM.width]
    values = ((np.sin(rows / 40) + np.cos(columns / 55)) > 0).astype(np.uint8) * 2
    values[:200, :300] = 255
    return values


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def write(path, values, grid=UTM, rows=100, **options):
    with RasterSink(path, grid, **options) as sink:
        for start in range(0, grid.height, rows):
            sink.write(start, values[..., start : start + rows, :])


def test_a_class_raster_is_a_cog_that_says_what_it_is(tmp_path, water):
    path = tmp_path / "flood.tif"
    metadata = {"method": "change", "parameters": '{"post": "a <b>.tif",\n"n": 2}'}
    write(path, water, nodata=255, bands=["flood"], classes=CLASSES, metadata=metadata)
    assert cog_validate(path, strict=True) == (True, [], [])
    with rasterio.open(path) as raster:
        np.testing.assert_array_equal(raster.read(1), water)
        assert Grid(raster.crs, raster.transform, raster.width, raster.height) == UTM
        assert (raster.dtypes, raster.nodata, raster.descriptions) == (("uint8",), 255, ("flood",))
        assert raster.profile["compress"] == "deflate"
        assert raster.block_shapes == [(512, 512)]
        assert raster.colorinterp == (ColorInterp.palette,)
        assert [raster.colormap(1)[info.value][:3] for info in CLASSES] == [info.color for info in CLASSES]
        assert raster.overviews(1) == [2, 4]
        tags = raster.tags()
        assert {key: tags[key] for key in metadata} == metadata
        assert (tags["CLASS_0"], tags["CLASS_2"]) == ("dry", 'flood "<&> 洪水')
        overview = raster.read(1, out_shape=(550, 650))
        assert set(np.unique(overview)) == {0, 2, 255}  # no class is made up between two
    assert names(tmp_path) == ["flood.tif"]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("dtype", ["float32", "int16", "uint16", "float64"])
def test_continuous_rasters(tmp_path, count, dtype):
    values = (np.random.default_rng(0).random((count, *UTM.shape)) * 1000 + 10).astype(dtype)
    values[:, :300, :400] = 9
    nodata = values[0, 0, 0].item()
    path = tmp_path / "confidence.tif"
    write(path, values, dtype=dtype, nodata=nodata, bands=[f"band {index}" for index in range(count)])
    assert cog_validate(path, strict=True) == (True, [], [])
    with rasterio.open(path) as raster:
        np.testing.assert_array_equal(raster.read(), values)
        assert raster.descriptions == tuple(f"band {index}" for index in range(count))
        assert raster.nodata == nodata
        overview = raster.read(1, out_shape=(550, 650), masked=True)
        assert overview.mask[:140, :190].all()
        average = values[0, 600:1100, 600:1300].reshape(250, 2, 350, 2).astype(float).mean((1, 3))
        assert np.abs(overview[300:550, 300:650] - average).max() <= 1


def test_nan_as_nodata(tmp_path):
    values = np.full(UTM.shape, np.nan, np.float32)
    write(tmp_path / "a.tif", values, dtype="float32", nodata=float("nan"))
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert np.isnan(raster.nodata)
        assert np.isnan(raster.read(1)).all()


@pytest.mark.parametrize("epsg", [4326, 3857, 3031, 3035, 2193])
def test_the_georeference_of_any_crs_survives(tmp_path, epsg):
    grid = Grid(CRS.from_epsg(epsg), Affine(0.1, 0, 10.123456789012345, 0, -0.1, 50.2), 30, 20)
    write(tmp_path / "a.tif", np.ones(grid.shape, np.uint8), grid)
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert Grid(raster.crs, raster.transform, raster.width, raster.height) == grid


@pytest.mark.parametrize("name", ["洪水 карта.tif", "a#b?c!d%20&e.tif", "<x>'y'.tif", "no suffix"])
def test_any_name(tmp_path, water, name):
    folder = tmp_path / "ó <&> 水 #1"
    folder.mkdir()
    write(folder / name, water, nodata=255, classes=CLASSES)
    with rasterio.open(folder / name) as raster:
        assert raster.shape == UTM.shape
    assert names(folder) == [name]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 3), st.integers(1, 31))
def test_rows_arrive_in_any_portions(tmp_path_factory, height, width, count, rows):
    grid = Grid(UTM.crs, UTM.transform, width, height)
    values = np.random.default_rng(0).integers(0, 255, (count, height, width), np.uint8)
    path = tmp_path_factory.mktemp("rows") / "a.tif"
    write(path, values, grid, rows, bands=[""] * count)
    with rasterio.open(path) as raster:
        np.testing.assert_array_equal(raster.read(), values)


@pytest.mark.parametrize(("height", "width"), [(1025, 600), (600, 1025), (2050, 40), (1030, 1), (3, 5000), (1, 1)])
def test_sides_whose_overviews_do_not_divide_evenly(tmp_path, height, width):
    values = np.zeros((height, width), np.uint8)
    write(tmp_path / "flood.tif", values, Grid(UTM.crs, UTM.transform, width, height), classes=CLASSES)
    with rasterio.open(tmp_path / "flood.tif") as raster:
        assert raster.shape == (height, width)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(0, (100, 1300)), (150, (10, 1300))], "row 100 is next"),
        ([(0, (1101, 1300))], "row 0 is next"),
        ([(0, (100, 1299))], "1300 fit"),
        ([(0, (2, 100, 1300))], "2 bands"),
        ([(0, (100, 1300))], "100 of 1100 rows"),
    ],
)
def test_wrong_rows_leave_nothing(tmp_path, rows, reason):
    (tmp_path / "a.tif").write_bytes(b"old")
    with pytest.raises(ValueError, match=reason), RasterSink(tmp_path / "a.tif", UTM) as sink:
        for row, shape in rows:
            sink.write(row, np.zeros(shape, np.uint8))
    assert names(tmp_path) == ["a.tif"]
    assert (tmp_path / "a.tif").read_bytes() == b"old"


def test_values_are_not_narrowed_in_silence(tmp_path):
    with pytest.raises(TypeError, match="float"), RasterSink(tmp_path / "a.tif", UTM) as sink:
        sink.write(0, np.zeros(UTM.shape))
    assert names(tmp_path) == []


@pytest.mark.parametrize("error", [RuntimeError("boom"), KeyboardInterrupt()])
def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path, water, error):
    path = tmp_path / "flood.tif"
    path.write_bytes(b"old")
    with pytest.raises(type(error)), RasterSink(path, UTM, nodata=255, classes=CLASSES) as sink:
        sink.write(0, water[:500])
        parts = set(names(tmp_path)) - {"flood.tif"}
        assert all(part.startswith(".flood.tif.") and ".part" in part for part in parts)  # the worker's pattern
        raise error
    assert names(tmp_path) == ["flood.tif"]
    assert path.read_bytes() == b"old"


def test_an_existing_file_is_replaced_while_open_elsewhere(tmp_path, water):
    path = tmp_path / "flood.tif"
    write(path, water, nodata=255, classes=CLASSES)
    with rasterio.open(path) as old:
        write(path, 255 - water, nodata=255, classes=CLASSES)
        np.testing.assert_array_equal(old.read(1), water)
    with rasterio.open(path) as new:
        np.testing.assert_array_equal(new.read(1), 255 - water)


def test_what_lay_beside_the_file_before_goes_with_it(tmp_path, water):
    path = tmp_path / "map.tif"
    moved = "<PAMDataset><GeoTransform>0, 1, 0, 0, 0, -1</GeoTransform></PAMDataset>"
    path.with_name("map.tif.aux.xml").write_text(moved)
    path.with_name("map.tif.msk").write_text("another mask")
    path.with_name("map.tif.ovr").symlink_to(tmp_path / "missing")
    write(path, water, classes=CLASSES)
    with rasterio.open(path) as raster:
        assert raster.transform == UTM.transform
    assert names(tmp_path) == ["map.tif"]


def test_a_database_does_not_go_on_with_the_journal_of_the_one_before(tmp_path):
    def rows(path):
        with closing(sqlite3.connect(path)) as database:
            return database.execute("SELECT * FROM told").fetchall()

    def store(path, text):
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("CREATE TABLE told (text)")
            database.execute("INSERT INTO told VALUES (?)", (text,))

    path, other = tmp_path / "map.gpkg", tmp_path / "other.gpkg"
    store(other, "nothing")
    with closing(sqlite3.connect(other)) as crashed:
        crashed.execute("PRAGMA journal_mode = WAL")
        crashed.execute("UPDATE told SET text = 'of the one before'")
        crashed.commit()
        shutil.copyfile(tmp_path / "other.gpkg-wal", tmp_path / "map.gpkg-wal")
    with atomic(path) as part:
        store(part, "true")
    assert rows(path) == [("true",)]


def fill(folder, left):
    """Leaves `left` bytes free on the disk of `folder`, and returns the file to remove afterwards."""
    ballast = folder / "ballast"
    state = os.statvfs(folder)
    ballast.write_bytes(bytes(max(state.f_bavail * state.f_frsize - left, 0)))
    return ballast


def noise(shape):
    return np.random.default_rng(0).integers(0, 250, shape, np.uint8)


def test_too_little_room_is_told_before_the_work(tiny_disk):
    with pytest.raises(OutputError, match=r"a\.tif could not be written: it may take 3\.9 MB .* free some space"):
        write(tiny_disk / "a.tif", noise(UTM.shape))
    assert list(tiny_disk.iterdir()) == []


def test_a_disk_that_fills_up_in_mid_write(tmpfs):
    folder = tmpfs("size=8m")
    path = folder / "a.tif"
    path.write_bytes(b"old")
    with (
        pytest.raises(OutputError, match=r"a\.tif could not be written: the disk is full; free some space"),
        RasterSink(path, UTM) as sink,
    ):
        sink.write(0, noise((400, 1300)))
        ballast = fill(folder, 100_000)
        sink.write(400, noise((700, 1300)))
    ballast.unlink()
    assert names(folder) == ["a.tif"]
    assert path.read_bytes() == b"old"


def test_a_disk_that_fills_up_before_the_copy(tmpfs):
    folder = tmpfs("size=8m")
    with pytest.raises(OutputError, match=r"may take .* free some space"), RasterSink(folder / "a.tif", UTM) as sink:
        sink.write(0, noise(UTM.shape))
        ballast = fill(folder, 1_000_000)
    ballast.unlink()
    assert names(folder) == []


@pytest.mark.parametrize("left", range(0, 2_400_000, 150_000))
def test_a_disk_that_fills_up_in_the_copy(tmpfs, monkeypatch, left):
    """Wherever GDAL's copy meets the end of the disk: the whole raster or one sentence, never a part of a raster."""
    monkeypatch.setattr(RasterSink, "_need_room", lambda self, share: None)  # else the room is seen to be short before
    folder = tmpfs("size=6m")
    values = noise(UTM.shape)
    try:
        with RasterSink(folder / "a.tif", UTM) as sink:
            sink.write(0, values)
            sink._raw.flush()
            ballast = fill(folder, left)
    except OutputError as error:
        assert "the disk is full" in str(error)
        assert names(folder) == ["ballast"]
    else:
        assert names(folder) == ["a.tif", "ballast"]
        with rasterio.open(folder / "a.tif") as raster:
            np.testing.assert_array_equal(raster.read(1), values)
    ballast.unlink()


def test_a_read_only_disk(read_only_disk):
    def save():
        with atomic(read_only_disk / "a.json") as part:
            part.write_text("{}")

    for write_something in (
        lambda: write(read_only_disk / "a.tif", noise((1, 1)), Grid(UTM.crs, UTM.transform, 1, 1)),
        lambda: check_writable(read_only_disk / "a.tif"),
        lambda: check_writable(read_only_disk / "new" / "a.tif"),
        save,
    ):
        with pytest.raises(OutputError, match="could not be written: the disk is read-only; choose another folder"):
            write_something()


def test_a_missing_folder(tmp_path):
    with pytest.raises(OutputError, match=r"there is no folder .*missing"):
        write(tmp_path / "missing" / "a.tif", noise(UTM.shape))


def test_check_writable_makes_the_folder_and_leaves_nothing_in_it(tmp_path):
    check_writable(tmp_path / "a" / "b" / "c.tif")
    assert names(tmp_path / "a" / "b") == []
    with pytest.raises(OutputError, match="is a folder"):
        check_writable(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="there is no folder"):
        check_writable(tmp_path / "file" / "c.tif")


def test_atomic_writes_whole_or_not_at_all(tmp_path):
    path = tmp_path / "report.json"
    with atomic(path) as part:
        assert part.name.startswith(".report.json.")
        assert part.name.endswith(".part.json")
        part.write_text("new")
    assert path.read_text() == "new"
    with pytest.raises(RuntimeError), atomic(path) as part:
        part.write_text("half")
        part.with_name(part.name + "-journal").write_text("what a library left")
        raise RuntimeError
    assert names(tmp_path) == ["report.json"]
    assert path.read_text() == "new"


def test_atomic_tells_of_a_full_disk(tiny_disk):
    reason = r"report\.json could not be written: the disk is full"
    with pytest.raises(OutputError, match=reason), atomic(tiny_disk / "report.json") as part:
        part.write_bytes(bytes(5_000_000))
    assert list(tiny_disk.iterdir()) == []


def test_a_raster_in_a_temporary_file_is_told_by_its_target(tiny_disk):
    reason = rf"^{tiny_disk}/a\.tif could not be written: .* free some space"
    with pytest.raises(OutputError, match=reason), atomic(tiny_disk / "a.tif") as part:
        write(part, noise(UTM.shape))
    assert list(tiny_disk.iterdir()) == []


def test_a_broken_pipe_is_not_the_files_fault(tmp_path):
    with pytest.raises(BrokenPipeError), atomic(tmp_path / "a.tif"):
        raise BrokenPipeError
    assert names(tmp_path) == []


PEAK = """
import sys
import numpy as np
from affine import Affine
from rasterio.crs import CRS
from engine.raster.grid import Grid
from engine.raster.sink import RasterSink

height, width = int(sys.argv[2]), 4000
grid = Grid(CRS.from_epsg(32633), Affine(10, 0, 5e5, 0, -10, 5e6), width, height)
values = (np.arange(500 * width) % 251).reshape(500, width).astype(np.float32)
with RasterSink(sys.argv[1], grid, dtype="float32") as sink:
    for start in range(0, height, 500):
        sink.write(start, values)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_height(tmp_path):
    peaks = [
        peak_kibibytes(tmp_path, sys.executable, "-c", PEAK, tmp_path / "a.tif", height)[0] for height in (12000, 32000)
    ]
    # KiB; GDAL's caches and threads move it by 80,000 either way, the longer raster itself would take 312,000 more.
    assert peaks[1] < peaks[0] + 120_000
