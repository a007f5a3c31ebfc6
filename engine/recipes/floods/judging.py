"""How good a flood network is on what it has not learned from, beside the map without weights: by whole maps."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from ...cards.classes import NODATA
from ...flood.mapping import map_flood
from ...jobs.report import QuietReport
from ...jobs.requests import FloodRequest
from ...training.metrics import scores
from .chips import DRY, FLOOD, PERMANENT, Chip

__all__ = ["Tally", "judged", "mapped", "row"]

Image = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

DRY_TILE = 0.01  # share of water below which a tile is all but dry
GRID = Affine(10, 0, 400_000, 0, -10, 5_500_000)


def mapped(values: NDArray[Any], *, display: bool, model: Path | None = None) -> Bytes:
    """The flood map uint8[H, W] of [T, P, H, W] in dB or grey levels, as `geofm flood` makes it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dates = [_image(folder / f"{number}.tif", date, display) for number, date in enumerate(values)]
        request = FloodRequest(
            post=(dates[0],),
            pre=tuple((date,) for date in dates[1:]),
            mask=str(folder / "flood.tif"),
            model=None if model is None else str(model),
            device="cpu",
        )
        map_flood(request, QuietReport(folder))
        with rasterio.open(folder / "flood.tif") as file:
            return np.asarray(file.read(1), np.uint8)


def _image(path: Path, values: NDArray[Any], display: bool) -> str:
    bands = np.asarray(values, np.float32)
    if display:
        bands = np.nan_to_num(bands).astype(np.uint8)
    count, height, width = bands.shape
    profile = {"driver": "GTiff", "dtype": bands.dtype.name, "crs": "EPSG:32633", "transform": GRID}
    if not display:
        profile["nodata"] = float("nan")
    with rasterio.open(path, "w", count=count, height=height, width=width, **profile) as file:
        file.write(bands)
        if count == 2:
            file.descriptions = ("VV", "VH")
    return str(path)


@dataclass
class Tally:
    """Pixels of water in the map and in the truth, pooled, and of single chips.

    Attributes
    ----------
    hits, called, true : int
        Of water of any kind.
    alarms, dry : int
        Pixels called water in chips with less than 1 % of it, and known pixels of these.
    confusion : int64[3, 3]
        Dry, permanent water and flood of the truth by those of the map.
    shares : dict of str to float
        IoU of water by chip, of those that hold any.
    """

    hits: int = 0
    called: int = 0
    true: int = 0
    alarms: int = 0
    dry: int = 0
    confusion: NDArray[np.int64] = field(default_factory=lambda: np.zeros((3, 3), np.int64))
    shares: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, classes: Bytes, truth: Bytes) -> None:
        """Count a chip; `truth` as `Chip.labels`, the map with 0 to 3 and 255."""
        known = (truth != NODATA) & (classes != NODATA)
        water, wet = (classes > DRY) & known, (truth > DRY) & known
        hits, called, true = (int(mask.sum()) for mask in (water & wet, water, wet))
        self.hits, self.called, self.true = self.hits + hits, self.called + called, self.true + true
        if true < DRY_TILE * known.sum():
            self.alarms += called - hits
            self.dry += int(known.sum())
        pairs = truth[known].astype(np.intp) * 3 + np.minimum(classes[known], FLOOD)
        self.confusion += np.bincount(pairs, minlength=9).reshape(3, 3)
        if true:
            self.shares[name] = hits / (called + true - hits)

    @property
    def figures(self) -> dict[str, Any]:
        """Scores of water, of flood and of permanent water, and the share of false alarms in chips that are dry."""
        kinds = {
            name: scores(int(self.confusion[k, k]), int(self.confusion[:, k].sum()), int(self.confusion[k].sum()))
            for name, k in (("flood", FLOOD), ("permanent", PERMANENT))
        }
        return {
            **_rounded(scores(self.hits, self.called, self.true)),
            "false_alarms_where_dry": round(self.alarms / self.dry, 4) if self.dry else None,
            "mean_iou_of_chips": round(float(np.mean([*self.shares.values()])), 4) if self.shares else None,
            "flood": _rounded(kinds["flood"]),
            "permanent": _rounded(kinds["permanent"]),
        }


def judged(chips: Sequence[Chip], dates: int, model: Path) -> dict[str, Tally]:
    """Tallies of the maps of chips by a network, and without weights."""
    tallies = {"model": Tally(), "weights_free": Tally()}
    for chip in chips:
        values = chip.values[:dates].astype(np.float32)
        for name, way in (("model", model), ("weights_free", None)):
            tallies[name].add(chip.name, mapped(values, display=chip.display, model=way), chip.labels[0])
    return tallies


def row(tallies: dict[str, Tally], measure: str, figure: Callable[[Tally], float | None], told: str) -> dict[str, Any]:
    """A row of the card's table `inputs`: what was reached by both ways, and whether the network is recommended."""
    own, other = (figure(tallies[name]) or 0.0 for name in ("model", "weights_free"))
    return {
        "measure": measure,
        "model": round(own, 4),
        "weights_free": round(other, 4),
        "recommended": own > other,
        "data": told,
        "figures": {name: counted.figures for name, counted in tallies.items()},
    }


def _rounded(values: dict[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 4) for name, value in values.items()}
