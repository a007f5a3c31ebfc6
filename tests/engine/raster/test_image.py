"""Images of any sensor: which band is which, in which units, and that reading gives the file's own numbers."""

import os
from pathlib import Path

import layouts
import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.testing import assert_allclose, assert_array_equal
from rasterio.crs import CRS

from engine.cards.card import BandSpec, Card, ClassSpec
from engine.errors import InputError
from engine.raster.grid import Grid
from engine.raster.image import ImageBand, open_image, order_for

SHAPE = (40, 50)
GRID = Grid(layouts.UTM, layouts.north_up(), SHAPE[1], SHAPE[0])
S2 = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")


def numbers(count, shape=SHAPE, seed=0, low=100, high=4000, dtype="uint16"):
    return np.random.default_rng(seed).integers(low, high, (count, *shape)).astype(dtype)


def names_of(image):
    return [band.name for band in image.bands]


def units_of(image):
    return {band.units for band in image.bands}


def test_sentinel_2_numbers_become_reflectance(tmp_path):
    values = numbers(4)
    path = layouts.write_tiff(tmp_path / "a.tif", values, descriptions=("B2", "green (B3)", "Band 4: red", "B8A"))
    with open_image([str(path)]) as image:
        assert names_of(image) == ["B02", "B03", "B04", "B8A"]
        assert units_of(image) == {"reflectance"}
        assert_allclose(image.read(image.grid), values / 1e4, rtol=1e-6)
        assert_allclose(image.read(image.grid, [3, 0]), values[[3, 0]] / 1e4, rtol=1e-6)
        assert image.notes == ()


def test_float_reflectance_stays(tmp_path):
    values = numbers(3).astype(np.float32) / 1e4
    path = layouts.write_tiff(tmp_path / "a.tif", values, descriptions=("B02", "B03", "B04"))
    with open_image([str(path)]) as image:
        assert units_of(image) == {"reflectance"}
        assert_array_equal(image.read(image.grid), values)


def test_float_numbers_are_divided(tmp_path):
    values = numbers(3).astype(np.float32)
    path = layouts.write_tiff(tmp_path / "a.tif", values, descriptions=("B02", "B03", "B04"))
    with open_image([str(path)]) as image:
        assert_allclose(image.read(image.grid), values / 1e4, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "tags", "low", "removed", "noted"),
    [
        ("S2A_MSIL2A_20200101T101031_N0213_R022_T33UUP.tif", {}, 1100, 0, False),
        ("S2A_MSIL2A_20230101T101031_N0509_R022_T33UUP.tif", {}, 1100, 1000, False),
        ("S2A_MSIL2A_20230101T101031_N0509_R022_T33UUP.tif", {}, 100, 0, True),  # removed by who offers it
        ("a.tif", {"PROCESSING_BASELINE": "04.00"}, 1100, 1000, False),
        ("a.tif", {"PROCESSING_BASELINE": "03.01"}, 1100, 0, False),
        ("a.tif", {"BOA_ADD_OFFSET": "-1000"}, 1100, 1000, False),
        ("a.tif", {"BOA_ADD_OFFSET": "0"}, 1100, 0, False),
        ("a.tif", {}, 1100, 1000, True),
        ("a.tif", {}, 100, 0, False),
        ("a.tif", {}, 2500, 0, False),  # snow
    ],
)
def test_offset_of_the_processing_baseline(tmp_path, name, tags, low, removed, noted):
    values = numbers(3, low=low, high=low + 3000)
    path = layouts.write_tiff(tmp_path / name, values, descriptions=("B02", "B04", "B12"), tags=tags)
    with open_image([str(path)]) as image:
        assert_allclose(image.read(image.grid), (values - float(removed)) / 1e4, rtol=1e-5, atol=1e-7)
        assert bool(image.notes) == noted


def test_scale_and_offset_of_the_file_are_obeyed(tmp_path):
    """As Earth Search writes its COGs."""
    values = numbers(2, low=1100)
    path = layouts.write_tiff(tmp_path / "a.tif", values, descriptions=("B03", "B04"))
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (1e-4, 1e-4), (-0.1, -0.1)
    with open_image([str(path)]) as image:
        assert units_of(image) == {"reflectance"}
        assert_allclose(image.read(image.grid), values / 1e4 - 0.1, atol=1e-6)


