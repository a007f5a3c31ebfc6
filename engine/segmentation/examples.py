"""What a model learns from: the images, their labels, and the windows of both."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..cards.band_names import called, same_band
from ..cards.card import BandSpec
from ..cards.classes import NODATA
from ..errors import InputError
from ..jobs.report import Report
from ..jobs.requests import TrainRequest
from ..raster.dates import open_dates
from ..raster.grid import Grid
from ..raster.image import Image, ImageBand
from .inputs import OFF, ground_metres
from .labels import LabelSet, read_labels
from .seen import Seen, learnable
from .splits import Side, Split, split

__all__ = ["Example", "Examples", "Place", "band_order", "normalised", "robust_specs"]

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]

LIMIT_BYTES = 2**30  # of imagery in memory: 22 million pixels of 12 bands, more than anybody draws
LOW, HIGH = 2.0, 98.0  # per cent: what lies beyond is clipped before the mean is taken
JULY = 6
SEARCHED = 128  # pixels of the windows in which bands without data are looked for
MOST_SAMPLED = 4_000_000  # values of a band that its statistics are taken of


@dataclass(frozen=True, slots=True)
class Place:
    """A window of one image, with a margin around the core that it stands for.

    Attributes
    ----------
    image : int
        Index of the image.
    grid : Grid
        The window with its margin, as far as the image reaches.
    core : tuple of slice
        Rows and columns of the core within the window.
    """

    image: int
    grid: Grid
    core: tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Example:
    """A window's pixels.

    Attributes
    ----------
    image : float32[C, H, W]
        In the bands' units; NaN where not observed.
    labels : uint8[H, W]
        Class ids; 255 in the margin, where nobody labelled and where nothing was observed.
    """

    image: Floats
    labels: Labels

    def observed(self) -> Example:
        """The same without labels where nothing was observed."""
        unseen = np.isnan(self.image).all(axis=0)
        return replace(self, labels=np.where(unseen, np.uint8(NODATA), self.labels)) if unseen.any() else self


class Examples(ExitStack):
    """The images and labels of one request, split in space, open until the `with` block ends.

    Parameters
    ----------
    request : TrainRequest
    tile : int
        Side in pixels of the blocks of ground by which training and validation are kept apart.

    Attributes
    ----------
    images : list of Image
        Of one date each, or of several that are read together.
    bands : tuple of ImageBand
        That all images have; in the order of the first one, the newest date first.
    labels : LabelSet
        Of the classes that have pixels to learn from.
    split : Split
    gsd_m : float
        Mean side of the pixels on the ground, of all images.
    month : int
        Of the images, 0 to 11: the one in the middle; July where no file tells.
    warnings : list of str
    """

    def __init__(self, request: TrainRequest, tile: int) -> None:
        super().__init__()
        try:
            self._open(request, tile)
        except BaseException:
            self.close()
            raise

    def _open(self, request: TrainRequest, tile: int) -> None:
        labels = read_labels(request.labels, request.class_field, buffer_m=request.buffer_m)
        self.images: list[Image] = [
            self.enter_context(open_dates(dates, bands=request.bands)) for dates in request.places()
        ]
        self.bands: tuple[ImageBand, ...] = self.images[0].bands
        self._orders = [band_order(image, self.images[0]) for image in self.images]
        grids = [image.grid for image in self.images]
        seen = Seen(self.images, self._orders)
        self.labels: LabelSet
        self.labels, left_out = learnable(labels.over(grids), self.images, seen)
        self.split: Split = split(self.labels, grids, tile, seed=request.seed, seen=seen)
        sides = [ground_metres(grid) for grid in grids]
        self.gsd_m = float(np.mean(sides))
        months = sorted(image.acquired.month - 1 for image in self.images if image.acquired)
        self.month = months[len(months) // 2] if months else JULY
        self.warnings = list(dict.fromkeys(note for image in self.images for note in image.notes))
        self.warnings += [*self.labels.warnings, *left_out, *self.split.warnings]
        if max(sides) > OFF * min(sides):
            self.warnings.append(
                f"The images have pixels of {min(sides):.3g} to {max(sides):.3g} m: one model for such unlike images "
                "is less accurate; resample them to one size, or train a model for each."
            )

    def choose(self, wanted: Sequence[int]) -> None:
        """Go on with some of the bands only, or in another order.

        Parameters
        ----------
        wanted : sequence of int
            Their places in `bands`.
        """
        self.bands = tuple(self.bands[index] for index in wanted)
        self._orders = [[order[index] for index in wanted] for order in self._orders]

    def leave_out_unseen(self, report: Report) -> None:
        """Go on without the bands that show nothing where the labels are, and say which.

        Spectrometers have such bands where the air swallows the light, stacks of dates where one was clouded.
        """
        unseen = list(range(len(self.bands)))
        for place in self.places(SEARCHED, 0):
            report.check_cancelled()
            labelled = self.labels_on(place, self.labels) != NODATA
            if labelled.any():
                order = self._orders[place.image]
                values = self.images[place.image].read(place.grid, [order[band] for band in unseen])[:, labelled]
                unseen = [band for band, plane in zip(unseen, values, strict=True) if not np.isfinite(plane).any()]
            if not unseen:
                return
        # Of several dates all or none: a network compares them.
        left = {self.bands[band].name for band in unseen}
        kept = [index for index, band in enumerate(self.bands) if band.name not in left]
        if kept:  # else nothing at all was observed there, which is told where it is learned from
            names = list(dict.fromkeys(band.name for band in self.bands))
            self.choose(kept)
            self.warnings.append(
                f"{len(left)} of {len(names)} bands show nothing where the labels are and were left out:"
                f" {', '.join(name for name in names if name in left)}."
            )

    def places(self, side: int, margin: int) -> list[Place]:
        """The windows of `side` pixels that labels touch, with margins, of all images."""
        placed = []
        for index, image in enumerate(self.images):
            for row, column, height, width in self.labels.windows(image.grid, side):
                placed.append(_place(index, image.grid, (row, column, height, width), margin))
        return placed

    def labelled(self, place: Place, side: LabelSet | Side) -> bool:
        """Whether a window's core holds labels of a side."""
        return bool((self.labels_on(place, side) != NODATA).any())

    def read(self, place: Place, side: LabelSet | Side) -> Example:
        """One window with the labels of one side of the split, or of both."""
        return Example(self._pixels(place), self.labels_on(place, side)).observed()

    def load(
        self, places: Sequence[Place], side: LabelSet | Side, report: Report, seed: int
    ) -> list[tuple[Place, Example]]:
        """The windows that hold labels of a side, as many as memory should hold; chance decides which, by `seed`."""
        order = np.random.default_rng([seed, 5]).permutation(len(places))
        read: list[tuple[int, Example]] = []
        size = 0
        for index in order.tolist():
            report.check_cancelled()
            labels = self.labels_on(places[index], side)
            if (labels == NODATA).all():
                continue
            if size > LIMIT_BYTES:
                report.message(
                    f"The labelled ground is larger than {LIMIT_BYTES / 2**30:g} GiB of imagery: a part of it, chosen "
                    "by chance, is learned from."
                )
                break
            example = Example(self._pixels(places[index]), labels).observed()
            if (example.labels != NODATA).any():
                read.append((index, example))
                size += example.image.nbytes
        return [(places[index], example) for index, example in sorted(read, key=lambda item: item[0])]

    def labels_on(self, place: Place, side: LabelSet | Side) -> Labels:
        """uint8[H, W]: class ids of a side within the window's core; 255 elsewhere."""
        labels = np.full(place.grid.shape, NODATA, np.uint8)
        labels[place.core] = side.rasterise(place.grid)[place.core]
        return labels

    def _pixels(self, place: Place) -> Floats:
        return self.images[place.image].read(place.grid, self._orders[place.image])


