"""The events of Kuro Siwo: where and when they were, in which climate, and which part of the set each belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from ..dataset import Target

__all__ = [
    "CLAMP", "DEM_STATISTICS", "EVENTS", "LABELLED_PATCHES", "PARTED_BY", "RADAR_STATISTICS", "SLC_STATISTICS",
    "SPLITS", "UNLABELLED_PATCHES", "WATER", "ZONES", "Event", "split_of",
]  # fmt: skip

SPLITS = ("train", "val", "test")
PARTED_BY = "The paper's split by activation: no event is in two parts."
ZONES = {1: "tropical", 2: "arid", 3: "temperate"}  # of Köppen and Geiger's; 4 (cold) and 5 (polar) do not occur
WATER = Target("segmentation", ("no water", "permanent water", "flood"))
# As published; how many of them a download holds differs between its releases.
LABELLED_PATCHES, UNLABELLED_PATCHES = 67_490, 533_847
# Mean and standard deviation as its configuration has them, of VV and VH clamped to 0 to 0.15.
CLAMP = (0.0, 0.15)
RADAR_STATISTICS = {"VV": (0.0953, 0.0427), "VH": (0.0264, 0.0215)}
DEM_STATISTICS = (93.4313, 1410.8382)
SLC_STATISTICS = {
    "VV phase": (0.0224, 1.2843),
    "VH amplitude": (39.242, 25.6152),
    "VV amplitude": (81.13, 58.0151),
    "VH phase": (0.0435, 1.2844),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One activation.

    Attributes
    ----------
    actid : int
    place : str
    month : str
        Of the flood, such as "2015-02".
    zones : tuple of int
        Keys of `ZONES`: where there are several, each patch is told its own.
    split : str
        Empty for the one that is in no part.
    """

    actid: int
    place: str
    month: str
    zones: tuple[int, ...]
    split: str


def _events(split: str, *rows: tuple[int, str, str, tuple[int, ...]]) -> dict[int, Event]:
    return {row[0]: Event(*row, split) for row in rows}


EVENTS = {
    **_events(
        "train",
        (118, "Spain", "2015-02", (2, 3)),
        (130, "Myanmar", "2015-08", (1,)),
        (147, "Cumbria", "2015-12", (3,)),
        (174, "Skopje", "2016-08", (2,)),
        (267, "Lithuania", "2018-01", (3,)),
        (273, "Albania", "2018-03", (3,)),
        (275, "Croatia", "2018-03", (3,)),
        (324, "France", "2018-10", (2, 3)),
        (417, "Portugal", "2019-12", (3,)),
        (421, "France", "2020-01", (2,)),
        (427, "Sweden", "2020-02", (3,)),
        (470, "Togo", "2020-10", (1,)),
        (492, "France", "2021-01", (3,)),
        (496, "Italy", "2021-01", (3,)),
        (497, "Germany", "2021-02", (3,)),
        (498, "France", "2021-02", (3,)),
        (502, "Ireland", "2021-02", (3,)),
        (518, "Belgium", "2021-07", (3,)),
        (554, "Australia", "2021-11", (2,)),
        (555, "Spain", "2021-12", (2,)),
        (567, "Australia", "2022-02", (3,)),
        (1111004, "USA", "2017-08", (3,)),
        (1111005, "Madagascar", "2020-01", (1,)),
        (1111006, "Madagascar", "2020-01", (1,)),
        (1111009, "Pakistan", "2022-09", (3,)),
        (1111010, "Peru", "2017-03", (2,)),
        (1111011, "Philippines", "2020-11", (1,)),
    ),
    **_events(
        "val",
        (279, "Spain", "2018-04", (2,)),
        (437, "France", "2020-05", (3,)),
        (514, "Guyana", "2021-06", (1,)),
        (520, "Netherlands", "2021-07", (3,)),
        (559, "Madagascar", "2022-01", (1,)),
        (1111003, "Djibouti", "2019-11", (2,)),
        (1111008, "Nicaragua", "2020-08", (1,)),
    ),
    **_events(
        "test",
        (205, "Sri Lanka", "2017-05", (1,)),
        (277, "Greece", "2018-03", (2, 3)),
        (321, "Honduras", "2018-10", (1,)),
        (411, "France", "2019-11", (3,)),
        (445, "Romania", "2020-06", (2,)),
        (561, "Malawi", "2022-01", (2,)),
        (562, "Australia", "2022-01", (2,)),
        (1111002, "Cameroon", "2020-09", (2,)),
        (1111007, "Nepal and Patna", "2019-09", (1,)),
        (1111013, "USA", "2017-05", (3,)),
    ),
    **_events("", (1111012, "Australia", "2022-03", (3,))),
}


def split_of(actid: int) -> str:
    """The part that an activation belongs to; empty for one that is in none."""
    event = EVENTS.get(actid)
    return event.split if event else ""
