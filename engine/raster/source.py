"""Images as users have them, brought to the grid that a job works on, with what was not observed as NaN."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from ..errors import InputError
from ._backscatter import stacks_of
from ._layer_files import layer_parts
from ._placing import facts_of, grid_of, own_grid, place_of, refuse_stacked, union
from ._products import parts_of
from ._warp import AffinePlace, Plane, plane_on
from .grid import Grid
from .polygon_set import PolygonSet
from .raster_file import RasterFile
from .sensors import Profile, describe
from .sink import ClassInfo
from .vectors import NoVectorFile, has_layer, read_polygons

__all__ = ["Layer", "PolygonLayer", "RasterLayer", "SarScene", "open_layer", "open_sar"]

Floats = NDArray[np.float32]

POLARISATIONS = ("VV", "VH")
# Below any land, and above it (Mount Everest has 8849 m): fill values that elevation models do not always declare are
# -9999, -32768 and the lowest float, 32767, 65535 and the highest.
LOWEST_LAYER_VALUE, HIGHEST_GROUND = -9000, 9000
GEOCODING_NOTE = (
    "{label} is in radar geometry and was placed by its tie points alone, without terrain correction or removal of"
    " thermal noise: expect shifts on slopes and noise over dark water."
)


class Layer(Protocol):
    """One band beside the images, such as elevation or classes.

    `notes` say what must be known of how it is read.
    """

    notes: tuple[str, ...]

    def read(self, grid: Grid) -> Floats:
        """float32 [height, width]: NaN where not observed."""

    def close(self) -> None:
        """Give file handles back."""


class SarScene:
    """Sentinel-1 backscatter of one date, from one file or many.

    Read it from one thread at a time. Use it in a `with` statement, or close it.

    Attributes
    ----------
    polarisations : tuple of str
        ('VV', 'VH'), ('VV',) or ('VH',).
    display : bool
        The image is an 8-bit picture: grey levels 0 to 255, not backscatter.
    calibration : {'sigma0', 'gamma0'}
    acquired : datetime, optional
        In UTC; of the earliest file.
    dated_by : str, optional
        The folder whose name is all that tells `acquired`.
    orbit : Orbit, optional
    told : bool
        Whether bands that the user named are those of its files.
    notes : tuple of str
        What was assumed or must be warned of, one sentence each.
    strips : bool
        Whether a part of a row takes as long to read as all of it.
    grid : Grid
        The first file's lattice, extended over all files; for images in radar geometry a north-up UTM grid.
    """

    def __init__(self, files: Sequence[RasterFile], profile: Profile) -> None:
        read = [(file, how) for file, how in zip(files, profile.files, strict=True) if how.bands()]
        self._files = [file for file, _ in read]
        stacks = stacks_of(read)
        self._bands = [stack.polarisations for stack in stacks]
        self._planes = [stack.plane for stack in stacks]
        self.strips = any(file.strips for file in self._files)
        self.grid = union([own_grid(stack.files[0], stack.plane.place) for stack in stacks])
        self.polarisations = tuple(name for name in POLARISATIONS if any(name in bands for bands in self._bands))
        self.display = any(how.units == "display" for _, how in read)
        self.calibration, self.acquired, self.orbit = profile.calibration, profile.acquired, profile.orbit
        self.dated_by, self.told = profile.dated_by, profile.told
        geocoded = (GEOCODING_NOTE.format(label=file.label) for file in self._files if file.crs is None)
        margins = (note for stack in stacks for note in stack.notes())
        self.notes = tuple(dict.fromkeys([*profile.notes, *geocoded, *margins]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file handles back."""
        for file in self._files:
            file.close()

    def read(self, grid: Grid) -> Floats:
        """Backscatter on a grid.

        Files are laid over each other in the order they were given: the first observed pixel counts. The result does
        not depend on how a grid is cut into bands.

        Returns
        -------
        float32 [len(polarisations), height, width]
            Linear power (grey levels if `display`); NaN where not observed.

        Raises
        ------
        InputError
            If a file cannot be read to its end.
        """
        if self._bands == [self.polarisations]:
            return plane_on(self._planes[0], grid)
        out = np.full((len(self.polarisations), *grid.shape), np.nan, np.float32)
        for bands, plane in zip(self._bands, self._planes, strict=True):
            for band, values in zip(bands, plane_on(plane, grid), strict=True):
                target = out[self.polarisations.index(band)]
                np.copyto(target, values, where=np.isnan(target))
        return out


def open_sar(
    files: Sequence[str],
    *,
    units: str | None = None,
    bands: Sequence[str] | None = None,
    calibration: str | None = None,
) -> SarScene:
    """Open the Sentinel-1 image of one date.

    Parameters
    ----------
    files : sequence of str
        Tiles side by side, polarisations apart, or both: rasters that GDAL reads, GRD products (`.SAFE` or zip), SNAP's
        `.dim`, folders or zips with one raster per polarisation, `/vsizip/` paths.
    units : {'db', 'power', 'amplitude', 'display'}, optional
        Overrides what the files say; GRD products keep their own calibration.
    bands : sequence of {'VV', 'VH', 'skip'}, optional
        Overrides what the files say, for the bands of each file or of all files in a row.
    calibration : {'sigma0', 'gamma0'}, optional
        Overrides what the files say.

    Raises
    ------
    InputError
        If a file is missing, damaged, optical, complex, uncalibrated, or has no place on the Earth; or if its bands or
        units cannot be told.
    """
    opened: list[RasterFile] = []
    try:
        for text in files:
            opened += [RasterFile(part) for part in parts_of(text)]
        profile = describe([facts_of(file) for file in opened], units=units, bands=bands, calibration=calibration)
        return SarScene(opened, profile)
    finally:
        # Handles are opened again by the thread that reads.
        for file in opened:
            file.close()


