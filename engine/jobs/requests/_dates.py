"""Images of places at several dates, as requests hold them: a list of images, and of which date each is."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import RequestError

__all__ = ["check_dates", "most_dates", "places"]

Images = Sequence[tuple[str, ...]]


def places(images: Images, dates: Sequence[int]) -> list[list[tuple[str, ...]]]:
    """The images of each place, the newest first.

    Parameters
    ----------
    images : sequence of tuple of str
        The files of each.
    dates : sequence of int
        Of each image: 0 begins a place, whose older images follow: 1 is the one before, and so on. Empty: all are
        places of one date.
    """
    places: list[list[tuple[str, ...]]] = []
    for image, date in zip(images, dates or (0,) * len(images)):
        if date == 0:
            places.append([])
        places[-1].append(image)
    return places


def most_dates(dates: Sequence[int]) -> int:
    """Of how many dates the images of a place are, at most."""
    return 1 + max(dates, default=0)


def check_dates(images: Images, dates: Sequence[int]) -> None:
    """See that there are images, with files, and that those of each place are of as many dates, in order.

    Raises
    ------
    RequestError
        If they are not.
    """
    if not images or not all(image and all(image) for image in images):
        raise RequestError("images names no image, or one without files; give at least one.")
    counted = dates or (0,) * len(images)
    in_order = all(date in (0, before + 1) for before, date in zip((-1, *counted), counted))
    if len(counted) != len(images) or not in_order:
        raise RequestError("dates are not those of the images: 0 for the newest of a place, then 1, 2, one each.")
    most = most_dates(dates)
    if any(len(place) != most for place in places(images, dates)):
        told = f"Some places have images of {most} dates, and some of fewer; give as many of each."
        raise RequestError(told, field="dates")
