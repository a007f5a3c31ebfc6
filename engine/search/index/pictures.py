"""An image as a screen shows it: three colours in 0..255, chosen by its bands and stretched over the whole image."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ...cards.band_names import same_band
from ...errors import InputError
from ...raster.grid import Grid
from ...raster.image import Image, ImageBand, open_image
from .manifest import Source
from .named import refuse_strange

__all__ = ["Composite", "Picture", "Pictures", "choose_composite", "open_picture"]

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

PERCENTILES = (2, 98)
DISPLAY_RANGE = (0.0, 255.0)
# The least that 0..255 must span: a stretch of less would show nothing but noise.
LEAST_SPAN = {"reflectance": 0.05, "db": 5.0}
# Red, green and blue where so many bands without names are all of Sentinel-2's, those of level 2A, or without 60 m.
COLOURS_OF = {13: (3, 2, 1), 12: (3, 2, 1), 10: (2, 1, 0)}
# Nanometres of Sentinel-2's, for bands of which only the wavelength is known, and how far off they may be.
WAVELENGTHS = {"red": 665.0, "green": 560.0, "blue": 490.0, "nir": 842.0}
FARTHEST = 40.0
PATCH, PATCHES = 64, 8  # pixels of the sample's windows, and how many of them there are down and across
ENOUGH = 1000  # observed pixels
SEARCH_ROWS, MOST_SEARCHES = 256, 1000
MOST_PICTURES = 256
MOST_TIMES = 4  # larger or smaller pixels of an image that was changed are still shown


@dataclass(frozen=True, slots=True)
class Composite:
    """What is shown as red, green and blue.

    Attributes
    ----------
    names : tuple of str
        For people.
    bands : tuple of int
        Numbers of the image's bands, from 0; where there are two, the third colour is their difference (in dB the
        ratio of two polarisations).
    units : str
    note : str, optional
        What was assumed.
    """

    names: tuple[str, ...]
    bands: tuple[int, ...]
    units: str
    note: str | None = None

    def of(self, values: Floats) -> Floats:
        """float32 [3, H, W] of the bands' values float32 [len(bands), H, W]."""
        if len(values) == 1:
            return np.repeat(values, 3, axis=0)
        return np.stack([values[0], values[1], values[0] - values[1]]) if len(values) == 2 else values


def choose_composite(bands: Sequence[ImageBand], label: str) -> Composite:
    """The composite of an image by its sensor's bands: true colour, VV-VH-ratio, or what comes closest.

    Colours are told by the names of bands, else by their wavelengths. Bands without either are taken in file order
    where there are three or more, which is what aerial imagery means, and as Sentinel-2's where there are just as many.
    """
    names = [band.name for band in bands]

    def find(wanted: str) -> int | None:
        named = next((number for number, name in enumerate(names) if same_band(name, wanted)), None)
        return _nearest(bands, wanted) if named is None else named

    for wanted in (("red", "green", "blue"), ("nir", "red", "green"), ("VV", "VH"), ("HH", "HV")):
        numbers = [number for number in map(find, wanted) if number is not None]
        if len(numbers) == len(wanted):
            shown = tuple(names[number] for number in numbers)
            shown = shown if len(shown) == 3 else (*shown, f"{shown[0]} - {shown[1]}")
            note = (
                None
                if wanted[0] == "red" or len(wanted) == 2
                else f"{label} has no blue band: it is shown in false colours."
            )
            return Composite(shown, tuple(numbers), bands[numbers[0]].units, note)
    if len(bands) in COLOURS_OF and names == [f"band {number}" for number in range(1, len(bands) + 1)]:
        colours = COLOURS_OF[len(bands)]
        shown = tuple(names[number] for number in colours)
        note = (
            f"{label} does not name its bands: {', '.join(shown)} are shown as red, green and blue, as of Sentinel-2."
        )
        return Composite(shown, colours, bands[colours[0]].units, note)
    if len(bands) >= 3:
        note = f"The bands of {label} have no names of colours: the first three are shown as red, green and blue."
        return Composite(tuple(names[:3]), (0, 1, 2), bands[0].units, None if len(bands) == 3 else note)
    return Composite((names[0],) * 3, (0,), bands[0].units)


def _nearest(bands: Sequence[ImageBand], colour: str) -> int | None:
    """Number of the band whose wavelength is nearest to that of a colour."""
    wanted = WAVELENGTHS.get(colour)
    if wanted is None:
        return None
    off = {number: abs(band.nanometres - wanted) for number, band in enumerate(bands) if band.nanometres is not None}
    best = min(off, key=lambda number: off[number], default=None)
    return best if best is not None and off[best] <= FARTHEST else None


