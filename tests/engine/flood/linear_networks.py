"""Flood networks whose verdict can be worked out by hand: a sum of a pixel's decibels for each class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from model_cards import make_card

from engine.cards.card import BandSpec, Card, ClassSpec
from engine.cards.floods import DISPLAY, NO_VH
from engine.encoders.exporting import exported
from engine.models.runtime import OnnxRuntime
from engine.models.store import write_model

MIDDLE = {"VV": -14.0, "VH": -20.0}  # dB, between water and land of `constructed`
FLAGS = (BandSpec(DISPLAY, "dn"), BandSpec(NO_VH, "dn"))
DRY = ClassSpec(0, "dry", "#eee8d5")


def _radar(name: str, date: int = 0) -> BandSpec:
    return BandSpec(name, "db", MIDDLE[name], 1.0, date)


def put_single(folder: Path, *, flags: bool = True, **changes: Any) -> Card:
    """Water where VV and VH together are darker than their middles; VV alone counts twice where there is no VH."""
    bands = (_radar("VV"), _radar("VH"), *(FLAGS if flags else ()))
    weights = np.zeros((2, len(bands)))
    weights[1, :2] = -0.5
    return _put(folder, bands, (DRY, ClassSpec(3, "water", "#56aadc")), weights, [0, 0], **changes)


def put_pair(folder: Path, **changes: Any) -> Card:
    """Permanent where VH is dark on both dates, flood where it has fallen."""
    bands = (_radar("VV"), _radar("VH"), *FLAGS, _radar("VV", 1), _radar("VH", 1))
    weights = np.zeros((3, len(bands)))
    weights[1, [1, 5]] = -1, -1
    weights[2, [1, 5]] = -1, 1
    classes = (DRY, ClassSpec(1, "permanent water", "#1f60a8"), ClassSpec(2, "flood", "#d62739"))
    return _put(folder, bands, classes, weights, [0, -3, -2], **changes)


def _put(
    folder: Path,
    bands: tuple[BandSpec, ...],
    classes: tuple[ClassSpec, ...],
    weights: np.ndarray,
    biases: list[float],
    **changes: Any,
) -> Card:
    network = torch.nn.Conv2d(len(bands), len(classes), 1)
    with torch.no_grad():
        network.weight[:, :, 0, 0] = torch.from_numpy(weights)
        network.bias[:] = torch.tensor(biases)
    tile = 64
    graph = exported(network, {"image": torch.zeros(2, len(bands), tile, tile)}, {"image": {0: "batch"}})
    values = {"title": "Sums", "architecture": "onnx", "weights": "model.onnx", "parameters": {"output": "logits"}}
    card = make_card(**{**values, "bands": bands, "classes": classes, "tile": tile, "overlap": 16, **changes})
    given = np.random.default_rng(2).standard_normal((1, len(bands), tile, tile)).astype(np.float32)
    return write_model(folder, card, onnx=graph, golden=(given, OnnxRuntime(graph).run(given)))
