"""The indexes that the user has: which folders they are, and what their own files say of them."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path, PureWindowsPath
from typing import Any, NamedTuple, Optional

from qgis.core import QgsSettings

from ..engine.cards.card import Card
from ..engine.cards.index_files import ABOUT, BACKUP, LARGEST_BYTES, MANIFEST, is_index
from ..engine.cards.shelf import shelf
from ..engine.errors import InputError, RequestError
from ..settings import Settings
from ..translation import tr

__all__ = [
    "BASIC",
    "IndexNote",
    "concepts_of",
    "forget_index",
    "images_of",
    "known_indexes",
    "look_at",
    "metres_of",
    "remember_index",
]

KNOWN = "geofm/search/indexes"
LONGEST_NAME = 200  # characters that are shown
BASIC = "geofm-basic"  # architecture of models that know a short list of things


class IndexNote(NamedTuple):
    """What an index's `index.json` says, and its model where it is installed.

    Attributes
    ----------
    folder, name : str
    model : str
        The model's name for people.
    card : Card, optional
        Of the model; None if it is not installed.
    """

    folder: str
    name: str
    model: str
    card: Optional[Card]

    @property
    def basic(self) -> bool:
        """Whether the model knows a short list of things alone."""
        return self.card is not None and self.card.architecture == BASIC


def known_indexes() -> list[str]:
    """Folders of indexes, the one that was used last first; those that are gone are left out."""
    kept = QgsSettings().value(KNOWN, [])
    folders = [str(folder) for folder in ([kept] if isinstance(kept, str) else kept or [])]
    return [folder for folder in folders if is_index(folder)]


def remember_index(folder: str) -> None:
    """Offer this index first from now on."""
    same = _key(folder)
    QgsSettings().setValue(KNOWN, [folder, *(other for other in known_indexes() if _key(other) != same)])


def forget_index(folder: str) -> None:
    """Offer an index no longer; its folder stays as it is."""
    same = _key(folder)
    QgsSettings().setValue(KNOWN, [other for other in known_indexes() if _key(other) != same])


def look_at(folder: str) -> IndexNote:
    """What can be known of an index without opening it."""
    try:
        values = _read(Path(folder, ABOUT))
        name, model, title = str(values["name"]), str(values["model"]), str(values.get("title") or "")
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ):  # the engine says what is damaged
        return IndexNote(folder, Path(folder).name, "", None)
    # An index of somebody else may name any folder, or one on the network: only the shelf is looked at.
    names = [model.casefold(), PureWindowsPath(model).name.casefold()]
    cards = {shelved.name.casefold(): shelved.card for shelved in shelf(Settings().job_home)}
    card = next((cards[own] for own in names if own in cards), None)
    return IndexNote(folder, name[:LONGEST_NAME], (title or model)[:LONGEST_NAME], card)


def images_of(folder: str) -> list[tuple[str, ...]]:
    """The files of each image that an index holds or was to hold, in the order of their names.

    Raises
    ------
    InputError
        If the index cannot be read.
    """
    for name in (MANIFEST, BACKUP):
        try:
            manifest = _read(Path(folder, name))
            images = [entry["files"] for key in ("sources", "plan") for entry in manifest[key]]
            images += [files for files, _ in manifest["failed"]]
            if not all(isinstance(files, list) and files and isinstance(files[0], str) for files in images):
                continue
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue  # the other one may be whole
        return sorted({tuple(map(str, files)) for files in images}, key=lambda files: Path(files[0]).name.casefold())
    raise InputError(tr("The index {folder} cannot be read; look for changed images to mend it.").format(folder=folder))


def _read(path: Path) -> Any:
    """What a file of JSON holds; a pipe or a device, which never ends, is not opened."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_BYTES:
        raise ValueError(f"{path} is no file of an index")
    return json.loads(path.read_text(encoding="utf-8"))


def concepts_of(card: Optional[Card]) -> tuple[str, ...]:
    """What a basic model was taught; empty for one with an open vocabulary."""
    concepts = card.parameters.get("concepts") if card is not None else None
    if not isinstance(concepts, (list, tuple)):
        return ()
    return tuple(str(concept["name"]) for concept in concepts if isinstance(concept, dict) and concept.get("name"))


def metres_of(text: str) -> tuple[float, ...]:
    """Sides of windows, of a text such as "64, 128".

    Raises
    ------
    RequestError
        If it holds something else.
    """
    try:
        return tuple(float(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        raise RequestError(tr("“{text}” are no windows; give metres such as 64, 128.").format(text=text)) from None


def _key(folder: str) -> str:
    return os.path.normcase(os.path.realpath(folder))
