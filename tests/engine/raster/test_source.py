"""Reading: exact on the raster's own lattice, resampled in linear power elsewhere, the same however it is cut up."""

import json
import sys
import threading
from pathlib import Path

import layouts
import numpy as np
import pytest
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from peaks import peak_kibibytes
from pyproj import Transformer
from rasterio.crs import CRS

from engine.errors import InputError
from engine.raster.grid import Grid
from engine.raster.source import open_layer, open_sar

SHAPE = (50, 60)
GRID = Grid(layouts.UTM, layouts.north_up(), SHAPE[1], SHAPE[0])
POWER = layouts.backscatter(SHAPE)
NAMES = ("VV linear", "VH linear")
OTHER_CRS = ("EPSG:32633", "EPSG:32634", "EPSG:4326", "EPSG:3857", "EPSG:3035")
hypothesis = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def holed(power, seed=0, share=0.1):
    power = power.copy()
    power[:, np.random.default_rng(seed).random(power.shape[1:]) < share] = np.nan
    return power


def around(grid: Grid, crs: str, scale: float = 1.0, shift: float = 0.3) -> Grid:
    """A grid in another CRS over the middle of a grid, with pixels of about `scale` times its size."""
    target = CRS.from_string(crs)
    left, bottom, right, top = grid.bounds_in(target)
    x, y = (right - left) / grid.width * scale, (top - bottom) / grid.height * scale
    return Grid(
        target,
        Affine(x, 0, left + shift * x, 0, -y, top - shift * y),
        int(grid.width / scale),
        int(grid.height / scale),
    )


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    path = layouts.write_tiff(
        tmp_path_factory.mktemp("scene") / "a.tif", holed(POWER), descriptions=NAMES, nodata=np.nan
    )
    with open_sar([str(path)]) as scene:
        yield scene


@hypothesis
@given(st.integers(-70, 70), st.integers(-80, 80), st.integers(1, 90), st.integers(1, 90))
def test_on_the_lattice_equals_slices(scene, row, column, height, width):
    expected = np.full((2, 400, 400), np.nan, np.float32)
    expected[:, 100 : 100 + SHAPE[0], 100 : 100 + SHAPE[1]] = holed(POWER)
    found = scene.read(GRID.window(row, column, height, width))
    assert_array_equal(found, expected[:, 100 + row : 100 + row + height, 100 + column : 100 + column + width])


@pytest.mark.parametrize("crs", OTHER_CRS)
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.6])
def test_does_not_depend_on_row_bands(tmp_path, crs, scale):
    power = holed(np.tile(POWER, (1, 6, 12)))
    path = layouts.write_tiff(tmp_path / "a.tif", power, descriptions=NAMES)
    with open_sar([str(path)]) as scene:
        grid = around(scene.grid, crs, scale)
        whole = scene.read(grid)
        assert 0 < np.isnan(whole).mean() < 0.75
        for rows in (7, 64, 100):
            bands = [
                scene.read(grid.rows(start, min(start + rows, grid.height))) for start in range(0, grid.height, rows)
            ]
            assert_array_equal(np.concatenate(bands, axis=1), whole)


def test_own_lattice_does_not_depend_on_row_bands(scene):
    whole = scene.read(GRID)
    bands = [scene.read(GRID.rows(start, min(start + 7, GRID.height))) for start in range(0, GRID.height, 7)]
    assert_array_equal(np.concatenate(bands, axis=1), whole)


@hypothesis
@given(st.sampled_from(OTHER_CRS), st.floats(0.3, 6), st.floats(0, 1), st.integers(0, 9))
def test_a_constant_field_stays_constant(tmp_path, crs, scale, shift, seed):
    power = np.full((2, *SHAPE), 0.1234, np.float32)
    power[:, np.random.default_rng(seed).random(SHAPE) < 0.3] = -9999  # a fill value that the file does not declare
    path = layouts.write_tiff(tmp_path / "a.tif", power, descriptions=NAMES)
    with open_sar([str(path)]) as scene:
        values = scene.read(around(GRID, crs, scale, shift))
    seen = values[~np.isnan(values)]
    assert seen.size
    assert_allclose(seen, np.float32(0.1234), rtol=3e-7)


@hypothesis
@given(st.sampled_from(OTHER_CRS), st.integers(0, 99))
def test_nodata_never_bleeds(tmp_path, crs, seed):
    """Wherever nodata lies and whatever it is, observed pixels stay within the range of the observed."""
    random = np.random.default_rng(seed)
    decibels = random.uniform(-20, -5, (2, *SHAPE)).astype(np.float32)
    hole = random.random(SHAPE) < 0.2
    decibels[:, hole] = random.choice([-9999, -32768, -99, np.nan, -np.inf, np.inf, 0, -3.4e38], hole.sum())
    path = layouts.write_tiff(tmp_path / "a.tif", decibels, descriptions=("VV dB", "VH dB"))
    with open_sar([str(path)]) as scene:
        values = 10 * np.log10(scene.read(around(GRID, crs, 1.3)))
    assert np.nanmin(values) >= -20.001 and np.nanmax(values) <= -4.999
    assert np.isnan(values).any() and not np.isnan(values).all()


