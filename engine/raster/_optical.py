"""What the numbers of images of any sensor mean: the name and the units of each band, and how to get to reflectance.

As in `sensors`, names and metadata are believed first, and the numbers themselves are asked where these are silent or
plainly wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cards.band_names import POLARISATIONS, SENTINEL_2, canonical
from ..errors import InputError
from . import _names
from .raster_file import RasterFile

__all__ = ["BandReading", "band_names", "readings"]

Floats = NDArray[np.float32]

GENERIC = re.compile(r"^(band|layer)?[ _#:-]*\d*$", re.IGNORECASE)
COUNTS = ("uint16", "int16", "uint32", "int32")
COLOURS = ("red", "green", "blue")
# Sentinel-2 products: reflectance = (number + offset) / 10000; the offset is -1000 since processing baseline 04.00
# (Sentinel-2 Products Specification Document, S2-PDGS-TAS-DI-PSD, 14.9).
QUANTIFICATION, OFFSET, BASELINE_WITH_OFFSET = 10_000.0, 1000.0, 400
BASELINE = re.compile(r"_N(\d{4})_")
# Landsat Collection 2 level 2: reflectance = 0.0000275 x number - 0.2 (LSDS-1619, Landsat 8-9 C2 L2 Data Format).
LANDSAT = re.compile(r"(?<![A-Za-z])L[COTEM]0[4-9]_L2S[PR]_\d{6}_\d{8}_\d{8}_02_T", re.IGNORECASE)
LANDSAT_SCALE, LANDSAT_OFFSET = 2.75e-5, -0.2
SAYS_REFLECTANCE = re.compile(r"reflectance", re.IGNORECASE)
# Snow and cloud reach 1.6 in products; numbers times 10,000 exceed this as a whole unless an image is all but black.
HIGHEST_REFLECTANCE, LOWEST_NUMBERS = 1.6, 20.0
# Bands in which vegetation, water and shadow are dark, and the ones that the air swallows (B10). Some pixels of nearly
# any image are: with the offset they lie just above 1000, without it far below. Bright deserts and snow lie above in
# red as a whole; under clouds B10 tells.
DARK_BANDS, MOST_SAMPLED = ("B10", "B04", "B12", "B02", "B11", "B03"), 4
DARKEST_WITH_OFFSET, BRIGHTEST_DARK, REMOVED_BELOW = 1000.0, 2000.0, 800.0


@dataclass(frozen=True, slots=True)
class BandReading:
    """How one band of a file is read: value = number * scale + offset, in `units`.

    Attributes
    ----------
    index : int
        Among the file's bands.
    name : str
        Canonical, or the band's own, or "band 1".
    units : {'reflectance', 'db', 'display', 'dn'}
    scale, offset : float
    """

    index: int
    name: str
    units: str = "dn"
    scale: float = 1.0
    offset: float = 0.0


def band_names(file: RasterFile, told: Sequence[str] | None) -> list[str | None]:
    """The name of each band of a file; "" where nothing told, no description and no colour names it, None to skip it.

    Raises
    ------
    InputError
        If the file is a class map, or names a band twice.
    """
    if file.part.facts is not None:
        return [file.part.facts.polarisation]
    if told is not None:
        names: list[str | None] = [
            None if text.strip().lower() == "skip" else canonical(text) or text.strip() for text in told
        ]
    else:
        if "palette" in file.colours:
            raise InputError(f"{file.label} is a class map with a colour table; give the image itself.")
        names = [_name(file, band) for band in range(len(file.bands))]
    known = [name for name in names if name]
    if twice := next((name for name in known if known.count(name) > 1), None):
        numbers = " and ".join(str(band + 1) for band, name in enumerate(names) if name == twice)
        raise InputError(
            f"{file.label} has several bands {twice} ({numbers}); name the bands, and 'skip' those to leave out.",
            field="bands",
        )
    return names


def _name(file: RasterFile, band: int) -> str:
    text = file.descriptions[band]
    if name := canonical(text):
        return name
    if len(file.bands) == 1 and (name := canonical(_base(file))):
        return name
    colour = file.colours[file.bands[band] - 1]
    if not GENERIC.match(text.strip()):
        return text.strip()
    return colour if colour in COLOURS and len(file.bands) >= len(COLOURS) else ""


def _base(file: RasterFile) -> str:
    return file.label.replace("\\", "/").rpartition("/")[2]


def readings(
    files: Sequence[RasterFile], names: Sequence[Sequence[str | None]], notes: list[str]
) -> list[list[BandReading]]:
    """How the bands of each file are read that are no backscatter (VV and VH are left to `sensors`).

    Parameters
    ----------
    files : sequence of RasterFile
    names : sequence of sequence of (str or None)
        Of the bands of each file; none is empty.
    notes : list of str
        Takes what was assumed.
    """
    found: list[list[BandReading]] = []
    numbers: list[int] = []
    for index, (file, own) in enumerate(zip(files, names, strict=True)):
        units, scale, offset = _units(file, own, notes)
        if units == "numbers":
            numbers.append(index)
            units = "reflectance"
        found.append([
            BandReading(band, name, units, scale, offset)
            for band, name in enumerate(own)
            if name is not None and name not in POLARISATIONS[:2]
        ])  # fmt: skip
    if numbers:
        removed = _offsets([files[index] for index in numbers], [names[index] for index in numbers], notes)
        for index, offset in zip(numbers, removed, strict=True):
            scale = 1 / QUANTIFICATION
            found[index] = [
                BandReading(band.index, band.name, band.units, scale, -offset * scale) for band in found[index]
            ]
    return found


def _units(file: RasterFile, names: Sequence[str | None], notes: list[str]) -> tuple[str, float, float]:
    """(units, scale, offset) of a file's bands; units 'numbers' for Sentinel-2's reflectance times 10,000."""
    optical = [name for name in names if name is not None and name not in POLARISATIONS]
    if not optical:
        return "dn", 1.0, 0.0
    dtype = file.dtypes[file.bands[0] - 1]
    if dtype == "uint8":
        return "display", 1.0, 0.0
    if LANDSAT.search(file.label) and dtype in COUNTS:
        return "reflectance", LANDSAT_SCALE, LANDSAT_OFFSET
    says = bool(SAYS_REFLECTANCE.search(" ".join([file.tags.get("UNITS", ""), *file.descriptions])))
    sentinel = any(name in SENTINEL_2 for name in optical) or _names.is_optical_file(file.label)
    colours = all(name in (*COLOURS, "nir") for name in optical)
    if not (sentinel or says or colours):
        return "dn", 1.0, 0.0
    if dtype in COUNTS and not file.scaled:
        # Other sensors' red and green in whole numbers are of any scale.
        return ("numbers", 1.0, 0.0) if sentinel or says else ("dn", 1.0, 0.0)
    sample = file.sample(side=96)
    highest = float(np.nanquantile(sample, 0.99)) if np.isfinite(sample).any() else 0.0
    if highest <= HIGHEST_REFLECTANCE:
        return "reflectance", 1.0, 0.0
    if highest >= LOWEST_NUMBERS and (sentinel or says):
        return "numbers", 1.0, 0.0
    notes.append(f"{file.label} does not say its units, and its values are no reflectance: they are taken as they are.")
    return "dn", 1.0, 0.0


def _offsets(files: Sequence[RasterFile], names: Sequence[Sequence[str | None]], notes: list[str]) -> list[float]:
    """What is added to the numbers of each file of Sentinel-2 reflectance, 0 or 1000."""
    stated = [_stated_offset(file) for file in files]
    dark = _dark_ends(files, names)
    if 0.0 not in stated and None not in stated:
        if dark and min(dark.values()) < REMOVED_BELOW:
            notes.append(
                f"{files[0].label} is of a processing baseline that adds 1000 to all numbers, but its dark pixels lie"
                " below: the offset was taken as removed already."
            )
            return [0.0] * len(files)
        return [offset or 0.0 for offset in stated]
    assumed = 0.0
    if None in stated and _looks_offset(dark):
        assumed = OFFSET
        notes.append(
            f"No number of {files[0].label} lies far below 1000, even in its darkest bands, as since Sentinel-2's"
            " processing baseline 04.00: 1000 was subtracted; if that is wrong, say so with gdal_edit.py -mo"
            " BOA_ADD_OFFSET=0."
        )
    return [assumed if offset is None else offset for offset in stated]


def _stated_offset(file: RasterFile) -> float | None:
    """What tags or the product's name say was added to the numbers; None where they are silent."""
    tags = {key.upper(): value for key, value in file.tags.items()}
    for key, value in tags.items():
        if key.startswith(("BOA_ADD_OFFSET", "RADIO_ADD_OFFSET")) and (number := re.search(r"-?\d+(\.\d+)?", value)):
            return abs(float(number[0]))
    if match := re.match(r"(\d+)\.(\d+)", tags.get("PROCESSING_BASELINE", "")):
        return OFFSET if int(match[1]) * 100 + int(match[2]) >= BASELINE_WITH_OFFSET else 0.0
    # N9999 marks products that were processed outside ESA's ground segment.
    if (match := BASELINE.search(file.label)) and match[1] != "9999":
        return OFFSET if int(match[1]) >= BASELINE_WITH_OFFSET else 0.0
    return None


def _dark_ends(files: Sequence[RasterFile], names: Sequence[Sequence[str | None]]) -> dict[str, float]:
    """The 1st percentile of bands, by name: of all in the files that hold a few that are dark in places.

    Not of all files, as each would have to be read.
    """
    wanted = [name for name in DARK_BANDS if any(name in own for own in names)][:MOST_SAMPLED]
    found: dict[str, float] = {}
    for file, own in zip(files, names, strict=True):
        if not any(name in own for name in wanted):
            continue
        for name, values in zip(own, file.sample(side=96), strict=True):
            seen = values[np.isfinite(values) & (values != 0)]
            if name in SENTINEL_2 and seen.size:
                found[name] = min(found.get(name, np.inf), float(np.quantile(seen, 0.01)))
    return found


def _looks_offset(dark: dict[str, float]) -> bool:
    ends = [level for name, level in dark.items() if name in DARK_BANDS]
    return len(ends) > 1 and max(ends) < BRIGHTEST_DARK and min(dark.values()) >= DARKEST_WITH_OFFSET
