"""The field of a layer of labels that holds the class: its values as names of classes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import HIGHEST_CLASS, class_name
from ..errors import InputError

__all__ = ["MOST_CLASSES", "Key", "check_classes", "doubts", "in_order", "is_whole", "keys_of", "listed", "name_of"]

MOST_CLASSES, LONGEST_NAME = 254, 500
BACKGROUND = "background"
LARGEST_FLOAT = 2.0**53  # whole numbers above it have neighbours that are the same floating-point number
SHOWN = 12

Key = str | int | float


def keys_of(values: NDArray[Any], field: str, label: str) -> list[Key | None]:
    """Text as a class's name, or a number; None for what is empty.

    Raises
    ------
    InputError
        If a value is neither text nor one number.
    """
    if values.dtype.kind == "f":
        numbers = values.astype(np.float64)
        if (np.abs(numbers[np.isfinite(numbers)]) > LARGEST_FLOAT).any():
            raise InputError(
                f"Field '{field}' of {label} holds numbers that are too large to be told apart; write them as text, or "
                "shorter."
            )
        return [float(number) if np.isfinite(number) else None for number in numbers]
    if values.dtype.kind in "iub":
        return [int(number) for number in values]
    keys: list[Key | None] = []
    for value in values.tolist() if values.dtype.kind != "M" else values.astype(str).tolist():
        if what := _no_name(value):
            raise InputError(
                f"Field '{field}' of {label} holds {what}; choose a field of which each value is one text or number."
            )
        text = "" if value is None or value != value or value == "NaT" else class_name(str(value))
        keys.append(text or None)
    return keys


def _no_name(value: object) -> str | None:
    """What a value is that cannot be the name of a class; None for one that can."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "binary data"
    if isinstance(value, (list, tuple, np.ndarray)):
        return "lists"
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):  # as GDAL gives lists and objects of GeoJSON
        try:
            held = json.loads(value)
        except (ValueError, RecursionError):
            return None
        return "lists" if isinstance(held, list) else "objects of JSON"
    return None


def name_of(key: Key) -> str:
    """A key as a class's name: 1.0 is 1."""
    if isinstance(key, str):
        return key
    return str(int(key)) if key == int(key) else format(key, ".12g")


def is_whole(name: str) -> bool:
    """Whether a name is a whole number as Python writes it."""
    digits = name.removeprefix("-")
    return digits.isdecimal() and name.isascii() and (digits == "0" or digits[0] != "0")


def doubts(names: Sequence[str], field: str) -> list[str]:
    """What should be known of classes' names before a model learns them."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(name.casefold(), []).append(name)
    lines = [
        f"{listed(group)} differ in capitals alone and are {len(group)} classes; write them alike if they are one."
        for group in alike.values()
        if len(group) > 1
    ]
    if all(map(is_whole, names)) and not all(0 <= int(name) <= HIGHEST_CLASS for name in names):
        lines.append(
            f"The codes in '{field}' are not all from 0 to {HIGHEST_CLASS}, which a class raster can hold: maps "
            f"will hold 0 to {len(names) - 1}, and the codes as names."
        )
    return lines


def in_order(keys: set[Key]) -> list[str]:
    """Names of classes in the order of their ids; all keys are text, or all are numbers."""
    names = list(dict.fromkeys(name_of(key) for key in sorted(keys)))
    return sorted(names, key=lambda name: name.casefold() != BACKGROUND)


def check_classes(names: Sequence[str], field: str, label: str, fewest: int) -> None:
    """See that there are classes, and not too many.

    Raises
    ------
    InputError
        If there are not.
    """
    if not names:
        raise InputError(f"{label} holds no feature with a shape and a value in '{field}'; draw and label polygons.")
    if any(len(name) > LONGEST_NAME for name in names):
        raise InputError(
            f"Field '{field}' of {label} holds texts of over {LONGEST_NAME} characters, which name no class."
        )
    if len(names) < fewest:
        raise InputError(f"Field '{field}' of {label} holds one class alone ({names[0]}); label at least two.")
    if len(names) > MOST_CLASSES:
        raise InputError(
            f"Field '{field}' of {label} holds {len(names)} different values, more than {MOST_CLASSES} classes: is it"
            " the field of the class?"
        )


def listed(names: Sequence[str]) -> str:
    """The first of some names, joined."""
    return ", ".join([*names[:SHOWN], *(["…"] if len(names) > SHOWN else [])])
