"""Rasters that cannot be read: which by what their headers say, and the sentence that tells why."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.enums import Interleaving

from ..errors import InputError
from ..files import listed, part_of_file
from ..memory import budget_bytes
from ._precautions import UNREADABLE, on_network, start_of

__all__ = ["CACHE_MB", "LONGEST_SIDE", "PARTS_READ", "refuse_cut_off", "refuse_sizes", "why_unreadable"]

# GDAL's block cache is one per process. A row of 512-pixel blocks of two float32 bands, 10,000 pixels wide, takes
# 41 MB; three dates of them fit, so that a block whose rows are read in two bands is decoded once.
CACHE_MB = 128
# More than the Earth at 10 m, the longest series of images, and what a block that is decoded at once may take where
# nobody knows how much memory there is.
LONGEST_SIDE, MOST_BANDS, LARGEST_BLOCK = 4_100_000, 4096, 2**30
# Formats that people have and the engine does not read, by the ends of their names, and what helps.
SAVE = "save it as a GeoTIFF (in QGIS: Export > Save As)"
SERVICE = re.compile(rb"\s*(<\?xml[^>]*>\s*)?<(GDAL_WMS|GDAL_WMTS|WCS_GDAL|WMS_Capabilities)")
UNPACK = "an archive that GeoFM does not read; unpack it, and name the folder"
UNREAD = {"netCDF": (".nc", ".nc4"), "HDF": (".hdf", ".h5", ".he5", ".hdf5"), "GRIB": (".grib", ".grib2", ".grb")}
UNREAD |= {"ECW": (".ecw",), "MrSID": (".sid",), "MBTiles": (".mbtiles",), "NITF": (".ntf", ".nitf")}
FORMATS = {
    end: f"in a format that GeoFM does not read ({name}); {SAVE}" for name, ends in UNREAD.items() for end in ends
}
FORMATS |= dict.fromkeys((".tar", ".tar.gz", ".tgz", ".tar.bz2", ".7z", ".rar"), UNPACK)
# Parts of files that its drivers read.
PARTS_READ = ("GPKG:", "GTIFF_DIR:")


def refuse_sizes(label: str, handle: Any) -> None:
    """Refuse, by what the header says, what would take more memory or time than there is."""
    if max(handle.width, handle.height) > LONGEST_SIDE:
        raise InputError(
            f"{label} claims {handle.width:,} x {handle.height:,} pixels, more than the Earth has at 10 m; it is"
            " damaged or no image of the ground."
        )
    if handle.count > MOST_BANDS:
        raise InputError(f"{label} has {handle.count:,} bands; give those that are wanted as a file of their own.")
    if not handle.count:
        parts = handle.subdatasets
        if parts:
            names = listed([part.rpartition(":")[2] for part in parts])
            raise InputError(f"{label} holds several rasters ({names}); name one of them, as in '{parts[0]}'.")
        raise InputError(f"{label} is a container without bands of its own; save the part that is wanted as a GeoTIFF.")
    rows, columns = handle.block_shapes[0]
    together = handle.count if handle.interleaving == Interleaving.pixel else 1
    size = rows * columns * together * np.dtype(handle.dtypes[0]).itemsize
    budget = budget_bytes()
    if size > (LARGEST_BLOCK if budget is None else max(budget // 4, CACHE_MB * 2**20)):
        raise InputError(
            f"{label} can only be read {size / 2**20:,.0f} MB at a time, more than this computer has left; save it"
            " with tiles (gdal_translate -co TILED=YES)."
        )


def refuse_cut_off(name: str, label: str, handle: Any) -> None:
    """GDAL fills what is missing at the end of an ENVI image with zeros instead of failing."""
    if handle.driver != "ENVI" or name.startswith("/vsi"):
        return
    needed = handle.width * handle.height * sum(np.dtype(dtype).itemsize for dtype in handle.dtypes)
    if Path(name).stat().st_size < needed:
        raise why_unreadable(name, label, opened=True)


def why_unreadable(name: str, label: str, opened: bool) -> InputError:
    """The sentence on what GDAL does not open, or not read to its end."""
    if opened:
        return InputError(f"{label} cannot be read to its end: it is damaged or cut off; download it again.")
    within = part_of_file(name)
    if within and not within[0].upper().startswith(PARTS_READ):
        kind = within[0].partition(":")[0]
        return InputError(f"{label} is a part of a file in a format that GeoFM does not read ({kind}); {SAVE}.")
    path = within[1] if within else name
    if not path.startswith("/vsi") and not Path(path).exists():
        return InputError(f"{path} does not exist; check the path.")
    end = next((end for end in FORMATS if path.lower().endswith(end)), None)
    if end is not None:
        return InputError(f"{label} is {FORMATS[end]}.")
    if _is_service(Path(path)):
        return InputError(f"{label} describes a web service, of which GeoFM reads none; {SAVE} of the area.")
    if on_network(name):
        return InputError(f"{label} cannot be fetched, or is no raster that GeoFM reads; check the address.")
    return InputError(f"{label} is not a raster in a format that GeoFM reads, or it is damaged; save it as a GeoTIFF.")


def _is_service(path: Path) -> bool:
    """Whether a file is GDAL's description of a web service, as `.xml` of XYZ tiles or a WMS are."""
    try:
        return SERVICE.match(start_of(path, None, 200)) is not None
    except UNREADABLE:
        return False
