"""The task `look`: what the images of a flood map are, in order of their dates, and what is odd about them."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from datetime import time
from pathlib import Path
from typing import Any

from pyproj import Geod

from ..errors import GeoFMError
from ..jobs.report import Report
from ..jobs.requests import FloodRequest, LookRequest
from ..jobs.result import Result
from ..raster.crs import WGS84
from ..raster.glance import Glance, glance
from ..raster.grid import Bounds, Grid, NoWay
from ..raster.source import SarScene, open_sar
from .dates import Files, acquired_of, dates_in, differences

__all__ = ["look"]


def look(request: LookRequest, report: Report) -> Result:
    """See of which dates images are, from which orbit, of which polarisations and where; nothing is refused.

    Returns
    -------
    Result
        The summary holds `dates` (the files after the flood, then those of each date before, as a map would take them),
        `images` (what each file is, by path), `notes` (date by its place, and a sentence), `swapped` (whether a date
        before is not older than the one after), `polarisations` that all dates have, and `display`: whether they are
        8-bit pictures.
    """
    with ExitStack() as stack:
        looked = _Look(request, report, stack)
        summary = {
            "dates": [list(files) for files in looked.dates],
            "images": looked.images,
            "notes": [{"date": place, "text": text} for place, text in dict.fromkeys(looked.notes)],
            "swapped": looked.swapped,
            "polarisations": looked.polarisations,
            "display": looked.display,
        }
    return Result((), "Images", summary)


class _Look:
    """What is found, date by date."""

    def __init__(self, request: LookRequest, report: Report, stack: ExitStack) -> None:
        self._request = request
        self.notes: list[tuple[int, str]] = []
        self.images: dict[str, dict[str, Any]] = {}
        self.dates = self._sorted()
        self.swapped = self.display = False
        self.polarisations: list[str] = []
        scenes: dict[int, SarScene] = {}
        for place, files in enumerate(self.dates):
            report.check_cancelled()
            if not files:  # nothing is chosen for the date after the flood yet
                continue
            seen = self._glances(files)
            self._apart(place, seen)
            with suppress(GeoFMError):
                scenes[place] = stack.enter_context(self._open(place, files))
            if len(files) == len(seen) == 1 and place in scenes:
                self.images[files[0]]["polarisations"] = list(scenes[place].polarisations)
        held = [{*scene.polarisations} for scene in scenes.values()]
        self.polarisations = sorted(set.intersection(*held), reverse=True) if held else []
        self.display = any(scene.display for scene in scenes.values())
        if 0 in scenes:
            self._compare(scenes)

    def _sorted(self) -> list[Files]:
        """The files by their dates; those whose dates cannot be told stay where they are."""
        groups: list[tuple[Files, list[Files]]] = []
        odd: list[tuple[Files, str]] = []
        for place, files in enumerate((self._request.post, *self._request.pre)):
            try:
                parts = [part.files for part in dates_in(files, "pre" if place else "post")]
            except GeoFMError as error:
                parts = [files]
                odd.append((files, FloodRequest.told(error)))
            groups.append((files, parts))
        dates = [groups[0][1][0], *groups[0][1][1:], *(part for _, parts in groups[1:] for part in parts)]
        self.notes += [(dates.index(files), text) for files, text in odd]
        return dates

    def _glances(self, files: Files) -> list[Glance]:
        seen = []
        for path in files:
            with suppress(GeoFMError):  # told by `_open`
                seen.append(glance(path))
        for item in seen:
            self.images[item.path] = _facts(item)
        return seen

    def _open(self, place: int, files: Files) -> SarScene:
        """A date as the map will read it; what hinders that is a note."""
        request = self._request
        try:
            return open_sar(files, units=request.units, bands=request.bands, calibration=request.calibration)
        except GeoFMError as error:
            self.notes.append((place, FloodRequest.told(error)))
            raise

    def _apart(self, place: int, seen: list[Glance]) -> None:
        """A note on a file of a date that lies far from the first one."""
        for item in seen[1:]:
            metres, reach = _between(seen[0].grid, item.grid)
            if metres > 2 * reach:
                self.notes.append(
                    (
                        place,
                        f"{Path(item.path).name} lies {metres / 1000:,.0f} km from {Path(seen[0].path).name}: files of "
                        "one date lie side by side; take one of them out.",
                    )
                )

    def _compare(self, scenes: dict[int, SarScene]) -> None:
        places, opened = [*scenes], [*scenes.values()]
        acquired = acquired_of(opened)
        self.swapped = any(date and acquired[0] and date >= acquired[0] for date in acquired[1:])
        self.notes += [(places[number], text) for number, text in differences(opened, acquired)]
        post = opened[0]
        for place, scene in [*scenes.items()][1:]:
            name = Path(self.dates[place][0]).name
            if scene.display != post.display:
                kind = "an 8-bit picture" if scene.display else "backscatter"
                self.notes.append((place, f"{name} is {kind}, which the image after the flood is not; give one kind."))
            if not _meet(post.grid, scene.grid):
                metres, _ = _between(post.grid, scene.grid)
                self.notes.append(
                    (
                        place,
                        f"{name} lies {metres / 1000:,.0f} km from the image after the flood; give one of the same "
                        "place.",
                    )
                )


def _facts(seen: Glance) -> dict[str, Any]:
    """What one file is, as JSON can hold it."""
    acquired, orbit = seen.acquired, seen.orbit
    box = _degrees(seen.grid)
    return {
        "acquired": acquired.isoformat() if acquired else None,
        "day_alone": acquired is not None and acquired.time() == time.min,
        "orbit": {"direction": orbit.direction, "number": orbit.number} if orbit else None,
        "polarisations": list(seen.polarisations),
        "box": [round(value, 5) for value in box] if box else None,
        "pixels": [seen.grid.width, seen.grid.height],
    }


def _degrees(grid: Grid) -> Bounds | None:
    try:
        return grid.bounds_in(WGS84)
    except NoWay:
        return None


def _meet(one: Grid, other: Grid) -> bool:
    try:
        return any(one.clip(box) is not None for box in other.boxes_in(one.crs))
    except NoWay:
        return False


def _between(one: Grid, other: Grid) -> tuple[float, float]:
    """Metres between the middles of two images, and half the diagonal of the larger one; 0 where nobody can tell."""
    boxes = [box for grid in (one, other) if (box := _degrees(grid))]
    if len(boxes) < 2:
        return 0.0, 0.0
    geod = Geod(ellps="WGS84")
    (x0, y0), (x1, y1) = (((left + right) / 2, (bottom + top) / 2) for left, bottom, right, top in boxes)
    reach = max(geod.inv(*box)[2] / 2 for box in boxes)
    return float(geod.inv(x0, y0, x1, y1)[2]), float(reach)
