"""Examples instead of words: an image file, or a place on the ground."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from pathlib import Path

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform
from shapely.geometry.base import BaseGeometry

from ...encoders import DualEncoder
from ...errors import InputError
from ...raster.aoi import read_aoi
from ...raster.crs import WGS84
from ...raster.image import open_parts
from ...raster.raster_file import Part, RasterFile
from ..index.cutting import to_tile
from ..index.lattice import coarsened
from ..index.manifest import Source
from ..index.pictures import Picture, Pictures
from ..index.store import Index
from .filtering import around, in_degrees, inside

__all__ = ["crop_of", "vector_of_image", "vectors_of_place"]

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

LARGEST_EXAMPLE = 1024  # pixels of its longer side, to which an example image is reduced
PLANE = CRS.from_epsg(3857)  # an example is looked at on its own pixels, wherever it lies
FEW_BITS = ("1", "2", "4")  # of a picture in grey, where white is not 255
NAMELESS = re.compile(r"band \d+")
MOST_KINDS = 8  # of images of an index, that are opened to see an example as they are seen
MOST_TILES = 1000  # of an area that is taken as an example: more say no more
MOST_PIXELS = 2**26  # of an area that is looked at by itself
SMALL = 0.25  # of the smallest window's area: a smaller rectangle is looked at by itself


def vector_of_image(path: str, encoder: DualEncoder, index: Index, pictures: Pictures) -> Floats:
    """The vector float32 [D] of an image file, shown as the index shows its images: the mean over its squares.

    Raises
    ------
    InputError
        If it cannot be read, or shows nothing.
    """
    colours, observed = _read_example(path, index, pictures)
    height, width = observed.shape
    side = min(height, width)
    count = -(-max(height, width) // side)
    starts = np.linspace(0, max(height, width) - side, count).round().astype(int)
    squares = [
        to_tile(
            colours[top : top + side, left : left + side], observed[top : top + side, left : left + side], encoder.side
        )
        for top, left in ((start, 0) if height > width else (0, start) for start in starts)
    ]
    tiles = [square for square in squares if square is not None]
    if not tiles:
        raise InputError(f"The example {path} shows nothing: all of its pixels are one colour or missing.")
    mean: Floats = encoder.images(np.stack(tiles)).mean(axis=0)
    return mean


def vectors_of_place(
    index: Index, encoder: DualEncoder, pictures: Pictures, at: tuple[float, ...] | None, like: str | None
) -> Floats:
    """Vectors float32 [N, D] that stand for a place: those of its tiles, or of the image itself where it is small.

    Parameters
    ----------
    index : Index
    encoder : DualEncoder
    pictures : Pictures
    at : (longitude, latitude), optional
    like : str, optional
        An area; one of the two is given.

    Raises
    ------
    InputError
        If no image of the index shows the place.
    """
    area: BaseGeometry = shapely.Point(*at) if at is not None else in_degrees(read_aoi(like or ""))
    middle = area.representative_point()
    holding = around(index, middle)
    if not len(holding):
        raise InputError("No image of the index shows the place that others should be like; choose another place.")
    tiles = index.tiles(holding)
    smallest = holding[np.argmin(tiles["window_m"])]
    if at is None:
        tile = index.tiles(np.array([smallest]))[0]
        size = (tile["east"] - tile["west"]) * (tile["north"] - tile["south"])
        if shapely.box(*area.bounds).area < SMALL * size:
            source = index.sources[int(tile["source"])]
            crop = crop_of(pictures[source.id], source, area, encoder.side)
            if crop is not None:
                return encoder.images(crop[None])
        within = inside(index, area)
        return index.vectors(within[:: -(-len(within) // MOST_TILES)])
    # Of each window size, the tile in whose middle the place lies best.
    distance = np.hypot(tiles["lon"] - middle.x, tiles["lat"] - middle.y)
    best = [
        holding[rows[np.argmin(distance[rows])]]
        for rows in (np.flatnonzero(tiles["window_m"] == side) for side in np.unique(tiles["window_m"]))
    ]
    return index.vectors(np.array(sorted(best), np.int64))


def crop_of(picture: Picture, source: Source, area: BaseGeometry, side: int) -> Bytes | None:
    """What an image shows of an area in WGS84 degrees, as a tile uint8 [3, side, side]; None if that is nothing."""
    from rasterio.warp import transform_bounds

    grid = source.grid
    try:
        window = grid.clip(transform_bounds("EPSG:4326", grid.crs, *area.bounds))
    except (RasterioError, CPLE_BaseError):  # the CRS does not reach there
        return None
    if window is None or window.width * window.height > MOST_PIXELS:
        return None
    colours, observed = picture.read(window)
    return to_tile(colours, observed, side)


def _read_example(path: str, index: Index, pictures: Pictures) -> tuple[Bytes, NDArray[np.bool_]]:
    """Colours uint8 [H, W, 3] and bool [H, W] of an image file, which needs no place on the Earth."""
    if not Path(path).exists() and not path.startswith("/vsi"):
        raise InputError(f"The example {path} does not exist; check the path.")
    try:
        with _picture_of(path, index, pictures) as picture:
            grid = coarsened(picture.grid, math.ceil(max(picture.grid.shape) / LARGEST_EXAMPLE))
            if picture.stretch is None:
                picture.settle_stretch(grid)
            return picture.read(grid)
    except InputError as error:
        raise InputError(f"The example {path} is not an image that can be read: {error}") from error


def _picture_of(path: str, index: Index, pictures: Pictures) -> Picture:
    """An image file as the index shows its images: the same bands as red, green and blue, in the same stretch.

    One without names of bands is taken for one of the index's that has as many, and the image of the same ground counts
    first, as an example is often cut out of one. Of other images and pictures the stretch is their own.
    """
    part = Part(path, path, georeference=(PLANE, Affine(1, 0, 0, 0, -1, 0)))
    picture = Picture(open_parts([part], picture=True))
    bands = picture.image.bands
    if all(band.units == "display" for band in bands):
        with RasterFile(part) as file, file.reading() as handle:
            bits = handle.tags(1, ns="IMAGE_STRUCTURE").get("NBITS", "")
        if bits in FEW_BITS and "palette" not in file.colours:
            picture.stretch = ((0.0, 2.0 ** int(bits) - 1),) * 3
        return picture
    nameless = all(NAMELESS.fullmatch(band.name) for band in bands)
    for source in _alike(path, index):
        try:
            shown = pictures[source.id]
        except InputError:  # it is gone, which is told of where it is wanted itself
            continue
        told = [band.name for band in shown.image.bands] if nameless and len(shown.image.bands) == len(bands) else None
        try:
            like = Picture(open_parts([part], bands=told, removed=shown.image.removed))
        except InputError:  # its numbers are none of such bands
            continue
        if like.composite.names == shown.composite.names and like.composite.units == shown.composite.units:
            return Picture(like.image, source.stretch)
    return picture


def _alike(path: str, index: Index) -> list[Source]:
    """Images of the index, one of each kind: those that show the place of a file come first."""
    here: set[int] = set()
    with RasterFile(Part(path, path)) as file:
        if file.crs is not None:
            x, y = file.transform @ (file.width / 2, file.height / 2)
            with suppress(RasterioError, CPLE_BaseError):
                (lon,), (lat,) = transform(file.crs, WGS84, [x], [y])
                here = {int(number) for number in index.tiles(around(index, shapely.Point(lon, lat)))["source"]}
    kinds: dict[tuple[object, ...], Source] = {}
    for source in sorted(index.sources.values(), key=lambda source: source.id not in here):
        kinds.setdefault((source.composite, source.bands, source.names, source.id in here), source)
    return list(kinds.values())[:MOST_KINDS]
