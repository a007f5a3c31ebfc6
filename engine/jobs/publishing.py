"""What of a request may stand in files that are passed on: no passwords, and in maps no folders of this computer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["names_alone", "without_credentials", "write_report"]

# A password may hold any character, also / and @; keys stand behind the question mark.
USER = re.compile(r"(\w+://)\S*@")
QUERY = re.compile(r"(\w+://[^\s?]*)\?\S*")
ROOT = r"(?:[A-Za-z]:)?[/\\]"
FOLDERS = re.compile(rf"(?:^|(?<=,)){ROOT}(?:(?!,{ROOT}).)*[/\\](?=[^/\\])")


def write_report(path: Path, summary: dict[str, Any]) -> None:
    """Write what a job says of its result as JSON, without credentials."""
    text = json.dumps(without_credentials(summary), indent=2, ensure_ascii=False)
    # Rows of numbers, such as histograms, on one line each: people read this file too.
    text = re.sub(r"\[[\s\d,.-]*\]", lambda numbers: " ".join(numbers.group().split()), text)
    path.write_text(text + "\n", encoding="utf-8")


def without_credentials(value: Any) -> Any:
    """A value of JSON, in whose texts web addresses have no user, password or query."""
    return _each(value, lambda text: QUERY.sub(r"\1", USER.sub(r"\1", text)))


def names_alone(value: Any) -> Any:
    """The same, in whose texts absolute paths are names of files alone."""
    return _each(without_credentials(value), lambda text: FOLDERS.sub("", text))


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, (list, tuple)):
        return [_each(item, change) for item in value]
    return {key: _each(item, change) for key, item in value.items()} if isinstance(value, dict) else value
