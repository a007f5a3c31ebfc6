"""The task `water-view`: from which threshold on each pixel of a view would be water.

The thresholds of a map are moved step by step, VV and VH alike, and at each step the rules of the map judge what the
view shows: pixels, seeds, sizes and means of objects. So one answer serves a threshold wherever it is dragged.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from contextlib import closing
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import CRSError

from ..errors import InputError, RequestError
from ..files import read_plain
from ..jobs.report import Report
from ..jobs.requests import BY_HAND, FloodRequest, Request, WaterViewRequest, from_json
from ..jobs.result import Result
from ..raster.components import Components
from ..raster.grid import Grid
from .change import ChangeDetector
from .filtering import FilteredRows
from .inputs import Inputs
from .mapping import settled
from .observe import Observation
from .scratch import Scratch
from .water import SEED, WaterModel

__all__ = ["NEVER", "STEPS", "STEP_DB", "view_water"]

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

STEP_DB, STEPS = 0.5, 12  # 6 dB either way, four times the power
NEVER = 255  # no water at any of them, or not observed
MOST_JUDGED = 250_000  # pixels of a view: all steps take a second or two
MOST_READ = 30_000_000  # pixels of the images, over all dates, that are read for it
SMOOTH_FROM = 3.0  # pixels of the image along one of the view, from which on their mean needs no speckle filter
ROWS = 64  # of the view, whose pixels of the image are read at a time
MOST_BYTES = 50_000_000  # of a report
LAYERS = ("aoi", "dem", "hand", "permanent_water", *BY_HAND)  # say where water may be, not what is dark enough for it


def view_water(request: WaterViewRequest, report: Report) -> Result:
    """See from which threshold on each pixel of a view is water.

    Returns
    -------
    Result
        The summary holds `levels`, uint8[height, width] from the top, deflated and in base64: which of the steps -6,
        -5.5 … 6 dB is the first that makes the pixel water, counted from 0, or 255 where none does; `width`, `height`
        and `bounds` (left, bottom, right, top in the CRS of the request).

    Raises
    ------
    InputError
        If the report or the images cannot be read, or the view holds none or too much of the image.
    """
    asked, told = _read(request.report)
    less: dict[str, Any] = dict.fromkeys(LAYERS)
    plan = settled(replace(asked, **less))
    with Inputs(plan) as inputs:
        view = _View.of(request, inputs)
        filtered = FilteredRows(replace(plan, speckle_filter="none") if view.span >= SMOOTH_FROM else plan, inputs)
        values = filtered.of(view.read(inputs, report))
        report.check_cancelled()
        scratch = Scratch(report.checkpoints / "view.i16", filtered.planes.count, view.grid.width)
        with closing(Observation(inputs.physics, filtered.planes, scratch, view.grid.width)) as seen:
            scratch.write(0, values)
            levels = _levels(seen, told, view, max(round(inputs.min_pixels / view.span**2), 1), report)
    packed = base64.b64encode(zlib.compress(levels.tobytes(), 1)).decode("ascii")
    height, width = levels.shape
    return Result((), "Water", {"levels": packed, "width": width, "height": height, "bounds": view.grid.bounds})


class _View(NamedTuple):
    """What is looked at.

    Attributes
    ----------
    grid : Grid
        As fine as the view, but no finer than the image, and as far as both lie on each other.
    span : float
        How many of the image's pixels lie along one of the grid's.
    window : Grid or None
        The pixels of the image of which each one of the grid is the mean of `span` x `span`; None where the view has
        another coordinate system.
    """

    grid: Grid
    span: float
    window: Grid | None

    @classmethod
    def of(cls, request: WaterViewRequest, inputs: Inputs) -> _View:
        """What a request means by it."""
        try:
            crs = CRS.from_user_input(request.crs)
        except CRSError as error:
            raise InputError("The coordinate system of the map is not known here; choose another one.") from error
        image, wanted = inputs.image_grid, min(request.width * request.height, MOST_JUDGED)
        left, bottom, right, top = request.bounds
        across, up = (right - left) / request.width, (top - bottom) / request.height
        whole = Grid(crs, Affine(across, 0, left, 0, -up, top), request.width, request.height)
        part = next((part for box in image.boxes_in(crs) if (part := whole.clip(box))), None)
        held = [own for box in part.boxes_in(image.crs) if (own := image.clip(box))] if part else []
        if part is None or not held:
            raise InputError("The view does not show the image; move the map there.")
        own = max(held, key=lambda grid: grid.width * grid.height)
        pixels = own.width * own.height
        if pixels * inputs.dates > MOST_READ:
            raise InputError(
                f"The view holds {pixels / 1e6:,.0f} million pixels of the image; zoom in to at most "
                f"{MOST_READ / inputs.dates / 1e6:,.0f} million."
            )
        if crs == image.crs:
            step = math.ceil((pixels / wanted) ** 0.5)
            height, width = -(-own.height // step), -(-own.width // step)
            grid = Grid(crs, own.transform @ Affine.scale(step), width, height)
            return cls(grid, step, own.window(0, 0, height * step, width * step))
        coarser = max(1.0, (part.width * part.height / min(pixels, wanted)) ** 0.5)
        width, height = (max(round(length / coarser), 1) for length in (part.width, part.height))
        grid = Grid(crs, part.transform @ Affine.scale(part.width / width, part.height / height), width, height)
        return cls(grid, (pixels / (width * height)) ** 0.5, None)

    def read(self, inputs: Inputs, report: Report) -> Image:
        """The images on the grid, float32[dates * P, H, W] in linear power, NaN where not observed."""
        if self.window is None:
            return inputs.read_images(self.grid)
        step, parts = round(self.span), []
        for row in range(0, self.grid.height, ROWS):
            report.check_cancelled()
            rows = min(ROWS, self.grid.height - row)
            block = inputs.read_images(self.window.rows(row * step, (row + rows) * step))
            parts.append(_means(block, step) if step > 1 else block)
        return np.concatenate(parts, axis=1)


def _means(values: Image, step: int) -> Image:
    """Means of the observed ones of `step` x `step` pixels, float32[P, H / step, W / step]."""
    seen = np.isfinite(values)
    sums = [np.where(seen, values, np.float32(0)), seen.astype(np.float32)]
    for axis in (1, 2):  # slices, since sums over axes of reshaped arrays take far longer
        sums = [_added(item, axis, step) for item in sums]
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[0] / sums[1])


def _added(values: Image, axis: int, step: int) -> Image:
    """Sums of `step` neighbours along an axis."""
    cut = [(slice(None),) * axis + (slice(first, None, step),) for first in range(step)]
    total = values[cut[0]].copy()
    for part in cut[1:]:
        total += values[part]
    return total


class _Told(NamedTuple):
    """What the report says of water: the thresholds of the map, and what each time's image gave."""

    thresholds: list[float]
    after: WaterModel
    before: WaterModel | None


