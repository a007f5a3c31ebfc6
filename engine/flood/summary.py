"""What a flood job says about its map: `report.json` and the tags of its rasters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .. import __version__
from ..jobs.publishing import names_alone
from ..jobs.requests import FloodRequest
from ..raster.areas import ClassAreas
from .change import Evidence
from .classes import CLASSES, FLOOD, NOT_OBSERVED, PERMANENT, UNKNOWN
from .inputs import Inputs
from .observe import Observation
from .tiles import AXIS, TileStatistics
from .water import WaterModel, land_level

__all__ = ["metadata", "summarise"]

METHOD = "weights-free: bimodal tiles, object contrast and log-ratio change"
FEW_TILES = 5
DARKEST_SCENE, BRIGHTEST_SCENE = -35.0, -8.0  # dB; amplitude taken for power halves all levels
MOST = 0.9  # of the area: more ground than that is hardly all too steep or too high


@dataclass
class Found:
    """What the last pass has counted.

    Attributes
    ----------
    areas : ClassAreas
    observed, high_ground, reference_water : int
        Pixels observed; of these, on ground that is too steep or too high, and in the user's permanent water.
    """

    areas: ClassAreas
    observed: int = 0
    high_ground: int = 0
    reference_water: int = 0

    def add(self, evidence: Evidence) -> None:
        """Count one band."""
        self.observed += int(evidence.observed.sum())
        if evidence.high_ground is not None:
            self.high_ground += int((evidence.high_ground & evidence.observed).sum())
        if evidence.reference is not None:
            self.reference_water += int(((evidence.reference == 1) & evidence.observed).sum())


def metadata(request: FloodRequest, after: WaterModel, before: WaterModel | None) -> dict[str, str]:
    """Tags that tell how a raster came about."""
    tags = {
        "SOFTWARE": f"GeoFM {__version__}",
        "METHOD": METHOD,
        "INPUTS": json.dumps(names_alone({"post": request.post, "pre": request.pre}), ensure_ascii=False),
        "PARAMETERS": json.dumps(names_alone(json.loads(request.to_json())), ensure_ascii=False),
        "THRESHOLDS_DB": json.dumps([round(value, 2) for value in after.thresholds]),
    }
    if before is not None:
        tags["THRESHOLDS_BEFORE_DB"] = json.dumps([round(value, 2) for value in before.thresholds])
    return tags


def summarise(
    request: FloodRequest,
    inputs: Inputs,
    seen: Observation,
    after: WaterModel,
    before: WaterModel | None,
    found: Found,
    seconds: dict[str, float],
) -> dict[str, Any]:
    """The report as values that JSON can hold; areas in km² and ha, backscatter in dB."""
    metres, pixels = found.areas.square_metres, found.areas.pixels
    classes = {
        item.name: {
            "class_id": item.value,
            "colour": "#{:02x}{:02x}{:02x}".format(*item.color),
            "pixels": pixels[item.value],
            "km2": round(metres[item.value] / 1e6, 6),
            "ha": round(metres[item.value] / 1e4, 4),
        }
        for item in CLASSES
    }
    total = sum(metres.values())
    models = {"after": _model(inputs, seen.post, after)}
    if before is not None:
        models["before"] = _model(inputs, seen.pre, before)
    return {
        "software": f"GeoFM {__version__}",
        "method": METHOD,
        "request": json.loads(request.to_json()),
        "polarisations": list(inputs.polarisations),
        "calibration": inputs.physics.calibration if inputs.physics.calibrated else "display",
        "dates": [
            {"time": time, "files": list(files), "acquired": date and date.isoformat()}
            for time, files, date in zip(
                ("after", *["before"] * len(request.pre)), (request.post, *request.pre), inputs.acquired(), strict=True
            )
        ],
        "grid": {
            "crs": inputs.grid.crs.to_string(),
            "pixel_size": [abs(inputs.grid.transform.a), abs(inputs.grid.transform.e)],
            "columns": inputs.grid.width,
            "rows": inputs.grid.height,
        },
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "areas": classes,
        "share_observed": round(1 - metres[NOT_OBSERVED] / total, 6),
        "thresholds": models,
        "minimum_mapping_unit": {"ha": request.min_area_ha, "pixels": inputs.min_pixels},
        "warnings": [*inputs.warnings, *_warnings(inputs, seen, after, before, found)],
        "seconds": {**seconds, "total": round(sum(seconds.values()), 3)},
    }


def _model(inputs: Inputs, statistics: TileStatistics, model: WaterModel) -> dict[str, Any]:
    """Thresholds of one time, with the histograms of the image that they cut."""
    return {
        "fixed": model.fallback,
        "source": "fixed" if model.fallback else "the other time's tiles" if model.borrowed else "own tiles",
        "land_darkness_db": model.land,
        "histogram_bins_db": {"low": AXIS.low, "high": AXIS.high, "width": AXIS.width},
        "polarisations": {
            name: {
                "threshold_db": round(model.thresholds[index], 3),
                "water_mode_db": round(model.modes[index], 3),
                "tiles": 0 if model.borrowed else model.tiles[index],
                "histogram": statistics.histogram[index].astype(int).tolist(),
                "histogram_of_tiles": statistics.pools[index].sum(axis=0).astype(int).tolist(),
            }
            for index, name in enumerate(inputs.polarisations)
        },
    }


def _warnings(
    inputs: Inputs, seen: Observation, after: WaterModel, before: WaterModel | None, found: Found
) -> list[str]:
    """What the result itself gives reason to say."""
    pixels = found.areas.pixels
    water = sum(pixels[value] for value in (PERMANENT, FLOOD, UNKNOWN))
    warnings = _of_thresholds(inputs, after, before, water)
    if found.high_ground > MOST * found.observed:
        warnings.append(
            f"{found.high_ground / found.observed:.0%} of the area counts as too steep or too high for water: check "
            "that the HAND raster holds heights above the drainage, not elevations, and that the DEM is in metres."
        )
    if inputs.reference and not found.reference_water:
        warnings.append(
            "The permanent-water layer shows no water in the area: a raster must hold 1 where water is permanent, and "
            "polygons must lie on it."
        )
    middle = land_level(seen.post.darkness, AXIS.low)
    if inputs.physics.calibrated and middle is not None and not DARKEST_SCENE < middle < BRIGHTEST_SCENE:
        warnings.append(
            f"Half of the image is {'brighter' if middle >= BRIGHTEST_SCENE else 'darker'} than {middle:.0f} dB, as "
            "hardly any landscape is: check that --units is right for this file."
        )
    if pixels[UNKNOWN]:
        warnings.append(
            "Where neither an image from before the flood nor a layer of permanent water was given or observed, flood "
            "and permanent water cannot be told apart: class 3, water of unknown kind."
        )
    if before is None and water and len(inputs.polarisations) == 1:
        warnings.append("One date and one polarisation: roads, sand and smooth soil can pass for water.")
    return warnings


def _of_thresholds(inputs: Inputs, after: WaterModel, before: WaterModel | None, water: int) -> list[str]:
    """Warnings where the thresholds do not stand on enough tiles of their own time."""
    warnings = []
    if after.fallback:
        fixed = ", ".join(
            f"{name} {value:g} dB" for name, value in zip(inputs.polarisations, after.thresholds, strict=True)
        )
        warnings.append(
            f"No part of the image shows water beside land, so fixed thresholds were used ({fixed}); "
            + ("what was mapped carries low confidence." if water else "no water was mapped.")
        )
        if after.land is None:
            warnings.append(
                "The whole area is dark: it may be open water, or smooth dry ground such as sand. "
                "Choose a larger area that holds some land, or add an image from before the flood."
            )
    elif after.borrowed:
        warnings.append(
            "No part of the post-event image shows water beside land, so the thresholds of the dates before were used."
        )
    elif max(after.tiles) < FEW_TILES:
        warnings.append(f"Only {max(after.tiles)} tiles show water beside land: check the thresholds on the map.")
    if before is not None and before.borrowed:
        warnings.append(
            "No part of the dates before shows water beside land, so the thresholds of the post-event image were used "
            "for them."
        )
    return warnings
