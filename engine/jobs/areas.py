"""Areas for people: in units in which they are not small, with digits that tell something."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["AreaUnit", "area_unit", "square_metres", "table_units"]

DIGITS = 3  # of a small number that are shown


@dataclass(frozen=True)
class AreaUnit:
    """A unit of area.

    Attributes
    ----------
    name : str
        As reports and terminals write it.
    symbol : str
    square_metres : float
    decimals : int
        Of numbers of one and two digits; longer ones have fewer, and those below 1 as many as tell something.
    """

    name: str
    symbol: str
    square_metres: float
    decimals: int

    def of(self, metres: float) -> tuple[float, int]:
        """So many square metres in this unit, and how many decimals to show."""
        value = metres / self.square_metres
        if 0 < value < 1:
            return value, max(DIGITS - 1 - math.floor(math.log10(value)), self.decimals)
        return value, max(self.decimals - (value >= 100) - (value >= 10_000), 0)


UNITS = (AreaUnit("km2", "km²", 1e6, 2), AreaUnit("ha", "ha", 1e4, 1), AreaUnit("m2", "m²", 1.0, 0))


def area_unit(metres: float) -> AreaUnit:
    """The largest unit of which so many square metres are a tenth or more."""
    return next((unit for unit in UNITS if metres >= unit.square_metres / 10), UNITS[-1])


def table_units(areas: Iterable[float]) -> tuple[AreaUnit, AreaUnit]:
    """The two units in which a table shows areas in square metres: that of the largest, and the next smaller one."""
    first = min(UNITS.index(area_unit(max(areas, default=0.0))), len(UNITS) - 2)
    return UNITS[first], UNITS[first + 1]


def square_metres(area: Mapping[str, Any]) -> float:
    """Of an area as reports have it."""
    return float(area["km2"]) * 1e6
