"""What the words behind an option may be; `argparse` says what is wrong with the option's name before it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from ..jobs.requests.flood import BANDS
from .running import split_files

__all__ = ["Once", "bands", "files", "number", "whole_number", "words"]


def number(what: str, fits: Callable[[float], bool]) -> Callable[[str], float]:
    """A number for which `fits` says yes; `what` completes "give …"."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not fits(value):
            raise argparse.ArgumentTypeError(f"'{text}' does not fit; give {what}")
        return value

    return parse


def whole_number(what: str, lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number within limits; `what` completes "give …"."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = lowest - 1
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(f"'{text}' does not fit; give {what}")
        return value

    return parse


def bands(text: str) -> tuple[str, ...]:
    """Polarisations joined by commas, in capitals or not."""
    known = {name.lower(): name for name in BANDS}
    names = [part.strip() for part in text.split(",")]
    for name in names:
        if name.lower() not in known:
            raise argparse.ArgumentTypeError(f"'{name}' is no band; give {', '.join(BANDS)} joined by commas")
    return tuple(known[name.lower()] for name in names)


def files(text: str) -> tuple[str, ...]:
    """The files of one date."""
    found = split_files(text)
    if not found:
        raise argparse.ArgumentTypeError(f"'{text}' names no file")
    return found


def words(text: str) -> str:
    """Anything but blanks."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is blank")
    return text


class Once(argparse.Action):
    """An option that stands once; `argparse` would take the last one in silence."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            raise argparse.ArgumentError(self, "it stands once, for one date; join the files of that date by commas")
        setattr(namespace, self.dest, values)
