"""What the numbers of images of any sensor mean: the name and the units of each band, and how to get to reflectance.

As in `sensors`, names and metadata are believed first, and the numbers themselves are asked where these are silent or
plainly wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..cards.band_names import COLOURS, POLARISATIONS, SENTINEL_2, canonical, described, names_of
from ..errors import InputError
from . import _names
from ._spectra import bad_bands
from .raster_file import RasterFile

__all__ = ["BandReading", "band_names", "palette_of", "readings"]

Floats = NDArray[np.float32]

# Maps hold a few dozen classes, and pictures that were reduced to a palette hardly fewer colours than it can have.
FEWEST_COLOURS = 128
NAMELESS = re.compile(r"band \d+")
COUNTS = ("uint16", "int16", "uint32", "int32")
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
    removed : float, optional
        What the offset subtracts from the numbers of Sentinel-2's reflectance; None of other bands.
    """

    index: int
    name: str
    units: str = "dn"
    scale: float = 1.0
    offset: float = 0.0
    removed: float | None = None


def band_names(file: RasterFile, told: Sequence[str] | None, notes: list[str]) -> list[str | None]:
    """The name of each band of a file; "" where nothing told, no description and no colour names it, None to skip it.

    Parameters
    ----------
    file : RasterFile
    told : sequence of str, optional
        In place of what the file says.
    notes : list of str
        Takes what was assumed.

    Raises
    ------
    InputError
        If two bands have one name.
    """
    if file.part.facts is not None:
        return [file.part.facts.polarisation]
    if told is not None:
        texts = [None if text.strip().casefold() == "skip" else text for text in told]
    else:
        bad = bad_bands(file)
        texts = [None if band in bad else text for band, text in zip(file.bands, _texts(file), strict=True)]
        if bad:
            notes.append(f"{file.label}: its list of bad bands (bbl) was obeyed: {_numbers(bad)} left out.")
    names = iter(names_of([text for text in texts if text is not None]))
    named = [None if text is None else next(names) for text in texts]
    counts = Counter(name.casefold() for name in named if name)
    if twice := next((name for name in named if name and counts[name.casefold()] > 1), None):
        numbers = [str(band + 1) for band, name in enumerate(named) if name and name.casefold() == twice.casefold()]
        raise InputError(
            f"{file.label} has several bands {twice} ({' and '.join(numbers)}); name the bands, and 'skip' those to"
            " leave out.",
            field="bands",
        )
    return named


def palette_of(file: RasterFile, *, picture: bool) -> Floats | None:
    """The colours of a picture with a palette: float32 [N, 3], NaN where one is transparent; None of other rasters.

    Parameters
    ----------
    file : RasterFile
    picture : bool
        Whether it is known to be no class map.

    Raises
    ------
    InputError
        If it is a class map, or several bands have palettes.
    """
    if "palette" not in file.colours:
        return None
    if len(file.bands) > 1 or (not picture and np.unique(file.sample()).size < FEWEST_COLOURS):
        raise InputError(
            f"{file.label} is a class map with a colour table; give the image itself, or save it in colours if it is a"
            " picture (gdal_translate -expand rgb)."
        )
    try:
        with file.reading() as handle:
            table = handle.colormap(file.bands[0])
    except ValueError as error:  # rasterio's, where there is none
        raise InputError(f"{file.label} says that it has a colour table, and has none; save it anew.") from error
    colours = np.full((max(table) + 1, 3), np.nan, np.float32)
    for value, (*colour, opacity) in table.items():
        if opacity:
            colours[value] = colour
    return colours


def _texts(file: RasterFile) -> list[str]:
    """What describes each band of a file; blank where nothing does."""
    texts = described(file.descriptions, [file.colours[band - 1] for band in file.bands])
    if len(texts) == 1 and canonical(texts[0]) is None:
        texts = [canonical(_base(file)) or texts[0]]
    # Marked as transparency, and a measurement after all: its number is all that it has.
    numbers = [f"band {band}" if band in file.alpha else "" for band in file.bands]
    return [text or number for text, number in zip(texts, numbers, strict=True)]


def _numbers(bands: Collection[int]) -> str:
    """Numbers of bands in a sentence: 'band 3', 'bands 3 to 5, 8'."""
    runs: list[list[int]] = []
    for band in sorted(bands):
        if runs and band == runs[-1][-1] + 1:
            runs[-1].append(band)
        else:
            runs.append([band])
    listed = ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    return f"{'band' if len(bands) == 1 else 'bands'} {listed}"


def _base(file: RasterFile) -> str:
    return file.label.replace("\\", "/").rpartition("/")[2]


