"""Names of classes, and the value of class rasters and of labels that is no class."""

from __future__ import annotations

import unicodedata

__all__ = ["HIGHEST_CLASS", "NODATA", "class_name"]

# Where a map has not observed the ground, where nobody has labelled it, and where a loss does not look. Classes are
# numbered from 0 to 254.
NODATA = 255
HIGHEST_CLASS = 254


def class_name(text: str) -> str:
    """A class's name as all of GeoFM writes it: one blank between words, and one way to write accents (NFC).

    Blanks that do not break, doubled ones and accents of two characters look like others and would make another class.
    """
    return " ".join(unicodedata.normalize("NFC", text).split())
