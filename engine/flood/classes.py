"""The classes of a flood map."""

from __future__ import annotations

from ..cards.classes import NODATA
from ..raster.sink import ClassInfo

__all__ = ["CLASSES", "DRY", "FLOOD", "MAP", "OWN_RASTERS", "PERMANENT", "UNKNOWN"]

DRY, PERMANENT, FLOOD, UNKNOWN = range(4)
MAP = "flood map"  # what the band of a map is called
OWN_RASTERS = (MAP, "flood truth")  # and that of the truth of a simulated scene, which has the same classes

CLASSES = (
    ClassInfo(DRY, "dry", (238, 232, 213)),
    ClassInfo(PERMANENT, "permanent water", (31, 96, 168)),
    ClassInfo(FLOOD, "flood", (214, 39, 57)),
    ClassInfo(UNKNOWN, "water of unknown kind", (86, 170, 220)),
    ClassInfo(NODATA, "not observed", (255, 255, 255)),
)
