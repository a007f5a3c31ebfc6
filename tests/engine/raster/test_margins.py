"""Margins are those of the image's rows, whatever part of it is looked at."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from engine.raster._margins import Margins

HEIGHT, WIDTH = 150, 170
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
# Zero on either side of a footprint that lies aslant, in rows without anything, and in a pond.
VALUES = 1 + np.random.default_rng(0).random((1, HEIGHT, WIDTH)).astype(np.float32)
BEYOND = (COLUMNS < ROWS // 2) | (COLUMNS > WIDTH - 20 + ROWS // 4) | (ROWS > 140)
VALUES[:, BEYOND | (np.hypot(ROWS - 60, COLUMNS - 90) < 12)] = 0
EXPECTED = np.where(BEYOND, np.nan, VALUES)


def window(values: np.ndarray, row: int, column: int, height: int, width: int) -> np.ndarray:
    out = np.full((1, height, width), np.nan, np.float32)
    rows, columns = np.arange(row, row + height), np.arange(column, column + width)
    inside = np.ix_((rows >= 0) & (rows < HEIGHT), (columns >= 0) & (columns < WIDTH))
    own = np.ix_(rows[(rows >= 0) & (rows < HEIGHT)], columns[(columns >= 0) & (columns < WIDTH)])
    out[0][inside] = values[0][own]
    return out


@settings(max_examples=200, deadline=None)
@given(st.integers(-200, 200), st.integers(-200, 200), st.integers(1, 300), st.integers(1, 400))
def test_every_window_shows_a_part_of_the_whole(row: int, column: int, height: int, width: int) -> None:
    margins = Margins(lambda *place: window(VALUES, *place), lambda values: values[0] > 0, HEIGHT, WIDTH)
    found = window(VALUES, row, column, height, width)
    margins.clear(row, column, found)
    assert_array_equal(found, window(EXPECTED, row, column, height, width))
