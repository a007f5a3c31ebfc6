"""What the same place may look like in other images: each change is one that sensors, processors or weather make."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...cards.classes import NODATA
from ...cards.floods import POLARISATIONS
from ...flood.backscatter import GREY_STEP_DB, GREY_ZERO_DB, grey_to_db
from ...flood.level import land_levels
from .chips import DRY, Chip

__all__ = ["Seen", "changed", "land_of"]

Image = NDArray[np.float32]
Bytes = NDArray[np.uint8]

SHIFT_DB, DATE_DB, POLARISATION_DB = 3.5, 0.5, 0.5  # calibrations: of all, of a date, of a polarisation
DARKENED_DB = 4.5  # by which wet snow darkens land on one date
NOISE_DB = ((-31.0, -22.0), (-33.0, -24.0))  # floor of VV and VH, by sensor and swath
ZOOM = 1.4
LAND_ROWS = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """A chip as an image of it would be read.

    Attributes
    ----------
    values : float32[T, P, S, S]
        Linear power or grey levels, NaN where not observed.
    labels : uint8[S, S]
        0 dry, 1 permanent water, 2 flood, 255 unknown.
    display : bool
        Whether they are grey levels.
    land : float32[T, P]
        What the land of the whole place has in it, on the scale of `values`; NaN where no land is seen.
    """

    values: Image
    labels: Bytes
    display: bool
    land: Image


def land_of(chip: Chip) -> Image:
    """float32[T, P]: the level of a chip's land on each date, in its own units; NaN where no land is seen."""
    names = POLARISATIONS[: chip.values.shape[1]]
    out = np.full(chip.values.shape[:2], np.nan, np.float32)
    for date, values in enumerate(chip.values.astype(np.float32)):
        land = land_levels([grey_to_db(values) if chip.display else values], names, display=chip.display)
        if land is not None:
            out[date] = (land - GREY_ZERO_DB) / GREY_STEP_DB if chip.display else land
    return out


