"""Coordinate systems as files name them: by a code or by WKT, and nothing else."""

from __future__ import annotations

import re
from functools import lru_cache

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError

from ..errors import InputError

__all__ = ["crs_of_text", "names_a_file"]

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
