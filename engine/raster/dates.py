"""Images of one place at several dates, read as one whose bands say which date they are of."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from ..cards.band_names import called, canonical, same_band
from ..errors import InputError
from .image import Image, ImageBand, open_image

__all__ = ["open_dates"]


def open_dates(dates: Sequence[Sequence[str]], *, bands: Sequence[str] | None = None) -> Image:
    """Open the images of several dates as one, on the pixels of the newest.

    What only the newest has and is no band of a sensor does not change, such as heights: it stands at date 0 alone.

    Parameters
    ----------
    dates : sequence of sequence of str
        The files of each date, the newest first; see `open_image`.
    bands : sequence of str, optional
        See `open_image`; of each date.

    Returns
    -------
    Image
        Its bands are those of the newest date, then those of the one before in the same order, and so on. All dates
        have the same.

    Raises
    ------
    InputError
        As `open_image` does; if the dates are not in order, show different places, or have different bands.
    """
    with ExitStack() as stack:
        images = [stack.enter_context(open_image(files, bands=bands)) for files in dates]
        if len(images) > 1:
            return _together(images)
        stack.pop_all()
        return images[0]


def _together(images: Sequence[Image]) -> Image:
    newest, *others = images
    changing: list[ImageBand] | None = None
    marked, chosen = [], [*newest.bands]
    for date, image in enumerate(others, start=1):
        _check_order(images[date - 1], image)
        if not image.grid.may_meet(newest.grid):
            raise InputError(f"{image.label} shows another place than {newest.label}; give images of one place.")
        pairs = {band: own for band in newest.bands if (own := _same(image, band)) is not None}
        _check_bands(newest, image, pairs)
        if changing is not None and changing != [*pairs]:
            raise InputError(
                f"{image.label} has other bands than {others[0].label}; give the same bands of each date.",
                field="bands",
            )
        changing = [*pairs]
        marked.append(image.of_date(date, {own: band.name for band, own in pairs.items()}))
        chosen += [ImageBand(band.name, band.units, band.nanometres, date) for band in pairs]
    return newest.with_dates(marked, chosen)


def _same(image: Image, band: ImageBand) -> ImageBand | None:
    """An image's band that is one of another date; the very name counts before one that means the same."""
    same = [own for own in image.bands if same_band(own.name, band.name)]
    same.sort(key=lambda own: own.name != band.name)
    return same[0] if same else None


def _check_order(newer: Image, older: Image) -> None:
    if newer.acquired and older.acquired and older.acquired > newer.acquired:
        raise InputError(
            f"{older.label} was taken on {older.acquired:%Y-%m-%d}, after {newer.label} ({newer.acquired:%Y-%m-%d}); "
            "give the newest image first."
        )


def _check_bands(newest: Image, older: Image, pairs: dict[ImageBand, ImageBand]) -> None:
    """See that an older image has all that changes, in the units of the newest."""
    for band in newest.bands:
        own = pairs.get(band)
        if own is None and (canonical(band.name) is not None or not pairs):
            raise InputError(
                f"{older.label} has no {called(band.name)}, which {newest.label} has; give the same bands of each "
                "date, or name them, and 'skip' those to leave out.",
                field="bands",
            )
        if own is not None and own.units != band.units:
            raise InputError(
                f"{older.label} holds {called(band.name)} as {own.units} and {newest.label} as {band.units}; give "
                "images of one kind."
            )
