"""Files of phrases for classes or pictures."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import InputError
from ..files import read_plain
from .concepts import class_key, spelt
from .dataset import Sample, Target
from .scenes import ENDINGS, SceneFolder, Scenes, open_scenes, write_folders_miniature

__all__ = [
    "CaptionedScenes",
    "Pairs",
    "by_class",
    "by_picture",
    "fitting",
    "open_captions",
    "read_captions",
    "write_miniature",
]

Pairs = list[tuple[str, str]]

# What columns of a table and entries of JSON objects are called.
NAMES = ("filename", "file_name", "file", "image", "image_name", "picture", "class", "label", "name")
PHRASES = ("caption", "captions", "phrase", "phrases", "text", "sentence", "sentences", "prompt", "prompts", "comment")
# Between a name and its phrases, and between phrases. After a colon, commas belong to the phrase.
MARKS = {"\t": "\t", "|": "|", ";": ";", ":": ";", ",": ","}
QUOTED = ";,"
SHOWN = 3
LARGEST_BYTES, LONGEST = 2**26, 10_000  # of a file; of a phrase, in characters


def read_captions(path: str | Path) -> Pairs:
    """Names and phrases of a file; a name is that of a class or of a picture's file.

    Read are lines of a name and phrases, apart by tabs, bars, semicolons or commas, or a name, a colon and phrases
    apart by semicolons: whichever of these marks is on every line, and first (a tab wherever it stands). Blank lines
    and those that start with # do not count; a first line may name the columns. JSON is an object `{"name": "phrase"}`
    or `{"name": ["phrase", …]}`, or objects with a `filename`, `image` or `class` and a `caption`, `captions` or
    `sentences`, as a list, one a line, or as the `images` of one object (RSICD and its like).

    Raises
    ------
    InputError
        If the file cannot be read, or holds none.
    """
    file = Path(path)
    try:
        text = read_plain(file, LARGEST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text; save it so.") from error
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}); give a file of captions.") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    try:
        rows = _from_json(text, lines) if text.lstrip().startswith(("{", "[")) else _from_lines(lines)
        pairs = [(name.strip(), phrase.strip()) for name, phrase in rows if name.strip() and phrase.strip()]
        "".join(word for pair in pairs for word in pair).encode()  # JSON can hold halves of characters
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, RecursionError, csv.Error) as error:
        raise InputError(
            f"{file} holds no captions that can be read; write a class or picture, a tab and a phrase on each line."
        ) from error
    if not pairs:
        raise InputError(f"{file} holds no captions; write a class or picture, a tab and a phrase on each line.")
    if max(len(word) for pair in pairs for word in pair) > LONGEST:
        raise InputError(f"{file} holds a name or phrase of more than {LONGEST:,} characters; shorten it.")
    return pairs


def by_class(pairs: Pairs, scenes: SceneFolder) -> tuple[dict[str, list[str]], set[str]]:
    """Phrases per class as `spelt` writes it, each once, and the names that fit; pictures count for their class.

    Raises
    ------
    InputError
        If a name may be that of several pictures.
    """
    exact = {spelt(name): spelt(name) for name in scenes.classes}
    keys = {class_key(name): spelt(name) for name in scenes.classes}
    files = _Files(scenes)
    by_owner: dict[str, dict[str, None]] = {}
    fit = set()
    for name, phrase in pairs:
        owner = exact.get(spelt(name)) or keys.get(class_key(name))
        if owner is None:
            place = files.place(name)
            owner = None if place is None else spelt(scenes.classes[scenes.pictures[place].label])
        if owner is not None:
            fit.add(name)
            by_owner.setdefault(owner, {})[phrase] = None
    return {owner: list(phrases) for owner, phrases in by_owner.items()}, fit


def by_picture(pairs: Pairs, scenes: SceneFolder) -> tuple[dict[int, list[str]], set[str]]:
    """Phrases per position of a picture in the set, and the names that fit.

    Raises
    ------
    InputError
        If a name may be that of several pictures.
    """
    files = _Files(scenes)
    phrases: dict[int, list[str]] = {}
    fit = set()
    for name, phrase in pairs:
        place = files.place(name)
        if place is not None:
            fit.add(name)
            phrases.setdefault(place, []).append(phrase)
    return phrases, fit


def fitting(pairs: Pairs, fit: set[str], path: str | Path, wanted: str) -> list[str]:
    """A note on the names of a file that do not fit its set, where some do not.

    Parameters
    ----------
    pairs : Pairs
    fit : set of str
        The names that do.
    path : path
        The file.
    wanted : str
        What they should be names of, such as 'picture of whu_rs19'.

    Raises
    ------
    InputError
        If none fits.
    """
    names = list(dict.fromkeys(name for name, _ in pairs))
    strange = [name for name in names if name not in fit]
    if len(strange) == len(names):
        raise InputError(f"{path} names no {wanted} ({_listed(names)}); check the names in it.")
    if not strange:
        return []
    return [f"{len(names) - len(strange)} of {len(names)} names in {path} fit; no {wanted} is {_listed(strange)}."]


class CaptionedScenes:
    """The pictures that have captions, as samples with a further target `captions`: see `dataset.DataSet`.

    Parameters
    ----------
    scenes : Scenes
    phrases : mapping of int to sequence of str
        By the position of a picture.
    """

    def __init__(self, scenes: Scenes, phrases: Mapping[int, Sequence[str]]) -> None:
        self._scenes, self._places = scenes, sorted(phrases)
        self._phrases = [tuple(phrases[place]) for place in self._places]
        self.names = tuple(scenes.names[place] for place in self._places)
        self.inputs = scenes.inputs
        self.targets = {**scenes.targets, "captions": Target("retrieval")}

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Sample:
        """The picture from 0 to 255, the index of its class, and its captions."""
        sample = self._scenes[self._places[index]]
        return replace(sample, targets={**sample.targets, "captions": self._phrases[index]})


def open_captions(paths: Sequence[Path], split: str) -> CaptionedScenes:
    """A split of a set of scenes, as far as a file has captions of its pictures.

    Parameters
    ----------
    paths : (path, path)
        The set, as for `open_scenes`, and the file, as for `read_captions`.
    split : {'train', 'val', 'test'}

    Raises
    ------
    InputError
        If there is no such split, or no caption of it.
    """
    folder, file = paths
    scenes, pairs = open_scenes((folder,), split), read_captions(file)
    phrases, fit = by_picture(pairs, scenes.folder)
    fitting(pairs, fit, file, f"picture of {split} in {folder}")
    return CaptionedScenes(scenes, phrases)


def write_miniature(folder: Path, samples: int = 2) -> tuple[Path, Path]:
    """Folders of classes, and a table with two captions of each picture but the first."""
    (scenes,) = write_folders_miniature(folder / "pictures", samples)
    file = folder / "captions.csv"
    pictures = [path.relative_to(scenes) for path in sorted(scenes.glob("*/*/*"))][1:]
    lines = [f"{path.parent.name}/{path.name},a {path.parent.name},seen from above" for path in pictures]
    file.write_text("\n".join(["filename,caption_1,caption_2", *lines]))
    return scenes, file


class _Files:
    """Finds pictures by what somebody else calls them."""

    def __init__(self, scenes: SceneFolder) -> None:
        self._scenes = scenes
        self._folders = {PurePosixPath(picture.name).parent.name.lower() for picture in scenes.pictures}
        self._places: dict[str, list[int]] = {}
        for place, picture in enumerate(scenes.pictures):
            for key in dict.fromkeys(_keys(picture.name)):
                self._places.setdefault(key, []).append(place)

    def place(self, name: str) -> int | None:
        """The picture of this name, by class and file, or by the file alone where its folder is no class of the set.

        The ending may be another, or left out.
        """
        named = name.replace("\\", "/").strip("/")
        folder = PurePosixPath(named).parent.name.lower()
        keys = _keys(named)
        for key in keys[:2] if folder in self._folders else keys:
            places = self._places.get(key, [])
            if len(places) == 1:
                return places[0]
            if places:
                first = [self._scenes.pictures[place].name for place in places]
                raise InputError(
                    f"The captions name '{name}', which may be any of {len(places)} pictures ({_listed(first)}); write "
                    f"the folder before the file."
                )
        return None


def _keys(name: str) -> tuple[str, str, str, str]:
    """Ever less of a name: class and file, the same without the ending, the file alone, the file without its ending."""
    path = PurePosixPath(name.lower())
    stem = path.stem if path.suffix in ENDINGS else path.name
    return f"{path.parent.name}/{path.name}", f"{path.parent.name}/{stem}", path.name, stem


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")


def _from_json(text: str, lines: Sequence[str]) -> Pairs:
    try:
        value = json.loads(text)
    except ValueError:
        value = [json.loads(line) for line in lines]
    if isinstance(value, dict):
        if isinstance(value.get("images"), list):
            value = value["images"]
        elif not _is_record(value):
            return [(name, phrase) for name, own in value.items() for phrase in _phrases(own)]
        else:
            value = [value]
    return [pair for record in value for pair in _of_record(record)]


def _is_record(value: Mapping[str, Any]) -> bool:
    return any(name in value for name in NAMES) and any(name in value for name in PHRASES)


def _of_record(record: Mapping[str, Any]) -> Pairs:
    name = next(record[key] for key in NAMES if key in record)
    return [(name, phrase) for key in PHRASES if key in record for phrase in _phrases(record[key])]


def _phrases(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    return [phrase if isinstance(phrase, str) else phrase["raw"] for phrase in value]


def _from_lines(lines: Sequence[str]) -> Pairs:
    everywhere = [mark for mark in MARKS if all(mark in line for line in lines)]
    if not everywhere:
        raise ValueError("no mark is on every line")
    firsts = [min(everywhere, key=line.index) for line in lines]
    mark = "\t" if "\t" in everywhere else max(everywhere, key=firsts.count)
    rows = [_cells(line, mark) for line in lines]
    longest = max(map(len, rows))
    heads = [cell.strip().lower() for cell in rows[0]]
    named = [column for column, head in enumerate(heads) if head in NAMES]
    worded = [column for column, head in enumerate(heads) if head.rstrip("_ 0123456789") in PHRASES]
    name, columns = 0, list(range(1, longest))
    if named and (0 in named or worded):
        name = min(named, key=lambda column: NAMES.index(heads[column]))
        # Cells beyond the heads are pieces of a last phrase that nobody put in quotes.
        columns = [*worded, *range(len(heads), longest)] if worded else [each for each in columns if each not in named]
        rows = rows[1:]
    return [(row[name], row[column]) for row in rows for column in columns if max(name, column) < len(row)]


def _cells(line: str, mark: str) -> list[str]:
    if mark in QUOTED:
        return next(csv.reader([line], delimiter=mark, strict=True))
    head, *rest = line.split(mark, 1)
    return [head, *(cell for part in rest for cell in part.split(MARKS[mark]))]
