"""The layers of an image: what each file adds to it, with the names and units of its bands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..cards.band_names import POLARISATIONS, called, canonical
from ..errors import InputError
from ._backscatter import backscatter
from ._optical import BandReading, band_names, palette_of, readings
from ._placing import facts_of, own_grid, place_of, same_place
from ._spectra import wavelengths
from ._warp import Place, Plane, plane_on
from .grid import Grid
from .raster_file import RasterFile
from .sensors import FileProfile, Remedy, told_bands, with_units
from .source import GEOCODING_NOTE

__all__ = ["ImageBand", "Layer", "Numbers", "layers_of"]

Floats = NDArray[np.float32]

MOST_COMPARED = 64  # files, each with each other: more are the tiles of a mosaic
BACKSCATTER = POLARISATIONS[:2]  # the others stay numbers as they are
# Of whole numbers in 16 bits, as far as several bands are zero together; a height of 0 m alone is one.
FILLED_WITH_ZERO, FEWEST_FILLED = ("uint16", "int16"), 3
UNITS = {"reflectance": "reflectance", "db": "backscatter", "display": "8-bit grey levels", "dn": "plain numbers"}
# No request on images of any sensor has a field for units of backscatter, but the names of bands tell them too.
NAME_UNITS = Remedy("say its units in the names of its bands, such as 'VV power'")


@dataclass(frozen=True, slots=True)
class ImageBand:
    """One band of an image.

    Attributes
    ----------
    name : str
        Canonical ('B04', 'VV', 'red'; see `engine.cards.band_names`), else the band's own or 'band 1'.
    units : {'reflectance', 'db', 'display', 'dn'}
        Reflectance from 0 to about 1 (Sentinel-2's offset removed), backscatter in dB, grey levels 0 to 255, or the
        file's own numbers.
    nanometres : float, optional
        The wavelength, where the file tells it; bands are the same without regard to it.
    date : int
        Of which image of several: 0 is the newest, 1 the one before (see `engine.raster.dates`).
    """

    name: str
    units: str
    nanometres: float | None = field(default=None, compare=False)
    date: int = 0


PICTURE = tuple(ImageBand(name, "display") for name in ("red", "green", "blue"))


class _Window(Protocol):
    """Pixels of some bands of a file, in their units."""

    def __call__(self, row: int, column: int, height: int, width: int) -> Floats: ...

    def some(self, wanted: Sequence[int]) -> _Window:
        """The same of some of the bands, in the order wanted."""


@dataclass(frozen=True)
class Layer:
    """Some bands of one file: which of the image's they are, and how they are read."""

    file: RasterFile
    grid: Grid
    place: Place
    bands: tuple[ImageBand, ...]
    window: _Window
    decibel: bool = False

    def on(self, grid: Grid, wanted: Sequence[int]) -> Floats:
        """Some of the bands on a grid, in their units."""
        window = self.window if list(wanted) == list(range(len(self.bands))) else self.window.some(wanted)
        values = plane_on(Plane(self.place, self.file.width, self.file.height, len(wanted), window, "bilinear"), grid)
        if self.decibel:
            # Interpolated as power, given in dB.
            np.log10(values, out=values)
            values *= np.float32(10)
        return values


@dataclass(frozen=True)
class _Power:
    """Windows of backscatter in linear power (grey levels of a picture)."""

    window: Callable[[int, int, int, int], Floats]
    wanted: tuple[int, ...] | None = None

    def some(self, wanted: Sequence[int]) -> _Power:
        return _Power(self.window, tuple(wanted))

    def __call__(self, row: int, column: int, height: int, width: int) -> Floats:
        values = self.window(row, column, height, width)
        return values if self.wanted is None else values[list(self.wanted)]


@dataclass(frozen=True)
class Numbers:
    """Windows of a file's numbers, scaled to their units.

    Pixels are not observed where all of `filled` are zero: numbers of bands of the file, none if zeros count.
    """

    file: RasterFile
    bands: tuple[BandReading, ...]
    filled: tuple[int, ...]

    def some(self, wanted: Sequence[int]) -> Numbers:
        return replace(self, bands=tuple(self.bands[band] for band in wanted))

    def __call__(self, row: int, column: int, height: int, width: int) -> Floats:
        numbers = [self.file.bands[band.index] for band in self.bands]
        values = self.file.window(numbers, row, column, height, width)
        if self.filled:
            zero = ~values[[band in self.filled for band in numbers]].any(axis=0)
            if zero.any():
                others = [band for band in self.filled if band not in numbers]
                if others:
                    zero &= ~self.file.window(others, row, column, height, width).any(axis=0)
                for band, number, plane in zip(self.bands, numbers, values, strict=True):
                    # What lies beside them, such as heights, goes with them; a band of another date may be there.
                    if number in self.filled or canonical(band.name) is None:
                        plane[zero] = np.nan
        for band, plane in zip(self.bands, values, strict=True):
            if band.scale != 1:
                plane *= np.float32(band.scale)
            if band.offset:
                plane += np.float32(band.offset)
        return values


@dataclass(frozen=True)
class _Palette:
    """Windows of a picture with a palette, in its colours."""

    file: RasterFile
    colours: Floats
    wanted: tuple[int, ...] = (0, 1, 2)

    def some(self, wanted: Sequence[int]) -> _Palette:
        return replace(self, wanted=tuple(wanted))

    def __call__(self, row: int, column: int, height: int, width: int) -> Floats:
        (numbers,) = self.file.window(self.file.bands, row, column, height, width)
        known = (numbers >= 0) & (numbers < len(self.colours))
        values: Floats = self.colours[np.where(known, numbers, 0).astype(np.intp)]
        values[~known] = np.nan
        return np.ascontiguousarray(values.transpose(2, 0, 1)[list(self.wanted)])


def layers_of(
    files: Sequence[RasterFile],
    bands: Sequence[str] | None,
    notes: list[str],
    picture: bool,
    removed: float | None,
) -> list[Layer]:
    """What some files hold, a layer for each kind of bands; `notes` gets what was assumed, one sentence each.

    Parameters and errors as of `engine.raster.image.open_parts`.
    """
    _settle_alpha(files, bands, notes)
    told = told_bands([facts_of(file, sampled=False) for file in files], bands)
    palettes = [None if own else palette_of(file, picture=picture) for file, own in zip(files, told, strict=True)]
    named = [
        [None] if colours is not None else band_names(file, own, notes)
        for file, own, colours in zip(files, told, palettes, strict=True)
    ]
    places = [place_of(file) for file in files]
    grids = [own_grid(file, place) for file, place in zip(files, places, strict=True)]
    _note_double(files, named, grids, notes)
    names = _numbered(files, named, grids, notes)
    profiles = _profiles(files, names, notes)
    layers: list[Layer] = []
    for index, numbers in enumerate(readings(files, names, notes, removed)):
        where = files[index], grids[index], places[index]
        if (colours := palettes[index]) is not None:
            notes.append(f"{files[index].label} is a picture with a palette: it was taken as red, green and blue.")
            layers.append(Layer(*where, PICTURE, _Palette(files[index], colours)))
        if (profile := profiles.get(index)) is not None:
            units = "display" if profile.units == "display" else "db"
            own = tuple(ImageBand(name, units) for name in profile.bands())
            layers.append(Layer(*where, own, _Power(backscatter(files[index], profile).window), units == "db"))
        if numbers:
            waves = wavelengths(files[index])
            own = tuple(ImageBand(band.name, band.units, waves[band.index]) for band in numbers)
            layers.append(Layer(*where, own, Numbers(files[index], tuple(numbers), _filled(files[index], numbers))))
        if files[index].crs is None:
            notes.append(GEOCODING_NOTE.format(label=files[index].label))
    if not layers:
        raise InputError(f"{files[0].label} has no band left to read; name its bands.", field="bands")
    _refuse_mixed_units(layers)
    return layers


def _settle_alpha(files: Sequence[RasterFile], bands: Sequence[str] | None, notes: list[str]) -> None:
    """Read bands that are marked as transparency where as many names were told, or where they show that they are none.

    GDAL marks the fourth band of 8-bit files so, near infrared as well.
    """
    if bands is not None:
        counts = [len(file.band_tags) for file in files]
        if all(count == len(bands) for count in counts) or sum(counts) == len(bands):
            for file in files:
                file.measure_alpha(file.alpha)
        return
    for file in files:
        if file.alpha and (varied := file.varied_alpha()):
            file.measure_alpha(varied)
            names = " and ".join(map(str, varied))
            notes.append(
                f"Band {names} of {file.label} is marked as transparency (alpha) but holds many values: it was taken as"
                " a measurement; if that is wrong, name the bands without it."
            )


def _note_double(
    files: Sequence[RasterFile], named: Sequence[Sequence[str | None]], grids: Sequence[Grid], notes: list[str]
) -> None:
    """Say where files of one ground hold the same bands, as those of several dates do: one of them alone counts."""
    told = [(file, [name for name in own if name], grid) for file, own, grid in zip(files, named, grids, strict=True)]
    for (file, own, grid), (other, names, place) in combinations(told[:MOST_COMPARED], 2):
        if own and own == names and same_place(grid, place):
            notes.append(
                f"{file.label} and {other.label} hold the same bands of the same ground: of each pixel the first that"
                " was observed counts; to use both, as of two dates, put them into one file or name their bands apart."
            )
            return


def _numbered(
    files: Sequence[RasterFile], named: Sequence[Sequence[str | None]], grids: Sequence[Grid], notes: list[str]
) -> list[list[str | None]]:
    """Names with "band 1" and so on where there is none; files over each other are counted on, tiles are not."""
    names: list[list[str | None]] = []
    before: list[tuple[Grid, int]] = []
    for file, own, grid in zip(files, named, grids, strict=True):
        start = 0
        if "" in own:
            start = max((count for other, count in before if same_place(other, grid)), default=0)
            before.append((grid, start + len(own)))
            notes.append(
                f"{file.label} does not name its bands: they are called by their numbers; name them to use models of"
                " other images."
            )
        names.append([f"band {start + band + 1}" if name == "" else name for band, name in enumerate(own)])
    return names


def _profiles(
    files: Sequence[RasterFile], names: Sequence[Sequence[str | None]], notes: list[str]
) -> dict[int, FileProfile]:
    """How to read the backscatter of files that hold some, by the file's index."""
    radar = [index for index, own in enumerate(names) if any(name in BACKSCATTER for name in own)]
    if not radar:
        return {}
    own = [tuple(name if name in BACKSCATTER else None for name in names[index]) for index in radar]
    profiles = with_units([facts_of(files[index]) for index in radar], own, None, notes, NAME_UNITS)
    return dict(zip(radar, profiles, strict=True))


def _filled(file: RasterFile, bands: Sequence[BandReading]) -> tuple[int, ...]:
    """Numbers of the bands that are zero together where a file is filled with zeros; none where zeros may count.

    Reflectance alone, where there is some: what lies beside it may be zero, or another number where it is filled.
    """
    reflectance = [band for band in bands if band.units == "reflectance"]
    numbers = tuple(file.bands[band.index] for band in reflectance or bands)
    whole = all(file.dtypes[number - 1] in FILLED_WITH_ZERO and not file.scaled[number - 1] for number in numbers)
    return numbers if whole and (len(numbers) >= FEWEST_FILLED or reflectance) else ()


def _refuse_mixed_units(layers: Sequence[Layer]) -> None:
    units: dict[str, tuple[str, str]] = {}
    for layer in layers:
        for band in layer.bands:
            first, label = units.setdefault(band.name, (band.units, layer.file.label))
            if first != band.units:
                raise InputError(
                    f"{label} holds {called(band.name)} as {UNITS[first]} but {layer.file.label} as"
                    f" {UNITS[band.units]}; give files of one kind."
                )
