"""Patches of 1.2 km as both versions hold them: a file for each band, Sentinel-2 and Sentinel-1 of one place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...files import listed
from ..dataset import Input, Sample, Target
from ..inspection import Inspection, Missing
from ..rasters import Tiff, read_tiff

__all__ = [
    "COARSE",
    "FINE",
    "NAME",
    "RADAR",
    "SCALE",
    "SIDE",
    "SPLITS",
    "STATISTICS",
    "Pair",
    "Patches",
    "folders_there",
    "inspection",
    "refuse_other_parts",
    "usable",
]

SPLITS = ("train", "val", "test")
FINE, COARSE = ("B02", "B03", "B04", "B08"), ("B05", "B06", "B07", "B8A", "B11", "B12")
RADAR = ("VV", "VH")
SIDE = 120  # pixels of 10 m
SCALE = 1e-4  # of Sentinel-2's numbers, whose processing had no offset yet
INPUTS = {
    "optical_10m": Input(dict.fromkeys(FINE, "reflectance"), 1, SIDE),
    "optical_20m": Input(dict.fromkeys(COARSE, "reflectance"), 1, SIDE // 2),
    "radar": Input(dict.fromkeys(RADAR, "db"), 1, SIDE),
}
# Means and deviations of the training part of version 1 (Papoutsis et al. 2023): numbers of Sentinel-2, dB.
STATISTICS = {
    "optical_10m": {
        "B02": (429.943, 572.416),
        "B03": (614.217, 582.879),
        "B04": (590.236, 675.887),
        "B08": (2218.946, 1365.456),
    },
    "optical_20m": {
        "B05": (950.684, 729.898),
        "B06": (1792.463, 1096.015),
        "B07": (2075.468, 1273.454),
        "B8A": (2266.460, 1356.138),
        "B11": (1594.427, 1079.191),
        "B12": (1009.327, 818.867),
    },
    "radar": {"VV": (-12.620, 5.116), "VH": (-19.290, 5.464)},
}
# Names of patches, which become names of folders.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{3,99}")
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Pair:
    """A place: the folders of its patches of Sentinel-2 and Sentinel-1, which are called as these are.

    Below the set's own, with slashes: half a million paths would take a quarter of a gigabyte.
    """

    optical: str
    radar: str

    @property
    def name(self) -> str:
        return self.optical.rpartition("/")[2]


class Patches:
    """The patches of a part; see `dataset.DataSet`.

    Inputs are `optical_10m`, `optical_20m` (reflectance; the bands of 60 m, which see the air, are left out) and
    `radar` (dB). `labels` gives a sample's targets by its place.
    """

    def __init__(
        self,
        root: Path,
        pairs: Sequence[Pair],
        targets: Mapping[str, Target],
        labels: Callable[[int], dict[str, Any]],
    ) -> None:
        self._root, self._pairs, self._labels = root, pairs, labels
        self.names = tuple(pair.name for pair in pairs)
        self.inputs = INPUTS
        self.targets = targets

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Sample:
        """Read a patch."""
        pair = self._pairs[index]
        folders = self._root / pair.optical, self._root / pair.radar
        fine = [_band(folders[0], band, SIDE) for band in FINE]
        coarse = [_band(folders[0], band, SIDE // 2) for band in COARSE]
        radar = [_band(folders[1], band, SIDE) for band in RADAR]
        place = fine[0].transform
        for folder, tiff in (*((folders[0], tiff) for tiff in coarse), *((folders[1], tiff) for tiff in radar)):
            if max(abs(tiff.transform.c - place.c), abs(tiff.transform.f - place.f)) > abs(place.a):
                raise InputError(
                    f"{folder} lies elsewhere than {FINE[0]} of {folders[0].name}; download the patch again."
                )
        inputs = {
            "optical_10m": _stacked(fine) * np.float32(SCALE),
            "optical_20m": _stacked(coarse) * np.float32(SCALE),
            "radar": _stacked(radar),
        }
        return Sample(self.names[index], inputs, self._labels(index))


def _band(folder: Path, band: str, side: int) -> Tiff:
    path = folder / f"{folder.name}_{band}.tif"
    tiff = read_tiff(path)
    if tiff.values.shape != (1, side, side):
        count, height, width = tiff.values.shape
        raise InputError(
            f"{path} has {count} x {height} x {width} pixels, and a patch of BigEarthNet 1 x {side} x {side}; "
            "download it again."
        )
    return tiff


def _stacked(tiffs: Sequence[Tiff]) -> NDArray[np.float32]:
    return np.concatenate([tiff.floats() for tiff in tiffs])


def refuse_other_parts(split: str) -> None:
    """See that a part is one of the set's.

    Raises
    ------
    InputError
        If it is not.
    """
    if split not in SPLITS:
        raise InputError(f"BigEarthNet has no part '{split}'; choose one of {', '.join(SPLITS)}.")


def folders_there(path: Path, roots: Sequence[str], depth: int) -> Callable[[str], bool]:
    """Whether a patch has a folder, `depth` folders below a root: asked of all folders, half a million, once.

    Raises
    ------
    InputError
        If a root or a folder in it cannot be looked into.
    """
    names = list(roots)
    try:
        for _ in range(depth):
            names = [f"{name}/{item.name}" for name in names for item in os.scandir(path / name) if item.is_dir()]
    except OSError as error:
        where = error.filename or path
        raise InputError(f"{where} cannot be looked into ({error.strerror}); unpack BigEarthNet there.") from error
    return frozenset(names).__contains__


def usable(pairs: Sequence[Pair], there: Callable[[str], bool], told_by: str, *, skip: bool) -> list[int]:
    """The places of pairs whose folders are there; `told_by` names the list.

    Raises
    ------
    InputError
        If some are not, and shall not be skipped; or none is.
    """
    kept = [place for place, pair in enumerate(pairs) if there(pair.optical) and there(pair.radar)]
    if len(kept) == len(pairs) or (skip and kept):
        return kept
    lacking = [pair for pair in pairs if not (there(pair.optical) and there(pair.radar))]
    folders = [(pair.radar if there(pair.optical) else pair.optical).rpartition("/")[2] for pair in lacking[:3]]
    raise InputError(
        f"{len(lacking):,} of {len(pairs):,} patches in {told_by} are not there ({listed(folders)}); download them, or "
        "let incomplete ones be left out.",
        field="skip_incomplete",
    )


def inspection(parts: Mapping[str, Sequence[Pair]], there: Callable[[str], bool], note: str) -> Inspection:
    """What there is of the patches that are listed, by part."""
    facts: dict[str, Any] = {"patches": 0}
    missing = []
    for split, pairs in parts.items():
        facts[split] = {"listed": len(pairs)}
        for kind in ("optical", "radar"):
            folders = [getattr(pair, kind) for pair in pairs]
            gone = [folder.rpartition("/")[2] for folder in folders if not there(folder)]
            facts[split][f"with {kind} images"] = len(folders) - len(gone)
            if gone:
                missing.append(Missing(f"{kind} patches of {split} are not there", len(gone), tuple(gone[:SHOWN])))
        facts["patches"] += sum(there(pair.optical) and there(pair.radar) for pair in pairs)
    return Inspection(facts, missing, [note])
