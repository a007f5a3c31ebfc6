"""How results look in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..jobs.areas import square_metres, table_units
from ..jobs.printable import printable

__all__ = ["aligned", "area_rows", "figure", "named", "timings"]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of as many texts each as lines, each column as wide as its widest text."""
    shown = [[*map(printable, row)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in shown]


def area_rows(areas: Mapping[str, Mapping[str, Any]], *, share: bool = False) -> list[str]:
    """The areas of classes as reports have them, those without a pixel left out, below a heading."""
    shown = {name: area for name, area in areas.items() if area["pixels"]}
    units = table_units(map(square_metres, shown.values()))
    rows = [f"{'class':<24}{units[0].name:>12}{units[1].name:>14}" + f"{'share':>9}" * share]
    for name, area in shown.items():
        (first, digits), (second, decimals) = (unit.of(square_metres(area)) for unit in units)
        row = f"{printable(name):<24}{first:>12.{digits}f}{second:>14.{decimals}f}"
        rows.append(row + (f"{area['share']:>9.1%}" if share else ""))
    return rows


def named(name: str, value: object, width: int) -> str:
    """One line of what is told of one thing: its name, so wide, and its value."""
    return f"{name + ':':<{width}} {printable(str(value))}"


def figure(value: float | None, decimals: int) -> str:
    """A number, or a dash for one that there is not."""
    return "-" if value is None else f"{value:.{decimals}f}"


def timings(seconds: Mapping[str, float]) -> str:
    """How long each stage took."""
    return ", ".join(f"{name} {spent:.1f} s" for name, spent in seconds.items())
