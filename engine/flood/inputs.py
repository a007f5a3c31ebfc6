"""Everything that a flood map reads, brought to the job's grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from shapely.geometry import MultiPolygon

from ..errors import InputError
from ..jobs.requests import FloodRequest
from ..raster.aoi import Aoi, job_grid, read_aoi
from ..raster.areas import mean_pixel_area
from ..raster.grid import Grid
from ..raster.source import Layer, RasterLayer, SarScene, open_layer, open_sar
from ..raster.stream import threads
from .classes import CLASSES, PERMANENT
from .water import Physics

__all__ = ["Inputs"]

Image = NDArray[np.float32]
Box = tuple[float, float, float, float]  # left, bottom, right, top


class Inputs(ExitStack):
    """The images and layers of one request, open until the `with` block ends.

    Attributes
    ----------
    grid : Grid
        The post-event image's pixels within the AOI.
    polarisations : tuple of str
        Those that every date has.
    physics : Physics
    dates : int
        Number of images: the post-event one and those before.
    dem, hand, reference : bool
        Whether these layers were given.
    warnings : list of str
        What was assumed, and what an analyst should know.
    min_pixels : int
        The minimum mapping unit.
    """

    def __init__(self, request: FloodRequest) -> None:
        super().__init__()
        try:
            self._open(request)
        except BaseException:
            self.close()
            raise

    def _open(self, request: FloodRequest) -> None:
        self._aoi: Aoi | None = read_aoi(request.aoi) if request.aoi else None
        self.dates = 1 + len(request.pre)
        self._pool = self.enter_context(ThreadPoolExecutor(min(self.dates, threads()), "read"))
        opened = self._pool.map(lambda files: _scene(files, request), (request.post, *request.pre))
        self._scenes = [self.enter_context(scene) for scene in opened]
        post = self._scenes[0]
        if self._aoi is not None:
            self._aoi = self._aoi.near(post.grid)
        self.grid: Grid = job_grid(post.grid, self._aoi)
        self.dem, self.hand = request.dem is not None, request.hand is not None
        self.reference = request.permanent_water is not None
        self._layers: list[Layer] = []
        for path, categorical in ((request.dem, False), (request.hand, False), (request.permanent_water, True)):
            if path is not None:
                layer = open_layer(path, categorical=categorical, own_class=CLASSES[PERMANENT])
                self.callback(layer.close)
                self._layers.append(layer)
        self.polarisations = tuple(
            name for name in post.polarisations if all(name in scene.polarisations for scene in self._scenes)
        )
        self._check()
        self._check_places(request)
        self.physics = Physics(self.polarisations, not post.display, post.calibration)
        self.min_pixels = max(round(request.min_area_ha * 1e4 / mean_pixel_area(self.grid)), 1)
        self.warnings = [*_notes(self._scenes), *_differences(self._scenes), *self._gaps(request)]
        self.warnings += [note for layer in self._layers for note in layer.notes]

    def _check(self) -> None:
        post = self._scenes[0]
        if not self.polarisations:
            raise InputError(
                "The images share no polarisation: give VV (or VH) for the date after the flood and for each before it."
            )
        if any(scene.display != post.display for scene in self._scenes):
            raise InputError(
                "Some of the images are 8-bit display products and some are backscatter: they cannot be compared; "
                "give one kind for all dates."
            )

    def _check_places(self, request: FloodRequest) -> None:
        """See that every date before and every raster layer has pixels where the map is."""
        dates = [(files[0], scene.grid) for files, scene in zip(request.pre, self._scenes[1:], strict=True)]
        for path, grid in [*dates, *self._rasters(request)]:
            if not any(grid.clip(box) for box in _boxes(self.grid, grid)):
                raise InputError(
                    f"{path} does not overlap the area of the map; give a file of that place, or leave it out."
                )

    def _gaps(self, request: FloodRequest) -> list[str]:
        """Warnings for layers that leave a part of the map out."""
        return [
            f"{path} covers only a part of the area; the rest is mapped without it."
            for path, grid in self._rasters(request)
            if not any(_holds(grid, box) for box in _boxes(self.grid, grid))
        ]

    def _rasters(self, request: FloodRequest) -> list[tuple[str, Grid]]:
        """Path and grid of each raster layer; polygons may lie anywhere."""
        paths = [path for path in (request.dem, request.hand, request.permanent_water) if path is not None]
        pairs = zip(paths, self._layers, strict=True)
        return [(path, layer.grid) for path, layer in pairs if isinstance(layer, RasterLayer)]

    @property
    def planes(self) -> int:
        """Number of planes that `read` gives."""
        return self.dates * len(self.polarisations) + len(self._layers)

    def read(self, start: int, stop: int) -> Image:
        """Rows of the grid, float32[planes, stop - start, W], NaN where not observed.

        The polarisations of the post-event image as linear power (or grey levels), those of each date before, then DEM,
        HAND and reference water as far as given.
        """
        part = self.grid.rows(start, stop)
        out = np.empty((self.planes, *part.shape), np.float32)
        count = len(self.polarisations)

        def fill(date: int) -> None:
            scene = self._scenes[date]
            values = scene.read(part)
            for plane, name in enumerate(self.polarisations, start=date * count):
                out[plane] = values[scene.polarisations.index(name)]

        # All dates at once: each has handles of its own, and decoding leaves the interpreter to others.
        list(self._pool.map(fill, range(self.dates)))
        for plane, layer in enumerate(self._layers, start=self.dates * count):
            out[plane] = layer.read(part)
        return out

    def inside(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        """Which pixels of these rows lie in the AOI, bool[H, W]; None where there is no AOI."""
        return None if self._aoi is None else self._aoi.inside(self.grid.rows(start, stop))

    def area_of_interest(self) -> MultiPolygon | None:
        """The AOI in the grid's CRS, as far as it lies around the post-event image; None where there is no AOI."""
        return None if self._aoi is None else self._aoi.outline_in(self.grid.crs)

    def acquired(self) -> list[datetime | None]:
        """When the images were taken, the post-event one first."""
        return [scene.acquired for scene in self._scenes]


