"""Texts of strangers - names of files, layers, classes and models, messages - as one line may show them."""

from __future__ import annotations

import json
import re
import unicodedata

__all__ = ["ERASE_LINE", "controls_in", "printable"]

ERASE_LINE = "\r\x1b[K"  # what our own progress sends to a terminal before it writes its line anew
# Controls, controls of direction and other marks without a shape, halves of characters, ends of lines.
_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
_SPELLING = "\u200c\u200d"  # of Persian, of the scripts of India and of emoji
_PERHAPS = re.compile(r"[^ -~]")


def controls_in(text: str) -> list[str]:
    """The characters that steer a terminal, turn the direction of what is around them, or cannot be seen at all."""
    return [char for char in _PERHAPS.findall(text) if _is_control(char)]


def printable(text: str, keep: str = "") -> str:
    r"""The text with such characters spelled out as JSON does, `\u001b` for escape: so JSON stays the same JSON.

    Parameters
    ----------
    text : str
    keep : str
        Characters that stay what they are, such as a newline.
    """
    return _PERHAPS.sub(lambda match: match[0] if match[0] in keep else _spelled(match[0]), text)


def _spelled(char: str) -> str:
    return json.dumps(char)[1:-1] if _is_control(char) else char


def _is_control(char: str) -> bool:
    return char not in _SPELLING and unicodedata.category(char) in _CATEGORIES
