"""What land-cover jobs say about themselves: `report.json` and the tags of rasters and layers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from .. import __version__
from ..cards.card import Card
from ..jobs.publishing import names_alone
from ..jobs.requests import LandcoverRequest, Request
from ..raster.areas import ClassAreas
from ..raster.grid import Grid
from .inputs import MapInputs
from .predicting import NOT_OBSERVED

__all__ = ["card_facts", "class_table", "common", "grid_facts", "metadata", "summarise"]


def metadata(request: LandcoverRequest, card: Card) -> dict[str, str]:
    """Tags that tell how a map came about: with which model, and from which labels that was made."""
    tags = {
        "SOFTWARE": f"GeoFM {__version__}",
        "METHOD": f"land cover by a model ({card.architecture})",
        "INPUTS": json.dumps(names_alone({"image": request.image}), ensure_ascii=False),
        "PARAMETERS": json.dumps(names_alone(json.loads(request.to_json())), ensure_ascii=False),
        "MODEL": card.title,
        "MODEL_SHA256": card.sha256,
        "MODEL_LICENCE": card.licence,
        "MODEL_ATTRIBUTION": card.attribution,
    }
    if card.training.get("labels"):
        tags["MODEL_LABELS"] = names_alone(str(card.training["labels"]))
    return {name: text for name, text in tags.items() if text}


def summarise(
    request: LandcoverRequest,
    inputs: MapInputs,
    areas: ClassAreas,
    small_pixels: int,
    seconds: dict[str, float],
) -> dict[str, Any]:
    """The report of a map as values that JSON can hold; areas in km² and ha."""
    card, metres, pixels = inputs.segmenter.card, areas.square_metres, areas.pixels
    total = sum(metres.values())
    names = [(item.value, item.name) for item in card.classes] + [(NOT_OBSERVED, "not observed")]
    warnings = list(inputs.warnings)
    if small_pixels:
        warnings.append(
            f"{small_pixels} pixels lie in patches below the minimum mapping unit that touch no larger patch: they "
            "were left as they are."
        )
    observed = 1 - metres[NOT_OBSERVED] / total if total else 0.0
    if not observed:
        warnings.append("Nothing was observed within the area: check the image's nodata and the AOI.")
    return {
        **common(request),
        "model": card.title,
        "card": card_facts(card),
        "files": list(request.image),
        "acquired": inputs.image.acquired and inputs.image.acquired.isoformat(),
        "bands": [{"name": inputs.image.bands[i].name, "units": inputs.image.bands[i].units} for i in inputs.order],
        "grid": grid_facts(inputs.grid),
        "device": inputs.segmenter.device,
        "tile": inputs.segmenter.tile,
        "overlap": inputs.segmenter.overlap,
        "classes": class_table(card),
        "areas": {
            name: {
                "class_id": value,
                "pixels": pixels[value],
                "km2": round(metres[value] / 1e6, 6),
                "ha": round(metres[value] / 1e4, 4),
                "share": round(metres[value] / total, 6) if total else 0.0,
            }
            for value, name in names
        },
        "share_observed": round(observed, 6),
        "minimum_mapping_unit": {"ha": request.min_area_ha, "pixels": inputs.min_pixels},
        "warnings": warnings,
        "seconds": seconds,
    }


def common(request: Request) -> dict[str, Any]:
    """What every report begins with."""
    return {
        "software": f"GeoFM {__version__}",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "request": json.loads(request.to_json()),
    }


def class_table(card: Card) -> list[dict[str, Any]]:
    """The classes as a panel shows them."""
    return [{"id": item.value, "name": item.name, "color": item.color} for item in card.classes]


def card_facts(card: Card) -> dict[str, Any]:
    """What of a model's card belongs into a report."""
    return {
        "name": card.name,
        "title": card.title,
        "architecture": card.architecture,
        "sha256": card.sha256,
        "licence": card.licence,
        "attribution": card.attribution,
        "gsd_m": card.gsd_m,
        "bands": [band.name for band in card.bands],
        "training": card.training,
        "metrics": card.metrics,
        "limits": card.limits,
    }


def grid_facts(grid: Grid) -> dict[str, Any]:
    """A grid as values that JSON can hold."""
    return {
        "crs": grid.crs.to_string(),
        "pixel_size": [abs(grid.transform.a), abs(grid.transform.e)],
        "columns": grid.width,
        "rows": grid.height,
    }
