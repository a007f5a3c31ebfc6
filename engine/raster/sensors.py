"""What an image's numbers mean: polarisation of each band, units, calibration, date and orbit, and what was assumed.

Names and metadata are believed first, the numbers themselves are asked where names are silent or plainly wrong, and
what cannot be told is an error that says which option tells it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from . import _names, _statistics
from ._files import ProductFacts

__all__ = ["FileFacts", "FileProfile", "Profile", "describe"]

Floats = NDArray[np.float32]

PIXEL_TYPES_OF_COUNTS = ("uint8", "int8", "uint16", "int16", "uint32", "int32")
# Class maps hold a handful of values; a grey picture of an area with any structure holds more.
FEWEST_GREY_LEVELS = 16


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file shows of itself.

    Attributes
    ----------
    label : str
        What messages call it.
    path : str
        Its name and its last two folders are searched for what they say.
    descriptions, dtypes, colours : tuple of str
        Per band; colours are GDAL's colour interpretations.
    tags : mapping of str to str
    sample : float32 [bands, n]
        Some pixels in the file's own units; NaN where not observed.
    product : ProductFacts, optional
        What the product's metadata say beyond doubt; nothing else is asked then.
    """

    label: str
    path: str
    descriptions: tuple[str, ...]
    dtypes: tuple[str, ...]
    colours: tuple[str, ...]
    tags: Mapping[str, str]
    sample: Floats
    product: ProductFacts | None = None

    def names(self) -> str:
        """Name and last two folders of the file, and the tags that speak of its acquisition."""
        *folders, name = self.path.replace("\\", "/").replace("}", "").split("/")
        keys = ("ACQUISITION_DATE", "ACQUISITION_START_TIME", "DATE_ACQUIRED", "UNITS", "CALIBRATION", "POLARISATION")
        return " ".join([name, *(self.tags[key] for key in keys if key in self.tags), *folders[:-3:-1]])

    def texts(self, bands: Sequence[int]) -> str:
        """Names of some bands, the file's own name, and its tags."""
        return " ".join([*(self.descriptions[band] for band in bands), self.names()])


@dataclass(frozen=True, slots=True)
class FileProfile:
    """How to read one file.

    Attributes
    ----------
    polarisations : tuple of ('VV' | 'VH' | None)
        Of each band; None for bands that are not read.
    units : {'db', 'power', 'amplitude', 'display'}
        Empty for a file none of whose bands is read.
    """

    polarisations: tuple[str | None, ...]
    units: str

    def bands(self) -> dict[str, int]:
        """Index of the band of each polarisation."""
        return {name: band for band, name in enumerate(self.polarisations) if name is not None}