def _scene(files: Sequence[str], request: FloodRequest) -> SarScene:
    return open_sar(files, units=request.units, bands=request.bands, calibration=request.calibration)


def _boxes(grid: Grid, other: Grid) -> list[Box]:
    """Where a grid lies in another's CRS; once more for each way of counting longitudes."""
    try:
        left, bottom, right, top = grid.bounds_in(other.crs)
    except RasterioError:  # a place that the other's CRS does not reach
        return []
    if not other.crs.is_geographic:
        return [(left, bottom, right, top)]
    right += 360 * (left > right)  # across the date line
    return [(left + turn, bottom, right + turn, top) for turn in (0, 360, -360)]


def _holds(grid: Grid, box: Box) -> bool:
    """Whether a box lies in a grid, give or take a pixel."""
    left, bottom, right, top = grid.bounds
    width, height = abs(grid.transform.a), abs(grid.transform.e)
    return left - width <= box[0] and box[2] <= right + width and bottom - height <= box[1] and box[3] <= top + height


def _notes(scenes: Sequence[SarScene]) -> list[str]:
    return list(dict.fromkeys(note for scene in scenes for note in (*scene.notes, *_limits(scene))))


def _limits(scene: SarScene) -> Iterator[str]:
    """What an image's kind means for a flood map."""
    if scene.display:
        yield (
            "The image is an 8-bit picture, not backscatter: thresholds are relative, and smooth dry ground may be "
            "taken for water."
        )
    if len(scene.polarisations) == 1:
        yield f"Only {scene.polarisations[0]} is given; VV and VH together find water more surely."


def _differences(scenes: Sequence[SarScene]) -> list[str]:
    """Warnings where dates were not taken, or not calibrated, alike."""
    post, warnings = scenes[0], []
    orbits = {scene.orbit for scene in scenes if scene.orbit}
    if len(orbits) > 1:
        warnings.append(
            f"The images come from different orbits ({', '.join(sorted(orbits))}): slopes and buildings look different "
            "from each, which can pass for change; prefer images of one orbit."
        )
    if len({scene.calibration for scene in scenes}) > 1:
        warnings.append("Some images are sigma nought and some gamma nought: about 1 dB of difference is no change.")
    for scene in scenes[1:]:
        if post.acquired and scene.acquired and scene.acquired >= post.acquired:
            warnings.append(
                f"A pre-event image ({scene.acquired:%Y-%m-%d}) is not older than the post-event one "
                f"({post.acquired:%Y-%m-%d}): check that they were not given the wrong way round."
            )
        if set(scene.polarisations) != set(post.polarisations):
            warnings.append(
                f"The dates have different polarisations ({', '.join(post.polarisations)} after and "
                f"{', '.join(scene.polarisations)} before): only what they share is used."
            )
    return list(dict.fromkeys(warnings))