def test_declared_nodata_and_masks(tmp_path):
    values = layouts.in_units(POWER, "db")
    values[:, 3, 4] = -np.inf
    values[0, 5, 6] = -12.5
    path = layouts.write_tiff(tmp_path / "a_db.tif", values, descriptions=("VV", "VH"), nodata=-12.5)
    with open_sar([str(path)]) as scene:
        found = np.isnan(scene.read(GRID))
    assert found[:, 3, 4].all() and found[0, 5, 6] and not found[1, 5, 6] and found.sum() == 3


def test_mask_band(tmp_path):
    import rasterio

    path = layouts.write_tiff(tmp_path / "a_db.tif", layouts.in_units(POWER, "db"), descriptions=("VV", "VH"))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as target:
        mask = np.ones(SHAPE, bool)
        mask[:10] = False
        target.write_mask(mask)
    with open_sar([str(path)]) as scene:
        assert_array_equal(np.isnan(scene.read(GRID)), np.stack([~mask, ~mask]))


def test_zero_in_one_band_of_decibels_is_a_value(tmp_path):
    values = layouts.in_units(POWER, "db")
    values[0, 3, 4] = 0
    values[:, 5, 6] = 0
    path = layouts.write_tiff(tmp_path / "a.tif", values, descriptions=("VV", "VH"))
    with open_sar([str(path)]) as scene:
        found = scene.read(GRID)
    assert found[0, 3, 4] == 1 and np.isnan(found[:, 5, 6]).all() and np.isnan(found).sum() == 2


def test_zero_that_decibels_declare_as_nodata_is_none(tmp_path):
    values = layouts.in_units(POWER, "db")
    values[1, 3, 4] = 0
    path = layouts.write_tiff(tmp_path / "a.tif", values, descriptions=("VV", "VH"), nodata=0)
    with open_sar([str(path)]) as scene:
        found = np.isnan(scene.read(GRID))
    assert found[1, 3, 4] and found.sum() == 1


def test_scale_and_offset(tmp_path):
    import rasterio

    decibels = np.round(layouts.in_units(POWER, "db") * 100).astype(np.int16)
    path = layouts.write_tiff(tmp_path / "a.tif", decibels, descriptions=("VV", "VH"), nodata=-32768)
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (0.01, 0.01), (0.0, 0.0)
    with open_sar([str(path)]) as scene:
        assert_allclose(scene.read(GRID), 10 ** (decibels / 1000), rtol=3e-6)


@pytest.mark.parametrize("units", ["db", "amplitude", "power"])
@pytest.mark.parametrize("crs", [None, "EPSG:32634"])
def test_units_of_one_image_give_one_power(tmp_path, units, crs):
    found = []
    for name in ("power", units):
        path = layouts.write_tiff(tmp_path / f"{name}.tif", layouts.in_units(POWER, name), descriptions=("VV", "VH"))
        with open_sar([str(path)], units=name) as scene:
            found.append(scene.read(around(GRID, crs) if crs else GRID))
    assert_allclose(found[1], found[0], rtol=2e-6)


def test_decibels_are_averaged_in_power(tmp_path):
    """Half a pixel between -10 and -20 dB lies at the mean power, 0.055, not at -15 dB."""
    values = np.full((1, 8, 8), -10, np.float32)
    values[:, :, 4:] = -20
    path = layouts.write_tiff(tmp_path / "VV_db.tif", values)
    with open_sar([str(path)]) as scene:
        between = Grid(layouts.UTM, scene.grid.transform @ Affine.translation(0.5, 0), 7, 8)
        assert_allclose(scene.read(between)[0, :, 3], 0.055, rtol=1e-6)
        coarse = Grid(layouts.UTM, scene.grid.transform @ Affine.scale(8), 1, 1)
        assert_allclose(scene.read(coarse)[0, 0, 0], 0.055, rtol=1e-6)


