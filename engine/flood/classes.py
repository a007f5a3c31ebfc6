"""The classes of a flood map."""

from __future__ import annotations

from ..raster.sink import ClassInfo

__all__ = ["CLASSES", "DRY", "FLOOD", "NOT_OBSERVED", "PERMANENT", "UNKNOWN"]

DRY, PERMANENT, FLOOD, UNKNOWN = range(4)
NOT_OBSERVED = 255

CLASSES = (
    ClassInfo(DRY, "dry", (238, 232, 213)),
    ClassInfo(PERMANENT, "permanent water", (31, 96, 168)),
    ClassInfo(FLOOD, "flood", (214, 39, 57)),
    ClassInfo(UNKNOWN, "water of unknown kind", (86, 170, 220)),
    ClassInfo(NOT_OBSERVED, "not observed", (255, 255, 255)),
)