def readings(
    files: Sequence[RasterFile],
    names: Sequence[Sequence[str | None]],
    notes: list[str],
    removed: float | None = None,
) -> list[list[BandReading]]:
    """How the bands of each file are read that are no backscatter (VV and VH are left to `sensors`).

    Parameters
    ----------
    files : sequence of RasterFile
    names : sequence of sequence of (str or None)
        Of the bands of each file; none is empty.
    notes : list of str
        Takes what was assumed.
    removed : float, optional
        What is subtracted from Sentinel-2's numbers where a file does not say it. Default: what its dark pixels tell.
    """
    bands_of: list[list[BandReading]] = []
    numbers: list[int] = []
    for index, (file, own) in enumerate(zip(files, names, strict=True)):
        read = [band for band, name in enumerate(own) if name is not None and name not in POLARISATIONS[:2]]
        optical = _reflectance_bands(file, own)
        units, scale, offset = _units(file, own, optical, notes) if optical else ("dn", 1.0, 0.0)
        if units == "numbers":
            numbers.append(index)
            units = "reflectance"
        bands_of.append([_reading(file, band, str(own[band]), band in optical, units, scale, offset) for band in read])
    if numbers:
        taken = _offsets([files[index] for index in numbers], [names[index] for index in numbers], notes, removed)
        for index, offset in zip(numbers, taken, strict=True):
            bands_of[index] = [
                replace(band, scale=1 / QUANTIFICATION, offset=-offset / QUANTIFICATION, removed=offset)
                if band.units == "reflectance"
                else band
                for band in bands_of[index]
            ]
    return bands_of


def _reading(
    file: RasterFile, band: int, name: str, optical: bool, units: str, scale: float, offset: float
) -> BandReading:
    if file.dtypes[file.bands[band] - 1] == "uint8":
        return BandReading(band, name, "dn" if name in POLARISATIONS else "display")
    return BandReading(band, name, units, scale, offset) if optical else BandReading(band, name)


def _reflectance_bands(file: RasterFile, names: Sequence[str | None]) -> list[int]:
    """Which bands may be reflectance; what else there is beside them, such as an index or heights, has its own units.

    Those that are named as an optical sensor's or call themselves so; where there are none, all of a file that does,
    and the nameless ones of a product.
    """
    read = [
        band
        for band, name in enumerate(names)
        if name is not None and name not in POLARISATIONS and file.dtypes[file.bands[band] - 1] != "uint8"
    ]
    optical = [
        band
        for band in read
        if names[band] in (*SENTINEL_2, *COLOURS) or SAYS_REFLECTANCE.search(file.descriptions[band])
    ]
    if optical or SAYS_REFLECTANCE.search(file.tags.get("UNITS", "")):
        return optical or read
    return [band for band in read if NAMELESS.fullmatch(str(names[band]))] if _names.is_optical_file(file.label) else []


def _units(
    file: RasterFile, names: Sequence[str | None], optical: Sequence[int], notes: list[str]
) -> tuple[str, float, float]:
    """(units, scale, offset) of a file's optical bands; 'numbers' for Sentinel-2's reflectance times 10,000."""
    numbers = [file.bands[band] - 1 for band in optical]
    whole = all(file.dtypes[number] in COUNTS for number in numbers)
    if LANDSAT.search(file.label) and whole:
        return "reflectance", LANDSAT_SCALE, LANDSAT_OFFSET
    says = bool(
        SAYS_REFLECTANCE.search(" ".join([file.tags.get("UNITS", ""), *(file.descriptions[band] for band in optical)]))
    )
    sentinel = any(names[band] in SENTINEL_2 for band in optical) or _names.is_optical_file(file.label)
    if whole and not any(file.scaled[number] for number in numbers):
        # Other sensors' red and green in whole numbers are of any scale.
        return ("numbers", 1.0, 0.0) if sentinel or says else ("dn", 1.0, 0.0)
    sample = file.sample(side=96)[list(optical)]
    highest = float(np.nanquantile(sample, 0.99)) if np.isfinite(sample).any() else 0.0
    if highest <= HIGHEST_REFLECTANCE:
        return "reflectance", 1.0, 0.0
    if highest >= LOWEST_NUMBERS and (sentinel or says):
        return "numbers", 1.0, 0.0
    notes.append(f"{file.label} does not say its units, and its values are no reflectance: they are taken as they are.")
    return "dn", 1.0, 0.0


def _offsets(
    files: Sequence[RasterFile], names: Sequence[Sequence[str | None]], notes: list[str], silent: float | None
) -> list[float]:
    """What is added to the numbers of each file of Sentinel-2 reflectance, 0 or 1000.

    `silent`: of a file that does not say it, if that is known.
    """
    stated = [_stated_offset(file) for file in files]
    if silent is not None:
        return [silent if offset is None else offset for offset in stated]
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
    darkest: dict[str, float] = {}
    for file, own in zip(files, names, strict=True):
        if not any(name in own for name in wanted):
            continue
        for name, values in zip(own, file.sample(side=96), strict=True):
            seen = values[np.isfinite(values) & (values != 0)]
            if name in SENTINEL_2 and seen.size:
                darkest[name] = min(darkest.get(name, np.inf), float(np.quantile(seen, 0.01)))
    return darkest


def _looks_offset(dark: dict[str, float]) -> bool:
    ends = [level for name, level in dark.items() if name in DARK_BANDS]
    return len(ends) > 1 and max(ends) < BRIGHTEST_DARK and min(dark.values()) >= DARKEST_WITH_OFFSET
