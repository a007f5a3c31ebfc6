"""What a job is asked to do: one frozen dataclass per kind of job.

The same request runs from a panel, from Processing, from `geofm` and from tests, and is stored as JSON in the job
database. A request says what it wants and where results go; it never opens a file.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, ClassVar, Optional, get_args, get_origin, get_type_hints

from ..errors import RequestError

__all__ = ["FloodRequest", "Request", "SamplesRequest", "from_json", "is_storable"]

UNITS = ("db", "power", "amplitude", "display")
CALIBRATIONS = ("sigma0", "gamma0")
SPECKLE_FILTERS = ("median", "lee", "refined-lee", "none")
SPECKLE_WINDOWS = (3, 5)
THRESHOLDS = ("otsu", "kittler-illingworth")
DEVICES = ("auto", "cpu", "cuda")
BANDS = ("VV", "VH", "skip")
SIDES = (64, 100_000)  # of a simulated scene, in pixels
HIGHEST_SEED = 2**31 - 1
LANES = ("long", "interactive")

_kinds: dict[str, type[Request]] = {}


@dataclass(frozen=True)
class Request:
    """Root of all requests. A subclass sets `kind` and adds fields, all with JSON values or tuples of them."""

    kind: ClassVar[str]
    lane: ClassVar[str] = "long"

    def __init_subclass__(cls) -> None:
        _kinds[cls.kind] = cls

    def to_json(self) -> str:
        """This request as one JSON object; `kind` tells its class."""
        return json.dumps({"kind": self.kind, **asdict(self)}, ensure_ascii=False)

    def outputs(self) -> dict[str, str]:
        """The paths that this request writes to, by the name of their field."""
        paths = {item.name: getattr(self, item.name) for item in fields(self) if item.metadata.get("output")}
        return {name: path for name, path in paths.items() if path is not None}


def from_json(text: str) -> Request:
    """The request that `Request.to_json` wrote.

    Raises
    ------
    RequestError
        If the text is no request, or one with fields or values that this version does not know.
    """
    try:
        values = json.loads(text)
        kind = values.pop("kind")
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise RequestError("The request is not a JSON object with a 'kind'.") from error
    if not isinstance(kind, str) or kind not in _kinds:
        raise RequestError(
            f"Requests of kind '{str(kind)[:80]}' are not known here; known are {', '.join(sorted(_kinds))}."
        )
    known = {item.name: item for item in fields(_kinds[kind])}
    if unknown := sorted(set(values) - set(known)):
        raise RequestError(f"A {kind} request has no field '{unknown[0]}'; a newer GeoFM may have written it.")
    values = {name: _tuples(value) for name, value in values.items()}
    hints = get_type_hints(_kinds[kind])
    for name, value in values.items():
        if not _fits(value, hints[name]):
            raise RequestError(f"{name} is {json.dumps(value)[:80]}, which no {kind} request can hold.")
    for name, item in known.items():
        if name not in values and item.default is MISSING and item.default_factory is MISSING:
            raise RequestError(f"The {kind} request has no '{name}'.")
    return _kinds[kind](**values)


def _fits(value: object, hint: Any) -> bool:
    """Whether a JSON value is of the type of a field."""
    kind, parts = get_origin(hint), get_args(hint)
    if kind is tuple:
        return isinstance(value, tuple) and all(_fits(item, parts[0]) for item in value)
    if parts:  # one of several types
        return any(_fits(value, part) for part in parts)
    if hint is str:
        return isinstance(value, str) and is_storable(value)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, (int, float) if hint is float else hint)


def is_storable(text: str) -> bool:
    """Whether a text can stand in a path and in a database; names of files on Linux may hold bytes that are no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _same(path: str) -> str:
    """What two names of one file have in common; QGIS adds a layer's name behind a bar."""
    return os.path.normcase(os.path.realpath(path.partition("|")[0]))


def _output() -> Any:
    return field(default=None, metadata={"output": True})


