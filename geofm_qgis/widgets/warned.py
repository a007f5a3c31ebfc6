"""The warnings of a result as a narrow panel shows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..engine.jobs.result import Result

__all__ = ["warnings_of"]


def warnings_of(result: Result) -> list[str]:
    """The warnings of a result, in which files go by their names: their folders stand in the layers' metadata."""
    summary = result.summary
    paths = sorted(set(_paths(summary)), key=len, reverse=True)
    texts = [str(text) for text in summary.get("warnings", ())]
    for path in paths:
        texts = [text.replace(path, Path(path).name) for text in texts]
    return texts


def _paths(value: Any) -> Iterator[str]:
    """The files that a summary names."""
    if isinstance(value, str):
        if len(value) > 1 and "\n" not in value and Path(value).is_absolute():
            yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            if name != "warnings":
                yield from _paths(item)
    elif isinstance(value, (list, tuple)) and value and isinstance(value[0], (str, dict, list, tuple)):
        for item in value:
            yield from _paths(item)
