"""Models on a shelf, without networks behind them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from geofm_qgis.engine.cards.card import CARD, BandSpec, Card, ClassSpec


def put_model(folder: Path, **changes: object) -> Card:
    """A model's folder as far as the shelf looks at it."""
    values = {
        "name": folder.name,
        "title": "Fields and forest",
        "task": "segmentation",
        "architecture": "smp",
        "parameters": {"network": "unet"},
        "weights": "weights.safetensors",
        "sha256": hashlib.sha256(b"weights").hexdigest(),
        "bands": tuple(BandSpec(name, "reflectance", 0.1, 0.05) for name in ("B04", "B03", "B02")),
        "classes": (ClassSpec(0, "field", "#ffcc00"), ClassSpec(1, "forest", "#006600")),
        **changes,
    }
    card = Card(**values)
    folder.mkdir(parents=True)
    (folder / card.weights).write_bytes(b"weights")
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")
    return card
