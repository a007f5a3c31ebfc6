"""What a flood map is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Optional

from ...errors import RequestError
from ...files import tiles_of
from ._base import Request
from ._declared import confidence_output, device_option, label, option, output, smooth_option

__all__ = ["BY_HAND", "WITHOUT_WEIGHTS", "FloodRequest"]

UNITS = {"db": "Decibel (dB)", "power": "Linear power", "amplitude": "Amplitude", "display": "8-bit picture"}
BANDS = {"VV": "VV", "VH": "VH", "skip": "Left out"}
CALIBRATIONS = {"sigma0": "Sigma nought", "gamma0": "Gamma nought"}
SPECKLE_FILTERS = {
    "median": "Median",
    "lee": "Lee",
    "refined-lee": "Refined Lee",
    "none": "None: the images are filtered already",
}
THRESHOLDS = {
    "otsu": "Otsu",
    "kittler-illingworth": "Kittler and Illingworth",
    "combined": "The brighter of both",
}
WITHOUT_WEIGHTS = "thresholds"  # what `compare_with` calls the method without a network
AS_THE_FILES_SAY = "As the files say"
BY_HAND = {"vv_threshold_db": "VV", "vh_threshold_db": "VH"}  # thresholds chosen by hand
DARKEST_DB, BRIGHTEST_DB = -45.0, 10.0  # of thresholds, as of the report's histograms


def _by_hand(polarisation: str) -> Any:
    """A field with a threshold that is chosen by hand."""
    told = (
        "Chosen by hand: what is darker after the flood may be water. Patches must still be dark enough in the mean, "
        "and large enough, to stand."
    )
    return option(
        None,
        f"{polarisation} threshold",
        told,
        unit="db",
        low=DARKEST_DB,
        high=BRIGHTEST_DB,
        unset="Found in the image",
    )


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
        Elevation in metres; height above the nearest drainage in metres; a raster (1 = water) or polygon layer. Rasters
        may be tiles joined by commas, or in a folder.
    permanent_from, permanent_to : float, optional
        The least and the highest value of a raster of permanent water that stand for water. Default: 1 alone.
    units : {'db', 'power', 'amplitude', 'display'}, optional
        Overrides what the files say of their units.
    bands : tuple of str, optional
        Overrides what the files say of their bands, in file order: 'VV', 'VH', or 'skip'.
    calibration : {'sigma0', 'gamma0'}, optional
        Overrides what the files say of their calibration.
    speckle_filter : {'median', 'lee', 'refined-lee', 'none'}
    speckle_window : int
        Side of the window of median and Lee in pixels, 3 or 5; refined Lee's is always 7.
    threshold : {'otsu', 'kittler-illingworth', 'combined'}
    vv_threshold_db, vh_threshold_db : float, optional
        What is darker on the date after the flood may be water: chosen by hand, in place of what `threshold` finds,
        which is the default.
    model : str, optional
        The name or folder of a flood network: a segmentation model of VV and VH in dB whose classes are dry, and water,
        or permanent water and flood; see `engine.cards.floods`. Default: the map is made without trained weights. With
        a network, speckle filter and threshold have no effect.
    compare_with : str, optional
        A second method, whose map is compared with this one's: 'thresholds', or a network as for `model`.
    device : {'auto', 'cpu', 'cuda'}
        Where a network runs.
    min_area_ha : float
        Minimum mapping unit in hectares: smaller water bodies, and smaller islands in water, are merged away.
    max_slope_deg, max_hand_m : float
        Steeper or higher ground is never water; used where a DEM or a HAND raster is given.
    smooth : bool
        Cut the corners of the polygons.
    event : str, optional
        Name of the event, which the group of the results gets. Default: of the first file.
    mask, polygons, report, confidence, agreement, quicklook : str, optional
        Where to write the class raster (GeoTIFF), the polygons (GeoPackage), the report (JSON), the confidence
        raster (GeoTIFF) and a picture of the map (PNG).
    """

    kind: ClassVar[str] = "flood"
    title: ClassVar[str] = "flood map"
    task: ClassVar[str] = "engine.flood.mapping:map_flood"
    keywords: ClassVar[tuple[str, ...]] = ("Sentinel-1", "SAR")
    subject: ClassVar[str] = "post"

    post: tuple[str, ...]
    pre: tuple[tuple[str, ...], ...] = ()
    aoi: Optional[str] = None
    dem: Optional[str] = None
    hand: Optional[str] = None
    permanent_water: Optional[str] = None
    units: Optional[str] = option(
        None,
        "Pixel values",
        "What the pixel values are. Choose it only if the files are recognised wrongly.",
        choices=UNITS,
        unset=AS_THE_FILES_SAY,
    )
    bands: Optional[tuple[str, ...]] = option(
        None,
        "Bands",
        "In the order of the files. Give them only if they are recognised wrongly.",
        choices=BANDS,
        unset=AS_THE_FILES_SAY,
    )
    calibration: Optional[str] = option(
        None,
        "Calibration",
        "To which plane backscatter refers. Choose it only if the files are recognised wrongly.",
        choices=CALIBRATIONS,
        unset=AS_THE_FILES_SAY,
    )
    speckle_filter: str = option(
        "median",
        "Speckle filter",
        "Speckle is the grain of radar images. The median keeps edges sharp.",
        choices=SPECKLE_FILTERS,
    )
    speckle_window: int = option(
        5,
        "Window of the filter",
        "Side in pixels, of Median and Lee; Refined Lee has its own.",
        choices={3: "3 × 3 pixels", 5: "5 × 5 pixels"},
    )
    threshold: str = option(
        "combined",
        "Threshold",
        "How water is cut from land in the histogram. The brighter of both loses least of the edges of water.",
        choices=THRESHOLDS,
    )
    vv_threshold_db: Optional[float] = _by_hand("VV")
    vh_threshold_db: Optional[float] = _by_hand("VH")
    min_area_ha: float = option(
        0.3, "Smallest area", "Water bodies, and islands in water, that are smaller are left out.", unit="ha", low=0
    )
    max_slope_deg: float = option(
        10.0,
        "Steepest slope",
        "Steeper ground is never water. Used where an elevation model is given.",
        unit="deg",
        low=0,
        high=90,
        above=True,
        needs="dem",
    )
    max_hand_m: float = option(
        15.0,
        "Highest above river",
        "Higher ground is never water. Used where heights above the river are given.",
        unit="m",
        low=0,
        above=True,
        needs="hand",
    )
    permanent_from: Optional[float] = option(
        None,
        "Permanent water from",
        "Of a raster of permanent water that is no mask of 0 and 1: the least value that stands for water, such as 75 "
        "of the JRC's occurrence in per cent.",
        low=0,
        unset="Only 1",
        needs="permanent_water",
    )
    permanent_to: Optional[float] = option(
        None,
        "Permanent water up to",
        "The highest value that stands for water, such as 80 of WorldCover from 80 on.",
        low=0,
        unset="No limit",
        needs="permanent_water",
    )
    smooth: bool = smooth_option()
    model: Optional[str] = option(
        None,
        "Flood network",
        "The name or folder of a trained network that finds the water, such as geofm-flood-pair. Without one, "
        "thresholds do; speckle filter and threshold are theirs.",
        unset="None: thresholds",
    )
    compare_with: Optional[str] = option(
        None,
        "Compare with",
        "A second method: “thresholds”, or the name or folder of a flood network. A further layer shows where both "
        "maps have the flood, one, or the other.",
        unset="Nothing",
    )
    device: str = device_option()
    event: Optional[str] = label("Name of the event", "Names the layers' group. Default: the name of the first image.")
    mask: Optional[str] = output(
        "raster",
        "Flood map",
        "flood.tif",
        "A GeoTIFF: 0 dry, 1 permanent water, 2 flood, 3 water of unknown kind, 255 not observed.",
        style="flood",
    )
    polygons: Optional[str] = output(
        "vector",
        "Flood polygons",
        "flood.gpkg",
        "A GeoPackage: each polygon with its class, its area in km² and hectares, day, image and method.",
        style="flood_polygons",
        layer="flood",
        outline=True,
        unfolded=False,
    )
    confidence: Optional[str] = confidence_output(
        "How clearly each pixel is what the map says, in per cent. Only a network's is a calibrated probability."
    )
    report: Optional[str] = output(
        "table", "Flood report", "report.json", "Areas, thresholds, histograms, dates, parameters and warnings."
    )
    agreement: Optional[str] = output(
        "raster",
        "Agreement",
        "agreement.tif",
        "A GeoTIFF of two methods: 0 no flood, 1 by both, 2 by the first alone, 3 by the second alone, 255 not "
        "observed.",
        style="agreement",
        offer="Also where two methods agree",
        shown=False,
        wanted=False,
    )
    quicklook: Optional[str] = output(
        "picture",
        "Map picture",
        "flood.png",
        "A picture of the map.",
        offer="Also a picture of the map",
        wanted=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.post or not all(self.post):
            raise RequestError("post names no image; give at least one file of the date after the flood.")
        if not all(date and all(date) for date in self.pre):
            raise RequestError("pre holds a date without files; leave that date out.")
        if self.compare_with is not None and self.compare_with == (self.model or WITHOUT_WEIGHTS):
            raise RequestError(
                f"compare_with is {self.compare_with}, the method itself; choose another one.", field="compare_with"
            )
        if self.agreement is not None and self.compare_with is None:
            raise RequestError("agreement has nothing to compare; name a second method.", field="compare_with")
        if self.model is not None and self.compare_with != WITHOUT_WEIGHTS:
            chosen = next((field for field in BY_HAND if getattr(self, field) is not None), None)
            if chosen is not None:
                raise RequestError(
                    f"{chosen} is of no use to a network, which knows no thresholds in dB; leave it out, or map "
                    "without a network.",
                    field=chosen,
                )
        self.check_paths()

    def by_hand(self) -> dict[str, float]:
        """The thresholds that are chosen by hand, in dB, by polarisation."""
        chosen = {name: getattr(self, field) for field, name in BY_HAND.items()}
        return {name: value for name, value in chosen.items() if value is not None}

    def inputs(self) -> list[str]:
        """The images of all dates, and the layers."""
        layers = [path for text in (self.dem, self.hand, self.permanent_water) if text for path in tiles_of(text)]
        area = [self.aoi] if self.aoi else []
        return [*self.post, *(path for date in self.pre for path in date), *area, *layers]
