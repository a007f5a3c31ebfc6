"""Image files that the user has chosen, put on the map as they are best seen."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Optional

from qgis.core import (
    QgsContrastEnhancement,
    QgsMultiBandColorRenderer,
    QgsProject,
    QgsRasterBlock,
    QgsRasterDataProvider,
    QgsRasterLayer,
    QgsRasterRenderer,
    QgsRectangle,
    QgsSingleBandGrayRenderer,
)

from ..engine.cards.band_names import COLOURS
from ..plain_text import in_name
from .imagery import facts_of

__all__ = ["load_images"]

SAMPLE = 96  # pixels of a side of what is looked at for the stretch
LOW, HIGH = 0.02, 0.98  # of the sample: what lies beyond is black or white
LARGEST_WHOLE = 4000  # pixels of a side: of a larger image without overviews its middle is looked at
NATURAL = tuple(COLOURS[name] for name in ("red", "green", "blue"))


def load_images(paths: Iterable[str]) -> list[QgsRasterLayer]:
    """Put files on the map that QGIS shows as one layer; others, such as the folder of a product, are passed over.

    No pixel is read but a few: the window must not wait for the statistics of a large image.
    """
    project = QgsProject.instance()
    sources = {layer.source() for layer in project.mapLayers().values()}
    added = []
    for path in paths:
        if path in sources or not Path(path).is_file() or facts_of((path,)) is None:
            continue
        options = QgsRasterLayer.LayerOptions()
        options.loadDefaultStyle = False
        layer = QgsRasterLayer(path, in_name(Path(path).stem), "gdal", options)
        if not layer.isValid():
            continue
        _show_well(layer)
        added.append(layer)
    # The first lies on top, as it was chosen first.
    for layer in reversed(added):
        project.addMapLayer(layer)
    return added


def _show_well(layer: QgsRasterLayer) -> None:
    """Natural colours where the bands are named so, else the first bands, stretched to what the sample holds."""
    provider = layer.dataProvider()
    bands = _bands_to_show(layer)
    ranges = [_range_of(provider, band) for band in bands]
    if any(limits is None for limits in ranges):
        layer.setDefaultContrastEnhancement()
        return
    stretches = [_stretch(provider, band, limits) for band, limits in zip(bands, ranges)]
    renderer: QgsRasterRenderer
    if len(bands) == 1:
        renderer = QgsSingleBandGrayRenderer(provider, bands[0])
        renderer.setContrastEnhancement(stretches[0])
    else:
        renderer = QgsMultiBandColorRenderer(provider, *bands)
        renderer.setRedContrastEnhancement(stretches[0])
        renderer.setGreenContrastEnhancement(stretches[1])
        renderer.setBlueContrastEnhancement(stretches[2])
    layer.setRenderer(renderer)


def _bands_to_show(layer: QgsRasterLayer) -> tuple[int, ...]:
    """Numbers of one band, or of three."""
    count = layer.bandCount()
    facts = facts_of((layer.source(),))
    names = [COLOURS.get(name, name) for name in facts.bands] if facts is not None else []
    if set(NATURAL) <= set(names):
        red, green, blue = (names.index(name) + 1 for name in NATURAL)
        return red, green, blue
    # Radar has two bands, and its first is what the eye knows.
    return (1, 2, 3) if count in (3, 4) else (1,)


def _range_of(provider: QgsRasterDataProvider, band: int) -> Optional[tuple[float, float]]:
    """The 2nd and the 98th percentile of a sample; None where nothing is seen in it."""
    block: QgsRasterBlock = provider.block(band, _sampled(provider), SAMPLE, SAMPLE)
    values = sorted(block.value(place) for place in range(SAMPLE * SAMPLE) if not block.isNoData(place))
    values = [value for value in values if value == value and abs(value) != float("inf")]
    if not values:
        return None
    return values[int(LOW * (len(values) - 1))], values[int(HIGH * (len(values) - 1))]


def _sampled(provider: QgsRasterDataProvider) -> QgsRectangle:
    """The whole, or the middle of what would have to be read pixel by pixel."""
    extent, side = provider.extent(), max(provider.xSize(), provider.ySize())
    has_overviews = any(pyramid.exists for pyramid in provider.buildPyramidList())
    if side > LARGEST_WHOLE and not has_overviews:
        extent.scale(LARGEST_WHOLE / 4 / side)
    return extent


def _stretch(provider: QgsRasterDataProvider, band: int, limits: tuple[float, float]) -> QgsContrastEnhancement:
    stretch = QgsContrastEnhancement(provider.dataType(band))
    stretch.setContrastEnhancementAlgorithm(QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum)
    stretch.setMinimumValue(limits[0])
    stretch.setMaximumValue(max(limits[1], limits[0] + 1e-9))
    return stretch
