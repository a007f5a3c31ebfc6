"""What a flood job says about its map: `report.json`."""

from __future__ import annotations

from typing import Any

from ..mapping import MapJob, MappedAreas, grid_facts
from .change import ChangeDetector, SeenPixels
from .classes import CLASSES, FLOOD, PERMANENT, UNKNOWN
from .inputs import FloodPlan, Inputs
from .observe import Observation
from .tiles import AXIS, TileStatistics
from .water import WaterModel, land_level

__all__ = ["METHOD", "OF_UNKNOWN_KIND", "map_facts", "summarise"]

METHOD = "weights-free: bimodal tiles, object contrast and log-ratio change"
FEW_TILES = 5
DARKEST_SCENE, BRIGHTEST_SCENE = -35.0, -8.0  # dB; amplitude taken for power halves all levels
OF_UNKNOWN_KIND = (
    "Where neither an image from before the flood nor a layer of permanent water was given or observed, flood and "
    "permanent water cannot be told apart: class 3, water of unknown kind."
)
MOST = 0.9  # of the area: more ground than that is hardly all too steep or too high


def summarise(
    job: MapJob,
    plan: FloodPlan,
    inputs: Inputs,
    seen: Observation,
    detector: ChangeDetector,
    pixels: SeenPixels,
    areas: MappedAreas,
) -> dict[str, Any]:
    """The report as values that JSON can hold; areas in km² and ha, backscatter in dB."""
    after, before = detector.after, detector.before
    models = {"after": _model(inputs, seen.post, after)}
    if before is not None:
        models["before"] = _model(inputs, seen.pre, before)
    return {
        **map_facts(job, plan, inputs, areas, METHOD),
        "thresholds": models,
        "warnings": [*inputs.warnings, *_warnings(inputs, seen, detector, pixels, areas)],
        "seconds": job.seconds,
    }


def map_facts(job: MapJob, plan: FloodPlan, inputs: Inputs, areas: MappedAreas, method: str) -> dict[str, Any]:
    """What the report of every flood map holds, by whatever method it was made."""
    known = job.about()
    times = ["after", *["before"] * (len(plan.dates) - 1)]
    return {
        "software": known["software"],
        "method": method,
        "request": known["request"],
        "polarisations": list(inputs.polarisations),
        "calibration": inputs.physics.calibration if inputs.physics.calibrated else "display",
        "dates": [
            {
                "time": time,
                "files": list(files),
                "acquired": date and date.isoformat(),
                "orbit": str(orbit) if orbit else None,
            }
            for time, files, date, orbit in zip(times, plan.dates, inputs.acquired(), inputs.orbits(), strict=True)
        ],
        "grid": grid_facts(inputs.grid),
        "created": known["created"],
        "areas": {
            item.name: {
                "class_id": item.value,
                "colour": "#{:02x}{:02x}{:02x}".format(*item.color),
                **areas.facts(item.value),
            }
            for item in CLASSES
        },
        "share_observed": round(areas.observed, 6),
        "minimum_mapping_unit": {"ha": plan.min_area_ha, "pixels": inputs.min_pixels},
    }


def _model(inputs: Inputs, statistics: TileStatistics, model: WaterModel) -> dict[str, Any]:
    """Thresholds of one time, with the histograms of the image that they cut."""
    return {
        "fixed": model.fallback and not model.open_water and model.measured is None,
        "source": model.source,
        **({} if model.measured is None else {"found_source": model.measured.source}),
        "land_darkness_db": model.land,
        "histogram_bins_db": {"low": AXIS.low, "high": AXIS.high, "width": AXIS.width},
        "polarisations": {
            name: {
                "threshold_db": round(model.thresholds[index], 3),
                **({} if model.measured is None else _found(model.measured, index)),
                "water_mode_db": round(model.modes[index], 3),
                "tiles": 0 if model.borrowed else model.tiles[index],
                "histogram": statistics.histogram[index].astype(int).tolist(),
                "histogram_of_tiles": statistics.pools[index].sum(axis=0).astype(int).tolist(),
            }
            for index, name in enumerate(inputs.polarisations)
        },
    }


def _found(model: WaterModel, index: int) -> dict[str, float]:
    """Of one polarisation, where the threshold was chosen by hand: what the image gave."""
    return {"found_db": round(model.thresholds[index], 3), "found_water_mode_db": round(model.modes[index], 3)}


def _warnings(
    inputs: Inputs, seen: Observation, detector: ChangeDetector, pixels: SeenPixels, areas: MappedAreas
) -> list[str]:
    """What the result itself gives reason to say."""
    water = sum(areas.pixels[value] for value in (PERMANENT, FLOOD, UNKNOWN))
    warnings = _of_thresholds(inputs, detector.after, detector.before, water)
    if pixels.high_ground > MOST * pixels.observed:
        warnings.append(
            f"{pixels.high_ground / pixels.observed:.0%} of the area counts as too steep or too high for water: check "
            "that the HAND raster holds heights above the drainage, not elevations, and that the DEM is in metres."
        )
    if inputs.reference and not pixels.reference_water:
        warnings.append(
            "The permanent-water layer shows no water in the area: a raster must hold 1, or the values that were told, "
            "where water is permanent, and polygons must lie on it."
        )
    middle = land_level(seen.post.darkness, AXIS.low)
    if inputs.physics.calibrated and middle is not None and not DARKEST_SCENE < middle < BRIGHTEST_SCENE:
        warnings.append(
            f"Half of the image is {'brighter' if middle >= BRIGHTEST_SCENE else 'darker'} than {middle:.0f} dB, as "
            "hardly any landscape is: check that its units are right."
        )
    if areas.pixels[UNKNOWN]:
        warnings.append(OF_UNKNOWN_KIND)
    if detector.before is None and water and len(inputs.polarisations) == 1:
        warnings.append("One date and one polarisation: roads, sand and smooth soil can pass for water.")
    return warnings


def _of_thresholds(inputs: Inputs, after: WaterModel, before: WaterModel | None, water: int) -> list[str]:
    """Warnings where the thresholds do not stand on enough tiles of their own time."""
    warnings = []
    if after.measured is not None:
        chosen = zip(inputs.polarisations, after.thresholds, after.measured.thresholds, strict=True)
        told = ", ".join(f"{name} {value:.1f} dB (found: {found:.1f} dB)" for name, value, found in chosen)
        warnings.append(f"Thresholds chosen by hand: {told}.")
    elif after.open_water:
        warnings.append(
            "All that is seen is as dark in VH and as bright in VV as only water under wind is: it was mapped as "
            "water, with low confidence; a larger area that holds some land makes it sure."
        )
    elif after.fallback:
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
