"""What an index says of itself: two JSON files, each replaced as a whole.

`manifest.json` is the truth: which images the index holds, where their tiles lie in the segments, and how many rows of
each segment count. `index.json` repeats for people what the index was made with. `manifest.backup.json` is the manifest
as it was when an image was last finished; it is read where the manifest is damaged.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from affine import Affine

from ...cards.index_files import ABOUT, BACKUP, LARGEST_BYTES, MANIFEST
from ...errors import OutputError
from ...raster.crs import crs_of_text
from ...raster.grid import Grid
from ...raster.sink import atomic
from ...raster.stamps import files_below

__all__ = [
    "FORMAT",
    "About",
    "Manifest",
    "Planned",
    "Segment",
    "Source",
    "bytes_of",
    "remove_index",
    "without_dots",
    "write_about",
]

FORMAT = 2
MOST_FILES_OF_AN_INDEX = 200_000  # its segments and its table


@dataclass(frozen=True, slots=True)
class About:
    """What an index was made with.

    Attributes
    ----------
    name : str
    model, title, fingerprint : str
        Of the dual encoder: its name or folder, its name for people, and the hash that a query's model must have too.
    dimension, side : int
        Length of the vectors; side in pixels of the square tiles that the encoder saw.
    model_gsd_m : float, optional
        Ground sample distance that the model was made for, metres.
    window_m : tuple of float
        Sides of the windows in metres; empty where each image has its own (see `Source.window_m`).
    overlap : float
        Of neighbouring windows, as a share of their side.
    least_observed : float
        Share of a window's pixels that must have been observed.
    """

    name: str
    model: str
    title: str
    fingerprint: str
    dimension: int
    side: int
    model_gsd_m: float | None
    window_m: tuple[float, ...]
    overlap: float
    least_observed: float


@dataclass(frozen=True, slots=True)
class Source:
    """One image of the index.

    Attributes
    ----------
    id : int
        Stands in the tiles' rows; never given twice.
    files : tuple of str
    stamps : tuple of (size, time) or None
        Bytes and nanoseconds of each file when it was read; None where the file system does not tell.
    names : tuple of str, optional
        Band names that the user gave.
    crs, transform, width, height
        The image's grid; the CRS as `EPSG:n` or WKT, the transform as six numbers.
    gsd_m : float
        Ground sample distance at its centre, metres.
    acquired : str, optional
        ISO date and time in UTC.
    composite : tuple of str
        What was shown as red, green and blue.
    bands : tuple of int
        Their numbers in the image, from 0.
    stretch : tuple of (low, high)
        Values that became 0 and 255, per colour.
    window_m : tuple of float
    factor : int
        So many pixels of the image, in each direction, were averaged to one before tiles were cut.
    candidates, position : int
        Windows that there are, and how many of them have been looked at: the image is whole when they are equal.
    runs : tuple of (segment, start, stop)
        Where its tiles lie.
    notes : tuple of str
    replaces : int, optional
        The source that this one takes the place of when it is whole.
    """

    id: int
    files: tuple[str, ...]
    stamps: tuple[tuple[int, int] | None, ...]
    names: tuple[str, ...] | None
    crs: str
    transform: tuple[float, ...]
    width: int
    height: int
    gsd_m: float
    acquired: str | None
    composite: tuple[str, ...]
    bands: tuple[int, ...]
    stretch: tuple[tuple[float, float], ...]
    window_m: tuple[float, ...]
    factor: int
    candidates: int
    position: int = 0
    runs: tuple[tuple[int, int, int], ...] = ()
    notes: tuple[str, ...] = ()
    replaces: int | None = None

    @property
    def grid(self) -> Grid:
        """Where its pixels lie."""
        return Grid(crs_of_text(self.crs), Affine(*self.transform), self.width, self.height)

    @property
    def tiles(self) -> int:
        """How many tiles it has in the index."""
        return sum(stop - start for _, start, stop in self.runs)

    @property
    def whole(self) -> bool:
        """Whether all of its windows have been looked at."""
        return self.position == self.candidates

    @property
    def label(self) -> str:
        """Its name for people."""
        return Path(self.files[0]).stem


@dataclass(frozen=True, slots=True)
class Planned:
    """An image that is still to be read: its files, the band names that the user gave, and the source it replaces."""

    files: tuple[str, ...]
    names: tuple[str, ...] | None = None
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows of tiles that lie in one set of files.

    Attributes
    ----------
    number, count : int
        How many rows count.
    crc : dict of str to str
        By the file's suffix, the CRC-32 of each block of rows that count, eight hexadecimal digits each.
    """

    number: int
    count: int = 0
    crc: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The state of an index.

    Attributes
    ----------
    about : About
    plan : tuple of Planned
    failed : tuple of (files, reason)
        Images that could not be read.
    removed : tuple of files
        What was taken out last, so that a removal that was broken off can be given again.
    sources, segments
    next_source, next_segment : int
        Numbers that were not given yet.
    """

    about: About
    plan: tuple[Planned, ...] = ()
    failed: tuple[tuple[tuple[str, ...], str], ...] = ()
    removed: tuple[tuple[str, ...], ...] = ()
    sources: tuple[Source, ...] = ()
    segments: tuple[Segment, ...] = ()
    next_source: int = 1
    next_segment: int = 1

    @property
    def whole(self) -> bool:
        """Whether nothing is left to be read."""
        return not self.plan and all(source.whole for source in self.sources)

    def with_source(self, source: Source) -> Manifest:
        """The same with a source put in, or in the place of the one of that id."""
        others = tuple(source if other.id == source.id else other for other in self.sources)
        known = any(other.id == source.id for other in self.sources)
        return replace(self, sources=others if known else (*self.sources, source))

    @property
    def served(self) -> tuple[Source, ...]:
        """The sources that a search sees: one that is to replace another waits until it is whole."""
        return tuple(source for source in self.sources if source.whole or source.replaces is None)

    def without(self, ids: set[int]) -> Manifest:
        """This manifest without the sources of these numbers."""
        return replace(self, sources=tuple(source for source in self.sources if source.id not in ids))

    def write(self, folder: Path, *, backup: bool = False) -> None:
        """Replace the manifest in the index's folder.

        Raises
        ------
        OutputError
            If it cannot be written, or would be too long to be read again.
        """
        text = json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode()) > LARGEST_BYTES:
            raise OutputError(f"The index {folder} holds as many images and tiles as it can; build another for more.")
        for name in (MANIFEST, BACKUP) if backup else (MANIFEST,):
            with atomic(folder / name) as part:
                part.write_text(text, encoding="utf-8")


def write_about(folder: Path, about: About) -> None:
    """Write what the index was made with, for people.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    grid = "square windows of equal ground distance, in rows of each image's own pixels"
    with atomic(folder / ABOUT) as part:
        part.write_text(
            json.dumps({"format": FORMAT, **asdict(about), "grid": grid}, ensure_ascii=False, indent=2) + "\n",
            encoding="utf-8",
        )


def remove_index(folder: Path) -> None:
    """Remove what an index consists of, and the folder if nothing else lies in it."""
    for name in (MANIFEST, BACKUP, ABOUT):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "segments", ignore_errors=True)
    with suppress(OSError):
        (folder / "lock").unlink()
        folder.rmdir()


def bytes_of(folder: Path) -> int:
    """What the files of an index take; 0 where nobody knows."""
    try:
        return sum(file.st_size for file in files_below(str(folder), MOST_FILES_OF_AN_INDEX))
    except (OSError, ValueError):
        return 0


def without_dots(path: str) -> str:
    """A file's full path without `..`, as links on the way lead; what is no file's path stays as it is."""
    is_file = Path(path).is_absolute() and not path.startswith("/vsi")
    return os.path.realpath(path) if is_file and ".." in Path(path).parts else path