@dataclass(frozen=True, slots=True)
class Profile:
    """How to read the files of one date; attributes as of `engine.raster.source.SarScene`."""

    files: tuple[FileProfile, ...]
    calibration: str
    acquired: datetime | None
    orbit: str | None
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
        Of the bands of each file, or of all files' bands in a row.
    calibration : {'sigma0', 'gamma0'}, optional

    Raises
    ------
    InputError
        If the files are no calibrated Sentinel-1 backscatter, or cannot be told apart.
    """
    notes: list[str] = []
    told = _told_bands(files, bands)
    for file in files:
        if file.product is None:
            _refuse_other_images(file, asked=bands is not None)
    names = [_polarisations(file, told[index], notes) for index, file in enumerate(files)]
    if not any(name for file_names in names for name in file_names):
        raise InputError(f"{files[0].label} has no band left to read; name one of them VV or VH with --bands.")
    profiles = _with_units(files, names, units, notes)
    units_used = {profile.units for profile in profiles if profile.bands()}
    if "display" in units_used:
        if len(units_used) > 1:
            raise InputError(f"Files given with {files[0].label} mix 8-bit pictures and backscatter; give one kind.")
        notes.append("The image is an 8-bit picture, not backscatter: only relative thresholds can be used.")
    found = {name for file_names in names for name in file_names if name}
    if len(found) == 1:
        notes.append(f"Only {found.pop()} is given; VV and VH together find water more surely.")
    return Profile(
        tuple(profiles),
        _calibration(files, profiles, calibration, notes),
        _acquired(files, notes),
        next((orbit for file in files if (orbit := _orbit(file))), None),
        tuple(dict.fromkeys(notes)),
    )


def _told_bands(files: Sequence[FileFacts], bands: Sequence[str] | None) -> list[tuple[str, ...] | None]:
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
    raise InputError(f"--bands names {len(bands)} bands, but the files hold other numbers of them ({held}).")


def _refuse_other_images(file: FileFacts, *, asked: bool) -> None:
    """One sentence for everything that is plainly no radar image."""
    radar = any(_names.polarisations_in(text) for text in (*file.descriptions, file.names()))
    count, whole = len(file.dtypes), file.dtypes[0] in PIXEL_TYPES_OF_COUNTS
    optical = any(_names.is_optical_name(text) for text in file.descriptions) or _names.is_optical_file(file.path)
    counts = whole and count > 2 and file.dtypes[0] != "uint8" and not asked
    if not radar and (optical or counts):
        raise InputError(f"{file.label} is an optical image; flood maps need Sentinel-1 backscatter.")
    if "palette" in file.colours:
        raise InputError(f"{file.label} is a class map with a colour table; flood maps need Sentinel-1 backscatter.")
    if np.isnan(_statistics.median_of_observed(file.sample)) and (file.dtypes[0] != "uint8" or not file.sample.size):
        raise InputError(f"{file.label} holds no observed pixel: all of it is nodata or zero.")
    if file.dtypes[0] != "uint8":
        return
    if count > 2 and not radar and not asked and not _statistics.all_equal(file.sample[:3]):
        raise InputError(f"{file.label} is a colour picture; give the grey or calibrated Sentinel-1 image itself.")
    if file.sample.shape[1] > 1000 and len(np.unique(file.sample[0])) < FEWEST_GREY_LEVELS:
        raise InputError(f"{file.label} holds only a few values, as class maps do; give a Sentinel-1 image.")


def _polarisations(file: FileFacts, told: tuple[str, ...] | None, notes: list[str]) -> tuple[str | None, ...]:
    """The polarisation of each band; None for bands that are not read."""
    if file.product is not None:
        return (file.product.polarisation,)
    if told is not None:
        names: list[str | None] = [None if name == "skip" else name for name in told]
    else:
        names = _named(file, notes) or _guessed(file, notes)
    for name in ("VV", "VH"):
        if names.count(name) > 1:
            numbers = " and ".join(str(band + 1) for band, other in enumerate(names) if other == name)
            raise InputError(f"{file.label} has several bands {name} ({numbers}); choose with --bands, and 'skip'.")
    return tuple(names)


def _named(file: FileFacts, notes: list[str]) -> list[str | None] | None:
    """What the bands' own names say, or None where they name no polarisation."""
    found = [_names.polarisations_in(text) for text in file.descriptions]
    names = [only if (only := _only(pair)) in ("VV", "VH") else None for pair in found]
    if not any(names):
        other = {name for pair in found for name in pair} & {"HH", "HV"}
        if other or _only(_names.polarisations_in(file.path.rpartition("/")[2])) in ("HH", "HV"):
            raise InputError(f"{file.label} holds HH or HV; flood maps are made from VV and VH.")
        return None
    unused = [text or f"band {band + 1}" for band, text in enumerate(file.descriptions) if names[band] is None]
    if unused:
        notes.append(f"{file.label}: {', '.join(unused)} not used.")
    return names


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
        raise InputError(f"The {count} bands of {file.label} cannot be told apart; name them with --bands, as VV,VH.")
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
    raise InputError(f"{file.label} does not say whether it is VV or VH; say so with --bands VV or --bands VH.")


def _with_units(
    files: Sequence[FileFacts], names: Sequence[tuple[str | None, ...]], told: str | None, notes: list[str]
) -> list[FileProfile]:
    profiles, silent = [], []
    for index, (file, file_names) in enumerate(zip(files, names, strict=True)):
        profile = FileProfile(file_names, "")
        units = "power" if file.product else _units(file, profile, told, notes)
        if units is None:
            silent.append(index)
        profiles.append(replace(profile, units=units or ""))
    if silent:
        units = _power_or_amplitude([files[index] for index in silent], [profiles[index] for index in silent], notes)
        for index in silent:
            profiles[index] = replace(profiles[index], units=units)
    for file, profile in zip(files, profiles, strict=True):
        if file.product is None:
            _refuse_uncalibrated(file, profile)
    return profiles


