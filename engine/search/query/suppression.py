"""One hit per place: windows overlap, and several sizes show the same ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_SHARED", "suppress"]

MOST_SHARED = 0.3  # of the smaller of two windows; neighbours at half a side share 0.5, diagonal ones 0.25
BLOCK = 128


def suppress(boxes: NDArray[np.float64], groups: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Greedy non-maximum suppression: each box is taken unless it shares too much ground with one taken before.

    Parameters
    ----------
    boxes : float64 [N, 4]
        (west, south, east, north) in degrees, best first.
    groups : int64 [N]
        Only boxes of one group suppress each other.
    most : int
        How many to take.

    Returns
    -------
    int64 [at most `most`]
        Rows of the boxes taken, rising.
    """
    taken: list[int] = []
    for start in range(0, len(boxes), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(boxes)))
        if taken:
            rows = rows[~_overlap(boxes, groups, rows, np.array(taken)).any(axis=1)]
        clash = _overlap(boxes, groups, rows, rows)
        free = np.ones(len(rows), bool)
        for number, row in enumerate(rows):
            if free[number]:
                taken.append(int(row))
                if len(taken) == most:
                    return np.array(taken, np.int64)
                free &= ~clash[number]
    return np.array(taken, np.int64)


def _overlap(
    boxes: NDArray[np.float64], groups: NDArray[np.int64], rows: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """bool [rows, others]: whether two boxes share too much."""
    a, b = boxes[rows][:, None], boxes[others][None]
    # Longitudes beyond the date line and before it may mean one place.
    turn = 360 * np.rint((a[..., 0] - b[..., 0]) / 360)
    wide = np.minimum(a[..., 2], b[..., 2] + turn) - np.maximum(a[..., 0], b[..., 0] + turn)
    high = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    area = np.maximum(wide, 0) * np.maximum(high, 0)
    sizes = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    smaller = np.minimum(sizes[rows][:, None], sizes[others][None])
    return np.asarray((area > MOST_SHARED * smaller) & (groups[rows][:, None] == groups[others][None]))
