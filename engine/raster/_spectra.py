"""What the metadata of spectrometers' images say of each band: its wavelength, and whether it is bad."""

from __future__ import annotations

import re

from ..cards.band_names import wavelength_in
from .raster_file import RasterFile

__all__ = ["bad_bands", "wavelengths"]

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
# Without units: nanometres of what sensors of reflected light see are hundreds, micrometres few.
FEWEST_NANOMETRES = 100.0


def bad_bands(file: RasterFile) -> set[int]:
    """Numbers of the bands, from 1, that ENVI's list of bad bands (`bbl`) gives a 0."""
    listed = _listed(file, "bbl")
    own = [_number(tags.get("bbl", "")) for tags in file.band_tags]
    return {band for band, (one, other) in enumerate(zip(own, listed, strict=True), start=1) if 0 in (one, other)}


def wavelengths(file: RasterFile) -> list[float | None]:
    """Nanometres of each of the file's bands; None where nothing tells."""
    listed = _listed(file, "wavelength")
    units = file.header.get("wavelength_units", "")
    lengths = []
    for band, text in zip(file.bands, file.descriptions, strict=True):
        tags = file.band_tags[band - 1]
        central = _number(tags.get("CENTRAL_WAVELENGTH_UM", ""))
        own = _nanometres(_number(tags.get("wavelength", "")), tags.get("wavelength_units", units))
        in_header = _nanometres(listed[band - 1], units)
        lengths.append((1000 * central if central else None) or own or in_header or wavelength_in(text))
    return lengths


def _listed(file: RasterFile, key: str) -> list[float | None]:
    """One number for each band, from the file's header; None for all where it holds another count."""
    numbers = [float(text) for text in NUMBER.findall(file.header.get(key, ""))]
    count = len(file.band_tags)
    return list(numbers) if len(numbers) == count else [None] * count


def _number(text: str) -> float | None:
    match = NUMBER.fullmatch(text.strip())
    return float(match[0]) if match else None


def _nanometres(value: float | None, units: str) -> float | None:
    if not value or value < 0:
        return None
    plain = units.strip().casefold()
    if plain.startswith(("nm", "nano")):
        return value
    if plain.startswith(("um", "µm", "μm", "micro")):
        return value * 1000
    if plain not in ("", "unknown"):  # wavenumbers, hertz, an index
        return None
    return value if value >= FEWEST_NANOMETRES else value * 1000
