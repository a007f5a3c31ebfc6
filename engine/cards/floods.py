"""Which models map floods, what they need of the images, and for which images they are recommended.

A flood network is a segmentation model of the bands VV and VH in decibels, of one date or of several (0 the newest,
which is the one after the flood), whose classes are those of floods by name: dry and water, or dry, permanent water
and flood.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from .card import BandSpec, Card

__all__ = [
    "DISPLAY",
    "DRY",
    "FLOOD",
    "LEVELLED",
    "NO_VH",
    "PERMANENT",
    "POLARISATIONS",
    "TEACHABLE",
    "TEACHABLE_GRAPH",
    "WATER",
    "codes_of",
    "flood_classes",
    "flood_misfit",
    "input_kind",
    "is_flood_model",
    "is_teachable",
    "recommended_for",
]

# What maps of floods hold.
DRY, PERMANENT, FLOOD, WATER = range(4)
_NAMES = {
    **dict.fromkeys(("dry", "dry land", "land", "no water", "not water", "no flood", "not flooded", "background"), DRY),
    **dict.fromkeys(("permanent water", "permanent"), PERMANENT),
    **dict.fromkeys(("flood", "flooded", "flood water", "flooded land"), FLOOD),
    **dict.fromkeys(("water", "open water", "water of unknown kind"), WATER),
}
# Bands that say something of the images instead of holding a part of them: 1 all over where it is so, else 0.
DISPLAY = "display-scaled"  # an 8-bit picture, taken for -25 to 5 dB, and no backscatter
NO_VH = "without VH"
FLAGS = (DISPLAY, NO_VH)
# The parameter of a model that sees each date with its land brought to one level (`engine.flood.level`).
LEVELLED = "levelled"
POLARISATIONS = ("VV", "VH")
# The network that a training can begin with, as `engine.jobs.requests.networks` has it; and what the parameter
# `network` of a graph of it says.
TEACHABLE, TEACHABLE_GRAPH = "narrow-unet", "narrow U-Net"
MOST_NAMED = 8


def flood_classes(card: Card) -> Optional[tuple[int, ...]]:
    """What a flood map holds for each of a model's classes; None if they are not those of floods."""
    return codes_of([item.name for item in card.classes])


def codes_of(names: Sequence[str]) -> Optional[tuple[int, ...]]:
    """What a flood map holds for classes of these names; None if they are not those of floods."""
    codes = [_NAMES.get(name.strip().casefold()) for name in names]
    known = tuple(code for code in codes if code is not None)
    if len(known) < len(codes) or len(set(known)) < len(known) or DRY not in known or len(known) < 2:
        return None
    return known


def is_flood_model(card: Card) -> bool:
    """Whether a model maps floods, be the images what they may."""
    return _fault(card) is None


def is_teachable(card: Card) -> bool:
    """Whether a training can begin with the weights of a flood model."""
    network = card.parameters.get("network")
    is_graph = isinstance(network, dict) and network.get("name") == TEACHABLE_GRAPH
    return is_flood_model(card) and (card.architecture == TEACHABLE or (card.architecture == "onnx" and is_graph))


def flood_misfit(card: Card, polarisations: Sequence[str], dates: int, *, display: bool) -> Optional[tuple[str, str]]:
    """Why a model cannot map the flood that some images show, or None if it can.

    Parameters
    ----------
    card : Card
    polarisations : sequence of str
        Those that all images have.
    dates : int
        Of how many dates images are given, that after the flood included.
    display : bool
        Whether the images are 8-bit pictures.

    Returns
    -------
    tuple of str
        One sentence, and the field of the request that mends it.
    """
    fault = _fault(card)
    if fault is not None:
        return fault, "model"
    if card.dates > dates:
        missing = card.dates - dates
        return (
            f"The model {card.title} compares images of {card.dates} dates, and {dates} "
            f"{'is' if dates == 1 else 'are'} given; give {'a date' if missing == 1 else f'{missing} dates'} from "
            "before the flood, or choose a model of fewer dates.",
            "pre",
        )
    flags = [band.name for band in card.bands if band.name in FLAGS]
    if display and DISPLAY not in flags:
        return f"The model {card.title} needs backscatter, and the images are 8-bit pictures; choose another.", "model"
    needed = [name for name in POLARISATIONS if any(_is(band, name) for band in card.bands)]
    missing_bands = [name for name in needed if name not in polarisations and not (name == "VH" and NO_VH in flags)]
    if missing_bands:
        return (
            f"The model {card.title} needs {' and '.join(missing_bands)}, which not all images have; give those files, "
            "or choose another model.",
            "model",
        )
    return None


def input_kind(dates: int, *, display: bool) -> str:
    """What kind of input a map by a model of so many dates has: a key of `recommended_for`."""
    return f"{'display' if display else 'dB'} {'pairs' if dates > 1 else 'images'}"


def recommended_for(card: Card) -> dict[str, bool]:
    """By kind of input (see `input_kind`) whether a model did better there than the map without weights.

    It is the table `metrics["inputs"]` of the card: kind -> {"model": figure, "weights_free": figure, "measure": what
    both are, "recommended": bool}. A card without it recommends its model for nothing.
    """
    table = card.metrics.get("inputs")
    if not isinstance(table, dict):
        return {}
    return {
        str(kind): row["recommended"] is True
        for kind, row in table.items()
        if isinstance(row, dict) and "recommended" in row
    }


def _fault(card: Card) -> Optional[str]:
    """Why it is no flood model."""
    if card.task != "segmentation":
        return f"The model {card.title} is for {card.task} and makes no maps of floods; choose a flood model."
    if flood_classes(card) is None:
        names = ", ".join(item.name for item in card.classes[:MOST_NAMED])
        return (
            f"The model {card.title} maps other classes ({names}) than dry, permanent water, flood or water; choose a "
            "flood model."
        )
    for band in card.bands:
        radar = band.units == "db" and any(_is(band, name) for name in POLARISATIONS)
        if not radar and not (band.units == "dn" and band.name in FLAGS):
            return (
                f"The model {card.title} needs {band.name} in {band.units}, and flood maps are made of VV and VH in "
                "decibels; choose a flood model."
            )
    return None


def _is(band: BandSpec, name: str) -> bool:
    return band.name.casefold() == name.casefold()
