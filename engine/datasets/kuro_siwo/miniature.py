"""Small folders in exactly the layout of Kuro Siwo, of simulated floods: for tests, and to try commands on."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import cv2
import geopandas
import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray

from ...raster._ogr import pyogrio
from .events import EVENTS, SPLITS

__all__ = ["write_grd_miniature", "write_images_miniature", "write_shards_miniature", "write_slc_miniature"]

Floats = NDArray[np.float32]

SIDE, SPACING = 64, 10.0  # pixels, and units of EPSG:3857
PARTS = {"train": (118, 130), "val": (279,), "test": (277, 205)}
SINGLE_LOOK_PARTS = {"train": (421,), "val": (1111003,), "test": (277,)}
WATER_SHARE, FLOOD_SHARE = 0.15, 0.25  # of a patch, lowest ground first
LAND, WATER, LOOKS = (0.09, 0.022), (0.009, 0.0022), 8  # sigma nought of VV and VH, and of the speckle
UNSEEN = 2  # columns at the right edge
GAP, NO_HEIGHT = np.s_[2:5, 2:5], 3.4e38  # of the elevation, and what stands there
INTERVALS_DAYS = (0, 24, 36)  # before the image after the flood
AOI = 1


@dataclass(frozen=True)
class _Patch:
    """One simulated patch."""

    actid: int
    aoi: int
    number: int
    zone: int
    dates: tuple[date, ...]
    radar: tuple[Floats, ...]  # newest first, [2, H, W]
    label: NDArray[np.uint8]
    valid: NDArray[np.uint8]
    dem: Floats

    @property
    def grid_id(self) -> uuid.UUID:
        return uuid.UUID(bytes=np.random.default_rng((self.actid, self.number)).bytes(16), version=4)

    @property
    def transform(self) -> Affine:
        # Some way apart, at the latitude of Greece.
        return Affine(SPACING, 0, 2e6 + 1e4 * self.number, 0, -SPACING, 4.8e6 + self.actid % 997)

    @property
    def outline(self) -> shapely.Polygon:
        left, top = self.transform @ (0, 0)
        right, bottom = self.transform @ (SIDE, SIDE)
        return shapely.box(left, bottom, right, top)

    def name(self, role: str, day: date) -> str:
        return f"{role}_{self.actid}_{self.aoi:02}_{day:%Y%m%d}"

    def facts(self) -> dict[str, Any]:
        """What `info.json` holds."""
        observed = float(self.valid.mean()) * 100
        water, flood = (float((self.label == code).mean()) * 100 for code in (1, 2))
        stems = {self.name(role, day): (role, day) for role, day in self._roles()}
        return {
            "actid": self.actid,
            "aoiid": self.aoi,
            "flood_date": self.dates[0].isoformat(),
            "geom": self.outline.wkt,
            "grid_id": str(self.grid_id),
            "gvalid": True,
            "revision": 1,
            "version": 1,
            "mastercov": observed,
            "slavecov": observed,
            "pcovered": observed,
            "pflood": flood,
            "pwater": water,
            "datasets": {
                stem: {
                    "name": stem,
                    "master": role.startswith("MS"),
                    "nodata": 0.0,
                    "dtype": "float32",
                    "ptype": role[4:],
                    "pname": role[4:],
                    "rank": int(role[2]),
                    "source_date": day.isoformat(),
                    "clz_id": self.zone,
                    "clz_name": str(self.zone),
                    "sources": [],
                }
                for stem, (role, day) in stems.items()
            },
        }

    def _roles(self) -> Iterator[tuple[str, date]]:
        for day, label in zip(self.dates, ("MS1", "SL1", "SL2"), strict=True):
            for band in ("IVV", "IVH"):
                yield f"{label}_{band}", day


def write_grd_miniature(folder: Path, samples: int = 1) -> tuple[Path]:
    """So many labelled patches of each part, every other one below a prefix, as the public archives have them."""
    patches = list(_patches(PARTS, samples))
    for place, patch in enumerate(patches):
        name = patch.grid_id.hex
        below = f"{name[:2]}/{name}" if place % 2 else name
        target = folder / "data" / str(patch.actid) / f"{patch.aoi:02}" / below
        _write_radar(target, patch)
        _write_masks(target, patch)
        (target / "info.json").write_text(json.dumps(patch.facts()))
    _write_catalogue(folder / "catalogue.gpkg", patches)
    return (folder,)


def write_images_miniature(folder: Path, samples: int = 1) -> tuple[Path]:
    """So many patches of each part without labels, and one of an event that is in none."""
    for patch in (*_patches(PARTS, samples), _patch(1111012, 0)):
        name = patch.grid_id.hex
        target = folder / "data" / str(patch.actid) / "00" / name[:2] / name
        _write_radar(target, patch)
        (target / "info.json").write_text(json.dumps(patch.facts()))
    return (folder,)


def write_slc_miniature(folder: Path, samples: int = 1) -> tuple[Path]:
    """So many labelled patches of each part of the single-look product, whose last is cut short, and their index."""
    index = {}
    for patch in _patches(SINGLE_LOOK_PARTS, samples):
        path = f"{patch.actid}/{patch.aoi:02}/{patch.number}_6"
        rows = SIDE - 8 if patch.actid == SINGLE_LOOK_PARTS["test"][0] and patch.number else SIDE
        source = np.random.default_rng((patch.actid, patch.number, 1))
        for radar, day, role in zip(patch.radar, patch.dates, ("MS1", "SL1", "SL2"), strict=True):
            phases = source.uniform(-np.pi, np.pi, (2, SIDE, SIDE))
            amplitudes = np.sqrt(radar) * 270
            values = np.stack((phases[0], amplitudes[1], amplitudes[0], phases[1])).astype(np.float32)
            _write(folder / path / f"{patch.name(f'{role}_SLC', day)}.tif", values[:, :rows], patch, 0.0)
        _write_masks(folder / path, patch, rows)
        index[path] = {"actid": patch.actid, "path": path, "aoiid": patch.aoi, "clz": patch.zone}
    (folder / "slc_grid_pwater_0.json").write_text(json.dumps(index, separators=(",", ":")))
    return (folder,)


def write_shards_miniature(folder: Path, samples: int = 1) -> tuple[Path]:
    """So many labelled patches of each part in two shards, whose folders do not keep to the paper's split."""
    patches = list(_patches(PARTS, samples))
    for part, chosen in {"train_GRD": patches[::2], "test_GRD": patches[1::2]}.items():
        (folder / part).mkdir(parents=True)
        with tarfile.open(folder / part / "shard-000000.tar", "w") as shard:
            for patch in chosen:
                for ending, data in _members(patch).items():
                    member = tarfile.TarInfo(f"{patch.grid_id.hex}.{ending}")
                    member.size = len(data)
                    shard.addfile(member, io.BytesIO(data))
    return (folder,)


