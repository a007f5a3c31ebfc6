"""What jobs with models of segmentation say about themselves: `report.json` and the tags of rasters and layers."""

from __future__ import annotations

from typing import Any

from ..cards.card import Card
from ..cards.classes import NODATA
from ..jobs.publishing import names_alone
from ..mapping import MapJob, MappedAreas, grid_facts
from .inputs import MapInputs, MapPlan

__all__ = ["card_facts", "class_table", "metadata", "summarise"]


def metadata(job: MapJob, plan: MapPlan, card: Card) -> dict[str, str]:
    """Tags that tell how a map came about: with which model, and from which labels that was made."""
    tags = {
        **job.tags(f"land cover by a model ({card.architecture})", {"image": plan.image}),
        "MODEL": card.title,
        "MODEL_SHA256": card.sha256,
        "MODEL_LICENCE": card.licence,
        "MODEL_ATTRIBUTION": card.attribution,
    }
    if card.training.get("labels"):
        tags["MODEL_LABELS"] = names_alone(str(card.training["labels"]))
    return {name: text for name, text in tags.items() if text}


def summarise(job: MapJob, plan: MapPlan, inputs: MapInputs, areas: MappedAreas, small_pixels: int) -> dict[str, Any]:
    """The report of a map as values that JSON can hold; areas in km² and ha."""
    card = inputs.segmenter.card
    names = [(item.value, item.name) for item in card.classes] + [(NODATA, "not observed")]
    warnings = list(inputs.warnings)
    if small_pixels:
        warnings.append(
            f"{small_pixels} pixels lie in patches below the minimum mapping unit that touch no larger patch: they "
            "were left as they are."
        )
    if not areas.observed:
        warnings.append("Nothing was observed within the area: check the image's nodata and the AOI.")
    return {
        **job.about(),
        "model": card.title,
        "card": card_facts(card),
        "files": list(plan.image),
        "acquired": inputs.image.acquired and inputs.image.acquired.isoformat(),
        "bands": [{"name": inputs.image.bands[i].name, "units": inputs.image.bands[i].units} for i in inputs.order],
        "grid": grid_facts(inputs.grid),
        "device": inputs.segmenter.device,
        "tile": inputs.segmenter.tile,
        "overlap": inputs.segmenter.overlap,
        "classes": class_table(card),
        "areas": {
            name: {"class_id": value, **areas.facts(value), "share": round(areas.share(value), 6)}
            for value, name in names
        },
        "share_observed": round(areas.observed, 6),
        "minimum_mapping_unit": {"ha": plan.min_area_ha, "pixels": inputs.min_pixels},
        "warnings": warnings,
        "seconds": job.seconds,
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
