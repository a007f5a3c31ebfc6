"""What the numbers or names of an image speak against: done as told, and said, or refused where it cannot be."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from constructed import Bench, backscatter, boxes, image, write

from engine.errors import InputError

WET = boxes((40, 40, 80, 80))
IMAGE = backscatter(WET, spread=1.5)


def doubts(bench: Bench) -> list[str]:
    return [text for text in bench.report["warnings"] if "name no bands" in text or "which band is which" in text]


class TestBands:
    def test_nothing_is_said_of_bands_that_are_as_told(self, bench: Bench) -> None:
        bench.map(IMAGE)
        assert doubts(bench) == []
        bench.map(IMAGE, bands=("VV", "VH"))
        assert doubts(bench) == []

    def test_an_order_that_the_band_names_speak_against(self, bench: Bench) -> None:
        bench.map(IMAGE, bands=("VH", "VV"))
        names, levels = doubts(bench)
        assert "date0.tif names band 1 VV and band 2 VH, but is told to hold VH and VV, which was obeyed; " in names
        assert names.endswith("name no bands if the file is right.")
        assert "VH is brighter than VV (by 6.5 dB in the median)" in levels
        assert levels.endswith("check which band is which, and name them in their order.")

    def test_an_order_that_the_file_names_speak_against(self, bench: Bench) -> None:
        after = tuple(
            write(bench.folder / f"S1_{name}.tif", IMAGE[band], units="dB") for band, name in enumerate(("VV", "VH"))
        )
        bench.map(after)
        assert doubts(bench) == []
        bench.map(after, bands=("VH", "VV"))
        *names, levels = doubts(bench)
        assert [text.partition(" names ")[2].partition(", which")[0] for text in names] == [
            "band 1 VV, but is told to hold VH",
            "band 1 VH, but is told to hold VV",
        ]
        assert "VH is brighter than VV" in levels

    def test_an_order_that_only_the_brightness_speaks_against(self, bench: Bench) -> None:
        after = image(bench.folder / "plain.tif", IMAGE, names=())
        bench.map(after, bands=("VH", "VV"))
        (levels,) = doubts(bench)
        assert "VH is brighter than VV" in levels

    def test_names_that_the_brightness_speaks_against(self, bench: Bench) -> None:
        bench.map(image(bench.folder / "turned.tif", IMAGE, names=("VH", "VV")))
        (levels,) = doubts(bench)
        assert "VH is brighter than VV" in levels

    def test_only_the_date_that_is_doubtful_is_named(self, bench: Bench) -> None:
        turned = image(bench.folder / "before.tif", IMAGE, names=("VH", "VV"))
        bench.map(IMAGE, turned)
        (levels,) = doubts(bench)
        assert str(turned) in levels


class TestScaledDecibels:
    """Whole numbers save space: -12.5 dB is stored as -1250."""

    @pytest.mark.parametrize(("factor", "fill"), [(100, None), (100, -9999), (100, -32768), (10, None), (10, -999)])
    @pytest.mark.parametrize("options", [{}, {"units": "db"}, {"units": "power"}])
    def test_they_are_refused_with_what_to_do(self, bench: Bench, factor: int, fill: int | None, options: dict) -> None:
        values = np.rint(IMAGE * factor).astype(np.int16)
        if fill is not None:
            values[:, :110] = fill  # more than half
        after = image(bench.folder / "whole.tif", values)
        with pytest.raises(
            InputError, match=rf"whole\.tif looks like dB x {factor} \(its middle .*; divide .* by {factor} "
        ):
            bench.map(after, **options)

    def test_a_scale_that_the_file_declares_is_applied(self, bench: Bench) -> None:
        after = image(bench.folder / "whole.tif", np.rint(IMAGE * 100).astype(np.int16))
        with rasterio.open(after, "r+") as file:
            file.scales = (0.01, 0.01)
        found = bench.map(after)
        np.testing.assert_array_equal(found > 0, WET)

    def test_decibels_among_undeclared_fill_values_are_taken(self, bench: Bench) -> None:
        values = IMAGE.copy()
        values[:, :110] = -99
        found = bench.map(image(bench.folder / "filled.tif", values))
        assert (found[:110] == 255).all()
        assert (found[110:] != 255).all()


POWER = 10 ** (IMAGE / 10)


class TestUnits:
    @pytest.mark.parametrize(
        ("values", "units", "reason"),
        [
            (
                IMAGE,
                "power",
                r"told to be linear power, but most of its values are negative, as only dB are; give its true units",
            ),
            (IMAGE, "amplitude", r"told to be linear amplitude, but most of its values are negative"),
            (POWER, "db", r"told to be dB, but hardly any of its values is negative, as most of dB are; .*units"),
            (POWER * 1000, "db", r"told to be dB, but hardly any of its values is negative"),
            (np.clip(POWER * 300, 1, 255).astype(np.uint8), "power", r"an 8-bit picture.*; leave its units out"),
            (np.clip(POWER * 300, 1, 255).astype(np.uint8), "db", r"an 8-bit picture.*; leave its units out"),
        ],
    )
    def test_units_that_cannot_be_are_refused(self, bench: Bench, values: np.ndarray, units: str, reason: str) -> None:
        after = image(bench.folder / "after.tif", values, units="")
        with pytest.raises(InputError, match=rf"after\.tif is {reason}") as error:
            bench.map(after, units=units)
        assert error.value.field == "units"

    def test_some_negative_power_is_said_to_be_lost(self, bench: Bench) -> None:
        """What is left of dark water when more noise is taken away than there is signal."""
        values = POWER.copy()
        values[:, 60:90] *= -1
        found = bench.map(image(bench.folder / "after.tif", values, units="linear power"), units="power")
        assert (found[60:90] == 255).all()
        assert bench.warned(
            "after.tif: 16% of its values are negative, which power never is; they count as not observed"
        )

    def test_units_that_fit_are_not_talked_of(self, bench: Bench) -> None:
        for values, units in ((IMAGE, "db"), (POWER, "power"), (np.sqrt(POWER), "amplitude")):
            bench.map(image(bench.folder / "after.tif", values, units=""), units=units)
            assert not bench.warned("its units")


def test_one_warning_of_an_8_bit_picture(bench: Bench) -> None:
    bench.map(image(bench.folder / "after.tif", np.clip(POWER * 300, 1, 255).astype(np.uint8), units=""))
    (said,) = (text for text in bench.report["warnings"] if "8-bit" in text)
    assert "thresholds are relative" in said


def test_one_polarisation_is_said_to_be_less_sure(bench: Bench) -> None:
    bench.map(image(bench.folder / "after.tif", IMAGE[1:], names=("VH",)))
    assert bench.warned("Only VH is given; VV and VH together find water more surely.")


class TestDates:
    def files(self, bench: Bench, *names: str) -> tuple[str, ...]:
        return tuple(
            image(bench.folder / name, IMAGE[band : band + 1], names=(("VV", "VH")[band],))
            for band, name in enumerate(names)
        )

    @pytest.mark.parametrize(
        "names",
        [
            ("VV_20200101.tif", "VH_20200113.tif"),
            ("VV_20200101T055000.tif", "VH_20200101T172000.tif"),
            ("VV_20200101T055000.tif", "VH_20200107.tif"),
        ],
    )
    def test_files_of_different_dates_are_not_one_image(self, bench: Bench, names: tuple[str, str]) -> None:
        files = self.files(bench, *names)
        reason = (
            r"VV_\S+ and \S+VH_\S+ are of different dates \(2020-01-01.* and 2020-01-.*\); give each date by itself"
        )
        with pytest.raises(InputError, match=reason):
            bench.map(IMAGE, files)
        with pytest.raises(InputError, match=reason):
            bench.map(files)

    @pytest.mark.parametrize(
        "names",
        [
            ("VV.tif", "VH_20200113.tif"),
            ("VV_20200101T235950.tif", "VH_20200102T000015.tif"),  # slices of a pass at midnight, as in Bengal
            ("VV_20200101.tif", "VH_20200101T172000.tif"),
            ("VV_20200101.tif", "VH_20200102.tif"),
        ],
    )
    def test_files_of_one_pass_are(self, bench: Bench, names: tuple[str, str]) -> None:
        bench.map(self.files(bench, *names))
        assert bench.report["polarisations"] == ["VV", "VH"]
        assert bench.warned("acquired on 2020-01-01 and 2020-01-02") == (names[1] == "VH_20200102.tif")
