"""What a view of a flood map's water, threshold by threshold, is asked to be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from ...errors import RequestError
from ._base import Request

__all__ = ["WaterViewRequest"]

MOST_SIDE = 4096  # pixels


@dataclass(frozen=True)
class WaterViewRequest(Request):
    """See what would be water in a part of a map at other thresholds.

    Attributes
    ----------
    report : str
        `report.json` of a flood map that was made without a network: it tells images, options and thresholds.
    crs : str
        Of the view: a code such as EPSG:32633, or WKT.
    bounds : tuple of float
        left, bottom, right, top in the units of the CRS.
    width, height : int
        Of the view, in pixels.
    """

    kind: ClassVar[str] = "water-view"
    lane: ClassVar[str] = "interactive"
    title: ClassVar[str] = "view of water"
    task: ClassVar[str] = "engine.flood.viewing:view_water"
    subject: ClassVar[str] = "report"

    report: str
    crs: str
    bounds: tuple[float, ...]
    width: int
    height: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (1 <= self.width <= MOST_SIDE and 1 <= self.height <= MOST_SIDE):
            raise RequestError(
                f"A view of {self.width} x {self.height} pixels cannot be; give 1 to {MOST_SIDE} a side."
            )
        left, bottom, right, top = self.bounds if len(self.bounds) == 4 else (math.nan,) * 4
        if not (left < right and bottom < top and all(map(math.isfinite, self.bounds))):
            raise RequestError("The view shows no part of a map; move it to the image.")

    def inputs(self) -> list[str]:
        """The report."""
        return [self.report]
