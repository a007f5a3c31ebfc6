"""What a map by a model is made of: the image within the area, and a model that fits it."""

from __future__ import annotations

import json
import math
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..mapping import MapArea
from ..models.segmenter import Segmenter, load_segmenter
from ..raster.aoi import Aoi
from ..raster.areas import mean_pixel_area
from ..raster.grid import Grid
from ..raster.image import Image, open_image, order_for
from ..raster.stream import tiles_on

__all__ = ["MapInputs", "MapPlan", "ground_metres", "scale_warning"]

Floats = NDArray[np.float32]

OFF = 1.5  # times: pixels so much larger or smaller show the ground otherwise than the model learned it


@dataclass(frozen=True, slots=True)
class MapPlan:
    """What a map by a model is to be, settled.

    Attributes
    ----------
    image : tuple of str
        The files of one image.
    bands : tuple of str, optional
        Names that override the files' own.
    model : Path
        Its folder.
    device : {'auto', 'cpu', 'cuda'}
    augment : bool
        Average over turned and mirrored views.
    aoi : Aoi, optional
    min_area_ha : float
    shares : bool
        Whether the probabilities of the classes are wanted.
    identity : str
        What a checkpoint must have been left by, but for the model.
    """

    image: tuple[str, ...]
    bands: tuple[str, ...] | None
    model: Path
    device: str
    augment: bool
    aoi: Aoi | None
    min_area_ha: float
    shares: bool
    identity: str


class MapInputs(ExitStack):
    """The image and the model of one map, open until the `with` block ends.

    Attributes
    ----------
    image : Image
    segmenter : Segmenter
    order : list of int
        Index in the image's bands of each band that the model wants.
    planes : int
        How many these are.
    area : MapArea
    grid : Grid
        The image's pixels within the AOI.
    tiles : Grid
        The whole image's tiles that reach into it: an AOI cuts the map, not what the model sees.
    min_pixels : int
        The minimum mapping unit.
    identity : str
        What a checkpoint must have been left by: the very same request, files, model and device.
    warnings : list of str
        What was assumed, and what an analyst should know.
    """

    def __init__(self, plan: MapPlan) -> None:
        super().__init__()
        try:
            self._open(plan)
        except BaseException:
            self.close()
            raise

    def _open(self, plan: MapPlan) -> None:
        self.image: Image = self.enter_context(open_image(plan.image, bands=plan.bands))
        self.area = MapArea.of(self.image.grid, plan.aoi)
        self.grid: Grid = self.area.grid
        self.segmenter: Segmenter = load_segmenter(plan.model, device=plan.device, augment=plan.augment)
        card = self.segmenter.card
        self.tiles = tiles_on(self.image.grid, self.grid, self.segmenter.tile, self.segmenter.overlap)
        self.order = order_for(self.image, card)
        self.planes = len(self.order)
        self.min_pixels = self.area.pixels(plan.min_area_ha)
        self.identity = json.dumps([plan.identity, card.sha256, self.segmenter.device])
        warning = scale_warning(card.gsd_m, self.grid, card.title)
        self.warnings = [*self.image.notes, *([warning] if warning else []), *(plan.aoi.notes if plan.aoi else ())]

    def read(self, part: Grid) -> Floats:
        """A part of the image in the model's bands, float32[C, H, W], NaN where not observed."""
        return self.image.read(part, self.order)

    def prepared(self, values: Floats) -> Floats:
        """What the model takes of what was read: the same."""
        return values

    def seen(self, row: int, values: Floats) -> NDArray[np.bool_]:
        """Which pixels to map, of the rows from `row` on; those outside the AOI are surroundings to the model alone."""
        seen = np.asarray(~np.isnan(values).all(axis=0))
        inside = self.area.inside(row, row + values.shape[1])
        return seen if inside is None else seen & inside


def ground_metres(grid: Grid) -> float:
    """The mean side of the grid's pixels on the ground, in metres."""
    return math.sqrt(mean_pixel_area(grid))


def scale_warning(wanted: float | None, grid: Grid, model: str) -> str | None:
    """One sentence if the pixels are much larger or smaller than those that a model learned from, in metres."""
    if wanted is None:
        return None
    side = ground_metres(grid)
    if max(side / wanted, wanted / side) <= OFF:
        return None
    return (
        f"The image has pixels of {side:.3g} m and {model} learned from pixels of {wanted:.3g} m: the image is mapped "
        f"as it is, which may be less accurate; resample it to {wanted:.3g} m if the map looks wrong."
    )
