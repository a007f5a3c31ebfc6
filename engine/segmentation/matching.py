"""Which class of a truth is which of a map: by name where both have names, else by what fits, which is then said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import HIGHEST_CLASS, NODATA
from ..errors import InputError

__all__ = ["Match", "match_names", "match_rasters"]

SHOWN = 8

Find = Callable[[int], str | None]
"""A value of the truth to the map's name of that class; None for a class that the map does not have."""


@dataclass(frozen=True)
class Match:
    """What the classes of a truth and of a map are called, in the map's words.

    Attributes
    ----------
    truth, mapped : dict of int to str
        The class of each value, 0 to 254.
    unknown : frozenset of str
        Classes of the truth that the map does not have.
    notes : tuple of str
        What was assumed, one sentence each.
    """

    truth: dict[int, str]
    mapped: dict[int, str]
    unknown: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


class _Spelling:
    """Finds a name among others, in other capitals too where these alone do not tell two of them apart."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {*names}
        folded: dict[str, list[str]] = {}
        for name in self._names:
            folded.setdefault(name.casefold(), []).append(name)
        self._folded = {key: group[0] for key, group in folded.items() if len(group) == 1}

    def find(self, name: str) -> str | None:
        """The name as it is spelt there; None if there is none, or one cannot tell which."""
        return name if name in self._names else self._folded.get(name.casefold())


def match_names(
    classes: Sequence[str], mapped: Mapping[int, str], labels: str, path: str
) -> tuple[NDArray[np.uint8], Match]:
    """Match the classes of labels, which have names, with a map's.

    Parameters
    ----------
    classes : sequence of str
    mapped : mapping of int to str
        Names of the map's values, if it has any.
    labels, path : str
        What messages call the two.

    Returns
    -------
    uint8 [K]
        A value of each class: the map's, or one that is free.
    Match

    Raises
    ------
    InputError
        If the map has none of the classes.
    """
    spelling = _Spelling(mapped.values())
    values = {name: value for value, name in reversed([*mapped.items()])}
    told = [values.get(spelling.find(name) or "") for name in classes]
    if all(value is None for value in told):
        numbers = [_code(name) for name in classes]
        told = [number if number in mapped or not mapped else None for number in numbers]
    if all(value is None for value in told):
        if mapped:
            raise _nothing_in_common(labels, classes, path, mapped.values())
        raise InputError(
            f"{path} has numbers and no names of classes, and {labels} has names ({_some(classes)}): give the field "
            "with the map's numbers, or a map whose classes have names.",
            field="class_field",
        )
    taken = {value for value in told if value is not None}
    free = iter(sorted((value for value in range(NODATA) if value not in taken), key=lambda value: value in mapped))
    given = [next(free) if value is None else value for value in told]
    unknown = {value: name for value, name, known in zip(given, classes, told, strict=True) if known is None}
    names = {value: mapped.get(value, str(value)) for value in range(NODATA)}
    return np.array(given, np.uint8), Match({**names, **unknown}, names, frozenset(unknown.values()))


def match_rasters(
    truth: Mapping[int, str],
    mapped: Mapping[int, str],
    true_values: Collection[int],
    values: Collection[int],
    labels: tuple[str, str],
) -> Match:
    """Match the values of a raster of the truth with a map's.

    Parameters
    ----------
    truth, mapped : mapping of int to str
        Names of values, as far as there are any.
    true_values, values : collection of int
        Those that occur in the truth and in the map.
    labels : (str, str)
        What messages call the two.

    Raises
    ------
    InputError
        If one has names, and the map has none of the truth's classes.
    """
    spelling = _Spelling(mapped.values())
    names = {value: mapped.get(value, str(value)) for value in range(NODATA)}
    other, own = labels

    def by_name(value: int) -> str | None:
        return spelling.find(truth[value]) if value in truth else None

    def by_number(value: int) -> str | None:
        number = _code(truth.get(value, ""))
        return names[number] if number is not None and (number in mapped or (not mapped and number in values)) else None

    def as_name(value: int) -> str | None:
        return spelling.find(str(value))

    def by_value(value: int) -> str | None:
        return names[value] if value in mapped or (not mapped and value in values) else None

    if not mapped and not truth:
        return Match(names, names, notes=("Neither names its classes: values were compared as they are.",))
    unnamed = f"{other} does not name its classes"
    ways: list[tuple[Find, str]]
    if mapped and truth:
        ways = [
            (by_name, ""),
            (by_number, f"The names of {other} were taken for the map's values"),
            (as_name, f"{other} and the map have no names in common: its values were taken for the map's names"),
        ]
    elif mapped:
        ways = [(as_name, ""), (by_value, f"{unnamed}: its values were taken for the map's")]
    else:
        unnamed = f"{own} does not name its classes"
        ways = [
            (by_value, f"{unnamed}: its values were taken for those of {other}"),
            (by_number, f"{unnamed}: its values were taken for the names of {other}"),
        ]
    fits = [sum(find(value) is not None for value in true_values) for find, _ in ways]
    if not any(fits):
        here = [truth.get(value, str(value)) for value in sorted(true_values)]
        raise _nothing_in_common(other, here, own, mapped.values() or map(str, sorted(values)))
    # Names that fit in part are meant; of values, those that fit best.
    best = next(index for index, fit in enumerate(fits) if fit) if mapped and truth else fits.index(max(fits))
    find, assumed = ways[best]
    names_of = {value: find(value) for value in range(NODATA)}
    if not mapped:  # the map's values have the truth's names
        names |= {int(name): truth[value] for value, name in names_of.items() if name is not None and value in truth}
        names_of = {value: None if name is None else names[int(name)] for value, name in names_of.items()}
    taken = {*mapped.values()} or {names[value] for value in values}
    lacking = {value: _apart(truth.get(value, str(value)), taken) for value, name in names_of.items() if name is None}
    matched = {value: name for value, name in names_of.items() if name is not None}
    pairs = [f"{value} = {matched[value]}" for value in sorted(true_values) if value in matched]
    notes = (f"{assumed} ({_some(pairs)}).",) if assumed else ()
    return Match({**matched, **lacking}, names, frozenset(lacking.values() if mapped else ()), notes)


def _apart(name: str, taken: Collection[str]) -> str:
    """A name for a class that the map does not have, which is none of its own."""
    return f"{name} of the truth" if name in taken else name


def _code(name: str) -> int | None:
    """The value that a name is; None for one that is none."""
    return int(name) if name.isascii() and name.isdecimal() and int(name) <= HIGHEST_CLASS else None


def _nothing_in_common(truth: str, classes: Iterable[str], path: str, names: Iterable[str]) -> InputError:
    return InputError(
        f"No class of {truth} ({_some(classes)}) is one of {path} ({_some(names)}): give a truth with the same names."
    )


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:SHOWN]) + (" …" if len(shown) > SHOWN else "")
