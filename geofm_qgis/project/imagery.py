"""What the plugin must know of an image before a job reads it: where it lies, its pixels, the names of its bands."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from osgeo import gdal
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRectangle

from ..engine.cards.band_names import canonical, described, names_of
from ..engine.drivers import RASTERS

__all__ = ["ImageFacts", "facts_of", "fitting_names", "names_from_text"]


class ImageFacts(NamedTuple):
    """One image, from one file or many.

    Attributes
    ----------
    crs : QgsCoordinateReferenceSystem
        Of its first file.
    extent : QgsRectangle
        Of all its files, in that coordinate system.
    pixel_area : float
        In square units of it.
    bands : tuple of str
        As the engine would call them; 'band N' where the files name none.
    """

    crs: QgsCoordinateReferenceSystem
    extent: QgsRectangle
    pixel_area: float
    bands: tuple[str, ...]


def facts_of(sources: Sequence[str]) -> Optional[ImageFacts]:
    """What the headers of an image's files say; None where QGIS cannot open one, such as a whole product's folder.

    Parameters
    ----------
    sources : sequence of str
        As `sources.raster_source` gives them. Tiles side by side have the same bands; files of one band are put
        together.
    """
    loaded = {layer.source() for layer in QgsProject.instance().mapLayers().values()}
    files = [_look(source, source in loaded, _stamp(source)) for source in sources]
    if not files or any(file is None for file in files):
        return None
    first = files[0]
    extent = QgsRectangle(first.extent)
    for file in files[1:]:
        if file.crs == first.crs:
            extent.combineExtentWith(file.extent)
    names = list(dict.fromkeys(name for file in files for name in file.bands))
    return ImageFacts(first.crs, extent, first.pixel_area, tuple(names))


def fitting_names(facts: Optional[ImageFacts], given: Optional[Sequence[str]]) -> Optional[tuple[str, ...]]:
    """The names of an image's bands where the user may have given others; None where nobody knows them."""
    if given:
        return tuple(names_of([name for name in given if name != "skip"]))
    return facts.bands if facts is not None else None


def names_from_text(text: str) -> Optional[tuple[str, ...]]:
    """Names of bands that a user typed, divided by commas; None without any."""
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    return names or None


def _stamp(source: str) -> float:
    """A value that changes when the file does."""
    try:
        return Path(source).stat().st_mtime
    except OSError:
        return 0.0


@functools.lru_cache(maxsize=64)
def _look(source: str, loaded: bool, _: float) -> Optional[ImageFacts]:
    # Not as a layer of QGIS, whose GDAL has drivers that write, or ask the network for, what a file names. What a
    # virtual raster names is opened by any driver, so it is looked at only where the user has loaded it himself.
    drivers = [name for name in RASTERS if loaded or name != "VRT"]
    try:
        data = gdal.OpenEx(source, gdal.OF_RASTER | gdal.OF_READONLY, allowed_drivers=drivers)
    except RuntimeError:  # where somebody has switched GDAL's exceptions on
        return None
    if data is None or not data.RasterCount:
        return None
    x, across, skew_x, y, skew_y, down = data.GetGeoTransform()
    corners = [
        (x + across * column + skew_x * row, y + skew_y * column + down * row)
        for column in (0, data.RasterXSize)
        for row in (0, data.RasterYSize)
    ]
    extent = QgsRectangle(*(pick(axis) for pick in (min, max) for axis in zip(*corners)))
    pixel_area = abs(across * down - skew_x * skew_y)
    bands = [data.GetRasterBand(number) for number in range(1, data.RasterCount + 1)]
    colours = [gdal.GetColorInterpretationName(band.GetColorInterpretation()).lower() for band in bands]
    texts = described([band.GetDescription() for band in bands], colours)
    names = [text or f"band {number}" for number, text in enumerate(texts, 1)]
    if len(names) == 1 and canonical(names[0]) is None and canonical(Path(source).stem):
        names = [Path(source).stem]
    crs = QgsCoordinateReferenceSystem.fromWkt(data.GetProjection())
    return ImageFacts(crs, extent, pixel_area, tuple(names_of(names)))
