"""What commands that look at a part of an image have in common."""

from __future__ import annotations

import argparse
import re

from . import options
from .running import absolute, exists

__all__ = ["add_aoi", "area_words"]


def add_aoi(parser: argparse._ActionsContainer) -> None:
    """Add `--aoi`."""
    parser.add_argument(
        "--aoi",
        type=options.text,
        metavar="FILE|BBOX",
        help="vector file (FILE|layername=NAME for one of several layers), or west,south,east,north in WGS84 degrees",
    )


def area_words(text: str | None) -> str | None:
    """An AOI as a request keeps it: what is a file gets its whole path."""
    if text is None or text.lstrip().startswith("{"):
        return text
    # What is no file is meant as a box, right or wrong.
    box = ("," in text or re.fullmatch(r"[\s\d.+-]+", text)) and not exists(text.partition("|")[0])
    return text if box else absolute(text)
