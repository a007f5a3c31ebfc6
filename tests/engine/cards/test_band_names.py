"""What names of bands mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cards.band_names import (
    COLOURS,
    POLARISATIONS,
    SENTINEL_2,
    called,
    canonical,
    described,
    names_of,
    same_band,
    wavelength_in,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("B2", "B02"),
        ("B02", "B02"),
        ("b8a", "B8A"),
        ("B12", "B12"),
        ("blue (B2)", "B02"),
        ("B4 (665 nm)", "B04"),
        ("Band 2: blue", "B02"),
        ("Band 1: red", "red"),  # GDAL's counting beside a colour of another number
        ("Band 8A narrow nir", "B8A"),
        ("T33UUP_20200101T101021_B02_10m.jp2", "B02"),
        ("Sigma0_VV_db", "VV"),
        ("Gamma0_VH", "VH"),
        ("S1A_IW_GRDH_1SDV_20200101T053000_VH.tif", "VH"),
        ("MK0_MLU_000_01_SL1_IVV", "VV"),
        ("near-infrared", "nir"),
        ("nir08", "B8A"),
        ("nir09", "B09"),
        ("coastal aerosol", "B01"),
        ("red edge 2", "B06"),
        ("rededge071", "B05"),
        ("red edge (B5)", "B05"),
        ("swir16", "B11"),
        ("SWIR 2", "B12"),
        ("Short-wave infrared 1", "B11"),
        ("cirrus", "B10"),
        ("Red", "red"),
        ("red (B2)", "red"),  # the word, since numbers are of many countings
        ("LC08_L2SP_190024_20200101_02_T1_SR_B5.TIF", "nir"),
        ("LT05_L2SP_190024_19900101_02_T1_SR_B4.TIF", "nir"),
        ("LC09_L2SP_190024_20220101_02_T1_SR_B6.TIF", "B11"),
    ],
)
def test_names_that_tell_a_band(text: str, name: str) -> None:
    assert canonical(text) == name


@pytest.mark.parametrize(
    "text",
    [
        *("", "Band 2", "Gray", "elevation", "B0", "B13", "alpha", "ndvi", "redundant", "infrared", "bluetooth"),
        *("VV/VH", "VV minus VH", "B4/B3", "red/nir", "red edge", "swir", "VV red", "SR_B4", "redgreen"),
        "LC08_L2SP_190024_20200101_02_T1_ST_B10.TIF",
    ],
)
def test_names_that_tell_none_or_several(text: str) -> None:
    assert canonical(text) is None


@pytest.mark.parametrize("name", [*SENTINEL_2, *POLARISATIONS, *COLOURS])
def test_canonical_names_stay(name: str) -> None:
    assert canonical(name) == name
    assert canonical(name.lower()) == name
    assert canonical(f"x_{name}_10m.tif") == name


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    assert canonical(text) in {None, *SENTINEL_2, *POLARISATIONS, *COLOURS}


def test_colours_are_bands_of_sentinel_2() -> None:
    assert same_band("B04", "red")
    assert same_band("Band 3: green", "B3")
    assert same_band("blue", "B02")
    assert same_band("nir", "B8")
    assert not same_band("nir", "B8A")
    assert not same_band("VV", "VH")
    assert same_band("Band 1", "band  1")
    assert not same_band("band 1", "band 2")


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["B2", "green (B3)", "nir", "NDVI"], ["B02", "B03", "nir", "NDVI"]),
        # PlanetScope's eight bands, WorldView-3's, stacks of dates, statistics.
        (["blue", "green_i", "green", "rededge", "nir"], ["blue", "green_i", "green", "rededge", "nir"]),
        (["Red", "Red Edge", "NIR 1", "NIR 2"], ["red", "Red Edge", "NIR 1", "NIR 2"]),
        (["2020_B2", "2021_B2", "2020_B8"], ["2020_B2", "2021_B2", "B08"]),
        (["B4_mean", "B4_stdDev"], ["B4_mean", "B4_stdDev"]),
        (["VV_0401", "VH_0401", "VV_0501", "VH_0501"], ["VV_0401", "VH_0401", "VV_0501", "VH_0501"]),
        (["VV", "VV_0501"], ["VV", "VV_0501"]),
        # These do say the same.
        (["B4", "B04"], ["B04", "B04"]),
        (["B4 (665 nm)", "Band 4: red"], ["B04", "B04"]),
        (["", ""], ["", ""]),
    ],
)
def test_bands_of_one_image(texts: list[str], names: list[str]) -> None:
    assert names_of(texts) == names
    assert names_of(names) == names


def test_what_says_more_than_a_band_is_that_alone() -> None:
    assert same_band("2020_B4", "2020_b4") and not same_band("2020_B4", "B04") and not same_band("2020_B4", "2021_B4")
    assert not same_band("green_i", "green")


def test_names_in_sentences() -> None:
    assert (called("B04"), called("band 4"), called("Band_4")) == ("band B04", "band 4", "Band_4")


@pytest.mark.parametrize(
    ("text", "nanometres"),
    [
        ("band 10 (461.43 Nanometers)", 461.43),
        ("0.665 um", 665),
        ("B4 (665 nm)", 665),
        ("1.61 Micrometers", 1610),
        ("band 12", None),
        ("560", None),
    ],
)
def test_wavelengths(text: str, nanometres: float | None) -> None:
    assert wavelength_in(text) == (None if nanometres is None else pytest.approx(nanometres))


@pytest.mark.parametrize(
    ("descriptions", "texts"),
    [
        (["Band 1", "layer_2", "", "Gray"], ["red", "green", "blue", "Gray"]),
        (["1", "2", "3", "4"], ["red", "green", "blue", ""]),
        (["0", "1", "2", "3"], ["red", "green", "blue", ""]),
        (["19840301", "19840401", "19840501", "4"], ["19840301", "19840401", "19840501", "4"]),
        (["560", "", "", ""], ["560", "green", "blue", ""]),
    ],
)
def test_what_a_file_says_of_its_bands(descriptions: list[str], texts: list[str]) -> None:
    assert described(descriptions, ["red", "green", "blue", "undefined"]) == texts
    assert described(descriptions[:1], ["red"]) == [texts[0] if texts[0] != "red" else ""]
