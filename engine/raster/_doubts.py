"""What speaks against an image, or against what was told of it: refused where it cannot be, noted where it is odd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from . import _names, _statistics
from ._facts import FileFacts, FileProfile

__all__ = ["band_doubts", "level_doubts", "refuse_other_images", "refuse_scaled", "refuse_uncalibrated", "unit_doubts"]

Array = NDArray[Any]

PIXEL_TYPES_OF_COUNTS = ("uint8", "int8", "uint16", "int16", "uint32", "int32")
# Class maps hold a handful of values; a grey picture of an area with any structure holds more.
FEWEST_GREY_LEVELS = 16
# Shares of negative values. Of decibels of land and water nearly all are; of power, where noise was taken away, some.
FEWEST_NEGATIVE_DB, SOME_NEGATIVE_POWER, MOST_NEGATIVE_POWER = 0.01, 0.05, 0.5
DARKEST_MEDIAN = -35.0  # dB of a whole image, of calm water in VH


def refuse_other_images(file: FileFacts, *, asked: bool) -> None:
    """One sentence for everything that is plainly no radar image."""
    radar = any(_names.polarisations_in(text) for text in (*file.descriptions, file.names(), file.folders()))
    count, whole = len(file.dtypes), file.dtypes[0] in PIXEL_TYPES_OF_COUNTS
    optical = any(_names.is_optical_name(text) for text in file.descriptions) or _names.is_optical_file(file.path)
    counts = whole and count > 2 and file.dtypes[0] != "uint8" and not asked
    if not radar and (optical or counts):
        raise InputError(f"{file.label} is an optical image; give Sentinel-1 backscatter.")
    if "palette" in file.colours:
        raise InputError(f"{file.label} is a class map with a colour table; give Sentinel-1 backscatter.")
    if np.isnan(_statistics.median_of_observed(file.sample)) and (file.dtypes[0] != "uint8" or not file.sample.size):
        raise InputError(f"{file.label} holds no observed pixel: all of it is nodata or zero.")
    if file.dtypes[0] != "uint8":
        return
    if count > 2 and not radar and not asked and not _statistics.all_equal(file.sample[:3]):
        raise InputError(f"{file.label} is a colour picture; give the grey or calibrated Sentinel-1 image itself.")
    if file.sample.shape[1] > 1000 and len(np.unique(file.sample[0])) < FEWEST_GREY_LEVELS:
        raise InputError(f"{file.label} holds only a few values, as class maps do; give a Sentinel-1 image.")


def refuse_uncalibrated(file: FileFacts, profile: FileProfile) -> None:
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


def refuse_scaled(file: FileFacts) -> None:
    """Refuse decibels in whole tenths or hundredths, which would pass for fill values."""
    seen = _statistics.without_fill(file.sample)
    middle = float(np.median(seen)) if seen.size else 0.0
    if middle < _statistics.LOWEST_DB:
        factor = 100 if middle < 10 * DARKEST_MEDIAN else 10
        raise InputError(
            f"{file.label} looks like dB x {factor} (its middle value is {middle:.0f}); divide it by {factor} (e.g."
            " with the raster calculator) and give the result."
        )


def unit_doubts(file: FileFacts, profile: FileProfile, told: str, notes: list[str]) -> None:
    """Refuse units that the values cannot be of; `told` is not 'display'."""
    seen = _statistics.without_fill(file.sample[list(profile.bands().values())])
    if not seen.size:
        return
    if file.dtypes[0] == "uint8" and bool((seen % 1 == 0).all()):
        raise InputError(
            f"{file.label} is an 8-bit picture, not backscatter; leave its units out, or give 'display'.", field="units"
        )
    negative = float((seen < 0).mean())
    told_to_be = f"{file.label} is told to be {'dB' if told == 'db' else f'linear {told}'}"
    if told == "db" and negative < FEWEST_NEGATIVE_DB:
        raise InputError(
            f"{told_to_be}, but hardly any of its values is negative, as most of dB are; give its true units, or leave"
            " them out.",
            field="units",
        )
    if told != "db" and negative > MOST_NEGATIVE_POWER:
        raise InputError(
            f"{told_to_be}, but most of its values are negative, as only dB are; give its true units, or leave them"
            " out.",
            field="units",
        )
    if told != "db" and negative > SOME_NEGATIVE_POWER:
        notes.append(
            f"{file.label}: {negative:.0%} of its values are negative, which {told} never is; they count as not"
            " observed: check its units."
        )


def band_doubts(file: FileFacts, told: Sequence[str], notes: list[str]) -> None:
    """Note where the file's own names speak against the polarisations that were told."""
    if file.product is not None:
        return
    texts = file.descriptions
    if len(texts) == 1 and not _names.polarisations_in(texts[0]):
        texts = (file.path.replace("\\", "/").rpartition("/")[2],)
    named = [_names.polarisations_in(text) for text in texts]
    wrong = [
        band
        for band, (own, name) in enumerate(zip(named, told, strict=True))
        if name != "skip" and len(own) == 1 and name not in own
    ]
    if wrong:
        own = " and ".join(f"band {band + 1} {next(iter(named[band]))}" for band in wrong)
        notes.append(
            f"{file.label} names {own}, but is told to hold {' and '.join(told[band] for band in wrong)}, which was"
            " obeyed; name no bands if the file is right."
        )


def level_doubts(files: Sequence[FileFacts], profiles: Sequence[FileProfile], notes: list[str]) -> None:
    """Note where VH is brighter than VV: over land it lies 5 to 10 dB below, over water a little less."""
    samples: dict[str, list[Array]] = {}
    labels = []
    for file, profile in zip(files, profiles, strict=True):
        if file.product is not None or profile.units == "display":
            continue
        for name, band in profile.bands().items():
            samples.setdefault(name, []).append(_statistics.to_decibels(file.sample[band], profile.units))
        labels += [file.label] if profile.bands() else []
    levels = {name: np.concatenate(values) for name, values in samples.items()}
    if len(levels) < 2 or not all(values.size for values in levels.values()):
        return
    above = float(np.median(levels["VH"]) - np.median(levels["VV"]))
    if above > 0:
        notes.append(
            f"In {' and '.join(labels)} VH is brighter than VV (by {above:.1f} dB in the median), as hardly any ground"
            " is: check which band is which, and name them in their order."
        )
