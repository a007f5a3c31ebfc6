"""What a flood job leaves, in a form that can be compared with that of another run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio

from engine.flood.mapping import map_flood
from engine.jobs.report import QuietReport
from engine.jobs.requests import FloodRequest

OUTPUTS = {"mask": "flood.tif", "polygons": "flood.gpkg", "report": "report.json"}


@dataclass(frozen=True)
class Outcome:
    """The map, its polygons and what the report says of areas and thresholds."""

    mask: np.ndarray
    polygons: geopandas.GeoDataFrame
    report: dict[str, Any]

    @classmethod
    def of(cls, folder: Path) -> Outcome:
        with rasterio.open(folder / "flood.tif") as raster:
            mask = raster.read(1)
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        kept = {name: report[name] for name in ("areas", "thresholds", "share_observed", "warnings")}
        return cls(mask, geopandas.read_file(folder / "flood.gpkg"), kept)

    @classmethod
    def undisturbed(cls, request: FloodRequest, checkpoints: Path) -> Outcome:
        """What a run that nobody disturbs makes of a request, in this process."""
        map_flood(request, QuietReport(checkpoints))
        return cls.of(Path(request.outputs()["mask"]).parent)

    def assert_same(self, other: Outcome) -> None:
        np.testing.assert_array_equal(self.mask, other.mask)
        assert self.polygons.equals(other.polygons)
        assert self.report == other.report


def request_of(scene: Path, out: Path, **changes: Any) -> FloodRequest:
    """The map of a scene with two dates before; the slowest filter gives time to interfere."""
    values = {
        "post": (str(scene / "post.tif"),),
        "pre": ((str(scene / "pre1.tif"),), (str(scene / "pre2.tif"),)),
        "speckle_filter": "refined-lee",
        **{name: str(out / file) for name, file in OUTPUTS.items()},
    }
    return FloodRequest(**{**values, **changes})


def words_of(scene: Path, out: Path) -> list[Any]:
    """The same as words of the command."""
    dates = ["--post", scene / "post.tif", "--pre", scene / "pre1.tif", "--pre", scene / "pre2.tif"]
    return ["flood", *dates, "--speckle-filter", "refined-lee", "--out", out, "--json"]


# Nothing is smoothed or merged away: thousands of polygons, which take their time.
CLUTTER = {"speckle_filter": "none", "min_area_ha": 0.0}
CLUTTER_WORDS = ["--speckle-filter", "none", "--min-area", "0"]


def only_outputs(folder: Path) -> bool:
    """Whether a folder holds the outputs and nothing else, hidden or not."""
    return {path.name for path in folder.iterdir()} == set(OUTPUTS.values())
