"""Coordinate systems as files name them: by a code or by WKT, and nothing else."""

from __future__ import annotations

import math
import re
from functools import lru_cache

import rasterio
from pyproj import CRS as ProjCRS
from pyproj import Transformer
from pyproj.exceptions import ProjError
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError

from ..errors import InputError

__all__ = ["WGS84", "crs_name", "crs_of_text", "girth", "is_of_a_map", "names_a_file", "transformer"]

WGS84 = CRS.from_epsg(4326)

# Projections in which x is longitude times a number, and those of their names in which it is not.
CYLINDRICAL = re.compile(r"Mercator|Cylindrical", re.IGNORECASE)
NO_CYLINDER = re.compile(r"Transverse|Oblique|Cassini|Hotine|Laborde|Space", re.IGNORECASE)
LONGEST_WKT = 100_000  # characters; those of national systems with their areas of use have some 5,000
CODE = re.compile(r"(EPSG|ESRI|IGNF|OGC):([A-Za-z0-9_.]{1,40})", re.IGNORECASE)
WKT = re.compile(
    r"\s*(PROJCS|GEOGCS|GEOCCS|COMPD_CS|PROJCRS|PROJECTEDCRS|GEOGCRS|GEOGRAPHICCRS|GEODCRS|GEODETICCRS|COMPOUNDCRS"
    r"|BOUNDCRS|DERIVEDPROJCRS)\s*[\[(]",
    re.IGNORECASE,
)
# Where WKT names files of grids: in values of their own, and in what is written in PROJ's terms. PROJ takes a name with
# a slash for a path, opens whatever lies there, and would wait for ever at a pipe.
QUOTED = re.compile(r'"((?:[^"]|"")*)"')
FILE = re.compile(rf"(?:EXTENSION|PARAMETERFILE)\s*[\[(]\s*{QUOTED.pattern}\s*,\s*{QUOTED.pattern}", re.IGNORECASE)


@lru_cache(maxsize=1024)
def crs_of_text(text: str) -> CRS:
    """The coordinate system that a file of somebody else names.

    Read are codes of EPSG, ESRI, IGNF and OGC, such as `EPSG:32633`, and WKT. What GDAL would read beyond that (web
    addresses, paths of files, pipelines of PROJ) is refused: reading it can send a request, or open any file.

    Raises
    ------
    InputError
        If it is neither, or the code is unknown.
    """
    try:
        with rasterio.Env():  # else GDAL prints its errors
            if code := CODE.fullmatch(text.strip()):
                return CRS.from_authority(code[1].upper(), code[2])
            if len(text) <= LONGEST_WKT and WKT.match(text) and not names_a_file(text):
                return CRS.from_wkt(text)
    except (RasterioError, CPLE_BaseError, ValueError) as error:
        raise _unknown(text) from error
    raise _unknown(text)


def crs_name(crs: CRS) -> str:
    """What messages call a coordinate system."""
    return ProjCRS.from_wkt(crs.to_wkt()).name


@lru_cache(maxsize=1024)
def is_of_a_map(crs: CRS) -> bool:
    """Whether it ties places on a map to the Earth (or to another body): local and geocentric ones do not."""
    try:
        proj = ProjCRS.from_wkt(crs.to_wkt())
    except ProjError:
        return False
    return proj.geodetic_crs is not None and not proj.is_geocentric and not proj.is_vertical


@lru_cache(maxsize=1024)
def girth(crs: CRS) -> float | None:
    """How far x counts once around the Earth, in the units of a coordinate system.

    360 in degrees, and what it is in cylindrical projections such as Web Mercator; None where x is no longitude. Places
    whose x differ by it are one.
    """
    if crs.is_geographic:
        return float(round(2 * math.pi / crs.units_factor[1], 6))
    proj = ProjCRS.from_wkt(crs.to_wkt())
    proj = proj.sub_crs_list[0] if proj.is_compound else proj
    method = proj.coordinate_operation.method_name if proj.coordinate_operation else ""
    if proj.geodetic_crs is None or not CYLINDRICAL.search(method) or NO_CYLINDER.search(method):
        return None
    degree = math.radians(1) / proj.geodetic_crs.axis_info[0].unit_conversion_factor
    way = Transformer.from_crs(proj.geodetic_crs, proj, always_xy=True)
    # Of three places at most one lies where x jumps back.
    steps = sorted(way.transform(x + degree, 0)[0] - way.transform(x, 0)[0] for x in (-120 * degree, 0, 120 * degree))
    return float(360 * steps[1])


@lru_cache(maxsize=64)
def transformer(source: CRS, target: CRS) -> Transformer:
    """The way from one coordinate system to another, x before y, that every thread may use.

    Kept, because to find the best one among those that PROJ knows takes up to 0.2 s.

    Raises
    ------
    ProjError
        If nothing leads there.
    """
    return Transformer.from_crs(source.to_wkt(), target.to_wkt(), always_xy=True)


def names_a_file(wkt: str) -> bool:
    """Whether WKT names a file by its path, which PROJ would open."""
    in_terms_of_proj = [text for text in QUOTED.findall(wkt) if "=" in text]
    files = [file for _, file in FILE.findall(wkt)]
    other_quotes = "\u201c" in wkt  # which PROJ reads, too
    return other_quotes or any("/" in text or "\\" in text for text in (*in_terms_of_proj, *files))


def _unknown(text: str) -> InputError:
    return InputError(
        f"{text[:60]!r} is no coordinate system that is known here; give a code such as EPSG:32633, or WKT."
    )