@pytest.mark.parametrize("crs", OTHER_CRS[1:])
def test_interpolated_places_are_exact_to_a_hundredth_of_a_pixel(tmp_path, crs):
    """A ramp shows where each pixel was read; the transformation is exact at every 32nd pixel only."""
    shape = (300, 300)
    ramp = 1 + np.add(*np.meshgrid(np.arange(shape[1]), 3 * np.arange(shape[0]))).astype(np.float32)
    layer = open_layer(str(layouts.write_tiff(tmp_path / "dem.tif", ramp[None])), categorical=False)
    grid = around(Grid(layouts.UTM, layouts.north_up(), shape[1], shape[0]), crs)
    columns, rows = np.meshgrid(np.arange(grid.width) + 0.5, np.arange(grid.height) + 0.5)
    x, y = Transformer.from_crs(crs, "EPSG:32633", always_xy=True).transform(*(grid.transform @ (columns, rows)))
    column, row = (x - layouts.CORNER[0]) / 10 - 0.5, (layouts.CORNER[1] - y) / 10 - 0.5
    inner = (column > 0) & (row > 0) & (column < shape[1] - 1) & (row < shape[0] - 1)
    assert_allclose(layer.read(grid)[inner], (1 + column + 3 * row)[inner], atol=0.01)


def test_tiles_in_two_utm_zones(tmp_path):
    """A tile in the next zone fills what the first one does not cover, and the first one counts where both do."""
    first = layouts.write_tiff(tmp_path / "a.tif", np.full((2, 40, 40), 0.1, np.float32), descriptions=NAMES)
    east = Transformer.from_crs("EPSG:32633", "EPSG:32634", always_xy=True)
    x, y = east.transform(layouts.CORNER[0] + 300, layouts.CORNER[1])
    second = layouts.write_tiff(
        tmp_path / "b.tif",
        np.full((2, 60, 60), 0.2, np.float32),
        transform=layouts.north_up(corner=(x, y + 100)),
        crs=CRS.from_epsg(32634),
        descriptions=NAMES,
    )
    with open_sar([str(first), str(second)]) as scene:
        values = scene.read(scene.grid)
        assert scene.grid.crs == layouts.UTM and scene.grid.width > 80
        own = scene.read(Grid(layouts.UTM, layouts.north_up(), 40, 40))
    assert (own == np.float32(0.1)).all()
    assert_allclose(np.unique(values[~np.isnan(values)]), [0.1, 0.2], rtol=1e-6)
    assert (values == np.float32(0.1)).sum() == 2 * 40 * 40


def test_polarisations_apart_and_tiles_at_once(tmp_path):
    files = []
    for index, column in enumerate((0, 30)):
        corner = (layouts.CORNER[0] + 10 * column, layouts.CORNER[1])
        for band, name in enumerate(("VV", "VH")):
            part = layouts.in_units(POWER, "db")[band : band + 1, :, column : column + 30]
            path = tmp_path / f"{name}_{index}_db.tif"
            files.append(str(layouts.write_tiff(path, part, transform=layouts.north_up(corner=corner))))
    with open_sar(files) as scene:
        assert scene.grid == GRID
        assert_allclose(scene.read(GRID), POWER, rtol=2e-6)


def test_display_keeps_grey_levels(tmp_path):
    grey = np.random.default_rng(0).integers(1, 256, (1, *SHAPE)).astype(np.uint8)
    grey[0, 20:30, 20:30] = 0  # within the picture
    for bands in (grey, np.repeat(grey, 3, axis=0)):
        path = layouts.write_tiff(tmp_path / f"{len(bands)}.tif", bands)
        with open_sar([str(path)]) as scene:
            assert scene.display and scene.polarisations == ("VV",)
            assert_array_equal(scene.read(GRID), grey)


def test_grid_counted_from_0_to_360_degrees(tmp_path):
    values = np.arange(360, dtype=np.float32)[None, None].repeat(4, axis=1)
    path = layouts.write_tiff(
        tmp_path / "dem.tif", values, transform=Affine(1, 0, 0, 0, -1, 2), crs=CRS.from_epsg(4326)
    )
    grid = Grid(CRS.from_epsg(4326), Affine(1, 0, -100.5, 0, -1, 1), 3, 1)
    assert_allclose(open_layer(str(path), categorical=False).read(grid)[0], [259.5, 260.5, 261.5], atol=1e-3)


def test_layers(tmp_path):
    classes = np.random.default_rng(0).integers(0, 2, (1, *SHAPE)).astype(np.uint8)
    water = open_layer(str(layouts.write_tiff(tmp_path / "w.tif", classes, nodata=255)), categorical=True)
    found = water.read(around(GRID, "EPSG:3857", 1.7, 3))
    assert set(np.unique(found[~np.isnan(found)])) == {0.0, 1.0}
    dem = np.full((1, *SHAPE), 100, np.float32)
    dem[0, :5] = -9999
    layer = open_layer(str(layouts.write_tiff(tmp_path / "dem.tif", dem)), categorical=False)
    assert_array_equal(np.isnan(layer.read(GRID)), dem[0] < 0)
    layer.close()


