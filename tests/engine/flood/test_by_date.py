"""Files that were given together go to their own dates, and a network gets the dates that fit it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from constructed import AFTER, BEFORE, KINDS, Bench, backscatter, image
from maps import TRANSFORM

from engine.errors import InputError
from engine.flood.dates import by_date, choose_before, for_network
from engine.raster.sensors import Orbit

POST, PRE1, PRE2 = "S1_20240530T165000.tif", "S1_20240518T165000.tif", "S1_20240506T165000.tif"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Three dates of one place, the newest flooded."""
    wet = {POST: AFTER, PRE1: BEFORE, PRE2: BEFORE}
    return {name: image(tmp_path / name, backscatter(wet[name], seed)) for seed, name in enumerate(wet)}


class TestFilesGivenTogether:
    def test_the_newest_is_after_the_flood_and_the_rest_before(self, bench: Bench, files: dict[str, str]) -> None:
        classes = bench.map((files[PRE2], files[POST], files[PRE1]))
        np.testing.assert_array_equal(classes, KINDS)
        assert [date["files"] for date in bench.report["dates"]] == [[files[name]] for name in (POST, PRE1, PRE2)]
        assert bench.warned(
            "are of 3 dates: the newest (2024-05-30) is after the flood, the others (2024-05-18, 2024-05"
        )

    def test_dates_before_are_told_apart(self, bench: Bench, files: dict[str, str]) -> None:
        bench.map(files[POST], (files[PRE2], files[PRE1]))
        assert [date["files"] for date in bench.report["dates"]] == [[files[name]] for name in (POST, PRE1, PRE2)]
        assert bench.warned("Files given for one date before the flood are of 2 dates: 2024-05-18, 2024-05-06.")

    def test_polarisations_apart_stay_together(self, tmp_path: Path) -> None:
        names = [f"{date}_{band}.tif" for band in ("VV", "VH") for date in ("20240530", "20240518")]
        paths = [
            image(tmp_path / name, backscatter(BEFORE)[band : band + 1], names=(("VV", "VH")[band],))
            for name, band in zip(names, (0, 0, 1, 1), strict=True)
        ]
        vv_post, vv_pre, vh_post, vh_pre = paths
        assert by_date(tuple(paths), ()).files == ((vv_post, vh_post), (vv_pre, vh_pre))

    def test_tiles_side_by_side_at_midnight_are_one_date(self, tmp_path: Path) -> None:
        beside = TRANSFORM @ Affine.translation(BEFORE.shape[1], 0)
        tiles = (
            image(tmp_path / "S1_20240530.tif", backscatter(BEFORE)),
            image(tmp_path / "S1_20240531.tif", backscatter(BEFORE, 1), transform=beside),
        )
        assert by_date(tiles, ()).files == (tiles,)

    def test_days_that_follow_are_two_dates_of_one_place(self, tmp_path: Path) -> None:
        days = [image(tmp_path / f"S1_2024053{day}.tif", backscatter(BEFORE, day)) for day in (0, 1)]
        assert by_date(tuple(days), ()).files == ((days[1],), (days[0],))

    def test_files_without_dates_are_tiles_or_dates(self, tmp_path: Path) -> None:
        beside = TRANSFORM @ Affine.translation(BEFORE.shape[1], 0)
        after, first, second = (image(tmp_path / f"{name}.tif", backscatter(BEFORE)) for name in ("a", "b", "c"))
        tile = image(tmp_path / "d.tif", backscatter(BEFORE), transform=beside)
        assert by_date((after,), ((first, tile, second),)).files == ((after,), (first, tile), (second,))
        with pytest.raises(InputError, match=r"a\.tif and \S+b\.tif lie over each other and do not say their dates"):
            by_date((after, first), ())

    def test_one_file_a_date_is_not_even_looked_at(self) -> None:
        assert by_date(("/nowhere/a.tif",), (("/nowhere/b.tif",),)).files == (("/nowhere/a.tif",), ("/nowhere/b.tif",))


def day(month: int, number: int) -> datetime:
    return datetime(2024, month, number, 17, tzinfo=UTC)


HERE, OTHER = Orbit("ascending", 44), Orbit("descending", 95)


class TestDatesForANetwork:
    def test_the_newest_of_the_same_orbit(self) -> None:
        taken = [day(5, 30), day(5, 24), day(5, 6), day(5, 18), day(1, 2)]
        chosen = choose_before(taken, [HERE, OTHER, HERE, HERE, HERE], 2)
        assert chosen.places == (2, 1)
        assert chosen.reasons[0] == "2024-05-18: 12 days before, ascending, relative orbit 44 as after the flood"
        assert chosen.left_out == (
            "2024-05-24: 6 days before, descending, relative orbit 95, another one than after the flood",
            "2024-01-02: 149 days before, ascending, relative orbit 44 as after the flood",
        )
        assert not chosen.warnings

    def test_another_orbit_is_better_than_an_old_date(self) -> None:
        chosen = choose_before([day(5, 30), day(5, 24), day(1, 2)], [HERE, OTHER, HERE], 1)
        assert chosen.places == (0,)

    def test_an_old_date_is_told(self) -> None:
        chosen = choose_before([day(5, 30), day(1, 2)], [HERE, HERE], 1)
        assert chosen.places == (0,)
        assert chosen.warnings[0].startswith("The image of 2024-01-02 was taken more than 60 days before the flood")

    def test_a_newer_date_comes_last(self) -> None:
        assert choose_before([day(5, 30), day(6, 11), day(5, 18)], [None] * 3, 1).places == (1,)

    def test_unknown_dates_keep_their_order(self) -> None:
        chosen = choose_before([None] * 4, [None] * 4, 2)
        assert chosen.places == (0, 1)
        assert chosen.reasons[0] == "date 1: when it was taken is not known"

    @pytest.mark.parametrize(("given", "words"), [(0, "and none is given"), (1, "and 1 is given")])
    def test_too_few_are_refused(self, given: int, words: str) -> None:
        with pytest.raises(InputError, match=f"compares with 2 dates from before the flood, {words}; add") as error:
            choose_before([day(5, 30)] * (given + 1), [None] * (given + 1), 2)
        assert error.value.field == "pre"

    def test_files_say_their_dates(self, files: dict[str, str]) -> None:
        given = tuple((files[name],) for name in (POST, PRE2, PRE1))
        chosen = for_network(given, 1)
        assert chosen.files == ((files[POST],), (files[PRE1],))
        assert chosen.notes[0] == (
            "Of 2 dates before the flood the model is given 2024-05-18: 12 days before, its orbit is not known."
        )
        assert "Left out: 2024-05-06: 24 days before" in chosen.notes[1]
        assert for_network(given, 2).files == ((files[POST],), (files[PRE1],), (files[PRE2],))
        assert for_network(given, 0).files == given[:1]
