"""Every layout that analysts have is read to the backscatter that was written, on the grid that it lies on."""

import subprocess
import sys
from pathlib import Path

import layouts
import numpy as np
import pytest
import rasterio
from numpy.testing import assert_allclose, assert_array_equal
from rasterio.crs import CRS

from engine.errors import InputError
from engine.raster.grid import Grid
from engine.raster.source import open_sar

SHAPE = (60, 70)
POWER = layouts.backscatter(SHAPE)
HOLED = POWER.copy()
HOLED[:, 10:20, 30:40] = np.nan
GRID = Grid(layouts.UTM, layouts.north_up(), SHAPE[1], SHAPE[0])


def read(*files, **options):
    with open_sar([str(file) for file in files], **options) as scene:
        return scene, scene.read(scene.grid)


@pytest.mark.parametrize(
    ("letters", "units", "calibration"),
    [("gpuned", "power", "gamma0"), ("gauned", "amplitude", "gamma0"), ("sdufed", "db", "sigma0")],
)
def test_hyp3(tmp_path, letters, units, calibration):
    scene, values = read(*layouts.hyp3(tmp_path, np.nan_to_num(POWER), letters, units))
    assert_allclose(values, POWER, rtol=2e-6)
    assert (scene.polarisations, scene.calibration, scene.grid) == (("VV", "VH"), calibration, GRID)
    assert scene.acquired is not None and scene.acquired.isoformat() == "2020-01-01T05:00:00+00:00"
    assert scene.notes == ()


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_hyp3_product_leaves_out_its_other_layers(tmp_path, form):
    folder = layouts.hyp3(tmp_path, POWER)[0].parent
    product = layouts.zipped(folder, tmp_path / "product.zip") if form == "zip" else folder
    scene, values = read(product)
    assert_array_equal(values, POWER)
    assert scene.calibration == "gamma0"


def test_hyp3_zero_is_nodata(tmp_path):
    _, values = read(*layouts.hyp3(tmp_path, np.nan_to_num(HOLED)))
    assert_array_equal(values, HOLED)


def test_planetary_computer(tmp_path):
    vv, vh = layouts.planetary_computer(tmp_path, HOLED)
    scene, values = read(vh, vv)
    assert_array_equal(values, HOLED)
    assert (scene.polarisations, scene.calibration) == (("VV", "VH"), "gamma0")
    assert scene.acquired is not None and scene.acquired.year == 2020
    assert scene.notes == () and str(scene.orbit) == "relative orbit 78"


def test_earth_engine_tiles(tmp_path):
    left = layouts.earth_engine(tmp_path / "S1-0000.tif", HOLED[:, :, :32])
    middle = layouts.north_up(corner=(layouts.CORNER[0] + 320, layouts.CORNER[1]))
    right = layouts.earth_engine(tmp_path / "S1-0032.tif", HOLED[:, :, 32:], middle)
    scene, values = read(left, right)
    assert scene.grid == GRID
    assert_allclose(values, HOLED, rtol=2e-6)
    assert scene.notes[0] == f"{left}: angle not used."


def test_snap_tiff_with_vh_first(tmp_path):
    scene, values = read(layouts.snap_tiff(tmp_path / "Subset of S1.tif", HOLED))
    assert_allclose(values, HOLED, rtol=2e-6)
    assert (scene.polarisations, scene.calibration, scene.notes) == (("VV", "VH"), "sigma0", ())


@pytest.mark.parametrize("form", ["file", "zip", "vsizip"])
def test_beam_dimap(tmp_path, form):
    header = layouts.beam_dimap(tmp_path / "снимок 1" / "S1 TC.dim", HOLED)
    given: object = header
    if form != "file":
        given = layouts.zipped(header.parent, tmp_path / "S1 TC.zip")
    if form == "vsizip":
        given = f"/vsizip/{given}/{header.parent.name}/{header.name}"
    scene, values = read(given)
    assert_array_equal(values, HOLED)
    assert (scene.polarisations, scene.grid, scene.notes) == (("VV", "VH"), GRID, ())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: "<!DOCTYPE x [<!ENTITY a 'b'>]>" + text, "not the header of a satellite product"),
        (lambda text: text[:200], "is damaged"),
        (lambda text: text.replace("S1.data", "../S1.data"), "outside its own folder"),
        (lambda text: text.replace("Sigma0_VV.hdr", "Sigma0_HH.hdr"), "is missing"),
        (lambda text: text.replace("IMAGE_TO_MODEL_TRANSFORM", "OTHER"), "is not geocoded"),
    ],
)
def test_beam_dimap_damaged(tmp_path, damage, message):
    header = layouts.beam_dimap(tmp_path / "S1.dim", POWER)
    header.write_text(damage(header.read_text().split("?>", 1)[1]))
    with pytest.raises(InputError, match=message):
        open_sar([str(header)])


@pytest.mark.parametrize("given", ["/vsizip/{zip}/tile_VV.tif", "/vsizip/{{{zip}}}/tile_VV.tif", "{zip}"])
def test_vsizip(tmp_path, given):
    folder = layouts.write_tiff(tmp_path / "a b" / "tile_VV.tif", layouts.in_units(POWER[:1], "db")).parent
    archive = layouts.zipped(folder, tmp_path / "ö.zip")
    path = given.format(zip=archive).replace("/tile", f"/{folder.name}/tile")
    scene, values = read(path)
    assert scene.polarisations == ("VV",)
    assert_allclose(values, POWER[:1], rtol=2e-6)


def grd_numbers(seed=0):
    return np.random.default_rng(seed).integers(50, 400, (2, *layouts.GRD_SHAPE)).astype(np.uint16)


