"""What is believed of names, what is read from the numbers, what is said of it, and what is refused."""

import os
from pathlib import Path

import layouts
import numpy as np
import pytest
import rasterio

from engine.errors import InputError
from engine.raster import _names
from engine.raster.sensors import FileFacts, describe
from engine.raster.source import open_sar

SHAPE = (60, 70)
POWER = layouts.backscatter(SHAPE)


def facts(name="a.tif", values=POWER, descriptions=None, dtype="float32", tags=None):
    flat = values.reshape(len(values), -1)
    count = len(flat)
    return FileFacts(
        name, f"/data/{name}", descriptions or ("",) * count, (dtype,) * count, ("undefined",) * count, tags or {}, flat
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("VV", {"VV"}),
        ("Sigma0_VH_db", {"VH"}),
        ("Gamma0_VV", {"VV"}),
        ("s1a-iw-grd-vh-20200101t050000-002.tiff", {"VH"}),
        ("iw-vv.rtc.tiff", {"VV"}),
        ("S1A_IW_20200101T000000_DVP_RTC30_G_gpuned_ABCD_VV.tif", {"VV"}),
        ("MS1_IVH_0001_02_20200101.tif", {"VH"}),
        ("VV/VH", {"VV", "VH"}),
        ("SURVVEY", set()),
        ("HH", {"HH"}),
    ],
)
def test_polarisation_of_names(text, found):
    assert _names.polarisations_in(text) == found


@pytest.mark.parametrize(
    ("text", "units", "calibration"),
    [
        ("S1A_IW_20200101T000000_DVP_RTC30_G_gpuned_ABCD_VV.tif", "power", "gamma0"),
        ("S1A_IW_20200101T000000_DVP_RTC30_G_sauned_ABCD_VV.tif", "amplitude", "sigma0"),
        ("S1A_IW_20200101T000000_DVP_RTC10_G_gduned_ABCD_VV.tif", "db", "gamma0"),
        ("iw-vv.rtc.tiff", "power", "gamma0"),
        ("OPERA_L2_RTC-S1_T035-073251-IW2_20240113T020816Z_20240113T113128Z_S1A_30_v1.0_VV.tif", "power", "gamma0"),
        ("s1_rtc_0101B0_N13E025_2018_01_04_VV.tif", "power", "gamma0"),
        ("s1a-iw-nrb-20200103t170705-030639-0382d5-32tps-vv-g-lin.tif", "power", "gamma0"),
        ("s1a-iw-nrb-20200103t170705-030639-0382d5-32tps-vh-s-log.tif", "db", "sigma0"),
        ("Sigma0_VV_db", "db", "sigma0"),
        ("Gamma0_VH intensity", "power", "gamma0"),
        ("VV_dB", "db", None),
        ("VV_amplitude.tif", "amplitude", None),
        ("MS1_IVV_20200101.tif", "power", None),
        ("Beta0_VV", None, "beta0"),
        ("dbase.tif", None, None),
    ],
)
def test_units_and_calibration_of_names(text, units, calibration):
    assert (_names.units_in(text), _names.calibration_in(text)) == (units, calibration)


@pytest.mark.parametrize(
    ("text", "moment", "orbit"),
    [
        ("S1A__IW___A_20150309T173017_VV_grd.tif", "2015-03-09T17:30:17+00:00", "ascending"),
        (layouts.GRD_NAME, "2020-01-01T05:00:00+00:00", "relative orbit 78"),
        (
            "S1C_IW_GRDH_1SDV_20250421T053447_20250421T053516_001987_003FE6_1B2C.SAFE",
            "2025-04-21T05:34:47+00:00",
            "relative orbit 66",
        ),
        (
            "S1C_IW_GRDH_1SDV_20260701T053447_20260701T053516_008019_003FE6_1B2C.SAFE",
            "2026-07-01T05:34:47+00:00",
            "relative orbit 46",
        ),
        (
            "S1D_EW_GRDM_1SDV_20260801T150156_20260801T150247_003933_0071F6_1B2C.SAFE",
            "2026-08-01T15:01:56+00:00",
            "relative orbit 42",
        ),
        (
            "OPERA_L2_RTC-S1_T035-073251-IW2_20240113T020816Z_20240113T113128Z_S1A_30_v1.0_VV.tif",
            "2024-01-13T02:08:16+00:00",
            "relative orbit 35",
        ),
        (
            "s1a-iw-nrb-20200103t170705-030639-0382d5-32tps-vv-g-lin.tif",
            "2020-01-03T17:07:05+00:00",
            "relative orbit 117",
        ),
        ("s1_rtc_0101B0_N13E025_2018_01_04_VV.tif", "2018-01-04T00:00:00+00:00", None),
        ("tile_2048_10_12.tif", None, None),
        ("flood_2017-08-30.tif", "2017-08-30T00:00:00+00:00", None),
        ("flood_20179930_20170830.tif", "2017-08-30T00:00:00+00:00", None),
        ("tile_120200101.tif", None, None),
    ],
)
def test_date_and_orbit_of_names(text, moment, orbit):
    found = _names.acquired_in(text)
    way = _names.orbit_in(text)
    assert (found.isoformat() if found else None, way and str(way)) == (moment, orbit)


