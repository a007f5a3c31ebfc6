"""What the names of bands mean: one canonical name for the many ways in which files and models write it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Optional

__all__ = [
    "COLOURS",
    "POLARISATIONS",
    "SENTINEL_2",
    "called",
    "canonical",
    "described",
    "names_of",
    "same_band",
    "wavelength_in",
]

SENTINEL_2 = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
POLARISATIONS = ("VV", "VH", "HH", "HV")
# The bands of Sentinel-2 that other sensors have too, by what STAC's EO extension calls them.
COLOURS = {"blue": "B02", "green": "B03", "red": "B04", "nir": "B08"}

# Letters or digits on either side would make it part of another word; Kuro Siwo's files say IVV for intensity of VV.
_POLARISATION = re.compile(r"(?<![a-z0-9])I?(VV|VH|HH|HV)(?![a-z0-9])", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<![a-z0-9])B(8A|1[0-2]|0?[1-9])(?![a-z0-9])", re.IGNORECASE)
# "Band 2" alone is how GDAL counts, so it says something only where a colour beside it agrees.
_COUNTED = re.compile(r"(?<![a-z])band[ _#-]*(8A|1[0-2]|0?[1-9])(?![a-z0-9])", re.IGNORECASE)
# Collection 2 in Earth Engine: SR_B4; the same number is another band on Landsat 5 and 8.
_UNCLEAR = re.compile(r"(?<![a-z])(SR|TOA|ST)_B\d+(?![a-z0-9])", re.IGNORECASE)
_LANDSAT = re.compile(r"(?<![a-z])L([COTEM])0([4-9])_", re.IGNORECASE)
_LANDSAT_BANDS = {
    "8": {"B01": "B01", "B02": "blue", "B03": "green", "B04": "red", "B05": "nir", "B06": "B11", "B07": "B12"},
    "5": {"B01": "blue", "B02": "green", "B03": "red", "B04": "nir", "B05": "B11", "B07": "B12"},
}
# The longer names come first: what one has matched, the next does not see. Those of STAC's EO extension and of
# Sentinel-2 in words; a red edge or a short-wave infrared without its number could be one of several bands.
_WORDS = (
    ("B01", r"coastal([ _-]*aerosols?)?|ultra[ _-]*blue|aerosols?"),
    ("B05", r"(vegetation[ _-]*)?red[ _-]*edge[ _-]*(071|1)"),
    ("B06", r"(vegetation[ _-]*)?red[ _-]*edge[ _-]*(075|2)"),
    ("B07", r"(vegetation[ _-]*)?red[ _-]*edge[ _-]*(078|3)"),
    ("red edge", r"(vegetation[ _-]*)?red[ _-]*edge"),
    ("B11", r"(swir|short[ _-]*wave[ _-]*(infra[ _-]*red|ir))[ _-]*(16|1)"),
    ("B12", r"(swir|short[ _-]*wave[ _-]*(infra[ _-]*red|ir))[ _-]*(22|2)"),
    ("swir", r"swir|short[ _-]*wave[ _-]*(infra[ _-]*red|ir)"),
    ("B09", r"water[ _-]*vapou?r|nir[ _-]*09"),
    ("B10", r"cirrus"),
    ("B8A", r"narrow[ _-]*(nir|near[ _-]*infra[ _-]*red)|(nir|near[ _-]*infra[ _-]*red)[ _-]*narrow|nir[ _-]*08"),
    ("nir", r"nir|near[ _-]*infra[ _-]*red"),
    ("beyond", r"infra[ _-]*red|ultra[ _-]*violet"),
    ("red", r"red"),
    ("green", r"green"),
    ("blue", r"blue"),
)
# Words that could mean any of several bands, unless a number tells which.
_SEVERAL = {"red edge": ("B05", "B06", "B07"), "swir": ("B11", "B12"), "beyond": ("B08", "B8A", "B09", "B11", "B12")}
# Descriptions that only count the bands; numbers alone may be dates or wavelengths.
_GENERIC = re.compile(r"(band|layer)?[ _#:-]*\d*", re.IGNORECASE)
_WHOLE = re.compile(r"\d{1,18}")
_SHOWN = ("red", "green", "blue")
_WAVELENGTH = re.compile(
    r"(?<![\d.])(\d+(?:\.\d+)?)[ _]*(?:(nm|nanomet(?:er|re)s?)|um|µm|μm|micro(?:n|met(?:er|re))s?)(?![a-z])",
    re.IGNORECASE,
)
_PATTERNS = tuple((name, re.compile(rf"(?<![a-z])({pattern})(?![a-z0-9])", re.IGNORECASE)) for name, pattern in _WORDS)


def canonical(text: str) -> Optional[str]:
    """The canonical name of the band that a description or a file's name speaks of.

    Parameters
    ----------
    text : str
        Such as 'B2', 'blue (B2)', 'Band 2: blue', 'Sigma0_VV_db' or 'T33UUP_20200101T101021_B02_10m.jp2'.

    Returns
    -------
    str or None
        'B01' to 'B12' and 'B8A' as Sentinel-2 numbers them; 'VV', 'VH', 'HH' or 'HV'; 'red', 'green', 'blue' or 'nir'
        where only the colour is told. None where the text speaks of no band, of several, or of one that could be any.

    Notes
    -----
    The short-wave infrared of Landsat covers nearly the same wavelengths as B11 and B12, so it goes by these names.
    """
    if landsat := _LANDSAT.search(text):
        numbers = _NUMBERED.findall(text)
        return _LANDSAT_BANDS["8" if landsat[2] in "89" else "5"].get(_number(numbers[-1])) if numbers else None
    named = {match.upper() for match in _POLARISATION.findall(text)}
    if not _UNCLEAR.search(text):
        named |= {_number(match) for match in _NUMBERED.findall(text)}
    words = _words_in(text)
    if not words:
        return named.pop() if len(named) == 1 else None
    numbers_beside = named or {_number(match) for match in _COUNTED.findall(text)}
    if len(words) > 1 or len(numbers_beside) > 1:
        return None
    return _settle(words.pop(), numbers_beside.pop() if numbers_beside else None)


def _words_in(text: str) -> set[str]:
    """What the words in a text mean: canonical names, or a key of `_SEVERAL`."""
    meant = set()
    for name, pattern in _PATTERNS:
        if pattern.search(text):
            meant.add(name)
            text = pattern.sub(" ", text)
    return meant


def _settle(word: str, number: Optional[str]) -> Optional[str]:
    """The band by its word and the number beside it, which tells the more, but may be of another sensor's counting."""
    if word in _SEVERAL:
        return number if number in _SEVERAL[word] else None
    if number in POLARISATIONS:
        return None
    return number if number and _general(number) == _general(word) else word


