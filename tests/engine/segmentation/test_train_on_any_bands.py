"""Images whose bands are not those of one well-known sensor: each class is found by the band that tells it apart."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from plots import BANDS, NAMES, ground, pixels, report_of, write_image, write_polygons

from engine.cards.card import read_card

SIDE = 128
TRUTH = ground(SIDE, SIDE)


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    return write_polygons(tmp_path_factory.mktemp("labels") / "polygons.gpkg", TRUTH)


@pytest.fixture
def learn(geofm, labels, tmp_path):
    """Trains on an image and maps it; gives the bands of the model, the warnings, and how much of the map is right."""

    def run(image, *words):
        done = geofm(
            "train", "--image", image, "--labels", labels, "--class-field", "class", "--out", tmp_path / "model", *words
        )
        assert done.status == 0, done.err
        done = geofm("landcover", "--image", image, "--model", tmp_path / "model", "--out", tmp_path / "map", *words)
        assert done.status == 0, done.err
        with rasterio.open(tmp_path / "map" / "landcover.tif") as raster:
            right = float((raster.read(1) == TRUTH).mean())
        bands = read_card(tmp_path / "model").bands
        return [band.name for band in bands], report_of(tmp_path / "model")["warnings"], right

    return run


def of_classes(means, spread=0.03, seed=1):
    """Bands [C, H, W] of the means [K, C] of classes, each pixel a little off."""
    clean = np.asarray(means, float)[TRUTH].transpose(2, 0, 1)
    return clean * (1 + np.random.default_rng(seed).normal(0, spread, clean.shape))


class TestTransparency:
    """GDAL and rasterio mark the fourth band of 8-bit files as alpha, near infrared too."""

    # Field and forest differ in the fourth band alone; of water it is 0.
    MEANS = ((90, 100, 80, 190), (90, 100, 80, 90), (160, 150, 140, 150), (40, 50, 60, 0))
    VALUES = np.rint(np.clip(of_classes(MEANS, 0.05), 0, 255)).astype(np.uint8)

    @pytest.fixture
    def image(self, tmp_path):
        path = write_image(tmp_path / "naip.tif", self.VALUES, [None] * 4, nodata=None)
        with rasterio.open(path) as file:
            assert file.colorinterp[3].name == "alpha"
        return path

    def test_a_band_of_many_values_is_a_measurement(self, learn, image):
        bands, warnings, right = learn(image)
        assert bands == ["red", "green", "blue", "band 4"]
        assert right > 0.97
        assert any("Band 4 of" in note and "marked as transparency (alpha)" in note for note in warnings)

    def test_as_many_names_as_bands_are_obeyed(self, learn, image):
        bands, warnings, right = learn(image, "--bands", "red,green,blue,nir")
        assert bands == ["red", "green", "blue", "nir"] and right > 0.97
        assert not any("transparency" in note for note in warnings)

    def test_names_without_it_say_that_it_is_none(self, learn, image):
        bands, _, right = learn(image, "--bands", "red,green,blue")
        assert bands == ["red", "green", "blue"] and right < 0.8


class TestNames:
    @pytest.mark.parametrize(
        "names",
        [
            ("coastal_blue", "blue", "green_i", "green", "yellow", "red", "rededge", "nir"),
            ("Coastal", "Blue", "Green", "Yellow", "Red", "Red Edge", "NIR 1", "NIR 2"),
            tuple(f"{day}_{band}" for day in ("20200401", "20200615") for band in ("B2", "B3", "B4", "B8")),
            ("B4_mean", "B4_stdDev", "B4_p10", "B8_mean", "B8_stdDev", "B8_p10", "VV_0401", "VV_0501"),
        ],
        ids=["superdove", "worldview", "dates", "statistics"],
    )
    def test_several_bands_of_one_meaning(self, learn, tmp_path, names):
        means = np.random.default_rng(3).uniform(300, 4000, (4, 8))
        path = write_image(tmp_path / "image.tif", of_classes(means).astype(np.uint16), names, nodata=None)
        bands, _, right = learn(path)
        assert len(set(bands)) == 8 and right > 0.97

    def test_names_that_are_told_are_taken_as_they_are(self, learn, tmp_path):
        means = np.random.default_rng(3).uniform(300, 4000, (4, 4))
        path = write_image(tmp_path / "image.tif", of_classes(means).astype(np.uint16), [None] * 4, nodata=None)
        told = ["B2 april", "june B2", "B8 april", "june B8"]
        assert learn(path, "--bands", ",".join(told))[0] == told


class TestUnits:
    """Beside Sentinel-2's bands lie an index, degrees, heights: their numbers are no reflectance."""

    ALIKE = np.ones((4, 4)) * [800, 900, 700, 2500]  # what all classes look like in the bands themselves

    @pytest.mark.parametrize(
        ("name", "means"),
        [
            ("NDWI", (-0.8, -0.6, -0.4, -0.2)),
            ("temperature", (-25, -18, -11, -4)),
            ("TPI", (-60, -40, -20, -5)),
            ("elevation", (100, 300, 500, 800)),
        ],
    )
    def test_what_lies_beside_reflectance(self, learn, tmp_path, name, means):
        values = np.concatenate([of_classes(self.ALIKE), of_classes(np.array(means)[:, None], seed=2)])
        path = write_image(tmp_path / "stack.tif", values.astype(np.float32), (*BANDS, name), nodata=None)
        bands, _, right = learn(path)
        assert bands == [*BANDS, name] and right > 0.95

    def test_heights_are_not_lost_with_the_offset_of_the_baseline(self, learn, tmp_path):
        values = np.concatenate([of_classes(self.ALIKE) + 1000, of_classes([[100], [300], [500], [800]], seed=2)])
        path = write_image(tmp_path / "stack.tif", values.astype(np.uint16), (*BANDS, "elevation"), nodata=None)
        with rasterio.open(path, "r+") as file:
            file.update_tags(BOA_ADD_OFFSET="-1000")
        assert learn(path)[2] > 0.95


