"""Reads values of expected types out of a JSON text, and says in one sentence what does not fit a card."""

from __future__ import annotations

import json
import math
from typing import Any, Optional

from ..errors import InputError

__all__ = ["Reader", "choice", "is_text", "need"]


class Reader:
    """One JSON object; `where` names it in messages, '' for the outermost.

    Raises
    ------
    InputError
        From every method, if a value is missing or of another type.
    """

    def __init__(self, values: object, where: str = "") -> None:
        if not isinstance(values, dict):
            raise InputError(f"The card cannot be used: {where or 'it'} is no JSON object.")
        self.values: dict[str, Any] = values
        self._where = f"{where}: " if where else ""

    @classmethod
    def parse(cls, text: str) -> Reader:
        """The object that a JSON text holds."""
        try:
            values = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise InputError(f"The card cannot be used: it is no JSON ({error}).") from error
        return cls(values)

    def text(self, name: str) -> str:
        """A text."""
        value = self._get(name)
        if not isinstance(value, str) or not is_text(value):
            raise self._wrong(name, "a text")
        return value

    def number(self, name: str) -> float:
        """A finite number."""
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(name, "a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._wrong(name, "a finite number")
        return number

    def number_or_none(self, name: str) -> Optional[float]:
        """A finite number, or null."""
        return None if self._get(name) is None else self.number(name)

    def whole(self, name: str) -> int:
        """A whole number."""
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(name, "a whole number")
        return value

    def object(self, name: str) -> dict[str, Any]:
        """An object."""
        value = self._get(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value

    def items(self, name: str) -> list[Any]:
        """A list."""
        value = self._get(name)
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value

    def objects(self, name: str, otherwise: Optional[list[Any]] = None) -> list[Reader]:
        """A list of objects; `otherwise` if it is not there."""
        if otherwise is not None and name not in self.values:
            return otherwise
        return [Reader(item, f"{self._where}{name}") for item in self.items(name)]

    def _get(self, name: str) -> Any:
        if name not in self.values:
            raise InputError(f"The card cannot be used: {self._where}{name} is missing.")
        return self.values[name]

    def _wrong(self, name: str, expected: str) -> InputError:
        return InputError(f"The card cannot be used: {self._where}{name} is not {expected}.")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def is_text(text: str) -> bool:
    """Whether a text can be written to a file; JSON can hold halves of characters, and names of files stray bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def need(fits: bool, otherwise: str) -> None:
    """See that a value of a card can be.

    Raises
    ------
    InputError
        If it does not fit: with `otherwise`, a clause, as the reason.
    """
    if not fits:
        raise InputError(f"The card cannot be used: {otherwise}.")


def choice(names: tuple[str, ...]) -> str:
    """Names as a list in words."""
    return ", ".join(names[:-1]) + " or " + names[-1]
