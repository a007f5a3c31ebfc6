"""What a flood map is asked to be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Optional

from ...errors import RequestError
from ._base import Request, check_choice, output

__all__ = ["BANDS", "CALIBRATIONS", "SPECKLE_FILTERS", "SPECKLE_WINDOWS", "THRESHOLDS", "UNITS", "FloodRequest"]

UNITS = ("db", "power", "amplitude", "display")
CALIBRATIONS = ("sigma0", "gamma0")
SPECKLE_FILTERS = ("median", "lee", "refined-lee", "none")
SPECKLE_WINDOWS = (3, 5)
THRESHOLDS = ("otsu", "kittler-illingworth")
BANDS = ("VV", "VH", "skip")


@dataclass(frozen=True)
class FloodRequest(Request):
    """Map a flood from Sentinel-1 backscatter.

    Attributes
    ----------
    post : tuple of str
        Files of the date after (or during) the flood: VV and VH together or apart, tiles side by side.
    pre : tuple of tuple of str
        The files of each date before the flood; none is allowed, several are better than one.
    aoi : str, optional
        A vector file, `west,south,east,north` in WGS84 degrees, or a GeoJSON geometry in WGS84. Default: the image.
    dem, hand, permanent_water : str, optional
        Elevation in metres; height above the nearest drainage in metres; a raster (1 = water) or polygon layer.
    units : {'db', 'power', 'amplitude', 'display'}, optional
        Overrides what the files say of their units.
    bands : tuple of str, optional
        Overrides what the files say of their bands, in file order: 'VV', 'VH', or 'skip'.
    calibration : {'sigma0', 'gamma0'}, optional
        Overrides what the files say of their calibration.
    speckle_filter : {'median', 'lee', 'refined-lee', 'none'}
    speckle_window : int
        Side of the window of median and Lee in pixels, 3 or 5; refined Lee's is always 7.
    threshold : {'otsu', 'kittler-illingworth'}
    min_area_ha : float
        Minimum mapping unit in hectares: smaller water bodies, and smaller islands in water, are merged away.
    max_slope_deg, max_hand_m : float
        Steeper or higher ground is never water; used where a DEM or a HAND raster is given.
    event : str, optional
        Name of the event, which the group of the results gets. Default: of the first file.
    mask, polygons, report, confidence, quicklook : str, optional
        Where to write the class raster (GeoTIFF), the polygons (GeoPackage), the report (JSON), the confidence
        raster (GeoTIFF) and a picture of the map (PNG).
    """

    kind: ClassVar[str] = "flood"
    retired: ClassVar[tuple[str, ...]] = ("device",)

    post: tuple[str, ...]
    pre: tuple[tuple[str, ...], ...] = ()
    aoi: Optional[str] = None
    dem: Optional[str] = None
    hand: Optional[str] = None
    permanent_water: Optional[str] = None
    units: Optional[str] = None
    bands: Optional[tuple[str, ...]] = None
    calibration: Optional[str] = None
    speckle_filter: str = "median"
    speckle_window: int = 5
    threshold: str = "otsu"
    min_area_ha: float = 0.3
    max_slope_deg: float = 10.0
    max_hand_m: float = 15.0
    event: Optional[str] = None
    mask: Optional[str] = output()
    polygons: Optional[str] = output()
    report: Optional[str] = output()
    confidence: Optional[str] = output()
    quicklook: Optional[str] = output()

    def __post_init__(self) -> None:
        if not self.post or not all(self.post):
            raise RequestError("post names no image; give at least one file of the date after the flood.")
        if not all(date and all(date) for date in self.pre):
            raise RequestError("pre holds a date without files; leave that date out.")
        check_choice("units", self.units, UNITS)
        check_choice("calibration", self.calibration, CALIBRATIONS)
        check_choice("speckle_filter", self.speckle_filter, SPECKLE_FILTERS)
        check_choice("threshold", self.threshold, THRESHOLDS)
        for band in self.bands or ():
            check_choice("bands", band, BANDS)
        check_choice("speckle_window", self.speckle_window, SPECKLE_WINDOWS)
        if not 0 <= self.min_area_ha < math.inf:
            raise RequestError(f"min_area_ha is {self.min_area_ha}; give hectares, 0 or more.")
        if not 0 < self.max_slope_deg <= 90:
            raise RequestError(f"max_slope_deg is {self.max_slope_deg}; give degrees above 0, at most 90.")
        if not 0 < self.max_hand_m < math.inf:
            raise RequestError(f"max_hand_m is {self.max_hand_m}; give metres above 0.")
        if self.event is not None and not self.event.strip():
            raise RequestError("event is blank; name the event, or leave it out.")
        self.check_paths()

    def inputs(self) -> list[str]:
        """The images of all dates, and the layers."""
        layers = (self.aoi, self.dem, self.hand, self.permanent_water)
        return [*self.post, *(path for date in self.pre for path in date), *(path for path in layers if path)]