class RasterLayer:
    """One band of a raster, or of tiles side by side.

    Interpolated where it is continuous, which is the height of ground in metres; the nearest pixel where it is
    categorical.

    Attributes
    ----------
    grids : tuple of Grid
        Of each tile.
    grid : Grid
        The first tile's lattice, extended over all.
    name : str
        Of the first tile's band.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, files: Sequence[RasterFile], *, categorical: bool) -> None:
        self._categorical = categorical
        self._files = tuple(files)
        self._planes = [self._plane(file) for file in files]
        self.name = files[0].descriptions[0]
        self.grids = tuple(grid_of(file) for file in files)
        refuse_stacked(self.grids, [file.label for file in files])

    @property
    def grid(self) -> Grid:
        return union(self.grids)

    def read(self, grid: Grid) -> Floats:
        """float32 [height, width]: NaN where not observed."""
        out = np.full(grid.shape, np.nan, np.float32)
        for file, own, plane in zip(self._files, self.grids, self._planes, strict=True):
            if len(self._files) == 1 or own.may_meet(grid):
                values = plane_on(plane, grid)[0]
                np.copyto(out, values, where=np.isnan(out))
            else:
                file.close()  # of hundreds of tiles few are needed at a time
        return out

    def values(self) -> set[float]:
        """The values of some of its observed pixels, spread over the raster."""
        values = np.unique(np.concatenate([file.sample(zeros=True) for file in self._files], axis=1))
        return {float(value) for value in values if value >= LOWEST_LAYER_VALUE}

    def close(self) -> None:
        """Give the file handles back."""
        for file in self._files:
            file.close()

    def _plane(self, file: RasterFile) -> Plane:
        if len(file.bands) != 1:
            raise InputError(f"{file.label} has {len(file.bands)} bands; give a raster with one.")
        place = place_of(file)
        if not isinstance(place, AffinePlace):
            raise InputError(f"{file.label} is in radar geometry; geocode it first.")

        def window(row: int, column: int, height: int, width: int) -> Floats:
            values = file.window(file.bands, row, column, height, width)
            values[values < LOWEST_LAYER_VALUE] = np.nan
            if not self._categorical:
                values[values > HIGHEST_GROUND] = np.nan
            return values

        return Plane(place, file.width, file.height, 1, window, "nearest" if self._categorical else "bilinear")


class PolygonLayer:
    """Polygons as a layer of 1 inside and 0 outside."""

    def __init__(self, polygons: PolygonSet, notes: tuple[str, ...] = ()) -> None:
        self._polygons, self.notes = polygons, notes

    def read(self, grid: Grid) -> Floats:
        """float32 [height, width]: 1 where a pixel's centre lies in a polygon, else 0."""
        return self._polygons.inside(grid).astype(np.float32)

    def close(self) -> None:
        """Nothing to give back: polygons are loaded once."""


def open_layer(path: str, *, categorical: bool, own_class: ClassInfo | None = None) -> Layer:
    """Open a layer that goes with the images.

    Parameters
    ----------
    path : str
        A raster of one band, or tiles side by side (joined by commas, a folder, a zip); for categorical layers also a
        vector file with polygons, as `read_polygons` takes it.
    categorical : bool
        Values are classes and are not interpolated.
    own_class : ClassInfo, optional
        Of polygons that GeoFM made from a map, only those of this class are taken, and a note says so.

    Raises
    ------
    InputError
        If the file is missing, damaged, without a place on the Earth, or of another kind.
    """
    if categorical and has_layer(path):
        return _polygon_layer(path, own_class)
    files: list[RasterFile] = []
    try:
        for part in layer_parts(path):
            files.append(RasterFile(part))
            files[-1].close()  # opened again by the thread that reads
    except InputError as no_raster:
        try:
            layer = _polygon_layer(path, own_class)
        except InputError as no_vector:
            raise (no_vector if categorical and not isinstance(no_vector, NoVectorFile) else no_raster) from None
        if not categorical:
            raise InputError(f"{path} is a vector file; give a raster.") from no_raster
        return layer
    return RasterLayer(files, categorical=categorical)


def _polygon_layer(path: str, own_class: ClassInfo | None) -> PolygonLayer:
    geometries, crs, ours, notes = read_polygons(path, own_class=own_class)
    if own_class is not None and ours:
        notes += (f"{path} is a map of GeoFM: only its {own_class.name} (class_id {own_class.value}) is used.",)
    # Layers of thousands of polygons often hold a few that cross themselves; their outline is meant.
    return PolygonLayer(PolygonSet(shapely.make_valid(geometries), crs, path), notes)
