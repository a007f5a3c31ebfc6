"""Which models imagery can be searched with, and whether they read words."""

from __future__ import annotations

from typing import Any, Optional

from .band_names import same_band
from .card import Card

__all__ = ["colour_order", "reads_words", "scaling", "unsearchable"]

# As pictures are shown to an encoder, in this order.
COLOURS = ("red", "green", "blue")
WITH_WORDS, WITHOUT = "dual-encoder", "recognition"


def reads_words(card: Card) -> bool:
    """Whether a model for search finds by words; else by examples, places and marks alone."""
    return card.task == WITH_WORDS


def unsearchable(card: Card) -> Optional[str]:
    """Why imagery cannot be searched with a model, in one sentence, or None if it can."""
    title = card.title or card.name
    if card.task == WITH_WORDS:  # its makers see to what it reads
        return None
    if card.task != WITHOUT:
        return (
            f"The model {title} is for {card.task}, not for search by text or by example; choose a {WITH_WORDS} or "
            f"{WITHOUT} model."
        )
    if any(band.units != "display" for band in card.bands):
        units = ", ".join(dict.fromkeys(band.units for band in card.bands))
        return (
            f"The model {title} reads its bands as {units}, and search shows a model 8-bit colours; choose a model "
            f"that was made for those."
        )
    if colour_order(card) is None:
        return (
            f"The model {title} reads {', '.join(band.name for band in card.bands)}, and search shows a model red, "
            f"green and blue; choose a model of these, or import it again with their names."
        )
    return None


def colour_order(card: Card) -> Optional[tuple[int, ...]]:
    """Of each of a model's bands, which of red, green and blue (0, 1, 2) it is; None if they are not these three."""
    order = tuple(
        next((number for number, colour in enumerate(COLOURS) if same_band(band.name, colour)), -1)
        for band in card.bands
    )
    return order if sorted(order) == [0, 1, 2] else None


def scaling(card: Card) -> list[dict[str, Any]]:
    """How a model for search reads its bands; fingerprints of indexes are made of just these facts."""
    return [{name: getattr(band, name) for name in ("name", "units", "mean", "std")} for band in card.bands]
