"""Areas in units and digits that tell."""

import pytest

from engine.cli.tables import area_rows
from engine.jobs.areas import area_unit, table_units


@pytest.mark.parametrize(
    ("metres", "name", "text"),
    [
        (31_034_567_890, "km2", "31035"),
        (812_345_678, "km2", "812.3"),
        (12_345_678, "km2", "12.35"),
        (120_000, "km2", "0.120"),
        (90_000, "ha", "9.0"),
        (1_234, "ha", "0.123"),
        (400, "m2", "400"),
        (0.0004, "m2", "0.000400"),
        (0, "m2", "0"),
    ],
)
def test_an_area_has_the_unit_in_which_it_is_not_small(metres, name, text):
    unit = area_unit(metres)
    value, decimals = unit.of(metres)
    assert (unit.name, f"{value:.{decimals}f}") == (name, text)


@pytest.mark.parametrize(
    ("areas", "names"),
    [([5e6, 3.0], ["km2", "ha"]), ([50_000, 3.0], ["ha", "m2"]), ([12.0], ["ha", "m2"]), ([], ["ha", "m2"])],
)
def test_a_table_has_the_unit_of_its_largest_area_and_the_next(areas, names):
    assert [unit.name for unit in table_units(areas)] == names


def test_a_table_of_small_areas_has_no_zeros():
    """An image of a drone: 0.000 km2 and 0.0 ha say nothing."""
    areas = {
        "roof": {"pixels": 100_000, "km2": 40e-6, "ha": 40e-4, "share": 0.8},
        "grass": {"pixels": 25_000, "km2": 10e-6, "ha": 10e-4, "share": 0.2},
        "lake": {"pixels": 0, "km2": 0.0, "ha": 0.0, "share": 0.0},
    }
    heads, *rows = [line.split() for line in area_rows(areas, share=True)]
    assert heads == ["class", "ha", "m2", "share"]
    assert rows == [["roof", "0.00400", "40", "80.0%"], ["grass", "0.00100", "10", "20.0%"]]
