"""Which date a file is of, what its bands are, and what the names of its folders have to say of that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from constructed import AFTER, BEFORE, KINDS, Bench, backscatter, image, write

from engine.errors import InputError
from engine.flood.classes import FLOOD, PERMANENT


def pair(folder: Path, units: str = "amplitude") -> tuple[str, str]:
    """An image after and one before that say nothing of their units."""
    folder.mkdir(parents=True, exist_ok=True)
    factor = 20 if units == "amplitude" else 10
    after, before = (
        backscatter(wet, seed, spread=2.5) if units == "dB" else 10 ** (backscatter(wet, seed, spread=2.5) / factor)
        for seed, wet in enumerate((AFTER, BEFORE))
    )
    return image(folder / "after.tif", after, units=""), image(folder / "before.tif", before, units="")


class TestNamesOfFolders:
    @pytest.mark.parametrize(
        ("name", "units"),
        [
            ("power_station", "amplitude"),
            ("high_intensity_rain", "amplitude"),
            ("linear", "amplitude"),
            ("amp_hill", "linear power"),
            ("db", "amplitude"),
            ("power", "dB"),
        ],
    )
    def test_they_say_nothing_of_units_that_the_numbers_tell(self, bench: Bench, name: str, units: str) -> None:
        bench.fields = {}
        plain = bench.map(*pair(bench.folder / "plain", units))
        assert (plain == PERMANENT).sum() > 3000 and (plain == FLOOD).sum() > 3000
        np.testing.assert_array_equal(bench.map(*pair(bench.folder / name / "files", units)), plain)
        assert bench.warned("after.tif does not say its units")

    def test_their_calibration_is_taken_where_there_is_no_other_and_said(self, bench: Bench) -> None:
        files = pair(bench.folder / "gamma0", "dB")
        bench.map(*files)
        assert bench.report["calibration"] == "gamma0"
        assert bench.warned("after.tif does not say its calibration: taken as gamma nought, as its folder says")
        with rasterio.open(files[0], "r+") as file:
            file.update_tags(CALIBRATION="sigma0")
        bench.map(files[0])
        assert bench.report["calibration"] == "sigma0"

    @pytest.mark.parametrize("inner", ["", "s1"])
    def test_the_day_of_an_event_is_that_of_no_image(self, bench: Bench, inner: str) -> None:
        bench.map(*pair(bench.folder / "flood_2021-07-15" / inner, "dB"))
        assert [date["acquired"] for date in bench.report["dates"]] == [None, None]
        assert not bench.warned("wrong way round")

    def test_a_folder_for_each_date_tells_it(self, bench: Bench) -> None:
        after, before = pair(bench.folder / "2021-07-15", "dB")[0], pair(bench.folder / "2021-07-03", "dB")[1]
        bench.map(after, before)
        days = [date["acquired"][:10] for date in bench.report["dates"]]
        assert days == ["2021-07-15", "2021-07-03"]
        bench.map(before, after)
        assert bench.warned("A pre-event image (2021-07-15) is not older than the post-event one (2021-07-03)")


class TestFilesOfSeveralDates:
    @pytest.mark.parametrize("bands", [None, ("skip", "skip", "VV", "VH")])
    def test_an_image_is_not_compared_with_itself(self, bench: Bench, bands: tuple[str, ...] | None) -> None:
        stack = np.concatenate([backscatter(AFTER), backscatter(BEFORE, 1)])
        path = image(bench.folder / "stack.tif", stack, names=("VV_1", "VH_1", "VV_2", "VH_2"))
        with pytest.raises(
            InputError, match=r"stack\.tif is given for two dates, .* shows no change; .*gdal_translate -b"
        ):
            bench.map(path, path, bands=bands)

    def test_nor_by_another_name(self, bench: Bench) -> None:
        path = image(bench.folder / "after.tif", backscatter(AFTER))
        (bench.folder / "before.tif").symlink_to(path)
        with pytest.raises(InputError, match=r"before\.tif is given for two dates"):
            bench.map(path, str(bench.folder / "before.tif"))


class TestBandsThatAreTold:
    def test_a_date_with_other_bands_keeps_its_own_names(self, bench: Bench) -> None:
        """As Sentinel Hub gives them: VV, VH and a mask, without names."""
        values = np.concatenate([backscatter(AFTER), np.ones((1, *AFTER.shape), np.float32)])
        after = image(bench.folder / "after.tif", values, names=())
        classes = bench.map(after, backscatter(BEFORE, 1), bands=("VV", "VH", "skip"))
        np.testing.assert_array_equal(classes, KINDS)
        assert bench.warned("date1.tif has another number of bands than are named, and names its own, which were taken")

    def test_they_must_be_those_of_some_date(self, bench: Bench) -> None:
        with pytest.raises(InputError, match="3 bands are named, but the files of no date hold so many") as error:
            bench.map(backscatter(AFTER), backscatter(BEFORE, 1), bands=("VV", "VH", "skip"))
        assert error.value.field == "bands"

    def test_a_date_without_names_is_refused(self, bench: Bench) -> None:
        plain = write(bench.folder / "plain.tif", backscatter(BEFORE, 1), units="dB")
        with pytest.raises(InputError, match="3 bands are named, but the files hold other numbers of them"):
            bench.map(plain, bands=("VV", "VH", "skip"))