def _patches(parts: Mapping[str, Sequence[int]], samples: int) -> Iterator[_Patch]:
    for part in SPLITS:
        for number in range(samples):
            yield _patch(parts[part][number % len(parts[part])], number)


def _patch(actid: int, number: int) -> _Patch:
    """Low ground is water before the flood, and a little higher ground at its time; land is brighter where it rises."""
    source = np.random.default_rng((actid, number))
    rough = source.normal(size=(SIDE, SIDE)).astype(np.float32)
    height = cv2.GaussianBlur(rough, (0, 0), SIDE / 10)
    height = 40 * (height - height.min()) / np.ptp(height)
    label = np.zeros((SIDE, SIDE), np.uint8)
    label[height < np.quantile(height, WATER_SHARE + FLOOD_SHARE)] = 2
    label[height < np.quantile(height, WATER_SHARE)] = 1
    valid = np.ones((SIDE, SIDE), np.uint8)
    valid[:, -UNSEEN:] = 0
    radar = []
    for wet in (label > 0, label == 1, label == 1):
        means = [np.where(wet, water, land * (1 + height / 80)) for land, water in zip(LAND, WATER, strict=True)]
        seen = np.stack(means) * source.gamma(LOOKS, 1 / LOOKS, (2, SIDE, SIDE)) * valid
        radar.append(seen.astype(np.float32))
    label[valid == 0] = 3
    dem = height.astype(np.float32)
    dem[GAP] = NO_HEIGHT
    event = EVENTS[actid]
    newest = date.fromisoformat(f"{event.month}-15")
    dates = tuple(newest - timedelta(days=days) for days in INTERVALS_DAYS)
    zone = event.zones[number % len(event.zones)]
    return _Patch(actid, AOI, number, zone, dates, tuple(radar), label, valid, dem)


