"""Whether a model fits an image."""

from __future__ import annotations

from model_cards import make_card

from engine.cards.card import BandSpec
from engine.cards.fitting import misfit


def test_bands_by_any_of_their_names_fit() -> None:
    card = make_card()
    assert misfit(card, ["B02", "B03", "B04", "B08"]) is None
    assert misfit(card, ["Band 1: red", "Band 2: green", "Band 3: blue"]) is None
    assert misfit(card, ["red", "green", "blue"], ["reflectance", None, "reflectance"]) is None


def test_missing_bands_are_named_with_those_there_are() -> None:
    words = misfit(make_card(), ["B02", "Band 3: nir"])
    assert words == "The model Fields and forest needs B04, B03, which the image does not have: it has B02, nir."
    assert misfit(make_card(), []) == (
        "The model Fields and forest needs B04, B03, B02, which the image does not have: it has no bands."
    )


def test_other_units_do_not_fit() -> None:
    card = make_card(bands=(BandSpec("VV", "db", -12, 5),))
    assert misfit(card, ["VV"], ["db"]) is None
    assert misfit(card, ["VV"], ["dn"]) == (
        "The model Fields and forest needs VV as decibels, but the image holds it as plain numbers."
    )
    assert misfit(card, ["VV", "VV"], ["power", "db"]) is None
    assert "as power" in str(misfit(card, ["VV"], ["power"]))


def test_bands_that_have_no_canonical_name_fit_by_their_own() -> None:
    card = make_card(bands=(BandSpec("band 1", "dn"), BandSpec("band 2", "dn")))
    assert misfit(card, ["Band 1", "Band 2"]) is None
    assert "needs band 2" in str(misfit(card, ["Band 1", "Band 3"]))


def test_bands_of_one_date_are_not_those_of_another() -> None:
    """A model of a stack of dates takes no image of one date, nor of other dates."""
    card = make_card(bands=(BandSpec("20200401_B4", "dn"), BandSpec("20200615_B4", "dn")))
    assert misfit(card, ["20200615_B4", "20200401_B4"]) is None
    assert "needs 20200401_B4, 20200615_B4" in str(misfit(card, ["B04"]))
    assert "needs 20200401_B4, 20200615_B4" in str(misfit(card, ["20210401_B4", "20210615_B4"]))


def test_a_model_of_several_dates_is_not_served_by_one_image() -> None:
    card = make_card(bands=tuple(BandSpec(name, "db", date=date) for date in (0, 1) for name in ("VV", "VH")))
    assert misfit(card, ["VV", "VH"], ["db", "db"]) == (
        "The model Fields and forest compares images of 2 dates, and one image alone was given; choose a model of one "
        "date."
    )
