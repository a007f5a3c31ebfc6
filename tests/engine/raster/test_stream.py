"""Bands, halos and blended tiles equal the whole array at any band, block, tile and batch size."""

import sys
import threading
import time

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from peaks import peak_kibibytes
from rasterio.crs import CRS

from engine.raster.grid import Grid
from engine.raster.stream import Band, ahead, bands, map_tiles, padded

sizes = st.integers(1, 40)


def grid(height, width):
    return Grid(CRS.from_epsg(32633), Affine(10, 0, 5e5, 0, -10, 5e6), width, height)


class Source:
    """Rows of an array, counting how often each is read."""

    def __init__(self, values):
        self.values = values
        self.reads = np.zeros(values.shape[-2], int)

    def __call__(self, start, stop):
        self.reads[start:stop] += 1
        return self.values[..., start:stop, :]


def readers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_bands_cover_the_grid_and_clip_their_halo():
    assert list(bands(grid(10, 3), 4, 2)) == [Band(0, 4, 0, 6), Band(4, 8, 2, 10), Band(8, 10, 6, 10)]
    assert Band(4, 8, 2, 10).core == slice(2, 6)


@given(sizes, st.integers(1, 45), st.integers(0, 50), st.integers(1, 45))
def test_padded_bands_are_cut_from_the_source_and_read_each_row_once(height, rows, halo, block):
    source = Source(np.random.default_rng(0).random((2, height, 3), dtype=np.float32))
    core = []
    for band, array in padded(source, grid(height, 3), rows, halo, block=block):
        np.testing.assert_array_equal(array, source.values[:, band.first : band.last])
        core.append(array[:, band.core].copy())
        array[:] = -1  # the consumer's own: the next band must not see this
    np.testing.assert_array_equal(np.concatenate(core, axis=1), source.values)
    assert (source.reads == 1).all()
    assert not readers()


def test_reads_run_ahead_of_the_consumer():
    started = []

    def read(item):
        started.append(item)
        return item

    reads = ahead(read, range(5))
    assert next(reads) == 0
    while len(started) < 2:
        time.sleep(0.001)
    time.sleep(0.02)
    assert started == [0, 1]  # one ahead, and no further
    assert list(reads) == [1, 2, 3, 4]


def test_an_error_of_the_reader_arrives_where_it_is_due_and_the_thread_ends():
    def read(item):
        if item == 2:
            raise OSError("truncated")
        return item

    got = []
    with pytest.raises(OSError, match="truncated"):
        got.extend(iter(ahead(read, range(5))))
    reads = ahead(read, range(5))
    assert [next(reads), next(reads)] == [0, 1]
    with pytest.raises(OSError, match="truncated"):
        next(reads)
    assert not readers()


@pytest.mark.parametrize(
    "stream",
    [
        lambda read: ahead(lambda start: read(start, start + 1), range(100)),
        lambda read: padded(read, grid(100, 4), 5, 2, block=1),
        lambda read: map_tiles(read, grid(100, 4), lambda x: x, tile=4, overlap=1, batch=2, classes=1, block=1),
    ],
)
def test_the_thread_ends_when_the_consumer_leaves(stream):
    reads = []

    def read(start, stop):
        reads.append(start)
        return np.zeros((1, stop - start, 4), np.float32)

    generator = stream(read)
    next(generator)
    generator.close()
    assert not readers()
    assert len(reads) < 20


def predict(tiles):
    """Three 'probabilities' that depend on the place in the tile, so that blending shows."""
    place = np.linspace(0.5, 1.5, tiles.shape[-1], dtype=np.float32)
    seen = np.nan_to_num(tiles.sum(1))
    return np.stack([seen * place, seen * place[:, None], np.cos(seen)], axis=1)


