"""Kuro Siwo as folders of GeoTIFFs: the detected product (GRD), its images alone, and the single-look product (SLC)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ...cards.classes import NODATA
from ...errors import InputError
from ...raster.grid import Grid
from ...raster.terrain import slope_deg
from ..dataset import Input, Sample, Target
from ..rasters import Tiff, common_side, padded, read_tiff
from .events import SPLITS, WATER, split_of
from .facts import read_facts, zone_in, zones_in
from .patches import DATES, GRD, IMAGES, SLC, Layout, Listing, activations, files_of, in_folder, listing_of

__all__ = ["Patches", "dem_of", "open_grd", "open_images", "open_slc", "water_of"]

Floats = NDArray[np.float32]

RADAR = {"VV": "power", "VH": "power"}
SINGLE_LOOK = {"VV phase": "rad", "VH amplitude": "amplitude", "VV amplitude": "amplitude", "VH phase": "rad"}
IGNORED, VALID = 3, 1  # of MK0_MLU, of MK0_MNA
LOWEST, HIGHEST = -500.0, 9000.0  # of the Earth's ground, in metres; what lies beyond is a gap


class Patches:
    """The patches of one part: see `dataset.DataSet`.

    Inputs are `radar` (newest date first: after the flood, before it, long before it), and of the detected product
    `dem` (m) and `slope` (degrees, by the true spacing of its pixels on the ground); the target is `water`.

    Attributes
    ----------
    listing : Listing
        What is there, and what was left out.
    """

    def __init__(self, listing: Listing, layout: Layout, terrain: bool = True) -> None:
        self.listing, self._layout = listing, layout
        self.names = tuple(listing.patches)
        first = [_first(files_of(listing.root / name, layout)) for name in self.names[:: max(1, len(self.names) // 16)]]
        self._side = common_side(first)
        bands = SINGLE_LOOK if layout.single_look else RADAR
        self._terrain = terrain and "MK0_DEM" in layout.needed
        self.inputs = {"radar": Input(bands, len(DATES), self._side)}
        if self._terrain:
            self.inputs |= {"dem": Input({"DEM": "m"}, 1, self._side), "slope": Input({"slope": "deg"}, 1, self._side)}
        self.targets: Mapping[str, Target] = {"water": WATER} if layout.labelled else {}

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Sample:
        """Read a patch; pixels that were not observed, or of which nobody says what they are, are NaN and 255."""
        name = self.names[index]
        files = files_of(self.listing.root / name, self._layout)
        radar = [self._read(files, role, name) for role in _images(self._layout)]
        place = radar[0]
        inputs = {"radar": self._padded(np.concatenate([each.floats(0.0) for each in radar]), files)}
        if self._terrain:
            dem = self._read(files, "MK0_DEM", name, like=place)
            inputs |= {
                key: self._padded(values[None], files) for key, values in dem_of(dem.floats()[0], _grid(dem)).items()
            }
        targets: dict[str, Any] = {}
        if self._layout.labelled:
            label, valid = (self._read(files, role, name, like=place) for role in ("MK0_MLU", "MK0_MNA"))
            water = water_of(label.values[0], valid.values[0], str(files["MK0_MLU"]))
            targets["water"] = padded(water, self._side, NODATA, files["MK0_MLU"])
        return Sample(name, inputs, targets)

    def actid(self, index: int) -> int:
        """The activation that a patch belongs to."""
        return int(self.names[index].partition("/")[0])

    def zone(self, index: int) -> int | None:
        """The climate zone of a patch, a key of `events.ZONES`; None where nobody tells.

        Raises
        ------
        InputError
            If its `info.json` cannot be read.
        """
        told = self._zones.get(self.names[index])
        return told or zone_in(read_facts(self.listing.root / self.names[index]), self.actid(index))

    @cached_property
    def _zones(self) -> Mapping[str, int]:
        """Those that the index of the single-look product tells, by patch."""
        return zones_in(self.listing.root) if self._layout.single_look else {}

    def _read(self, files: Mapping[str, Path], role: str, name: str, like: Tiff | None = None) -> Tiff:
        if role not in files:
            raise InputError(f"{self.listing.root / name} lacks {role}, which was there; unpack its archive again.")
        tiff = read_tiff(files[role])
        bands = len(SINGLE_LOOK) if self._layout.single_look and role in DATES else 1
        if len(tiff.values) != bands:
            raise InputError(
                f"{files[role]} has {len(tiff.values)} bands, and {self._layout.title} of Kuro Siwo {bands}; give the "
                "product that it is of."
            )
        first = files[_images(self._layout)[0]]
        if like is not None and _elsewhere(tiff, like):
            raise InputError(f"{files[role]} lies elsewhere than {first.name} beside it; download the patch again.")
        return tiff

    def _padded(self, values: Floats, files: Mapping[str, Path]) -> Floats:
        return padded(values, self._side, np.nan, _first(files))


def open_grd(paths: Sequence[Path], split: str, *, skip: bool = False, terrain: bool = True) -> Patches:
    """The labelled patches of the detected product.

    Parameters
    ----------
    paths : (path,)
        The set's folder, which holds `data`.
    split : {'train', 'val', 'test'}
    skip : bool
        Whether patches that cannot be used are left out; they are counted in `listing`.
    terrain : bool
        Whether elevation and slope are read, too.

    Raises
    ------
    InputError
        If there is nothing of this part, or patches cannot be used, with what is wrong with how many.
    """
    return _open(paths, split, GRD, split_of, skip=skip, terrain=terrain)


def open_images(paths: Sequence[Path], split: str, *, skip: bool = False) -> Patches:
    """The images of the detected product alone, of labelled and of unlabelled patches; as for `open_grd`.

    Events that are in no part of the labelled set are taken for training.
    """
    return _open(paths, split, IMAGES, lambda actid: split_of(actid) or "train", skip=skip, terrain=False)


def open_slc(paths: Sequence[Path], split: str, *, skip: bool = False) -> Patches:
    """The labelled patches of the single-look product, which are folders `<activation>/<aoi>/<x>_<y>`; as for
    `open_grd`."""
    return _open(paths, split, SLC, split_of, skip=skip, terrain=False)


def _open(
    paths: Sequence[Path], split: str, layout: Layout, part: Callable[[int], str], *, skip: bool, terrain: bool
) -> Patches:
    (path,) = paths
    if split not in SPLITS:
        raise InputError(f"Kuro Siwo has no part '{split}'; choose one of {', '.join(SPLITS)}.")
    root = in_folder(path)
    there = listing_of(root, layout, [actid for actid in activations(root) if part(actid) == split])
    if there.problems and not (skip and there.patches):
        total = there.unusable + len(there.patches)
        raise InputError(
            f"{there.unusable:,} of {total:,} patches of the part {split} in {root} cannot be used: {there.told()}; "
            "download them again, or let incomplete patches be left out.",
            field="skip_incomplete",
        )
    if not there.patches:
        what = f"{layout.title} patches{' with labels' * layout.labelled}"
        raise InputError(f"{root} holds no {what} of the part {split}; unpack the archives of its events there.")
    return Patches(there, layout, terrain)


def water_of(label: NDArray[Any], valid: NDArray[Any], where: str) -> NDArray[np.uint8]:
    """Classes uint8 [H, W] of a label and of where it counts; 255 where nobody says what there is.

    Raises
    ------
    InputError
        If the label holds other numbers than 0 to 3.
    """
    codes = np.unique(label[np.isfinite(label)])
    strange = [f"{code:g}" for code in codes.tolist() if code not in (0, 1, 2, IGNORED)]
    if strange:
        raise InputError(
            f"{where} holds the codes {', '.join(strange[:5])}, and labels of Kuro Siwo are 0 (no water), 1 (permanent "
            "water), 2 (flood) and 3 (not known); give the set's own labels."
        )
    known = np.isfinite(label) & (label != IGNORED) & (valid == VALID)
    return np.where(known, np.nan_to_num(label), NODATA).astype(np.uint8)


def dem_of(elevation: Floats, grid: Grid | None) -> dict[str, Floats]:
    """`dem` in metres and `slope` in degrees, float32 [H, W] each, NaN in gaps; the slope also beside them, and where
    nobody knows how far apart the pixels are."""
    with np.errstate(invalid="ignore"):
        dem = np.where((elevation > LOWEST) & (elevation < HIGHEST), elevation, np.nan).astype(np.float32)
    slope = np.full_like(dem, np.nan) if grid is None else slope_deg(dem, grid).astype(np.float32)
    return {"dem": dem, "slope": slope}


def _grid(tiff: Tiff) -> Grid | None:
    if tiff.crs is None:
        return None
    return Grid(CRS.from_wkt(tiff.crs.to_wkt()), tiff.transform, tiff.values.shape[2], tiff.values.shape[1])


def _images(layout: Layout) -> tuple[str, ...]:
    return layout.needed[: 3 if layout.single_look else 6]


def _first(files: Mapping[str, Path]) -> Path:
    return next((path for role, path in files.items() if role.startswith("MS1")), Path())


def _elsewhere(one: Tiff, other: Tiff) -> bool:
    same = one.values.shape[1:] == other.values.shape[1:] and one.crs == other.crs
    return not (same and one.transform.almost_equals(other.transform, 1e-3))
