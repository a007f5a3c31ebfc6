"""What a Sentinel-1 image says of itself at a glance: its date, orbit, polarisations and place; no pixel is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ._names import Orbit, polarisations_in
from ._placing import facts_of, own_grid, place_of, same_place, union
from ._products import parts_of
from .grid import Grid
from .raster_file import RasterFile
from .sensors import FileFacts, dated, orbit_of

__all__ = ["Glance", "glance"]


@dataclass(frozen=True, slots=True)
class Glance:
    """What one file or product says of itself.

    Attributes
    ----------
    path : str
        As it was given.
    acquired : datetime, optional
        In UTC; midnight where only the day is known.
    dated_by : str, optional
        The folder whose name is all that tells `acquired`.
    orbit : Orbit, optional
    polarisations : tuple of str
        Those that names tell, in their order; none where they are silent.
    grid : Grid
    """

    path: str
    acquired: datetime | None
    dated_by: str | None
    orbit: Orbit | None
    polarisations: tuple[str, ...]
    grid: Grid

    def covers(self, other: Glance) -> bool:
        """Whether both show the same ground, rather than lie side by side."""
        return same_place(self.grid, other.grid)


def glance(path: str) -> Glance:
    """Look at the headers of a file or a product.

    Raises
    ------
    InputError
        If it is missing, no raster, or has no place on the Earth.
    """
    opened = []
    for part in parts_of(path):
        opened.append(RasterFile(part))
        opened[-1].close()
    facts = [facts_of(file, sampled=False) for file in opened]
    dates = sorted((date, folder or "") for date, folder in map(dated, facts) if date)
    acquired, folder = dates[0] if dates else (None, "")
    orbit = next((orbit for file in facts if (orbit := orbit_of(file))), None)
    grid = union([own_grid(file, place_of(file)) for file in opened])
    return Glance(path, acquired, folder or None, orbit, _polarisations(facts), grid)


def _polarisations(files: list[FileFacts]) -> tuple[str, ...]:
    named: set[str] = set()
    for file in files:
        if file.product is not None:
            named.add(file.product.polarisation)
            continue
        texts = [polarisations_in(text) for text in file.descriptions]
        held = set().union(*(names for names in texts if len(names) == 1))
        named |= held or polarisations_in(file.path.rpartition("/")[2])
    return tuple(sorted(named, reverse=True))
