"""What a flood job is to do, settled, and everything that it reads, brought to the job's grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from ..cpu import threads
from ..errors import InputError
from ..mapping import MapArea
from ..raster.aoi import Aoi
from ..raster.grid import Grid, NoWay
from ..raster.sensors import Orbit
from ..raster.source import Layer, RasterLayer, SarScene, open_layer, open_sar
from .classes import CLASSES, PERMANENT
from .dates import acquired_of, differences, refuse_same_files
from .permanent import PermanentWater
from .surroundings import Surroundings
from .water import Physics

__all__ = ["FloodPlan", "Inputs"]

Image = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FloodPlan:
    """What a flood job is to do, settled.

    Attributes
    ----------
    dates : tuple of tuple of str
        The files of each date: the post-event one, then those before.
    units, calibration : str, optional
    bands : tuple of str, optional
        What overrides the files' own word, as in `FloodRequest`.
    aoi : Aoi, optional
    dem, hand, permanent_water : str, optional
        Layers: rasters, or polygons of permanent water.
    permanent_from, permanent_to : float, optional
        The values of a raster of permanent water that count, as in `FloodRequest`.
    speckle_filter, threshold : str
    by_hand : mapping of str to float
        Thresholds that were chosen, in dB, by polarisation.
    speckle_window : int
        In pixels.
    min_area_ha, max_slope_deg, max_hand_m : float
    identity : str
        What a checkpoint must have been left by.
    moved : tuple of str
        Which files were given for other dates than theirs.
    model : Path, optional
        The folder of a flood network; the map is made without weights where there is none.
    device : {'auto', 'cpu', 'cuda'}
        Where that runs.
    """

    dates: tuple[tuple[str, ...], ...]
    units: str | None
    bands: tuple[str, ...] | None
    calibration: str | None
    aoi: Aoi | None
    dem: str | None
    hand: str | None
    permanent_water: str | None
    permanent_from: float | None
    permanent_to: float | None
    speckle_filter: str
    speckle_window: int
    threshold: str
    by_hand: Mapping[str, float]
    min_area_ha: float
    max_slope_deg: float
    max_hand_m: float
    identity: str
    moved: tuple[str, ...] = ()
    model: Path | None = None
    device: str = "auto"


WATER = "the permanent water"  # what an error calls the layer


class Inputs(ExitStack):
    """The images and layers of one map, open until the `with` block ends.

    Attributes
    ----------
    area : MapArea
        What is mapped: the post-event image's pixels within the AOI.
    image_grid : Grid
        Of the whole post-event image.
    surroundings : Surroundings
        Where evidence is looked for beside it.
    grid : Grid
        The pixels that the job works on: those of the area and of a margin around it.
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

    def __init__(self, plan: FloodPlan) -> None:
        super().__init__()
        try:
            self._open(plan)
        except BaseException:
            self.close()
            raise

    def _open(self, plan: FloodPlan) -> None:
        refuse_same_files(plan.dates)
        self.dates = len(plan.dates)
        self._pool = self.enter_context(ThreadPoolExecutor(min(self.dates, threads()), "read"))

        def scene(files: Sequence[str]) -> SarScene:
            return open_sar(files, units=plan.units, bands=plan.bands, calibration=plan.calibration)

        self._scenes = [self.enter_context(opened) for opened in self._pool.map(scene, plan.dates)]
        if plan.bands and not any(scene.told for scene in self._scenes):
            raise InputError(
                f"{len(plan.bands)} bands are named, but the files of no date hold so many; leave the names out, or "
                "give those of all bands of a date.",
                field="bands",
            )
        post = self._scenes[0]
        self._acquired = acquired_of(self._scenes)
        self.image_grid: Grid = post.grid
        self.area = MapArea.of(post.grid, plan.aoi)
        strips = any(scene.strips for scene in self._scenes)
        self.surroundings = Surroundings(post.grid, self.area.grid, dates=self.dates, strips=strips)
        self.grid: Grid = self.surroundings.grid
        self.dem, self.hand = plan.dem is not None, plan.hand is not None
        self.reference = plan.permanent_water is not None
        self._layers: list[Layer] = []
        rasters: list[tuple[str, Sequence[Grid]]] = []  # polygons may lie anywhere
        for what, path in (
            ("the elevation model", plan.dem),
            ("the heights above the river", plan.hand),
            (WATER, plan.permanent_water),
        ):
            if path is not None:
                categorical = what == WATER
                layer = _opened(what, path, categorical=categorical)
                self.callback(layer.close)
                if isinstance(layer, RasterLayer):
                    rasters.append((path, layer.grids))
                    if categorical:
                        layer = PermanentWater(layer, path, plan.permanent_from, plan.permanent_to)
                self._layers.append(layer)
        self.polarisations = tuple(
            name for name in post.polarisations if all(name in scene.polarisations for scene in self._scenes)
        )
        self._check()
        before = [(files[0], (scene.grid,)) for files, scene in zip(plan.dates[1:], self._scenes[1:], strict=True)]
        self._check_places([*before, *rasters])
        for name in plan.by_hand:
            if name not in self.polarisations:
                raise InputError(
                    f"A threshold is chosen for {name}, but all that the images share is "
                    f"{' and '.join(self.polarisations)}; leave it out.",
                    field=f"{name.lower()}_threshold_db",
                )
        self.physics = Physics(self.polarisations, not post.display, post.calibration)
        self.min_pixels = self.area.pixels(plan.min_area_ha)
        differing = differences(self._scenes, self._acquired)
        self.warnings = [*plan.moved, *_notes(self._scenes), *dict.fromkeys(text for _, text in differing)]
        self.warnings += self._gaps(rasters)
        self.warnings += [note for layer in self._layers for note in layer.notes]
        self.warnings += plan.aoi.notes if plan.aoi else ()

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

    def _check_places(self, named: Sequence[tuple[str, Sequence[Grid]]]) -> None:
        """See that every date before and every raster layer has pixels where the map is."""
        for path, grids in named:
            try:
                here = any(grid.clip(box) for grid in grids for box in self.area.grid.boxes_in(grid.crs))
            except NoWay as error:
                raise InputError(f"{path} does not fit the area of the map: {error}") from error
            if not here:
                raise InputError(
                    f"{path} does not overlap the area of the map; give a file of that place, or leave it out."
                )

    def _gaps(self, named: Sequence[tuple[str, Sequence[Grid]]]) -> list[str]:
        """Warnings for layers that leave a part of the map out."""
        return [
            f"{path} covers only a part of the area; the rest is mapped without it."
            for path, grids in named
            if not _hold(grids, self.area.grid)
        ]

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
        count = self.dates * len(self.polarisations)
        self._read_images(part, out[:count])
        for plane, values in zip(out[count:], self.read_layers(part), strict=True):
            plane[...] = values
        return out

    def read_layers(self, part: Grid) -> Iterator[Image]:
        """What `read` gives of DEM, HAND and reference water, each float32[H, W], of any part of the grid."""
        return (layer.read(part) for layer in self._layers)

    def read_images(self, part: Grid) -> Image:
        """What `read` gives of the images, of any part of the post-event image's grid."""
        out = np.empty((self.dates * len(self.polarisations), *part.shape), np.float32)
        self._read_images(part, out)
        return out

    def _read_images(self, part: Grid, out: Image) -> None:
        count = len(self.polarisations)

        def fill(date: int) -> None:
            scene = self._scenes[date]
            values = scene.read(part)
            for plane, name in enumerate(self.polarisations, start=date * count):
                out[plane] = values[scene.polarisations.index(name)]

        # All dates at once: each has handles of its own, and decoding leaves the interpreter to others.
        list(self._pool.map(fill, range(self.dates)))

    def acquired(self) -> list[datetime | None]:
        """When the images were taken, the post-event one first."""
        return self._acquired

    def orbits(self) -> list[Orbit | None]:
        """From where the images were taken, the post-event one first."""
        return [scene.orbit for scene in self._scenes]


def _hold(grids: Sequence[Grid], target: Grid) -> bool:
    """Whether a grid lies in others together, give or take a pixel of theirs."""
    crs, first = grids[0].crs, grids[0].transform
    boxes = [box for grid in grids for box in grid.boxes_in(crs)]
    x, y = abs(first.a), abs(first.e)
    left, bottom, right, top = np.transpose(boxes)
    held = shapely.union_all(shapely.box(left - x, bottom - y, right + x, top + y))
    return bool(shapely.covers(held, shapely.box(*target.bounds_in(crs))))


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


def _opened(what: str, path: str, *, categorical: bool) -> Layer:
    """A layer; an error says which of them it is about."""
    try:
        return open_layer(path, categorical=categorical, own_class=CLASSES[PERMANENT])
    except InputError as error:
        raise InputError(f"As {what}: {error}", field=error.field) from error
