"""Cards and model folders for tests."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.cards.card import CARD, BandSpec, Card, ClassSpec

RGB = tuple(BandSpec(name, "reflectance", 0.1, 0.05) for name in ("B04", "B03", "B02"))


def make_card(**changes: Any) -> Card:
    """A segmentation model's card; any field can be another."""
    values: dict[str, Any] = {
        "name": "forest",
        "title": "Fields and forest",
        "task": "segmentation",
        "architecture": "smp",
        "parameters": {"network": "unet"},
        "weights": "weights.safetensors",
        "sha256": "",
        "bands": RGB,
        "classes": (ClassSpec(0, "field", "#ffcc00"), ClassSpec(1, "forest", "#006600")),
    }
    return Card(**{**values, **changes})


def put_model(folder: Path, card: Card, weights: bytes = b"weights") -> Card:
    """A model's folder as far as the shelf looks at it."""
    folder.mkdir(parents=True)
    (folder / card.weights).write_bytes(weights)
    card = replace(card, sha256=hashlib.sha256(weights).hexdigest())
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return card
