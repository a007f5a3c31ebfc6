"""Published models that can be installed: where from, under which licence, and what becomes of their files.

The addresses name a revision, and every file has its SHA-256, so what is installed is what was looked at. The catalogue
is Python, not JSON, because the checks of QGIS's plugin repository want a remark beside every hash.
"""

from __future__ import annotations

from ...errors import InputError
from .basic import GEOFM_BASIC
from .clips import CLIPS
from .entries import CatalogueFile, Entry
from .landcover import LAND_COVER

__all__ = ["CATALOGUE", "CatalogueFile", "Entry", "entry"]

CATALOGUE: tuple[Entry, ...] = (*LAND_COVER, GEOFM_BASIC, *CLIPS)


def entry(name: str) -> Entry:
    """The model of the catalogue that has a name.

    Raises
    ------
    InputError
        If there is none.
    """
    for item in CATALOGUE:
        if item.name.casefold() == name.casefold():
            return item
    names = ", ".join(item.name for item in CATALOGUE)
    raise InputError(f"The catalogue has no model '{name}'; it has {names}.")
