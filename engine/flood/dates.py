"""The dates of a flood map: files in order of their dates, what is odd about them, and which of them a network gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path

from ..errors import InputError
from ..jobs.requests import marks_of
from ..raster.glance import Glance, glance
from ..raster.passes import passes
from ..raster.sensors import Orbit
from ..raster.source import SarScene

__all__ = [
    "Choice",
    "DateFiles",
    "Dates",
    "acquired_of",
    "by_date",
    "choose_before",
    "dates_in",
    "differences",
    "for_network",
    "refuse_same_files",
]

# Land changes with the seasons: a date longer before the flood tells less of what is dry.
MOST_DAYS = 60

Files = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dates:
    """The files of a flood map by date.

    Attributes
    ----------
    files : tuple of tuple of str
        Those after the flood, and those of each date before.
    notes : tuple of str
        What was put elsewhere than it was given.
    """

    files: tuple[Files, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DateFiles:
    """Files of one date; `acquired` where it is what parts them from others."""

    files: Files
    acquired: datetime | None = None

    def day(self) -> str:
        """For people."""
        return f"{self.acquired:%Y-%m-%d}" if self.acquired else Path(self.files[0]).name


def by_date(post: Files, pre: Sequence[Files]) -> Dates:
    """Files that were given together, but are of several dates, each to its own.

    Parameters
    ----------
    post : tuple of str
        What was given for the date after the flood: the newest of it is that date, the rest lies before.
    pre : sequence of tuple of str
        What was given for each date before.

    Raises
    ------
    InputError
        If some of the files given together are of several dates, and others do not say theirs; or if several after the
        flood show the same and say no date.
    """
    (after, *older), notes = dates_in(post, "post"), []
    if older:
        notes.append(
            f"The files given for the date after the flood are of {len(older) + 1} dates: the newest "
            f"({after.day()}) is after the flood, the others ({_days(older)}) are before it."
        )
    before = older
    for date in pre:
        parts = dates_in(date, "pre")
        if len(parts) > 1:
            notes.append(f"Files given for one date before the flood are of {len(parts)} dates: {_days(parts)}.")
        before = [*before, *parts]
    return Dates((after.files, *(part.files for part in before)), tuple(notes))


def _days(parts: Sequence[DateFiles]) -> str:
    return ", ".join(part.day() for part in parts)


def dates_in(files: Files, field: str) -> list[DateFiles]:
    """Files given as one date by their true dates, the newest first; as they are where they are of one.

    Raises
    ------
    InputError
        As of `by_date`.
    """
    if len(files) < 2:
        return [DateFiles(files)]
    try:
        seen = [glance(path) for path in files]
    except InputError:  # told where the file is opened to be read, with what else is odd about it
        return [DateFiles(files)]
    dated = [item for item in seen if item.acquired]
    if not dated:
        return _silent_parts(seen, field)
    groups = [[dated[place] for place in group] for group in passes([item.acquired for item in dated if item.acquired])]
    groups = [part for group in groups for part in _days_apart(group)]
    if len(groups) < 2 or _are_halves(groups):
        return [DateFiles(files)]
    silent = [item.path for item in seen if not item.acquired]
    if silent:
        raise InputError(
            f"{silent[0]} does not say of which date it is, and the files given with it are of several; give each date "
            "by itself.",
            field=field,
        )
    order = {path: place for place, path in enumerate(files)}  # the first one counts for the map's grid
    return [
        DateFiles(tuple(sorted((item.path for item in group), key=order.__getitem__)), group[0].acquired)
        for group in reversed(groups)
    ]


def _silent_parts(seen: Sequence[Glance], field: str) -> list[DateFiles]:
    """Files that do not say their dates: those that show the same in the same place are of several."""
    parts: list[list[Glance]] = []
    for item in seen:
        room = next((part for part in parts if not any(_shows_again(item, other) for other in part)), None)
        if room is None:
            parts.append([item])
        else:
            room.append(item)
    if len(parts) > 1 and field == "post":
        first, second = parts[0][0].path, parts[1][0].path
        raise InputError(
            f"{first} and {second} lie over each other and do not say their dates: give the one from after the flood "
            "here, and the other one as a date before it.",
            field="pre",
        )
    return [DateFiles(tuple(item.path for item in part)) for part in parts]


def _are_halves(groups: Sequence[Sequence[Glance]]) -> bool:
    """Whether one group has polarisations that another lacks: VV of one date and VH of another are no two images."""
    held = [{name for item in group for name in item.polarisations} for group in groups]
    return all(held) and not set.intersection(*held)


def _shows_again(one: Glance, other: Glance) -> bool:
    return bool({*one.polarisations} & {*other.polarisations}) and one.covers(other)


def _days_apart(group: Sequence[Glance]) -> list[list[Glance]]:
    """One pass may reach over midnight; files of two days that show the same place are not of one."""
    days = sorted({item.acquired.date() for item in group if item.acquired})
    parts = [[item for item in group if item.acquired and item.acquired.date() == day] for day in days]
    pairs = ((one, other) for first, second in combinations(parts, 2) for one in first for other in second)
    return parts if any(_shows_again(one, other) for one, other in pairs) else [list(group)]


# What is odd about dates -------------------------------------------------------------------------------------------


def refuse_same_files(dates: Sequence[Sequence[str]]) -> None:
    """An image that is compared with itself shows no change.

    Raises
    ------
    InputError
        If a file is given for two dates.
    """
    seen: dict[object, int] = {}
    for number, files in enumerate(dates):
        for path in files:
            for mark in marks_of(path):
                if seen.setdefault(mark, number) != number:
                    raise InputError(
                        f"{path} is given for two dates, and an image compared with itself shows no change; give each"
                        " date files of its own (gdal_translate -b takes the bands of one date out of a stack).",
                        field="pre",
                    )


def acquired_of(scenes: Sequence[SarScene]) -> list[datetime | None]:
    """When images were taken; a day in the name of a folder that holds images of several dates is that of none."""
    folders = [scene.dated_by for scene in scenes if scene.dated_by]
    return [None if folders.count(scene.dated_by or "") > 1 else scene.acquired for scene in scenes]


def differences(scenes: Sequence[SarScene], acquired: Sequence[datetime | None]) -> list[tuple[int, str]]:
    """Warnings where dates were not taken, or not calibrated, alike, each with the place of a date that differs.

    Parameters
    ----------
    scenes : sequence of SarScene
        The post-event one first.
    acquired : sequence of datetime or None
        As `acquired_of` gives them.
    """
    return [*_of_orbits(scenes), *_of_calibrations(scenes), *_of_each(scenes, acquired)]


def _of_orbits(scenes: Sequence[SarScene]) -> Iterator[tuple[int, str]]:
    orbits = {scene.orbit for scene in scenes if scene.orbit}
    if not any(one.differs(other) for one, other in combinations(orbits, 2)):
        return
    named = ", ".join(sorted(map(str, orbits)))
    known = [(place, scene.orbit) for place, scene in enumerate(scenes) if scene.orbit]
    place = next(place for place, orbit in known if orbit.differs(known[0][1]))
    yield (
        place,
        f"The images come from different orbits ({named}): slopes and buildings look different from each, which "
        "can pass for change; prefer images of one orbit.",
    )


def _of_calibrations(scenes: Sequence[SarScene]) -> Iterator[tuple[int, str]]:
    other = next((place for place, scene in enumerate(scenes) if scene.calibration != scenes[0].calibration), None)
    if other is not None:
        yield other, "Some images are sigma nought and some gamma nought: about 1 dB of difference is no change."


def _of_each(scenes: Sequence[SarScene], acquired: Sequence[datetime | None]) -> Iterator[tuple[int, str]]:
    post, after = scenes[0], acquired[0]
    for place, (scene, before) in enumerate(zip(scenes[1:], acquired[1:], strict=True), 1):
        if after and before and before >= after:
            yield (
                place,
                f"A pre-event image ({before:%Y-%m-%d}) is not older than the post-event one "
                f"({after:%Y-%m-%d}): check that they were not given the wrong way round.",
            )
        if set(scene.polarisations) != set(post.polarisations):
            yield (
                place,
                f"The dates have different polarisations ({', '.join(post.polarisations)} after and "
                f"{', '.join(scene.polarisations)} before): only what they share is used.",
            )


# Which dates a network gets ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the dates before the flood a network gets.

    Attributes
    ----------
    places : tuple of int
        Among those before, the newest first.
    reasons : tuple of str
        Why each of these, such as "2021-07-03: 12 days before, relative orbit 88 as after the flood".
    left_out : tuple of str
        The others, each with why not.
    warnings : tuple of str
    """

    places: tuple[int, ...]
    reasons: tuple[str, ...]
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A date before the flood, beside the one after it."""

    place: int
    acquired: datetime | None
    age: timedelta | None
    orbit: Orbit | None
    after: Orbit | None

    def rank(self) -> tuple[int, int, timedelta, int]:
        """The least is the best."""
        return (self._of_age(), self._of_orbit(), self.age or timedelta.max, self.place)

    def _of_age(self) -> int:
        if self.age is None:
            return 1
        return 3 if self.age <= timedelta(0) else 2 if self.is_old() else 0

    def _of_orbit(self) -> int:
        if not self.orbit or not self.after:
            return 1
        if self.orbit.differs(self.after):
            return 2
        return (
            0 if {self.orbit.direction, self.orbit.number} & {self.after.direction, self.after.number} - {None} else 1
        )

    def is_old(self) -> bool:
        return self.age is not None and self.age > timedelta(days=MOST_DAYS)

    def words(self) -> str:
        if self.acquired is None:
            return f"date {self.place + 1}: when it was taken is not known"
        words = [f"{self.acquired:%Y-%m-%d}:"]
        if self.age is not None:
            days = round(abs(self.age) / timedelta(days=1))
            words.append(f"{days} {'day' if days == 1 else 'days'} {'before' if self.age > timedelta(0) else 'after'},")
        words.append({0: f"{self.orbit} as after the flood", 1: "its orbit is not known"}.get(self._of_orbit(), ""))
        return (
            " ".join(words) if words[-1] else f"{' '.join(words[:-1])} {self.orbit}, another one than after the flood"
        )


def choose_before(acquired: Sequence[datetime | None], orbits: Sequence[Orbit | None], wanted: int) -> Choice:
    """Which dates before the flood a network gets that takes `wanted` of them, by date and orbit.

    Those at most 60 days before the flood come first, among them those of its orbit, among them the newest. So Kuro
    Siwo's dates were chosen (Bountos et al. 2024).

    Parameters
    ----------
    acquired : sequence of datetime or None
        Of all dates, the post-event one first.
    orbits : sequence of Orbit or None
        Likewise.
    wanted : int
        At least 1.

    Raises
    ------
    InputError
        If there are fewer.
    """
    before = len(acquired) - 1
    if before < wanted:
        raise InputError(
            f"The model compares with {wanted} {'date' if wanted == 1 else 'dates'} from before the flood, and "
            f"{before or 'none'} {'is' if before < 2 else 'are'} given; add images from before, or choose a method that"
            " needs none.",
            field="pre",
        )
    after = acquired[0]
    candidates = [
        _Candidate(place, taken, after - taken if after and taken else None, orbit, orbits[0])
        for place, (taken, orbit) in enumerate(zip(acquired[1:], orbits[1:], strict=True))
    ]
    ranked = sorted(candidates, key=_Candidate.rank)
    chosen = sorted(ranked[:wanted], key=lambda item: (item.age is None, item.age or timedelta.max, item.place))
    old = [item for item in chosen if item.is_old()]
    warnings = [
        f"The image of {item.acquired:%Y-%m-%d} was taken more than {MOST_DAYS} days before the flood: what grew or "
        "dried since can pass for change; prefer a later one."
        for item in old
        if item.acquired
    ]
    return Choice(
        tuple(item.place for item in chosen),
        tuple(item.words() for item in chosen),
        tuple(item.words() for item in ranked[wanted:]),
        tuple(warnings),
    )


def for_network(dates: tuple[Files, ...], wanted: int) -> Dates:
    """The dates that a network gets of those that are given: the one after the flood, and `wanted` before, chosen.

    Raises
    ------
    InputError
        As of `choose_before`; or if a file is missing or no raster.
    """
    if len(dates) - 1 == wanted and wanted < 2:
        return Dates(dates)
    if not wanted:
        note = "The model maps one date: the images from before the flood are not used."
        return Dates(dates[:1], (note,) if len(dates) > 1 else ())
    taken = [_taken(files) for files in dates]
    folders = [folder for _, folder, _ in taken if folder]
    acquired = [None if folder and folders.count(folder) > 1 else date for date, folder, _ in taken]
    chosen = choose_before(acquired, [orbit for *_, orbit in taken], wanted)
    told = [f"Of {len(dates) - 1} dates before the flood the model is given {'; '.join(chosen.reasons)}."]
    if chosen.left_out:
        told.append(f"Left out: {'; '.join(chosen.left_out)}.")
    return Dates((dates[0], *(dates[place + 1] for place in chosen.places)), (*told, *chosen.warnings))


def _taken(files: Files) -> tuple[datetime | None, str | None, Orbit | None]:
    """When and from where the files of one date were taken, and the folder that alone tells when."""
    seen = [glance(path) for path in files]
    first = min((item for item in seen if item.acquired), key=lambda item: str(item.acquired), default=seen[0])
    return first.acquired, first.dated_by, next((item.orbit for item in seen if item.orbit), None)
