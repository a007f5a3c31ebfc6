"""Reads the manifest of an index, which anybody may have written: every field is of its type and within its range."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from ...cards.index_files import BACKUP, LARGEST_BYTES, MANIFEST, is_index
from ...errors import InputError
from ...files import read_plain
from ...jobs.requests.search import HIGHEST_OVERLAP, MOST_WINDOWS
from .manifest import FORMAT, About, Manifest, Source
from .moved import at_new_places
from .segments import BLOCK_TILES, CRC_DIGITS, SEGMENT_TILES, SUFFIXES

__all__ = ["read_manifest"]

LONGEST_TEXT = 100_000  # characters; CRS as WKT are the longest
MOST_DIMENSION, LARGEST_SIDE = 16_384, 16_384
HIGHEST_NUMBER = 2**31 - 1  # of images, segments and pixels: what the files of rows can hold
MOST_ROWS = SEGMENT_TILES
FARTHEST = 1e9  # of coordinates, pixels and windows, in the units of the CRS or in metres: the Earth is smaller
CLOSEST = 1e-9
MOST_SYSTEMS = 1000  # different CRS: each takes time to be understood
MOST_SEGMENTS, MOST_RUNS = 10_000, 100_000  # full segments fill a manifest sooner; of an image there are a few runs
LARGEST_VALUE, LEAST_SPAN = 1e30, 1e-30  # of pixels: what float32 can hold
_HEXADECIMAL = re.compile(r"[0-9a-f]*")


def read_manifest(folder: Path) -> tuple[Manifest, tuple[str, ...]]:
    """The manifest of an index, and a sentence on each damage.

    Raises
    ------
    InputError
        If the folder holds no index, none of this version, or neither manifest can be used.
    """
    if not is_index(folder):
        raise InputError(f"{folder} holds no index; build one with geofm index.")
    damage: list[str] = []
    reasons: list[str] = []
    for name in (MANIFEST, BACKUP):
        try:
            values = json.loads(read_plain(folder / name, LARGEST_BYTES), parse_constant=_no_constant)
            if values["format"] > FORMAT:
                raise InputError(f"The index {folder} was made by a newer GeoFM; update GeoFM to use it.")
            if values["format"] < FORMAT:
                raise InputError(
                    f"The index {folder} was made by an earlier GeoFM and cannot be read; delete the folder and build"
                    " the index again, or choose another folder."
                )
            del values["format"]
            manifest = _reader(Manifest)(values)
            _check(manifest)
            return at_new_places(folder, manifest), tuple(damage)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            damage.append(f"{folder / name} is missing or damaged, and its backup is used; refresh the index.")
            reasons.append(str(error.strerror if isinstance(error, OSError) else error)[:200])
    raise InputError(
        f"The index {folder} is damaged: neither of its manifests can be read ({reasons[0]}); delete the folder and"
        " build the index again, or choose another folder."
    )


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    """What makes a value of a type of what JSON gives for it, or raises a ValueError."""
    kind, parts = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return _reader_of_objects(hint)
    if kind is UnionType:  # X | None
        own = _reader(parts[0])
        return lambda value: None if value is None else own(value)
    if kind is dict:
        words, own = _reader(parts[0]), _reader(parts[1])
        return lambda value: {words(name): own(item) for name, item in _of(dict, value).items()}
    if kind is tuple and parts[-1] is Ellipsis:
        own = _reader(parts[0])
        return lambda value: tuple(map(own, _of(list, value)))
    if kind is tuple:
        each = [_reader(part) for part in parts]
        return lambda value: tuple(own(item) for own, item in zip(each, _of(list, value), strict=True))
    return {str: _text, int: _whole, float: _number}[hint]


def _reader_of_objects(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {item.name: _reader(hints[item.name]) for item in fields(kind)}
    needed = {item.name for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING}

    def read(value: Any) -> Any:
        given = _of(dict, value)
        if missing := needed - set(given):
            raise ValueError(f"{kind.__name__.lower()} lacks {min(missing)}")
        if unknown := set(given) - set(readers):
            raise ValueError(f"{kind.__name__.lower()} has no {min(unknown)[:40]!r}")
        values = {}
        for name, item in given.items():
            try:
                values[name] = readers[name](item)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        return kind(**values)

    return read


def _of(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{_shown(value)} is no {'list' if kind is list else 'object'}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value:
        raise ValueError(f"{_shown(value)} is no text, or too long")
    value.encode()  # JSON can hold halves of characters
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError(f"{_shown(value)} is no whole number, or too large")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -math.inf < value < math.inf:
        raise ValueError(f"{_shown(value)} is no number")
    return value


def _shown(value: Any) -> str:
    """A value for a message, however long it is."""
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    return repr(value[:40] if isinstance(value, str) else value)


def _check(manifest: Manifest) -> None:
    """See that all values can be, each by itself and beside the others."""
    _check_about(manifest.about)
    for count, what in ((manifest.next_source, "next_source"), (manifest.next_segment, "next_segment")):
        _need(1 <= count <= HIGHEST_NUMBER, f"{what} is {count}")
    _check_segments(manifest)
    _need(len({source.crs for source in manifest.sources}) <= MOST_SYSTEMS, "its images have too many different CRS")
    known: set[int] = set()
    for source in manifest.sources:
        what = f"image {source.id}"
        _need(0 < source.id < manifest.next_source, f"the number of {what} is none that was given")
        _need(source.id not in known, f"{what} stands twice")
        known.add(source.id)
        _check_source(source, what)
        _check_place(source, what)
    for files in (*(item.files for item in manifest.plan), *(files for files, _ in manifest.failed), *manifest.removed):
        _need(bool(files) and all(files), "an image has no files")
    _check_runs(manifest)


def _check_about(about: About) -> None:
    _need(1 <= about.dimension <= MOST_DIMENSION, f"dimension is {about.dimension}")
    _need(1 <= about.side <= LARGEST_SIDE, f"side is {about.side}")
    _need(about.model_gsd_m is None or CLOSEST <= about.model_gsd_m <= FARTHEST, f"model_gsd_m is {about.model_gsd_m}")
    _need(len(about.window_m) <= MOST_WINDOWS and _are_lengths(about.window_m), "window_m of the index does not fit")
    _need(0 <= about.overlap <= HIGHEST_OVERLAP, f"overlap is {about.overlap}")
    _need(0 <= about.least_observed <= 1, f"least_observed is {about.least_observed}")
    _need(bool(about.model), "model is empty")


def _check_segments(manifest: Manifest) -> None:
    _need(len(manifest.segments) <= MOST_SEGMENTS, "it has too many segments")
    known: set[int] = set()
    for part in manifest.segments:
        what = f"segment {part.number}"
        _need(0 < part.number < manifest.next_segment, f"the number of {what} is none that was given")
        _need(part.number not in known, f"{what} stands twice")
        known.add(part.number)
        _need(0 <= part.count <= MOST_ROWS, f"count of {what} is {part.count}")
        _need(set(part.crc) == set(SUFFIXES), f"crc of {what} is not that of its files")
        digits = -(-part.count // BLOCK_TILES) * CRC_DIGITS
        for crc in part.crc.values():
            _need(len(crc) == digits and bool(_HEXADECIMAL.fullmatch(crc)), f"crc of {what} does not fit its count")


def _check_source(source: Source, what: str) -> None:
    _need(bool(source.files) and all(source.files), f"{what} has no files")
    _need(len(source.stamps) == len(source.files), f"stamps of {what} are not those of its files")
    _need(CLOSEST <= source.gsd_m <= FARTHEST, f"gsd_m of {what} is {source.gsd_m}")
    if source.acquired is not None:
        try:
            datetime.fromisoformat(source.acquired)
        except ValueError as error:
            raise ValueError(f"acquired of {what} is no date") from error
    _need(all(band >= 0 for band in source.bands), f"bands of {what} do not fit")
    _need(
        len(source.stretch) == 3
        and all(
            -LARGEST_VALUE <= low <= LARGEST_VALUE and LEAST_SPAN <= high - low <= LARGEST_VALUE
            for low, high in source.stretch
        ),
        f"stretch of {what} does not fit",
    )
    _need(bool(source.window_m) and _are_lengths(source.window_m), f"window_m of {what} does not fit")
    _need(1 <= source.factor <= HIGHEST_NUMBER, f"factor of {what} is {source.factor}")
    _need(0 <= source.position <= source.candidates, f"position of {what} is not within its candidates")


def _check_place(source: Source, what: str) -> None:
    _need(len(source.transform) == 6, f"transform of {what} is not six numbers")
    _need(
        1 <= source.width <= HIGHEST_NUMBER and 1 <= source.height <= HIGHEST_NUMBER,
        f"width and height of {what} are {source.width} x {source.height}",
    )
    a, _, _, _, e, _ = source.transform
    _need(abs(a) >= CLOSEST and abs(e) >= CLOSEST, f"transform of {what} has pixels without size")
    try:
        bounds = source.grid.bounds
    except InputError as error:
        raise ValueError(f"{what}: {error}") from error
    _need(all(abs(value) <= FARTHEST for value in bounds), f"transform of {what} leads off the Earth")


def _check_runs(manifest: Manifest) -> None:
    """See that rows belong to one image each: else a short list could stand for any number of tiles."""
    _need(sum(len(source.runs) for source in manifest.sources) <= MOST_RUNS, "its images have too many runs")
    counts = {part.number: part.count for part in manifest.segments}
    stop_before, segment_before = 0, 0
    for segment, start, stop in sorted(run for source in manifest.sources for run in source.runs):
        where = f"rows {start} to {stop} of segment {segment}"
        _need(segment in counts, f"{where} are named, which there is not")
        _need(0 <= start < stop <= counts[segment], f"{where} are named, of {counts[segment]}")
        _need(segment != segment_before or start >= stop_before, f"{where} are of several images")
        segment_before, stop_before = segment, stop


def _are_lengths(sides: Iterable[float]) -> bool:
    return all(CLOSEST <= side <= FARTHEST for side in sides)


def _need(fits: bool, otherwise: str) -> None:
    if not fits:
        raise ValueError(otherwise)
