"""What an image's numbers mean: polarisation of each band, units, calibration, date and orbit, and what was assumed.

Names and metadata are believed first, the numbers themselves are asked where names are silent or plainly wrong, and
what cannot be told is an error with the field of a request that tells it: units, bands, calibration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from . import _doubts, _names, _statistics
from ._facts import FileFacts, FileProfile
from ._names import Orbit
from .passes import passes

__all__ = [
    "SAY_UNITS",
    "FileFacts",
    "FileProfile",
    "Orbit",
    "Profile",
    "Remedy",
    "dated",
    "describe",
    "orbit_of",
    "told_bands",
    "with_units",
]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Remedy:
    """What somebody can do where units cannot be told, as words, and the field of the request, if it has one."""

    text: str
    field: str | None = None


SAY_UNITS = Remedy("give its units", "units")


@dataclass(frozen=True, slots=True)
class Profile:
    """How to read the files of one date; attributes as of `engine.raster.source.SarScene`."""

    files: tuple[FileProfile, ...]
    calibration: str
    acquired: datetime | None
    dated_by: str | None
    orbit: Orbit | None
    told: bool
    notes: tuple[str, ...]


def describe(
    files: Sequence[FileFacts],
    *,
    units: str | None = None,
    bands: Sequence[str] | None = None,
    calibration: str | None = None,
) -> Profile:
    """Work out how to read the files of one date.

    Parameters
    ----------
    files : sequence of FileFacts
    units : {'db', 'power', 'amplitude', 'display'}, optional
    bands : sequence of {'VV', 'VH', 'skip'}, optional
        Of the bands of each file, or of all files' bands in a row; for files that have another number of bands, and
        name them, those names hold.
    calibration : {'sigma0', 'gamma0'}, optional

    Raises
    ------
    InputError
        If the files are no calibrated Sentinel-1 backscatter, or cannot be told apart.
    """
    notes: list[str] = []
    told = _told(files, bands, notes)
    for file in files:
        if file.product is None:
            _doubts.refuse_scaled(file)
            _doubts.refuse_other_images(file, asked=bands is not None)
    names = [_polarisations(file, told[index], notes) for index, file in enumerate(files)]
    if not any(name for file_names in names for name in file_names):
        if held := {file.product.polarisation for file in files if file.product}:
            raise _other_polarisations(files[0].label, held)
        raise InputError(f"{files[0].label} has no band left to read; name one of them VV or VH.", field="bands")
    profiles = with_units(files, names, units, notes)
    units_used = {profile.units for profile in profiles if profile.bands()}
    if "display" in units_used and len(units_used) > 1:
        raise InputError(f"Files given with {files[0].label} mix 8-bit pictures and backscatter; give one kind.")
    _doubts.level_doubts(files, profiles, notes)
    said_calibration = _calibration(files, profiles, calibration, notes)
    acquired, dated_by = _acquired(files, notes)
    orbit = next((orbit for file in files if (orbit := orbit_of(file))), None)
    own_names = bands is not None and told == [None] * len(files) and not all(file.product for file in files)
    said = tuple(dict.fromkeys(notes))
    return Profile(tuple(profiles), said_calibration, acquired, dated_by, orbit, not own_names, said)


def _told(files: Sequence[FileFacts], bands: Sequence[str] | None, notes: list[str]) -> list[tuple[str, ...] | None]:
    """What the user said of each file's bands, where the files have as many; else what they say themselves."""
    try:
        return told_bands(files, bands)
    except InputError:
        if not all(_named_by_itself(file) for file in files):
            raise
    notes.append(f"{files[0].label} has another number of bands than are named, and names its own, which were taken.")
    return [None] * len(files)


def _named_by_itself(file: FileFacts) -> bool:
    texts = (*file.descriptions, file.path.rpartition("/")[2] if len(file.descriptions) == 1 else "")
    return file.product is not None or any(_only(_names.polarisations_in(text)) in ("VV", "VH") for text in texts)


def told_bands(files: Sequence[FileFacts], bands: Sequence[str] | None) -> list[tuple[str, ...] | None]:
    """What the user said of each file's bands: all files have the same ones, or all bands are told in a row."""
    if bands is None:
        return [None] * len(files)
    counts = [len(file.descriptions) for file in files]
    if all(count == len(bands) for count in counts):
        return [tuple(bands)] * len(files)
    if sum(counts) == len(bands):
        starts = np.cumsum([0, *counts])
        return [tuple(bands[start : start + count]) for start, count in zip(starts, counts, strict=False)]
    if all(file.product for file in files):
        return [None] * len(files)
    held = ", ".join(f"{file.label} {count}" for file, count in zip(files, counts, strict=True))
    raise InputError(
        f"{len(bands)} bands are named, but the files hold other numbers of them ({held}); name the bands of each file,"
        " or those of all files in a row.",
        field="bands",
    )


