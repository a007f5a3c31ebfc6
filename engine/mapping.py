"""What all tasks that make a map have in common: their outputs, where the map lies, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon

from . import __version__
from .errors import InputError
from .jobs.frame import JobFrame
from .jobs.publishing import names_alone, write_report
from .jobs.report import Report
from .jobs.requests import AREA_LAYER, Request
from .jobs.result import Result
from .memory import BUDGET, stated_bytes
from .raster.aoi import Aoi, job_grid
from .raster.areas import ClassAreas, mean_pixel_area
from .raster.grid import Grid
from .raster.polygons import add_outline, write_polygons
from .raster.sink import ClassInfo, atomic, check_writable
from .raster.stamps import fingerprint

__all__ = [
    "MapArea",
    "MapJob",
    "MappedAreas",
    "Origin",
    "grid_facts",
    "identity",
    "memory_is_short",
    "memory_may_not_do",
]

MOST_PIXELS = 10**12  # some 40,000 square kilometres at 20 cm


class MapJob(JobFrame):
    """The frame of a task that makes a map: what it writes appears, whole, as the `with` block ends well.

    Parameters
    ----------
    request : Request
        Its outputs may be fields `polygons` (a GeoPackage) and `report`, and files of any other name.
    report : Report

    Raises
    ------
    OutputError
        If one of the outputs could not be written.
    """

    def __init__(self, request: Request, report: Report) -> None:
        super().__init__(request, report)
        for path in request.outputs().values():
            check_writable(path)
        self._hidden: dict[str, Path] = {}

    def tags(self, method: str, inputs: Mapping[str, Any]) -> dict[str, str]:
        """Tags that tell how a raster or a layer came about, without folders of this computer."""
        known = self.about()
        return {
            "SOFTWARE": known["software"],
            "METHOD": method,
            "INPUTS": json.dumps(names_alone(dict(inputs)), ensure_ascii=False),
            "PARAMETERS": json.dumps(names_alone(known["request"]), ensure_ascii=False),
        }

    def part(self, grid: Grid, first: float, last: float) -> Callable[[float], None]:
        """What a pass over the map tells how far it is, as a share from 0 to 1.

        Passes of unequal cost make one steady measure, in megapixels of the map: the pass stands for what lies between
        the shares `first` and `last` of it.
        """
        megapixels = grid.height * grid.width / 1e6

        def tell(share: float) -> None:
            self.report.progress((first + (last - first) * share) * megapixels, megapixels, "Mpx")

        return tell

    def hidden_outputs(self) -> dict[str, Path]:
        """Where to write what was asked for, by field: beside its place, whose name it takes as the `with` block ends.

        Not to be asked for before all is read: an OSError of a file that is read would pass for one of these.
        """
        if not self._hidden:
            self._hidden = {name: self.enter_context(atomic(path)) for name, path in self._request.outputs().items()}
        return self._hidden

    def write_layers(
        self, raster: Path, classes: Mapping[int, str], area: MapArea, tags: Mapping[str, str], origin: Origin
    ) -> None:
        """Write the polygons of a class raster's classes, value to name, and the outline of the AOI if there is one.

        Not before the map of confidence is written, if that is asked for.
        """
        hidden = self.hidden_outputs()
        path = hidden["polygons"]
        write_polygons(
            raster,
            path,
            classes,
            layer=self._request.destinations()["polygons"].layer,
            metadata=tags,
            smooth=bool(getattr(self._request, "smooth", False)),
            origin=origin.fields(),
            percent=hidden.get("confidence"),
        )
        outline = area.outline()
        if outline is not None:
            add_outline(path, outline, area.grid.crs, layer=AREA_LAYER)

    def finish(self, summary: dict[str, Any], group: str) -> Result:
        """Say the warnings, write the report if one was asked for, and give the result; the outputs appear next."""
        self.tell(summary["warnings"])
        hidden = self.hidden_outputs()
        if "report" in hidden:
            write_report(hidden["report"], summary)
        self.report.check_cancelled()  # the last chance
        return Result(self._request.written(), group, summary)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a map was made from, as each of its polygons says.

    Attributes
    ----------
    files : sequence of str
        Of the image.
    acquired : datetime, optional
    method : str
        "thresholds", or the title of a model.
    """

    files: Sequence[str]
    acquired: datetime | None
    method: str

    def fields(self) -> dict[str, str | None]:
        """The fields of the polygons, without folders of this computer."""
        day = None if self.acquired is None else self.acquired.date().isoformat()
        return {"date": day, "image": ", ".join(Path(file).name for file in self.files), "method": self.method}


