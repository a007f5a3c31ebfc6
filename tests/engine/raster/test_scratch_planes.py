"""The working files: what is written comes back, whatever its data type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import OutputError
from engine.raster.scratch_planes import ScratchPlanes


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
@pytest.mark.parametrize("planes", [1, 3])
def test_any_rows_come_back_and_are_the_reader_s_own(tmp_path: Path, planes: int, dtype: type) -> None:
    values = np.random.default_rng(0).integers(0, 200, (planes, 30, 17)).astype(dtype)
    scratch = ScratchPlanes(tmp_path / "rows", planes, 17, dtype)
    for row in range(0, 30, 7):
        scratch.write(row, values[:, row : row + 7])
    part = scratch.read(5, 23)
    assert part.dtype == dtype
    np.testing.assert_array_equal(part, values[:, 5:23])
    part[:] = 255
    np.testing.assert_array_equal(scratch.read(0, 30), values)
    scratch.write(5, part)
    assert (scratch.read(5, 23) == 255).all()
    np.testing.assert_array_equal(scratch.read(23, 30), values[:, 23:])
    scratch.close()
    assert (tmp_path / "rows").stat().st_size == values.nbytes


def test_one_plane_needs_no_axis_of_its_own(tmp_path: Path) -> None:
    scratch = ScratchPlanes(tmp_path / "rows", 1, 3)
    scratch.write(0, np.array([[1, 2, 3]], np.uint8))
    assert scratch.read(0, 1).tolist() == [[[1, 2, 3]]]
    scratch.close()


def test_another_data_type_is_refused(tmp_path: Path) -> None:
    scratch = ScratchPlanes(tmp_path / "rows", 1, 3, np.uint16)
    with pytest.raises(ValueError, match="uint16"):
        scratch.write(0, np.zeros((1, 3), np.uint8))
    scratch.close()


def test_a_full_disk_is_an_output_error(tiny_disk: Path) -> None:
    scratch = ScratchPlanes(tiny_disk / "rows", 2, 1000)
    with pytest.raises(OutputError, match="disk is full"):
        for row in range(0, 4000, 100):
            scratch.write(row, np.zeros((2, 100, 1000), np.uint8))
            scratch.flush()
    scratch.close()


def test_a_folder_that_cannot_be_written_to(read_only_disk: Path) -> None:
    with pytest.raises(OutputError, match="could not be written"):
        ScratchPlanes(read_only_disk / "rows", 1, 1)
