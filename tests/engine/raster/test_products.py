"""What products and folders around images hold beside them, and what their names and manifests say."""

import os
from pathlib import Path

import layouts
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from engine.errors import InputError
from engine.raster._products import parts_of
from engine.raster.image import open_image
from engine.raster.source import open_sar

SHAPE = (60, 70)
POWER = layouts.backscatter(SHAPE)
DOUBLE = b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(400)


def numbers(seed=0):
    return np.random.default_rng(seed).integers(50, 400, (2, *layouts.GRD_SHAPE)).astype(np.uint16)


def read(*files, **options):
    with open_sar([str(file) for file in files], **options) as scene:
        return scene, scene.read(scene.grid)


def apart(folder: Path, prefix: str = "S1_") -> list[Path]:
    return [
        layouts.write_tiff(folder / f"{prefix}{name}_power.tif", POWER[band : band + 1])
        for band, name in enumerate(("VV", "VH"))
    ]


class TestOrbit:
    def test_the_manifest_goes_before_the_name(self, tmp_path):
        for name in (layouts.GRD_NAME, "renamed.SAFE"):
            product = layouts.safe(tmp_path / name[:3], {"VV": numbers()[0]}, name=name, orbit=109)
            scene, _ = read(product)
            assert str(scene.orbit) == "descending, relative orbit 109"

    def test_what_is_unknown_is_not_different(self, tmp_path):
        renamed, _ = read(layouts.safe(tmp_path, {"VV": numbers()[0]}, name="renamed.SAFE"))
        known, _ = read(layouts.safe(tmp_path, {"VV": numbers()[0]}, orbit=109))
        other, _ = read(layouts.safe(tmp_path / "other", {"VV": numbers()[0]}, orbit=110))
        assert str(renamed.orbit) == "descending"
        assert not renamed.orbit.differs(known.orbit) and other.orbit.differs(known.orbit)


class TestBorderNoise:
    """Digital numbers of 1 to 9 at the near range of products before IPF 2.9; the table is 500 and more."""

    @staticmethod
    def noisy(width=30):
        """Noise in `width` columns, a bright strip, then calm water at -27 dB, and land."""
        values = numbers()
        values[:, :, :width] = np.random.default_rng(1).integers(1, 10, (2, layouts.GRD_SHAPE[0], width))
        return values

    @pytest.mark.parametrize("processor", ["002.36", "003.10"])
    def test_it_is_not_observed(self, tmp_path, processor):
        values = self.noisy()
        product = layouts.safe(tmp_path, {"VV": values[0], "VH": values[1]}, processor=processor)
        clean = values.copy()
        clean[:, :, :30] = 0
        whole = layouts.safe(tmp_path / "clean", {"VV": clean[0], "VH": clean[1]}, processor=processor)
        (scene, found), (_, expected) = read(product), read(whole)
        assert_array_equal(found, expected)
        assert np.nanmin(found) > 1e-3
        assert any("version 2.36 of ESA's processor" in note for note in scene.notes) == (processor == "002.36")


