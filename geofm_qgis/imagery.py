"""What the plugin must know of an image before a job reads it: where it lies, its pixels, the names of its bands."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from qgis.core import QgsCoordinateReferenceSystem, QgsRasterLayer, QgsRectangle

from .engine.cards.band_names import canonical

__all__ = ["ImageFacts", "facts_of", "fitting_names", "names_from_text"]

GDALS_OWN = re.compile(r"^Band 0*(\d+)(?: \((?:Gray|Undefined|Palette|Alpha)\))?$")
PREFIX = re.compile(r"^Band 0*\d+: ?")


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
    files = [_look(source, _stamp(source)) for source in sources]
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
        return tuple(name for name in given if name != "skip")
    return facts.bands if facts is not None else None


def names_from_text(text: str) -> Optional[tuple[str, ...]]:
    """Names of bands that a user typed, divided by commas; None without any."""
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    return names or None


def _stamp(source: str) -> float:
    """Changes when the file does."""
    try:
        return Path(source).stat().st_mtime
    except OSError:
        return 0.0


@functools.lru_cache(maxsize=64)
def _look(source: str, _: float) -> Optional[ImageFacts]:
    options = QgsRasterLayer.LayerOptions()
    options.loadDefaultStyle = False  # that one reads pixels to find the range of values
    layer = QgsRasterLayer(source, "", "gdal", options)
    if not layer.isValid() or layer.width() == 0 or layer.height() == 0:
        return None
    extent = layer.extent()
    pixel_area = extent.width() / layer.width() * (extent.height() / layer.height())
    names = [_name(layer.bandName(number), number) for number in range(1, layer.bandCount() + 1)]
    if len(names) == 1 and canonical(names[0]) is None and canonical(Path(source).stem):
        names = [Path(source).stem]
    return ImageFacts(layer.crs(), extent, pixel_area, tuple(names))


def _name(shown: str, number: int) -> str:
    """A band's own name of what QGIS shows for it, which is "Band 3: red", or "Band 3" where there is none."""
    if GDALS_OWN.match(shown):
        return f"band {number}"
    return PREFIX.sub("", shown)
