"""Sentinel-1 GRD products (`.SAFE`): the digital numbers, their calibration to sigma nought, and their tie points.

GDAL's driver is not used for the calibration: for GRD its `SENTINEL1_CALIB:` subdatasets have no bands, and its code
takes a block's number for a line's number, which is right only for images stored line by line.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from xml.etree import ElementTree  # nosec B405 # `Folder.xml` refuses document types

import numpy as np
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint

from ..errors import InputError
from ._names import Orbit, orbit_in
from .raster_file import Part, ProductFacts

__all__ = ["SigmaNought", "parts"]

SPACINGS = (1.0, 1000.0)  # metres between pixels; those of Sentinel-1 are 3.5 to 40
# The manifest is asked for these two alone, and products without them are as good.
RELATIVE_ORBIT = re.compile(rb'<safe:relativeOrbitNumber type="start">\s*(\d{1,3})\s*<')
PROCESSOR = re.compile(rb'<safe:software[^>]*name="Sentinel-1 IPF"[^>]*version="(\d{1,4})\.(\d{1,4})"')


class ProductFolder(Protocol):
    """The product's folder, on disk or in a zip."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    def names(self) -> list[str]: ...
    def gdal(self, name: str) -> str: ...
    def data(self, name: str) -> bytes: ...
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
    annotations = {_stem(name): name for name in names if _is_in(name, "annotation") and name.endswith(".xml")}
    tables = {_stem(name): name for name in names if _is_in(name, "calibration") and name.endswith(".xml")}
    manifest = _Manifest.of(folder, names)
    rasters = []
    for image in images:
        stem = _stem(image)
        if stem not in annotations or f"calibration-{stem}" not in tables:
            raise InputError(f"{folder.label} lacks the annotation or calibration of {stem}; download it again.")
        annotation = folder.xml(annotations[stem])
        _refuse_other_types(folder, annotation)
        try:
            table = _table(folder, folder.xml(tables[f"calibration-{stem}"]))
            rasters.append(_part(folder, image, annotation, table, manifest))
        except ValueError as error:
            raise InputError(f"The annotation of {folder.label} is damaged; download the product again.") from error
    if not rasters:
        _refuse_name(folder)
        raise InputError(f"{folder.label} holds no images; download the whole product.")
    return rasters


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What the manifest says that the annotation does not: the relative orbit, and the version of ESA's processor."""

    orbit: int | None
    processor: tuple[int, ...]

    @classmethod
    def of(cls, folder: ProductFolder, names: Sequence[str]) -> _Manifest:
        name = next((name for name in names if name.lower() == "manifest.safe"), None)
        data = folder.data(name) if name else b""
        orbit, processor = RELATIVE_ORBIT.search(data), PROCESSOR.search(data)
        numbers = tuple(int(number) for number in processor.groups()) if processor else ()
        return cls(int(orbit[1]) if orbit else None, numbers)


def _stem(name: str) -> str:
    """What a product's image, its annotation and its tables have in common; those in COG format end otherwise."""
    return posixpath.splitext(posixpath.basename(name))[0].removesuffix("-cog")


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


def _part(
    folder: ProductFolder, image: str, annotation: ElementTree.Element, table: SigmaNought, manifest: _Manifest
) -> Part:
    information = "imageAnnotation/imageInformation"
    moment = datetime.fromisoformat(_text(folder, annotation, "adsHeader/startTime")).replace(tzinfo=UTC)
    direction = _text(folder, annotation, "generalAnnotation/productInformation/pass").lower()
    named = orbit_in(folder.name)
    number = manifest.orbit or (named.number if named else None)
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
            orbit=Orbit(direction, number),
            spacing=min(spacings),
            processor=manifest.processor,
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
