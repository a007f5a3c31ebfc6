"""How results look in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..jobs.printable import printable

__all__ = ["aligned", "figure", "named", "timings"]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of as many texts each as lines, each column as wide as its widest text."""
    shown = [[*map(printable, row)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in shown]


def named(name: str, value: object, width: int) -> str:
    """One line of what is told of one thing: its name, so wide, and its value."""
    return f"{name + ':':<{width}} {printable(str(value))}"


def figure(value: float | None, decimals: int) -> str:
    """A number, or a dash for one that there is not."""
    return "-" if value is None else f"{value:.{decimals}f}"


def timings(seconds: Mapping[str, float]) -> str:
    """How long each stage took."""
    return ", ".join(f"{name} {spent:.1f} s" for name, spent in seconds.items())
