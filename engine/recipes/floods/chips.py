"""What the flood networks learn from: labelled chips of real images, and simulated floods."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import rasterio
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ...cards.classes import NODATA
from ...datasets.dataset import DataSet, Sample
from ...datasets.ombria import open_ombria
from ...datasets.sen1floods11 import Sen1Floods11
from ...errors import InputError
from ...raster.source import open_sar
from ...samples import Scene, Simulator

__all__ = [
    "DRY",
    "FLOOD",
    "PERMANENT",
    "Chip",
    "c2s",
    "etci",
    "harvey",
    "ombria",
    "scenes_of",
    "sen1floods11",
    "simulated",
    "terramesh",
]

Image = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Indices = NDArray[np.intp]

# Correlation, in both dates, of two edges that touch; spread in grey levels of an edge that tells anything.
TOUCHING, LEAST_SPREAD = 0.9, 6.0
LAKE_DB, LAND_DB = -21.0, -12.0  # of Houston's, VH below and VV above
DRY, PERMANENT, FLOOD = range(3)


@dataclass(frozen=True, slots=True)
class Chip:
    """One place.

    Attributes
    ----------
    name : str
    values : float16[T, P, H, W]
        dB, or grey levels 0 to 255; the newest date first; NaN where not observed.
    labels : uint8[T, H, W]
        By date, of a map from this date and the one before it: 0 dry, 1 permanent water, 2 flood, 255 unknown. Where
        only water is known, it is 2.
    display : bool
        Whether they are grey levels.
    paired : bool
        Whether the labels tell permanent water from flood.
    """

    name: str
    values: NDArray[np.float16]
    labels: Bytes
    display: bool
    paired: bool


def ombria(folder: Path) -> list[Chip]:
    """The pairs of OMBRIA's Sentinel-1 part in its folder `train`, 8-bit pictures of one polarisation.

    The masks are those of Copernicus EMS, in which permanent water is not flooded. What is as dark on both dates as the
    flood of its tile and not in the mask may be such water, and is left unknown.
    """
    chips = []
    for sample in _samples(open_ombria((folder.parent,), folder.name)):
        pictures, flooded = sample.inputs["radar"].astype(np.uint8), sample.targets["flood"] > 0
        labels = np.where(flooded, FLOOD, DRY).astype(np.uint8)
        if flooded.any():
            smooth = np.stack([cv2.medianBlur(image, 5) for image in pictures])
            limit = np.percentile(smooth[0][flooded], 75)
            labels[(smooth <= limit).all(axis=0) & ~flooded] = NODATA
        values = pictures[:, None].astype(np.float16)
        chips.append(Chip(sample.name, values, np.stack([labels, np.full_like(labels, NODATA)]), True, True))
    return chips


def scenes_of(chips: Sequence[Chip]) -> Indices:
    """int[N]: which chips are of one scene, numbers from 0.

    Tiles that were cut side by side show the same flood, so they must not stand on both sides of a split. Those of a
    scene touch, and stand one after another in the order of their names: what lies between two that touch, or between
    those that they touch, is of their scene, too.
    """
    scenes = connected_components(coo_array(_touching(chips)), directed=False)[1]
    spans = np.array([np.flatnonzero(scenes == scene)[[0, -1]] for scene in range(scenes.max() + 1)])
    groups, number, end = np.empty(len(chips), np.intp), -1, -1
    for first, last in spans[np.argsort(spans[:, 0], kind="stable")]:
        if first > end:
            number += 1
        end = max(end, int(last))
        groups[first : last + 1] = number
    return groups


def _touching(chips: Sequence[Chip]) -> NDArray[np.bool_]:
    """bool[N, N]: whose right edge goes on in whose left one, or lower in upper."""
    grey = np.stack([chip.values[:, 0].astype(np.float32) for chip in chips])
    touching = np.zeros((len(chips), len(chips)), bool)
    for edges in ((grey[..., -1], grey[..., 0]), (grey[..., -1, :], grey[..., 0, :])):
        alike = np.ones(touching.shape, bool)
        for date in range(grey.shape[1]):
            one, other = (edge[:, date] - edge[:, date].mean(axis=1, keepdims=True) for edge in edges)
            spread = [np.maximum(edge.std(axis=1), LEAST_SPREAD) for edge in (one, other)]
            alike &= one @ other.T / one.shape[1] > TOUCHING * spread[0][:, None] * spread[1]
        touching |= alike
    return touching


def c2s(folder: Path) -> list[Chip]:
    """Chips of C2S-MS Floods as DrivenData gave them out: `<id>_vv.tif`, `<id>_vh.tif` and `<id>_label.tif`, in dB."""
    chips = []
    for path in sorted(folder.glob("*_label.tif")):
        name = path.stem.removesuffix("_label")
        label = _layer(path)
        values = _backscatter([folder / f"{name}_vv.tif", folder / f"{name}_vh.tif"])
        labels = np.select([label == 0, label == 1], [DRY, FLOOD], NODATA).astype(np.uint8)
        chips.append(_single(name, values, labels))
    return chips


def terramesh(folder: Path) -> list[Chip]:
    """Sentinel-1 of TerraMesh with the land cover of ESRI: 1 is water, 3 flooded vegetation, 7 ice, 8 cloud."""
    chips = []
    for path in sorted((folder / "S1RTC").glob("*.tif")):
        cover = _layer(folder / "LULC" / path.name)
        labels = np.where(cover == 1, FLOOD, DRY).astype(np.uint8)
        labels[np.isin(cover, (0, 3, 7, 8))] = NODATA
        chips.append(_single(path.stem, _backscatter([path]), labels))
    return chips


def sen1floods11(folder: Path) -> list[Chip]:
    """All hand-labelled chips of Sen1Floods11 in a folder that show anything, whatever list they are on."""
    radar = sorted(path.name for path in (folder / "S1Hand").glob("*_S1Hand.tif"))
    chips = []
    for sample in _samples(Sen1Floods11(folder, [(name, name.replace("S1Hand", "LabelHand")) for name in radar])):
        water = sample.targets["water"]
        labels = np.where(water == 1, FLOOD, water).astype(np.uint8)
        chip = _single(sample.name, sample.inputs["radar"], labels)
        if (chip.labels != NODATA).any():
            chips.append(chip)
    return chips


def etci(folder: Path) -> list[Chip]:
    """Tiles of ETCI 2021, `<name>_vv.png`, `_vh` and `_flood`: 8-bit pictures, of which `flood` shows all water."""
    chips = []
    for path in sorted(folder.rglob("*_vv.png")):
        name = path.name.removesuffix("_vv.png")
        *grey, water = (_picture(path.with_name(f"{name}_{part}.png")) for part in ("vv", "vh", "flood"))
        values = np.stack(grey).astype(np.float16)
        missing = (values == 0).any(axis=0)
        values[:, missing] = np.nan
        labels = np.select([missing, water > 0], [NODATA, FLOOD], DRY).astype(np.uint8)
        chips.append(Chip(f"{path.parent.name}/{name}", values[None], labels[None], True, False))
    return chips


def harvey(path: Path) -> list[Chip]:
    """The crop of Houston during Hurricane Harvey, of which nobody made a label: its lake, and what is surely land."""
    chip = _single("Houston", _backscatter([path]), np.zeros((1, 1), np.uint8))
    vv, vh = (cv2.blur(band.astype(np.float32), (9, 9)) for band in chip.values[0])
    bodies, places = cv2.connectedComponents((vh < LAKE_DB).astype(np.uint8))
    lake = np.bincount(places[places > 0], minlength=bodies).argmax()
    labels = np.select([places == lake, vv > LAND_DB], [FLOOD, DRY], NODATA).astype(np.uint8)
    return [Chip(chip.name, chip.values, labels[None], False, False)]


def simulated(seeds: Sequence[int], side: int, *, plain: bool = False) -> Iterator[Chip]:
    """Floods of a simulated landscape, one of each seed: dry, with little water, hardly anything else, wind, sand.

    All three dates: after the flood, and the two before it, on which no flood stands. `plain` ones are all of the kind
    that `geofm samples` makes.
    """
    for seed in seeds:
        source = np.random.default_rng([seed, 17])
        water = float(
            source.choice([0.0, 0.02, 0.06, 0.15, 0.3, 0.6, 0.9, 0.98], p=[0.12, *[0.14] * 4, 0.14, 0.1, 0.08])
        )
        layout = str(source.choice(["river", "blocks", "sand"], p=[0.82, 0.13, 0.05]))
        near = float(source.uniform(29, 41))
        scene = Scene(
            seed=seed,
            width=side,
            height=side,
            water=water,
            permanent_share=float(source.choice([0.0, 0.1, 0.3, 0.6, 1.0], p=[0.15, 0.25, 0.3, 0.2, 0.1])),
            lookalikes=float(source.uniform(0, 0.25)),
            roughened=float(source.choice([0.0, 0.13, 0.4, 1.0], p=[0.3, 0.35, 0.2, 0.15])),
            layout=layout,
            incidence=(near, near + side / 1000),
            looks=float(source.uniform(3.5, 9)),
        )
        if plain:
            scene = Scene(seed=seed, width=side, height=side)
        strip = Simulator(scene).whole()
        truth = strip.ground.truth
        values = np.stack([10 * np.log10(np.maximum(strip.radar[date], 1e-5)) for date in ("post", "pre1", "pre2")])
        before = np.where(truth == PERMANENT, PERMANENT, DRY).astype(np.uint8)
        labels = np.stack([truth.astype(np.uint8), before, before])
        yield Chip(f"seed {seed}", values.astype(np.float16), labels, False, True)


def _samples(data: DataSet) -> Iterator[Sample]:
    return (data[index] for index in range(len(data)))


def _single(name: str, values: Image, labels: Bytes) -> Chip:
    labels = np.where(np.isnan(values).any(axis=0), NODATA, labels).astype(np.uint8)
    return Chip(name, values[None].astype(np.float16), labels[None], False, False)


def _backscatter(paths: Sequence[Path]) -> Image:
    """float32[2, H, W]: VV and VH in dB."""
    with open_sar([str(path) for path in paths]) as scene:
        power = scene.read(scene.grid)
        if scene.polarisations != ("VV", "VH"):
            raise InputError(f"{paths[0]} holds no VV and VH; give the whole data set.", field="data")
    return np.asarray(10 * np.log10(np.maximum(power, math.pow(10, -5))), np.float32)


def _picture(path: Path) -> Bytes:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise InputError(f"{path} cannot be read; give the whole data set.", field="data")
    return np.asarray(image, np.uint8)


def _layer(path: Path) -> NDArray[np.int64]:
    try:
        with rasterio.open(path) as file:
            return np.asarray(file.read(1), np.int64)
    except rasterio.errors.RasterioError as error:
        raise InputError(f"{path} cannot be read ({error}); give the whole data set.", field="data") from error
