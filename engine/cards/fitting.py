"""Whether a model fits an image: all its bands are there, in its units, and it needs no other image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from .band_names import names_of, same_band
from .card import BandSpec, Card

__all__ = ["misfit"]

_NAMES = {"reflectance": "reflectance", "db": "decibels", "display": "8-bit display values", "dn": "plain numbers"}
_MOST_NAMED = 16


def misfit(
    card: Card, bands: Sequence[str], units: Optional[Sequence[Optional[str]]] = None, dates: int = 1
) -> Optional[str]:
    """Why a model does not fit an image, in one sentence, or None if it does.

    Parameters
    ----------
    card : Card
    bands : sequence of str
        Names of the image's bands (see `band_names.names_of`).
    units : sequence of str or None, optional
        Of the same bands, as in `BandSpec`; None where nobody knows, which is taken to fit.
    dates : int
        Of how many dates there are images.
    """
    if card.dates > dates:
        given = "one image alone was" if dates == 1 else f"images of {dates} were"
        fewer = "one date" if dates == 1 else "fewer dates"
        return (
            f"The model {card.title} compares images of {card.dates} dates, and {given} given; choose a model of "
            f"{fewer}."
        )
    known = units if units is not None else [None] * len(bands)
    missing = [band for band in card.bands if not any(same_band(band.name, name) for name in bands)]
    if missing:
        return (
            f"The model {card.title} needs {_list([band.name for band in missing])}, which the image does not have: "
            f"it has {_list(names_of(bands)) or 'no bands'}."
        )
    for band in card.bands:
        told = [unit for name, unit in zip(bands, known) if same_band(band.name, name)]
        if not any(unit in (None, band.units) for unit in told):
            return _of_units(card, band, str(told[0]))
    return None


def _of_units(card: Card, band: BandSpec, unit: str) -> str:
    return (
        f"The model {card.title} needs {band.name} as {_NAMES[band.units]}, but the image holds it as "
        f"{_NAMES.get(unit, unit)}."
    )


def _list(names: Sequence[str]) -> str:
    shown = [*names[:_MOST_NAMED], *(["…"] if len(names) > _MOST_NAMED else [])]
    return ", ".join(shown)
