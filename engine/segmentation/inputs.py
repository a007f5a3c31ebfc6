"""What a land-cover map is made of: the image within the area, and a model that fits it."""

from __future__ import annotations

import math
from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from ..cards.shelf import find
from ..errors import InputError
from ..jobs.requests import LandcoverRequest
from ..models.segmenter import Segmenter, load_segmenter
from ..raster.aoi import Aoi, job_grid, read_aoi
from ..raster.areas import mean_pixel_area
from ..raster.grid import Grid
from ..raster.image import Image, open_image, order_for
from ..raster.stamps import fingerprint

__all__ = ["MapInputs", "ground_metres", "scale_warning"]

OFF = 1.5  # times: pixels so much larger or smaller show the ground otherwise than the model learned it


class MapInputs(ExitStack):
    """The image and the model of one request, open until the `with` block ends.

    Attributes
    ----------
    image : Image
    segmenter : Segmenter
    order : list of int
        Index in the image's bands of each band that the model wants.
    grid : Grid
        The image's pixels within the AOI.
    aoi : Aoi, optional
    min_pixels : int
        The minimum mapping unit.
    warnings : list of str
        What was assumed, and what an analyst should know.
    """

    def __init__(self, request: LandcoverRequest) -> None:
        super().__init__()
        try:
            self._open(request)
        except BaseException:
            self.close()
            raise

    def _open(self, request: LandcoverRequest) -> None:
        aoi = read_aoi(request.aoi) if request.aoi else None
        self.image: Image = self.enter_context(open_image(request.image, bands=request.bands))
        self.aoi: Aoi | None = None if aoi is None else aoi.near(self.image.grid)
        self.grid: Grid = job_grid(self.image.grid, self.aoi)
        self.segmenter: Segmenter = load_segmenter(find(request.model), device=request.device, augment=request.augment)
        card = self.segmenter.card
        if card.task != "segmentation":
            raise InputError(f"{card.title} is a model for {card.task}, which maps no land cover; choose another.")
        self.order = order_for(self.image, card)
        self.min_pixels = max(round(request.min_area_ha * 1e4 / mean_pixel_area(self.grid)), 1)
        warning = scale_warning(card.gsd_m, self.grid, card.title)
        self.warnings = [*self.image.notes, *([warning] if warning else [])]

    def inside(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        """Which pixels of these rows lie in the AOI, bool[H, W]; None where there is no AOI."""
        return None if self.aoi is None else self.aoi.inside(self.grid.rows(start, stop))

    def fingerprint(self, request: LandcoverRequest) -> list[object]:
        """What a checkpoint depends on beside the request: the very same files, model and device."""
        files = fingerprint([*request.image, *([request.aoi] if request.aoi else [])])
        return [self.segmenter.card.sha256, self.segmenter.device, files]


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
