"""Sentinel-1 GRD products (`.SAFE`): the digital numbers, their calibration to sigma nought, and their tie points.

GDAL's driver is not used for the calibration: for GRD its `SENTINEL1_CALIB:` subdatasets have no bands, and its code
takes a block's number for a line's number, which is right only for images stored line by line.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from xml.etree import ElementTree  # nosec B405 # `Folder.xml` refuses document types

import numpy as np
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint

from ..errors import InputError
from ._names import orbit_in
from .raster_file import Part, ProductFacts

__all__ = ["SigmaNought", "parts"]

SPACINGS = (1.0, 1000.0)  # metres between pixels; those of Sentinel-1 are 3.5 to 40


class ProductFolder(Protocol):
    """The product's folder, on disk or in a zip."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    def names(self) -> list[str]: ...
    def gdal(self, name: str) -> str: ...
    def xml(self, name: str) -> ElementTree.Element: ...


@dataclass(frozen=True, slots=True)
class SigmaNought:
    """The look-up table of one polarisation: sigma nought = (digital number / table)^2.

    "Sentinel-1 Product Specification" and "Radiometric Calibration of S-1 Level-1 Products" (ESA): the table is given
    at some lines and pixels and is interpolated bilinearly between them.

    Attributes
    ----------
    lines : float64 [n]
    pixels : tuple of n float64 [m]
    values : tuple of n float64 [m]
    """

    lines: NDArray[np.float64]
    pixels: tuple[NDArray[np.float64], ...]
    values: tuple[NDArray[np.float64], ...]

    def window(self, row: int, column: int, height: int, width: int) -> NDArray[np.float32]:
        """The table at every pixel of a window: float32 [height, width]."""
        rows, columns = np.arange(row, row + height), np.arange(column, column + width)
        above = np.clip(np.searchsorted(self.lines, rows, side="right") - 1, 0, max(len(self.lines) - 2, 0))
        below = np.minimum(above + 1, len(self.lines) - 1)
        gaps = np.maximum(self.lines[below] - self.lines[above], 1)
        shares = np.clip((rows - self.lines[above]) / gaps, 0, 1)[:, None]
        first, last = int(above.min()), int(below.max())
        across = np.stack([np.interp(columns, self.pixels[k], self.values[k]) for k in range(first, last + 1)])
        upper, lower = across[above - first], across[below - first]
        table: NDArray[np.float32] = (upper + shares * (lower - upper)).astype(np.float32)
        return table


def parts(folder: ProductFolder) -> list[Part]:
    """One raster per polarisation of a GRD product.

    Raises
    ------
    InputError
        If the product is no GRD, or files are missing from it.
    """
    names = folder.names()
    images = [name for name in names if _is_in(name, "measurement") and name.lower().endswith((".tiff", ".tif"))]
    annotations = {posixpath.basename(name): name for name in names if _is_in(name, "annotation")}
    tables = {posixpath.basename(name): name for name in names if _is_in(name, "calibration")}
    rasters = []
    for image in images:
        stem = posixpath.splitext(posixpath.basename(image))[0]
        stem = stem.removesuffix("-cog")
        if f"{stem}.xml" not in annotations or f"calibration-{stem}.xml" not in tables:
            raise InputError(f"{folder.label} lacks the annotation or calibration of {stem}; download it again.")
        annotation = folder.xml(annotations[f"{stem}.xml"])
        _refuse_other_types(folder, annotation)
        try:
            table = _table(folder, folder.xml(tables[f"calibration-{stem}.xml"]))
            rasters.append(_part(folder, image, annotation, table))
        except ValueError as error:
            raise InputError(f"The annotation of {folder.label} is damaged; download the product again.") from error
    if not rasters:
        _refuse_name(folder)
        raise InputError(f"{folder.label} holds no images; download the whole product.")
    return rasters


def _is_in(name: str, folder: str) -> bool:
    return posixpath.basename(posixpath.dirname(name)) == folder


def _refuse_name(folder: ProductFolder) -> None:
    if "_SLC_" in folder.name.upper():
        raise InputError(_slc(folder.label))


def _refuse_other_types(folder: ProductFolder, annotation: ElementTree.Element) -> None:
    kind = _text(folder, annotation, "adsHeader/productType")
    if kind == "SLC":
        raise InputError(_slc(folder.label))
    if kind != "GRD":
        raise InputError(f"{folder.label} is a product of type {kind}; give a GRD or a terrain-corrected image.")


def _slc(label: str) -> str:
    return f"{label} is complex (SLC); give the GRD of the same date, or detect and terrain-correct it in SNAP first."


def _part(folder: ProductFolder, image: str, annotation: ElementTree.Element, table: SigmaNought) -> Part:
    information = "imageAnnotation/imageInformation"
    moment = datetime.fromisoformat(_text(folder, annotation, "adsHeader/startTime")).replace(tzinfo=UTC)
    direction = _text(folder, annotation, "generalAnnotation/productInformation/pass").lower()
    number = orbit_in(folder.name)
    spacings = [float(_text(folder, annotation, f"{information}/{axis}PixelSpacing")) for axis in ("range", "azimuth")]
    if not all(SPACINGS[0] <= spacing <= SPACINGS[1] for spacing in spacings):
        raise ValueError(spacings)
    return Part(
        folder.gdal(image),
        folder.label,
        nodata=0.0,
        tie_points=_tie_points(annotation),
        facts=ProductFacts(
            polarisation=_text(folder, annotation, "adsHeader/polarisation").upper(),
            acquired=moment,
            orbit=f"{direction}, {number}" if number else direction,
            spacing=min(spacings),
        ),
        scaling=table,
    )


def _text(folder: ProductFolder, root: ElementTree.Element, path: str) -> str:
    text = root.findtext(path)
    if not text or not text.strip():
        raise InputError(f"The annotation of {folder.label} lacks {path}; download the product again.")
    return text.strip()


def _tie_points(annotation: ElementTree.Element) -> tuple[GroundControlPoint, ...]:
    """The geolocation grid; its lines and pixels count the middles of pixels from 0."""
    points = []
    for point in annotation.iterfind("geolocationGrid/geolocationGridPointList/geolocationGridPoint"):
        line, pixel, latitude, longitude = (
            float(point.findtext(name, "nan")) for name in ("line", "pixel", "latitude", "longitude")
        )
        points.append(GroundControlPoint(row=line + 0.5, col=pixel + 0.5, x=longitude, y=latitude))
    return tuple(points)


def _table(folder: ProductFolder, calibration: ElementTree.Element) -> SigmaNought:
    vectors = []
    for vector in calibration.iterfind("calibrationVectorList/calibrationVector"):
        pixels, values = (np.array(vector.findtext(name, "").split(), np.float64) for name in ("pixel", "sigmaNought"))
        if not len(pixels) or len(pixels) != len(values) or not (values > 0).all():
            raise InputError(f"The calibration of {folder.label} is damaged; download the product again.")
        vectors.append((float(vector.findtext("line", "nan")), pixels, values))
    if not vectors:
        raise InputError(f"{folder.label} holds no calibration to sigma nought; download the product again.")
    vectors.sort(key=lambda vector: vector[0])
    lines, pixel_rows, value_rows = zip(*vectors, strict=True)
    return SigmaNought(np.array(lines), pixel_rows, value_rows)
