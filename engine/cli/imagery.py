"""What commands on images have in common: their options, and what an earlier run left in the folder."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from ..jobs.requests import Request
from .running import absolute, exists

__all__ = ["band_names", "layer", "left_by_an_earlier_run", "remove"]


def band_names(text: str) -> tuple[str, ...]:
    """Names of bands joined by commas."""
    names = tuple(part.strip() for part in text.split(","))
    if not all(names):
        raise argparse.ArgumentTypeError(f"'{text}' names a band with nothing; give names joined by commas, or skip")
    return names


def layer(text: str) -> str:
    """A vector file, or one of its layers as `file|layername=name`, with its whole path."""
    path, bar, choice = text.partition("|")
    return absolute(text) if exists(text) else absolute(path) + bar + choice


def left_by_an_earlier_run(out: Path, report: str, optional: Mapping[str, str], request: Request) -> list[Path]:
    """Optional files in the folder that an earlier run wrote, as its report says, and this one does not.

    Beside the new map they would be taken for its own.

    Parameters
    ----------
    out : Path
    report : str
        Name of the report's file.
    optional : mapping of str to str
        Names of the files, by the field of the request.
    request : Request
    """
    try:
        earlier = json.loads((out / report).read_text(encoding="utf-8"))
        ours = earlier["software"].startswith("GeoFM ") and earlier["request"]["kind"] == request.kind
        written = earlier["request"] if ours else {}
        names = [file for name, file in optional.items() if Path(written.get(name) or "").name == file]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):  # no report, or somebody else's
        return []
    return [path for path in (out / name for name in names) if not request.uses(str(path))]


def remove(path: Path) -> None:
    """Remove such a file, or say that it is still there."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        print(f"{path} shows an earlier map and could not be removed ({error.strerror}).", file=sys.stderr)
