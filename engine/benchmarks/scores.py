"""How good a flood map is, class by class, for all water as one, over events and climate zones; pixels are pooled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.kuro_siwo.events import EVENTS, WATER, ZONES
from ..training.metrics import ConfusionMatrix, scores

__all__ = ["CLASSES", "FIGURES", "GROUPS", "event_title", "figures_of", "in_groups", "zone_title"]

CLASSES = WATER.classes
FIGURES = ("precision", "recall", "f1", "iou")
GROUPS = ("all", "event", "zone")
Counts = NDArray[np.int64]


def figures_of(matrix: Counts) -> dict[str, Any]:
    """Figures of a confusion matrix [3, 3], rows the truth: None where there is nothing to divide by.

    Returns
    -------
    dict
        "classes": precision, recall, f1, iou and support of each; "water": the same of permanent water and flood taken
        as one class; "miou", the mean of the three IoU; "accuracy"; "pixels".
    """
    confusion = ConfusionMatrix(len(CLASSES))
    confusion.matrix = matrix
    hits, predicted, true = (int(part.sum()) for part in (matrix[1:, 1:], matrix[:, 1:], matrix[1:]))
    return {
        "classes": confusion.per_class(CLASSES),
        "water": {**scores(hits, predicted, true), "support": true},
        "miou": confusion.miou,
        "accuracy": confusion.overall_accuracy,
        "pixels": int(matrix.sum()),
    }


def in_groups(events: Mapping[str, Sequence[Any]], zones: Mapping[str, Sequence[Any]]) -> dict[str, dict[str, Any]]:
    """Figures of all pixels, of each event and of each climate zone, by their titles.

    Parameters
    ----------
    events, zones : mapping of str to confusion matrix
        By activation, and by climate zone ("0" where nobody tells).
    """
    matrices = {event_title(int(actid)): np.array(matrix, np.int64) for actid, matrix in events.items()}
    total = np.sum([*matrices.values()], axis=0)
    in_zones = {zone_title(int(zone)): np.array(matrix, np.int64) for zone, matrix in zones.items()}
    return {
        "all": {"all test events": figures_of(total)},
        "event": {title: figures_of(matrix) for title, matrix in matrices.items()},
        "zone": {title: figures_of(matrix) for title, matrix in in_zones.items()},
    }


def event_title(actid: int) -> str:
    """An event's name for people."""
    event = EVENTS.get(actid)
    return f"{actid} {event.place} {event.month}" if event else str(actid)


def zone_title(zone: int) -> str:
    """A climate zone's name for people."""
    return ZONES.get(zone, "not told")