def _polarisations(file: FileFacts, told: tuple[str, ...] | None, notes: list[str]) -> tuple[str | None, ...]:
    """The polarisation of each band; None for bands that are not read."""
    if file.product is not None:
        return (file.product.polarisation if file.product.polarisation in ("VV", "VH") else None,)
    if told is not None:
        _doubts.band_doubts(file, told, notes)
        names: list[str | None] = [None if name == "skip" else name for name in told]
    else:
        names = _named(file, notes) or _guessed(file, notes)
    for name in ("VV", "VH"):
        if names.count(name) > 1:
            numbers = " and ".join(str(band + 1) for band, other in enumerate(names) if other == name)
            raise InputError(
                f"{file.label} has several bands {name} ({numbers}); name the bands, and 'skip' those to leave out.",
                field="bands",
            )
    return tuple(names)


def _named(file: FileFacts, notes: list[str]) -> list[str | None] | None:
    """What the bands' own names say, or None where they name no polarisation."""
    pairs = [_names.polarisations_in(text) for text in file.descriptions]
    names = [only if (only := _only(pair)) in ("VV", "VH") else None for pair in pairs]
    if not any(names):
        other = {name for pair in pairs for name in pair} & {"HH", "HV"}
        if other or (other := _names.polarisations_in(file.path.rpartition("/")[2]) & {"HH", "HV"}):
            raise _other_polarisations(file.label, other)
        return None
    unused = [text or f"band {band + 1}" for band, text in enumerate(file.descriptions) if names[band] is None]
    if unused:
        notes.append(f"{file.label}: {', '.join(unused)} not used.")
    return names


def _other_polarisations(label: str, held: set[str]) -> InputError:
    return InputError(f"{label} holds {' and '.join(sorted(held))}; flood maps are made from VV and VH: give these.")


