"""What all requests have in common: JSON, outputs, and the checks of their fields."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Collection
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

from ...errors import GeoFMError, RequestError
from ..result import Output
from ._declared import Destination, Option

__all__ = [
    "AREA_LAYER",
    "LANES",
    "MOST_WHOLE",
    "NoRequestError",
    "Request",
    "from_json",
    "is_storable",
    "kinds",
    "marks_of",
]

MOST_WHOLE = 2**63  # SQLite and libraries know no whole number beyond
# Each has a process of its own, which runs its jobs one at a time: work that takes the machine, questions that somebody
# waits for, and the shelf of models, since installing one need not wait for the end of a training.
LANES = ("long", "interactive", "models")
AREA_LAYER, AREA_TITLE, AREA_STYLE = "aoi", "Area of interest", "aoi"

_kinds: dict[str, type[Request]] = {}


class NoRequestError(RequestError):
    """A text is no request at all: no version of GeoFM can have written it."""


@dataclass(frozen=True)
class Request:
    """Root of all requests: a kind of work, said once.

    A subclass sets what stands below and adds fields, all with JSON values or tuples of them: options and outputs as
    `_declared` makes them, and what the job reads.

    Attributes
    ----------
    kind : str
        Its name for programs.
    lane : {'long', 'interactive', 'models'}
    title : str
        Its name for people, such as "land cover map".
    task : str
        The function that does it, `module:name`, called with a request and a report.
    keywords : tuple of str
        In the metadata of its layers.
    subject : str
        The field whose first file names a job that nobody has named.
    """

    kind: ClassVar[str]
    lane: ClassVar[str] = "long"
    title: ClassVar[str]
    task: ClassVar[str]
    keywords: ClassVar[tuple[str, ...]] = ()
    subject: ClassVar[str]

    def __init_subclass__(cls) -> None:
        _kinds[cls.kind] = cls

    def __post_init__(self) -> None:
        for name, declared in self.options().items():
            value = getattr(self, name)
            if value is not None:
                declared.check(name, value)

    @classmethod
    def options(cls) -> dict[str, Option]:
        """What the user may say of how it is done, by field."""
        return {item.name: item.metadata["option"] for item in fields(cls) if "option" in item.metadata}

    @classmethod
    def destinations(cls) -> dict[str, Destination]:
        """What it can write, by field."""
        return {item.name: item.metadata["output"] for item in fields(cls) if "output" in item.metadata}

    @classmethod
    def default(cls, name: str) -> Any:
        """What an option is where the user says nothing."""
        return next(item.default for item in fields(cls) if item.name == name)

    @classmethod
    def field_type(cls, name: str) -> Any:
        """The type of a field, without the None that it may be."""
        hint = get_type_hints(cls)[name]
        held = [part for part in get_args(hint) if part is not type(None)]
        return held[0] if get_origin(hint) is Union else hint

    @classmethod
    def told(cls, error: GeoFMError) -> str:
        """An error's message, with the title of the option that mends it, if it is one of this request's."""
        option = cls.options().get(error.field or "")
        return str(error) if option is None else error.pointing_to(f"“{option.title}”")

    @classmethod
    def files_in(cls, folder: str, wanted: Collection[str] = ()) -> dict[str, Any]:
        """The paths of its outputs in one folder, by field: those that are always written, and those in `wanted`."""
        chosen = {
            name: item.file
            for name, item in cls.destinations().items()
            if item.file and (item.wanted or name in wanted)
        }
        return {name: os.path.join(folder, file) for name, file in chosen.items()}  # noqa: PTH118 - a text goes on

    def to_json(self) -> str:
        """This request as one JSON object; `kind` tells its class."""
        return json.dumps({"kind": self.kind, **asdict(self)}, ensure_ascii=False)

    def outputs(self) -> dict[str, str]:
        """The paths that this request writes to, by the name of their field."""
        paths = {name: getattr(self, name) for name in self.destinations()}
        return {name: path for name, path in paths.items() if path is not None}

    def written(self) -> tuple[Output, ...]:
        """What this request writes, in the order in which layers are shown: those of shapes above those of pixels."""
        declared, paths = self.destinations(), self.outputs()
        outlined = getattr(self, "aoi", None) is not None
        outputs = [declared[name].at(path, outlined=outlined) for name, path in paths.items()]
        outputs.sort(key=lambda output: output.kind != "vector")
        around = [path for name, path in paths.items() if outlined and declared[name].outline]
        areas = [Output(f"{path}|layername={AREA_LAYER}", "vector", AREA_TITLE, AREA_STYLE) for path in around]
        return (*outputs, *areas)

    def inputs(self) -> list[str]:
        """The paths that this request reads."""
        return []

    def uses(self, path: str) -> bool:
        """Whether this request reads or writes a file."""
        marks = marks_of(path)
        return any(marks & marks_of(other) for other in [*self.inputs(), *self.outputs().values()])

    def check_paths(self) -> None:
        """See that the request writes something, and nothing over what it reads or writes elsewhere.

        Raises
        ------
        RequestError
            If it does not.
        """
        if not self.outputs():
            raise RequestError("The request writes nothing; give a path for one of its outputs.")
        taken = {mark for path in self.inputs() for mark in marks_of(path)}
        for path in self.outputs().values():
            marks = marks_of(path)
            if marks & taken:
                raise RequestError(
                    f"{path} would be overwritten by a result while it is in use; choose another output."
                )
            taken |= marks


def from_json(text: str) -> Request:
    """The request that `Request.to_json` wrote.

    Raises
    ------
    RequestError
        If the text is one with fields or values that this version does not know; `NoRequestError` if it is none.
    """
    try:
        values = {name: _tuples(value) for name, value in json.loads(text).items()}
        kind = values.pop("kind")
    except (ValueError, AttributeError, KeyError, RecursionError) as error:
        raise NoRequestError("The request is not a JSON object with a 'kind'.") from error
    if not isinstance(kind, str):
        raise NoRequestError(f"The kind of the request is {str(kind)[:80]}, which is no name.")
    if kind not in _kinds:
        raise RequestError(f"Requests of kind '{kind[:80]}' are not known here; known are {', '.join(sorted(_kinds))}.")
    known = {item.name: item for item in fields(_kinds[kind])}
    if unknown := sorted(set(values) - set(known)):
        raise RequestError(f"A {kind} request has no field '{unknown[0][:80]}'; a newer GeoFM may have written it.")
    hints = get_type_hints(_kinds[kind])
    for name, value in values.items():
        if not _fits(value, hints[name]):
            raise RequestError(f"{name} is {json.dumps(value)[:80]}, which no {kind} request can hold.")
    for name, item in known.items():
        if name not in values and item.default is MISSING and item.default_factory is MISSING:
            raise RequestError(f"The {kind} request has no '{name}'.")
    return _kinds[kind](**values)


def _fits(value: object, hint: Any) -> bool:
    """Whether a JSON value is of the type of a field."""
    kind, parts = get_origin(hint), get_args(hint)
    if kind is tuple:
        return isinstance(value, tuple) and all(_fits(item, parts[0]) for item in value)
    if parts:  # one of several types
        return any(_fits(value, part) for part in parts)
    if hint is str:
        return isinstance(value, str) and is_storable(value)
    if isinstance(value, bool):
        return hint is bool
    if isinstance(value, int) and abs(value) >= MOST_WHOLE:
        return False
    return isinstance(value, (int, float) if hint is float else hint)


def is_storable(text: str) -> bool:
    """Whether a text can stand in a path and in a database; names of files on Linux may hold bytes that are no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def marks_of(path: str) -> set[object]:
    """What names of one file have in common; QGIS adds a layer's name behind a bar.

    A file that is there is known by its number, too, whatever links lead to it and whether its file system knows
    capitals. Two that are not there yet may become one file where their names differ in capitals alone.
    """
    name = path.partition("|")[0]
    real = os.path.normcase(os.path.realpath(name))
    try:
        status = os.stat(name)  # noqa: PTH116 - `Path` raises where a name is too long
    except (OSError, ValueError):
        return {real, unicodedata.normalize("NFC", real).casefold()}
    return {real, (status.st_dev, status.st_ino)} if status.st_ino else {real}


def kinds() -> dict[str, type[Request]]:
    """All kinds of work, by their names for programs."""
    return dict(_kinds)