def _write_radar(folder: Path, patch: _Patch) -> None:
    for role, radar, day in zip(("MS1", "SL1", "SL2"), patch.radar, patch.dates, strict=True):
        for band, values in zip(("IVV", "IVH"), radar, strict=True):
            _write(folder / f"{patch.name(f'{role}_{band}', day)}.tif", values[None], patch, 0.0)


def _write_masks(folder: Path, patch: _Patch, rows: int = SIDE) -> None:
    steep = np.full_like(patch.dem, 4345.0)  # such numbers are in it, so nobody reads it
    masks: dict[str, tuple[NDArray[Any], float | None]]
    masks = {"MLU": (patch.label, 3), "MNA": (patch.valid, None), "DEM": (patch.dem, NO_HEIGHT), "SLOPE": (steep, None)}
    for product, (values, nodata) in masks.items():
        path = folder / f"{patch.name(f'MK0_{product}', patch.dates[0])}.tif"
        _write(path, values[None, :rows], patch, nodata)


def _write(path: Path, values: NDArray[Any], patch: _Patch, nodata: float | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = values.shape
    profile = {"driver": "GTiff", "dtype": values.dtype, "nodata": nodata, "compress": "deflate"}
    place = {"crs": "EPSG:3857", "transform": patch.transform}
    with rasterio.open(path, "w", count=count, height=height, width=width, **profile, **place) as file:
        file.write(values)


def _write_catalogue(path: Path, patches: Sequence[_Patch]) -> None:
    columns = ("grid_id", "slavecov", "mastercov", "gvalid", "pcovered", "pwater", "pflood", "actid", "flood_date")
    rows = [
        {
            **{name: facts[name] for name in (*columns, "aoiid", "revision", "version")},
            "source_date": patch.dates[0].isoformat(),
            "s1_ids": "[]",
            "master": True,
            "coverage": 100.0,
            "crank": place,
            "exported": True,
            "shuffle": place,
            "geometry": patch.outline,
        }
        for place, patch in enumerate(patches)
        for facts in (patch.facts(),)
    ]
    pyogrio.write_dataframe(geopandas.GeoDataFrame(rows, crs="EPSG:3857"), path, layer="catalogue", driver="GPKG")


def _members(patch: _Patch) -> dict[str, bytes]:
    names = ("flood_vv", "flood_vh", "sec1_vv", "sec1_vh", "sec2_vv", "sec2_vh")
    bands = [band for radar in patch.radar for band in radar]
    masks = {"dem": patch.dem, "mask": patch.label, "valid_mask": patch.valid}
    arrays = {**dict(zip(names, bands, strict=True)), **masks}
    found = {}
    for name, values in arrays.items():
        data = io.BytesIO()
        np.save(data, values[None].astype(np.float32), allow_pickle=False)
        found[f"{name}.npy"] = data.getvalue()
    return {**found, "info.json": json.dumps(patch.facts()).encode()}
