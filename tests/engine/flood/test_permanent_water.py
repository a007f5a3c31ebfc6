"""Rasters of permanent water as people have them: masks of one value, classes, and shares of time."""

from __future__ import annotations

import numpy as np
import pytest
from constructed import AFTER, BEFORE, FLOODED, KINDS, SHAPE, Bench, backscatter, boxes, write

from engine.errors import InputError
from engine.flood.classes import UNKNOWN

COLUMNS = np.arange(SHAPE[1])
# Water for a month a year beside the lake, on half of the ground that was flooded.
SEASONAL = BEFORE | (boxes(FLOODED) & (COLUMNS < 150))


def layer(bench: Bench, water: float, seasonal: float, other: float, **how: object) -> str:
    values = np.where(BEFORE, water, np.where(SEASONAL, seasonal, other))
    return write(bench.folder / "known.tif", values.astype(np.uint8), **how)


# Of water, of seasonal water, of none; what the sentence names; which values count.
CODES = {
    "occurrence in per cent": ((100, 1, 0), "0, 1, 100", {"permanent_from": 75.0}),
    "months of water": ((12, 2, 0), "0, 2, 12", {"permanent_from": 10.0}),
    "yearly history": ((3, 2, 1), "1, 2, 3", {"permanent_from": 3.0}),
    "WorldCover": ((80, 90, 10), "10, 80, 90", {"permanent_from": 80.0, "permanent_to": 80.0}),
    "Dynamic World": ((0, 3, 1), "0, 1, 3", {"permanent_to": 0.0}),
    "a mask of 255": ((255, 0, 0), "0, 255", {"permanent_from": 255.0}),
    "a mask without 0": ((1, 2, 2), "1, 2", {"permanent_from": 1.0, "permanent_to": 1.0}),
}


@pytest.mark.parametrize("kind", CODES)
class TestOtherCodes:
    def test_they_are_refused_with_what_they_are(self, bench: Bench, kind: str) -> None:
        values, named, _ = CODES[kind]
        with pytest.raises(InputError, match=rf"known\.tif is no mask of 0 and 1, it holds {named}; say from") as error:
            bench.map(backscatter(AFTER), permanent_water=layer(bench, *values))
        assert error.value.field == "permanent_from"

    @pytest.mark.parametrize("dates", [1, 2])
    def test_they_are_read_where_it_is_said_which_count(self, bench: Bench, kind: str, dates: int) -> None:
        values, _, told = CODES[kind]
        pictures = [backscatter(AFTER), backscatter(BEFORE, 1)][:dates]
        classes = bench.map(*pictures, permanent_water=layer(bench, *values), **told)
        np.testing.assert_array_equal(classes, KINDS)


class TestMasks:
    @pytest.mark.parametrize("how", [{"nodata": 0}, {"nodata": 255}])
    def test_of_water_alone_what_is_left_out_is_none(self, bench: Bench, how: dict[str, int]) -> None:
        known = layer(bench, 1, how["nodata"], how["nodata"], **how)
        np.testing.assert_array_equal(bench.map(backscatter(AFTER), permanent_water=known), KINDS)
        assert not bench.warned("cannot be told apart")

    def test_of_water_alone_by_its_own_code(self, bench: Bench) -> None:
        known = layer(bench, 80, 0, 0, nodata=0)
        np.testing.assert_array_equal(bench.map(backscatter(AFTER), permanent_water=known, permanent_from=80.0), KINDS)

    def test_255_beside_0_and_1_is_unknown(self, bench: Bench) -> None:
        known = write(bench.folder / "known.tif", np.where(COLUMNS < 150, BEFORE, 255).astype(np.uint8))
        classes = bench.map(backscatter(AFTER), permanent_water=known)
        np.testing.assert_array_equal(classes, np.where(AFTER & (COLUMNS >= 150), UNKNOWN, KINDS))
