"""Where two maps of one flood agree: both, one, the other, or neither, and how much ground that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from ..cards.classes import NODATA
from ..jobs.requests import WITHOUT_WEIGHTS
from ..mapping import MapArea, MapJob, MappedAreas
from ..raster.grid import Grid
from ..raster.sink import ClassInfo, RasterSink
from ..raster.stream import READ_ROWS, bands
from .classes import FLOOD, PERMANENT, UNKNOWN
from .inputs import FloodPlan

__all__ = ["BOTH", "FIRST", "NEITHER", "SECOND", "OtherMap", "add_agreement", "agreement", "compare_maps"]

NEITHER, BOTH, FIRST, SECOND = range(4)
COLOURS = {NEITHER: (238, 232, 213), BOTH: (91, 44, 131), FIRST: (230, 140, 30), SECOND: (27, 140, 150)}
WATER = (PERMANENT, FLOOD, UNKNOWN)

Classes = NDArray[np.uint8]


def agreement(first: Classes, second: Classes, wet: tuple[int, ...]) -> Classes:
    """Which of two maps has the flood where.

    Parameters
    ----------
    first, second : uint8[H, W]
        Classes of flood maps.
    wet : tuple of int
        The classes that count.

    Returns
    -------
    uint8[H, W]
        0 neither, 1 both, 2 the first alone, 3 the second alone; 255 where one of them was not observed.
    """
    one, other = np.isin(first, wet), np.isin(second, wet)
    classes = np.select([one & other, one, other], [BOTH, FIRST, SECOND], NEITHER).astype(np.uint8)
    classes[(first == NODATA) | (second == NODATA)] = NODATA
    return classes


def compare_maps(
    maps: tuple[Path, Path],
    names: tuple[str, str],
    path: Path | None,
    area: MapArea,
    tags: Mapping[str, str],
) -> dict[str, Any]:
    """Write where two maps agree, and say how much ground that is.

    Floods are compared where both maps tell them from permanent water; else all water is.

    Parameters
    ----------
    maps : pair of Path
        Class rasters of flood maps on one grid.
    names : pair of str
        Of their methods.
    path : Path, optional
        Of the raster to write.
    area : MapArea
        Where the maps lie.
    tags : mapping of str to str

    Returns
    -------
    dict
        `methods`; `of` ('flood' or 'water'); `areas` by what agrees, in km² and ha; `iou`, the share of both in what
        either has, None where neither has any; `classes` for the layer's legend.
    """
    with rasterio.open(maps[0]) as first, rasterio.open(maps[1]) as second:
        rows = _rows(first, second, area.grid)
        telling = not any((one == UNKNOWN).any() or (other == UNKNOWN).any() for _, one, other in rows)
        wet = (FLOOD,) if telling else WATER
        infos = _infos(names, "flood" if telling else "water")
        counted = MappedAreas(area, infos)
        with _sink(path, area.grid, infos, tags) as sink:
            for row, one, other in _rows(first, second, area.grid):
                values = agreement(one, other, wet)
                counted.add(row, values)
                if sink is not None:
                    sink.write(row, values)
    pixels = counted.pixels
    either = sum(pixels[value] for value in (BOTH, FIRST, SECOND))
    return {
        "methods": list(names),
        "of": "flood" if telling else "water",
        "areas": {
            info.name: {"class_id": info.value, "colour": _hex(info), **counted.facts(info.value)} for info in infos
        },
        "iou": round(pixels[BOTH] / either, 6) if either else None,
        "classes": [
            {"id": info.value, "name": info.name, "color": _hex(info)}
            for info in infos
            if info.value in (BOTH, FIRST, SECOND)
        ],
    }


@dataclass(frozen=True, slots=True)
class OtherMap:
    """The map of a second method.

    Attributes
    ----------
    path : Path
        Its class raster.
    summary : dict
        What its job said of it.
    """

    path: Path
    summary: dict[str, Any]


def add_agreement(job: MapJob, plan: FloodPlan, summary: dict[str, Any], other: OtherMap) -> None:
    """Compare a job's map with that of a second method, and say so in its summary."""
    hidden = job.hidden_outputs()
    mask = hidden.get("mask", job.report.checkpoints / "mask.tif")
    with rasterio.open(mask) as file:
        area = MapArea.of(Grid(file.crs, file.transform, file.width, file.height), plan.aoi)
    names = name_of(summary), name_of(other.summary)
    tags = job.tags(f"agreement of {names[0]} and {names[1]}", {"post": plan.dates[0], "pre": plan.dates[1:]})
    summary["agreement"] = compare_maps((mask, other.path), names, hidden.get("agreement"), area, tags)
    further = [text for text in other.summary["warnings"] if text not in summary["warnings"]]
    summary["warnings"] += [text if names[1] in text else f"{names[1]}: {text}" for text in further]
    summary["seconds"] = job.seconds


def name_of(summary: dict[str, Any]) -> str:
    """What a map's method is called beside another one's."""
    return str(summary.get("model") or WITHOUT_WEIGHTS)


def _infos(names: tuple[str, str], what: str) -> tuple[ClassInfo, ...]:
    words = {
        NEITHER: f"no {what} by either",
        BOTH: f"{what} by both",
        FIRST: f"{what} by {names[0]} alone",
        SECOND: f"{what} by {names[1]} alone",
    }
    infos = [ClassInfo(value, text, COLOURS[value]) for value, text in words.items()]
    return (*infos, ClassInfo(NODATA, "not observed", (255, 255, 255)))


def _hex(info: ClassInfo) -> str:
    return "#{:02x}{:02x}{:02x}".format(*info.color)


def _sink(
    path: Path | None, grid: Grid, infos: tuple[ClassInfo, ...], tags: Mapping[str, str]
) -> AbstractContextManager[RasterSink | None]:
    if path is None:
        return nullcontext()
    return RasterSink(path, grid, nodata=NODATA, bands=("agreement",), classes=infos, metadata=tags)


def _rows(first: Any, second: Any, grid: Grid) -> Iterator[tuple[int, Classes, Classes]]:
    for band in bands(grid, READ_ROWS):
        window = Window(0, band.start, grid.width, band.stop - band.start)
        one, other = (file.read(1, window=window) for file in (first, second))
        yield band.start, one, other
