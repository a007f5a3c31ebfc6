"""Numbers of radar images as backscatter in linear power, with what was not observed as NaN."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ._facts import FileProfile
from ._margins import MOST_COLUMNS, Margins
from ._placing import place_of
from ._warp import Plane
from .raster_file import RasterFile

__all__ = ["Stack", "backscatter", "stacks_of"]

Floats = NDArray[np.float32]

# -90 dB and 50 dB: no surface lies beyond, only fill values do (-99, -9999, -32768 in dB; 0 in power).
LOWEST_POWER, HIGHEST_POWER = np.float32(1e-9), np.float32(1e5)
# Where nothing came back: at the noise floor of Sentinel-1 (-22 to -30 dB), from which noise was taken away.
NOISE_POWER = np.float32(1e-3)
NOTHING = {"power": 0.0, "amplitude": 0.0, "db": -np.inf}  # what no power at all is in units
# Rows and columns that are looked at for zeros, and the share of them that is told.
SOME_ROWS, LOOKED_AT, WORTH_A_WORD = 32, 1024, 0.01
# Darker pixels than these, in all polarisations, that lead from an image's edge inwards are no ground: the noise floor,
# and in VH alone, where water may lie at it, well below.
DARKEST_DB, DARKEST_VH_DB = -30.0, -40.0
# From these versions of ESA's processor (not known to unknown), and before, edges hold noise, and no noise was taken
# away from the ground, so that none of it is dark.
BORDER_NOISE, OLD_DARKEST_DB = ((1,), (2, 90)), -25.0


def _to_power(values: Floats, units: str) -> Floats:
    """Backscatter in linear power; values that are no backscatter become NaN.

    Parameters
    ----------
    values : float32 [bands, height, width]
        All bands of a file that are read; NaN where not observed.
    units : {'db', 'power', 'amplitude', 'display'}
        Display values are returned as they are.
    """
    if units == "display":
        return values
    if units == "db":
        # Masked pixels are 0 in some exports, but 0 dB is also a bright roof: only both bands together tell.
        values[:, (values == 0).all(axis=0)] = np.nan
        with np.errstate(over="ignore", under="ignore"):
            values = np.exp(values * np.float32(math.log(10) / 10))
    elif units == "amplitude":
        with np.errstate(over="ignore"):
            values = np.where(values > 0, values * values, np.float32(np.nan))
    with np.errstate(invalid="ignore"):
        values[~((values >= LOWEST_POWER) & (values <= HIGHEST_POWER))] = np.nan
    return values


def backscatter(file: RasterFile, profile: FileProfile) -> Plane:
    """The polarisations of one file, in linear power (grey levels of a picture)."""
    return Stack([(file, profile)]).plane


class Stack:
    """Files of one lattice that hold different polarisations, which are read together.

    What one polarisation shows tells what the other means where that is zero, and only what is dark in both lies below
    the noise.

    Attributes
    ----------
    files : list of RasterFile
    polarisations : tuple of str
    plane : Plane
        Of the polarisations, in linear power (grey levels of a picture).
    """

    def __init__(self, read: Sequence[tuple[RasterFile, FileProfile]]) -> None:
        self._read = read
        self.files = [file for file, _ in read]
        self.polarisations = tuple(name for _, how in read for name in how.bands())
        first = self.files[0]
        self._display = read[0][1].units == "display"
        self._darkest = np.float32(0) if self._display else _darkest(first, self.polarisations)
        self._margins = Margins(self._numbers, self._observed, first.height, first.width)
        self.plane = Plane(
            place_of(first), first.width, first.height, len(self.polarisations), self._window, "bilinear"
        )

    def notes(self) -> Iterator[str]:
        """What is said of margins that are left out, and of zeros."""
        first = self.files[0]
        facts = first.part.facts
        if facts is not None:
            # Not looked into: in a zip that would unpack all of it.
            if _leaves_border_noise(first):
                version = f"{facts.processor[0]}.{facts.processor[1]:02}"
                yield (
                    f"{first.label} was made by version {version} of ESA's processor, which leaves noise at the image's"
                    f" edges: what is darker there than {OLD_DARKEST_DB:g} dB counts as not observed."
                )
            return
        looked_at = self._margins.looked_at()
        # Single pixels of speckle on dark ground are not worth a word.
        if sum(self._hidden(*rows) for rows in looked_at) > sum(len(columns) for _, columns, _ in looked_at):
            yield (
                f"{first.label} has a black edge, which counts as not observed."
                if self._display
                else f"{first.label} is darker at its edge than Sentinel-1 can measure ({DARKEST_DB:g} dB), as border"
                " noise and fills are: the edge counts as not observed."
            )
        yield from self._below_noise([row for row, *_ in looked_at])

    def _below_noise(self, rows: Sequence[int]) -> Iterator[str]:
        """A word on polarisations that are zero where the other one is observed, by the middle of some rows."""
        if len(self.polarisations) == 1 or self._display:
            return
        first = self.files[0]
        width = min(first.width, LOOKED_AT)
        parts = [self._numbers(row, (first.width - width) // 2, SOME_ROWS, width) for row in rows]
        values = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
        observed = int(np.isfinite(values).any(axis=0).sum())
        for name, band in zip(self.polarisations, values, strict=True):
            share = int((band == NOISE_POWER).sum()) / max(observed, 1)
            if share > WORTH_A_WORD:
                yield (
                    f"{first.label}: the power of {name} is 0 in {share:.0%} of the pixels, as where noise was taken"
                    " away from dark ground: where the other polarisation is observed it counts as dark, not missing."
                )

    def _hidden(self, row: int, first: NDArray[np.int32], last: NDArray[np.int32]) -> int:
        """How many numbers some rows hold in their margins."""
        width, count = self.files[0].width, 0
        for side, start, stop in (("left", 0, int(first.max())), ("right", int(last.min()), width)):
            for column in range(start, stop, MOST_COLUMNS):
                columns = np.arange(column, min(column + MOST_COLUMNS, stop))
                values = self._numbers(row, column, len(first), len(columns))
                outside = columns < first[:, None] if side == "left" else columns >= last[:, None]
                count += int((np.isfinite(values).any(axis=0) & outside).sum())
        return count

    def _numbers(self, row: int, column: int, height: int, width: int) -> Floats:
        """float32 [polarisations, height, width]: linear power, or grey levels; NaN where nothing is known.

        Zero in one polarisation, where the other is observed, is a power below the noise that was taken away.
        """
        parts, zeros = [], []
        for file, how in self._read:
            numbers = [file.bands[band] for band in how.bands().values()]
            nothing = NOTHING.get(how.units)
            values = file.window(numbers, row, column, height, width, keep=nothing)
            zeros.append(values == (np.nan if nothing is None else nothing))
            if file.part.scaling is not None:
                values = np.square(values / file.part.scaling.window(row, column, height, width))
            parts.append(_to_power(values, how.units))
        power = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if len(power) > 1:
            below = zeros[0] if len(zeros) == 1 else np.concatenate(zeros)
            if below.any():
                below &= np.isfinite(power).any(axis=0)
                power[below] = NOISE_POWER
        return power

    def _observed(self, values: Floats) -> NDArray[np.bool_]:
        with np.errstate(invalid="ignore"):
            return np.asarray((values > self._darkest).any(axis=0))

    def _window(self, row: int, column: int, height: int, width: int) -> Floats:
        values = self._numbers(row, column, height, width)
        self._margins.clear(row, column, values)
        return values


def _darkest(file: RasterFile, polarisations: Sequence[str]) -> np.float32:
    """What a pixel must exceed in one polarisation to be an observation at the edge of an image."""
    level = DARKEST_DB if "VV" in polarisations else DARKEST_VH_DB
    if _leaves_border_noise(file):
        level = OLD_DARKEST_DB
    return np.float32(10 ** (level / 10))


def _leaves_border_noise(file: RasterFile) -> bool:
    facts = file.part.facts
    return facts is not None and BORDER_NOISE[0] <= facts.processor < BORDER_NOISE[1]


def stacks_of(read: Sequence[tuple[RasterFile, FileProfile]]) -> list[Stack]:
    """Files put together by their lattice, in their order."""
    groups: list[list[tuple[RasterFile, FileProfile]]] = []
    for file, how in read:
        for group in groups:
            held = {name for _, other in group for name in other.bands()}
            if _same_lattice(group[0][0], file) and not held & set(how.bands()):
                group.append((file, how))
                break
        else:
            groups.append([(file, how)])
    return [Stack(group) for group in groups]


def _same_lattice(one: RasterFile, other: RasterFile) -> bool:
    if (one.width, one.height, one.crs) != (other.width, other.height, other.crs):
        return False
    if one.crs is None:  # the polarisations of one product have one annotation of places
        return one.part.facts is not None and other.part.facts is not None and one.label == other.label
    return bool(one.transform == other.transform)
