"""Examples instead of words: an image file, or a place on the ground."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from shapely.geometry.base import BaseGeometry

from ...encoders import DualEncoder
from ...errors import InputError
from ...raster.aoi import read_aoi
from ...raster.raster_file import Part, RasterFile
from ..index.cutting import to_tile
from ..index.manifest import Source
from ..index.pictures import PERCENTILES, Picture, Pictures
from ..index.store import Index
from .filtering import around, in_degrees, inside

__all__ = ["crop_of", "vector_of_image", "vectors_of_place"]

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

LARGEST_EXAMPLE = 1024  # pixels of its longer side, to which an example image is reduced
MOST_TILES = 1000  # of an area that is taken as an example: more say no more
MOST_PIXELS = 2**26  # of an area that is looked at by itself
SMALL = 0.25  # of the smallest window's area: a smaller rectangle is looked at by itself


def vector_of_image(path: str, encoder: DualEncoder) -> Floats:
    """The vector float32 [D] of an image file: the mean over its squares.

    Raises
    ------
    InputError
        If it cannot be read, or shows nothing.
    """
    colours, observed = _read_example(path)
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


def _read_example(path: str) -> tuple[Bytes, NDArray[np.bool_]]:
    """Colours uint8 [H, W, 3] and bool [H, W] of an image file, which needs no place on the Earth."""
    if not Path(path).exists() and not path.startswith("/vsi"):
        raise InputError(f"The example {path} does not exist; check the path.")
    try:
        with RasterFile(Part(path, path)) as file, file.reading() as image:
            share = min(LARGEST_EXAMPLE / max(image.width, image.height), 1.0)
            shape = (max(round(image.height * share), 1), max(round(image.width * share), 1))
            bands = [1, 2, 3] if image.count >= 3 else [1, 1, 1]
            values = image.read(bands, out_shape=(3, *shape)).astype(np.float32)
            observed = image.dataset_mask(out_shape=shape) > 0
            bytes_already = image.dtypes[0] == "uint8"
    except InputError as error:
        raise InputError(f"The example {path} is not an image that can be read: {error}") from error
    observed &= np.isfinite(values).all(axis=0)
    if not bytes_already and observed.any():
        for plane in values:
            low, high = np.percentile(plane[observed], PERCENTILES)
            plane[:] = (plane - low) * (255 / max(high - low, 1e-6))
    values[:, ~observed] = 0
    return np.clip(np.rint(values), 0, 255).astype(np.uint8).transpose(1, 2, 0), observed