def normalised(image: Floats, specs: Sequence[BandSpec]) -> Floats:
    """(value - mean) / std of float32[C, H, W] or [N, C, H, W]; NaN stays."""
    mean, std = (np.array([getattr(spec, name) for spec in specs], np.float32) for name in ("mean", "std"))
    shape = (-1, 1, 1)
    return np.asarray((image - mean.reshape(shape)) / std.reshape(shape))


def robust_specs(bands: Sequence[ImageBand], examples: Sequence[Example], seed: int) -> tuple[BandSpec, ...]:
    """Mean and standard deviation of each band, after clipping at its 2nd and 98th percentile.

    Those of a band at several dates are one, of all dates: what changed between them shall stay.

    Bright clouds and single wild values shift a plain mean; the clipped one they leave as it is. A band without any
    spread is divided by 1.

    Raises
    ------
    InputError
        If a band was observed nowhere.
    """
    share = min(1.0, MOST_SAMPLED / max(sum(example.labels.size for example in examples), 1))
    source = np.random.default_rng([seed, 6])
    pixels = np.concatenate(
        [example.image[:, source.random(example.labels.shape) < share] for example in examples], axis=1
    )
    specs = []
    for band in bands:
        same = [index for index, other in enumerate(bands) if other.name == band.name]
        seen = pixels[same][np.isfinite(pixels[same])].astype(np.float64)
        if not seen.size:
            raise InputError(
                f"The training labels lie where {called(band.name)} shows nothing; name the bands, and 'skip' it.",
                field="bands",
            )
        clipped = np.clip(seen, *np.percentile(seen, (LOW, HIGH)))
        mean, std = float(clipped.mean()), float(clipped.std())
        std = std if std > 1e-6 * max(abs(mean), 1e-6) else 1.0
        specs.append(BandSpec(band.name, band.units, mean, std, band.date))
    return tuple(specs)


def band_order(image: Image, first: Image) -> list[int]:
    """Index in an image's bands of each of the first image's.

    Raises
    ------
    InputError
        If it lacks one, or has it in other units.
    """
    order = []
    for band in first.bands:
        same = [index for index, own in enumerate(image.bands) if own == band]
        same += [
            index for index, own in enumerate(image.bands) if own.date == band.date and same_band(own.name, band.name)
        ]
        if not same:
            raise InputError(
                f"{image.label} has no {called(band.name)}, which {first.label} has; give images of the same bands, or "
                "name the bands, and 'skip' those to leave out.",
                field="bands",
            )
        if image.bands[same[0]].units != band.units:
            raise InputError(
                f"{image.label} holds {band.name} as {image.bands[same[0]].units} and {first.label} as {band.units}; "
                "give images of one kind."
            )
        order.append(same[0])
    return order


def _place(index: int, grid: Grid, window: tuple[int, int, int, int], margin: int) -> Place:
    row, column, height, width = window
    top, left = max(row - margin, 0), max(column - margin, 0)
    bottom, right = min(row + height + margin, grid.height), min(column + width + margin, grid.width)
    core = slice(row - top, row - top + height), slice(column - left, column - left + width)
    return Place(index, grid.window(top, left, bottom - top, right - left), core)