class TestBandsWithoutData:
    def spectra(self, path, *, empty=range(8, 12), bad=(), names=None):
        means = np.random.default_rng(5).uniform(300, 4000, (4, 16))
        values = of_classes(means).astype(np.int16)
        values[list(empty)] = -32768
        names = names or [f"band {band + 1} ({420 + 20 * band}.5 Nanometers)" for band in range(16)]
        write_image(path, values, names, nodata=-32768)
        with rasterio.open(path, "r+") as file:
            for band in file.indexes:
                file.update_tags(band, bbl=str(int(band not in bad)))
        return path

    def test_they_are_left_out_and_all_named_at_once(self, learn, tmp_path):
        bands, warnings, right = learn(self.spectra(tmp_path / "enmap.tif"))
        assert len(bands) == 12 and right > 0.97
        (warning,) = [note for note in warnings if "show nothing" in note]
        assert warning == (
            "4 of 16 bands show nothing where the labels are and were left out: band 9 (580.5 Nanometers), band 10 "
            "(600.5 Nanometers), band 11 (620.5 Nanometers), band 12 (640.5 Nanometers)."
        )

    def test_so_are_those_of_the_list_of_bad_bands(self, learn, tmp_path):
        bands, warnings, _ = learn(self.spectra(tmp_path / "enmap.tif", bad=(9, 10, 11, 12, 16)))
        assert len(bands) == 11
        assert any("bands 9 to 12, 16 left out" in note for note in warnings)
        assert not any("show nothing" in note for note in warnings)

    def test_names_of_digits_are_names_unless_they_count(self, learn, tmp_path):
        dates = [f"1984{month:02d}01" for month in range(1, 13)] + [f"1985{month:02d}01" for month in range(1, 5)]
        bands, *_ = learn(self.spectra(tmp_path / "force.tif", empty=(3,), names=dates))
        assert bands == [date for date in dates if date != "19840401"]
        counted = [str(number) for number in range(16)]
        bands, *_ = learn(self.spectra(tmp_path / "counted.tif", empty=(), names=counted))
        assert bands == [f"band {number}" for number in range(1, 17)]


def test_reflectance_is_learned_as_before(learn, tmp_path):
    """Guards the fixture: four bands of Sentinel-2 alone are right, too."""
    bands, _, right = learn(write_image(tmp_path / "s2.tif", pixels(TRUTH, noise=0.015)))
    assert bands == list(BANDS) and right > 0.95 and len(NAMES) == 4