def changed(chip: Chip, dates: int, side: int, source: np.random.Generator, land: Image) -> Seen:
    """A random part of a chip, of `side` pixels, as `dates` images of it might be.

    A pair of simulated dates on which no flood stands is a pair, too: an image from before the flood may then take the
    place of the one after it. `land` is float32[T, P], the level of the chip's land on each date (`land_of`).
    """
    first = int(source.integers(1, len(chip.values) - dates + 1)) if _before_too(chip, dates, source) else 0
    values, labels = _part(chip, first, dates, side, source)
    # Some rows of nothing but the place's land go the same way, and come out as its level.
    levels = np.broadcast_to(land[first : first + dates, :, None, None], (*values.shape[:2], LAND_ROWS, side))
    values, known = np.concatenate([values, levels], axis=2), np.full((LAND_ROWS, side), DRY, np.uint8)
    labels = np.concatenate([labels, known])
    if not chip.display:
        values = _seen_by_radar(values, labels, chip.paired, source)
        if source.random() < 0.35:
            values, display = _as_picture(values, source), True
        else:
            values, display = np.power(10, values / 10), False
            if source.random() < 0.1:
                values = values[:, :1]
    else:
        values, display = _restretched(values, source), True
    land = np.median(values[:, :, -LAND_ROWS // 2 :], axis=(2, 3))
    values, labels = values[:, :, :-LAND_ROWS], labels[:-LAND_ROWS]
    _left_out(values, labels, source)
    return Seen(np.ascontiguousarray(values, np.float32), np.ascontiguousarray(labels), display, land)


def _before_too(chip: Chip, dates: int, source: np.random.Generator) -> bool:
    return chip.paired and not chip.display and len(chip.values) > dates and source.random() < 0.2


def _part(chip: Chip, first: int, dates: int, side: int, source: np.random.Generator) -> tuple[Image, Bytes]:
    """A crop, turned and mirrored, now and then of larger or smaller pixels."""
    height, width = chip.labels.shape[1:]
    zoom = float(np.exp(source.uniform(-np.log(ZOOM), np.log(ZOOM)))) if source.random() < 0.3 else 1.0
    cut = min(round(side * zoom), height, width)
    top, left = (int(source.integers(length - cut + 1)) for length in (height, width))
    window = (slice(top, top + cut), slice(left, left + cut))
    values = chip.values[(slice(first, first + dates), slice(None), *window)].astype(np.float32)
    labels = chip.labels[(first, *window)].copy()
    if cut != side:
        planes = values.reshape(-1, cut, cut)
        values = np.stack([cv2.resize(plane, (side, side), interpolation=cv2.INTER_LINEAR) for plane in planes])
        values = values.reshape(dates, -1, side, side)
        labels = np.asarray(cv2.resize(labels, (side, side), interpolation=cv2.INTER_NEAREST), np.uint8)
    turns, mirrored = int(source.integers(4)), source.random() < 0.5
    values, labels = np.rot90(values, turns, (2, 3)), np.rot90(labels, turns)
    return (values[..., ::-1], labels[:, ::-1]) if mirrored else (values, labels)


def _seen_by_radar(values: Image, labels: Bytes, exact: bool, source: np.random.Generator) -> Image:
    """dB as another sensor, processor or day would give them."""
    values = values.copy()
    shape = values.shape[:2]
    if exact and source.random() < 0.12:
        field = cv2.resize(source.random((4, 4)).astype(np.float32), values.shape[:1:-1], interpolation=cv2.INTER_CUBIC)
        values[0] -= DARKENED_DB * np.clip(field, 0, 1) * (labels == DRY)
    values += np.float32(source.uniform(-SHIFT_DB, SHIFT_DB))
    values += source.normal(0, DATE_DB, (shape[0], 1, 1, 1)).astype(np.float32)
    values += source.normal(0, POLARISATION_DB, (1, shape[1], 1, 1)).astype(np.float32)
    power = np.power(np.float32(10), values / 10)
    if source.random() < 0.5:
        for index, (low, high) in enumerate(NOISE_DB[: shape[1]]):
            power[:, index] += np.float32(10 ** (source.uniform(low, high) / 10))
    power *= _speckle(power.shape, source) if source.random() < 0.3 else np.float32(1)
    power = _smoothed(power, source)
    return np.asarray(10 * np.log10(np.maximum(power, 1e-5)), np.float32)


def _speckle(shape: tuple[int, ...], source: np.random.Generator) -> Image:
    looks = float(source.uniform(6, 40))
    return source.standard_gamma(looks, shape, np.float32) / np.float32(looks)


def _smoothed(power: Image, source: np.random.Generator) -> Image:
    """Resampled, averaged or filtered as products are, in linear power; real speckle is alike in neighbours."""
    kind = source.choice(["none", "soft", "box", "median"], p=[0.25, 0.4, 0.15, 0.2])
    if kind == "none":
        return power
    gaps = np.isnan(power)
    planes = np.where(gaps, 0, power).reshape(-1, *power.shape[2:])
    sigma, side = float(source.uniform(0.4, 1.1)), int(source.choice([3, 5]))
    filters = {
        "soft": lambda plane: cv2.GaussianBlur(plane, (0, 0), sigma),
        "box": lambda plane: cv2.blur(plane, (side, side)),
        "median": lambda plane: cv2.medianBlur(plane, side),
    }
    filtered = np.stack([filters[kind](np.ascontiguousarray(plane, np.float32)) for plane in planes]).reshape(
        power.shape
    )
    return np.where(gaps, np.nan, filtered).astype(np.float32)


def _as_picture(values: Image, source: np.random.Generator) -> Image:
    """8-bit pictures of one polarisation or of both, each with limits and a curve of its own."""
    if source.random() < 0.65:
        values = values[:, :1] if source.random() < 0.8 else values[:, -1:]
    out = np.empty_like(values)
    fixed = source.random() < 0.5
    for place in np.ndindex(values.shape[:2]):
        plane, limits = values[place], np.nanpercentile(values[:, place[1]], [1, 99])
        low = source.uniform(-28, -20) if fixed else limits[0] + source.uniform(-4, 3)
        high = max(source.uniform(-6, 4) if fixed else limits[1] + source.uniform(-3, 4), low + 8)
        share = np.clip((plane - low) / (high - low), 0, 1) ** np.exp(source.normal(0, 0.25))
        if source.random() < 0.3:  # amplitude, not dB, stretched over the range
            power = np.power(10, plane / 20)
            share = np.clip(power / np.nanpercentile(power, source.uniform(93, 99.5)), 0, 1)
        out[place] = np.rint(share * 255)
    return out


def _restretched(values: Image, source: np.random.Generator) -> Image:
    """Grey levels, half of them under other limits and another curve, each date for itself."""
    if source.random() < 0.5:
        return values
    out = np.empty_like(values)
    for date, plane in enumerate(values):
        share = np.clip(plane / 255, 0, 1) ** np.exp(source.normal(0, 0.2))
        share = share * np.exp(source.normal(0, 0.15)) + source.normal(0, 0.04)
        out[date] = np.rint(np.clip(share, 0, 1) * 255)
    return out


def _left_out(values: Image, labels: Bytes, source: np.random.Generator) -> None:
    """Now and then a side was not observed, on all dates or on those before, where nothing is known of flood then."""
    if source.random() > 0.1:
        return
    side = labels.shape[0]
    part = [slice(None), slice(None)]
    cut = int(source.integers(side // 8, side // 2))
    part[int(source.integers(2))] = slice(0, cut) if source.random() < 0.5 else slice(side - cut, side)
    dates = slice(1, None) if len(values) > 1 and source.random() < 0.5 else slice(None)
    values[(dates, slice(None), *part)] = np.nan
    labels[tuple(part)] = NODATA
