"""Which moments are of one pass of the satellite."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

__all__ = ["passes"]

# What one pass takes, slice by slice, with room to spare; ascending and descending lie 12 hours apart.
ONE_PASS = timedelta(hours=6)


def passes(moments: Sequence[datetime]) -> list[list[int]]:
    """Which of some moments can be of one pass of the satellite: their places, the earliest pass first.

    Some moments are known by their day alone, whose time is midnight.
    """
    groups: list[list[int]] = []
    for index in sorted(range(len(moments)), key=lambda index: moments[index]):
        if groups and _are_of_one_pass([moments[other] for other in (*groups[-1], index)]):
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _are_of_one_pass(moments: Sequence[datetime]) -> bool:
    """Whether moments, the earliest first, lie no farther apart than a pass is long."""
    timed = [moment for moment in moments if moment.time() != time.min]
    days = moments[-1].date() - moments[0].date()
    return days <= timedelta(days=1) and not (timed and timed[-1] - timed[0] > ONE_PASS)