def _units(file: FileFacts, profile: FileProfile, told: str | None, notes: list[str]) -> str | None:
    """The units of one file; None where it is linear but neither names nor options say of what."""
    picture = file.dtypes[0] == "uint8"
    if told == "display" and not picture:
        raise InputError(f"{file.label} is no 8-bit picture, which --units display means; give its true units.")
    if told is not None or picture:
        return told or "display"
    bands = list(profile.bands().values())
    if not bands:
        return ""
    said = _names.units_in(file.texts(bands))
    decibel = _statistics.is_decibel(file.sample[bands])
    if said is not None and (said == "db") != decibel:
        means = "dB, because most values are negative" if decibel else "linear, because hardly a value is negative"
        notes.append(f"{file.label} is named {said} but was taken as {means}; --units decides otherwise.")
        said = None
    if decibel:
        if said is None:
            notes.append(f"{file.label} does not say its units: taken as dB, because most values are negative.")
        return "db"
    return said


def _power_or_amplitude(files: Sequence[FileFacts], profiles: Sequence[FileProfile], notes: list[str]) -> str:
    samples: dict[str, list[Floats]] = {}
    for file, profile in zip(files, profiles, strict=True):
        for name, band in profile.bands().items():
            samples.setdefault(name, []).append(file.sample[band])
    odds = _statistics.power_odds({name: np.concatenate(values) for name, values in samples.items()})
    label = files[0].label
    if abs(odds) < 1:
        raise InputError(f"{label} is linear, but power and amplitude cannot be told apart; say it with --units.")
    units = "power" if odds > 0 else "amplitude"
    notes.append(
        f"{label} does not say its units: taken as linear {units} by its brightness; --units decides otherwise."
    )
    return units


def _refuse_uncalibrated(file: FileFacts, profile: FileProfile) -> None:
    bands = list(profile.bands().values())
    if profile.units == "display" or not bands:
        return
    middle = _statistics.median_of_observed(file.sample[bands])
    level = _statistics.decibels(middle, profile.units)
    if level is None:
        raise InputError(f"{file.label} holds no observed pixel: all of it is nodata or zero.")
    # Even a town is darker than 5 in linear power as a whole; digital numbers are hundreds.
    if not -60 < level < 7:
        raise InputError(
            f"{file.label} is not calibrated backscatter (its middle value is {middle:.4g}); give the whole .SAFE"
            " product, or calibrate it to sigma nought in SNAP (Radar > Radiometric > Calibrate)."
        )


def _calibration(
    files: Sequence[FileFacts], profiles: Sequence[FileProfile], told: str | None, notes: list[str]
) -> str:
    if told is not None:
        return told
    found = set()
    for file, profile in zip(files, profiles, strict=True):
        if not profile.bands():
            continue
        said = "sigma0" if file.product else _names.calibration_in(file.texts(list(profile.bands().values())))
        if said == "beta0":
            raise InputError(f"{file.label} is beta nought; calibrate it to sigma or gamma nought.")
        found.add(said)
    known = found - {None}
    if len(known) > 1:
        raise InputError("The files of one date mix sigma nought and gamma nought; give one kind, or --calibration.")
    if not known:
        if all(profile.units != "display" for profile in profiles):
            notes.append(f"{files[0].label} does not say its calibration: taken as sigma nought.")
        return "sigma0"
    return known.pop() or "sigma0"


def _acquired(files: Sequence[FileFacts], notes: list[str]) -> datetime | None:
    dates = [
        date for file in files if (date := file.product.acquired if file.product else _names.acquired_in(file.names()))
    ]
    if not dates:
        return None
    if max(dates) - min(dates) > timedelta(days=1):
        days = " and ".join(f"{date.astimezone(UTC):%Y-%m-%d}" for date in (min(dates), max(dates)))
        notes.append(f"Files given as one date were acquired on {days}.")
    return min(dates)


def _orbit(file: FileFacts) -> str | None:
    if file.product:
        return file.product.orbit
    for key in ("ORBIT_DIRECTION", "orbitProperties_pass", "PASS"):
        if file.tags.get(key, "").lower() in ("ascending", "descending"):
            return file.tags[key].lower()
    return _names.orbit_in(file.names())