def test_polygon_layer(tmp_path):
    path = tmp_path / "вода.geojson"
    x, y = Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True).transform(
        [500100, 500300, 500300, 500100], [5079900, 5079900, 5079700, 5079700]
    )
    bow = [[15.01, 45.87], [15.02, 45.88], [15.02, 45.87], [15.01, 45.88], [15.01, 45.87]]  # crosses itself
    rings = [[*zip(x, y, strict=True), (x[0], y[0])], bow]
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}} for ring in rings
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    layer = open_layer(str(path), categorical=True)
    expected = np.zeros(SHAPE, np.float32)
    expected[10:30, 10:30] = 1
    assert_array_equal(layer.read(GRID), expected)
    for rows in (7, 16):
        bands = [layer.read(GRID.rows(start, min(start + rows, SHAPE[0]))) for start in range(0, SHAPE[0], rows)]
        assert_array_equal(np.concatenate(bands), expected)
    with pytest.raises(InputError, match="vector file; give a raster"):
        open_layer(str(path), categorical=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("missing.tif", "does not exist"),
        ("text.tif", "not a raster"),
        ("bands.tif", "has 2 bands"),
        ("nowhere.tif", "no coordinate system"),
    ],
)
def test_layer_refused(tmp_path, text, message):
    (tmp_path / "text.tif").write_text("hello")
    layouts.write_tiff(tmp_path / "bands.tif", POWER)
    with pytest.warns(match="no geotransform"):
        layouts.write_tiff(tmp_path / "nowhere.tif", POWER[:1], crs=None, transform=Affine.identity())
    with pytest.raises(InputError, match=message):
        open_layer(str(tmp_path / text), categorical=True)


@pytest.mark.parametrize("compress", ["none", "deflate"])
def test_truncated(tmp_path, compress):
    """Cut in the middle, the file opens; the tiles that are gone are an error, not a hole."""
    path = tmp_path / "cut VV db.tif"
    decibels = layouts.in_units(layouts.backscatter((600, 600)), "db")[:1]
    layouts.write_tiff(path, decibels, tiled=True, blockxsize=64, blockysize=64, compress=compress)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with (
        pytest.raises(InputError, match=r"cut VV db\.tif (cannot be read to its end|is not a raster)"),
        open_sar([str(path)]) as scene,
    ):
        scene.read(scene.grid)


def test_truncated_envi(tmp_path):
    header = layouts.beam_dimap(tmp_path / "S1.dim", layouts.backscatter((300, 300)))
    image = tmp_path / "S1.data" / "Sigma0_VV.img"
    image.write_bytes(image.read_bytes()[:200_000])
    with (
        pytest.raises(InputError, match=r"S1\.dim .*(cannot be read to its end|is damaged)"),
        open_sar([str(header)]) as scene,
    ):
        scene.read(scene.grid)


def test_rotated(tmp_path):
    turned = layouts.north_up() @ Affine.rotation(10)
    path = layouts.write_tiff(tmp_path / "VV_db.tif", layouts.in_units(POWER[:1], "db"), transform=turned)
    with pytest.raises(InputError, match=r"VV_db\.tif: .*rotated"):
        open_sar([str(path)])


def test_without_place(tmp_path):
    with pytest.warns(match="no geotransform"):
        path = layouts.write_tiff(tmp_path / "VV_db.tif", POWER[:1], crs=None, transform=Affine.identity())
    with pytest.raises(InputError, match="no coordinate system and no tie points"):
        open_sar([str(path)], units="power")


def test_reads_in_another_thread_than_it_was_opened(scene):
    found = []
    thread = threading.Thread(target=lambda: found.append(scene.read(GRID)))
    thread.start()
    thread.join()
    assert_array_equal(found[0], scene.read(GRID))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory as Linux counts it")
def test_peak_memory(tmp_path):
    """A warped read of 100 Mpx by bands of 256 rows stays far below the image's 800 MB."""
    path = tmp_path / "a.tif"
    block = layouts.backscatter((1000, 1000))
    layouts.write_tiff(
        path, np.tile(block, (1, 10, 10)), descriptions=NAMES, tiled=True, blockxsize=512, blockysize=512
    )
    code = (
        "import sys\nfrom rasterio.crs import CRS\nfrom affine import Affine\n"
        "from engine.raster.grid import Grid\nfrom engine.raster.source import open_sar\n"
        "scene = open_sar([sys.argv[1]])\n"
        "grid = Grid(scene.grid.crs, scene.grid.transform @ Affine.translation(.3, .4), 10000, 10000)\n"
        "for row in range(0, int(sys.argv[2]), 256): scene.read(grid.rows(row, min(row + 256, 10000)))\n"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parents[3])}
    before, after = (
        peak_kibibytes(tmp_path, sys.executable, "-c", code, path, rows, environment=environment)[0]
        for rows in (0, 10000)
    )
    # The block cache may take its 512 MB, of which one row of blocks is needed; the bands take 20.
    assert after - before < 640 * 1024