def _read(path: str) -> tuple[FloodRequest, _Told]:
    """What a map was asked to be, and what its images gave."""
    try:
        report: dict[str, Any] = json.loads(read_plain(path, MOST_BYTES))
        request: Request = from_json(json.dumps(report["request"]))
        models = report["thresholds"]
        bands = models["after"]["polarisations"].values()
        told = _Told(
            [float(band["threshold_db"]) for band in bands],
            _model(models["after"]),
            _model(models["before"]) if "before" in models else None,
        )
    except OSError as error:
        raise InputError(f"The map's report {path} cannot be read ({error.strerror}); map again.") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, RequestError) as error:
        raise InputError(f"{path} is no report of a flood map that was made without a network.") from error
    if not isinstance(request, FloodRequest):
        raise InputError(f"{path} is no report of a flood map.")
    return request, told


def _model(model: dict[str, Any]) -> WaterModel:
    bands = model["polarisations"].values()
    land, source = model["land_darkness_db"], model.get("found_source", model["source"])
    return WaterModel(
        tuple(float(band.get("found_db", band["threshold_db"])) for band in bands),
        tuple(float(band.get("found_water_mode_db", band["water_mode_db"])) for band in bands),
        None if land is None else float(land),
        tuple(1 if source == "the other time's tiles" else int(band["tiles"]) for band in bands),
        open_water=source == "open water",
    )


def _levels(seen: Observation, told: _Told, view: _View, min_pixels: int, report: Report) -> NDArray[np.uint8]:
    """uint8[H, W]: the first step at which a pixel is water."""
    levels = np.full(view.grid.shape, NEVER, np.uint8)
    for step in range(-STEPS, STEPS + 1):
        report.check_cancelled()
        after = told.after.at([value + step * STEP_DB for value in told.thresholds], seen.physics)
        water = _water(ChangeDetector(seen, after, told.before), view.grid.height, min_pixels)
        levels[water & (levels == NEVER)] = step + STEPS
    return levels


def _water(detector: ChangeDetector, height: int, min_pixels: int) -> Mask:
    """Where the view shows water after the flood, bool[H, W], as `Objects` finds it."""
    evidence = detector.evidence(0, height)

    def objects(score: NDArray[np.float32], sums: Any) -> Mask:
        objects = Components(min_pixels=min_pixels, need_seed=True, judge=detector.water_objects)
        objects.add(score > 0, score > SEED, sums)
        objects.finish()
        return np.asarray(objects.select(0, score > 0) > 0)

    if not detector.dates_before:
        return objects(evidence.score, evidence.sums())
    return objects(evidence.score, evidence.sums()) | objects(evidence.joint, evidence.joint_sums())
