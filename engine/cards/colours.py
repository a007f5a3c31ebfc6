"""Colours of classes that bring none: those that maps usually show water or forest in, and a palette for others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Optional

__all__ = ["PALETTE", "colours_for", "is_colour"]

COLOUR = re.compile(r"^#[0-9a-fA-F]{6}$")
# The first word found in a name counts, so what is more special stands above. Lightness differs between classes that
# often meet, so that they can be told apart without red and green.
KNOWN = (
    (r"background|no[ _-]?data|unclassified|other", "#bdbdbd"),
    (r"flood", "#50beff"),
    (r"water|river|lake|sea|ocean|pond|reservoir", "#1f78b4"),
    (r"mangrove", "#0b5a4a"),
    (r"wetland|marsh|bog|swamp|mire", "#66c2a5"),
    (r"snow|ice|glacier", "#e8f4ff"),
    (r"conifer\w*|needle\w*|spruce|pine", "#0f4a20"),
    (r"vineyard\w*|orchard\w*|olive\w*|permanent crops?", "#b5739d"),
    (r"forest|trees?|wood\w*|deciduous|broad[ _-]?lea\w+", "#1b6b2f"),
    (r"s?ch?rub\w*|bush\w*|heath\w*|moors?", "#8c8c3a"),
    (r"grass\w*|meadows?|pastures?|herbaceous", "#a6d96a"),
    (r"maize|corn", "#f4a522"),
    (r"cereals?|wheat|barley|rye", "#ffe680"),
    (r"beets?|rape\w*|canola", "#c77cff"),
    (r"crops?|cropland|cultivated\w*|arable|agricultur\w*|farm\w*|fields?", "#f0d35b"),
    (r"roads?|tarmac|asphalt|rail\w*", "#4d4d4d"),
    (r"built\w*|urban|artificial\w*|settlements?|buildings?|impervious|residential|industr\w*|town|city", "#d7191c"),
    (r"sand|beach\w*|dunes?|desert", "#f2e2b8"),
    (r"bare\w*|barren|soil|rocks?|mine\w*|quarr\w+", "#9c6b3f"),
    (r"clouds?", "#ffffff"),
    (r"shadows?", "#252525"),
    (r"burn\w*|fire", "#7a0c02"),
)
# Okabe and Ito, "Color Universal Design" (2008), and the muted scheme of Paul Tol, "Colour Schemes" (SRON, 2021).
PALETTE = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7",
    "#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499",
)  # fmt: skip


def is_colour(text: object) -> bool:
    """Whether a value is a colour such as '#1f78b4'."""
    return isinstance(text, str) and bool(COLOUR.match(text.strip()))


def colours_for(names: Sequence[str], given: Sequence[Optional[str]]) -> tuple[str, ...]:
    """A colour '#rrggbb' for each class: the one given, else by its name, else of the palette; no two alike."""
    chosen: list[Optional[str]] = [colour.strip().lower() if colour else None for colour in given]
    taken = {colour for colour in chosen if colour}
    for index, name in enumerate(names):
        if chosen[index] is None and (known := _known(name)) and known not in taken:
            chosen[index] = known
            taken.add(known)
    free = iter([colour for colour in PALETTE if colour not in taken])
    for index, colour in enumerate(chosen):
        if colour is None:
            chosen[index] = next(free, None) or _spread(index, taken)
            taken.add(chosen[index] or "")
    return tuple(colour or "" for colour in chosen)


def _known(name: str) -> Optional[str]:
    return next((colour for words, colour in KNOWN if re.search(rf"(?<![a-z])({words})(?![a-z])", name.lower())), None)


def _spread(index: int, taken: set[str]) -> str:
    """A colour for more classes than the palette has: steps through all colours, far apart for neighbours."""
    value = index
    while True:
        # The golden ratio of 2**24, odd: every colour comes once.
        value += 1
        colour = f"#{value * 0x9E3779 % 2**24:06x}"
        if colour not in taken:
            return colour
