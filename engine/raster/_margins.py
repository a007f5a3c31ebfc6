"""The margins of an image: what lies before the first and after the last observation of each row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_COLUMNS", "Margins"]

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Columns = NDArray[np.int32]

ROWS = 64  # looked at together: files in tiles are decoded once, out of GDAL's cache
COLUMNS, MOST_COLUMNS = 64, 8192  # looked at first, and at most at a time where these show nothing
LOOKS = 9  # groups of rows, spread over the image, that tell whether there is a margin at all


class Margins:
    """Where the rows of an image begin and end, which is found when they are first asked for.

    A row begins at its first pixel that can be an observation. Footprints of Sentinel-1 lie aslant on a map, so every
    edge of one is met along rows. Two numbers are kept for each row, whatever the width.

    Parameters
    ----------
    observed : callable
        (row, column, height, width) -> bool [height, width]: which pixels can be observations.
    height, width : int
    """

    def __init__(self, observed: Callable[[int, int, int, int], Mask], height: int, width: int) -> None:
        self._observed, self._height, self._width = observed, height, width
        self._known: dict[int, tuple[Columns, Columns]] = {}

    def clear(self, row: int, column: int, values: Floats) -> None:
        """Make what lies in the margins NaN in a window [bands, height, width], which may reach beyond the image."""
        height, width = values.shape[1:]
        top, bottom = max(row, 0), min(row + height, self._height)
        columns = np.arange(column, column + width, dtype=np.int32)
        for group in range(top // ROWS, -(-bottom // ROWS)):
            first, last = self._group(group)
            start, stop = max(top, group * ROWS), min(bottom, (group + 1) * ROWS)
            here = slice(start - group * ROWS, stop - group * ROWS)
            if (first[here] <= column).all() and (last[here] >= column + width).all():
                continue
            outside = (columns < first[here, None]) | (columns >= last[here, None])
            values[:, start - row : stop - row][:, outside] = np.nan

    def looked_at(self) -> list[tuple[int, Columns, Columns]]:
        """Some groups of rows, spread over the image, as first row, and first and last (exclusive) column of each."""
        groups = -(-self._height // ROWS)
        chosen = sorted({round(part) for part in np.linspace(0, groups - 1, min(LOOKS, groups))})
        return [(group * ROWS, *self._group(group)) for group in chosen]

    def _group(self, group: int) -> tuple[Columns, Columns]:
        if group not in self._known:
            top = group * ROWS
            height = min(ROWS, self._height - top)
            first = self._first(top, height, turned=False)
            empty = first >= self._width
            last = np.zeros(height, np.int32) if empty.all() else self._width - self._first(top, height, turned=True)
            self._known[group] = first, np.maximum(last, first)
        return self._known[group]

    def _first(self, top: int, height: int, *, turned: bool) -> Columns:
        """How many columns each row has before its first observation, counted from the right if `turned`."""
        found = np.full(height, self._width, np.int32)
        column, step = 0, COLUMNS
        while column < self._width:
            step = min(step, self._width - column)
            start = self._width - column - step if turned else column
            observed = self._observed(top, start, height, step)
            observed = observed[:, ::-1] if turned else observed
            here = observed.any(axis=1) & (found == self._width)
            found[here] = column + observed[here].argmax(axis=1)
            column += step
            if (found < self._width).all():
                break
            step = min(2 * step, MOST_COLUMNS)
        return found
