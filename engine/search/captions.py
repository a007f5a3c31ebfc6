"""Files of phrases for classes or pictures."""

from __future__ import annotations

import csv
import json
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import InputError
from .basic.concepts import spelt
from .scenes import SceneFolder

__all__ = ["Pairs", "by_class", "by_picture", "read_captions"]

Pairs = list[tuple[str, str]]
_HEADS = {"class", "file", "filename", "image", "name", "label"}


def read_captions(path: str | Path) -> Pairs:
    """Names and phrases of a file.

    Read are JSON objects `{"name": "phrase"}` or `{"name": ["phrase", …]}`; the JSON of RSICD and its like (`images`,
    each with `filename` and `sentences` of `raw`); and text with a name and a phrase a line, apart by a tab, a comma or
    a colon. A name is that of a class or of a picture's file.

    Raises
    ------
    InputError
        If the file cannot be read, or holds none.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text; save it so.") from error
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}); give a file of captions.") from error
    try:
        pairs = _from_json(json.loads(text)) if file.suffix.lower() == ".json" else _from_lines(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error) as error:
        raise InputError(
            f"{file} holds no captions that can be read; write a class or picture, a tab and a phrase on each line."
        ) from error
    pairs = [(name.strip(), phrase.strip()) for name, phrase in pairs if name.strip() and phrase.strip()]
    if not pairs:
        raise InputError(f"{file} holds no captions; write a class or picture, a tab and a phrase on each line.")
    return pairs


def by_class(pairs: Pairs, scenes: SceneFolder) -> dict[str, list[str]]:
    """Phrases per class as `spelt` writes it, each once; those of pictures count for their class."""
    classes = {spelt(name): spelt(name) for name in scenes.classes}
    classes |= {_key(picture.name): spelt(scenes.classes[picture.label]) for picture in scenes.pictures}
    found: dict[str, dict[str, None]] = {}
    for name, phrase in pairs:
        owner = classes.get(spelt(name)) or classes.get(_key(name))
        if owner is not None:
            found.setdefault(owner, {})[phrase] = None
    return {owner: list(phrases) for owner, phrases in found.items()}


def by_picture(pairs: Pairs, scenes: SceneFolder) -> dict[int, list[str]]:
    """Phrases per position of a picture in the set."""
    places = {_key(picture.name): place for place, picture in enumerate(scenes.pictures)}
    found: dict[int, list[str]] = {}
    for name, phrase in pairs:
        place = places.get(_key(name))
        if place is not None:
            found.setdefault(place, []).append(phrase)
    return found


def _key(name: str) -> str:
    """What names of one picture have in common: the folders above it and the case do not count."""
    return PurePosixPath(name.replace("\\", "/")).name.lower()


def _from_json(value: Any) -> Pairs:
    if isinstance(value.get("images"), list):
        return [(image["filename"], sentence["raw"]) for image in value["images"] for sentence in image["sentences"]]
    return [
        (name, phrase)
        for name, phrases in value.items()
        for phrase in ([phrases] if isinstance(phrases, str) else phrases)
    ]


def _from_lines(text: str) -> Pairs:
    lines = [line for line in text.splitlines() if line.strip()]
    mark = next((mark for mark in "\t,:" if all(mark in line for line in lines)), None)
    if mark is None:
        raise ValueError("no mark is on every line")
    rows = csv.reader(lines, delimiter=mark) if mark == "," else (line.split(mark, 1) for line in lines)
    pairs = [(row[0], row[1]) for row in rows]
    return pairs[1:] if pairs and pairs[0][0].strip().lower() in _HEADS else pairs