def described(descriptions: Sequence[str], colours: Sequence[str]) -> list[str]:
    """What a file says of each of its bands: a description, else the colour that it is shown in; blank without either.

    Parameters
    ----------
    descriptions : sequence of str
        Those that only count the bands, such as 'Band 3', say nothing.
    colours : sequence of str
        GDAL's colour interpretations, in lower case.
    """
    plain = [text.strip() for text in descriptions]
    steps = {int(text) - band for band, text in enumerate(plain) if _WHOLE.fullmatch(text)}
    counted = steps <= {0} or steps <= {1}
    shown_names = []
    for text, colour in zip(plain, colours):
        says = not (counted if _WHOLE.fullmatch(text) else _GENERIC.fullmatch(text))
        shown = colour if colour in _SHOWN and len(plain) >= len(_SHOWN) else ""
        shown_names.append(text if says or canonical(text) else shown)
    return shown_names


def names_of(texts: Sequence[str]) -> list[str]:
    """What the bands of one image are called, by the texts that describe them.

    Parameters
    ----------
    texts : sequence of str
        Of all its bands, in order; blank where nothing describes one.

    Returns
    -------
    list of str
        Canonical names. Where several texts speak of one band, as in stacks of dates, the one that says nothing else
        has the canonical name and the others are called as they are written; so is every text that speaks of none.
        Names stand twice only where the texts say the same.
    """
    names = [canonical(text) or text.strip() for text in texts]
    counts = Counter(names)
    return [text.strip() if counts[name] > 1 and not _says_no_more(text) else name for text, name in zip(texts, names)]


def same_band(a: str, b: str) -> bool:
    """Whether two names mean one band: 'B04' and 'red', 'B03' and 'green', 'B02' and 'blue', 'B08' and 'nir'.

    Names that say more, such as '2020-05-01 B4', or of which `canonical` does not know what they mean, such as 'band 1'
    or 'elevation', are the same if they are spelt the same, capitals and blanks aside.
    """
    return _meaning(a) == _meaning(b)


def called(name: str) -> str:
    """A band's name in a sentence: 'band B04', but not 'band band 4'."""
    return name if name.casefold().startswith("band") else f"band {name}"


def wavelength_in(text: str) -> Optional[float]:
    """The wavelength that a text tells with its unit, in nanometres; None if it tells none."""
    if (match := _WAVELENGTH.search(text)) is None:
        return None
    return float(match[1]) * (1 if match[2] else 1000)


def _says_no_more(text: str) -> bool:
    """Whether a text is made of ways to write a band, and nothing else, so that it cannot be one of several."""
    for pattern in (_WAVELENGTH, *(pattern for _, pattern in _PATTERNS), _POLARISATION, _NUMBERED, _COUNTED):
        text = pattern.sub(" ", text)
    return not any(character.isalnum() for character in text)


@lru_cache(maxsize=4096)
def _meaning(name: str) -> Optional[str]:
    """What two names of one band have in common."""
    known = canonical(name) if _says_no_more(name) else None
    return _general(known or _plain(name))


def _number(text: str) -> str:
    return "B8A" if text.upper() == "8A" else f"B{int(text):02d}"


def _general(name: Optional[str]) -> Optional[str]:
    """The number of Sentinel-2 for a colour that has one."""
    return COLOURS.get(name, name) if name else name


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
