"""Folders of BigEarthNet in small: a few patches of each part, in exactly the layout of either version."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from . import first, second
from .classes import CODES, CORINE, NINETEEN, OF_CORINE
from .patches import COARSE, FINE, RADAR, SIDE, SPLITS

__all__ = ["write_first_miniature", "write_second_miniature"]

WEST, NORTH = 300_000, 5_900_040  # of tile 33UUP, in EPSG:32633


def write_first_miniature(folder: Path, samples: int = 1) -> tuple[Path]:
    """So many patches of each part of version 1."""
    rows: dict[str, list[tuple[str, str]]] = {split: [] for split in SPLITS}
    for split, number, kinds in _places(samples):
        optical = f"S2A_MSIL2A_20170613T101031_{number}_{number % 90}"
        radar = f"S1A_IW_GRDH_1SDV_20170613T165043_33UUP_{number}_{number % 90}"
        _write_patch(folder / first.OPTICAL / optical, folder / first.RADAR / radar, number, kinds)
        corine = [CORINE[OF_CORINE[kind][0]] for kind in kinds]
        for name, more in ((first.OPTICAL, {}), (first.RADAR, {"corresponding_s2_patch": optical})):
            patch = folder / name / (optical if name == first.OPTICAL else radar)
            (patch / f"{patch.name}_{first.LABELS}").write_text(json.dumps({"labels": corine, **more}))
        rows[split].append((optical, radar))
    for split, pairs in rows.items():
        with (folder / first.LISTS[split]).open("w", newline="") as file:
            csv.writer(file).writerows(pairs)
    return (folder,)


def write_second_miniature(folder: Path, samples: int = 1) -> tuple[Path]:
    """So many patches of each part of version 2, with reference maps."""
    import pyarrow
    from pyarrow import parquet

    rows = []
    names = {own: theirs for theirs, own in second.PARTS.items()}
    for split, number, kinds in _places(samples):
        tile = "S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP"
        swath = "S1A_IW_GRDH_1SDV_20170613T165043"
        optical, radar = f"{tile}_{number}_{number % 90}", f"{swath}_33UUP_{number}_{number % 90}"
        classes = _write_patch(
            folder / second.OPTICAL / tile / optical, folder / second.RADAR / swath / radar, number, kinds
        )
        codes = np.array([CODES[kind][0] for kind in kinds], np.uint16)[classes]
        _write(folder / second.MAPS / tile / optical / f"{optical}_reference_map.tif", codes, number)
        rows.append(
            {
                "patch_id": optical,
                "labels": [NINETEEN[kind] for kind in kinds],
                "split": names[split],
                "country": "Austria",
                "s1_name": radar,
                "s2v1_name": optical,
                "contains_seasonal_snow": False,
                "contains_cloud_or_shadow": False,
            }
        )
    parquet.write_table(pyarrow.Table.from_pylist(rows), folder / second.TABLE)
    return (folder,)


def _places(samples: int) -> Iterator[tuple[str, int, list[int]]]:
    """Part, number and two classes of the 19 of each patch."""
    for part, split in enumerate(SPLITS):
        for sample in range(samples):
            number = part * samples + sample
            yield split, number, [number % len(NINETEEN), (number + 7) % len(NINETEEN)]


def _write_patch(optical: Path, radar: Path, number: int, kinds: list[int]) -> NDArray[np.int64]:
    """All bands of a patch whose upper and lower parts are of two classes: which of them each pixel is of."""
    source = np.random.default_rng(number)
    classes = np.repeat((np.indices((SIDE // 2, SIDE // 2))[0] > source.integers(15, 45)).astype(np.int64), 2, axis=0)
    classes = np.repeat(classes, 2, axis=1)
    for band in (*FINE, *COARSE, "B01", "B09"):
        side = SIDE if band in FINE else SIDE // 2 if band in COARSE else SIDE // 6
        levels = np.array([300 + 150 * kind for kind in kinds])[classes[:: SIDE // side, :: SIDE // side]]
        values = (levels + source.normal(0, 40, levels.shape)).clip(1).astype(np.uint16)
        _write(optical / f"{optical.name}_{band}.tif", values, number)
    for band, level in zip(RADAR, (-11.0, -18.0), strict=True):
        values = level - 0.3 * np.array(kinds)[classes] + source.normal(0, 1, classes.shape)
        _write(radar / f"{radar.name}_{band}.tif", values.astype(np.float32), number)
    return classes


def _write(path: Path, values: NDArray[np.generic], number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = values.shape
    step = 10 * SIDE / width
    place = {"crs": "EPSG:32633", "transform": Affine(step, 0, WEST + 1200 * number, 0, -step, NORTH)}
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=height, width=width, dtype=values.dtype, **place
    ) as file:
        file.write(values, 1)
