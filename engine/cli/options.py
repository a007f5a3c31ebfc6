"""Types of options: what their values may be; `argparse` puts the option's name before what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .running import absolute, exists

__all__ = ["Once", "band_names", "files", "number", "several", "several_of", "text", "whole_number"]

T = TypeVar("T")


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


def whole_number(what: str, fits: Callable[[int], bool]) -> Callable[[str], int]:
    """A whole number for which `fits` says yes; `what` completes "give …"."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or not fits(value):
            raise argparse.ArgumentTypeError(f"'{text}' does not fit; give {what}")
        return value

    return parse


def several(parse: Callable[[str], T], text: str) -> tuple[T, ...]:
    """Values joined by commas."""
    return tuple(parse(part) for part in text.split(","))


def several_of(names: Sequence[str], text: str) -> tuple[str, ...]:
    """Some of these names joined by commas, in capitals or not."""
    known = {name.lower(): name for name in names}
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if part.lower() not in known:
            raise argparse.ArgumentTypeError(f"'{part}' does not fit; give some of {', '.join(names)} joined by commas")
    return tuple(known[part.lower()] for part in parts)


def band_names(text: str) -> tuple[str, ...]:
    """Names of bands joined by commas."""
    names = tuple(part.strip() for part in text.split(","))
    if not all(names):
        raise argparse.ArgumentTypeError(f"'{text}' holds an empty name; join the bands' names by commas")
    return names


def files(text: str) -> tuple[str, ...]:
    """The files of one date: joined by commas, unless there is a file of that very name."""
    paths = [text] if exists(text) else [part.strip() for part in text.split(",") if part.strip()]
    if not paths:
        raise argparse.ArgumentTypeError(f"'{text}' names no file")
    return tuple(absolute(path) for path in paths)


def text(value: str) -> str:
    """Anything but blanks."""
    if not value.strip():
        raise argparse.ArgumentTypeError("it is blank")
    return value


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