@pytest.mark.parametrize("form", ["folder", "manifest", "zip", "vsizip"])
@pytest.mark.parametrize("tiled", [False, True], ids=["lines", "cog"])
def test_grd(tmp_path, form, tiled):
    numbers = grd_numbers()
    product = layouts.safe(tmp_path / "с пробелом", {"VH": numbers[1], "VV": numbers[0]}, tiled=tiled)
    given: object = {"folder": product, "manifest": product / "manifest.safe"}.get(form)
    if given is None:
        given = layouts.zipped(product, tmp_path / "S1.zip")
    if form == "vsizip":
        given = f"/vsizip/{given}/{product.name}"
    scene, values = read(given)
    assert scene.polarisations == ("VV", "VH")
    assert (scene.calibration, str(scene.orbit)) == ("sigma0", "descending, relative orbit 78")
    assert scene.acquired is not None and scene.acquired.isoformat() == "2020-01-01T05:00:00+00:00"
    assert "without terrain correction" in scene.notes[-1] and "thermal noise" in scene.notes[-1]
    assert scene.grid.crs == layouts.UTM and scene.grid.transform.a == 10
    assert 0.1 < np.isnan(values[0]).mean() < 0.4  # the corners that the turned image leaves


def test_grd_calibration_and_geocoding(tmp_path):
    """A smooth image in radar geometry comes out where its tie points say, as (number / table)^2."""
    rows, columns = np.mgrid[: layouts.GRD_SHAPE[0], : layouts.GRD_SHAPE[1]] + 0.5
    numbers = np.round(3000 + 10 * columns + 5 * rows).astype(np.uint16)
    power = (numbers / layouts.grd_table()) ** 2
    scene, values = read(layouts.safe(tmp_path, {"VV": numbers}))
    for row, column in [(10, 10), (40, 60), (70, 100), (20, 110)]:
        x, y = layouts.grd_place(np.float64(column + 0.5), np.float64(row + 0.5))
        # Reading one pixel around that very place leaves no rounding to the grid.
        pixel = Grid(layouts.UTM, layouts.north_up(corner=(x - 5, y + 5)), 1, 1)
        assert_allclose(scene.read(pixel)[0, 0, 0], power[row, column], rtol=2e-3)
    assert np.nanmin(values) >= power.min() * 0.99 and np.nanmax(values) <= power.max() * 1.01


def test_grd_zero_is_nodata(tmp_path):
    numbers = grd_numbers()[0]
    numbers[:, :60] = 0
    _, values = read(layouts.safe(tmp_path, {"VV": numbers}))
    assert np.nanmin(values) > 1e-3
    assert np.isnan(values).mean() > 0.55


def test_gdal_has_no_calibrated_grd(tmp_path):
    """The reason for reading the calibration ourselves; when this fails, GDAL has learnt it."""
    product = layouts.safe(tmp_path, {"VV": grd_numbers()[0]})
    with pytest.raises(rasterio.RasterioIOError):
        rasterio.open(f"SENTINEL1_CALIB:SIGMA0:{product}/manifest.safe:IW_VV:INTENSITY")


def test_grd_incomplete(tmp_path):
    product = layouts.safe(tmp_path, {"VV": grd_numbers()[0]})
    next((product / "annotation" / "calibration").iterdir()).unlink()
    with pytest.raises(InputError, match="lacks the annotation or calibration"):
        open_sar([str(product)])


def test_slc_product_is_refused(tmp_path):
    product = layouts.safe(tmp_path, {"VV": grd_numbers()[0]}, kind="SLC")
    with pytest.raises(InputError, match=r"complex \(SLC\)"):
        open_sar([str(product)])


def test_slc_raster_is_refused(tmp_path):
    path = layouts.write_tiff(tmp_path / "VV.tif", POWER[:1].astype(np.complex64))
    with pytest.raises(InputError, match=r"complex \(SLC\)"):
        open_sar([str(path)])


def test_measurement_without_its_product_is_refused(tmp_path):
    product = layouts.safe(tmp_path, {"VV": grd_numbers()[0]})
    with pytest.raises(InputError, match=r"not calibrated backscatter .*\.SAFE"):
        open_sar([str(next((product / "measurement").iterdir()))])


def test_calibrated_raster_with_tie_points(tmp_path):
    points = layouts._tie_points(SHAPE, 0.5)
    path = layouts.write_tiff(
        tmp_path / "Sigma0_VV_db.tif", layouts.in_units(POWER[:1], "db"), gcps=points, crs=CRS.from_epsg(4326)
    )
    scene, values = read(path)
    assert scene.grid.crs == layouts.UTM and scene.grid.transform.a == pytest.approx(10, rel=0.02)
    assert 0.5 < np.nanmedian(values) / np.median(POWER[0]) < 2


def test_damaged_zip(tmp_path):
    path = Path(tmp_path / "S1.zip")
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InputError, match="not a whole zip file"):
        open_sar([str(path)])


def test_folder_without_images(tmp_path):
    with pytest.raises(InputError, match="neither a Sentinel-1 product nor rasters"):
        open_sar([str(tmp_path)])


OPEN_SIDE_BY_SIDE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from engine.errors import InputError
from engine.raster.source import open_sar

def refused(_):
    try:
        open_sar([sys.argv[1]])
    except InputError:
        return True

with ThreadPoolExecutor(4) as pool:
    assert all(pool.map(refused, range(200)))
"""


def test_libraries_stay_silent_where_threads_open_images_without_a_place(tmp_path):
    path = layouts.write_tiff(tmp_path / "VV.tif", POWER[:1], crs=None, gcps=[])
    ended = subprocess.run([sys.executable, "-c", OPEN_SIDE_BY_SIDE, str(path)], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