class Picture:
    """An image that is read in colours, on its own pixels averaged in blocks.

    Read it from one thread at a time; use it in a `with` statement, or close it.

    Parameters
    ----------
    image : Image
    stretch : sequence of (low, high), optional
        A stretch that was settled before. Default: `settle_stretch` makes one.
    """

    def __init__(self, image: Image, stretch: Sequence[tuple[float, float]] | None = None) -> None:
        self.image, self.grid = image, image.grid
        self.composite = choose_composite(image.bands, image.label)
        self.stretch = None if stretch is None else tuple(stretch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file handles back."""
        self.image.close()

    def show_as(self, names: Sequence[str], numbers: Sequence[int]) -> None:
        """Show the bands that were settled before, which another version may have chosen, if they are still there."""
        bands = dict(enumerate(self.image.bands))
        held = [bands[number].name for number in numbers if number in bands]
        if 1 <= len(numbers) <= 3 and held == list(names[: len(numbers)]):
            self.composite = Composite(tuple(names), tuple(numbers), bands[numbers[0]].units)

    def settle_stretch(self, grid: Grid) -> None:
        """Choose what becomes 0 and 255, from windows spread over the image on its working grid.

        Pictures for a screen are shown as they are; everything else from its 2nd to its 98th percentile, per colour.
        """
        if self.composite.units == "display":
            self.stretch = (DISPLAY_RANGE,) * 3
            return
        samples = self._sample(grid)
        least = LEAST_SPAN.get(self.composite.units, 0.0)
        stretch = []
        for values in samples:
            low, high = (float(value) for value in np.percentile(values, PERCENTILES)) if len(values) else (0.0, 1.0)
            short = max(least - (high - low), 0.0)
            low, high = low - short / 2, high + short / 2
            stretch.append((low, high if high > low else low + 1.0))
        self.stretch = tuple(stretch)

    def read(self, grid: Grid) -> tuple[Bytes, NDArray[np.bool_]]:
        """Colours uint8 [H, W, 3] (0 where not observed) and bool [H, W]: what was observed.

        Raises
        ------
        InputError
            If the image cannot be read to its end.
        """
        values = self.composite.of(self.image.read(grid, self.composite.bands))
        observed = np.asarray(~np.isnan(values).any(axis=0))
        colours = np.zeros((*observed.shape, 3), np.uint8)
        for number, (low, high) in enumerate(self.stretch or (DISPLAY_RANGE,) * 3):
            scaled = (values[number] - np.float32(low)) * np.float32(255 / (high - low))
            scaled[~observed] = 0
            colours[..., number] = np.rint(np.clip(scaled, 0, 255, out=scaled), out=scaled)
        return colours, observed

    def _sample(self, grid: Grid) -> Floats:
        """float32 [3, n]: some observed pixels, always the same ones."""
        rows, columns = (_starts(length) for length in grid.shape)
        height, width = min(PATCH, grid.height), min(PATCH, grid.width)
        windows = [grid.window(row, column, height, width) for row in rows for column in columns]
        pixels = np.concatenate([self._observed(window) for window in windows], axis=1)
        for window in _searched(grid):  # hardly a pixel there: search from the top
            if pixels.shape[1] >= min(ENOUGH, grid.height * grid.width):
                break
            pixels = np.concatenate([pixels, self._observed(window)], axis=1)
        return pixels

    def _observed(self, grid: Grid) -> Floats:
        values = self.composite.of(self.image.read(grid, self.composite.bands)).reshape(3, -1)
        return values[:, ~np.isnan(values).any(axis=0)]


def open_picture(
    files: Sequence[str], names: Sequence[str] | None = None, stretch: Sequence[tuple[float, float]] | None = None
) -> Picture:
    """The picture of an image, with the names of its bands and the stretch that were settled before, if they were.

    Raises
    ------
    InputError
        If the image cannot be opened, or an index may not make anybody open it (see `named`).
    """
    refuse_strange(files)
    return Picture(open_image(files, bands=names), stretch)


class Pictures:
    """Opens the images of sources by the source's id; closed pictures cost nothing and open again by themselves."""

    def __init__(self, sources: Mapping[int, Source]) -> None:
        self._sources = sources
        self._open: OrderedDict[int, Picture] = OrderedDict()

    def __getitem__(self, number: int) -> Picture:
        """The picture of a source.

        Raises
        ------
        InputError
            If its files are gone or damaged, or hold an image of other pixels than was indexed.
        """
        if number not in self._open:
            source = self._sources[number]
            picture = open_picture(source.files, source.names, source.stretch)
            if not _alike(picture.grid, source.grid):
                picture.close()
                raise InputError(f"{picture.image.label} has other pixels than when it was indexed; index it again.")
            picture.show_as(source.composite, source.bands)
            self._open[number] = picture
            if len(self._open) > MOST_PICTURES:
                self._open.popitem(last=False)[1].close()
        return self._open[number]

    def close(self) -> None:
        """Give file handles back."""
        for picture in self._open.values():
            picture.close()


def _alike(one: Grid, other: Grid) -> bool:
    """Whether pixels of two grids have about the same size: one of the other may be any number of its own to read."""
    return one.crs == other.crs and all(
        1 / MOST_TIMES <= abs(a / b) <= MOST_TIMES
        for a, b in ((one.transform.a, other.transform.a), (one.transform.e, other.transform.e))
    )


def _searched(grid: Grid) -> Iterator[Grid]:
    """Windows that cover a grid from its top; of one without end some windows all over it."""
    columns = range(0, grid.width, PATCH * PATCH)
    rows = range(0, grid.height, SEARCH_ROWS)
    step = max(len(rows) * len(columns) // MOST_SEARCHES, 1)
    for number in range(0, len(rows) * len(columns), step):
        row, column = rows[number // len(columns)], columns[number % len(columns)]
        yield grid.window(row, column, min(SEARCH_ROWS, grid.height - row), min(columns.step, grid.width - column))


def _starts(length: int) -> list[int]:
    """Where the sample's windows start along one axis, each once."""
    ends = max(length - PATCH, 0)
    return sorted({round(ends * (step + 0.5) / PATCHES) for step in range(PATCHES)})