@pytest.mark.parametrize("units", ["power", "db", "amplitude"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_unnamed_bands_are_told_by_brightness_and_said(units, order):
    profile = describe([facts(values=layouts.in_units(POWER, units)[list(order)])])
    assert profile.files[0].units == units
    assert profile.files[0].polarisations == tuple(("VV", "VH")[band] for band in order)
    assert profile.calibration == "sigma0"
    bands, said, calibration = profile.notes
    assert "brighter" in bands and "does not say its units" in said and "sigma nought" in calibration


@pytest.mark.parametrize("units", ["power", "db", "amplitude"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_units_at_any_share_of_water(units, share):
    random = np.random.default_rng(0)
    water = random.random(SHAPE) < share
    levels = np.where(water, np.array([-19, -26])[:, None, None], np.array([-10.5, -17])[:, None, None])
    power = (10 ** (levels / 10) * random.gamma(4.4, 1 / 4.4, (2, *SHAPE))).astype(np.float32)
    profile = describe([facts("VV_VH.tif", layouts.in_units(power, units), ("VV", "VH"))])
    assert profile.files[0].units == units


def test_unnamed_angle_is_left_out():
    angle = np.random.default_rng(0).uniform(30, 45, (1, *SHAPE)).astype(np.float32)
    profile = describe([facts(values=np.concatenate([angle, layouts.in_units(POWER, "db")]))])
    assert profile.files[0].polarisations == (None, "VV", "VH")


def test_units_of_tags():
    tags = {
        "UNITS": "linear power",
        "CALIBRATION": "gamma0",
        "ACQUISITION_DATE": "2021-07-15T05:33:00Z",
        "PASS": "ASCENDING",
    }
    profile = describe([facts(descriptions=("VV", "VH"), tags=tags)])
    assert (profile.files[0].units, profile.calibration, str(profile.orbit)) == ("power", "gamma0", "ascending")
    assert profile.acquired is not None and profile.acquired.isoformat() == "2021-07-15T05:33:00+00:00"
    assert profile.notes == ()


def test_a_name_that_the_numbers_contradict():
    profile = describe([facts("VV_db.tif", POWER[:1])])
    assert profile.files[0].units == "power"
    assert "is named db but was taken as linear" in profile.notes[0]
    profile = describe([facts("VV_power.tif", layouts.in_units(POWER[:1], "db"))])
    assert profile.files[0].units == "db"
    assert "is named power but was taken as dB" in profile.notes[0]


def test_options_override_names():
    profile = describe([facts("Gamma0_VV_db.tif", POWER[:1])], units="power", bands=("VH",), calibration="sigma0")
    assert (profile.files[0].units, profile.files[0].polarisations, profile.calibration) == ("power", ("VH",), "sigma0")
    (contradicted,) = profile.notes
    assert contradicted.startswith("Gamma0_VV_db.tif names band 1 VV, but is told to hold VH")


def test_bands_over_several_files():
    files = [facts("1.tif", POWER[:1]), facts("2.tif", POWER[1:]), facts("3.tif", POWER[1:])]
    profile = describe(files, bands=("VV", "VH", "skip"), units="power")
    assert [file.polarisations for file in profile.files] == [("VV",), ("VH",), (None,)]
    assert [file.polarisations for file in describe(files, bands=("VH",), units="power").files] == [("VH",)] * 3


def test_files_of_different_days_are_noted():
    files = [facts("VV_20200101.tif", POWER[:1]), facts("VH_20200102.tif", POWER[1:])]
    profile = describe(files, units="power")
    assert "Files given as one date were acquired on 2020-01-01 and 2020-01-02." in profile.notes


HALF_WATER = POWER[:1] * np.where(np.arange(SHAPE[1]) < SHAPE[1] // 2, 1, 0.14).astype(np.float32)
GREY = np.random.default_rng(0).integers(0, 256, (4, *SHAPE)).astype(np.float32)


@pytest.mark.parametrize(
    ("file", "options", "message", "field"),
    [
        (facts(values=np.concatenate([POWER, POWER])), {}, "4 bands of a.tif cannot be told apart", "bands"),
        (facts(values=np.stack([POWER[0], POWER[0]])), {}, "cannot be told apart; name them", "bands"),
        (facts(values=POWER[:1]), {}, "whether it is VV or VH; name", "bands"),
        (facts("VV.tif", np.sqrt(HALF_WATER)), {}, "power and amplitude cannot be told apart; give", "units"),
        (facts(descriptions=("VV", "VV")), {}, r"several bands VV \(1 and 2\)", "bands"),
        (facts(descriptions=("HH", "HV")), {}, "holds HH and HV; flood maps are made from VV and VH", None),
        (facts(descriptions=("Beta0_VV", "Beta0_VH")), {"units": "power"}, "beta nought", None),
        (facts("VV.tif", POWER[:1] * np.nan), {}, "all of it is nodata or zero", None),
        (facts("VV.tif", POWER[:1] * 0), {}, "all of it is nodata or zero", None),
        (facts("1.tif", POWER[:1]), {"bands": ("VV", "VH")}, r"2 bands are named, .*1.tif 1", "bands"),
        (facts("VV.tif", POWER[:1]), {"bands": ("skip",)}, "no band left to read", "bands"),
        (facts("VV.tif", POWER[:1]), {"units": "display"}, "no 8-bit picture", "units"),
        (facts("Amplitude_VV.tif", 200 + POWER[:1]), {}, "not calibrated backscatter .*SNAP", None),
        (facts("VV.tif", 200 + POWER[:1], dtype="uint16"), {"units": "amplitude"}, "not calibrated backscatter", None),
        (facts(values=GREY[:3], dtype="uint8"), {}, "colour picture", None),
        (facts(values=GREY[:1] // 64, dtype="uint8"), {}, "few values, as class maps do", None),
        (facts(values=GREY, dtype="uint16"), {}, "is an optical image", None),
        (facts(values=GREY, descriptions=("B02", "B03", "B04", "B08")), {}, "is an optical image", None),
        (facts(values=POWER, descriptions=("red", "nir")), {}, "is an optical image", None),
        (facts("S2A_MSIL2A_20200101T101031_T33TVM_B08.tif", POWER[:1]), {}, "is an optical image", None),
    ],
)
def test_refused(file, options, message, field):
    with pytest.raises(InputError, match=message) as error:
        describe([file], **options)
    assert str(error.value).count(". ") == 0 and str(error.value).endswith(".")
    assert error.value.field == field


def test_mixed_kinds_are_refused():
    grey = facts("VV.png", GREY[:1], dtype="uint8")
    with pytest.raises(InputError, match="mix 8-bit pictures and backscatter"):
        describe([grey, facts("VH_power.tif", POWER[1:])])
    with pytest.raises(InputError, match="mix sigma nought and gamma nought"):
        describe([facts("Sigma0_VV.tif", POWER[:1]), facts("Gamma0_VH.tif", POWER[1:])], units="power")


def test_palette_is_refused(tmp_path):
    path = layouts.write_tiff(tmp_path / "VV.tif", GREY[:1].astype(np.uint8))
    with rasterio.open(path, "r+") as target:
        target.write_colormap(1, {value: (value, 0, 0, 255) for value in range(256)})
    with pytest.raises(InputError, match="class map"):
        open_sar([str(path)])


def test_nodata_at_the_start_is_searched_through(tmp_path):
    """A scene of which only a corner is observed is still described from what is observed."""
    power = np.full((2, 1500, 900), np.nan, np.float32)
    power[:, -60:, -70:] = POWER
    path = layouts.write_tiff(tmp_path / "a.tif", layouts.in_units(power, "db"))
    with open_sar([str(path)]) as scene:
        assert scene.polarisations == ("VV", "VH")


DATA = os.environ.get("GEOFM_TEST_DATA")
real = pytest.mark.skipif(not DATA, reason="GEOFM_TEST_DATA does not name the folder of test images")


@real
def test_harvey():
    with open_sar([str(Path(DATA or "") / "flood" / "harvey" / "harvey_crop.tif")]) as scene:
        values = 10 * np.log10(scene.read(scene.grid))
    assert scene.polarisations == ("VV", "VH") and not np.isnan(values).any()
    assert any("band 1, which is brighter, was taken as VV" in note for note in scene.notes)
    assert values.mean(axis=(1, 2)) == pytest.approx([-11.1, -20.9], abs=0.1)


@real
def test_pyrosar():
    with open_sar([str(Path(DATA or "") / "flood" / "pyrosar_vv.tif")]) as scene:
        values = 10 * np.log10(scene.read(scene.grid))
    assert scene.polarisations == ("VV",) and values.shape == (1, 217, 268)
    assert (values.min(), values.max()) == pytest.approx((-26.7, 1.4), abs=0.1)


@real
@pytest.mark.parametrize(
    "path",
    [
        "eolearn_slovenia/S2_L1C_scene0.tif",
        "eolearn_slovenia/LULC_mask.tif",
        "msclip_s2_l2a/282D_485L_3_3.tif",
        "eolearn_slovenia/LULC.gpkg",
    ],
)
def test_land_cover_data_are_refused(path):
    with pytest.raises(InputError, match=r"optical|class maps|not a raster"):
        open_sar([str(Path(DATA or "") / "lulc" / path)])
