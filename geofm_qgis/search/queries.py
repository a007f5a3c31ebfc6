"""What is searched for: the words of the query line, what was asked before, and searches that a project keeps."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Optional

from qgis.core import QgsProject, QgsSettings

from ..engine.jobs.requests import SearchRequest
from ..translation import tr
from .places import Place

__all__ = [
    "ASKED",
    "SavedSearch",
    "forget_saved",
    "keep_in_history",
    "phrases_of",
    "recent",
    "save",
    "saved_searches",
    "subject_of",
    "title_of",
]

# Fields of a `SearchRequest` that say what is searched for, and where.
ASKED = (
    "index", "texts", "negatives", "examples", "at", "like", "good", "bad", "aoi", "date_from", "date_to", "top",
)  # fmt: skip
NOT = re.compile(r"(?:^|\s)not:\s*", re.IGNORECASE)
BETWEEN = ";"  # phrases that are averaged
HISTORY, MOST_REMEMBERED = "geofm/search/history", 30
SCOPE, ENTRY = "geofm", "searches"


def phrases_of(line: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is wanted and what is not, of a line such as "flooded fields; wet meadow not: clouds"."""
    wanted, *unwanted = NOT.split(line)
    return _parts(wanted), tuple(phrase for part in unwanted for phrase in _parts(part))


def title_of(request: SearchRequest) -> str:
    """A query in a few words, such as "water, like an area of 0.42 km², not a river, 3 good and 1 bad"."""
    good, bad = len(request.good), len(request.bad)
    if good and not bad and not (request.texts or request.examples or Place(request.at, request.like)):
        return tr("like a hit") if good == 1 else tr("like {count} hits").format(count=good)
    marks = tr("{good} good and {bad} bad").format(good=good, bad=bad) if good or bad else ""
    return ", ".join(filter(None, [subject_of(request), marks]))


def subject_of(request: SearchRequest) -> str:
    """The same without marks, as files are named; empty for marks alone."""
    place = Place(request.at, request.like)
    words = [phrase.strip() for phrase in request.texts]
    words += [tr("like {name}").format(name=Path(path).name) for path in request.examples]
    words += [tr("like {place}").format(place=place.words())] if place else []
    words += [tr("not {phrase}").format(phrase=phrase.strip()) for phrase in request.negatives]
    return ", ".join(words)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(BETWEEN) if part.strip()))


# History --------------------------------------------------------------------------------------------------------------


def recent() -> list[str]:
    """The last lines that were asked, the newest first."""
    kept = QgsSettings().value(HISTORY, [])
    return [str(line) for line in ([kept] if isinstance(kept, str) else kept or [])]


def keep_in_history(line: str) -> None:
    """Remember a line as the newest one."""
    others = [other for other in recent() if other.casefold() != line.casefold()]
    QgsSettings().setValue(HISTORY, [line, *others][:MOST_REMEMBERED])


# Saved searches -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SavedSearch:
    """A search that a project keeps.

    Attributes
    ----------
    name : str
    line : str
        Of the query line.
    index : str
        The index's folder.
    top : int
    threshold : float, optional
        The lowest score that is shown.
    date_from, date_to : str, optional
        Days as YYYY-MM-DD.
    aoi : str, optional
        A GeoJSON geometry in WGS84.
    good, bad : tuple of int
        Tiles that were marked.
    examples : tuple of str
        Image files.
    at, like
        A place, see `Place`.
    """

    name: str
    line: str
    index: str
    top: int = 50
    threshold: Optional[float] = None
    date_from: Optional[str] = None
    date_to: Optional[str] = None
    aoi: Optional[str] = None
    good: tuple[int, ...] = ()
    bad: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()
    at: Optional[tuple[float, ...]] = None
    like: Optional[str] = None


def saved_searches(project: Optional[QgsProject] = None) -> list[SavedSearch]:
    """The searches that a project keeps, in the order of their names."""
    text, _ = (project or QgsProject.instance()).readEntry(SCOPE, ENTRY, "[]")
    try:
        searches = [_search(values) for values in json.loads(text)]
    except (ValueError, TypeError, AttributeError):  # another program wrote into the project
        return []
    return sorted(searches, key=lambda search: search.name.casefold())


def save(search: SavedSearch, project: Optional[QgsProject] = None) -> None:
    """Keep a search in the place of one of the same name."""
    others = [other for other in saved_searches(project) if other.name != search.name]
    _write([*others, search], project)


def forget_saved(name: str, project: Optional[QgsProject] = None) -> None:
    """Keep a search no longer."""
    _write([other for other in saved_searches(project) if other.name != name], project)


def _write(searches: list[SavedSearch], project: Optional[QgsProject]) -> None:
    text = json.dumps([asdict(search) for search in searches], ensure_ascii=False)
    (project or QgsProject.instance()).writeEntry(SCOPE, ENTRY, text)


def _search(values: dict[str, Any]) -> SavedSearch:
    known = {field.name for field in fields(SavedSearch)}
    kept = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if name in known}
    return SavedSearch(**kept)
