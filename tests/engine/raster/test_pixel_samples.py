"""The pixels that tell an image's units: from all over it, and cheap to read."""

import layouts
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from engine.raster.raster_file import Part, RasterFile, _spread

BLOCK = 64


class Watched(RasterFile):
    """Remembers which windows were read."""

    def window(self, bands, row, column, height, width):
        self.read = [*getattr(self, "read", []), (row, column, height, width)]
        return super().window(bands, row, column, height, width)


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 300), st.integers(1, 300))
def test_windows_lie_in_the_image_and_are_spread_over_it(height, width, side, block):
    corners = _spread(height, width, side, (block, width))
    for row, column in corners:
        assert 0 <= row <= max(height - side, 0)
        assert 0 <= column <= max(width - side, 0)
    rows = sorted({row for row, _ in corners})
    if height >= 6 * max(side, block):
        assert len(rows) == 3
        assert rows[0] < height / 3 and rows[-1] + side > height * 2 / 3


@pytest.mark.parametrize(("height", "width"), [(640, 640), (500, 700), (2 * BLOCK, 10 * BLOCK), (BLOCK, BLOCK)])
def test_a_window_lies_in_one_block_of_a_tiled_file(tmp_path, height, width):
    power = layouts.backscatter((height, width))
    path = layouts.write_tiff(tmp_path / "a.tif", power, tiled=True, blockxsize=BLOCK, blockysize=BLOCK)
    with Watched(Part(str(path), "a")) as file:
        values = file.sample(side=BLOCK * 3 // 4)
    blocks = {(place // BLOCK, (place + size - 1) // BLOCK) for window in file.read for place, size in _edges(window)}
    assert all(first == last for first, last in blocks)
    shown = [power[:, row : row + tall, column : column + wide] for row, column, tall, wide in file.read]
    assert_array_equal(values, np.concatenate([part.reshape(len(power), -1) for part in shown], axis=1))


def _edges(window):
    row, column, height, width = window
    return (row, height), (column, width)
