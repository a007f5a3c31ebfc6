"""The working file: what is written comes back, to half a hundredth of a decibel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flood.scratch import Scratch


@contextmanager
def opened(path: Path, planes: int, width: int) -> Iterator[Scratch]:
    scratch = Scratch(path, planes, width)
    try:
        yield scratch
    finally:
        scratch.close()


def decibels(planes: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = random.uniform(-50, 50, (planes, height, width)).astype(np.float32)
    values[random.random(values.shape) < 0.1] = np.nan
    return values


class TestScratch:
    @given(
        planes=st.integers(1, 6),
        width=st.integers(1, 40),
        heights=st.lists(st.integers(1, 9), min_size=1, max_size=5),
        seed=st.integers(0, 1000),
        data=st.data(),
    )
    @settings(max_examples=50, deadline=None)
    def test_any_rows_come_back(self, tmp_path_factory, planes, width, heights, seed, data) -> None:
        values = decibels(planes, sum(heights), width, seed)
        with opened(tmp_path_factory.mktemp("scratch") / "rows", planes, width) as scratch:
            row = 0
            for height in heights:
                scratch.write(row, values[:, row : row + height])
                row += height
            start = data.draw(st.integers(0, row - 1))
            stop = data.draw(st.integers(start + 1, row))
            found = scratch.read(start, stop)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(np.isnan(found), np.isnan(values[:, start:stop]))
        np.testing.assert_allclose(found, values[:, start:stop], rtol=0, atol=0.00501)

    def test_what_was_rounded_once_does_not_change_again(self, tmp_path: Path) -> None:
        with opened(tmp_path / "rows", 2, 30) as scratch:
            scratch.write(0, decibels(2, 20, 30))
            first = scratch.read(0, 20)
            scratch.write(0, first)
            np.testing.assert_array_equal(scratch.read(0, 20), first)

    def test_the_reader_may_change_what_it_got(self, tmp_path: Path) -> None:
        with opened(tmp_path / "rows", 1, 4) as scratch:
            scratch.write(0, np.zeros((1, 2, 4), np.float32))
            scratch.read(0, 2)[:] = 7
            assert not scratch.read(0, 2).any()

    def test_yes_and_no_stay_exact(self, tmp_path: Path) -> None:
        """Masks lie beside the backscatter and are compared with 1."""
        with opened(tmp_path / "rows", 1, 3) as scratch:
            scratch.write(0, np.array([[[0, 1, np.nan]]], np.float32))
            assert scratch.read(0, 1)[0, 0, :2].tolist() == [0.0, 1.0]

    def test_an_existing_file_is_gone_on_with(self, tmp_path: Path) -> None:
        values = np.round(decibels(2, 6, 5), 2)
        with opened(tmp_path / "rows", 2, 5) as scratch:
            scratch.write(0, values[:, :4])
            scratch.flush()
        with opened(tmp_path / "rows", 2, 5) as scratch:
            scratch.write(4, values[:, 4:])
            np.testing.assert_allclose(scratch.read(0, 6), values, atol=1e-5)

    def test_two_bytes_a_pixel(self, tmp_path: Path) -> None:
        with opened(tmp_path / "rows", 3, 10) as scratch:
            scratch.write(0, decibels(3, 7, 10))
            scratch.flush()
        assert (tmp_path / "rows").stat().st_size == 2 * 3 * 7 * 10