def test_landsat_collection_2(tmp_path):
    files = []
    values = numbers(2, low=8000, high=20000)
    for band, name in enumerate(("B4", "B5")):
        stem = f"LC08_L2SP_190024_20200702_20200913_02_T1_SR_{name}.TIF"
        files.append(str(layouts.write_tiff(tmp_path / stem, values[band : band + 1], nodata=0)))
    with open_image(files) as image:
        assert names_of(image) == ["red", "nir"]
        assert units_of(image) == {"reflectance"}
        assert_allclose(image.read(image.grid), values * 2.75e-5 - 0.2, rtol=1e-4)


def test_pictures_and_other_numbers(tmp_path):
    picture = layouts.write_tiff(tmp_path / "p.tif", numbers(3, low=0, high=255, dtype="uint8"), photometric="RGB")
    other = layouts.write_tiff(tmp_path / "o.tif", numbers(2), descriptions=("elevation", "slope"))
    nameless = layouts.write_tiff(tmp_path / "n.tif", numbers(2))
    with open_image([str(picture)]) as image:
        assert [(band.name, band.units) for band in image.bands] == [
            ("red", "display"), ("green", "display"), ("blue", "display"),
        ]  # fmt: skip
        assert image.read(image.grid).min() == 0
    with open_image([str(other)]) as image:
        assert image.bands == (ImageBand("elevation", "dn"), ImageBand("slope", "dn"))
    with open_image([str(nameless)]) as image:
        assert names_of(image) == ["band 1", "band 2"]
        assert any("name them to use models of other images" in note for note in image.notes)
    with open_image([str(nameless)], bands=["B04", "skip"]) as image:
        assert image.bands == (ImageBand("B04", "reflectance"),)


