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
LOOKS = 5  # groups of rows, spread over the image, that tell whether there is a margin at all


class Margins:
    """Where the rows of an image begin and end, which is found when they are first asked for.

    A row begins at its first pixel that can be an observation. Footprints of Sentinel-1 lie aslant on a map, so every
    edge of one is met along rows. Two numbers are kept for each row, whatever the width.

    Parameters
    ----------
    read : callable
        (row, column, height, width) -> float32 [bands, height, width].
    observed : callable
        float32 [bands, height, width] -> bool [height, width]: which pixels can be observations.
    height, width : int
    """

    def __init__(
        self,
        read: Callable[[int, int, int, int], Floats],
        observed: Callable[[Floats], Mask],
        height: int,
        width: int,
    ) -> None:
        self._read, self._observed, self._height, self._width = read, observed, height, width
        self._known: dict[int, tuple[Columns, Columns]] = {}

    def clear(self, row: int, column: int, values: Floats) -> None:
        """Make what lies in the margins NaN in a window [bands, height, width], which may reach beyond the image."""
        height, width = values.shape[1:]
        top, bottom = max(row, 0), min(row + height, self._height)
        if bottom <= top:
            return
        if column <= 0 and column + width >= self._width:
            whole = values[:, top - row : bottom - row, -column : self._width - column]
            first, last = self._ends(lambda start, step: whole[:, :, start : start + step], bottom - top)
            _clear(whole, 0, first, last)
            return
        for group in range(top // ROWS, -(-bottom // ROWS)):
            first, last = self._group(group)
            start, stop = max(top, group * ROWS), min(bottom, (group + 1) * ROWS)
            here = slice(start - group * ROWS, stop - group * ROWS)
            _clear(values[:, start - row : stop - row], column, first[here], last[here])

    def looked_at(self) -> list[tuple[int, Columns, Columns]]:
        """Some groups of rows, spread over the image, as first row, and first and last (exclusive) column of each."""
        groups = -(-self._height // ROWS)
        chosen = sorted({round(part) for part in np.linspace(0, groups - 1, min(LOOKS, groups))})
        return [(group * ROWS, *self._group(group)) for group in chosen]

    def _group(self, group: int) -> tuple[Columns, Columns]:
        if group not in self._known:
            top = group * ROWS
            height = min(ROWS, self._height - top)
            self._known[group] = self._ends(lambda start, step: self._read(top, start, height, step), height)
        return self._known[group]

    def _ends(self, part: Callable[[int, int], Floats], height: int) -> tuple[Columns, Columns]:
        """First and last (exclusive) column of some rows, of which `part` gives so many columns from one on."""
        first = self._before(part, height, turned=False)
        if (first >= self._width).all():
            return first, first
        last = self._width - self._before(part, height, turned=True)
        return first, np.maximum(last, first)

    def _before(self, part: Callable[[int, int], Floats], height: int, *, turned: bool) -> Columns:
        """How many columns each row has before its first observation, counted from the right if `turned`."""
        first = np.full(height, self._width, np.int32)
        column, step = 0, COLUMNS
        while column < self._width and (first == self._width).any():
            step = min(step, self._width - column)
            observed = self._observed(part(self._width - column - step if turned else column, step))
            observed = observed[:, ::-1] if turned else observed
            here = observed.any(axis=1) & (first == self._width)
            first[here] = column + observed[here].argmax(axis=1)
            column += step
            step = min(2 * step, MOST_COLUMNS)
        return first


def _clear(values: Floats, column: int, first: Columns, last: Columns) -> None:
    """Make what lies outside of the rows' ends NaN; the window [bands, height, width] begins at `column`."""
    stop = column + values.shape[2]
    columns = np.arange(column, stop, dtype=np.int32)
    for start, end in (
        (column, min(int(first.max(initial=0)), stop)),
        (max(int(last.min(initial=stop)), column), stop),
    ):
        if start < end:
            here = slice(start - column, end - column)
            outside = (columns[here] < first[:, None]) | (columns[here] >= last[:, None])
            values[:, :, here][:, outside] = np.nan