def whole_array_blend(values, tile, overlap):
    """The same map with accumulators for the whole raster."""
    _, height, width = values.shape
    missing = [(0, 0), (0, max(tile - height, 0)), (0, max(tile - width, 0))]
    values = np.pad(values, missing, mode="reflect")
    sums = np.zeros((3, *values.shape[1:]), np.float32)
    weights = np.zeros(values.shape[1:], np.float32)
    ends = np.minimum(np.arange(tile), tile - 1 - np.arange(tile)) + 0.5
    taper = (np.sin(np.pi / 2 * np.clip(ends / overlap, 0, 1)) ** 2 if overlap else np.ones(tile)).astype(np.float32)
    window = taper[:, None] * taper
    for top in lattice(values.shape[1], tile, overlap):
        for left in lattice(values.shape[2], tile, overlap):
            cut = values[:, top : top + tile, left : left + tile]
            if np.isfinite(cut).any():
                sums[:, top : top + tile, left : left + tile] += predict(cut[None])[0] * window
                weights[top : top + tile, left : left + tile] += window
    with np.errstate(invalid="ignore"):
        return (sums / weights)[:, :height, :width]


def lattice(size, tile, overlap):
    offsets = [0]
    while offsets[-1] + tile < size:
        offsets.append(min(offsets[-1] + tile - overlap, size - tile))
    return offsets


@given(sizes, sizes, st.integers(1, 16), st.data())
def test_blended_tiles_equal_blending_of_the_whole_array(height, width, tile, data):
    overlap = data.draw(st.integers(0, tile - 1), "overlap")
    batch, block = data.draw(st.integers(1, 9), "batch"), data.draw(st.integers(1, 45), "block")
    workers = data.draw(st.integers(1, 3), "workers")
    random = np.random.default_rng(data.draw(st.integers(0, 99), "seed"))
    values = random.random((2, height, width), dtype=np.float32)
    rows, columns = sorted(random.integers(0, height + 1, 2)), sorted(random.integers(0, width + 1, 2))
    values[:, slice(*rows), slice(*columns)] = np.nan
    asked = []

    def network(tiles):
        asked.append(len(tiles))
        assert tiles.dtype == np.float32
        assert not np.isnan(tiles).all(axis=(1, 2, 3)).any()
        return predict(tiles)

    parts = list(
        map_tiles(
            Source(values),
            grid(height, width),
            network,
            tile=tile,
            overlap=overlap,
            batch=batch,
            classes=3,
            workers=workers,
            block=block,
        )
    )
    assert [row for row, _ in parts] == np.cumsum([0, *(part.shape[1] for _, part in parts[:-1])]).tolist()
    found = np.concatenate([part for _, part in parts], axis=1)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, whole_array_blend(values, tile, overlap))
    assert sum(count != batch for count in asked) <= 1


def test_a_raster_without_any_value_asks_for_no_tile():
    values = np.full((1, 9, 9), np.nan, np.float32)

    def network(tiles):
        raise AssertionError("not to be called")

    parts = map_tiles(Source(values), grid(9, 9), network, tile=4, overlap=0, batch=2, classes=2)
    assert np.isnan(np.concatenate([part for _, part in parts], axis=1)).all()


def test_a_network_of_another_shape_and_a_wrong_overlap_are_refused():
    values = np.zeros((1, 8, 8), np.float32)
    with pytest.raises(ValueError, match="instead of"):
        list(map_tiles(Source(values), grid(8, 8), lambda x: x, tile=4, overlap=0, batch=2, classes=2))
    with pytest.raises(ValueError, match="overlap"):
        list(map_tiles(Source(values), grid(8, 8), lambda x: x, tile=4, overlap=4, batch=2, classes=1))


PEAK = """
import sys
import numpy as np
from affine import Affine
from rasterio.crs import CRS
from engine.raster.grid import Grid
from engine.raster.stream import map_tiles, padded

height, width = int(sys.argv[1]), 2000
grid = Grid(CRS.from_epsg(32633), Affine(10, 0, 5e5, 0, -10, 5e6), width, height)
read = lambda start, stop: np.ones((2, stop - start, width), np.float32)
for band, array in padded(read, grid, 256, 16):
    pass
for row, part in map_tiles(read, grid, lambda x: x, tile=256, overlap=32, batch=4, classes=2):
    pass
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_height(tmp_path):
    peaks = [peak_kibibytes(tmp_path, sys.executable, "-c", PEAK, height)[0] for height in (3000, 15000)]
    assert peaks[1] < peaks[0] + 20_000  # KiB; the longer raster itself would take 190,000 more