class TestFolders:
    def test_polarisations_that_are_not_used(self, tmp_path):
        values = numbers()
        product = layouts.safe(tmp_path, {"HH": values[0], "HV": values[1]})
        with pytest.raises(InputError, match=r"\.SAFE holds HH and HV; flood maps are made from VV and VH"):
            open_sar([str(product)])

    def test_manifests_of_the_sources_lie_below_the_images(self, tmp_path):
        """As in the terrain-corrected tiles of AWS."""
        folder = tmp_path / "S1A_20200103_17RMJ_ASC"
        apart(folder, "Gamma0_")
        layouts.write_tiff(folder / "local_incident_angle.tif", np.full((1, *SHAPE), 35, np.float32))
        for source in ("S1A_1", "S1A_2"):
            (folder / "metadata" / source).mkdir(parents=True)
            (folder / "metadata" / source / "manifest.safe").write_text("<xfdu/>")
        _, values = read(folder)
        assert_array_equal(values, POWER)

    def test_two_products_in_one_folder_are_both_read(self, tmp_path):
        values = numbers()
        for polarisation, name in (("VV", "a.SAFE"), ("VH", "b.SAFE")):
            layouts.safe(tmp_path / "pass", {polarisation: values[0]}, name=name)
        scene, _ = read(tmp_path / "pass")
        assert scene.polarisations == ("VV", "VH")

    def test_noise_and_angles_of_normalised_products_are_no_images(self, tmp_path):
        stem = "s1a-iw-nrb-20200103t170705-030639-0382d5-32tps"
        for band, name in enumerate(("vv", "vh")):
            layouts.write_tiff(tmp_path / "NRB" / "measurement" / f"{stem}-{name}-g-lin.tif", POWER[band : band + 1])
            noise = np.full((1, *SHAPE), 1e-3, np.float32)
            layouts.write_tiff(tmp_path / "NRB" / "annotation" / f"{stem}-np-{name}.tif", noise)
        scene, values = read(tmp_path / "NRB")
        assert_array_equal(values, POWER)
        assert (scene.calibration, scene.notes) == ("gamma0", ())

    @pytest.mark.parametrize("form", ["folder", "zip"])
    def test_what_macos_writes_beside_files_is_passed_over(self, tmp_path, form):
        folder = apart(tmp_path / "scene")[0].parent
        (folder / "._S1_VV_power.tif").write_bytes(DOUBLE)
        given = layouts.zipped(folder, tmp_path / "scene.zip") if form == "zip" else folder
        assert_array_equal(read(given)[1], POWER)

    @pytest.mark.parametrize("form", ["folder", "zip"])
    def test_what_macos_writes_into_products_is_passed_over(self, tmp_path, form):
        product = layouts.safe(tmp_path, {"VV": numbers()[0]})
        for path in [path for path in product.rglob("*") if path.is_file()]:
            path.with_name(f"._{path.name}").write_bytes(DOUBLE)
        given = layouts.zipped(product, tmp_path / "S1.zip") if form == "zip" else product
        scene, _ = read(given)
        assert scene.polarisations == ("VV",)


class TestImagesOfOtherSensors:
    """A folder as it is delivered: one image of several bands, and what is known of its clouds."""

    IMAGE = np.random.default_rng(0).integers(200, 3000, (4, *SHAPE)).astype(np.uint16)

    def order(self, folder: Path) -> Path:
        stem = "20200402_181200_1034_3B"
        layouts.write_tiff(folder / f"{stem}_AnalyticMS_SR_clip.tif", self.IMAGE)
        layouts.write_tiff(folder / f"{stem}_udm2_clip.tif", np.ones((8, *SHAPE), np.uint8))
        (folder / f"{stem}_metadata.json").write_text("{}")
        return folder

    def test_masks_beside_one_image_are_passed_over(self, tmp_path):
        with open_image([str(self.order(tmp_path / "order"))]) as image:
            assert_array_equal(image.read(image.grid), self.IMAGE)

    def test_several_images_are_refused_by_their_names(self, tmp_path):
        folder = self.order(tmp_path / "order")
        layouts.write_tiff(folder / "other.tif", self.IMAGE)
        with pytest.raises(InputError) as error:
            open_image([str(folder)])
        assert "holds several rasters (20200402_181200_1034_3B_AnalyticMS_SR_clip.tif, other.tif)" in str(error.value)
        assert "VV" not in str(error.value)

    def test_none_is_refused_without_a_word_of_radar(self, tmp_path):
        (tmp_path / "letter.txt").write_text("hello")
        with pytest.raises(InputError, match="holds no raster; name the image itself"):
            open_image([str(tmp_path)])


DATA = os.environ.get("GEOFM_TEST_DATA")


@pytest.mark.skipif(not DATA, reason="GEOFM_TEST_DATA does not name the folder of test images")
def test_a_real_manifest():
    name = "S1B_IW_GRDH_1SDV_20211223T051122_20211223T051147_030148_039993_5371.SAFE.zip"
    (part,) = parts_of(str(Path(DATA or "") / "safe_grd" / name))
    assert part.facts is not None and part.facts.processor == (3, 40)
    assert str(part.facts.orbit) == "descending, relative orbit 22"
