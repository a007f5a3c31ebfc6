"""What `info.json` says of a patch; its values are looked at one by one, since anybody may have written them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import shapely
from affine import Affine
from rasterio.crs import CRS

from ...errors import InputError
from ...files import read_plain
from ...raster.grid import Grid
from .events import EVENTS, ZONES

__all__ = ["INFO", "LONGEST_INFO", "actid_in", "grid_in", "parsed", "read_facts", "zone_in", "zones_in"]

INFO = "info.json"
INDEXES = "slc_grid*.json"
LONGEST_INFO, LONGEST_INDEX = 2**20, 2**27  # bytes


def read_facts(folder: Path) -> Mapping[str, Any]:
    """The facts of a patch's folder; none where it has no such file.

    Raises
    ------
    InputError
        If the file is no JSON object, or cannot be read.
    """
    path = folder / INFO
    try:
        return parsed(read_plain(path, LONGEST_INFO))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read ({str(error)[:100]}); download it again.") from error


def parsed(data: bytes) -> Mapping[str, Any]:
    """An object of JSON.

    Raises
    ------
    ValueError, RecursionError
        If it is none.
    """
    facts = json.loads(data.decode())
    if not isinstance(facts, dict):
        raise ValueError("it is no JSON object")
    return facts


def actid_in(facts: Mapping[str, Any]) -> int | None:
    """The activation; None where it is not told."""
    return _whole(facts.get("actid"))


def zone_in(facts: Mapping[str, Any], actid: int) -> int | None:
    """The climate zone of a patch, a key of `ZONES`: as its facts tell it, or its event has one alone."""
    known = [zone for each in _of_files(facts) if (zone := _whole(each.get("clz_id"))) in ZONES]
    if known:
        return known[0]
    event = EVENTS.get(actid)
    return event.zones[0] if event and len(event.zones) == 1 else None


def zones_in(root: Path) -> dict[str, int]:
    """The climate zones in the index of the single-look product, by the patch's path; those of several indexes.

    Raises
    ------
    InputError
        If one of them is no JSON object, or cannot be read.
    """
    zones: dict[str, int] = {}
    for path in sorted((*root.glob(INDEXES), *root.parent.glob(INDEXES))):
        try:
            rows = parsed(read_plain(path, LONGEST_INDEX))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{path} cannot be read ({str(error)[:100]}); download it again.") from error
        told = {name: _whole(row.get("clz")) for name, row in rows.items() if isinstance(row, dict)}
        zones |= {name: zone for name, zone in told.items() if zone is not None and zone in ZONES}
    return zones


def _of_files(facts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What is said of the whole, and of each of its files."""
    yield facts
    files = facts.get("datasets")
    yield from (each for each in (files.values() if isinstance(files, dict) else ()) if isinstance(each, dict))


def grid_in(facts: Mapping[str, Any], height: int, width: int) -> Grid | None:
    """Where a patch lies, by the outline in its facts; None where that is not told."""
    outline = facts.get("geom")
    if not isinstance(outline, str) or len(outline) > 10_000:
        return None
    try:
        left, bottom, right, top = shapely.from_wkt(outline).bounds
        transform = Affine((right - left) / width, 0, left, 0, (bottom - top) / height, top)
        return Grid(CRS.from_epsg(3857), transform, width, height)
    except (shapely.GEOSException, InputError, ValueError, ZeroDivisionError):
        return None


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 12:
        return int(value)
    return value if type(value) is int else None
