"""Labels are worth what the images show of their ground: which labelled pixels were observed, class by class."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..cards.classes import NODATA
from ..errors import InputError
from ..raster.image import Image
from .labels import LabelSet

__all__ = ["WINDOW", "Seen", "learnable"]

WINDOW = 512  # pixels of the windows in which labels are counted

Labels = NDArray[np.uint8]
Place = tuple[int, int, int, int]


class Seen:
    """Which labelled pixels images show; each window is read once, and remembered where it shows not all.

    Parameters
    ----------
    images : sequence of Image
    orders : sequence of sequence of int
        Of each image, the bands that count: a pixel that was observed in any of them is.
    """

    def __init__(self, images: Sequence[Image], orders: Sequence[Sequence[int]]) -> None:
        self._images, self._orders = images, orders
        self._unseen: dict[tuple[int, Place], bytes] = {}  # compressed: nodata lies in few large areas

    def on(self, image: int, place: Place, labels: Labels) -> Labels:
        """The labels of a window (row, column, height, width), uint8 [H, W], without those of unobserved pixels."""
        known = labels != NODATA
        if not known.any():
            return labels
        if (image, place) not in self._unseen:
            unseen = self._read(image, place, known)
            packed = zlib.compress(np.packbits(unseen).tobytes(), 1) if unseen.any() else b""
            self._unseen[image, place] = packed
        packed = self._unseen[image, place]
        if not packed:
            return labels
        bits = np.unpackbits(np.frombuffer(zlib.decompress(packed), np.uint8), count=labels.size)
        return np.where(bits.reshape(labels.shape) > 0, np.uint8(NODATA), labels)

    def _read(self, image: int, place: Place, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """bool [H, W]: labelled pixels that were not observed; one band is read where it shows them all."""
        rows, columns = (np.flatnonzero(known.any(axis=axis)) for axis in (1, 0))
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        grid = self._images[image].grid.window(
            place[0] + int(top), place[1] + int(left), int(bottom - top), int(right - left)
        )
        part = known[top:bottom, left:right].copy()
        for band in self._orders[image]:
            if not part.any():
                break
            part &= np.isnan(self._images[image].read(grid, [band])[0])
        unseen = np.zeros(known.shape, bool)
        unseen[top:bottom, left:right] = part
        return unseen


def learnable(labels: LabelSet, images: Sequence[Image], seen: Seen) -> tuple[LabelSet, list[str]]:
    """The labels of the classes that have observed pixels, and a sentence on each class that has polygons and no pixel.

    Raises
    ------
    InputError
        If fewer than two classes have any.
    """
    drawn, observed = (np.zeros(len(labels.classes), np.int64) for _ in range(2))
    for index, image in enumerate(images):
        for place in labels.windows(image.grid, WINDOW):
            values = labels.rasterise(image.grid.window(*place))
            shown = seen.on(index, place, values)
            for counts, classes in ((drawn, values), (observed, shown)):
                counts += np.bincount(classes.ravel(), minlength=NODATA + 1)[: len(counts)]
    told = []
    for name, polygons, pixels, usable in zip(labels.classes, labels.polygons, drawn, observed, strict=True):
        if polygons and not usable:
            reason = (
                f"nothing was observed on its {pixels} pixels"
                if pixels
                else "polygons of other classes lie on all of its pixels"
            )
            told.append(f"Class '{name}' is left out: {reason}.")
    kept = np.flatnonzero(observed).tolist()
    if len(kept) < 2:
        raise InputError(
            f"The labels of {labels.label} give fewer than two classes to learn"
            f" ({' '.join(told) or 'one alone has pixels on the image'}); label observed ground of two classes or more."
        )
    return (labels if len(kept) == len(labels.classes) else labels.of_classes(kept)), told
