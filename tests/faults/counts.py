"""How much is tried, and what came of it: the counts that are printed at the end of the session."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from typing import TypeVar

__all__ = ["FULL", "count", "largest", "lines", "scaled"]

FULL = os.environ.get("GEOFM_FAULTS") == "full"

T = TypeVar("T")

_counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
_largest: defaultdict[str, Counter[str]] = defaultdict(Counter)


def scaled(short: T, full: T) -> T:
    """What `make test` does, or what `make test-faults` (GEOFM_FAULTS=full) does."""
    return full if FULL else short


def count(what: str, outcome: str, number: int = 1) -> None:
    """Remember that something happened."""
    _counts[what][outcome] += number


def largest(what: str, unit: str, number: int) -> None:
    """Remember a figure if it is the largest of its kind so far."""
    _largest[what][unit] = max(_largest[what][unit], number)


def lines() -> list[str]:
    """One line for each thing that was counted, and for figures that were largest."""
    counted = [f"{what}: {sum(outcomes.values())} ({_parts(outcomes)})" for what, outcomes in sorted(_counts.items())]
    return counted + [f"{what}: {_parts(figures)}" for what, figures in sorted(_largest.items())]


def _parts(outcomes: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(outcomes.items()))