def test_backscatter_is_given_in_db_and_interpolated_as_power(tmp_path):
    power = layouts.backscatter(SHAPE)
    path = layouts.write_tiff(tmp_path / "a.tif", power, descriptions=("VV linear power", "VH linear power"))
    with open_image([str(path)]) as image:
        assert image.bands == (ImageBand("VV", "db"), ImageBand("VH", "db"))
        assert_allclose(image.read(image.grid), 10 * np.log10(power), atol=1e-4)
        half = Grid(layouts.UTM, layouts.north_up(20), SHAPE[1] // 2, SHAPE[0] // 2)
        means = power.reshape(2, SHAPE[0] // 2, 2, SHAPE[1] // 2, 2).mean(axis=(2, 4))
        assert_allclose(image.read(half), 10 * np.log10(means), atol=1e-3)


def test_bands_of_two_resolutions_and_sensors_come_together(tmp_path):
    fine, coarse = numbers(2), numbers(1, (20, 25), seed=1)
    power = layouts.backscatter(SHAPE)
    stem = tmp_path / "T33UUP_20200101T101031"
    files = [
        layouts.write_tiff(Path(f"{stem}_B11_20m.tif"), coarse, transform=layouts.north_up(20)),
        layouts.write_tiff(Path(f"{stem}_B02_10m.tif"), fine[:1]),
        layouts.write_tiff(Path(f"{stem}_B08_10m.tif"), fine[1:]),
        layouts.write_tiff(tmp_path / "s1_VV.tif", 10 * np.log10(power[:1])),
    ]
    with open_image([str(file) for file in files]) as image:
        assert names_of(image) == ["B11", "B02", "B08", "VV"]
        assert image.grid == GRID
        assert image.acquired is not None and image.acquired.year == 2020
        values = image.read(image.grid)
        assert_allclose(values[1:3], fine / 1e4, rtol=1e-6)
        assert_allclose(values[3], 10 * np.log10(power[0]), atol=1e-4)
        assert values[0].min() >= 0.01 and values[0].max() <= 0.4
        assert_array_equal(image.read(image.grid, [2]), values[2:3])


def test_tiles_side_by_side_and_nameless_bands_apart(tmp_path):
    values = numbers(2)
    west, east = values[:, :, :30], values[:, :, 30:]
    tiles = [
        layouts.write_tiff(tmp_path / "w.tif", west, descriptions=("B03", "B04")),
        layouts.write_tiff(
            tmp_path / "e.tif",
            east,
            descriptions=("B03", "B04"),
            transform=layouts.north_up() @ Affine.translation(30, 0),
        ),
    ]
    with open_image([str(tile) for tile in tiles]) as image:
        assert names_of(image) == ["B03", "B04"]
        assert_allclose(image.read(image.grid), values / 1e4, rtol=1e-6)
    apart = [layouts.write_tiff(tmp_path / f"{name}.tif", values[band : band + 1]) for band, name in enumerate("xy")]
    with open_image([str(path) for path in apart]) as image:
        assert names_of(image) == ["band 1", "band 2"]
        assert_array_equal(image.read(image.grid), values)


def test_two_dates_in_files_of_their_own_are_said_to_be_one_image(tmp_path):
    values = numbers(2)
    files = [
        str(layouts.write_tiff(tmp_path / f"2020{month:02d}01_B04.tif", values[month - 1 : month])) for month in (1, 2)
    ]
    with open_image(files) as image:
        assert_allclose(image.read(image.grid), values[:1] / 1e4, rtol=1e-6)
        assert [note for note in image.notes if "the same bands of the same ground" in note] == list(image.notes)
        assert len(image.notes) == 1
    with open_image(files, bands=["January", "February"]) as image:
        assert_array_equal(image.read(image.grid), values)
        assert image.notes == ()


def test_what_was_not_observed(tmp_path):
    values = numbers(3)
    values[:, :5] = 0  # outside the swath
    values[0, 10] = 0  # dark in one band
    values[:, 20] = 7  # declared
    path = layouts.write_tiff(tmp_path / "a.tif", values, descriptions=("B02", "B03", "B04"), nodata=7)
    with open_image([str(path)]) as image:
        found = image.read(image.grid)
        assert np.isnan(found[:, :5]).all() and np.isnan(found[:, 20]).all()
        assert (found[0, 10] == 0).all()
        # One band alone is not observed where the file as a whole is not.
        assert_array_equal(image.read(image.grid, [0]), found[:1])
    alpha = np.concatenate([values[:3].astype("uint8"), np.full((1, *SHAPE), 255, "uint8")])
    alpha[3, :7] = 0
    path = layouts.write_tiff(tmp_path / "b.tif", alpha, photometric="RGB", alpha="YES")
    with open_image([str(path)]) as image:
        assert len(image.bands) == 3
        found = image.read(image.grid)
        assert np.isnan(found[:, :7]).all() and not np.isnan(found[:, 7:]).any()
    # What GDAL takes for alpha, since nothing says otherwise, is a measurement where the file names it.
    path = layouts.write_tiff(
        tmp_path / "c.tif", alpha, photometric="RGB", descriptions=("red", "green", "blue", "nir")
    )
    with open_image([str(path)]) as image:
        assert [band.name for band in image.bands] == ["red", "green", "blue", "nir"]
        assert_array_equal(image.read(image.grid)[:3], alpha[:3])


def test_transparency_is_told_from_measurements(tmp_path):
    """A mask with soft edges, one of a single value and one of a few steps are transparency; many values are none."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    random = np.random.default_rng(2)
    soft = np.clip((columns - 5) * 64, 0, 255)
    kinds = {
        "soft": (soft, 3),
        "single": (np.full(SHAPE, 128), 3),
        "steps": ((rows % 5) * 60, 3),
        "measured": (random.integers(0, 200, SHAPE), 4),
    }
    for name, (values, count) in kinds.items():
        bands = np.concatenate([numbers(3, low=0, high=255, dtype="uint8"), values[None].astype("uint8")])
        path = layouts.write_tiff(tmp_path / f"{name}.tif", bands, photometric="RGB", alpha="YES")
        with open_image([str(path)]) as image:
            assert (name, len(image.bands)) == (name, count)
            seen = ~np.isnan(image.read(image.grid)[0])
            assert_array_equal(seen, values > 0 if count == 3 else np.ones(SHAPE, bool))
            assert [note for note in image.notes if "transparency" in note] == list(image.notes)
            assert bool(image.notes) == (count == 4)


def test_units_are_those_of_each_band(tmp_path):
    values = numbers(4).astype(np.int16)
    values[2] -= 2000  # an index or a height beside two bands
    values[:2, :5] = 0
    values[2, :5] = 7
    path = layouts.write_tiff(tmp_path / "a.tif", values, descriptions=("B04", "B08", "height", "B08_1"))
    with open_image([str(path)]) as image:
        assert names_of(image) == ["B04", "B08", "height", "B08_1"]
        assert [band.units for band in image.bands] == ["reflectance", "reflectance", "dn", "dn"]
        found = image.read(image.grid)
        assert_allclose(found[:2, 5:], values[:2, 5:] / 1e4, rtol=1e-6)
        assert_array_equal(found[2, 5:], values[2, 5:])
        # Outside the swath nothing was observed, whatever the other band is filled with, but at another date.
        assert np.isnan(found[:3, :5]).all()
        assert_array_equal(found[3], values[3])
        assert_array_equal(image.read(image.grid, [3, 2]), found[[3, 2]])


def test_the_exact_name_is_found_among_those_of_one_meaning(tmp_path):
    names = ("green_i", "green", "red", "B04_2020")
    path = layouts.write_tiff(tmp_path / "a.tif", numbers(4), descriptions=names)
    with open_image([str(path)]) as image:
        assert names_of(image) == ["green_i", "green", "red", "B04"]
    with pytest.raises(InputError, match=r"several bands green \(1 and 3\)"):
        open_image([str(path)], bands=["green", "blue", "Green", "nir"])


def test_pictures_with_a_palette_become_their_colours(tmp_path):
    random = np.random.default_rng(0)
    index = random.integers(0, 256, (1, *SHAPE)).astype("uint8")
    colours = random.integers(0, 256, (256, 3)).astype("uint8")
    path = layouts.write_tiff(tmp_path / "ortho.tif", index, photometric="palette")
    with rasterio.open(path, "r+") as target:
        target.write_colormap(1, {value: (*map(int, colour), 255) for value, colour in enumerate(colours)})
    with open_image([str(path)]) as image:
        assert [(band.name, band.units) for band in image.bands] == [
            ("red", "display"), ("green", "display"), ("blue", "display"),
        ]  # fmt: skip
        assert_array_equal(image.read(image.grid), colours[index[0]].transpose(2, 0, 1))
        assert_array_equal(image.read(image.grid, [2]), colours[index[0]].transpose(2, 0, 1)[2:])
        assert any("palette" in note for note in image.notes)


def test_wavelengths_are_known_by_tags_headers_and_names(tmp_path):
    path = layouts.write_tiff(tmp_path / "a.tif", numbers(3), descriptions=("a", "b (0.56 um)", "c"))
    with rasterio.open(path, "r+") as target:
        target.update_tags(1, wavelength="665.5", wavelength_units="Nanometers")
    with open_image([str(path)]) as image:
        assert [band.nanometres for band in image.bands] == [665.5, pytest.approx(560), None]
    values = numbers(3)
    envi = tmp_path / "b.img"
    with rasterio.open(
        envi, "w", driver="ENVI", dtype="uint16", count=3, height=SHAPE[0], width=SHAPE[1], crs=layouts.UTM,
        transform=layouts.north_up(),
    ) as target:  # fmt: skip
        target.write(values)
    header = envi.with_suffix(".hdr")
    header.write_text(
        header.read_text() + "wavelength units = Micrometers\nwavelength = {0.49, 0.56, 0.66}\nbbl = {1, 0, 1}\n"
    )
    with open_image([str(envi)]) as image:
        assert [band.nanometres for band in image.bands] == [pytest.approx(490), pytest.approx(660)]
        assert_array_equal(image.read(image.grid), values[[0, 2]])
        assert any("bbl" in note and "band 2 left out" in note for note in image.notes)


@pytest.mark.parametrize("rows", [1, 17])
@pytest.mark.parametrize("crs", ["EPSG:32633", "EPSG:32634", "EPSG:4326", "EPSG:3035"])
def test_does_not_depend_on_row_bands(tmp_path, crs, rows):
    fine, coarse = numbers(2), numbers(1, (20, 25), seed=1)
    one = layouts.write_tiff(tmp_path / "a.tif", fine, descriptions=("B03", "B04"))
    two = layouts.write_tiff(tmp_path / "b.tif", coarse, descriptions=("B11",), transform=layouts.north_up(20))
    target = CRS.from_string(crs)
    left, bottom, right, top = GRID.bounds_in(target)
    step = (right - left) / 60
    grid = Grid(target, Affine(step, 0, left, 0, -step, top), 60, int((top - bottom) / step))
    with open_image([str(one), str(two)]) as image:
        whole = image.read(grid)
        cuts = range(0, grid.height, rows)
        bands = [image.read(grid.rows(start, min(start + rows, grid.height))) for start in cuts]
        assert_array_equal(np.concatenate(bands, axis=1), whole)


def test_sentinel_2_products(tmp_path):
    """The finest raster of each band; masks that are named as the bands are left out."""
    safe = tmp_path / "S2B_MSIL2A_20230605T101609_N0509_R065_T33UUP_20230605T140000.SAFE"
    images = safe / "GRANULE" / "L2A_T33UUP" / "IMG_DATA"
    fine, coarse = numbers(1, low=1100), numbers(1, (20, 25), seed=1, low=1100)
    stem = "T33UUP_20230605T101609"
    layouts.write_tiff(images / "R10m" / f"{stem}_B04_10m.tif", fine)
    for name in ("B04", "B12", "SCL"):
        path = images / "R20m" / f"{stem}_{name}_20m.tif"
        layouts.write_tiff(path, coarse, transform=layouts.north_up(20))
    layouts.write_tiff(safe / "GRANULE" / "L2A_T33UUP" / "QI_DATA" / "MSK_DETFOO_B04.tif", fine)
    (safe / "MTD_MSIL2A.xml").write_text("<x/>")
    for name in (safe, safe / "MTD_MSIL2A.xml"):
        with open_image([str(name)]) as image:
            assert names_of(image) == ["B04", "B12"]
            assert image.grid == GRID
            assert_allclose(image.read(image.grid)[0], (fine[0] - 1000.0) / 1e4, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: layouts.write_tiff(path, numbers(1), crs=None), "georeference"),
        (lambda path: layouts.write_tiff(path, numbers(2), descriptions=("B04", "B04")), "several bands B04"),
        (lambda path: path, "does not exist"),
        (lambda path: path.write_bytes(b"no raster") and path, "not a raster"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, make, sentence):
    path = make(tmp_path / "a.tif")
    with pytest.raises(InputError, match=sentence):
        open_image([str(path)])


def test_class_maps_and_mixed_units_are_refused(tmp_path):
    path = layouts.write_tiff(tmp_path / "map.tif", numbers(1, low=0, high=5, dtype="uint8"))
    with rasterio.open(path, "r+") as target:
        target.write_colormap(1, {1: (255, 0, 0, 255)})
    with pytest.raises(InputError, match=r"class map .* -expand rgb"):
        open_image([str(path)])
    files = [
        layouts.write_tiff(tmp_path / "a.tif", numbers(1), descriptions=("B04",)),
        layouts.write_tiff(tmp_path / "b.tif", numbers(1, low=0, high=255, dtype="uint8"), descriptions=("B04",)),
    ]
    with pytest.raises(InputError, match="one kind"):
        open_image([str(file) for file in files])
    with pytest.raises(InputError, match="2 bands are named"):
        open_image([str(files[0])], bands=["B04", "B08"])


def test_order_for_a_model(tmp_path):
    path = layouts.write_tiff(tmp_path / "a.tif", numbers(3), descriptions=("B02", "B03", "B04"))

    def card(*bands):
        return Card(
            name="m", title="M", task="segmentation", architecture="forest", parameters={}, weights="model.onnx",
            sha256="0" * 64, bands=tuple(BandSpec(*band) for band in bands), classes=(ClassSpec(0, "one", "#123456"),),
        )  # fmt: skip

    with open_image([str(path)]) as image:
        assert order_for(image, card(("red", "reflectance"), ("B02", "reflectance"))) == [2, 0]
        with pytest.raises(InputError, match="B08"):
            order_for(image, card(("B08", "reflectance")))
        with pytest.raises(InputError, match="B04"):
            order_for(image, card(("B04", "db")))


@pytest.mark.skipif("GEOFM_TEST_DATA" not in os.environ, reason="GEOFM_TEST_DATA names no folder with real data")
def test_real_images():
    folder = Path(os.environ["GEOFM_TEST_DATA"])
    # Of five scenes without the offset one is cloudy, and of five tiles one alone carries it (see the data's README).
    for scene in range(5):
        with open_image([str(folder / f"lulc/eolearn_slovenia/S2_L1C_scene{scene}.tif")]) as image:
            assert units_of(image) == {"reflectance"} and image.notes == ()
    for path in sorted((folder / "lulc/msclip_s2_l2a").glob("*.tif")):
        with open_image([str(path)], bands=S2) as image:
            assert any("1000 was subtracted" in note for note in image.notes) == ("433D_629L_3_1" in path.name)
    for patch in (folder / "bigearthnet_v2/BigEarthNet-S2").glob("*/*"):
        with open_image([str(patch)]) as image:
            assert sorted(names_of(image)) == sorted(S2) and image.notes == ()
            assert image.grid.shape == (120, 120)
    # Twelve dates of radar, Sentinel-2 and weather, and what lies beside bands in a product of another maker.
    with open_image([str(folder / "timeseries/harvest_gee/togo_2019-02_2020-02.tif")]) as image:
        units = {band.name: band.units for band in image.bands}
        assert len(units) == 206
        wanted = {"VV": "db", "B04": "reflectance", "B4_1": "dn", "VV_11": "dn", "temperature_2m": "dn", "slope": "dn"}
        assert {name: units[name] for name in wanted} == wanted
    with open_image([str(folder / "timeseries/gfmap_belgium_2023_04/S2/2023-04-02.tif")]) as image:
        units = {band.name: band.units for band in image.bands}
        assert (units["B04"], units["SCL"], units["AOT"]) == ("reflectance", "dn", "dn")
