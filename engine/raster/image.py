"""Optical, radar and colour images as users have them: named bands in known units, brought to any grid."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..cards.band_names import called, same_band
from ..cards.card import Card
from ..cards.fitting import misfit
from ..errors import InputError
from ._image_layers import ImageBand, Layer, Numbers, layers_of
from ._placing import facts_of, union
from ._products import image_parts_of
from .areas import mean_pixel_area
from .grid import Grid
from .raster_file import Part, RasterFile
from .sensors import dated

__all__ = ["Image", "ImageBand", "open_image", "open_parts", "order_for"]

Floats = NDArray[np.float32]


class Image:
    """An image, from one file or many; of one date, or of several that are read together.

    Read it from one thread at a time. Use it in a `with` statement, or close it.

    Attributes
    ----------
    grid : Grid
        The lattice of the finest file, extended over all files.
    bands : tuple of ImageBand
    notes : tuple of str
        What was assumed or must be warned of, one sentence each.
    acquired : datetime, optional
        In UTC; of the earliest file.
    label : str
        What messages call it.
    removed : float, optional
        What was subtracted from the numbers of Sentinel-2 (0 or 1000); None where there are none of it.
    """

    def __init__(self, layers: Sequence[Layer], notes: Sequence[str], acquired: datetime | None, label: str) -> None:
        self.bands: tuple[ImageBand, ...] = tuple(dict.fromkeys(band for layer in layers for band in layer.bands))
        self._layers = _finest_first(layers)
        self.grid = union([layer.grid for layer in self._layers])
        self.notes, self.acquired, self.label = tuple(dict.fromkeys(notes)), acquired, label
        taken = [band.removed for layer in layers if isinstance(layer.window, Numbers) for band in layer.window.bands]
        self.removed: float | None = next((value for value in taken if value is not None), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file handles back; the next read opens them again."""
        for layer in self._layers:
            layer.file.close()

    def of_date(self, date: int, names: Mapping[ImageBand, str]) -> Image:
        """The same image, its bands marked with a date of several, and some of them called otherwise."""
        marked = [
            replace(
                layer, bands=tuple(replace(band, date=date, name=names.get(band, band.name)) for band in layer.bands)
            )
            for layer in self._layers
        ]
        return Image(marked, self.notes, self.acquired, self.label)

    def with_dates(self, others: Sequence[Image], bands: Sequence[ImageBand]) -> Image:
        """This image's pixels, with some of its bands and of those of images of other dates."""
        layers = [layer for image in (self, *others) for layer in image._layers]
        notes = [note for image in (self, *others) for note in image.notes]
        whole = Image(layers, notes, self.acquired, self.label)
        whole.bands, whole.grid, whole.removed = tuple(bands), self.grid, self.removed
        return whole

    def read(self, grid: Grid, bands: Sequence[int] | None = None) -> Floats:
        """Bands on a grid.

        Files are laid over each other, the finest first and else in the order they were given: the first observed
        pixel counts. The result does not depend on how a grid is cut into bands of rows.

        Parameters
        ----------
        grid : Grid
        bands : sequence of int, optional
            Indices into `bands`, in the order wanted. Default: all.

        Returns
        -------
        float32 [bands, height, width]
            In the bands' units; NaN where not observed.

        Raises
        ------
        InputError
            If a file cannot be read to its end.
        """
        wanted = [self.bands[band] for band in (range(len(self.bands)) if bands is None else bands)]
        if len(self._layers) == 1:
            return self._layers[0].on(grid, [self._layers[0].bands.index(band) for band in wanted])
        out = np.full((len(wanted), *grid.shape), np.nan, np.float32)
        for layer in self._layers:
            places = [place for place, band in enumerate(wanted) if band in layer.bands]
            if not places or not layer.grid.may_meet(grid):
                continue
            read = layer.on(grid, [layer.bands.index(wanted[place]) for place in places])
            for place, values in zip(places, read, strict=True):
                np.copyto(out[place], values, where=np.isnan(out[place]))
        return out


def open_image(files: Sequence[str], *, bands: Sequence[str] | None = None) -> Image:
    """Open an image of any sensor.

    Parameters
    ----------
    files : sequence of str
        One raster with all bands, bands apart (of one resolution or several), tiles side by side, or all of these;
        Sentinel-2 products (`.SAFE`, its zip), folders with one raster per band, Sentinel-1 products.
    bands : sequence of str, optional
        Names of the bands of each file, or of all files in a row, in place of what the files say; 'skip' leaves one
        out.

    Raises
    ------
    InputError
        If a file is missing, damaged, a class map, or has no place on the Earth; or if files do not go together.
    """
    return open_parts([part for text in files for part in image_parts_of(text)], bands=bands)


def open_parts(
    parts: Sequence[Part],
    *,
    bands: Sequence[str] | None = None,
    picture: bool = False,
    removed: float | None = None,
) -> Image:
    """Open an image of rasters as GDAL opens them.

    Parameters
    ----------
    parts : sequence of Part
    bands : sequence of str, optional
        See `open_image`.
    picture : bool
        Whether a raster with a palette is known to be no class map.
    removed : float, optional
        See `Image.removed`, where the files do not say it. Default: what their dark pixels tell.

    Raises
    ------
    InputError
        As `open_image` does.
    """
    opened: list[RasterFile] = []
    notes: list[str] = []
    try:
        opened.extend(RasterFile(part) for part in parts)  # so that those before one that fails are closed
        layers = layers_of(opened, bands, notes, picture, removed)
        dates = [date for file in opened if (date := dated(facts_of(file, sampled=False))[0])]
        label = opened[0].label if len(opened) == 1 else f"{opened[0].label} and {len(opened) - 1} more"
        return Image(layers, notes, min(dates, default=None), label)
    finally:
        # Handles are opened again by the thread that reads.
        for file in opened:
            file.close()


def order_for(image: Image, card: Card) -> list[int]:
    """Index in `image.bands` of each of a model's bands.

    Raises
    ------
    InputError
        If the image lacks one of them, or has it in other units.
    """
    names = [band.name for band in image.bands]
    dates = 1 + max(band.date for band in image.bands)
    if sentence := misfit(card, names, [band.units for band in image.bands], dates):
        raise InputError(f"{image.label}: {sentence}")
    order = []
    for band in card.bands:
        # The very name counts before one that means the same, such as 'red' for 'B04'.
        same = [index for index, name in enumerate(names) if same_band(name, band.name)]
        same = [index for index in same if image.bands[index].date == band.date]
        if not same:
            raise InputError(f"{image.label} has no {called(band.name)} of each of the {card.dates} dates.")
        same.sort(key=lambda index: (image.bands[index].units != band.units, names[index] != band.name))
        order.append(same[0])
    return order


def _finest_first(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Layers by the size of their pixels, in the order given where these are alike."""
    areas = [mean_pixel_area(layer.grid) if len(layers) > 1 else 1.0 for layer in layers]
    steps = [round(math.log2(area / min(areas)) * 2) for area in areas]
    return tuple(layers[index] for index in sorted(range(len(layers)), key=lambda index: steps[index]))
