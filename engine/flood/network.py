"""A flood map by a network: what it says of every pixel, the user's layers, and the minimum mapping unit."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Generator
from contextlib import ExitStack, closing
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import Card
from ..cards.classes import NODATA
from ..cards.floods import LEVELLED, flood_classes, flood_misfit, input_kind, recommended_for
from ..errors import InputError
from ..jobs.report import Report
from ..mapping import MapJob, MappedAreas, Origin
from ..models.segmenter import Segmenter, load_segmenter
from ..raster.grid import Grid
from ..raster.scratch_planes import ScratchPlanes
from ..raster.stream import READ_ROWS, bands, tiles_on
from ..segmentation.inputs import scale_warning
from ..segmentation.merging import merge_small
from ..segmentation.predicting import Prediction, predict
from ..segmentation.summary import card_facts
from .backscatter import grey_to_db, to_db
from .classes import CLASSES, DRY, FLOOD, PERMANENT, UNKNOWN
from .filtering import high_ground
from .inputs import FloodPlan, Inputs
from .level import land_levels, offset
from .outputs import write_map
from .planes import levelled_db, network_input
from .summary import OF_UNKNOWN_KIND, map_facts
from .tiles import darkness

__all__ = ["map_by_network"]

Image = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

# Shares of the time that the passes take with a small network, for a steady estimate of the time left.
PREDICTION, SETTLING, MERGING = 0.88, 0.03, 0.06
WINDOW, WINDOWS = 256, 6  # pixels, and how many along a side, of what the level of land is read from
WET = (PERMANENT, FLOOD, UNKNOWN)


def map_by_network(job: MapJob, plan: FloodPlan, wanted: Collection[str]) -> dict[str, Any]:
    """Write what was asked for of a map by the network that the plan names, but for the report, which is returned.

    The network sees tiles of the images as they are, unfiltered, in decibels on one scale (`planes`); tiles overlap,
    and their probabilities are blended. The first pass keeps its verdict in plain files under `report.checkpoints`,
    from which a killed job goes on; the passes after it read those.

    Raises
    ------
    GeoFMError
        If the network does not fit the images, is damaged or cannot be run, or the outputs cannot be written.
    """
    report = job.report
    with job.stage("opening"):
        network = job.enter_context(NetworkInputs(plan, report.checkpoints))
    inputs, grid = network.inputs, network.grid
    job.tell(network.warnings)
    with job.stage("prediction"):
        shares = "confidence" in wanted
        predicted = predict(network, report, job.part(grid, 0, PREDICTION), shares=shares)
        job.enter_context(closing(predicted))
    with job.stage("minimum mapping unit"):
        classes = network.settled(predicted, report, job.part(grid, PREDICTION, PREDICTION + SETTLING))
        job.enter_context(closing(classes))
        if inputs.min_pixels > 1:
            first = PREDICTION + SETTLING
            advance = job.part(grid, first, first + MERGING)
            count = len(CLASSES) - 1
            classes, _ = merge_small(classes, report.checkpoints, grid, count, inputs.min_pixels, report, advance)
            job.enter_context(closing(classes))
    card = network.segmenter.card
    method = f"network: {card.title}"
    tags = {
        **job.tags(method, {"post": plan.dates[0], "pre": plan.dates[1:]}),
        "MODEL": card.title,
        "MODEL_SHA256": card.sha256,
        "MODEL_LICENCE": card.licence,
        "MODEL_ATTRIBUTION": card.attribution,
    }
    tags = {name: text for name, text in tags.items() if text}

    def details(row: int, classes: Bytes) -> tuple[Bytes | None, Image | None]:
        percent = network.confidence(predicted, row, classes) if shares else None
        return percent, network.darkness(row, len(classes)) if "quicklook" in wanted else None

    origin = Origin(plan.dates[0], inputs.acquired()[0], card.title)
    areas = write_map(job, inputs, _rows(classes, network, report), details, tags, origin)
    job.part(grid, 0, 1)(1.0)
    return {
        **map_facts(job, plan, inputs, areas, method),
        "model": card.title,
        "card": card_facts(card),
        "device": network.segmenter.device,
        "thresholds": {},
        "warnings": [*network.warnings, *_warnings(areas)],
        "seconds": job.seconds,
    }


def _rows(classes: ScratchPlanes, network: NetworkInputs, report: Report) -> Generator[tuple[int, Bytes]]:
    for band in bands(network.grid, READ_ROWS):
        report.check_cancelled()
        yield band.start, np.ascontiguousarray(classes.read(band.start, band.stop)[0])


def _warnings(areas: MappedAreas) -> list[str]:
    return [OF_UNKNOWN_KIND] if areas.pixels[UNKNOWN] else []


class NetworkInputs(ExitStack):
    """The images, layers and network of one map, open until the `with` block ends; see `predicting.Predictable`.

    Parameters
    ----------
    plan : FloodPlan
        With a model.
    folder : Path
        For a working file.

    Attributes
    ----------
    inputs : Inputs
    segmenter : Segmenter
    grid : Grid
    tiles : Grid
    planes : int
        How many `read` gives.
    identity : str
    warnings : list of str

    Raises
    ------
    InputError
        If the model and the images do not fit each other.
    """

    def __init__(self, plan: FloodPlan, folder: Path) -> None:
        super().__init__()
        try:
            self._open(plan, folder)
        except BaseException:
            self.close()
            raise

    def _open(self, plan: FloodPlan, folder: Path) -> None:
        if plan.model is None:
            raise ValueError("The plan names no model.")
        self._plan = plan
        self.inputs = self.enter_context(Inputs(plan))
        self.grid = self.inputs.grid
        self._display = not self.inputs.physics.calibrated
        self._polarisations = self.inputs.polarisations
        self.segmenter: Segmenter = load_segmenter(plan.model, device=plan.device)
        card = self.segmenter.card
        if misfit := flood_misfit(card, self._polarisations, self.inputs.dates, display=self._display):
            raise InputError(misfit[0], field=misfit[1])
        self.tiles = tiles_on(self.inputs.image_grid, self.grid, self.segmenter.tile, self.segmenter.overlap)
        self._codes = np.array(flood_classes(card), np.uint8)
        self.planes = self.inputs.dates * len(self._polarisations)
        self.identity = json.dumps([plan.identity, card.sha256, self.segmenter.device])
        self._offsets = self._land_offsets() if card.parameters.get(LEVELLED) else ()
        # Whether the dates before were observed, where the network compares: elsewhere it cannot tell flood.
        self._past: ScratchPlanes | None = None
        if card.dates > 1:
            self._past = ScratchPlanes(folder / "past.u8", 1, self.grid.width)
            self.callback(self._past.close)
        scale = scale_warning(card.gsd_m, self.grid, card.title)
        self.warnings = [*self.inputs.warnings, *([scale] if scale else []), *_advice(card, display=self._display)]

    def _land_offsets(self) -> tuple[float, ...]:
        """What brings each date's land to one level, by windows spread over the whole image."""
        image, count = self.inputs.image_grid, len(self._polarisations)
        starts = [_spread(length) for length in image.shape]
        parts: list[list[Image]] = [[] for _ in range(self.inputs.dates)]
        for top, left in product(*starts):
            window = image.window(top, left, min(WINDOW, image.height - top), min(WINDOW, image.width - left))
            values = self.inputs.read_images(window)
            decibels = grey_to_db(values) if self._display else to_db(values)
            for date, part in enumerate(parts):
                part.append(decibels[date * count : (date + 1) * count])
        names, display = self._polarisations, self._display
        return tuple(offset(land_levels(part, names, display=display), names, display=display) for part in parts)

    # --- what the network sees -----------------------------------------------------------------------------------

    def read(self, part: Grid) -> Image:
        """All dates in decibels on one scale, float32[planes, H, W], NaN where not observed."""
        values = self.inputs.read_images(part)
        return levelled_db(values, self._polarisations, display=self._display, offsets=self._offsets)

    def prepared(self, values: Image) -> Image:
        """The bands of the network's card for tiles of what was read."""
        return network_input(self.segmenter.card.bands, values, self._polarisations, display=self._display)

    def seen(self, row: int, values: Image) -> Mask:
        """Which pixels of rows of `grid` the post-event image shows, in all polarisations."""
        count = len(self._polarisations)
        if self._past is not None:
            before = np.asarray(np.isfinite(values[count:]).all(axis=0))
            self._past.write(row, before.astype(np.uint8))
        return np.asarray(np.isfinite(values[:count]).all(axis=0))

    # --- what is made of its verdict -----------------------------------------------------------------------------

    def settled(self, predicted: Prediction, report: Report, advance: Callable[[float], None]) -> ScratchPlanes:
        """The classes of a flood map, in which the user's layers have their say."""
        settled = ScratchPlanes(report.checkpoints / "settled.u8", 1, self.grid.width)
        values = np.full(256, NODATA, np.uint8)
        values[: len(self._codes)] = self._codes
        try:
            for band in bands(self.grid, READ_ROWS, halo=1):  # a slope needs the rows beside it
                report.check_cancelled()
                classes = values[predicted.classes.read(band.start, band.stop)[0]]
                wet = np.isin(classes, WET)
                if self._past is not None:
                    classes[wet & (self._past.read(band.start, band.stop)[0] == 0)] = UNKNOWN
                self._apply_layers(classes, wet, band.first, band.last, band.core)
                settled.write(band.start, classes)
                advance(band.stop / self.grid.height)
        except BaseException:
            settled.close()
            raise
        return settled

    def _apply_layers(self, classes: Bytes, wet: Mask, first: int, last: int, core: slice) -> None:
        """No water on high ground; where a layer of permanent water says something, it decides what water is flood."""
        inputs, plan = self.inputs, self._plan
        part = self.grid.rows(first, last)
        layers = inputs.read_layers(part)
        elevation, hand = (next(layers) if given else None for given in (inputs.dem, inputs.hand))
        if elevation is not None or hand is not None:
            high = high_ground(elevation, hand, part, plan.max_slope_deg, plan.max_hand_m)[core]
            classes[wet & high] = DRY
            wet &= ~high
        if inputs.reference:
            reference = next(layers)[core]
            # Water that the network knows from the dates before stays permanent where the layer does not show it.
            classes[wet & (reference == 0) & (classes != PERMANENT)] = FLOOD
            classes[wet & (reference == 1)] = PERMANENT

    def confidence(self, predicted: Prediction, row: int, classes: Bytes) -> Bytes | None:
        """The probability of what the map says of each pixel of the area, in per cent, from `row` of the area on."""
        if predicted.percent is None:
            return None
        first, columns = self.inputs.surroundings.row + row, self.inputs.surroundings.columns
        shares = predicted.percent.read(first, first + len(classes))[:, :, columns]
        percent = np.full(classes.shape, NODATA, np.uint8)
        for value in (DRY, *WET):
            own = [value] if value in self._codes else [code for code in self._codes if code != DRY]
            places = np.flatnonzero(np.isin(self._codes, own))
            total = shares[places].sum(axis=0, dtype=np.uint16)
            here = classes == value
            percent[here] = np.minimum(total[here], 100)
        return percent

    def darkness(self, row: int, height: int) -> Image:
        """Of rows of the area, in dB, for a picture."""
        area = self.inputs.area.grid.rows(row, row + height)
        values = self.inputs.read_images(area)[: len(self._polarisations)]
        return np.nan_to_num(darkness(grey_to_db(values) if self._display else to_db(values), self._polarisations))


def _spread(length: int) -> list[int]:
    """Where windows begin along a side: side by side if the image is small, else so many, about evenly.

    They begin at multiples of their side, so that none lies across the blocks of a file, which would all be decoded.
    """
    if length <= WINDOW * WINDOWS:
        return list(range(0, length, WINDOW))
    return [step * (length - WINDOW) // (WINDOWS - 1) // WINDOW * WINDOW for step in range(WINDOWS)]


def _advice(card: Card, *, display: bool) -> list[str]:
    """What the figures on the card give reason to say."""
    if recommended_for(card).get(input_kind(card.dates, display=display)) is not False:
        return []
    what = "8-bit pictures" if display else "backscatter"
    return [
        f"On {what} that it had not learned from, {card.title} was no better than the map without a network: "
        "compare the two."
    ]
