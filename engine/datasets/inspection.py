"""What a folder holds of a data set, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Inspection", "Missing", "Published"]


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is not there, or cannot be used: what, how many, and the first of them by name."""

    what: str
    count: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found without reading a pixel.

    Attributes
    ----------
    found : mapping of str to number, text or mapping
        What there is, in words of the set.
    missing : list of Missing
    notes : list of str
        Sentences.
    """

    found: Mapping[str, Any] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Published:
    """Statistics that the authors publish of a band: of its values cut off at `low` and `high` where these are told."""

    mean: float
    std: float
    low: float | None = None
    high: float | None = None
