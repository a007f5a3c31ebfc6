"""What commands that look at a part of an image have in common."""

from __future__ import annotations

import re

from .running import absolute, exists

__all__ = ["area_words"]


def area_words(text: str | None) -> str | None:
    """An AOI as a request keeps it: what is a file gets its whole path."""
    if text is None or text.lstrip().startswith("{"):
        return text
    # What is no file is meant as a box, right or wrong.
    box = ("," in text or re.fullmatch(r"[\s\d.+-]+", text)) and not exists(text.partition("|")[0])
    return text if box else absolute(text)
