"""BEAM-DIMAP, SNAP's own format: a `.dim` header beside a `.data` folder of ENVI images, one per band.

GDAL does not read the header (its DIMAP driver is for SPOT's format of that name).
"""

from __future__ import annotations

import posixpath
from typing import Protocol
from xml.etree import ElementTree  # nosec B405 # `Folder.xml` refuses document types

from affine import Affine
from rasterio.crs import CRS

from ..errors import InputError
from .crs import crs_of_text
from .raster_file import Part

__all__ = ["parts"]

GEOCODE = "terrain-correct it in SNAP first (Radar > Geometric > Terrain Correction)"


class HeaderFolder(Protocol):
    """The folder that holds the header, on disk or in a zip."""

    def names(self) -> list[str]: ...
    def shown(self, name: str) -> str: ...
    def gdal(self, name: str) -> str: ...
    def xml(self, name: str) -> ElementTree.Element: ...


def parts(folder: HeaderFolder, header: str) -> list[Part]:
    """One raster per stored band of a BEAM-DIMAP product.

    Raises
    ------
    InputError
        If the header is not BEAM-DIMAP, a band's image is missing, or the product is not geocoded.
    """
    root = folder.xml(header)
    label = folder.shown(header)
    if root.tag != "Dimap_Document":
        raise InputError(f"{label} is not a BEAM-DIMAP header; save the product in SNAP again.")
    georeference = _georeference(root, label)
    bands = {_number(band, "BAND_INDEX"): band for band in root.iterfind("Image_Interpretation/Spectral_Band_Info")}
    present = None
    rasters = []
    for file in root.iterfind("Data_Access/Data_File"):
        band = bands.get(_number(file, "BAND_INDEX"))
        path = file.find("DATA_FILE_PATH")
        if band is None or path is None:
            continue
        image = _image(header, path.get("href", ""), label)
        present = set(folder.names()) if present is None else present
        if image not in present:
            raise InputError(f"{label} names {image}, which is missing; keep the .data folder beside the .dim file.")
        rasters.append(_part(folder, image, band, georeference, label))
    if not rasters:
        raise InputError(f"{label} holds no stored bands; in SNAP, convert its bands and save it again.")
    return rasters


def _image(header: str, href: str, label: str) -> str:
    """The image behind a band's ENVI header, which must lie below the product's folder."""
    path = posixpath.normpath(href.replace("\\", "/"))
    if path.startswith(("..", "/")) or ":" in path:
        raise InputError(f"{label} names files outside its own folder; save the product in SNAP again.")
    stem = posixpath.splitext(path)[0]
    return posixpath.join(posixpath.dirname(header), f"{stem}.img")


def _georeference(root: ElementTree.Element, label: str) -> tuple[CRS, Affine]:
    wkt = root.findtext("Coordinate_Reference_System/WKT")
    numbers = root.findtext("Geoposition/IMAGE_TO_MODEL_TRANSFORM")
    if not wkt or not numbers:
        raise InputError(f"{label} is not geocoded; {GEOCODE}.")
    try:
        # Java's order: the two scales and shears by column, then the origin.
        a, d, b, e, c, f = (float(value) for value in numbers.split(","))
        return crs_of_text(" ".join(wkt.split())), Affine(a, b, c, d, e, f)
    except (ValueError, InputError) as error:
        raise InputError(f"{label} has a georeference that cannot be read; {GEOCODE}.") from error


def _part(
    folder: HeaderFolder, image: str, band: ElementTree.Element, georeference: tuple[CRS, Affine], label: str
) -> Part:
    name, unit = (band.findtext(tag, "").strip() for tag in ("BAND_NAME", "PHYSICAL_UNIT"))
    declared = band.findtext("NO_DATA_VALUE_USED", "false").strip().lower() == "true"
    return Part(
        folder.gdal(image),
        f"{label} ({name})",
        descriptions=(f"{name} {unit}".strip(),),
        nodata=_number(band, "NO_DATA_VALUE") if declared else None,
        georeference=georeference,
    )


def _number(element: ElementTree.Element, tag: str) -> float | None:
    try:
        return float(element.findtext(tag, ""))
    except ValueError:
        return None