def _check_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value is not None and value not in choices:
        raise RequestError(f"{name} is '{str(value)[:80]}'; choose one of {', '.join(map(str, choices))}.")


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
    device : {'auto', 'cpu', 'cuda'}
        Where models run; the weights-free method always runs on the CPU.
    event : str, optional
        Name of the event, which the group of the results gets. Default: of the first file.
    mask, polygons, report, confidence, quicklook : str, optional
        Where to write the class raster (GeoTIFF), the polygons (GeoPackage), the report (JSON), the confidence
        raster (GeoTIFF) and a picture of the map (PNG).
    """

    kind: ClassVar[str] = "flood"

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
    device: str = "auto"
    event: Optional[str] = None
    mask: Optional[str] = _output()
    polygons: Optional[str] = _output()
    report: Optional[str] = _output()
    confidence: Optional[str] = _output()
    quicklook: Optional[str] = _output()

    def __post_init__(self) -> None:
        if not self.post or not all(self.post):
            raise RequestError("post names no image; give at least one file of the date after the flood.")
        if not all(date and all(date) for date in self.pre):
            raise RequestError("pre holds a date without files; leave that date out.")
        _check_choice("units", self.units, UNITS)
        _check_choice("calibration", self.calibration, CALIBRATIONS)
        _check_choice("speckle_filter", self.speckle_filter, SPECKLE_FILTERS)
        _check_choice("threshold", self.threshold, THRESHOLDS)
        _check_choice("device", self.device, DEVICES)
        for band in self.bands or ():
            _check_choice("bands", band, BANDS)
        _check_choice("speckle_window", self.speckle_window, SPECKLE_WINDOWS)
        if not 0 <= self.min_area_ha < math.inf:
            raise RequestError(f"min_area_ha is {self.min_area_ha}; give hectares, 0 or more.")
        if not 0 < self.max_slope_deg <= 90:
            raise RequestError(f"max_slope_deg is {self.max_slope_deg}; give degrees above 0, at most 90.")
        if not 0 < self.max_hand_m < math.inf:
            raise RequestError(f"max_hand_m is {self.max_hand_m}; give metres above 0.")
        if self.event is not None and not self.event.strip():
            raise RequestError("event is blank; name the event, or leave it out.")
        if not self.outputs():
            raise RequestError("The request writes nothing; give a path for the mask or another output.")
        self._check_paths()

    def uses(self, path: str) -> bool:
        """Whether this request reads or writes a file."""
        return _same(path) in map(_same, [*self._inputs(), *self.outputs().values()])

    def _inputs(self) -> list[str]:
        layers = (self.aoi, self.dem, self.hand, self.permanent_water)
        return [*self.post, *(path for date in self.pre for path in date), *(path for path in layers if path)]

    def _check_paths(self) -> None:
        taken = {_same(path): path for path in self._inputs()}
        for path in self.outputs().values():
            if _same(path) in taken:
                raise RequestError(
                    f"{path} would be overwritten by a result while it is in use; choose another output."
                )
            taken[_same(path)] = path


@dataclass(frozen=True)
class SamplesRequest(Request):
    """Write a simulated flood: Sentinel-1 on three dates, a DEM, a Sentinel-2 scene, and the exact truth of both.

    Attributes
    ----------
    folder : str
        Where the files go; it is made if it is not there.
    width, height : int
        In pixels of 10 m, 64 to 100,000 each.
    seed : int
        0 to 2**31 - 1; the same seed and size give the same pixels.
    optical : bool
        Whether to write the Sentinel-2 scene too.
    """

    kind: ClassVar[str] = "samples"

    folder: str
    width: int = 1024
    height: int = 1024
    seed: int = 0
    optical: bool = True

    def __post_init__(self) -> None:
        if not self.folder:
            raise RequestError("folder is empty; name the folder to write the samples to.")
        for name in ("width", "height"):
            if not SIDES[0] <= getattr(self, name) <= SIDES[1]:
                raise RequestError(f"{name} is {getattr(self, name)}; give pixels, 64 to 100,000.")
        if not 0 <= self.seed <= HIGHEST_SEED:
            raise RequestError(f"seed is {self.seed}; choose a whole number from 0 to {HIGHEST_SEED}.")