@dataclass(frozen=True, slots=True)
class MapArea:
    """Where a map is made.

    Attributes
    ----------
    grid : Grid
        The image's pixels, as far as the AOI touches them.
    aoi : Aoi or None
        As far as it lies around the image.
    """

    grid: Grid
    aoi: Aoi | None

    @classmethod
    def of(cls, image: Grid, aoi: Aoi | None) -> MapArea:
        """The part of an image that an AOI touches; the whole image without one.

        Raises
        ------
        InputError
            If they do not overlap, or the map would be without end.
        """
        near = None if aoi is None else aoi.near(image)
        grid = job_grid(image, near)
        if grid.width * grid.height > MOST_PIXELS:
            raise InputError(
                f"The map would have {grid.width:,} x {grid.height:,} pixels, which would take terabytes; give a"
                " smaller area by an AOI, or clip the image."
            )
        return cls(grid, near)

    def inside(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        """Which pixels of these rows lie in the AOI, bool[H, W]; None where there is no AOI."""
        return None if self.aoi is None else self.aoi.inside(self.grid.rows(start, stop))

    def outline(self) -> MultiPolygon | None:
        """The AOI in the grid's CRS; None where there is no AOI."""
        return None if self.aoi is None else self.aoi.outline_on(self.grid)

    def pixels(self, hectares: float) -> int:
        """How many pixels cover so much ground, at least 1."""
        return max(round(hectares * 1e4 / mean_pixel_area(self.grid)), 1)


class MappedAreas:
    """Counts the pixels and the area of classes within the AOI, while a class raster passes by in row bands.

    Parameters
    ----------
    area : MapArea
    classes : sequence of ClassInfo
        The last stands for "not observed".
    """

    def __init__(self, area: MapArea, classes: Sequence[ClassInfo]) -> None:
        values = [item.value for item in classes]
        self._area, self._areas = area, ClassAreas(area.grid, values)
        # No class, so that pixels beyond the AOI belong to no area, not even to that which was not observed.
        self._outside = np.uint8(next((value for value in range(255, -1, -1) if value not in values), 255))

    def add(self, row: int, values: NDArray[np.uint8]) -> None:
        """Count rows `row` and on: uint8[H, W]."""
        inside = self._area.inside(row, row + values.shape[0])
        self._areas.add(row, values if inside is None else np.where(inside, values, self._outside))

    @property
    def pixels(self) -> dict[int, int]:
        """Pixels by class."""
        return self._areas.pixels

    def facts(self, value: int) -> dict[str, Any]:
        """The area of a class as a report holds it."""
        metres = self._areas.square_metres[value]
        return {"pixels": self.pixels[value], "km2": round(metres / 1e6, 9), "ha": round(metres / 1e4, 7)}

    def share(self, value: int) -> float:
        """A class's share of the area, 0 to 1; 0 where there is no area."""
        metres = self._areas.square_metres
        total = sum(metres.values())
        return metres[value] / total if total else 0.0

    @property
    def observed(self) -> float:
        """The share of the area that was observed."""
        return 1 - self.share(self._areas.classes[-1]) if any(self.pixels.values()) else 0.0


def grid_facts(grid: Grid) -> dict[str, Any]:
    """A grid as values that JSON can hold."""
    return {
        "crs": grid.crs.to_string(),
        "pixel_size": [abs(grid.transform.a), abs(grid.transform.e)],
        "columns": grid.width,
        "rows": grid.height,
    }


def identity(request: Request, files: Sequence[str]) -> str:
    """What tells one job from others, whose checkpoints it must not go on from: the version, the request, the files."""
    return json.dumps([__version__, request.to_json(), fingerprint(files)])


def memory_is_short(budget: int, instead: str) -> str:
    """The sentence that so many bytes are not enough for the usual way, and what is done `instead`."""
    return f"Memory is short ({budget / 2**20:,.0f} MB for this job): {instead}."


def memory_may_not_do(needed: int, budget: int, area: str) -> str:
    """The sentence that a job may need more bytes than it has; a "smaller" or "narrower" `area` would need less."""
    remedy = f"raise {BUDGET}" if stated_bytes() else "close other programs"
    return (
        f"This job needs about {needed / 2**20:,.0f} MB of memory and has {budget / 2**20:,.0f} MB: if the system "
        f"stops it, {remedy}, or map a {area} area by an AOI."
    )