def _only(names: set[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None


def _guessed(file: FileFacts, notes: list[str]) -> list[str | None]:
    """Polarisations from the file's name or the bands' brightness, for bands without names."""
    names: list[str | None] = [None] * len(file.descriptions)
    left = [band for band, text in enumerate(file.descriptions) if not _names.is_side_band(text)]
    if file.dtypes[0] == "uint8" and len(left) > 2:
        left = left[:1]  # a grey picture saved as red, green and blue
    if len(left) == 3:
        left = [band for band in left if not _statistics.is_angle(file.sample[band])]
    if len(left) == 1:
        names[left[0]] = _single(file, left[0], notes)
        return names
    ratio = _statistics.brighter_by(file.sample[left[0]], file.sample[left[1]]) if len(left) == 2 else 0.0
    if len(left) != 2 or file.dtypes[0] == "uint8" or abs(ratio) < 2.0:
        count = len(file.descriptions)
        raise InputError(
            f"The {count} bands of {file.label} cannot be told apart; name them, such as VV,VH.", field="bands"
        )
    bright, dark = left if ratio > 0 else left[::-1]
    names[bright], names[dark] = "VV", "VH"
    notes.append(
        f"{file.label} does not name its bands: band {bright + 1}, which is brighter, was taken as VV"
        f" and band {dark + 1} as VH."
    )
    return names


def _single(file: FileFacts, band: int, notes: list[str]) -> str:
    if name := _only(_names.polarisations_in(file.path.rpartition("/")[2])):
        return name
    if file.dtypes[0] == "uint8":
        notes.append(f"{file.label} does not name its polarisation: it was taken as VV.")
        return "VV"
    if _statistics.is_decibel(file.sample[band]) and _statistics.bright_end(file.sample[band]) > -12:
        notes.append(f"{file.label} does not name its polarisation: it was taken as VV because it is bright.")
        return "VV"
    raise InputError(f"{file.label} does not say whether it is VV or VH; name its band VV or VH.", field="bands")


def with_units(
    files: Sequence[FileFacts],
    names: Sequence[tuple[str | None, ...]],
    told: str | None,
    notes: list[str],
    remedy: Remedy = SAY_UNITS,
) -> list[FileProfile]:
    """How to read backscatter: units from what is told, names, or numbers; InputError where they cannot be told.

    `remedy` is what can be done where the units are not told.
    """
    profiles, silent = [], []
    for index, (file, file_names) in enumerate(zip(files, names, strict=True)):
        profile = FileProfile(file_names, "")
        units = "power" if file.product else _units(file, profile, told, notes, remedy)
        if units is None:
            silent.append(index)
        profiles.append(replace(profile, units=units or ""))
    if silent:
        silent_files, silent_profiles = [files[index] for index in silent], [profiles[index] for index in silent]
        units = _power_or_amplitude(silent_files, silent_profiles, notes, remedy)
        for index in silent:
            profiles[index] = replace(profiles[index], units=units)
    for file, profile in zip(files, profiles, strict=True):
        if file.product is None:
            _doubts.refuse_uncalibrated(file, profile)
    return profiles


def _units(file: FileFacts, profile: FileProfile, told: str | None, notes: list[str], remedy: Remedy) -> str | None:
    """The units of one file; None where it is linear but nothing says of what."""
    picture = file.dtypes[0] == "uint8"
    if told == "display" and not picture:
        raise InputError(f"{file.label} is no 8-bit picture, as 'display' means; give its true units.", field="units")
    bands = list(profile.bands().values())
    if not bands:
        return ""
    if told not in (None, "display"):
        _doubts.unit_doubts(file, profile, told, notes)
    if told is not None or picture:
        return told or "display"
    said = _names.units_in(file.texts(bands))
    decibel = _statistics.is_decibel(file.sample[bands])
    if said is not None and (said == "db") != decibel:
        means = "dB, because most values are negative" if decibel else "linear, because hardly a value is negative"
        notes.append(f"{file.label} is named {said} but was taken as {means}; if that is wrong, {remedy.text}.")
        said = None
    if decibel:
        if said is None:
            notes.append(f"{file.label} does not say its units: taken as dB, because most values are negative.")
        return "db"
    return said


def _power_or_amplitude(
    files: Sequence[FileFacts], profiles: Sequence[FileProfile], notes: list[str], remedy: Remedy
) -> str:
    samples: dict[str, list[Floats]] = {}
    for file, profile in zip(files, profiles, strict=True):
        for name, band in profile.bands().items():
            samples.setdefault(name, []).append(file.sample[band])
    odds = _statistics.power_odds({name: np.concatenate(values) for name, values in samples.items()})
    label = files[0].label
    if abs(odds) < 1:
        hinted = {_names.units_in(file.folders()) for file in files}
        if (units := next(iter(hinted))) in ("power", "amplitude") and len(hinted) == 1:
            notes.append(
                f"{label} does not say its units: taken as linear {units} by the name of its folder; if that is wrong,"
                f" {remedy.text}."
            )
            return units
        raise InputError(
            f"{label} is linear, but power and amplitude cannot be told apart; {remedy.text}.", field=remedy.field
        )
    units = "power" if odds > 0 else "amplitude"
    notes.append(
        f"{label} does not say its units: taken as linear {units} by its brightness; if that is wrong, {remedy.text}."
    )
    return units


def _calibration(
    files: Sequence[FileFacts], profiles: Sequence[FileProfile], told: str | None, notes: list[str]
) -> str:
    if told is not None:
        return told
    calibrations = set()
    for file, profile in zip(files, profiles, strict=True):
        if not profile.bands():
            continue
        said = "sigma0" if file.product else _names.calibration_in(file.texts(list(profile.bands().values())))
        if said == "beta0":
            raise InputError(f"{file.label} is beta nought; calibrate it to sigma or gamma nought.")
        calibrations.add(said)
    known = calibrations - {None}
    if not known:
        hinted = {_names.calibration_in(file.folders()) for file in files if file.product is None} - {None, "beta0"}
        if len(hinted) == 1 and all(profile.units != "display" for profile in profiles):
            (hint,) = hinted
            words = "sigma" if hint == "sigma0" else "gamma"
            notes.append(f"{files[0].label} does not say its calibration: taken as {words} nought, as its folder says.")
            return hint or "sigma0"
    if len(known) > 1:
        raise InputError(
            "The files of one date mix sigma nought and gamma nought; give one kind, or tell their calibration.",
            field="calibration",
        )
    if not known:
        if all(profile.units != "display" for profile in profiles):
            notes.append(f"{files[0].label} does not say its calibration: taken as sigma nought.")
        return "sigma0"
    return known.pop() or "sigma0"


def _acquired(files: Sequence[FileFacts], notes: list[str]) -> tuple[datetime | None, str | None]:
    """When the first of the files was taken, and the folder that says so where the file itself does not."""
    taken = [(date.astimezone(UTC), file.label, folder) for file in files for date, folder in (dated(file),) if date]
    if not taken:
        return None, None
    days = sorted(taken, key=lambda item: item[:2])
    first, last = days[0], days[-1]
    if len(passes([date for date, *_ in days])) > 1:
        raise InputError(
            f"{first[1]} and {last[1]} are of different dates ({_moment(first[0])} and {_moment(last[0])}); give each"
            " date by itself.",
            field="pre",
        )
    timed = [date for date, *_ in days if date.time() != time.min]
    if len(timed) < len(days) and last[0].date() != first[0].date():
        notes.append(f"Files given as one date were acquired on {first[0]:%Y-%m-%d} and {last[0]:%Y-%m-%d}.")
    return first[0], first[2]


def dated(file: FileFacts) -> tuple[datetime | None, str | None]:
    """When a file was taken, and the folder whose name says so where neither the file's own nor its tags do."""
    if file.product:
        return file.product.acquired, None
    if date := _names.acquired_in(file.names()):
        return date, None
    for depth in (1, 2):
        folder = file.folder(depth)
        if date := _names.acquired_in(folder.rpartition("/")[2]):
            return date, folder
    return None, None


def _moment(date: datetime) -> str:
    return f"{date:%Y-%m-%d}" if date.time() == time.min else f"{date:%Y-%m-%d %H:%M}"


def orbit_of(file: FileFacts) -> Orbit | None:
    """What a file says of the satellite's way over it."""
    if file.product:
        return file.product.orbit
    named = _names.orbit_in(file.names()) or _names.orbit_in(file.folders())
    for key in ("ORBIT_DIRECTION", "orbitProperties_pass", "PASS"):
        if (direction := file.tags.get(key, "").lower()) in ("ascending", "descending"):
            return Orbit(direction, named.number if named else None)
    return named
