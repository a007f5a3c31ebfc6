"""What names of bands mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cards.band_names import COLOURS, POLARISATIONS, SENTINEL_2, canonical, same_band


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
